"""Every call of the client with invented data, in the variants that it can send."""

import dataclasses
import inspect
import typing
import uuid
from datetime import date, datetime, timezone
from decimal import Decimal

from maventa import activation, contract, payload, report, upload
from maventa.client import MaventaClient

TEXTS = {
    "business_id": "0112038-9",
    "personal_identity_code": "131052-308T",
    "zip_code": "00100",
    "country": "FI",
    "iban": "FI2112345600000785",
    "bic": "NDEAFIHH",
    "language": "fi",
    "destination": "https://odoo.example.com/amili",
}
BY_TYPE = {
    bytes: b"<Invoice/>",
    int: 1,
    date: date(2026, 10, 1),
    Decimal: Decimal("1240.00"),
}
ARGUMENTS = {"page": 1, "created_from": datetime(2026, 10, 1, tzinfo=timezone.utc)}


def identifier(name):
    """Return the invented id that stands for a parameter, always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def words(*names):
    """Return our own words of those of these tables that the contract has."""
    return [word for name in names for word in getattr(contract, name, ())]


CHOICES = {
    "collection_type": words("COLLECTION_TYPES"),
    "receivables_type": words("RECEIVABLES_TYPES"),
    "role": words("PAYER_ROLES", "PAYER_TYPES"),
    "kind": words("REPORT_TYPES"),
    "accountable_party": words("ACCOUNTABLE_PARTIES"),
    "format": words("UPLOAD_FORMATS"),
}


def full(cls):
    """Return a dataclass full of invented data."""
    return next(_variants(cls))


def calls():
    """Yield ``(method, arguments)`` for each public method and each variant."""
    for name, method in inspect.getmembers(MaventaClient, inspect.isfunction):
        if name.startswith("_"):
            continue
        arguments = {
            each.name: _argument(each.name)
            for each in list(inspect.signature(method).parameters.values())[1:]
            if each.default is each.empty
        }
        for body in _BODIES[name]() if "body" in arguments else [None]:
            for sent in _variants(upload.Upload) if "sent" in arguments else [None]:
                varied = {"body": body, "sent": sent}
                yield (
                    name,
                    arguments | {k: varied[k] for k in arguments & varied.keys()},
                )


def _argument(name):
    if name.endswith("_ids"):
        return [identifier(name[:-1])]
    if name.endswith("_id"):
        return identifier(name)
    return ARGUMENTS.get(name) or _text(name)


def _text(name):
    if "email" in name:
        return "maija.malli@example.com"
    if "phone" in name:
        return "+358401234567"
    return identifier(name) if name == "uuid" else TEXTS.get(name, "Malli")


def _variants(cls):
    """Yield a dataclass full of data, then with one thing changed or left out."""
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)
    values = {each.name: _values(each.name, hints[each.name]) for each in fields}
    full = cls(**{name: found[0] for name, found in values.items()})
    yield full
    for each in fields:
        others = values[each.name][1:]
        if each.default is not dataclasses.MISSING:
            others = [*others, each.default]
        for value in others:
            yield dataclasses.replace(full, **{each.name: value})


def _values(name, hint):
    """Return what a field may hold, the fullest first."""
    inner = (*typing.get_args(hint), hint)[0]
    if dataclasses.is_dataclass(inner):
        found = list(_variants(inner))
        if typing.get_origin(hint) is tuple:  # one of each role
            replace, roles = dataclasses.replace, CHOICES["role"]
            found = [tuple(replace(each, role=r) for r in roles) for each in found]
        return found
    if inner is bool:
        return [True, False]
    value = BY_TYPE.get(inner) or _text(name)
    return CHOICES.get(name) or [
        (value,) if typing.get_origin(hint) is tuple else value
    ]


def _built(build, items):
    """Build what can be built: what the client refuses is never sent."""
    for item in items:
        try:
            yield build(item)
        except ValueError:
            continue


_BODIES = {
    "transfer": lambda: _built(payload.build_body, _variants(payload.Transfer)),
    "add_event": lambda: _built(
        report.build_report,
        (
            dataclasses.replace(each, kind=kind)
            for each in _variants(report.Report)
            for kind in CHOICES["kind"]
        ),
    ),
    "activate_service": lambda: _built(
        activation.build_activation, _variants(activation.Activation)
    ),
    "change_service": lambda: _built(
        activation.build_change, CHOICES["accountable_party"]
    ),
}
