"""Answers of Maventa as frozen dataclasses, read tolerantly.

Where no document gives a shape, the likeliest ones are all accepted, and what cannot
be read raises :class:`UnreadableAnswer` instead of passing for an empty answer.
Amounts are Decimal, moments are aware datetimes in UTC.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation

from . import contract
from .masking import mask_text

_logger = logging.getLogger(__name__)

# Nobody owes more; a number beyond this is a mistake and could not be stored either.
MAX_AMOUNT = Decimal(10) ** 12


_MEANING_OF_STATUS = {
    contract.STATUS_PENDING: "pending",
    contract.STATUS_SENT: "sent",
    contract.STATUS_ERROR: "error",
}
_KIND_OF_EVENT = {word: kind for kind, word in contract.REPORT_TYPES.items()}
_KIND_OF_EVENT[contract.EVENT_CLOSE] = "close"
_RESULTS = {
    contract.RESULT_PAID: "paid",
    contract.RESULT_PARTLY_PAID: "partly_paid",
    contract.RESULT_CREDIT_LOSS: "credit_loss",
    contract.RESULT_WITHDRAWN: "withdrawn",
}


class UnreadableAnswer(ValueError):
    """The answer is not what this call can answer. Its text names no content."""


@dataclass(frozen=True)
class Identity:
    """``GET /oauth2/current``: whose credentials these are, and what they may do."""

    company_name: str
    business_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """``GET /v2/services/amili/receivables``: an unknown word is not active."""

    word: str
    is_active: bool


@dataclass(frozen=True)
class Invoice:
    """An invoice at Maventa. ``total`` is EUR with tax."""

    id: str
    number: str
    status: str
    is_undelivered: bool
    date: date | None
    total: Decimal | None
    recipient_business_id: str


@dataclass(frozen=True)
class TransferStatus:
    """``GET /v2/invoices/{id}/assignment``: how a hand-over went.

    ``word`` is Maventa's status; ``meaning`` is ``pending``, ``sent``, ``error``, or
    empty for a word that nobody knows; ``reason`` is what Maventa says of an error.
    """

    word: str
    meaning: str
    assignment_id: str
    reason: str
    created_at: datetime | None


@dataclass(frozen=True)
class Figures:
    """The sums of a case in EUR, all told; None is what was not told, or absurd."""

    open: Decimal | None
    paid: Decimal | None
    credited: Decimal | None
    fees: Decimal | None
    interest: Decimal | None


@dataclass(frozen=True)
class Event:
    """One event of a case; ``date`` is the day it happened.

    ``kind`` is ``comment``, ``paid``, ``credit_note``, ``close``, ``due_date``,
    ``pause``, ``withdraw``, or ``other`` where ``word``, Maventa's type, is none of
    those. ``figures`` are those of the case from this event on. ``result`` is as in
    :class:`Case`.
    """

    id: str
    assignment_id: str
    kind: str
    word: str
    date: date | None
    amount: Decimal | None
    currency: str
    text: str
    created_at: datetime | None
    is_ours: bool
    collection_status: str
    result: str
    figures: Figures


@dataclass(frozen=True)
class Case:
    """``GET /v1/assignments/{id}``: a case at Amili, with its events where told.

    ``result`` is how it ended: ``paid``, ``partly_paid``, ``credit_loss`` or
    ``withdrawn``; empty where nothing, or an unknown word, was told.
    """

    id: str
    invoice_id: str
    status: str
    is_closed: bool
    collection_status: str
    closed_at: datetime | None
    events: tuple[Event, ...]
    result: str
    figures: Figures


@dataclass(frozen=True)
class Page:
    """A page of a list; ``next_page`` is None on the last one.

    ``total`` is how many items all pages have, where told; ``left_out`` how many of
    this page could not be read.
    """

    items: tuple
    next_page: int | None
    total: int | None = None
    left_out: int = 0


def read_identity(body):
    company = _object(body).get("company")
    company = company if isinstance(company, dict) else {}
    scopes = body.get("scopes") or ()
    return Identity(
        company_name=_text(company.get("name")),
        business_id=_text(company.get("bid")),
        scopes=tuple(map(_text, scopes)) if isinstance(scopes, list) else (),
    )


def read_service(body):
    word = _text(_object(body).get("status")).upper()
    if not word:
        raise UnreadableAnswer("a service without a status")
    return Service(word=word, is_active=word == contract.SERVICE_ACTIVE)


def read_invoice(body):
    body = _object(body)
    recipient = body.get("recipient")
    recipient = recipient if isinstance(recipient, dict) else {}
    status = _text(body.get("status")).upper()
    return Invoice(
        id=_required_id(body.get("id")),
        number=_text(body.get("number")),
        status=status,
        is_undelivered=bool(status) and status != contract.INVOICE_DELIVERED,
        date=_date(body.get("date")),
        total=_amount(body.get("sum_tax")),
        recipient_business_id=_text(recipient.get("bid")),
    )


def read_transfer_status(body):
    body = _object(body)
    word = _text(body.get("status")).lower()
    if not word:
        raise UnreadableAnswer("a hand-over without a status")
    return TransferStatus(
        word=word,
        meaning=_MEANING_OF_STATUS.get(word, ""),
        assignment_id=_assignment_id(body),
        reason=mask_text(_reason(body)),
        created_at=_moment(body.get("created_at")),
    )


def read_case(body):
    body = _object(body)
    case_id = _required_id(body.get("id") or body.get("assignment_id"))
    status = _text(body.get("status")).lower()
    result = _result(body)
    events = body.get("events")
    return Case(
        id=case_id,
        invoice_id=_text(body.get("invoice_id")),
        status=status,
        is_closed=status == contract.CASE_CLOSED,
        collection_status=_text(body.get("collection_status")),
        closed_at=_moment(body.get("closed_at")),
        events=_readable(events, lambda event: read_event(event, case_id))
        if isinstance(events, list)
        else (),
        result=result,
        figures=_figures(body),
    )


def read_event(body, assignment_id=""):
    body = _object(body)
    word = _text(body.get(contract.EVENT_TYPE)).lower()
    result = _result(body)
    return Event(
        id=_required_id(body.get("id")),
        assignment_id=_text(body.get("assignment_id")) or assignment_id,
        kind=_KIND_OF_EVENT.get(word, "other"),
        word=word,
        date=_date(body.get(contract.EVENT_DATE)),
        amount=_amount(body.get(contract.EVENT_AMOUNT)),
        currency=_currency(body),
        text=mask_text(_text(body.get(contract.EVENT_TEXT))),
        created_at=_moment(body.get("created_at")),
        is_ours=_text(body.get("origin")).lower() == contract.ORIGIN_COMPANY,
        collection_status=_text(body.get("collection_status")),
        result=result,
        figures=_figures(body),
    )


def read_added_event(body, assignment_id, sent):
    """Read the event that was made of the body ``sent``; nothing else passes for it.

    :raises UnreadableAnswer: also where the answer is the case, or another event
    """
    event = read_event(body, assignment_id)
    is_sent = event.word in ("", sent[contract.EVENT_TYPE])
    if event.id == assignment_id or not is_sent:
        raise UnreadableAnswer("another object than the event")
    return event


def read_list(body, read):
    """Return the items of a bare list, or of the one list in an object.

    An item that cannot be read is left out and noted in the log.
    """
    return _readable(_list(body), read)


def count_items(body):
    """Return how many items a list has, whether they can be read or not."""
    return len(_list(body))


def read_whole_list(body, read):
    """Return the items as :func:`read_list` does, where each can be read.

    :raises UnreadableAnswer: else, for what is left out could be what is looked for
    """
    return tuple(map(read, _list(body)))


def read_error(body):
    """Return ``(code, message, details)`` of an error body of any shape."""
    if not isinstance(body, dict):
        return "", "", ()
    code = _text(body.get(contract.ERROR_CODE))
    nested = body.get("error")
    if isinstance(nested, dict):
        return read_error(nested)
    message = _text(body.get(contract.ERROR_MESSAGE)) or _text(nested)
    details = body.get(contract.ERROR_DETAILS) or body.get("errors") or ()
    if isinstance(details, str):
        details = (details,)
    details = details if isinstance(details, list | tuple) else ()
    return code, message, tuple(text for text in map(_text, details) if text)


def _list(body):
    if isinstance(body, dict):
        lists = [value for value in body.values() if isinstance(value, list)]
        body = lists[0] if len(lists) == 1 else None
    if not isinstance(body, list):
        raise UnreadableAnswer("a list was expected")
    return body


def _readable(items, read):
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


def _reason(body):
    """Where an error is explained is not documented: look in each likely place."""
    _code, message, details = read_error(body)
    return " · ".join(part for part in (message, *details) if part)


def _result(body):
    return _RESULTS.get(_text(body.get("result")).lower(), "")


def _currency(body):
    return _text(body.get(contract.EVENT_CURRENCY)).upper()


def _figures(body):
    """The figures of a case or of an event."""
    # In another currency they would be other figures.
    amounts = body if _currency(body) in ("", contract.CURRENCY) else {}
    return Figures(
        open=_figure(amounts.get(contract.FIGURE_OPEN)),
        paid=_figure(amounts.get(contract.FIGURE_PAID)),
        credited=_figure(amounts.get(contract.FIGURE_CREDITED)),
        fees=_figure(amounts.get(contract.FIGURE_FEES)),
        interest=_figure(amounts.get(contract.FIGURE_INTEREST)),
    )


def _figure(value):
    amount = _amount(value)
    return None if amount is None or amount < 0 else amount


def _assignment_id(body):
    nested = body.get("assignment")
    nested = nested if isinstance(nested, dict) else {}
    return _text(body.get("assignment_id") or nested.get("id"))


def _object(value):
    if not isinstance(value, dict):
        raise UnreadableAnswer("an object was expected")
    return value


def _required_id(value):
    text = _text(value)
    if not text:
        raise UnreadableAnswer("an id is missing")
    return text


def _text(value):
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    # What PostgreSQL cannot store, a lone surrogate or NUL, is no text.
    text = str(value).replace("\0", "").encode(errors="ignore").decode()
    return text.strip()


def _amount(value):
    """Amounts may come as a JSON number or as a text."""
    try:
        amount = Decimal(_text(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < MAX_AMOUNT else None


def _date(value):
    try:
        return date.fromisoformat(_text(value)[:10])
    except ValueError:
        return None


def _moment(value):
    try:
        moment = datetime.fromisoformat(_text(value).replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
