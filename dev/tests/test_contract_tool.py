"""dev/contract says what breaks, and its trial shows shapes and nothing else."""

import contextlib
import copy
import io
import os
import re
import unittest
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import requests
import yaml

from dev.tools.contract import command, payers, trial
from dev.tools.contract.comparison import compare
from dev.tools.contract.description import Description
from maventa import contract
from sandbox.state import DEFAULT_COMPANY
from sandbox.tests.support import SandboxCase

ROOT = Path(__file__).parents[2]
SANDBOX = ROOT / "sandbox" / "openapi.yaml"
REFERENCE = ROOT.parent / "shared" / "reference" / "maventa-ax-0.85.550.json"
INVOICE = "/v1/invoices/{invoice_id}"
SERVICE = "/v2/services/amili/receivables"
HAND_OVER = "/v2/invoices/{invoice_id}/assignment/amili"
HAND_OVER_OF_X = HAND_OVER.format(invoice_id="x")


def run(*arguments):
    """Run the command; its exit status and what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = command.contract(list(arguments))
    return status, printed.getvalue()


class ComparisonCase(unittest.TestCase):
    """One path of the sandbox's description, with one thing changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = yaml.safe_load(SANDBOX.read_text())

    def describe(self, path, method):
        """The description of a path, in which ids are ``x``, and of one operation."""
        content = copy.deepcopy(self.whole)
        [template] = [p for p in content["paths"] if re.sub("{.*?}", "x", p) == path]
        content["paths"] = {template: content["paths"][template]}
        self.written = content["paths"][template][method.lower()]
        self.description = Description(content)
        self.operation = self.description.find(method, path)

    def assert_line(self, *parts):
        lines = compare(self.description)
        fitting = [line for line in lines if all(part in line for part in parts)]
        self.assertTrue(fitting, "\n".join(lines))


class TestComparison(ComparisonCase):
    def hand_over(self):
        self.describe(HAND_OVER_OF_X, "POST")
        return self.operation.body

    def test_the_sandbox_is_as_the_client_takes_it(self):
        status, printed = run(str(SANDBOX))
        self.assertEqual(status, 0, printed)
        self.assertNotIn("breaks  ", printed)
        self.assertIn("confirmed  ", printed)

    @unittest.skipUnless(REFERENCE.exists(), "Maventa's description is not at hand")
    def test_maventas_own_description_lacks_the_two_younger_paths_alone(self):
        _status, printed = run(str(REFERENCE))
        breaks = [line for line in printed.splitlines() if line.startswith("breaks")]
        self.assertEqual(
            [line.split()[1:3] for line in breaks],
            [
                ["GET", "/v2/invoices/{invoice_id}/assignment"],
                ["POST", HAND_OVER],
            ],
            printed,
        )

    def test_nothing_is_sent(self):
        self.hand_over()
        with patch("socket.socket.connect", side_effect=AssertionError("a connection")):
            self.assert_line("confirmed", HAND_OVER)

    def test_a_required_name_that_is_never_sent(self):
        self.hand_over()["required"].append("language")
        self.assert_line("breaks", HAND_OVER, "'language' is a required", "not sent")

    def test_a_required_name_that_is_not_always_sent(self):
        self.hand_over()["required"].append("reminder_date")
        self.assert_line("breaks", HAND_OVER, "'reminder_date' is a required")

    def test_a_name_that_is_not_described(self):
        body = self.hand_over()
        body["properties"].pop("assignment_summary")
        body.pop("additionalProperties", None)
        self.assert_line("breaks", HAND_OVER, "not described: assignment_summary")

    def test_a_word_that_is_not_described(self):
        kind = self.hand_over()["properties"]["collection_type"]
        kind["enum"] = ["reminder_and_collection"]
        self.assert_line("breaks", HAND_OVER, "body collection_type 'collection'")

    def test_a_value_of_another_type(self):
        body = self.hand_over()
        amounts = self.description.places(body)["amounts"]
        amounts["properties"]["capital_amount"] = {"type": "string"}
        self.assert_line("breaks", HAND_OVER, "amounts.capital_amount", "'string'")

    def test_a_path_elsewhere(self):
        self.hand_over()
        paths = self.description.paths
        paths["/v2/invoices/{id}/assignment"] = paths.pop(next(iter(paths)))
        paths["/oauth2/token"] = self.whole["paths"]["/oauth2/token"]
        self.assert_line("breaks", f"POST {HAND_OVER}  is not described; near it: /v2/")

    def test_another_method(self):
        self.hand_over()
        [path] = self.description.paths.values()
        path["put"] = path.pop("post")
        self.assert_line("breaks", f"POST {HAND_OVER}  is not described; only PUT is")

    def test_a_scope_that_is_not_asked_for(self):
        self.describe(SERVICE, "GET")
        self.written["security"] = [{"company_auth": ["company:read", "analysis"]}]
        self.assert_line("breaks", f"GET {SERVICE}  scope: not asked for: analysis")

    def test_an_answer_of_which_the_client_can_make_nothing(self):
        self.describe("/v1/invoices/x", "GET")
        properties = self.operation.answer["properties"]
        properties["number_of_it"] = properties.pop("id")
        self.assert_line("breaks", f"GET {INVOICE}  answer: the client makes nothing")
        self.assert_line("unknown", f"GET {INVOICE}  answer: not described: ", "id")

    def test_a_word_that_the_client_does_not_understand(self):
        self.describe(SERVICE, "GET")
        status = self.operation.answer["properties"]["status"]
        status["enum"] = [*status["enum"], "RESTING"]
        self.assert_line("unknown", f"GET {SERVICE}  answer status: ", "RESTING")
        status["enum"] = ["RESTING"]
        self.assert_line("breaks", f"GET {SERVICE}  answer status: no described word")
        self.assert_line("unknown", "answer status: understood, not described: ACTIVE")

    def test_a_filter_that_is_not_described(self):
        self.describe("/v1/invoices", "GET")
        self.written["parameters"] = []
        self.assert_line(
            "unknown", "GET /v1/invoices  query: not described: ", "direction"
        )

    def test_swagger_2_and_a_form(self):
        form = [
            {"in": "formData", "name": "file", "type": "file", "required": True},
            {"in": "formData", "name": "format", "type": "string", "enum": ["PDF"]},
            {"in": "formData", "name": "stamp", "type": "integer", "required": True},
        ]
        media = ["multipart/form-data"]
        upload = {"consumes": media, "parameters": form, "responses": {"201": {}}}
        content = {"swagger": "2.0", "paths": {"/v1/invoices": {"post": upload}}}
        self.description = Description(content)
        self.assert_line("breaks", "POST /v1/invoices  body format 'PEPPOLBIS30'")
        self.assert_line("breaks", "POST /v1/invoices  body 'stamp' is a required")
        self.assert_line("breaks", "POST /v1/invoices  body: not described: ", "uuid")

    def test_what_is_no_description(self):
        for text in ("[1]", "{", "a: [", "paths: 1"):
            with self.subTest(text), patch.object(Path, "read_text", return_value=text):
                with self.assertRaises(command.SetupError) as caught:
                    run("api.yaml")
                self.assertIn("api.yaml", str(caught.exception))
        self.description = Description({"paths": {"/other": {}}})
        self.assert_line("breaks  nothing that the client calls is described")


class TestPayerTable(ComparisonCase):
    """Where each datum of a payer should stand is printed beside today's place."""

    def lines(self, change):
        self.describe(HAND_OVER_OF_X, "POST")
        change(self.operation.body["properties"])
        today = {
            "name": "payers[].name",
            "zip": "payers[].address.zip_code",
            "phone": "payers[].phone",
        }
        roles = {"main_debtor": "main_debtor", "co_debtor": "co_debtor"}
        with (
            patch.object(contract, "PAYER_PATHS", today, create=True),
            patch.object(contract, "PAYER_ROLES", roles, create=True),
        ):
            return list(payers.payer_lines(self.description))

    def test_it_is_confirmed(self):
        lines = self.lines(lambda properties: None)
        self.assertIn("confirmed  PAYER_PATHS name: payers[].name", lines)
        zip_code = "payers[].address.zip_code"
        self.assertIn(f"confirmed  PAYER_PATHS zip: {zip_code}", lines)

    def test_a_flat_address_under_other_names(self):
        text = {"type": "string"}
        items = {"properties": {"name": text, "postal_code": text}}

        def change(properties):
            properties["payers"] = {"type": "array", "items": items}

        lines = self.lines(change)
        should = "should be payers[].postal_code"
        self.assertIn(
            f"breaks  PAYER_PATHS zip: today payers[].address.zip_code, {should}", lines
        )
        nothing = "today payers[].phone, nothing like it is described"
        self.assertIn(f"breaks  PAYER_PATHS phone: {nothing}", lines)

    def test_each_role_in_a_place_of_its_own(self):
        person = {"properties": {"name": {"type": "string"}}}

        def change(properties):
            co_debtors = {"type": "array", "items": person}
            both = {"main_debtor": person, "co_debtors": co_debtors}
            properties["payers"] = {"properties": both}

        should = "payers.main_debtor.name and payers.co_debtors[].name"
        self.assertIn(
            f"breaks  PAYER_PATHS name: today payers[].name, should be {should}",
            self.lines(change),
        )


class TestTrial(SandboxCase):
    def setUp(self):
        super().setUp()
        names = ("client_id", "client_secret", "vendor_api_key")
        keys = [DEFAULT_COMPANY[name] for name in names]
        environment = dict(zip(trial.KEYS, keys, strict=True))
        environment["AMILI_SANDBOX_URL"] = self.url
        patcher = patch.dict(os.environ, environment)
        patcher.start()
        self.addCleanup(patcher.stop)

    def moods(self):
        """No mood, and each that the sandbox knows."""
        control = yaml.safe_load((ROOT / "sandbox" / "control.yaml").read_text())
        mood = control["components"]["schemas"].get("Mood", {"enum": []})
        return [[], *([each] for each in mood["enum"])]

    def let_pass(self, seconds):
        """The sandbox's clock goes on instead of waiting."""
        now = datetime.fromisoformat(self.ctl("GET", "settings")["now"])
        now += timedelta(seconds=seconds)
        self.ctl("POST", "settings", {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"})

    def test_each_step_is_made_and_read(self):
        for moods in self.moods():
            with self.subTest(moods=moods):
                self.ctl("POST", "reset")
                self._tokens.clear()
                self.active_case()
                settings = {"moods": moods, "now": "2026-11-02T09:00:00Z"}
                self.ctl("POST", "settings", settings)
                with patch.object(trial.time, "sleep", self.let_pass):
                    status, printed = run("--try", "--yes")
                self.assertEqual(status, 0, printed)
                for part in ("/oauth2/token", "/assignment/amili", "/v1/events"):
                    self.assertIn(part, printed)
                self.assertEqual(printed.count("== "), 8)

    def test_no_value_is_shown(self):
        self.active_case()
        _status, printed = run("--try", "--yes")
        for path in ("/v1/invoices?direction=SENT", "/v1/assignments"):
            for entry in self.get(path):
                for value in entry.values():
                    if isinstance(value, str) and re.search(r"\d{3}", value):
                        self.assertNotIn(value, printed)
        secret = (DEFAULT_COMPANY["client_secret"], DEFAULT_COMPANY["vendor_api_key"])
        for value in (*secret, *self._tokens.values(), DEFAULT_COMPANY["client_id"]):
            self.assertNotIn(value, printed)
        for value in ("Mallikauppa", "Malli", "Esimerkki", "0112038-9", "@", "00100"):
            self.assertNotIn(value, printed)
        self.assertIn("< status: ACTIVE", printed)

    def test_it_tells_nothing_by_the_shape_of_what_is_odd(self):
        odd = {
            "131052-308T": {"status": "Maija Malli"},
            "key": "vendor-key",
            "code": "131052-308T",
            "url": "https://case.example.com/cases/secret-1",
            "errors": [{"code": "not_found"}, "Maija Malli"],
        }
        self.assertEqual(
            list(trial.shape(odd)),
            [
                "(name).status: text",
                "key: text",
                "code: text",
                "url: address at case.example.com",
                "errors[].code: not_found",
                "errors[]: text",
            ],
        )

    def test_nothing_is_sent_without_a_yes(self):
        self.ctl("DELETE", "log")
        with patch("builtins.input", return_value=""):
            status, printed = run("--try")
        self.assertEqual((status, printed.count("Not sent.")), (0, 8))
        self.assertEqual(self.ctl("GET", "log"), [])

    def test_a_hand_over_that_maventa_does_not_show_at_once(self):
        self.ctl("POST", "settings", {"moods": ["case_late"]})
        self.addCleanup(self.ctl, "POST", "settings", {"moods": []})

        def wait(_seconds):
            self.ctl("POST", "settings", {"moods": []})

        with patch.object(trial.time, "sleep", wait):
            status, printed = run("--try", "--yes")
        self.assertEqual(status, 0, printed)
        self.assertIn("Not there yet", printed)

    def test_a_refused_key(self):
        with patch.dict(os.environ, {trial.KEYS[1]: "another"}):
            status, printed = run("--try", "--yes")
        self.assertEqual(status, 1)
        self.assertIn("AccessProblem", printed)
        self.assertNotIn("another", printed)

    def test_it_goes_to_the_test_environment(self):
        seen = []

        def send(_session, request, **_options):
            seen.append(request.url)
            raise requests.ConnectionError("no network")

        with patch.dict(os.environ), patch.object(requests.Session, "send", send):
            del os.environ["AMILI_SANDBOX_URL"]
            self.assertEqual(run("--try", "--yes")[0], 1)
        self.assertEqual({*seen}, {"https://ax-stage.maventa.com/oauth2/token"})
