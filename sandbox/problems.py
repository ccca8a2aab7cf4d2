"""The errors that a caller of the sandbox gets to see."""


class Problem(Exception):
    """An answer other than success, in AX's form.

    :param int status: the HTTP status.
    :param str code: snake_case, for programs.
    :param str message: one sentence, for people. Neither it nor the details
        repeat a value that was received: it might be an identity code.
    :param list details: one line per field, where fields are at fault.
    :param dict headers: HTTP headers besides the usual ones.
    """

    def __init__(self, status, code, message, details=(), headers=None):
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message, "details": list(details)}
        self.headers = headers or {}


def invalid_parameters(details):
    """400 with one line per field.

    :param details: lines such as ``payers[0].address.zip_code is missing``.
    :rtype: Problem
    """
    return Problem(400, "invalid_parameters", "Some parameters are not valid.", details)


def invalid_request(message):
    """400: the request cannot be read at all.

    :rtype: Problem
    """
    return Problem(400, "invalid_request", message)


def forbidden(message):
    """403: it may not be done, or not with this thing.

    :rtype: Problem
    """
    return Problem(403, "forbidden", message)


def not_found(what):
    """404 for a thing that is not there or belongs to another company.

    :param str what: such as ``invoice``, ``assignment`` or ``event``.
    :rtype: Problem
    """
    return Problem(
        404,
        "not_found",
        f"There is no such {what}, or the company has no access to it.",
    )
