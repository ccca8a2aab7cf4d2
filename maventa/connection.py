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

from . import answers, contract, errors, payload, reading, responses
from .deadline import Deadline, DeadlineAdapter
from .tokens import Token, TokenCache

_logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5  # seconds
TIMEOUT = 30  # seconds for a call as a whole
# A request is not begun with less of its time left: it would end nowhere.
LEAST_SHARE = 1 / 3
MAX_LIFETIME = 24 * 3600  # seconds: no token is kept longer
MAX_ANSWER = 16 * 2**20  # bytes: no more is read
CHUNK = 2**16  # bytes
# How many items a page has that is full, where no header tells of the next one: as
# many as are asked for, or what others take for a good number.
FULL_PAGES = (contract.MAX_PER_PAGE, 50, 30, 25, 20, 10)


@dataclass(frozen=True)
class Credentials:
    """What a company shows to get a token; no part of it is ever printed."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    vendor_api_key: str = field(repr=False)


_TOKENS = TokenCache()


class _Adapter(DeadlineAdapter):
    """Gives up connecting earlier than reading."""

    def send(self, request, timeout=None, **kwargs):
        timeouts = min(CONNECT_TIMEOUT, timeout), timeout
        return super().send(request, timeout=timeouts, **kwargs)


class Connection:
    """Makes requests for one company. Safe to be used by several threads at once.

    ``slowest`` is how many seconds the longest call took so far.

    :param contract.Hosts hosts: where the APIs answer
    :param Credentials credentials: of the company
    :param int pool_size: connections kept open, at least the number of threads
    :param float timeout: seconds that a call may take as a whole, from asking for a
        token to the last byte of the answer
    """

    def __init__(self, hosts, credentials, pool_size=1, timeout=TIMEOUT):
        self._hosts = hosts
        self._credentials = credentials
        self.timeout = timeout
        self._token_key = (hosts.ax, credentials)
        self._token_lock = threading.Lock()
        self._scopes = None
        self._last_ids = {}
        self.slowest = 0.0
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

    def _list(self, url, read, page, filters=None, read_list=reading.read_list):
        """Return a page of a list."""
        params = {
            contract.PAGE: page,
            contract.PER_PAGE: contract.MAX_PER_PAGE,
            **(filters or {}),
        }
        response = self._call("GET", url, params=params)
        result = self._read_page(read, response, page, read_list)
        # Who passes the page over answers with the same one for ever.
        key = url, tuple(sorted((filters or {}).items()))
        ids = [item.id for item in result.items]
        if page > 1 and ids and ids == self._last_ids.get(key):
            return answers.Page(items=(), next_page=None, total=result.total)
        self._last_ids[key] = ids
        return result

    def _post(self, url, body, private, scopes, method="POST"):
        data = payload.dump_body(body).encode()
        headers = {"Content-Type": "application/json"}
        return self._call(
            method, url, private, scopes=scopes, data=data, headers=headers
        )

    def _get_end(self):
        """Return when a call that begins now ends, as of ``time.monotonic()``."""
        return time.monotonic() + self.timeout

    def _call(self, method, url, private=(), scopes=(), ends_at=None, **kwargs):
        """Make a request with a token; a 401 gets one more try with a new token.

        :param private: personal strings of the request, which no error may repeat
        :param scopes: what a request that changes something needs: a token that has
            them is refused with a 403 because of what is asked for
        :param float ends_at: a moment of ``time.monotonic()``, where this is a part of
            a longer call
        """
        began = time.monotonic()
        ends_at = ends_at or self._get_end()
        try:
            token = self._token(ends_at)
            response = self._request(method, url, token, ends_at, **kwargs)
            if response.status_code == 401:
                _TOKENS.drop(self._token_key, token)
                token = self._token(ends_at)
                response = self._request(method, url, token, ends_at, **kwargs)
        finally:
            self.slowest = max(self.slowest, time.monotonic() - began)
        if 200 <= response.status_code < 300:
            return response
        is_forbidden = response.status_code == 403 and scopes
        missing = self._missing_scopes(scopes, token, ends_at) if is_forbidden else None
        raise responses.build_error(response, private, missing)

    def _request(self, method, url, token, ends_at, **kwargs):
        def add_token(request):
            request.headers["Authorization"] = f"Bearer {token.text}"
            return request

        response = self._send(method, url, add_token, ends_at, **kwargs)
        # Whatever Maventa repeats of them goes no further.
        return response.without([token.text, *vars(self._credentials).values()])

    def _send(self, method, url, auth, ends_at, **kwargs):
        """Make a request that ends at a moment of ``time.monotonic()``.

        :raises errors.NotSent: also where too little time is left to begin it
        """
        began = time.monotonic()
        left = ends_at - began
        if left < self.timeout * LEAST_SHARE:
            raise errors.NotSent("late")
        outcome = "no answer"
        with Deadline(left) as deadline:
            try:
                # Always with an auth: else a .netrc of the machine could add its own.
                response = self._session.request(
                    method,
                    url,
                    auth=auth,
                    timeout=left,
                    allow_redirects=False,
                    stream=True,
                    **kwargs,
                )
                with response:
                    answer = _receive(response)
                if deadline.is_over:
                    # An answer without a length ends where the connection does.
                    raise requests.Timeout
                outcome = answer.status_code
                return answer
            except requests.RequestException as exc:
                # The text of the original may hold an address with parameters: no
                # chain.
                raise responses.connection_error(exc, deadline.is_over) from None
            finally:
                # The path holds ids of Maventa and nothing else; bodies, headers and
                # parameters are never logged.
                _logger.info(
                    "%s %s: %s in %d ms",
                    method,
                    url.partition("?")[0].replace(self._credentials.client_id, "***"),
                    outcome,
                    (time.monotonic() - began) * 1000,
                )

    def _token(self, ends_at=None):
        """Return a token that is good for a while.

        Source: ``POST /oauth2/token`` (documented), lifetime one hour (documented).

        :rtype: Token
        :raises errors.NotSent: there is none for now
        :raises errors.AccessProblem: Maventa refuses the credentials
        """
        token = _TOKENS.get(self._token_key)
        if token:
            return token
        ends_at = ends_at or time.monotonic() + self.timeout
        # One thread asks, the others wait for what it gets.
        left = max(ends_at - time.monotonic(), 0)
        if not self._token_lock.acquire(timeout=left):
            raise errors.NotSent("late")
        try:
            token = _TOKENS.get(self._token_key)
            if not token:
                token, lifetime = self._new_token(ends_at)
                _TOKENS.put(self._token_key, token, lifetime)
            return token
        finally:
            self._token_lock.release()

    def _new_token(self, ends_at):
        url = self._hosts.ax + contract.PATH_TOKEN
        form = {
            contract.TOKEN_GRANT_TYPE: contract.GRANT_TYPE,
            contract.TOKEN_CLIENT_ID: self._credentials.client_id,
            contract.TOKEN_CLIENT_SECRET: self._credentials.client_secret,
            contract.TOKEN_VENDOR_KEY: self._credentials.vendor_api_key,
            contract.TOKEN_SCOPE: " ".join(contract.SCOPES),
        }
        try:
            response = self._send(
                "POST", url, lambda request: request, ends_at, data=form
            )
        except errors.MaventaError as exc:
            # Whatever became of this request, the one that needs the token was not
            # made.
            reason = exc.reason if isinstance(exc, errors.NotSent) else "connect"
            raise errors.NotSent(reason) from exc
        status = response.status_code
        body = responses.parse_json(response)
        body = body if isinstance(body, dict) else {}
        if status in (400, 401, 403):
            is_scope = body.get(contract.OAUTH_ERROR) == contract.INVALID_SCOPE
            raise errors.AccessProblem(
                "scope" if is_scope else "credentials", status=status
            )
        text = body.get(contract.TOKEN_TEXT)
        if not 200 <= status < 300 or not isinstance(text, str) or not text:
            raise errors.NotSent(
                "token", status=status, retry_after=responses.retry_after(response)
            )
        granted = body.get(contract.TOKEN_SCOPE)
        scopes = tuple(granted.split()) if isinstance(granted, str) else None
        lifetime = body.get(contract.TOKEN_LIFETIME)
        is_number = isinstance(lifetime, int) and not isinstance(lifetime, bool)
        lifetime = min(lifetime, MAX_LIFETIME) if is_number else 3600
        return Token(text, scopes), lifetime

    # Scopes -------------------------------------------------------------------------

    def current(self, ends_at=None):
        """Return whose credentials these are.

        Source: ``GET /oauth2/current`` (described; needs the scope ``global``).

        :rtype: answers.Identity
        :raises errors.MaventaError:
        """
        url = self._hosts.ax + contract.PATH_CURRENT
        response = self._call("GET", url, ends_at=ends_at)
        return self._read(answers.read_identity, response)

    def check_access(self, scopes=contract.SCOPES_OF_TRANSFER):
        """Make sure that the token is good for what is to be done.

        After this a 404 means "there is none" and not "you may not see it".

        :param scopes: what it needs, of ``contract.SCOPES_OF_...``
        :raises errors.AccessProblem: a scope is missing
        :raises errors.MaventaError: it could not be found out
        """
        token = self._token()
        granted = token.scopes
        # Who may not ask who they are is known by the answer that gave the token.
        if not granted or not contract.missing_scopes(
            contract.SCOPES_OF_CURRENT, granted
        ):
            granted = self.current().scopes or granted or contract.SCOPES
        missing = contract.missing_scopes(scopes, granted)
        if missing:
            raise errors.AccessProblem("scope", details=missing)

    def missing_scopes(self):
        """Return what the token lacks for each deed that it is not good for.

        :return: scopes by the deeds of ``contract.SCOPES_OF_DEEDS``
        :rtype: dict[str, tuple]
        :raises errors.MaventaError: it could not be found out
        """
        granted = self._granted_scopes(self._token())
        lacks = {
            deed: contract.missing_scopes(scopes, granted)
            for deed, scopes in contract.SCOPES_OF_DEEDS.items()
        }
        return {deed: missing for deed, missing in lacks.items() if missing}

    def _missing_scopes(self, scopes, token, ends_at):
        """Return what a token lacks; None where that cannot be found out for now."""
        try:
            granted = self._granted_scopes(token, ends_at)
            return contract.missing_scopes(scopes, granted)
        except errors.MaventaError:
            return None

    def _granted_scopes(self, token, ends_at=None):
        """Return the scopes of a token; Maventa is asked for them once at most.

        :raises errors.MaventaError: for now they cannot be found out
        """
        if token.scopes:
            return token.scopes
        if self._scopes is None:
            try:
                scopes = self.current(ends_at).scopes
            except (errors.AccessProblem, errors.Refused):
                scopes = ()
            # RFC 6749, 5.1: what is not told is as it was asked for.
            self._scopes = scopes or contract.SCOPES
        return self._scopes

    # Answers ------------------------------------------------------------------------

    def _read(self, read, response):
        """Read an answer. What cannot be read goes no further, not even as text."""
        try:
            return read(responses.parse_json(response))
        except reading.UnreadableAnswer:
            raise errors.UnknownOutcome(
                "bad_answer", status=response.status_code
            ) from None

    def _read_page(self, read, response, page, read_list):
        items, length = self._read(
            lambda body: (read_list(body, read), reading.count_items(body)), response
        )
        next_page = response.headers.get(contract.HEADER_NEXT_PAGE, "").strip()
        # A page that names itself or an earlier one as the next would never end.
        is_next = responses.is_number(next_page) and int(next_page) > page
        if contract.HEADER_NEXT_PAGE not in response.headers:
            is_next = length in FULL_PAGES or length > contract.MAX_PER_PAGE
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


def _receive(response):
    """Read an answer up to a sensible size; of what is bigger nothing is kept.

    :rtype: responses.Response
    """
    content = bytearray()
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) > MAX_ANSWER:
            content.clear()
            break
    return responses.Response(response.status_code, response.headers, bytes(content))


def segment(identifier):
    """Quote an id for a path: it comes from data and must not change the address."""
    return quote(identifier, safe="")
