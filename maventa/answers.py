"""Answers of Maventa as frozen dataclasses, read tolerantly.

Where no document gives a shape, the likeliest ones are all accepted, and what cannot
be read raises :class:`UnreadableAnswer` instead of passing for an empty answer. Amounts
are Decimal, moments are aware datetimes in UTC.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from . import contract
from .masking import mask_text
from .reading import (
    UnreadableAnswer,
    amount_of,
    an_object,
    date_of,
    moment_of,
    read_error,
    readable,
    required_id,
    text_of,
)

_MEANING_OF_STATUS = {
    contract.STATUS_PENDING: "pending",
    contract.STATUS_SENT: "sent",
    contract.STATUS_ERROR: "error",
}
_STATE_OF_SERVICE = {
    contract.SERVICE_ACTIVE: "active",
    contract.SERVICE_PENDING: "pending",
    contract.SERVICE_REJECTED: "rejected",
    contract.SERVICE_DISABLED: "disabled",
}
_COLLECTION_TYPES = {word: own for own, word in contract.COLLECTION_TYPES.items()}
_RECEIVABLES_TYPES = {word: own for own, word in contract.RECEIVABLES_TYPES.items()}
_KIND_OF_EVENT = {word: kind for kind, word in contract.REPORT_TYPES.items()}
_KIND_OF_EVENT[contract.EVENT_CLOSE] = "close"
_RESULTS = {
    contract.RESULT_PAID: "paid",
    contract.RESULT_PARTLY_PAID: "partly_paid",
    contract.RESULT_CREDIT_LOSS: "credit_loss",
    contract.RESULT_WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True)
class Identity:
    """``GET /oauth2/current``: whose credentials these are, and what they may do."""

    company_name: str
    business_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """``GET /v2/services/amili/receivables``: an unknown word is not active.

    ``word`` is Maventa's status; ``state`` is ``active``, ``pending``, ``rejected`` or
    ``disabled``, or empty for a word that nobody knows. At ``activation_url`` somebody
    who may sign for the company identifies themselves. ``reason`` is what Maventa says
    of it, such as why it was rejected. ``is_other_service``: it is not Amili Perintä
    that is told of.
    """

    word: str
    is_active: bool
    state: str = ""
    activation_url: str = field(default="", repr=False)
    authorization_email: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)
    is_other_service: bool = False

    def without_link(self):
        """Return the same without the link."""
        return replace(self, activation_url="")


@dataclass(frozen=True)
class Invoice:
    """An invoice at Maventa. ``total`` is with tax, in ``currency``.

    ``is_undelivered`` is each known status but delivered: on its way as well.
    """

    id: str
    number: str
    status: str
    is_undelivered: bool
    date: date | None
    total: Decimal | None
    recipient_business_id: str
    is_delivered: bool = False
    is_failed: bool = False
    reference: str = ""
    created_at: datetime | None = None
    recipient_name: str = field(default="", repr=False)
    currency: str = ""


@dataclass(frozen=True)
class InvoiceAction:
    """One step of an invoice's way.

    ``kind`` is ``received``, ``created``, ``sent``, ``delivered``, ``info`` or
    ``error``; ``channel`` is ``einvoice``, ``print``, ``scan`` or ``email``; either may
    be another word, or empty.
    """

    kind: str
    channel: str
    message: str = field(repr=False)
    happened_at: datetime | None


@dataclass(frozen=True)
class Subscription:
    """A webhook of the company; the address holds a secret."""

    id: str
    destination: str = field(repr=False)


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
    :class:`Case`. ``is_seen``: a person of the company marked it, here or elsewhere.
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
    is_seen: bool = False


@dataclass(frozen=True)
class Case:
    """``GET /v1/assignments/{id}``: a case at Amili, with its events where told.

    ``result`` is how it ended: ``paid``, ``partly_paid``, ``credit_loss`` or
    ``withdrawn``; empty where nothing, or an unknown word, was told. So are
    ``collection_type`` and ``receivables_type``, which are as they were handed over.
    ``capital_amount`` and ``reminder_amount`` are what was handed over, in EUR.
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
    created_at: datetime | None = None
    capital_amount: Decimal | None = None
    reminder_amount: Decimal | None = None
    collection_type: str = ""
    receivables_type: str = ""


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
    company = an_object(body).get("company")
    company = company if isinstance(company, dict) else {}
    scopes = body.get("scopes") or ()
    return Identity(
        company_name=text_of(company.get("name")),
        business_id=text_of(company.get("bid")),
        scopes=tuple(map(text_of, scopes)) if isinstance(scopes, list) else (),
    )


def read_service(body):
    body = an_object(body)
    word = text_of(body.get("status")).upper()
    if not word:
        raise UnreadableAnswer("a service without a status")
    service_type = text_of(body.get(contract.SERVICE_TYPE)).lower()
    return Service(
        word=word,
        is_active=word == contract.SERVICE_ACTIVE,
        state=_STATE_OF_SERVICE.get(word, ""),
        activation_url=text_of(body.get(contract.ACTIVATION_URL)),
        authorization_email=text_of(body.get(contract.AUTHORIZATION_EMAIL)),
        reason=mask_text(_reason(body)),
        is_other_service=service_type not in ("", contract.SERVICE_PERINTA),
    )


def read_invoice(body):
    body = an_object(body)
    recipient = body.get("recipient")
    recipient = recipient if isinstance(recipient, dict) else {}
    status = text_of(body.get("status")).upper()
    return Invoice(
        id=required_id(body.get("id")),
        number=text_of(body.get("number")),
        status=status,
        is_undelivered=bool(status) and status != contract.INVOICE_DELIVERED,
        date=date_of(body.get("date")),
        total=amount_of(body.get("sum_tax")),
        recipient_business_id=text_of(recipient.get("bid")),
        is_delivered=status == contract.INVOICE_DELIVERED,
        is_failed=status == contract.INVOICE_FAILED,
        reference=text_of(body.get("reference")),
        created_at=moment_of(body.get("created_at")),
        recipient_name=text_of(recipient.get("name")),
        currency=_currency(body),
    )


def read_invoice_action(body):
    body = an_object(body)
    return InvoiceAction(
        kind=text_of(body.get("type")).lower(),
        channel=text_of(body.get("channel")).lower(),
        message=mask_text(text_of(body.get("message"))),
        happened_at=moment_of(body.get("happened_at")),
    )


def read_subscription(body):
    body = an_object(body)
    return Subscription(
        id=required_id(body.get("id")),
        destination=text_of(body.get(contract.DESTINATION)),
    )


def read_transfer_status(body):
    body = an_object(body)
    word = text_of(body.get("status")).lower()
    if not word:
        raise UnreadableAnswer("a hand-over without a status")
    return TransferStatus(
        word=word,
        meaning=_MEANING_OF_STATUS.get(word, ""),
        assignment_id=_assignment_id(body),
        reason=mask_text(_reason(body)),
        created_at=moment_of(body.get("created_at")),
    )


def read_case(body):
    body = an_object(body)
    case_id = required_id(body.get("id") or body.get("assignment_id"))
    status = text_of(body.get("status")).lower()
    result = _result(body)
    events = body.get("events")
    amounts = body.get(contract.AMOUNTS)
    amounts = amounts if isinstance(amounts, dict) else body
    return Case(
        id=case_id,
        invoice_id=text_of(body.get("invoice_id")),
        status=status,
        is_closed=status == contract.CASE_CLOSED,
        collection_status=text_of(body.get("collection_status")),
        closed_at=moment_of(body.get("closed_at")),
        events=readable(events, lambda event: read_event(event, case_id))
        if isinstance(events, list)
        else (),
        result=result,
        figures=_figures(body),
        created_at=moment_of(body.get("created_at")),
        capital_amount=_figure(amounts.get(contract.CAPITAL_AMOUNT)),
        reminder_amount=_figure(amounts.get(contract.REMINDER_AMOUNT)),
        collection_type=_COLLECTION_TYPES.get(
            text_of(body.get(contract.COLLECTION_TYPE)).lower(), ""
        ),
        receivables_type=_RECEIVABLES_TYPES.get(
            text_of(body.get(contract.RECEIVABLES_TYPE)).lower(), ""
        ),
    )


def read_event(body, assignment_id=""):
    body = an_object(body)
    word = text_of(body.get(contract.EVENT_TYPE)).lower()
    result = _result(body)
    return Event(
        id=required_id(body.get("id")),
        assignment_id=text_of(body.get("assignment_id")) or assignment_id,
        kind=_KIND_OF_EVENT.get(word, "other"),
        word=word,
        date=date_of(body.get(contract.EVENT_DATE)),
        amount=amount_of(body.get(contract.EVENT_AMOUNT)),
        currency=_currency(body),
        text=mask_text(text_of(body.get(contract.EVENT_TEXT))),
        created_at=moment_of(body.get("created_at")),
        is_ours=text_of(body.get("origin")).lower() == contract.ORIGIN_COMPANY,
        collection_status=text_of(body.get("collection_status")),
        result=result,
        figures=_figures(body),
        is_seen=body.get("seen") is True,
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


def _reason(body):
    """Where an error is explained is not documented: look in each likely place."""
    _code, message, details = read_error(body)
    return " · ".join(part for part in (message, *details) if part)


def _result(body):
    return _RESULTS.get(text_of(body.get("result")).lower(), "")


def _currency(body):
    return text_of(body.get(contract.EVENT_CURRENCY)).upper()


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
    amount = amount_of(value)
    return None if amount is None or amount < 0 else amount


def _assignment_id(body):
    nested = body.get("assignment")
    nested = nested if isinstance(nested, dict) else {}
    return text_of(body.get("assignment_id") or nested.get("id"))
