"""Checks values by JSON Schema and says what is wrong, never which value it was."""

import datetime
import re
import uuid
from decimal import Decimal
from fractions import Fraction

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from . import identifiers

_MOST_DETAILS = 50

# ---------------------------------------------------------------- formats

formats = FormatChecker(formats=())
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?Z"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

# How a format is named to people; and one that is not here is not checked.
_FORMAT_WORDS = {
    "date": "a date such as 2026-11-02",
    "date-time": "a UTC time such as 2026-11-02T09:30:00Z",
    "uuid": "a UUID",
    "email": "an e-mail address",
    "personal-identity-code": "a valid personal identity code",
    "business-id": "a valid Business ID",
}


def _format(name):
    def register(check):
        return formats.checks(name, raises=ValueError)(
            lambda value: not isinstance(value, str) or check(value)
        )

    return register


@_format("date")
def _is_date(text):
    return bool(_DATE.fullmatch(text)) and bool(datetime.date.fromisoformat(text))


@_format("date-time")
def _is_moment(text):
    match = _MOMENT.fullmatch(text)
    return bool(match) and bool(
        datetime.datetime.fromisoformat(f"{match[1]}T{match[2]}")
    )


@_format("uuid")
def _is_uuid(text):
    return bool(_UUID.fullmatch(text)) and bool(uuid.UUID(text))


@_format("email")
def _is_email(text):
    return bool(_EMAIL.fullmatch(text))


_format("personal-identity-code")(identifiers.is_identity_code)
_format("business-id")(identifiers.is_business_id)

# ---------------------------------------------------------------- schemas


def _multiple_of(_validator, step, value, _schema):
    # jsonschema divides floats, and 1240.10 is no multiple of 0.01 in floats.
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return
    if Fraction(str(value)) % Fraction(str(step)):
        yield ValidationError("not a multiple")


def _required(validator, names, value, _schema):
    if validator.is_type(value, "object"):
        for name in names:
            if name not in value:
                yield ValidationError("missing", path=[name])


def _additional(validator, allowed, value, schema):
    if validator.is_type(value, "object") and allowed is False:
        for name in value:
            if name not in schema.get("properties", ()):
                yield ValidationError("unknown", path=[name])


Validator = validators.extend(
    Draft202012Validator,
    {
        "multipleOf": _multiple_of,
        "required": _required,
        "additionalProperties": _additional,
    },
)

_TYPE_WORDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def _words_of_type(wanted):
    names = [wanted] if isinstance(wanted, str) else wanted
    return " or ".join(_TYPE_WORDS[name] for name in names)


# What is wrong, by JSON Schema keyword, without the value that was received.
_COMPLAINTS = {
    "required": lambda wanted: "is missing",
    "additionalProperties": lambda wanted: "is not known",
    "type": lambda wanted: f"must be {_words_of_type(wanted)}",
    "enum": lambda wanted: f"must be one of: {', '.join(map(str, wanted))}",
    "const": lambda wanted: f"must be {wanted}",
    "format": lambda wanted: f"is not {_FORMAT_WORDS.get(wanted, 'well formed')}",
    "pattern": lambda wanted: "is empty" if wanted == r"\S" else "is not well formed",
    "multipleOf": lambda wanted: "has more than two decimals",
    "minimum": lambda wanted: f"must be at least {wanted}",
    "maximum": lambda wanted: f"must be at most {wanted}",
    "exclusiveMinimum": lambda wanted: f"must be more than {wanted}",
    "minLength": lambda wanted: f"is shorter than {wanted} characters",
    "maxLength": lambda wanted: f"is longer than {wanted} characters",
    "minItems": lambda wanted: "is empty",
    "maxItems": lambda wanted: f"has more than {wanted} entries",
    "not": lambda wanted: "is not allowed here",
}


def path_of(parts):
    """The place in a body as people write it, such as ``payers[0].name``."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return identifiers.mask(text[:200])


def complaints(validator, value, prefix=""):
    """What is wrong with a value, one line each.

    :param str prefix: where the value stands.
    """
    lines = []
    for error in validator.iter_errors(value):
        complaint = _COMPLAINTS.get(error.validator, lambda wanted: "is not valid")
        where = prefix + path_of(error.absolute_path) or "the body"
        line = f"{where} {complaint(error.validator_value)}"
        if line not in lines:
            lines.append(line)
        if len(lines) == _MOST_DETAILS:
            break
    return lines
