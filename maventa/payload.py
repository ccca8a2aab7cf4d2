"""The body of a hand-over: frozen dataclasses in, JSON out. For reports see
:mod:`.report`.

Source of the names: :mod:`.contract`.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import contract
from .masking import MASK

CENT = Decimal("0.01")

# The closing quote of a key is never preceded by a backslash, so that the same
# words inside a text (where quotes are escaped) do not match.
_AMOUNTS = (contract.CAPITAL_AMOUNT, contract.REMINDER_AMOUNT, contract.EVENT_AMOUNT)
_AMOUNT = re.compile(rf'("(?:{"|".join(_AMOUNTS)})": )(-?[0-9][0-9.eE+-]*)')


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
    :raises ValueError: for an amount with a fraction of a cent
    """
    body = {
        contract.COLLECTION_TYPE: contract.COLLECTION_TYPES[transfer.collection_type],
        contract.RECEIVABLES_TYPE: contract.RECEIVABLES_TYPES[
            transfer.receivables_type
        ],
        contract.AMOUNTS: {
            contract.CAPITAL_AMOUNT: cents(transfer.capital_amount),
            contract.REMINDER_AMOUNT: cents(transfer.reminder_amount),
        },
        contract.PAYERS: [_payer(payer) for payer in transfer.payers],
        contract.ASSIGNMENT_SUMMARY: transfer.assignment_summary,
    }
    if transfer.reminder_date:
        body[contract.REMINDER_DATE] = transfer.reminder_date.isoformat()
    return body


def dump_body(body, indent=None):
    """Return a body as the JSON text that goes over the wire, amounts as ``1240.00``.

    The keys are sorted, so that the same body is always the same text.
    """
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, indent=indent)
    return _AMOUNT.sub(lambda m: f"{m[1]}{Decimal(m[2]).quantize(CENT)}", text)


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
    payers = [
        {**payer, contract.PAYER_IDENTITY_CODE: MASK}
        if contract.PAYER_IDENTITY_CODE in payer
        else payer
        for payer in body.get(contract.PAYERS, ())
    ]
    return {**body, contract.PAYERS: payers}


def personal_values(body):
    """Return the strings of a body that tell who somebody is or where they live."""
    values = []
    for payer in body.get(contract.PAYERS, ()):
        address = payer.get(contract.ADDRESS, {})
        values += [
            payer.get(contract.PAYER_NAME),
            payer.get(contract.PAYER_IDENTITY_CODE),
            payer.get(contract.PAYER_EMAIL),
            payer.get(contract.PAYER_PHONE),
            *address.get(contract.ADDRESS_STREETS, ()),
        ]
    return [value for value in values if value]


def address_body(address):
    """Return an :class:`Address` as it stands in a body."""
    return {
        contract.ADDRESS_STREETS: list(address.streets),
        contract.ADDRESS_ZIP: address.zip_code,
        contract.ADDRESS_CITY: address.city,
        contract.ADDRESS_COUNTRY: address.country,
    }


def _payer(payer):
    optional = {
        contract.PAYER_BUSINESS_ID: payer.business_id,
        contract.PAYER_IDENTITY_CODE: payer.personal_identity_code,
        contract.PAYER_EMAIL: payer.email,
        contract.PAYER_PHONE: payer.phone,
    }
    return {
        contract.PAYER_TYPE: contract.PAYER_TYPES[payer.role],
        contract.PAYER_NAME: payer.name,
        **{key: value for key, value in optional.items() if value},
        contract.ADDRESS: address_body(payer.address),
    }
