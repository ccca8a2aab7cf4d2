"""The body of a hand-over: frozen dataclasses in, JSON out. For reports see
:mod:`.report`.

Source of the names: :mod:`.contract`.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import contract
from .masking import MASK
from .paths import merge, put, replace_at, values_at

CENT = Decimal("0.01")
_PERSONAL = ("name", "identity_code", "email", "phone", "street", "street2")


@dataclass(frozen=True)
class Address:
    """A postal address; ``country`` is ISO 3166-1 alpha-2."""

    streets: tuple[str, ...]
    zip_code: str
    city: str
    country: str


@dataclass(frozen=True)
class Payer:
    """Who owes: ``role`` is ``main_debtor`` or ``co_debtor``; phone is E.164."""

    role: str
    name: str
    address: Address
    business_id: str = ""
    personal_identity_code: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Transfer:
    """One hand-over. Amounts are EUR with two decimals at most."""

    collection_type: str
    receivables_type: str
    capital_amount: Decimal
    reminder_amount: Decimal
    payers: tuple[Payer, ...]
    assignment_summary: str
    reminder_date: date | None = None


def build_body(transfer):
    """Return the JSON body of ``POST /v2/invoices/{id}/assignment/amili``.

    :param Transfer transfer: what is handed over
    :rtype: dict
    :raises ValueError: for an amount with a fraction of a cent, and for a summary that
        is too short or too long; the text names its key on the wire alone
    """
    if not is_summary(transfer.assignment_summary):
        raise ValueError(f"{contract.ASSIGNMENT_SUMMARY} is too short or too long")
    amounts = {contract.CAPITAL_AMOUNT: cents(transfer.capital_amount)}
    if transfer.reminder_amount or contract.SENDS_NO_FEE_AS_ZERO:
        amounts[contract.REMINDER_AMOUNT] = cents(transfer.reminder_amount)
    body = {
        contract.COLLECTION_TYPE: contract.COLLECTION_TYPES[transfer.collection_type],
        contract.RECEIVABLES_TYPE: contract.RECEIVABLES_TYPES[
            transfer.receivables_type
        ],
        contract.AMOUNTS: amounts,
        contract.ASSIGNMENT_SUMMARY: transfer.assignment_summary,
    }
    for payer in transfer.payers:
        merge(body, _payer(payer))
    if transfer.reminder_date:
        body[contract.REMINDER_DATE] = transfer.reminder_date.isoformat()
    return body


def is_summary(text):
    """Whether a summary has a length that Maventa takes."""
    shortest, longest = contract.SUMMARY_LENGTHS
    return shortest <= len(text) <= longest


def dump_body(body, indent=None):
    """Return a body as the JSON text that goes over the wire, amounts as ``1240.00``.

    The keys are sorted, so that the same body is always the same text.
    """
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, indent=indent)
    reported = contract.EVENT_PATHS["amount"].rpartition(".")[2]
    keys = (contract.CAPITAL_AMOUNT, contract.REMINDER_AMOUNT, reported)
    # The closing quote of a key is never preceded by a backslash, so that the same
    # words inside a text (where quotes are escaped) do not match.
    amount = rf'("(?:{"|".join(map(re.escape, keys))})": )(-?[0-9][0-9.eE+-]*)'
    return re.sub(amount, lambda m: f"{m[1]}{Decimal(m[2]).quantize(CENT)}", text)


def cents(amount):
    """Return an amount as the JSON number that :func:`dump_body` writes out.

    A float is safe here: with two decimals it prints as it was written.

    :param Decimal amount: EUR
    :raises ValueError: for a fraction of a cent
    """
    if amount != amount.quantize(CENT):
        raise ValueError("an amount has a fraction of a cent")
    return float(amount)


def mask_body(body):
    """Return a copy of a body without the identity codes."""
    for path in _payer_paths("identity_code"):
        body = replace_at(body, path, lambda _code: MASK)
    return body


def fill_body(body, payers):
    """Return a copy of a masked body with the identity codes put in again.

    :param payers: pairs of a role and an identity code, in the order in which the body
        was built; an empty one is of a payer whose code is not sent
    :return: the body, as it is where it has another number of codes
    """
    codes_at = defaultdict(list)
    for role, code in payers:
        if code:
            path = contract.PAYER_PATHS["identity_code"]
            codes_at[path.format(role=contract.PAYER_ROLES[role])].append(code)
    for path, codes in codes_at.items():
        if len(codes) == len(values_at(body, path)):
            left = iter(codes)
            body = replace_at(body, path, lambda _mask, left=left: next(left))
    return body


def personal_values(body):
    """Return the strings of a body that tell who somebody is or where they live."""
    paths = {path for datum in _PERSONAL for path in _payer_paths(datum)}
    return [value for path in sorted(paths) for value in values_at(body, path)]


def _payer_paths(datum):
    """Return where a datum stands, for each role; nowhere for one that is not sent."""
    path = contract.PAYER_PATHS.get(datum)
    words = contract.PAYER_ROLES.values()
    return dict.fromkeys(path.format(role=word) for word in words) if path else {}


def _payer(payer):
    """Return the part of a body that is about one payer."""
    streets = payer.address.streets
    if "street2" not in contract.PAYER_PATHS:
        streets = (", ".join(streets),)
    word = contract.PAYER_ROLES[payer.role]
    data = {
        "role": word,
        "name": payer.name,
        "business_id": payer.business_id,
        "identity_code": payer.personal_identity_code,
        "email": payer.email,
        "phone": payer.phone,
        "street": "".join(streets[:1]),
        "street2": ", ".join(streets[1:]),
        "zip": payer.address.zip_code,
        "city": payer.address.city,
        "country": payer.address.country,
    }
    body = {}
    for datum, path in contract.PAYER_PATHS.items():
        if data[datum]:
            put(body, path.format(role=word), data[datum])
    return body
