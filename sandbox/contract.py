"""Reads an OpenAPI file, and requests by it: the file is the contract."""

import datetime
import json
import re
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import yaml
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from . import identifiers
from .problems import invalid_parameters, invalid_request

_METHODS = ("get", "post", "put", "patch", "delete")
_MOST_DETAILS = 50
_FORM = "application/x-www-form-urlencoded"

# ---------------------------------------------------------------- JSON


def _number(text):
    value = Decimal(text)
    # An exponent without bounds would let a few bytes fill the memory.
    if abs(value.adjusted()) > 100:
        raise ValueError("number out of range")
    return value


def _no_constant(_text):
    raise ValueError("NaN and Infinity are not JSON")


def _object(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result


def read_json(raw):
    """Parse a JSON body, strictly, with exact numbers.

    :param bytes raw: UTF-8.
    :returns: the value; fractions are ``Decimal``.
    :raises Problem: 400 when it is not JSON, or has a key twice.
    """
    try:
        text = raw.decode()
        value = json.loads(
            text,
            parse_float=_number,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
        if "\\ud" in text.lower():
            # Half a surrogate pair cannot be written out again.
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError, ArithmeticError):
        raise invalid_request("The body is not valid JSON.") from None
    return value


# ---------------------------------------------------------------- formats

_formats = FormatChecker(formats=())
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
        return _formats.checks(name, raises=ValueError)(
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


_Validator = validators.extend(
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
    "minLength": lambda wanted: "is empty",
    "maxLength": lambda wanted: f"is longer than {wanted} characters",
    "minItems": lambda wanted: "is empty",
    "maxItems": lambda wanted: f"has more than {wanted} entries",
    "not": lambda wanted: "is not allowed here",
}


def _path(parts):
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return identifiers.mask(text[:200])


def _lines(validator, value, prefix=""):
    lines = []
    for error in validator.iter_errors(value):
        complaint = _COMPLAINTS.get(error.validator, lambda wanted: "is not valid")
        where = prefix + _path(error.absolute_path) or "the body"
        line = f"{where} {complaint(error.validator_value)}"
        if line not in lines:
            lines.append(line)
        if len(lines) == _MOST_DETAILS:
            break
    return lines


# ---------------------------------------------------------------- operations


@dataclass
class _Parameter:
    name: str
    where: str
    required: bool
    schema: dict
    validator: object

    def read(self, values):
        """The parameter's value out of the texts received.

        :param list values: the texts, in the order of the query string.
        :returns: the value, and complaints about it.
        """
        if self.schema.get("type") == "array":
            value = values
        elif not values:
            problems = [f"{self.name} is missing"] if self.required else []
            return self.schema.get("default"), problems
        elif len(values) > 1:
            return None, [f"{self.name} is there more than once"]
        else:
            value = self._convert(values[0])
        return value, _lines(self.validator, value, self.name)

    def _convert(self, text):
        if self.schema.get("type") == "integer" and re.fullmatch("-?[0-9]{1,9}", text):
            return int(text)
        return text


@dataclass
class Operation:
    """One method on one path.

    ``scopes`` holds alternatives, each a set of scopes that are needed together;
    it is empty where no token is needed.
    """

    id: str
    method: str
    path: str
    scopes: list
    parameters: list
    media_type: str = None
    body_required: bool = False
    body_validator: object = None
    responses: dict = field(default_factory=dict)

    def read(self, request, path_values):
        """Check a request.

        :param werkzeug.Request request: what came in.
        :param dict path_values: the texts that stand in the path.
        :returns: the parameters by name, and the body: plain JSON, or None where
            there is none.
        :raises Problem: 400 or 422.
        """
        parameters, details = self._read_parameters(request, path_values)
        body = None
        if self.body_validator:
            body, more = self._read_body(request)
            details += more
        if details:
            raise invalid_parameters(details)
        return parameters, body

    def check_body(self, body):
        """Check a body that did not come as JSON.

        :raises Problem: 422.
        """
        lines = _lines(self.body_validator, body)
        if lines:
            raise invalid_parameters(lines)

    def _read_parameters(self, request, path_values):
        known = {p.name for p in self.parameters if p.where == "query"}
        details = [
            f"{_path([name])} is not known"
            for name in request.args
            if name not in known
        ]
        parameters = {}
        for parameter in self.parameters:
            if parameter.where == "path":
                values = [path_values[parameter.name]]
            else:
                values = request.args.getlist(parameter.name)
            parameters[parameter.name], wrong = parameter.read(values)
            details += wrong
        return parameters, details

    def _read_body(self, request):
        raw = request.get_data(cache=True, parse_form_data=False)
        if not raw and not self.body_required:
            return None, []
        if request.mimetype != self.media_type:
            raise invalid_request(f"The content type must be {self.media_type}.")
        if self.media_type == _FORM:
            # get_data() was there first, so request.form reads the cached bytes.
            repeated = [n for n, texts in request.form.lists() if len(texts) > 1]
            body = request.form.to_dict()
            lines = [f"{_path([n])} is there more than once" for n in repeated]
            return body, lines + _lines(self.body_validator, body)
        lines = _lines(self.body_validator, read_json(raw))
        # Once more without Decimal: from here on amounts are plain JSON numbers.
        return (None if lines else json.loads(raw)), lines


class Contract:
    """The operations of an OpenAPI 3.1 file.

    :param pathlib.Path path: the YAML file.
    """

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.document = yaml.safe_load(self.text)
        self.operations = {}
        for url, item in self.document["paths"].items():
            for method in _METHODS:
                if method in item:
                    operation = self._operation(method.upper(), url, item[method])
                    self.operations[operation.id] = operation

    def validator(self, schema):
        """A validator for a schema of this file.

        :param dict schema: may refer to other parts of the file.
        """
        return _Validator(self._resolved(schema), format_checker=_formats)

    def _operation(self, method, url, source):
        operation = Operation(
            id=source["operationId"],
            method=method,
            path=url,
            scopes=[
                set(scopes)
                for alternative in source.get(
                    "security", self.document.get("security", [])
                )
                for scopes in alternative.values()
            ],
            parameters=[
                self._parameter(self._target(p)) for p in source.get("parameters", [])
            ],
            responses=source["responses"],
        )
        if "requestBody" in source:
            body = source["requestBody"]
            operation.body_required = body.get("required", False)
            ((operation.media_type, content),) = body["content"].items()
            operation.body_validator = self.validator(content["schema"])
        return operation

    def _parameter(self, source):
        return _Parameter(
            name=source["name"],
            where=source["in"],
            required=source.get("required", False),
            schema=source["schema"],
            validator=self.validator(source["schema"]),
        )

    def _target(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target | {k: v for k, v in node.items() if k != "$ref"}
        return node

    def _resolved(self, node):
        # References are put in place once: validating is then twice as fast.
        if isinstance(node, list):
            return [self._resolved(entry) for entry in node]
        if not isinstance(node, dict):
            return node
        return {
            key: self._resolved(value)
            for key, value in self._target(node).items()
            if not str(key).startswith("x-")
        }
