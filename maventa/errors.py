"""What can go wrong between Odoo and Maventa, told apart by what it means for a POST.

The classes answer the one question that decides what may happen next: did Maventa
take it?

==================  ================================================================
:class:`NotSent`        surely not taken; the same request may be made again later
:class:`AccessProblem`  not taken, and a person must mend credentials or rights
:class:`Refused`        Maventa looked at it and said no
:class:`UnknownOutcome` the request left and no usable answer came: ask, never resend
==================  ================================================================
"""


class MaventaError(Exception):
    """Base of all errors of this package.

    The text of the exception holds the reason and the status code alone: what
    Maventa wrote may name people, so it stays in attributes, masked.

    :param str reason: a word of this package, e.g. ``timeout``; models turn it into
        a sentence
    :param int status: HTTP status code, where there was an answer
    :param str code: Maventa's error code
    :param str message: Maventa's own text, masked
    :param details: Maventa's detail lines, masked
    :param float retry_after: seconds that Maventa asked to wait
    """

    def __init__(
        self, reason, status=None, code="", message="", details=(), retry_after=None
    ):
        super().__init__(f"{reason} (HTTP {status})" if status else reason)
        self.reason = reason
        self.status = status
        self.code = code
        self.message = message
        self.details = tuple(details)
        self.retry_after = retry_after

    @property
    def remote_text(self):
        """What Maventa said, in one line; empty where it said nothing."""
        parts = [self.message, *self.details]
        return " · ".join(part for part in parts if part)


class NotSent(MaventaError):
    """Surely not taken: no connection, no token for now, or "too many requests"."""


class AccessProblem(NotSent):
    """Not taken because of credentials, rights or a scope: a person must act."""


class Refused(MaventaError):
    """Maventa answered no: 400, 404, 409, 422 and any other 4xx."""


class NotFound(Refused):
    """404, which for Maventa also means "no access"."""


class Conflict(Refused):
    """409: there is one already, or it is in a state that forbids this."""


class Forbidden(Refused):
    """403 to a token that has the scope: not with this invoice, case or service."""


class UnknownOutcome(MaventaError):
    """The request left; a time-out, a reset, a 5xx or a useless answer came back."""


def is_late(outcome):
    """Whether a call was not begun, for there was no time left for it."""
    return isinstance(outcome, NotSent) and outcome.reason == "late"
