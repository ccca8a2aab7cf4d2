"""The body of what the company reports of a case: a frozen dataclass in, JSON out.

Source of the names: :mod:`.contract`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import contract
from .payload import cents

# What each kind of report must tell, and what it may tell besides.
_KEYS = {
    "comment": ((contract.EVENT_TEXT,), ()),
    "paid": ((contract.EVENT_AMOUNT, contract.EVENT_DATE), (contract.EVENT_TEXT,)),
    "credit_note": (
        (contract.EVENT_AMOUNT, contract.EVENT_DATE),
        (contract.EVENT_DOCUMENT, contract.EVENT_TEXT),
    ),
    "due_date": ((contract.EVENT_DATE,), (contract.EVENT_TEXT,)),
    "pause": ((), (contract.EVENT_DATE, contract.EVENT_TEXT)),
    "withdraw": ((), (contract.EVENT_TEXT,)),
}


@dataclass(frozen=True)
class Report:
    """One event that the company reports.

    ``kind`` is ``comment``, ``paid``, ``credit_note``, ``due_date``, ``pause`` or
    ``withdraw``. ``amount`` is EUR. ``day`` is the day of the payment or credit note,
    the due date that is asked for, or the last day of the pause. ``document`` is the
    number of the credit note.
    """

    kind: str
    text: str = ""
    amount: Decimal | None = None
    day: date | None = None
    document: str = ""


def build_report(report):
    """Return the JSON body of ``POST /v1/assignments/{id}/events``.

    What a report of this kind does not tell, such as the amount of a comment, is left
    out.

    :param Report report: what is reported
    :rtype: dict
    :raises ValueError: for an unknown kind, where something is missing, and for an
        amount that is not above zero or has a fraction of a cent
    """
    if report.kind not in _KEYS:
        raise ValueError("an unknown kind of report")
    must, may = _KEYS[report.kind]
    body = {contract.EVENT_TYPE: contract.REPORT_TYPES[report.kind]}
    for key in (*must, *may):
        value = _VALUES[key](report)
        if value:
            body[key] = value
        elif key in must:
            raise ValueError(f"a report ({report.kind}) without {key}")
    if contract.EVENT_AMOUNT in body:
        body[contract.EVENT_CURRENCY] = contract.CURRENCY
    return body


def _amount(report):
    amount = report.amount or Decimal(0)
    if not amount.is_finite() or amount < 0:
        raise ValueError("an amount that is not above zero")
    return cents(amount)


_VALUES = {
    contract.EVENT_AMOUNT: _amount,
    contract.EVENT_DATE: lambda report: report.day and report.day.isoformat(),
    contract.EVENT_TEXT: lambda report: report.text.strip(),
    contract.EVENT_DOCUMENT: lambda report: report.document.strip(),
}
