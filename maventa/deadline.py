"""The time limit of a request as a whole.

A time-out of ``requests`` is one between two bytes: an answer that drips never meets
it, be it in its headers, its body or the greeting of TLS. Here a timer shuts the
connection down, so that whatever waits for it ends.
"""

import os
import socket
import threading
from contextlib import suppress

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

GRACE = 1  # seconds: the deadline comes first

_running = threading.local()


class Deadline:
    """Ends the one request that its thread makes within the ``with`` block.

    :param float seconds: from entering the block; ``is_over`` tells that they passed
    """

    def __init__(self, seconds):
        self.is_over = False
        self._seconds = seconds
        self._handle = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self):
        _running.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_exc_info):
        del _running.deadline
        self._timer.cancel()
        self._hold(None)

    def watch(self, connected):
        """End this socket at the deadline, or now where that has passed."""
        # While it sends it would go by the time-out for connecting.
        connected.settimeout(self._seconds + GRACE)
        # A handle of its own: TLS takes the socket over, and one that is closed when
        # the headers are there can still be read from.
        self._hold(socket.socket(fileno=os.dup(connected.fileno())))

    def _hold(self, handle):
        with self._lock:
            if self._handle:
                self._handle.close()
            self._handle = handle
            self._shut_down()

    def _end(self):
        with self._lock:
            self.is_over = True
            self._shut_down()

    def _shut_down(self):
        if self.is_over and self._handle:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)


class _Watched:
    """A connection that shows its socket to the deadline of the thread."""

    def _new_conn(self):
        connected = super()._new_conn()
        _running.deadline.watch(connected)
        return connected

    def request(self, *args, **kwargs):
        if self.sock:
            _running.deadline.watch(self.sock)
        return super().request(*args, **kwargs)


class _HTTPConnection(_Watched, HTTPConnectionPool.ConnectionCls):
    pass


class _HTTPSConnection(_Watched, HTTPSConnectionPool.ConnectionCls):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class DeadlineAdapter(HTTPAdapter):
    """Makes requests that a :class:`Deadline` can end, through a proxy as well."""

    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS
        return result

    def proxy_manager_for(self, proxy, **proxy_kwargs):
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager
