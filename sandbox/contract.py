"""Reads an OpenAPI file, and requests by it: the file is the contract."""

import json
import re
from dataclasses import dataclass, field

import yaml

try:
    from yaml import CSafeLoader as YamlLoader
except ImportError:
    from yaml import SafeLoader as YamlLoader

from . import bodies
from .problems import invalid_parameters, invalid_request
from .schemas import Validator, complaints, formats, path_of

_METHODS = ("get", "post", "put", "patch", "delete")


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
        if not values:
            problems = [f"{self.name} is missing"] if self.required else []
            return self.schema.get("default"), problems
        if len(values) > 1:
            return None, [f"{self.name} is there more than once"]
        if self.schema.get("type") == "array":
            value = values[0].split(",")
        else:
            value = self._convert(values[0])
        return value, complaints(self.validator, value, self.name)

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
    body_lists: tuple = ()
    body_files: tuple = ()
    responses: dict = field(default_factory=dict)

    def read(self, request, path_values):
        """Check a request.

        :param werkzeug.Request request: what came in.
        :param dict path_values: the texts that stand in the path.
        :returns: the parameters by name, and the body: plain JSON, or None where
            there is none.
        :raises Problem: 400.
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

        :raises Problem: 400.
        """
        lines = complaints(self.body_validator, body)
        if lines:
            raise invalid_parameters(lines)

    def _read_parameters(self, request, path_values):
        known = {p.name for p in self.parameters if p.where == "query"}
        details = [
            f"{path_of([name])} is not known"
            for name in request.args
            # A list in brackets is passed over, as Rails does where it knows none.
            if name not in known and not name.endswith("[]")
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
        if self.media_type == bodies.FORM:
            body, lines = bodies.read_form(request)
            return body, lines + complaints(self.body_validator, body)
        if self.media_type == bodies.MULTIPART:
            body, files, lines = bodies.read_multipart(
                request, self.body_lists, self.body_files
            )
            # A file is checked by its name alone.
            names = {name: file["filename"] for name, file in files.items()}
            lines += complaints(self.body_validator, body | names)
            return body | files, lines
        lines = complaints(self.body_validator, bodies.read_json(raw))
        # Once more without Decimal: from here on amounts are plain JSON numbers.
        return (None if lines else json.loads(raw)), lines


class Contract:
    """The operations of an OpenAPI 3.1 file.

    :param pathlib.Path path: the YAML file.
    """

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.document = yaml.load(self.text, YamlLoader)
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
        return Validator(self._resolved(schema), format_checker=formats)

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
            fields = self._target(content["schema"]).get("properties", {})
            operation.body_lists = _names_of(fields, "type", "array")
            operation.body_files = _names_of(fields, "format", "binary")
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


def _names_of(fields, key, value):
    return tuple(name for name, part in fields.items() if part.get(key) == value)
