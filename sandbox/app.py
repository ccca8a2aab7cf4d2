"""The WSGI program: from a request to an answer."""

import collections
import datetime
import json
import pathlib
import threading
import urllib.parse

from werkzeug.wrappers import Request, Response

from . import api, auth, identifiers
from .contract import Contract
from .control import Control
from .desk import Desk
from .faults import Dropped, Faults, reset
from .kyc import Kyc
from .moods import dress
from .web import Page, Router, demand_local, error_response, json_response

_HERE = pathlib.Path(__file__).parent
_LOG_LENGTH = 50_000


class Log:
    """The requests that came in, without bodies, secrets and identity codes."""

    def __init__(self, contract):
        self._lock = threading.Lock()
        self._entries = collections.deque(maxlen=_LOG_LENGTH)
        self._known = {
            parameter.name
            for operation in contract.operations.values()
            for parameter in operation.parameters
        }

    def start(self, request, fault):
        """Note a request that has just come in.

        :returns: the entry; its status is for the caller to fill in.
        """
        moment = datetime.datetime.now(datetime.timezone.utc)
        entry = {
            "method": request.method,
            "path": identifiers.mask(request.path),
            "query": self._query(request),
            "status": None,
            "client_id": None,
            "at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "fault": fault.kind if fault else None,
        }
        with self._lock:
            self._entries.append(entry)
        return entry

    def _query(self, request):
        # A parameter that nobody knows might hold anything, a secret even.
        return urllib.parse.urlencode(
            [
                (name, identifiers.mask(value) if name in self._known else "***")
                for name, value in request.args.items(multi=True)
            ]
        )

    def entries(self):
        """A copy of all entries, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self):
        """Forget all entries."""
        with self._lock:
            self._entries.clear()


class Sandbox:
    """Maventa's API, and where asked for the control API and the desk's forms.

    :param State state: what to work on.
    :param bool control: whether ``/control`` answers and the desk's forms work.
    """

    def __init__(self, state, control=False):
        self.state = state
        self.contract = Contract(_HERE / "openapi.yaml")
        self.faults = Faults()
        self.log = Log(self.contract)
        self._control = Control(state, self.faults, self.log) if control else None
        self._desk = Desk(state, self._control)
        self._kyc = Kyc(state)
        self._router = Router(self.contract)

    def __call__(self, environ, start_response):
        # Leaving it closes the files of a form.
        with Request(environ) as request:
            response = self._answer(request)
        return response(environ, start_response)

    def _answer(self, request):
        path = request.path
        if path == "/openapi.yaml" and request.method in ("GET", "HEAD"):
            return Response(self.contract.text, mimetype="application/yaml")
        if path == "/" or path.startswith("/desk/"):
            return self._guarded(_local, self._desk, request)
        if self._control and path.startswith("/kyc/"):
            return self._guarded(_local, self._kyc, request)
        if self._control and path.startswith("/control/"):
            return self._guarded(_local, self._control, request)
        return self._logged(request)

    def _logged(self, request):
        client_id = auth.client_id(self.state, request)
        fault = self.faults.take(request.method, request.path, client_id)
        entry = self.log.start(request, fault)
        if fault:
            response = self._faulty(request, entry, fault)
        else:
            response = self._guarded(self._maventa, request, entry)
        entry["status"] = response.status_code
        return response

    def _faulty(self, request, entry, fault):
        kind = fault.kind
        if kind in ("delay", "hang_before"):
            fault.wait()
        if kind in ("drop_before", "hang_before"):
            reset(request.environ)
        if kind == "echo":
            return _echo(request, fault)
        if kind in ("status", "not_json", "json"):
            return fault.answer()
        if kind == "token_dies":
            auth.kill_tokens(self.state)
        if kind == "skip_page":
            request = _of_next_page(request)
        response = self._guarded(self._maventa, request, entry)
        if kind in _OTHER_LISTS:
            _change_list(response, _OTHER_LISTS[kind])
        if kind == "hang":
            fault.wait()
        if kind == "drop_after":
            reset(request.environ)
        if kind == "status_after":
            return fault.answer()
        if kind in _STREAMS:
            # Where there is no body, blanks take its place.
            whole = response.get_data() or b" " * 120
            # What is promised, however much comes of it.
            length = len(whole)
            if kind == "huge":
                length += fault.bytes
            response.response = _STREAMS[kind](whole, fault)
            response.headers["Content-Length"] = str(length)
        return response

    def _maventa(self, request, entry):
        operation, path_values = self._router.match(request)
        state = self.state
        company = scopes = None
        if operation.scopes:
            with state.lock:
                company, scopes = auth.caller(state, request)
            entry["client_id"] = company["client_id"]
            auth.demand_scopes(scopes, operation.scopes)
        # Checking the body is the slow part: it does not need the lock.
        parameters, body = operation.read(request, path_values)
        call = api.Call(
            state=state,
            parameters=parameters,
            body=body,
            company=company,
            scopes=scopes,
            document=self.contract.document,
            base_url=request.host_url,
        )
        with state.lock:
            result = api.HANDLERS[operation.id](call)
            if call.company:
                entry["client_id"] = call.company["client_id"]
            status = api.STATUS.get(operation.id, 200)
            if result is None:
                return Response(status=status)
            status = 200 if status == 202 else status
            moods = state.settings["moods"]
            headers = {}
            if isinstance(result, Page):
                headers = {} if "no_page_headers" in moods else result.headers()
                result = result.entries
            body = dress(moods, operation.id, result)
            return json_response(body, status, headers)

    def _guarded(self, work, *arguments):
        try:
            return work(*arguments)
        except Dropped:
            raise
        except Exception as error:  # pylint: disable=broad-except
            return error_response(error)


def _local(pages, request):
    demand_local(request)
    return pages.answer(request)


def _of_next_page(request):
    page = request.args.get("page", 1, type=int) + 1
    query = urllib.parse.urlencode(request.args.to_dict() | {"page": page})
    return Request(request.environ | {"QUERY_STRING": query})


_OTHER_LISTS = {
    "repeat_items": lambda items: items * 2,
    "reverse_items": lambda items: items[::-1],
}


def _change_list(response, change):
    body = response.get_json()
    if isinstance(body, list):
        response.set_data(json.dumps(change(body)))


def _echo(request, fault):
    body = {
        "code": "internal_error",
        "message": f"Authorization: {request.headers.get('Authorization')}",
        "details": [request.get_data(as_text=True)],
    }
    return json_response(body, fault.status)


def _half(whole, _fault):
    yield whole[: len(whole) // 2]
    raise Dropped


def _drip(whole, fault):
    for place in range(len(whole)):
        yield whole[place : place + 1]
        fault.wait()


def _huge(whole, fault):
    yield whole
    blanks = b" " * 2**16
    for start in range(0, fault.bytes, len(blanks)):
        yield blanks[: fault.bytes - start]


_STREAMS = {"truncate": _half, "drip": _drip, "huge": _huge}
