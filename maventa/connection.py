"""A company's connection to Maventa: token, requests, and what an answer means.

Knows HTTP and nothing of Odoo. Every failure is one of :mod:`.errors`, chosen so
that the caller knows whether a POST may be made again.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from . import answers, contract, errors, payload, reading, responses
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


class Connection:
    """Makes requests for one company. Safe to be used by several threads at once.

    :param contract.Hosts hosts: where the APIs answer
    :param Credentials credentials: of the company
    :param int pool_size: connections kept open, at least the number of threads
    :param float timeout: seconds to wait for an answer
    """

    def __init__(self, hosts, credentials, pool_size=1, timeout=READ_TIMEOUT):
        self._hosts = hosts
        self._credentials = credentials
        self.timeout = timeout
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

    def _list(
        self, url, read, page, filters=None, read_list=reading.read_list, private=()
    ):
        """Return a page of a list; ``private`` as in :meth:`_read`."""
        params = {"page": page, "per_page": contract.MAX_PER_PAGE, **(filters or {})}
        response = self._call("GET", url, params=params)
        return self._read_page(read, response, page, read_list, private)

    def _post(self, url, body, private, method="POST"):
        data = payload.dump_body(body).encode()
        headers = {"Content-Type": "application/json"}
        return self._call(method, url, private, data=data, headers=headers)

    def _call(self, method, url, private=(), **kwargs):
        """Make a request with a token; a 401 gets one more try with a new token.

        :param private: personal strings of the request, which no error may repeat
        """
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
                timeout=self.timeout,
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
        """Read an answer.

        :param private: personal strings, which no error may repeat; None where the
            whole answer is nothing for people to see
        """
        try:
            return read(responses.json_of(response))
        except reading.UnreadableAnswer:
            is_secret = private is None
            raise errors.UnknownOutcome(
                "bad_answer",
                status=response.status_code,
                message="" if is_secret else responses.said(response.text, private),
            ) from None

    def _read_page(self, read, response, page, read_list, private):
        items, length = self._read(
            lambda body: (read_list(body, read), reading.count_items(body)),
            response,
            private,
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


def segment(identifier):
    """Quote an id for a path: it comes from data and must not change the address."""
    return quote(identifier, safe="")
