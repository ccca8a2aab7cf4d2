"""Bad days on request: the sandbox misbehaves as it is told to.

control.yaml lists the kinds. Whether a kind *processes* the request is what tells a
client's worst case (the answer is lost, the work is done) from the harmless one.
"""

import json
import re
import socket
import struct
import threading
from dataclasses import dataclass, field

from werkzeug.wrappers import Response

_HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class Dropped(ConnectionError):
    """The connection is gone on purpose; there is no answer to send."""


def reset(environ):
    """Break the connection off so that the caller sees a reset, and stop.

    :raises Dropped: always.
    """
    connection = environ.get("werkzeug.socket")
    if connection:
        # With a linger of 0 the end is a reset. It comes when the server, too, lets go
        # of the socket, which it does at once.
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()
    raise Dropped


@dataclass
class Fault:
    """One planned fault.

    ``path`` is searched for in the request's path; ``client_id`` is whose token the
    request has, None is anybody's; ``times`` None is for ever;
    ``skip`` lets that many matching requests through first.
    """

    kind: str
    path: str = ""
    method: str = None
    client_id: str = None
    times: int = 1
    skip: int = 0
    seconds: float = 1
    bytes: int = 50 * 2**20
    status: int = 500
    body: object = None
    content_type: str = None
    headers: dict = field(default_factory=dict)

    def __post_init__(self):
        self._pattern = re.compile(self.path)
        self._released = threading.Event()

    def matches(self, method, path, client_id):
        """Whether the fault is meant for this request."""
        return (
            self.method in (None, method)
            and self.client_id in (None, client_id)
            and bool(self._pattern.search(path))
        )

    def wait(self):
        """Sleep ``seconds``, or until the fault is taken back."""
        self._released.wait(self.seconds)

    def release(self):
        """Wake whoever waits."""
        self._released.set()

    def answer(self):
        """The canned answer of the kinds that have one.

        :rtype: werkzeug.Response
        """
        if self.kind == "json":
            return Response(json.dumps(self.body), 200, mimetype="application/json")
        if self.kind == "not_json":
            text = _HTML if self.body is None else str(self.body)
            return Response(text, 200, content_type=self.content_type or "text/html")
        body, kind = self.body, "text/plain"
        if body is None:
            body = ""
        elif not isinstance(body, str):
            body, kind = json.dumps(body), "application/json"
        elif body.startswith("<"):
            kind = "text/html"
        response = Response(body, self.status, content_type=self.content_type or kind)
        response.headers.update(self.headers)
        return response

    def view(self):
        """The fault as the control API shows it; ``times`` is what remains."""
        return {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if getattr(self, name) not in (None, "", {}) or name == "times"
        }


class Faults:
    """The faults that are still to come, in the order in which they were planned."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []
        # Used up, but maybe still keeping a request waiting.
        self._used_up = []

    def add(self, fault):
        """Plan a fault."""
        with self._lock:
            self._faults.append(fault)

    def take(self, method, path, client_id=None):
        """Use up the first fault that is meant for a request.

        :returns: a Fault, or None.
        """
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path, client_id):
                    if fault.skip:
                        fault.skip -= 1
                        continue
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self._faults.remove(fault)
                            self._used_up.append(fault)
                    return fault
        return None

    def view(self):
        """The faults to come."""
        with self._lock:
            return [fault.view() for fault in self._faults]

    def clear(self):
        """Plan nothing any more; what waits goes on at once."""
        with self._lock:
            for fault in self._faults + self._used_up:
                fault.release()
            self._faults = []
            self._used_up = []
