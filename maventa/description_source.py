"""Getting an API's description from its own host, which needs no credentials."""

import time
from urllib.parse import urljoin, urlsplit

import requests

from . import contract, errors, responses
from .description import MAX_BYTES, UnreadableDescription

TIMEOUT = 10  # seconds, for all of it
MAX_REDIRECTS = 3


def fetch_description(host):
    """Return the bytes of the description that a host gives of its API.

    Source: ``GET /swagger_doc`` (documented for the AX API in production; that the
    others have it too is ASSUMED).

    :param str host: of :class:`contract.Hosts`
    :rtype: bytes
    :raises UnreadableDescription: ``connect``, ``certificate``, ``timeout``,
        ``broke_off``, ``redirect``, ``too_big`` or ``status`` with the status code
    """
    end = time.monotonic() + TIMEOUT
    url = host + contract.PATH_DESCRIPTION
    with requests.Session() as session:
        session.headers["Accept"] = "application/json"
        for _hop in range(MAX_REDIRECTS + 1):
            with _get(session, url, end) as response:
                if not response.is_redirect:
                    return _content(response, end)
                url = _next_url(url, response.headers["Location"])
    raise UnreadableDescription("redirect")


def _get(session, url, end):
    left = max(end - time.monotonic(), 0.1)
    try:
        return session.get(
            url,
            # Without it a .netrc of the machine could add credentials.
            auth=lambda request: request,
            timeout=left,
            allow_redirects=False,
            stream=True,
        )
    except requests.RequestException as exc:
        raise _trouble(exc) from None


def _content(response, end):
    if response.status_code != 200:
        raise UnreadableDescription("status", response.status_code)
    found = bytearray()
    try:
        # Small ones, so that a slow host is noticed before one of them is full.
        for chunk in response.iter_content(1024):
            found += chunk
            if len(found) > MAX_BYTES:
                raise UnreadableDescription("too_big")
            if time.monotonic() > end:
                raise UnreadableDescription("timeout")
    except requests.RequestException as exc:
        raise _trouble(exc) from None
    return bytes(found)


def _next_url(url, location):
    """Return where a redirect leads, if that is the same host."""
    following = urljoin(url, location)
    if urlsplit(following)[:2] != urlsplit(url)[:2]:
        raise UnreadableDescription("redirect")
    return following


def _trouble(exc):
    error = responses.connection_error(exc)
    if isinstance(error, errors.NotSent):
        return UnreadableDescription(error.reason)
    is_late = error.reason == "timeout" or "timed out" in str(exc)
    return UnreadableDescription("timeout" if is_late else "broke_off")
