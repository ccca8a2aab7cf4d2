"""Subscriptions, and the calls that they bring about.

A call is made in the background, once, and is noted; nothing waits for it.
"""

import collections
import json
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request

from .problems import not_found
from .state import new_id, timestamp

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LONGEST = 10  # seconds
_KEPT = 10_000
_AT_ONCE = 8

DELIVERED = "DOCUMENTS.INVOICE.DELIVERED"
FAILED = "DOCUMENTS.INVOICE.FAILED"


def subscribe(state, company, request):
    """Add a subscription.

    :param dict request: the body, valid by its schema.
    :returns: the subscription.
    """
    subscription = {"id": new_id(), **request}
    company["subscriptions"] = [*company["subscriptions"], subscription]
    state.save_company(company)
    return subscription


def unsubscribe(state, company, subscription_id):
    """Remove a subscription.

    :raises Problem: 404 when there is none.
    """
    gone = find(company, subscription_id)
    company["subscriptions"] = [s for s in company["subscriptions"] if s is not gone]
    state.save_company(company)


def find(company, subscription_id):
    """One of the company's subscriptions.

    :raises Problem: 404 when there is none.
    """
    for subscription in company["subscriptions"]:
        if subscription["id"] == subscription_id.lower():
            return subscription
    raise not_found("notification")


class Webhooks:
    """Makes the calls and remembers them.

    :param State state: for its clock.
    """

    def __init__(self, state):
        self._state = state
        self._lock = threading.Lock()
        self._calls = collections.deque(maxlen=_KEPT)
        self._due = queue.Queue()
        for _number in range(_AT_ONCE):
            threading.Thread(target=self._work, daemon=True).start()

    def tell(self, company, event, invoice=None, headers=None):
        """Call each address that the company has for an event.

        :param dict headers: HTTP headers besides the usual ones.
        :returns: how many are called.
        """
        due = [s for s in company["subscriptions"] if event in s["events"]]
        for subscription in due:
            # No document shows a body: the receiver may rely on none.
            body = {
                "event": event,
                "company_id": company["client_id"],
                "invoice_id": invoice["id"] if invoice else None,
                "happened_at": timestamp(self._state.now()),
            }
            self._start(subscription["destination"], body, headers or {})
        return len(due)

    def _start(self, destination, body, headers):
        call = {**body, "destination": destination, "status": None, "problem": None}
        with self._lock:
            self._calls.append(call)
        self._due.put((call, json.dumps(body), headers))

    def _work(self):
        while True:
            call, body, headers = self._due.get()
            status, problem = _post(call["destination"], body, headers)
            with self._lock:
                call["status"], call["problem"] = status, problem
            self._due.task_done()

    def calls(self):
        """The calls so far, oldest first, when those under way have ended."""
        self._due.join()
        with self._lock:
            return [dict(call) for call in self._calls]

    def clear(self):
        """Forget the calls."""
        with self._lock:
            self._calls.clear()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def _post(url, body, headers):
    if urllib.parse.urlsplit(url).hostname not in _LOOPBACK:
        return None, "not called: it is not on this machine"
    request = urllib.request.Request(
        url, body.encode(), {"Content-Type": "application/json", **headers}
    )
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_LONGEST) as answer:
            return answer.status, None
    except urllib.error.HTTPError as error:
        return error.code, None
    except (OSError, ValueError) as error:
        return None, type(error).__name__
