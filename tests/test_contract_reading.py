"""Descriptions of every kind, good and bad, read and compared."""

import json
import time
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..maventa import comparison, description
from ..maventa.comparison import BREAKS, CONFIRMED, INFO, LOOK, compare
from ..maventa.description import UnreadableDescription, plain_path, read_description
from ..maventa.operations import AX, RECEIVABLES
from .sandbox_process import ROOT

FOLDER = Path(__file__).parent / "descriptions"
TRANSFER = "/v2/invoices/{invoice_id}/assignment/amili"
SERVICE = "/v2/services/amili/receivables"
INVOICES = "/v1/invoices"
EVENTS = "/v1/assignments/{assignment_id}/events"


def fixture(name):
    return (FOLDER / name).read_bytes()


def minimal(**schemas):
    """Return a Swagger document of one hand-over, with the body of these schemas."""
    return {
        "swagger": "2.0",
        "paths": {
            TRANSFER: {
                "post": {
                    "parameters": [
                        {
                            "in": "body",
                            "name": "body",
                            "schema": {"$ref": "#/definitions/Body"},
                        }
                    ],
                    "responses": {},
                }
            }
        },
        "definitions": schemas,
    }


class ContractCase(BaseCase):
    def compared(self, content, api):
        if isinstance(content, dict):
            content = json.dumps(content).encode()
        return {
            (
                each.severity,
                each.kind,
                f"{each.method} {each.path}",
                each.place,
                each.field,
                each.ours,
                each.theirs,
            )
            for each in compare(api, read_description(content))
        }

    def of_body(self, content):
        """Return what differs in the body of a hand-over."""
        return {
            (severity, kind, field, theirs)
            for severity, kind, call, place, field, _ours, theirs in self.compared(
                content, AX
            )
            if call == f"POST {TRANSFER}" and place == "body"
        }


@tagged("post_install", "-at_install")
class TestComparison(ContractCase):
    """What differs is found, whatever it is, and nothing else is."""

    def test_swagger_that_differs_in_every_way(self):
        found = self.compared(fixture("differs.json"), AX)
        post = f"POST {TRANSFER}"
        get_service = f"GET {SERVICE}"
        wanted = {
            # Addresses.
            (
                BREAKS,
                "path_missing",
                "DELETE /v1/company/notifications/{subscription_id}",
                "path",
                "",
                "",
                "/v1/company/notifications",
            ),
            (BREAKS, "method_missing", f"PUT {SERVICE}", "path", "", "", "GET"),
            (BREAKS, "scope", "GET /v1/invoices/{invoice_id}/actions", "path", "")
            + ("", "analysis"),
            # What is sent.
            (BREAKS, "missing", post, "body", "payers[].bid", "bid", "business_id"),
            (BREAKS, "missing", post, "body", "payers[].address.zip_code")
            + ("zip_code", "post_code"),
            (BREAKS, "missing", f"POST {INVOICES}", "form", "lang", "lang", ""),
            (LOOK, "missing", f"GET {INVOICES}", "query", "per_page")
            + ("per_page", "limit"),
            (BREAKS, "required", post, "body", "language", "", "language (FI, SV, EN)"),
            (BREAKS, "required", post, "body", "payers[].business_id", "")
            + ("payers[].business_id (string)",),
            (BREAKS, "required", post, "body", "reminder_date")
            + ("reminder_date", "reminder_date"),
            (BREAKS, "value_missing", post, "body", "collection_type")
            + ("collection", "reminder_and_collection, direct_collection"),
            (INFO, "value_unknown", post, "body", "payers[].type")
            + ("main_debtor, co_debtor", "guarantor"),
            (BREAKS, "type", post, "body", "payers[].address.streets")
            + ("array", "string"),
            (LOOK, "type", post, "body", "amounts.capital_amount", "number", "string"),
            (INFO, "unknown", post, "body", "interest_rate", "")
            + ("interest_rate (number)",),
            # What is read.
            (BREAKS, "missing", f"GET {INVOICES}", "answer", "id")
            + ("id", "invoice_uuid, total"),
            (LOOK, "missing", f"GET {INVOICES}", "answer", "sum_tax")
            + ("sum_tax", "invoice_uuid, total"),
            (LOOK, "value_missing", get_service, "answer", "status")
            + ("REJECTED", "ACTIVE, PENDING, DISABLED, EXPIRED"),
            (LOOK, "value_unknown", get_service, "answer", "status")
            + ("ACTIVE, PENDING, DISABLED, REJECTED", "EXPIRED"),
            (LOOK, "type", get_service, "answer", "activation_url", "string", "object"),
            (BREAKS, "type", "GET /v1/invoices/{invoice_id}/actions", "answer", "")
            + ("array", "object"),
            (LOOK, "not_told", "GET /v1/company/notifications", "answer", "", "", ""),
            (INFO, "unknown", f"GET {INVOICES}", "answer", "total", "")
            + ("total (number)",),
            # What was assumed and is right.
            (CONFIRMED, "name_confirmed", post, "body", "payers[].ssn")
            + ("ssn", "ssn"),
            (CONFIRMED, "value_confirmed", post, "body", "payers[].type")
            + ("main_debtor, co_debtor", "main_debtor, co_debtor"),
        }
        self.assertEqual(wanted - found, set())

    def test_each_kind_of_difference_is_among_the_fixtures(self):
        found = self.compared(fixture("differs.json"), AX)
        found |= self.compared(fixture("receivables.json"), RECEIVABLES)
        kinds = {kind for _severity, kind, *_rest in found}
        words = {
            word
            for name, word in vars(comparison).items()
            if name.isupper() and isinstance(word, str) and name != "PATH"
        }
        places = {"path", "query", "form", "body", "answer"}
        marks = {"ASSUMED"}
        self.assertEqual(kinds, words - set(comparison.SEVERITIES) - places - marks)

    def test_what_is_the_same_is_no_difference(self):
        found = self.compared(fixture("differs.json"), AX)
        calls = {
            (call, place)
            for severity, _kind, call, place, *_rest in found
            if severity in (BREAKS, LOOK)
        }
        # Its address ends in .json there, and a form instead of another form.
        self.assertFalse({each for each in calls if "oauth2" in each[0]})
        # A name in braces may be any; ids[] is ids.
        self.assertNotIn((f"GET {INVOICES}", "path"), calls)
        fields = {field for *_rest, field, _ours, _theirs in found}
        self.assertNotIn("ids", fields)
        # Read as assignment.id where assignment_id is missing.
        self.assertFalse(
            {
                each
                for each in found
                if each[4] == "assignment"
                or each[0] != CONFIRMED
                and each[4] == "assignment_id"
            }
        )

    def test_what_breaks_is_on_top(self):
        found = compare(AX, read_description(fixture("differs.json")))
        ranks = [comparison.SEVERITIES.index(each.severity) for each in found]
        self.assertEqual(ranks, sorted(ranks))
        self.assertEqual(set(ranks), {0, 1, 2, 3})

    def test_openapi(self):
        found = self.compared(fixture("receivables.json"), RECEIVABLES)
        post = f"POST {EVENTS}"
        wanted = {
            (LOOK, "path_elsewhere", "GET /v1/events", "path", "", "", "/api"),
            (LOOK, "media", post, "body", "")
            + ("JSON", "application/x-www-form-urlencoded"),
            # One of several schemas holds: their words together.
            (BREAKS, "value_missing", post, "body", "type")
            + (
                "credit_note, due_date_change, collection_block, cancellation",
                "comment, paid",
            ),
            # Another file is not looked at.
            (LOOK, "not_told", f"GET {EVENTS}", "answer", "", "", ""),
            # The list is within an object; null is no word.
            (INFO, "value_unknown", "GET /v1/assignments", "answer", "status")
            + ("closed", "open"),
            (
                CONFIRMED,
                "name_confirmed",
                "GET /v1/assignments",
                "answer",
                "assignment_id",
            )
            + ("id", "assignment_id"),
        }
        self.assertEqual(wanted - found, set())
        # Required in one of several schemas alone is not required.
        self.assertFalse({each for each in found if each[1] == "required"})
        # Composed of a case and its events.
        case = "GET /v1/assignments/{assignment_id}"
        missing = {each[4] for each in found if each[1:3] == ("missing", case)}
        self.assertNotIn("events", missing)
        self.assertIn("events[].origin", missing)
        self.assertNotIn("capital_amount", missing)

    def test_one_file_is_not_taken_for_another_api(self):
        ax = read_description(fixture("differs.json"))
        receivables = read_description(fixture("receivables.json"))
        self.assertTrue(comparison.speaks_of(AX, ax))
        self.assertFalse(comparison.speaks_of(RECEIVABLES, ax))
        self.assertTrue(comparison.speaks_of(RECEIVABLES, receivables))
        self.assertFalse(comparison.speaks_of(AX, receivables))

    def test_brackets_of_a_form_are_dots(self):
        document = minimal()
        operation = document["paths"][TRANSFER]["post"]
        operation["parameters"] = [
            {"in": "formData", "name": name, "type": "string"}
            for name in (
                "collection_type",
                "amounts[capital_amount]",
                "payers[][name]",
                "payers[][address][streets][]",
            )
        ]
        found = self.of_body(document)
        missing = {
            field for _severity, kind, field, _theirs in found if kind == "missing"
        }
        self.assertEqual(
            missing & {"amounts", "payers", "payers[].name", "payers[].address"}, set()
        )
        self.assertIn("amounts.reminder_amount", missing)
        self.assertIn("payers[].address.city", missing)
        self.assertIn((LOOK, "media", "", "application/x-www-form-urlencoded"), found)

    def test_what_is_not_told_is_not_called_missing(self):
        for schema in (
            {},
            {"type": "object"},
            {"type": "object", "additionalProperties": True},
            {"$ref": "https://example.com/schemas.json#/Body"},
            {"$ref": "#/definitions/Nothing"},
            {"$ref": "other.json#/definitions/Real"},
            {"$ref": 3},
            {"oneOf": [{}]},
            "broken",
        ):
            with self.subTest(schema):
                real = {"properties": {"amounts": {}}}
                found = self.of_body(minimal(Body=schema, Real=real))
                self.assertEqual(found, {(LOOK, "not_told", "", "")})

    def test_parts_that_are_not_told(self):
        found = self.of_body(
            minimal(
                Body={
                    "properties": {
                        "payers": {"type": "array"},
                        "amounts": {"type": "object"},
                    }
                }
            )
        )
        self.assertIn((LOOK, "not_told", "payers", ""), found)
        self.assertIn((LOOK, "not_told", "amounts", ""), found)
        self.assertIn((BREAKS, "missing", "assignment_summary", ""), found)
        self.assertFalse({each for each in found if each[2].startswith("payers[]")})

    def test_what_is_inside_of_something_missing_is_not_missing_too(self):
        found = self.of_body(minimal(Body={"properties": {"capital_amount": {}}}))
        self.assertIn((BREAKS, "missing", "amounts", "capital_amount"), found)
        self.assertFalse({each for each in found if "." in each[2]})

    def test_what_holds_itself_does_not_hide_the_rest(self):
        node = {"$ref": "#/definitions/Node"}
        found = self.of_body(
            minimal(
                Body={
                    "properties": {
                        "tree": node,
                        "collection_type": {"type": "string", "enum": ["other"]},
                    }
                },
                Node={"properties": {f"branch_{number}": node for number in range(8)}},
            )
        )
        self.assertIn((BREAKS, "value_missing", "collection_type", "other"), found)

    def test_what_nobody_can_store_is_left_out(self):
        found = self.of_body(minimal(Body={"properties": {"a\0\ud800b": {}}}))
        self.assertIn((INFO, "unknown", "ab", "ab"), found)

    def test_a_description_of_nothing_but_names_is_cut_short(self):
        names = {f"name_{number}": {"type": "string"} for number in range(100_000)}
        found = self.of_body(minimal(Body={"properties": names}))
        unknown = [each for each in found if each[1] == "unknown"]
        self.assertLessEqual(len(unknown), comparison.MAX_UNKNOWN)
        self.assertTrue(all(len(each[3]) < 1000 for each in found))


@tagged("post_install", "-at_install")
class TestReading(ContractCase):
    """Whatever is in the file, reading it ends soon, with a word for the trouble."""

    def assertUnreadable(self, content, reason, detail=None):
        with self.assertRaises(UnreadableDescription) as caught:
            read_description(content)
        self.assertEqual(caught.exception.reason, reason)
        if detail is not None:
            self.assertEqual(caught.exception.detail, detail)

    def test_what_is_no_description(self):
        whole = fixture("differs.json")
        for content, reason in (
            (b"", "empty"),
            (b" \r\n\t", "empty"),
            (b"\xef\xbb\xbf", "empty"),
            (b"<!DOCTYPE html><html><title>Log in</title></html>", "html"),
            (b"\xef\xbb\xbf <html>", "html"),
            (b'{"code": "unauthorized", "message": "No", "details": []}', "other"),
            (b"[]", "other"),
            (b'"swagger"', "other"),
            (b"null", "other"),
            (b"Just some words", "other"),
            (b'{"swagger": "1.2", "paths": {"/a": {}}}', "version"),
            (b'{"swagger": "2.0"}', "no_paths"),
            (b'{"openapi": "3.1.0", "paths": []}', "no_paths"),
            (b'{"openapi": "3.1.0", "paths": {"/a": null}}', "no_paths"),
            (whole[: len(whole) // 2], "cut_off"),
            (whole.rstrip()[:-1], "cut_off"),
            (whole.replace(b":", b";", 1), "broken"),
            (b'{"swagger": ' + b"9" * 5000 + b"}", "broken"),
            ('{"title": "Perintä"}'.encode("latin-1"), "encoding"),
            (b"\x89PNG\r\n\x1a\n\xff", "encoding"),
            (b"[" * 200_000, "too_deep"),
            (b'{"a":' * 200_000, "too_deep"),
            (b" " * (description.MAX_BYTES + 1), "too_big"),
        ):
            with self.subTest(content[:60], reason=reason):
                self.assertUnreadable(content, reason)

    def test_the_line_of_a_mistake_is_told(self):
        self.assertUnreadable(b'{\n"swagger":\n}', "broken", "3")

    def test_other_encodings_of_unicode_are_fine(self):
        text = fixture("differs.json").decode()
        for encoding in ("utf-8-sig", "utf-16", "utf-32"):
            self.assertEqual(read_description(text.encode(encoding)).title, "AX API")

    def test_yaml(self):
        content = (ROOT / "sandbox" / "openapi.yaml").read_bytes()
        found = read_description(content)
        self.assertTrue(found.title)
        self.assertEqual(found.methods(TRANSFER), ["POST"])

    def test_yaml_that_is_hostile(self):
        bomb = "a0: &a0 {x: 1, y: 2}\n" + "".join(
            f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n"
            for n in range(1, 40)
        )
        started = time.monotonic()
        for text, reason in (
            (bomb, "too_deep"),
            ("a: &a [*a]", "other"),
            ("a: &a {<<: *a}", "other"),
            ("[" * 5000, "too_deep"),
            (f"swagger: 0x{'f' * 9000}", "other"),
            ("a: " + "[" * 5000, "too_deep"),
            ("a: !!python/object/apply:os.system ['true']", "broken"),
            ("a: *nothing", "broken"),
            ("? [1]\n: 2", "broken"),
            ("a: 2026-02-31", "broken"),
            ("a: b: c", "broken"),
            ("a: 1\n" * (description.MAX_YAML_BYTES // 4), "yaml_too_big"),
        ):
            with self.subTest(text[:40], reason=reason):
                self.assertUnreadable(text.encode(), reason)
        self.assertLess(time.monotonic() - started, 20)

    def test_yaml_whose_parts_hold_each_other(self):
        lists = "l0: &l0 [x, x]\n" + "".join(
            f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30)
        )
        for more in (lists, "x-me: &me {allOf: [*me, *me], properties: {a: *me}}\n"):
            content = (
                f"swagger: '2.0'\n{more}paths:\n  {TRANSFER}:\n    post:\n"
                "      parameters:\n      - {in: body, name: b, schema: %s}\n"
                "      responses: {200: {description: '', schema: {type: object}}}\n"
            ) % ("*me" if "*me" in more else "{enum: *l29}")
            started = time.monotonic()
            read = read_description(content.encode())
            compare(AX, read)
            self.assertLess(time.monotonic() - started, 5)

    def test_references_that_never_end(self):
        many = {
            f"S{n}": {
                "allOf": [{"$ref": f"#/definitions/S{n + 1}"}] * 2,
                "properties": {
                    f"p{m}": {"$ref": f"#/definitions/S{n + 1}"} for m in range(9)
                },
            }
            for n in range(60)
        }
        for schemas in (
            {"Body": {"$ref": "#/definitions/Body"}},
            {
                "Body": {"$ref": "#/definitions/Other"},
                "Other": {"$ref": "#/definitions/Body"},
            },
            {"Body": {"allOf": [{"$ref": "#/definitions/Body"}] * 9}},
            {
                "Body": {
                    "properties": {"payers": {"items": {"$ref": "#/definitions/Body"}}}
                }
            },
            {"Body": {"items": {"items": {"items": {"$ref": "#/definitions/Body"}}}}},
            {**many, "Body": {"$ref": "#/definitions/S0"}},
        ):
            started = time.monotonic()
            self.of_body(minimal(**schemas))
            self.assertLess(time.monotonic() - started, 5)
        item = {"$ref": "#/paths/~1a"}
        endless = {"openapi": "3.0.0", "paths": {"/a": item, INVOICES: item}}
        self.compared(endless, AX)

    def test_nonsense_in_every_place(self):
        for nonsense in (None, 3, "x", [], {}, [None], {"x": None}, True):
            document = {
                "openapi": "3.0.0",
                "info": nonsense,
                "servers": nonsense,
                "security": nonsense,
                "paths": {
                    TRANSFER: {
                        "parameters": nonsense,
                        "post": {
                            "parameters": nonsense,
                            "security": nonsense,
                            "requestBody": nonsense,
                            "responses": nonsense,
                        },
                        "get": nonsense,
                    },
                    INVOICES: {
                        "get": {
                            "parameters": [
                                {"in": "query", "name": nonsense, "schema": nonsense},
                                {"in": nonsense, "name": "a"},
                                {"in": "query", "name": "page", "enum": nonsense},
                            ],
                            "responses": {"200": nonsense, "201": {"schema": nonsense}},
                        },
                        "post": {
                            "requestBody": {"content": nonsense},
                            "responses": {"200": {"content": nonsense}},
                        },
                    },
                    SERVICE: {
                        "get": {
                            "responses": {
                                "200": {
                                    "content": {
                                        "application/json": {
                                            "schema": {
                                                "type": nonsense,
                                                "enum": nonsense,
                                                "items": nonsense,
                                                "allOf": nonsense,
                                                "anyOf": nonsense,
                                                "required": nonsense,
                                                "properties": nonsense,
                                                "$ref": nonsense,
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    },
                },
            }
            with self.subTest(nonsense):
                self.assertTrue(self.compared(document, AX))

    def test_large_ones_are_read_in_time(self):
        document = json.loads(fixture("differs.json"))
        for number in range(20_000):
            document["paths"][f"/v3/other/{number}/{{id}}"] = {
                "get": {"responses": {"200": {"description": "x" * 200}}}
            }
        content = json.dumps(document).encode()
        self.assertGreater(len(content), 5_000_000)
        started = time.monotonic()
        self.compared(content, AX)
        self.assertLess(time.monotonic() - started, 10)

    def test_paths_in_one_spelling(self):
        for path in (
            "/v1/invoices/{id}",
            "/v1/invoices/{invoice_id}/",
            "v1/invoices/{id}.json",
            "/v1/invoices/{id}.{format}",
            "/v1/invoices/{id}(.:format)",
            "/v1/invoices/{id}?x=1",
        ):
            self.assertEqual(plain_path(path), "/v1/invoices/{}", path)

    def test_what_stands_before_the_paths(self):
        for more, prefix in (
            ({"swagger": "2.0", "basePath": "/v1"}, ""),
            ({"swagger": "2.0", "basePath": "/"}, None),
            ({"openapi": "3.0.0", "servers": [{"url": "https://a.example/v1/"}]}, ""),
            ({"openapi": "3.0.0", "servers": [{"url": "//["}]}, None),
        ):
            read = read_description(
                json.dumps({**more, "paths": {"/invoices": {"get": {}}}}).encode()
            )
            with self.subTest(more):
                operation = read.operation("GET", INVOICES)
                self.assertEqual(operation and operation.prefix, prefix)
