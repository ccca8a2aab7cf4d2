"""The parts of an answer, read tolerantly: lists, ids, texts, amounts, moments.

What cannot be read is empty or None, or raises :class:`UnreadableAnswer` where the
answer would be worth nothing without it.
"""

import logging
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation

from . import contract
from .masking import mask_text
from .paths import value_at

_logger = logging.getLogger(__name__)

# Nobody owes more; a number beyond this is a mistake and could not be stored either.
MAX_AMOUNT = Decimal(10) ** 12
# Characters that are kept of what somebody wrote, of a name, and of a word or id.
MAX_PROSE = 4000
MAX_TEXT = 1000
MAX_WORD = 200


class UnreadableAnswer(ValueError):
    """The answer is not what this call can answer. Its text names no content."""


def read_list(body, read):
    """Return the items of a list, bare or wrapped, as :func:`the_list` takes it.

    An item that cannot be read is left out and noted in the log.
    """
    return readable(the_list(body), read)


def count_items(body):
    """Return how many items a list has, whether they can be read or not."""
    return len(the_list(body))


def read_whole_list(body, read):
    """Return the items as :func:`read_list` does, where each can be read.

    :raises UnreadableAnswer: else, for what is left out could be what is looked for
    """
    return tuple(map(read, the_list(body)))


def read_error(body):
    """Return ``(code, message, details)`` of an error body of any shape."""
    if not isinstance(body, dict):
        return "", "", ()
    nested = body.get(contract.ERROR_WRAPPER)
    if isinstance(nested, dict):
        return read_error(nested)
    code = read_text(body.get(contract.ERROR_CODE))
    message = read_text(body.get(contract.ERROR_MESSAGE)) or read_text(nested)
    details = (
        body.get(contract.ERROR_DETAILS) or body.get(contract.ERROR_OTHER_DETAILS) or ()
    )
    if isinstance(details, str):
        details = (details,)
    details = details if isinstance(details, list | tuple) else ()
    return code, message, tuple(text for text in map(read_text, details) if text)


def the_list(body):
    """Return a bare list, or the one list in an object or in what it wraps.

    :raises UnreadableAnswer: where there is none, or several and none known by name
    """
    if isinstance(body, dict):
        lists = {key: value for key, value in body.items() if isinstance(value, list)}
        known = [lists[key] for key in contract.WRAPPERS if key in lists]
        inner = [
            body[key] for key in contract.WRAPPERS if isinstance(body.get(key), dict)
        ]
        if len(lists) == 1:
            known = list(lists.values())
        elif not lists and len(inner) == 1:
            known = [the_list(inner[0])]
        body = known[0] if known else None
    if not isinstance(body, list):
        raise UnreadableAnswer("a list was expected")
    return body


def readable(items, read):
    """Read what can be read: one broken item must not hide all the others.

    :raises UnreadableAnswer: where there are several and not one can be read
    """
    found = []
    for item in items:
        try:
            found.append(read(item))
        except UnreadableAnswer as exc:
            problem = exc
    if len(items) > 1 and not found:
        raise problem
    if len(found) < len(items):
        left_out = len(items) - len(found)
        _logger.warning("Maventa: %s of %s items left out", left_out, len(items))
    return tuple(found)


def an_object(value):
    """Return an object, bare or the only thing in another.

    :raises UnreadableAnswer: for anything else
    """
    if not isinstance(value, dict):
        raise UnreadableAnswer("an object was expected")
    if len(value) == 1:
        [(key, inner)] = value.items()
        if key in contract.WRAPPERS and isinstance(inner, dict):
            return inner
    return value


def required_id(body, *paths):
    """Return the id that stands at the first of these paths, or where ids stand else.

    :raises UnreadableAnswer: where there is none, or one that is none by its length
    """
    for path in (*paths, *contract.OTHER_IDS):
        text = read_text(value_at(body, path))
        if text and len(text) <= MAX_WORD:
            return text
    raise UnreadableAnswer("an id is missing")


def read_text(value):
    """Return a text or a number as text; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    # What PostgreSQL cannot store, a lone surrogate or NUL, is no text.
    text = str(value).replace("\0", "").encode(errors="ignore").decode()
    return text.strip()


def read_short_text(value):
    """Return the beginning of a name, a number or a link."""
    return read_text(value)[:MAX_TEXT]


def read_keyword(value):
    """Return a word in the spelling of ours: ``Partly paid`` is ``partly_paid``."""
    word = read_text(value)[:MAX_WORD]
    return word.lower().replace(" ", "_").replace("-", "_")


def read_prose(value, private=(), length=MAX_PROSE):
    """Return the beginning of what somebody wrote, masked.

    :param private: personal strings that it may repeat
    """
    # First masked: half a name or code would no longer be known as one. But nobody
    # reads through megabytes for it.
    text = mask_text(read_text(value)[: 20 * length], private)
    return text if len(text) <= length else text[: length - 1] + "…"


def read_amount(value):
    """Return an amount, told as a JSON number or as a text; None where it is none."""
    try:
        amount = Decimal(read_text(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < MAX_AMOUNT else None


def read_date(value):
    """Return the day of a date or moment; None where it is none."""
    try:
        return date.fromisoformat(read_text(value)[:10])
    except ValueError:
        return None


def read_moment(value):
    """Return a moment as aware datetime in UTC; None where it is none."""
    try:
        moment = datetime.fromisoformat(read_text(value).replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
