"""openapi.yaml is valid, says of each part where it is known from, and is served."""

import ast
import json
import re
import unittest

from openapi_spec_validator import validate

from sandbox import api
from sandbox.contract import Contract

from .support import CONTRACT, FOLDER, NOBODY, SandboxCase

# What is more than a plain documented fact says ASSUMED, or names the older client.
MARK = re.compile(
    r"described(?: for v1)?: AX 0\.85\.550(?:$|.*ASSUMED .+)"
    r"|documented: https://\S+$"
    r"|documented: https://\S+ .*ASSUMED .+"
    r"|documented for Ropo: https://\S+; ASSUMED .+"
    r"|older client: .+"
    r"|ASSUMED: .+"
)


def marked(where, node, key="x-source"):
    """Nothing, or where a source mark is missing or of no known form."""
    if not MARK.match(str(node.get(key, ""))):
        yield f"{where} {key}"


def unmarked_in_schema(where, node):
    if "$ref" in node:
        return
    if "enum" in node:
        yield from marked(where, node, "x-values-source")
    for name, part in node.get("properties", {}).items():
        yield from marked(f"{where}.{name}", part)
        yield from unmarked_in_schema(f"{where}.{name}", part)
    if "items" in node:
        yield from unmarked_in_schema(f"{where}[]", node["items"])


def unmarked_in_content(where, node):
    for part in node.get("content", {}).values():
        yield from unmarked_in_schema(where, part["schema"])


def unmarked_in_operation(where, operation):
    target = CONTRACT._target
    yield from marked(where, operation)
    if operation.get("security"):
        yield from marked(where, operation, "x-security-source")
    for rule in operation.get("x-rules", []):
        if "ASSUMED" not in rule and not MARK.match(rule):
            yield f"{where} {rule}"
    for parameter in map(target, operation.get("parameters", [])):
        name = f"{where} {parameter['name']}"
        yield from marked(name, parameter)
        yield from unmarked_in_schema(name, parameter["schema"])
    if "requestBody" in operation:
        yield from marked(f"{where} body", operation["requestBody"])
        yield from unmarked_in_content(f"{where} body", operation["requestBody"])
    for status, answer in operation["responses"].items():
        yield from marked(f"{where} {status}", target(answer))
        yield from unmarked_in_content(f"{where} {status}", target(answer))
        for name, header in target(answer).get("headers", {}).items():
            yield from marked(f"{where} {name}", target(header))


def unmarked(document):
    """Where in the whole file a source mark is missing."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield from unmarked_in_operation(f"{method} {path}", operation)
    for name, part in document["components"]["schemas"].items():
        yield from unmarked_in_schema(name, part)
        if "required" in part and (
            name.endswith("Request") or name in ("Payer", "Address")
        ):
            yield from marked(name, part, "x-required-source")


class TestContract(unittest.TestCase):
    def test_the_files_are_valid_openapi(self):
        validate(CONTRACT.document)
        validate(Contract(FOLDER / "control.yaml").document)

    def test_every_part_says_where_it_is_known_from(self):
        self.assertEqual(list(unmarked(CONTRACT.document)), [])

    def test_the_check_for_marks_sees_a_missing_one(self):
        document = Contract(FOLDER / "openapi.yaml").document
        del document["components"]["schemas"]["Payer"]["properties"]["ssn"]["x-source"]
        self.assertEqual(list(unmarked(document)), ["Payer.ssn x-source"])

    def test_the_documented_names_are_those_of_the_changelog(self):
        request = CONTRACT.document["components"]["schemas"]["AssignmentRequest"]
        self.assertEqual(
            set(request["properties"]),
            {
                "collection_type",
                "receivables_type",
                "amounts",
                "payers",
                "assignment_summary",
                "reminder_date",
            },
        )

    def test_what_is_described_has_a_handler_and_the_other_way_round(self):
        self.assertEqual(set(CONTRACT.operations), set(api.HANDLERS))

    def test_nothing_of_the_addon_or_of_odoo_is_imported(self):
        for path in FOLDER.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module]
                for name in names:
                    self.assertNotIn(name.partition(".")[0], ("odoo", "maventa"))


# Maventa's own description, where it is at hand: beside the clone, or above it.
REFERENCE = next(
    (
        file
        for folder in FOLDER.parents
        if (file := folder / "shared/reference/maventa-ax-0.85.550.json").exists()
    ),
    None,
)


@unittest.skipUnless(REFERENCE, "Maventa's own description is not at hand")
class TestDescribed(unittest.TestCase):
    """What Maventa's own description has is marked so, and what is marked so it has."""

    def setUp(self):
        super().setUp()
        self.theirs = json.loads(REFERENCE.read_text(encoding="utf-8"))
        self.seen = 0

    def test_every_name(self):
        for operation in CONTRACT.operations.values():
            path, mark = operation.path, "described: AX 0.85.550"
            if path.startswith("/v2/invoices/"):
                path, mark = "/v1/invoices/{id}/assignment", "described for v1: AX"
            theirs = self.theirs["paths"].get(path, {}).get(operation.method.lower())
            if theirs:
                ours = CONTRACT.document["paths"][operation.path]
                ours = ours[operation.method.lower()]
                with self.subTest(operation.id):
                    self.check_operation(operation.id, ours, theirs, mark)
        self.assertGreater(self.seen, 100)

    def check_operation(self, where, ours, theirs, mark):
        held, needed = (
            [
                set(scopes)
                for entry in side.get("security", [])
                for scopes in entry.values()
            ]
            for side in (ours, theirs)
        )
        self.assertEqual(held, needed)
        parameters = theirs.get("parameters", [])
        for parameter in map(CONTRACT._target, ours.get("parameters", [])):
            named = [p for p in parameters if p["name"] == parameter["name"]]
            self.check_mark(f"{where} {parameter['name']}", parameter, named, None)
        if "requestBody" in ours:
            [schema] = [p["schema"] for p in ours["requestBody"]["content"].values()]
            bodies = [p["schema"] for p in parameters if p["in"] == "body"]
            form = {p["name"]: p for p in parameters if p["in"] == "formData"}
            needed = [name for name, field in form.items() if field["required"]]
            [their_schema] = bodies or [{"properties": form, "required": needed}]
            self.check_schema(where, schema, their_schema, mark)
        for status, answer in theirs["responses"].items():
            self.assertIn(status, ours["responses"])
            response = CONTRACT._target(ours["responses"][status])
            self.assertEqual("content" in response, "schema" in answer, status)
            for part in response.get("content", {}).values():
                schema = part["schema"]
                self.check_schema(f"{where} {status}", schema, answer["schema"], mark)

    def check_schema(self, where, ours, theirs, mark):
        ours, theirs = CONTRACT._target(ours), self.target(theirs)
        if "items" in ours:
            self.check_schema(f"{where}[]", ours["items"], theirs["items"], mark)
        required = theirs.get("required")
        # A field of a form says it of itself.
        required = required if isinstance(required, list) else []
        required = {*required} - {*ours.get("required", ())}
        with self.subTest(f"{where} required"):
            # The announcement of v2 does not name it.
            self.assertLessEqual(required, {"interest_amount"})
        described = theirs.get("properties", {})
        for name, part in ours.get("properties", {}).items():
            found = [described[name]] if name in described else []
            self.check_mark(f"{where}.{name}", part, found, mark)
            if found:
                self.check_schema(f"{where}.{name}", part, found[0], mark)
                enum = CONTRACT._target(part).get("enum")
                if enum and "enum" in found[0]:
                    self.assertLessEqual({*enum} - {None}, {*found[0]["enum"]}, name)

    def check_mark(self, where, part, found, mark):
        self.seen += 1
        source = str(part.get("x-source", CONTRACT._target(part).get("x-source")))
        with self.subTest(where):
            if not found:
                self.assertNotRegex(source, "^described.*0.85.550$")
            elif mark:
                # The announcement of v2 comes before v1.
                self.assertRegex(source, f"^({mark}|documented: |described: )")

    def target(self, node):
        while "$ref" in node:
            node = self.theirs["definitions"][node["$ref"].rpartition("/")[2]]
        return node


class TestServed(SandboxCase):
    def test_every_described_path_answers(self):
        for operation in CONTRACT.operations.values():
            path = re.sub(r"{\w+}", NOBODY, operation.path)
            answer = self.api(operation.method, path)
            with self.subTest(operation.id):
                self.assertNotEqual(answer.status_code, 405)
                self.assertNotIn('"Not Found."', answer.text)

    def test_nothing_else_answers(self):
        for method, path, status in (
            ("GET", "/v1/invoices/", 404),
            ("GET", "/v1/assignments/overview/x", 404),
            ("POST", f"/v1/invoices/{NOBODY}/assignment", 404),
            ("DELETE", f"/v2/invoices/{NOBODY}/assignment", 405),
            ("GET", "/oauth2/token", 405),
        ):
            with self.subTest(path):
                answer = self.api(method, path, check=False)
                self.assertEqual(answer.status_code, status)
                self.assertEqual(set(answer.json()), {"code", "message", "details"})
                if status == 405:
                    self.assertIn("Allow", answer.headers)

    def test_the_description_is_served_as_json(self):
        answer = self.session.get(f"{self.url}/swagger_doc", timeout=30)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["paths"], CONTRACT.document["paths"])
        validate(answer.json())
        self.fault(kind="not_json", path="/swagger_doc")
        answer = self.session.get(f"{self.url}/swagger_doc", timeout=30)
        self.assertIn("<html>", answer.text)

    def test_the_file_is_served(self):
        answer = self.session.get(f"{self.url}/openapi.yaml", timeout=30)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.text, CONTRACT.text)
