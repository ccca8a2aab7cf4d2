"""What an HTTP answer, or its absence, means."""

import json
import ssl
import time
from datetime import timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from . import errors, reading
from .masking import mask_text

MAX_RETRY_AFTER = 24 * 3600  # seconds
MAX_REMOTE_TEXT = 1000  # characters kept of what Maventa wrote


def json_of(response):
    """Return the JSON of an answer; None where it is none."""
    try:
        return json.loads(response.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def error_of(response, private):
    """Return the error that an answer other than 2xx stands for.

    :param private: personal strings of the request, which the answer may repeat
    :rtype: errors.MaventaError
    """
    status = response.status_code
    body = json_of(response)
    code, message, lines = reading.read_error(body)
    details = {
        "status": status,
        "code": said(code, private)[:100],
        "message": said(message, private),
        "details": [said(line, private) for line in lines[:20]],
        "retry_after": retry_after(response),
    }
    if status == 401:
        return errors.AccessProblem("unauthorized", **details)
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


def said(text, private):
    """Return the beginning of what Maventa wrote, masked."""
    # First masked: half a name or code would no longer be known as one.
    return mask_text(text, private)[:MAX_REMOTE_TEXT]


def is_number(text):
    """Whether a header holds a plain number of a sensible length."""
    return text.isascii() and text.isdigit() and len(text) < 10


def connection_error(exc):
    """Tell a request that never left from one whose fate is unknown."""
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
    if isinstance(exc, requests.Timeout):
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
