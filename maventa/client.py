"""One company's connection to Maventa: token, requests, answers.

Knows HTTP and nothing of Odoo. Every failure is one of :mod:`.errors`, chosen so
that the caller knows whether a POST may be made again.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import timezone
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from . import answers, contract, errors, payload, responses
from .tokens import TokenCache

_logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 30  # seconds
MAX_LIFETIME = 24 * 3600  # seconds: no token is kept longer


@dataclass(frozen=True)
class Credentials:
    """What a company shows to get a token; no part of it is ever printed."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    vendor_api_key: str = field(repr=False)


_TOKENS = TokenCache()


class _Adapter(HTTPAdapter):
    """Gives up connecting earlier than reading."""

    def send(self, request, timeout=None, **kwargs):
        return super().send(request, timeout=(CONNECT_TIMEOUT, timeout), **kwargs)


class MaventaClient:
    """Calls Maventa for one company. Safe to be used by several threads at once.

    :param contract.Hosts hosts: where the APIs answer
    :param Credentials credentials: of the company
    :param int pool_size: connections kept open, at least the number of threads
    :param float timeout: seconds to wait for an answer
    """

    def __init__(self, hosts, credentials, pool_size=1, timeout=READ_TIMEOUT):
        self._hosts = hosts
        self._credentials = credentials
        self._timeout = timeout
        self._token_key = (hosts.ax, credentials)
        self._token_lock = threading.Lock()
        self._session = requests.Session()
        # No retry: only the caller knows whether a request may be made again.
        adapter = _Adapter(pool_maxsize=pool_size, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._session.headers["Accept"] = "application/json"

    def __enter__(self):
        return self

    def __exit__(self, *_exc_info):
        self._session.close()

    # Reading -----------------------------------------------------------------------

    def current(self):
        """Return whose credentials these are.

        Source: ``GET /oauth2/current`` (older client).

        :rtype: answers.Identity
        :raises errors.MaventaError:
        """
        url = self._hosts.ax + contract.PATH_CURRENT
        return self._read(answers.read_identity, self._call("GET", url))

    def service(self):
        """Return whether the collection service is active.

        Source: ``GET /v2/services/amili/receivables`` (documented).

        :rtype: answers.Service
        :raises errors.MaventaError:
        """
        url = self._hosts.ax + contract.PATH_SERVICE
        return self._read(answers.read_service, self._call("GET", url))

    def find_invoices(self, number):
        """Return the sent invoices that carry exactly this number.

        Source: ``GET /v1/invoices`` (older client).

        :rtype: list[answers.Invoice]
        :raises errors.MaventaError:
        """
        found = []
        page = 1
        while page:
            response = self._call(
                "GET",
                self._hosts.ax + contract.PATH_INVOICES,
                params={
                    "direction": contract.DIRECTION_SENT,
                    "number": number,
                    "page": page,
                    "per_page": contract.MAX_PER_PAGE,
                },
            )
            result = self._read_page(answers.read_invoice, response, page)
            found += [invoice for invoice in result.items if invoice.number == number]
            page = result.next_page
        return found

    def transfer_status(self, invoice_id):
        """Return how the hand-over of an invoice went.

        Source: ``GET /v2/invoices/{id}/assignment`` (documented).

        :rtype: answers.TransferStatus
        :raises errors.NotFound: where there is none, or no access to it
        :raises errors.MaventaError:
        """
        path = contract.PATH_TRANSFER_STATUS.format(invoice_id=_segment(invoice_id))
        response = self._call("GET", self._hosts.ax + path)
        return self._read(answers.read_transfer_status, response)

    def case(self, assignment_id):
        """Return a case with its events.

        Source: ``GET /v1/assignments/{id}`` of the Receivables API (documented).

        :rtype: answers.Case
        :raises errors.MaventaError:
        """
        path = contract.PATH_ASSIGNMENT.format(assignment_id=_segment(assignment_id))
        response = self._call("GET", self._hosts.receivables + path)
        return self._read(answers.read_case, response)

    def cases(self, page):
        """Return a page of all cases, without their events.

        Source: ``GET /v1/assignments`` of the Receivables API (documented).

        :rtype: answers.Page
        :raises errors.MaventaError:
        """
        return self._list(contract.PATH_ASSIGNMENTS, answers.read_case, page)

    def events(self, page, created_from):
        """Return a page of the events of all cases since a moment.

        Source: ``GET /v1/events`` of the Receivables API (documented; its filter and
        its paging are ASSUMED).

        :param datetime created_from: aware; None asks for all
        :rtype: answers.Page
        :raises errors.MaventaError:
        """
        filters = {}
        if created_from:
            moment = created_from.astimezone(timezone.utc)
            filters[contract.FILTER_CREATED_FROM] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        return self._list(contract.PATH_EVENTS, answers.read_event, page, filters)

    def case_events(self, assignment_id):
        """Return all events of a case, each once; what is missing is not at Maventa.

        Source: ``GET /v1/assignments/{id}/events`` of the Receivables API (documented;
        its paging is ASSUMED).

        :rtype: tuple[answers.Event, ...]
        :raises errors.UnknownOutcome: also where fewer came than Maventa says it has
        :raises errors.MaventaError:
        """
        path = contract.PATH_ASSIGNMENT_EVENTS.format(
            assignment_id=_segment(assignment_id)
        )
        found = {}
        page, total = 1, None
        while page:
            result = self._list(
                path,
                lambda event: answers.read_event(event, assignment_id),
                page,
                read_list=answers.read_whole_list,
            )
            new = {event.id: event for event in result.items if event.id not in found}
            found |= new
            total = result.total if total is None else total
            # A list that begins anew for ever would never end.
            page = result.next_page if new else None
        if len(found) < (total or 0):
            raise errors.UnknownOutcome("bad_answer")
        return tuple(found.values())

    # Writing -----------------------------------------------------------------------

    def transfer(self, invoice_id, body):
        """Hand an invoice over and return what Maventa makes of it.

        Source: ``POST /v2/invoices/{id}/assignment/amili`` (documented; that it
        answers with the object of the GET is ASSUMED).

        A 409 means that Maventa has a hand-over of this invoice already: it is asked
        for and returned.

        :param dict body: from :func:`payload.build_body`
        :rtype: answers.TransferStatus
        :raises errors.NotSent: it may be sent again later
        :raises errors.Refused: it must be corrected first
        :raises errors.UnknownOutcome: it may have been taken: ask before all else
        """
        path = contract.PATH_TRANSFER.format(invoice_id=_segment(invoice_id))
        private = payload.personal_values(body)
        try:
            response = self._post(self._hosts.ax + path, body, private)
            return self._read(answers.read_transfer_status, response, private)
        except errors.Conflict as conflict:
            try:
                return self.transfer_status(invoice_id)
            except errors.NotFound:
                raise conflict from None
            except errors.MaventaError as exc:
                raise errors.UnknownOutcome("conflict", status=409) from exc

    def add_event(self, assignment_id, body):
        """Report what happened at the company and return the event as Maventa has it.

        Source: ``POST /v1/assignments/{id}/events`` of the Receivables API
        (documented; that it answers with the event is ASSUMED).

        :param dict body: from :func:`report.build_report`
        :rtype: answers.Event
        :raises errors.NotSent: it may be sent again later
        :raises errors.Conflict: the case takes no such event (any more)
        :raises errors.Refused: it must be corrected first
        :raises errors.UnknownOutcome: it may have been taken: ask
            :meth:`case_events` before all else
        """
        path = contract.PATH_ASSIGNMENT_EVENTS.format(
            assignment_id=_segment(assignment_id)
        )
        # What a person wrote may hold anything.
        private = [body.get(contract.EVENT_TEXT, "")]
        response = self._post(self._hosts.receivables + path, body, private)
        return self._read(
            lambda told: answers.read_added_event(told, assignment_id, body),
            response,
            private,
        )

    def mark_seen(self, assignment_id, event_id):
        """Tell Amili that a person of the company saw an event. Twice does no harm.

        Source: ``POST /v1/assignments/{id}/events/{id}/seen`` of the Receivables API
        (documented; its answer is not, and is not read).

        :raises errors.MaventaError:
        """
        path = contract.PATH_EVENT_SEEN.format(
            assignment_id=_segment(assignment_id), event_id=_segment(event_id)
        )
        self._call("POST", self._hosts.receivables + path)

    def check_access(self):
        """Make sure that the token is good for hand-overs.

        After this a 404 means "there is none" and not "you may not see it".

        :raises errors.AccessProblem: a scope is missing
        :raises errors.MaventaError: it could not be found out
        """
        missing = set(contract.SCOPES_OF_TRANSFER) - set(self.current().scopes)
        if missing:
            raise errors.AccessProblem("scope", details=sorted(missing))

    # Plumbing ----------------------------------------------------------------------

    def _list(self, path, read, page, filters=None, read_list=answers.read_list):
        params = {"page": page, "per_page": contract.MAX_PER_PAGE, **(filters or {})}
        response = self._call("GET", self._hosts.receivables + path, params=params)
        return self._read_page(read, response, page, read_list)

    def _post(self, url, body, private):
        data = payload.dump_body(body).encode()
        headers = {"Content-Type": "application/json"}
        return self._call("POST", url, private, data=data, headers=headers)

    def _call(self, method, url, private=(), **kwargs):
        """Make a request with a token; a 401 gets one more try with a new token."""
        token = self._token()
        response = self._request(method, url, token, **kwargs)
        if response.status_code == 401:
            _TOKENS.drop(self._token_key, token)
            response = self._request(method, url, self._token(), **kwargs)
        if not 200 <= response.status_code < 300:
            raise responses.error_of(response, private)
        return response

    def _request(self, method, url, token, **kwargs):
        def add_token(request):
            request.headers["Authorization"] = f"Bearer {token}"
            return request

        return self._send(method, url, add_token, **kwargs)

    def _send(self, method, url, auth, **kwargs):
        started = time.monotonic()
        outcome = "no answer"
        try:
            # Always with an auth: else a .netrc of the machine could add its own.
            response = self._session.request(
                method,
                url,
                auth=auth,
                timeout=self._timeout,
                allow_redirects=False,
                **kwargs,
            )
            outcome = response.status_code
            return response
        except requests.RequestException as exc:
            # The text of the original may hold an address with parameters: no chain.
            raise responses.connection_error(exc) from None
        finally:
            # The path holds ids of Maventa and nothing else; bodies, headers and
            # parameters are never logged.
            _logger.info(
                "%s %s: %s in %d ms",
                method,
                url.partition("?")[0],
                outcome,
                (time.monotonic() - started) * 1000,
            )

    def _token(self):
        """Return a token that is good for a while.

        Source: ``POST /oauth2/token`` (documented), lifetime one hour (documented).

        :raises errors.NotSent: there is none for now
        :raises errors.AccessProblem: Maventa refuses the credentials
        """
        token = _TOKENS.get(self._token_key)
        if token:
            return token
        # One thread asks, the others wait for what it gets.
        with self._token_lock:
            token = _TOKENS.get(self._token_key)
            if token:
                return token
            token, lifetime = self._new_token()
            _TOKENS.put(self._token_key, token, lifetime)
            return token

    def _new_token(self):
        url = self._hosts.ax + contract.PATH_TOKEN
        form = {
            "grant_type": contract.GRANT_TYPE,
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "vendor_api_key": self._credentials.vendor_api_key,
            "scope": " ".join(contract.SCOPES),
        }
        try:
            response = self._send("POST", url, lambda request: request, data=form)
        except errors.MaventaError as exc:
            # Whatever became of this request, the one that needs the token was not
            # made.
            reason = exc.reason if isinstance(exc, errors.NotSent) else "connect"
            raise errors.NotSent(reason) from exc
        if response.status_code in (400, 401, 403):
            raise errors.AccessProblem("credentials", status=response.status_code)
        if not 200 <= response.status_code < 300:
            raise errors.NotSent(
                "token",
                status=response.status_code,
                retry_after=responses.retry_after(response),
            )
        body = responses.json_of(response)
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise errors.NotSent("token", status=response.status_code)
        lifetime = body.get("expires_in")
        is_number = isinstance(lifetime, int) and not isinstance(lifetime, bool)
        return token, min(lifetime, MAX_LIFETIME) if is_number else 3600

    def _read(self, read, response, private=()):
        try:
            return read(responses.json_of(response))
        except answers.UnreadableAnswer:
            raise errors.UnknownOutcome(
                "bad_answer",
                status=response.status_code,
                message=responses.said(response.text, private),
            ) from None

    def _read_page(self, read, response, page, read_list=answers.read_list):
        items, length = self._read(
            lambda body: (read_list(body, read), answers.count_items(body)), response
        )
        next_page = response.headers.get(contract.HEADER_NEXT_PAGE, "").strip()
        # A page that names itself or an earlier one as the next would never end.
        is_next = responses.is_number(next_page) and int(next_page) > page
        if contract.HEADER_NEXT_PAGE not in response.headers:
            is_next = length >= contract.MAX_PER_PAGE
        # Nor would a list whose end Maventa never tells: nothing comes after nothing.
        is_next = is_next and bool(items)
        # One after the other, whichever Maventa names: none may be passed over.
        total = response.headers.get(contract.HEADER_TOTAL, "").strip()
        return answers.Page(
            items=items,
            next_page=page + 1 if is_next else None,
            total=int(total) if responses.is_number(total) else None,
            left_out=length - len(items),
        )


def _segment(identifier):
    """Quote an id for a path: it comes from data and must not change the address."""
    return quote(identifier, safe="")
