import ast
import re
import unittest

from openapi_spec_validator import validate

from sandbox import api
from sandbox.contract import Contract

from .support import CONTRACT, FOLDER, NOBODY, SandboxCase

# What is more than a plain documented fact says ASSUMED, or names the older client.
MARK = re.compile(
    r"documented: https://\S+$"
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
        if "ASSUMED" not in rule:
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
        if name.endswith("Request") or name in ("Payer", "Address"):
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


class TestServed(SandboxCase):
    def test_every_described_path_answers(self):
        for operation in CONTRACT.operations.values():
            path = re.sub(r"{\w+}", NOBODY, operation.path)
            answer = self.api(operation.method, path)
            with self.subTest(operation.id):
                self.assertNotEqual(answer.status_code, 405)
                self.assertNotIn('"not_found"', answer.text)

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
