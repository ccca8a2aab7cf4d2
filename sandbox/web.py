"""Between HTTP and the handlers: routing, JSON answers, errors."""

import json
import sys
import traceback
import urllib.parse
from dataclasses import dataclass

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from .problems import Problem

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Page:
    """One page of a list, and how many entries there are in all."""

    entries: list
    total: int
    page: int
    per_page: int

    def headers(self):
        """AX's paging headers."""
        pages = -(-self.total // self.per_page)
        return {
            "X-Total": str(self.total),
            "X-Total-Pages": str(pages),
            "X-Page": str(self.page),
            "X-Per-Page": str(self.per_page),
            "X-Next-Page": str(self.page + 1) if self.page < pages else "",
            "X-Prev-Page": str(self.page - 1) if self.page > 1 else "",
        }


class Router:
    """Finds the operation of a contract that a request is for.

    :param Contract contract: whose paths to serve.
    """

    def __init__(self, contract):
        self._operations = contract.operations
        self._map = Map(
            [
                Rule(
                    operation.path.replace("{", "<").replace("}", ">"),
                    methods=[operation.method],
                    endpoint=operation.id,
                )
                for operation in contract.operations.values()
            ],
            merge_slashes=False,
        )

    def match(self, request):
        """The operation, and the texts in the request's path.

        :raises werkzeug.exceptions.HTTPException: 404 or 405.
        """
        operation_id, path_values = self._map.bind_to_environ(request.environ).match()
        return self._operations[operation_id], path_values


def demand_local(request):
    """Refuse what another site's page sends through somebody's browser.

    The control API and the desk know no token, so they must not be reached by a name
    that merely leads here, nor by a form or script of another site.

    :raises Problem: 403.
    """
    host = urllib.parse.urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    own = origin in (None, f"{request.scheme}://{request.host}")
    harmless = request.method in ("GET", "HEAD")
    if host not in _LOOPBACK or not (
        harmless or (own and site in ("same-origin", "none"))
    ):
        raise Problem(403, "not_local", "This answers only to pages of its own.")


def json_response(value, status=200, headers=None):
    """A JSON answer."""
    response = Response(json.dumps(value), status, mimetype="application/json")
    response.headers.update(headers or {})
    return response


def error_response(error):
    """The answer to a request whose handler raised an error."""
    if isinstance(error, Problem):
        return json_response(error.body, error.status, error.headers)
    body = {"code": "internal_error", "message": "The sandbox failed.", "details": []}
    if isinstance(error, HTTPException):
        body["code"] = error.name.lower().replace(" ", "_")
        body["message"] = f"{error.name}."
        methods = getattr(error, "valid_methods", None)
        headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
        return json_response(body, error.code, headers)
    # Where, but not the message: that might repeat an identity code.
    where = "".join(traceback.format_tb(error.__traceback__))
    sys.stderr.write(f"{where}{type(error).__name__}\n")
    return json_response(body, 500)
