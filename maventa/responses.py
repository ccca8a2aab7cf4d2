"""What an HTTP answer, or its absence, means."""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from . import errors
from .masking import mask_secrets
from .reading import read_error, read_prose

MAX_RETRY_AFTER = 24 * 3600  # seconds
MAX_REMOTE_TEXT = 1000  # characters kept of each text of an error


@dataclass(frozen=True)
class Response:
    """An HTTP answer that was received whole; ``headers`` know no upper case."""

    status_code: int
    headers: Mapping
    content: bytes

    def without(self, secrets):
        """Return the same without these keys and tokens."""
        return replace(self, content=mask_secrets(self.content, secrets))


def parse_json(response):
    """Return the JSON of an answer; None where it is none."""
    try:
        return json.loads(response.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def build_error(response, private, missing_scopes=None):
    """Return the error that an answer other than 2xx stands for.

    :param private: personal strings of the request, which the answer may repeat
    :param missing_scopes: for a 403: what the token lacks for this request; None where
        that is not known
    :rtype: errors.MaventaError
    """
    status = response.status_code
    code, message, lines = read_error(parse_json(response))

    def said(text):
        return read_prose(text, private, MAX_REMOTE_TEXT)

    details = {
        "status": status,
        "code": said(code)[:100],
        "message": said(message),
        "details": [*map(said, lines[:20]), *(missing_scopes or ())],
        "retry_after": retry_after(response),
    }
    if status == 401:
        return errors.AccessProblem("unauthorized", **details)
    if status == 403 and missing_scopes == ():
        return errors.Forbidden("forbidden", **details)
    if status == 403:
        return errors.AccessProblem("scope", **details)
    if status == 404:
        return errors.NotFound("not_found", **details)
    if status == 409:
        return errors.Conflict("conflict", **details)
    if status == 429:
        return errors.NotSent("rate_limit", **details)
    if 400 <= status < 500 and status != 408:
        return errors.Refused("refused", **details)
    # 5xx, a time-out on the way (408), whatever else no document mentions: it may
    # have been taken.
    return errors.UnknownOutcome("server", **details)


def is_number(text):
    """Whether a header holds a plain number of a sensible length."""
    return text.isascii() and text.isdigit() and len(text) < 10


def connection_error(exc, is_late):
    """Tell a request that never left from one whose fate is unknown.

    :param bool is_late: its time was over
    """
    cause = exc.args[0] if exc.args else None
    cause = getattr(cause, "reason", cause)
    never_left = isinstance(
        exc, requests.ConnectTimeout | requests.exceptions.InvalidURL
    ) or isinstance(cause, NewConnectionError | ConnectTimeoutError)
    if never_left:
        return errors.NotSent("connect")
    # Any other TLS error may come when the answer was already on its way.
    inner = cause.args[0] if isinstance(cause, Exception) and cause.args else None
    if isinstance(inner, ssl.SSLCertVerificationError):
        return errors.NotSent("certificate")
    if is_late or isinstance(exc, requests.Timeout):
        return errors.UnknownOutcome("timeout")
    return errors.UnknownOutcome("reset")


def retry_after(response):
    """Return the seconds that ``Retry-After`` asks for, given as number or date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:10]), MAX_RETRY_AFTER))
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return min(max(moment.timestamp() - time.time(), 0.0), MAX_RETRY_AFTER)
