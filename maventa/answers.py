"""Answers of Maventa as frozen dataclasses, read tolerantly.

Where no document gives a shape, the likeliest ones are all accepted, and what cannot
be read raises :class:`UnreadableAnswer` instead of passing for an empty answer. Amounts
are Decimal, moments are aware datetimes in UTC.
"""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import unquote, urlsplit

from . import contract
from .masking import mask_text
from .paths import value_at, values_at
from .reading import (
    MAX_WORD,
    UnreadableAnswer,
    an_object,
    read_amount,
    read_date,
    read_error,
    read_keyword,
    read_moment,
    read_prose,
    read_short_text,
    read_text,
    readable,
    required_id,
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
_PARTIES = {word: own for own, word in contract.ACCOUNTABLE_PARTIES.items()}
_PARTIES[contract.ACCOUNTABLE_AMILI_OTHER] = "vfsfi"
_IS_VERIFIED = {contract.COMPANY_VERIFIED: True, contract.COMPANY_UNVERIFIED: False}
_COLLECTION_TYPES = {word: own for own, word in contract.COLLECTION_TYPES.items()}
_RECEIVABLES_TYPES = {word: own for own, word in contract.RECEIVABLES_TYPES.items()}
_KIND_OF_EVENT = {word: kind for kind, word in contract.REPORT_TYPES.items()}
_KIND_OF_EVENT[contract.EVENT_CLOSE] = "close"
_RESULTS = {word: own for own, word in contract.RESULTS.items()}


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
    of it, such as why it was rejected. ``service_type`` is ``express`` (Amili Perintä),
    ``full`` (Amili Kassavirta, by which all invoices go to Amili), another word, or
    empty; ``is_other_service``: it is not Amili Perintä that is told of.
    ``accountable_party`` is whose account the debtors pay to: ``vfsfi`` (Amili),
    ``company``, or empty for what is not told or not understood.
    """

    word: str
    is_active: bool
    state: str = ""
    activation_url: str = field(default="", repr=False)
    authorization_email: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)
    is_other_service: bool = False
    service_type: str = ""
    accountable_party: str = ""

    def without_link(self):
        """Return the same without the link."""
        return replace(self, activation_url="")


@dataclass(frozen=True)
class CompanyStatus:
    """``GET /v1/companies/{id}/status``: whether services may be activated.

    ``word`` is Maventa's; ``is_verified`` is None where it is neither of both.
    """

    word: str
    is_verified: bool | None


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
    be another word, or empty. ``key`` is Maventa's word for the step; ``meaning`` is
    what it bears on a hand-over: ``handed_over`` (to a collector, from here or from
    elsewhere), ``disputed`` or ``paid``; empty for all others.
    """

    kind: str
    channel: str
    message: str = field(repr=False)
    happened_at: datetime | None
    key: str = ""
    meaning: str = ""


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
    Where it was taken and nothing more was told, the word is empty and the meaning
    ``pending``. ``unexpected_host`` is where Maventa says that the case is, if that is
    not where this client asks for it; nobody may call it. ``is_conflict``: Maventa did
    not take a hand-over, for it has this one already.
    """

    word: str
    meaning: str
    assignment_id: str
    reason: str
    created_at: datetime | None
    unexpected_host: str = ""
    is_conflict: bool = False


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
    ``document`` is the number of a credit note, where told.
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
    document: str = ""


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
    body = an_object(body)
    company = body.get(contract.CURRENT_COMPANY)
    company = company if isinstance(company, dict) else {}
    scopes = body.get(contract.CURRENT_SCOPES)
    return Identity(
        company_name=read_short_text(company.get(contract.CURRENT_COMPANY_NAME)),
        business_id=read_short_text(company.get(contract.CURRENT_BUSINESS_ID)),
        scopes=tuple(map(read_text, scopes)) if isinstance(scopes, list) else (),
    )


def read_service(body):
    body = an_object(body)
    word = read_keyword(body.get(contract.SERVICE_STATUS)).upper()
    if not word:
        raise UnreadableAnswer("a service without a status")
    service_type = read_keyword(body.get(contract.SERVICE_TYPE))
    return Service(
        word=word,
        is_active=word == contract.SERVICE_ACTIVE,
        state=_STATE_OF_SERVICE.get(word, ""),
        activation_url=read_text(body.get(contract.ACTIVATION_URL)),
        authorization_email=read_short_text(body.get(contract.AUTHORIZATION_EMAIL)),
        reason=_reason(body),
        is_other_service=service_type not in ("", contract.SERVICE_EXPRESS),
        service_type=service_type,
        accountable_party=_PARTIES.get(
            read_keyword(body.get(contract.ACCOUNTABLE_PARTY)), ""
        ),
    )


def read_company_status(body):
    word = read_keyword(an_object(body).get(contract.COMPANY_STATE)).upper()
    if not word:
        raise UnreadableAnswer("a company without a state")
    return CompanyStatus(word=word, is_verified=_IS_VERIFIED.get(word))


def read_invoice(body):
    body = an_object(body)
    recipient = body.get(contract.INVOICE_RECIPIENT)
    recipient = recipient if isinstance(recipient, dict) else {}
    status = read_keyword(body.get(contract.INVOICE_STATUS)).upper()
    return Invoice(
        id=required_id(body, contract.INVOICE_ID),
        number=read_short_text(body.get(contract.INVOICE_NUMBER)),
        status=status,
        is_undelivered=bool(status) and status != contract.INVOICE_DELIVERED,
        date=read_date(body.get(contract.INVOICE_DATE)),
        total=read_amount(body.get(contract.INVOICE_TOTAL)),
        recipient_business_id=read_short_text(
            recipient.get(contract.INVOICE_RECIPIENT_BID)
        ),
        is_delivered=status == contract.INVOICE_DELIVERED,
        is_failed=status == contract.INVOICE_FAILED,
        reference=read_short_text(body.get(contract.INVOICE_REFERENCE)),
        created_at=read_moment(body.get(contract.INVOICE_CREATED)),
        recipient_name=read_short_text(recipient.get(contract.INVOICE_RECIPIENT_NAME)),
        currency=read_keyword(body.get(contract.INVOICE_CURRENCY)).upper(),
    )


def read_invoice_action(body):
    body = an_object(body)
    key = read_keyword(body.get(contract.ACTION_KEY))
    return InvoiceAction(
        kind=read_keyword(body.get(contract.ACTION_TYPE)),
        channel=read_keyword(body.get(contract.ACTION_CHANNEL)),
        message=read_prose(body.get(contract.ACTION_MESSAGE)),
        happened_at=read_moment(body.get(contract.ACTION_MOMENT)),
        key=key,
        meaning=contract.ACTION_MEANINGS.get(key, ""),
    )


def read_subscription(body):
    body = an_object(body)
    return Subscription(
        id=required_id(body, contract.WEBHOOK_ID),
        destination=read_text(body.get(contract.DESTINATION)),
    )


def read_transfer_status(body, host=""):
    """Read how a hand-over went.

    :param str host: where cases are asked for
    """
    body = an_object(body)
    word = read_keyword(body.get(contract.TRANSFER_STATUS))
    if not word:
        raise UnreadableAnswer("a hand-over without a status")
    return _transfer_status(body, host, word, _MEANING_OF_STATUS.get(word, ""))


def read_accepted_transfer(body, host, private):
    """Read the answer to a hand-over that was taken; nothing need be in it.

    Source: ``POST /v1/invoices/{id}/assignment`` answers 202 with no body (described
    for v1).

    :param str host: where cases are asked for
    :param private: personal strings of the request, which the answer may repeat
    """
    try:
        status = read_transfer_status(body, host)
    except UnreadableAnswer:
        body = body if isinstance(body, dict) else {}
        status = _transfer_status(body, host, "", "pending")
    return replace(status, reason=mask_text(status.reason, private))


def read_case(body):
    body = an_object(body)
    paths = contract.CASE_PATHS
    case_id = required_id(body, paths["id"], paths["other_id"])
    status = read_keyword(value_at(body, paths["status"]))
    events = body.get(paths["events"])
    return Case(
        id=case_id,
        invoice_id=read_short_text(value_at(body, paths["invoice_id"])),
        status=status,
        is_closed=status == contract.CASE_CLOSED,
        collection_status=read_short_text(value_at(body, paths["collection_status"])),
        closed_at=read_moment(value_at(body, paths["closed_at"])),
        events=readable(events, lambda event: read_event(event, case_id))
        if isinstance(events, list)
        else (),
        result=_result(body, paths),
        figures=_figures(body, paths),
        created_at=read_moment(value_at(body, paths["created_at"])),
        capital_amount=_figure(
            body, paths["other_capital_amount"], paths["capital_amount"]
        ),
        reminder_amount=_figure(
            body, paths["other_reminder_amount"], paths["reminder_amount"]
        ),
        collection_type=_COLLECTION_TYPES.get(
            read_keyword(value_at(body, paths["collection_type"])), ""
        ),
        receivables_type=_RECEIVABLES_TYPES.get(
            read_keyword(value_at(body, paths["receivables_type"])), ""
        ),
    )


def read_event(body, assignment_id=""):
    body = an_object(body)
    paths = contract.EVENT_PATHS
    word = read_keyword(value_at(body, paths["type"]))
    return Event(
        id=required_id(body, paths["id"], paths["other_id"]),
        assignment_id=read_short_text(value_at(body, paths["case_id"]))
        or assignment_id,
        kind=_KIND_OF_EVENT.get(word, "other"),
        word=word,
        date=read_date(value_at(body, paths["date"])),
        amount=read_amount(value_at(body, paths["amount"])),
        currency=_currency(body, paths),
        text=read_prose(value_at(body, paths["text"])),
        created_at=read_moment(value_at(body, paths["created_at"])),
        is_ours=read_keyword(value_at(body, paths["origin"]))
        == contract.ORIGIN_COMPANY,
        collection_status=read_short_text(value_at(body, paths["collection_status"])),
        result=_result(body, paths),
        figures=_figures(body, paths),
        is_seen=value_at(body, paths["seen"]) is True,
        document=read_short_text(value_at(body, paths["document"])),
    )


def read_added_event(body, assignment_id, sent):
    """Read the event that was made of the body ``sent``; nothing else passes for it.

    :raises UnreadableAnswer: also where the answer is the case, or another event
    """
    event = read_event(body, assignment_id)
    is_sent = event.word in ("", value_at(sent, contract.EVENT_PATHS["type"]))
    if event.id == assignment_id or not is_sent:
        raise UnreadableAnswer("another object than the event")
    return event


def _transfer_status(body, host, word, meaning):
    case_id, case_host = _read_case(body)
    return TransferStatus(
        word=word,
        meaning=meaning,
        assignment_id=case_id,
        reason=_reason(body, body.get(contract.TRANSFER_REASON)),
        created_at=read_moment(body.get(contract.TRANSFER_CREATED)),
        unexpected_host="" if case_host == host else case_host,
    )


def _read_case(body):
    """Return the id of the case of a hand-over, and the host that it is said to be at.

    Both are empty where nothing is told.
    """
    parts, path = None, ""
    with suppress(ValueError):
        parts = urlsplit(read_text(body.get(contract.TRANSFER_URL)))
        path = unquote(parts.path).rstrip("/")
    told = [
        *values_at(body, contract.TRANSFER_CASE_ID),
        *values_at(body, contract.TRANSFER_CASE),
        path.rpartition("/")[2],
    ]
    ids = [text for text in map(read_text, told) if text and len(text) <= MAX_WORD]
    host = (parts and parts.hostname) or ""
    return ids[0] if ids else "", host[:MAX_WORD]


def _reason(body, *others):
    """Where an error is explained is not documented: look in each likely place."""
    _code, message, details = read_error(body)
    parts = dict.fromkeys([*map(read_text, others), message, *details])
    return read_prose(" · ".join(part for part in parts if part))


def _result(body, paths):
    return _RESULTS.get(read_keyword(value_at(body, paths["result"])), "")


def _currency(body, paths):
    return read_keyword(value_at(body, paths["currency"])).upper()


def _figures(body, paths):
    """The figures of a case or of an event."""
    # In another currency they would be other figures.
    amounts = body if _currency(body, paths) in ("", contract.CURRENCY) else {}
    return Figures(
        **{
            figure: _figure(amounts, path)
            for figure, path in contract.FIGURE_PATHS.items()
        }
    )


def _figure(body, *paths):
    """Return the amount at the first of these paths; None for none or an absurd one."""
    for path in paths:
        amount = read_amount(value_at(body, path))
        if amount is not None:
            return amount if amount >= 0 else None
    return None
