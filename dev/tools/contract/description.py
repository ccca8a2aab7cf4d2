"""A description of an API, Swagger 2.0 or OpenAPI 3, as one thing to ask."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import requests
import yaml
from openapi_schema_validator import OAS30WriteValidator, OAS31Validator

METHODS = ("get", "put", "post", "delete", "patch")
EXAMPLES = {
    "integer": 1,
    "number": 1,
    "boolean": True,
    "date": "2026-10-01",
    "date-time": "2026-10-01T12:00:00Z",
}
DEPTH = 8  # of a schema that contains itself


class UnreadableDescription(Exception):
    """It cannot be had or read; the text says why."""


@dataclass(frozen=True)
class Operation:
    """One method of one path: schemas, media types, and scopes of which a set does."""

    scopes: list
    query: dict
    body: dict
    media: list
    status: int
    answer: dict


def read_description(source):
    """Return the :class:`Description` of a file or an address.

    :raises UnreadableDescription:
    """
    try:
        if re.match("https?://", source):
            response = requests.get(source, timeout=30)
            response.raise_for_status()
            text = response.text
        else:
            text = Path(source).read_text()
        # Each JSON is YAML, but YAML takes its time.
        content = json.loads(text) if text[:1] == "{" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UnreadableDescription(f"{source}: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("paths"), dict):
        raise UnreadableDescription(f"{source} is no description: it has no paths")
    return Description(content)


class Description:
    """What a description says of operations and of what goes over the wire."""

    def __init__(self, content):
        self._content = content
        self.paths = content["paths"]
        is_new = str(content.get("openapi", "")).startswith("3.1")
        self._validator = OAS31Validator if is_new else OAS30WriteValidator

    def methods(self, path):
        """Return ``{method: operation}`` of a path, as they are written."""
        fitting = [
            template
            for template in self.paths
            if re.fullmatch(re.sub(r"\\{[^/]+?\\}", "[^/]+", re.escape(template)), path)
        ]
        # A name of its own goes before a parameter.
        template = min(fitting, key=lambda each: each.count("{"), default=None)
        entry = self._target(self.paths.get(template, {}))
        shared = entry.get("parameters", [])
        return {
            name.upper(): {
                **each,
                "parameters": [*shared, *each.get("parameters", [])],
            }
            for name, each in entry.items()
            if name in METHODS
        }

    def find(self, method, path):
        """Return the :class:`Operation` of a path with real ids, or None."""
        written = self.methods(path).get(method)
        if written is None:
            return None
        media = written.get("consumes") or self._content.get("consumes", [])
        body = self._fields(written, "formData")
        if not body["properties"]:
            given = self._fields(written, "body")["properties"]
            body = next(iter(given.values()), {})
        if "requestBody" in written:
            content = self._target(written["requestBody"]).get("content", {})
            media = list(content)
            body = self._schema({"content": content})
        answers = {str(key): each for key, each in written.get("responses", {}).items()}
        status = min((key for key in answers if key[:1] == "2"), default="default")
        security = written.get("security", self._content.get("security", []))
        return Operation(
            scopes=[{s for each in one.values() for s in each} for one in security],
            query=self._fields(written, "query"),
            body=body,
            media=media,
            status=int(status) if status.isdigit() else 200,
            answer=self._schema(self._target(answers.get(status, {}))),
        )

    def places(self, schema, path="", depth=DEPTH):
        """Return ``{path: schema}`` of all that stands within a schema."""
        schema, found = self._target(schema), {}
        if depth and "items" in schema:
            found |= self.places(schema["items"], f"{path}[]", depth - 1)
        for name, inner in self._properties(schema).items() if depth else ():
            name = f"{path}.{name}".lstrip(".")
            found |= {name: inner, **self.places(inner, name, depth - 1)}
        return found

    def errors(self, schema, value):
        """Yield in words what does not fit a schema."""
        # Where its references lead to.
        roots = {
            name: self._content.get(name) for name in ("definitions", "components")
        }
        whole = {**schema, **{name: root for name, root in roots.items() if root}}
        for error in self._validator(whole).iter_errors(value):
            path = "".join("[]" if isinstance(p, int) else f".{p}" for p in error.path)
            not_sent = " and not sent" if error.validator == "required" else ""
            yield f"{path} {error.message[:200]}{not_sent}".lstrip(". ")

    def example(self, schema, given, path="", depth=DEPTH):
        """Return an answer that fits a schema, with all that it may have.

        :param dict given: values for paths that are to have another
        """
        if path in given:
            return given[path]
        schema = self._target(schema)
        properties = self._properties(schema)
        if depth and properties:
            return {
                name: self.example(
                    inner, given, f"{path}.{name}".lstrip("."), depth - 1
                )
                for name, inner in properties.items()
            }
        if depth and "items" in schema:
            return [self.example(schema["items"], given, f"{path}[]", depth - 1)]
        if schema.get("enum"):
            return schema["enum"][0]
        kind = schema.get("type", "string")
        kind = (
            next((k for k in kind if k != "null"), "")
            if isinstance(kind, list)
            else kind
        )
        empty = {"object": {}, "array": []}.get(kind, "text")
        return EXAMPLES.get(schema.get("format"), EXAMPLES.get(kind, empty))

    def _target(self, node):
        """Follow references; what is in another file is as good as not described."""
        while isinstance(node, dict) and "$ref" in node:
            found = self._content if node["$ref"].startswith("#/") else {}
            for part in node["$ref"][2:].split("/"):
                found = found.get(part.replace("~1", "/").replace("~0", "~"), {})
            node = found
        return node

    def _fields(self, written, place):
        """Return the parameters of one place as an object is described."""
        found = [self._target(each) for each in written["parameters"]]
        found = [each for each in found if each.get("in") == place]
        return {
            "properties": {
                each["name"].removesuffix("[]"): self._target(each["schema"])
                if "schema" in each
                else _of_parameter(each)
                for each in found
            },
            "required": [each["name"] for each in found if each.get("required")],
        }

    def _schema(self, node):
        node = next(iter(node.get("content", {}).values()), node)
        return self._target(node.get("schema", {}))

    def _properties(self, schema):
        found = dict(schema.get("properties", {}))
        for each in [e for p in ("allOf", "oneOf", "anyOf") for e in schema.get(p, ())]:
            found = self._properties(self._target(each)) | found
        return {name: self._target(each) for name, each in found.items()}


def _of_parameter(parameter):
    """Return the schema of a field of Swagger 2.0, where it is the parameter itself."""
    kind = {"file": "string"}.get(parameter.get("type"), parameter.get("type"))
    schema = {
        key: parameter[key] for key in ("enum", "items", "format") if key in parameter
    }
    return {"type": kind or "string", **schema}
