"""The body of what the company reports of a case: a frozen dataclass in, JSON out.

Source of the names: :mod:`.contract`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import contract
from .paths import put
from .payload import cents

# What each kind of report must tell, and what it may tell besides.
_DATA = {
    "comment": (("text",), ()),
    "paid": (("amount", "date"), ("text",)),
    "credit_note": (("amount", "date"), ("document", "text")),
    "due_date": (("date",), ("text",)),
    "pause": ((), ("date", "text")),
    "withdraw": ((), ("text",)),
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
    if report.kind not in _DATA:
        raise ValueError("an unknown kind of report")
    must, may = _DATA[report.kind]
    data = {"type": contract.REPORT_TYPES[report.kind]}
    for datum in (*must, *may):
        value = _VALUES[datum](report)
        if value:
            data[datum] = value
        elif datum in must:
            raise ValueError(f"a report ({report.kind}) without {datum}")
    if "amount" in data:
        data["currency"] = contract.CURRENCY
    body = {}
    for datum, value in data.items():
        put(body, contract.EVENT_PATHS[datum], value)
    return body


def _amount(report):
    amount = report.amount or Decimal(0)
    if not amount.is_finite() or amount < 0:
        raise ValueError("an amount that is not above zero")
    return cents(amount)


_VALUES = {
    "amount": _amount,
    "date": lambda report: report.day and report.day.isoformat(),
    "text": lambda report: report.text.strip(),
    "document": lambda report: report.document.strip(),
}
