"""The names on the wire: how well each is known, and what follows from the tables."""

import json
from datetime import date
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain
from unittest import skipUnless
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ...maventa import answers, contract, marks, masking, payload, report
from ..sandbox_process import ROOT

DAY = date(2026, 11, 2)
DESCRIPTION = ROOT.parent / "shared" / "reference" / "maventa-ax-0.85.550.json"
# What the names that begin so belong to: paths and definitions of the description. The
# assignment is described for v1 alone.
PLACES = {
    "PATH_": (),
    "TOKEN_": ("/oauth2/token", "API_Entities_OAuthToken"),
    "CURRENT_": ("API_Entities_OAuthCurrent",),
    "INVOICE_": ("/v1/invoices", "Invoices_HttpApi_Entities_Invoice"),
    "FILTER_DIRECTION": ("/v1/invoices",),
    "FILTER_NUMBER": ("/v1/invoices",),
    "FILTER_ACTION": ("/v1/invoices/{id}/actions",),
    "DIRECTION_": ("/v1/invoices",),
    "ACTION_": ("/v1/invoices/{id}/actions",),
    "UPLOAD_": ("/v1/invoices",),
    "FORMAT_": ("/v1/invoices",),
    "LANGUAGES": ("/v1/invoices",),
    "DESTINATION": ("/v1/company/notifications",),
    "COMPANY_": ("/v1/companies/{id}/status",),
    "SERVICE_": ("/v2/services/amili/receivables",),
    "ACCOUNTABLE_": ("/v2/services/amili/receivables",),
    "AUTHORIZATION_": ("/v2/services/amili/receivables",),
    "ACTIVATION_": ("/v2/services/amili/receivables",),
    "TRANSFER_": ("/v1/invoices/{id}/assignment",),
    "STATUS_": ("/v1/invoices/{id}/assignment",),
    "COLLECTION_TYPE": ("/v1/invoices/{id}/assignment",),
    "AMOUNTS": ("/v1/invoices/{id}/assignment",),
    "CAPITAL_": ("/v1/invoices/{id}/assignment",),
    "REMINDER_AMOUNT": ("/v1/invoices/{id}/assignment",),
    "ASSIGNMENT_SUMMARY": ("/v1/invoices/{id}/assignment",),
    "ERROR_": ("API_Entities_Error",),
}
# Said in prose, and not in an enumeration.
PROSE = {"client_credentials", "vfs", "VERIFIED", "UNVERIFIED"}


def names_of(module):
    """Yield the name of each constant and each marked text in it."""
    for constant, value in vars(module).items():
        if isinstance(value, dict):
            found = chain(value, value.values())
        else:
            found = value if isinstance(value, tuple) else (value,)
        for name in found:
            if isinstance(name, marks.Name):
                yield constant, name


class Description:
    """Maventa's own description: the words that stand at a path or in a definition."""

    def __init__(self):
        self.body = json.loads(DESCRIPTION.read_text())

    def words(self, place):
        if place in self.body["paths"]:
            return self.inside(self.body["paths"][place])
        return self.inside(self.body["definitions"][place])

    def inside(self, node):
        words = set()
        if isinstance(node, dict):
            if "$ref" in node:
                return self.words(node["$ref"].rpartition("/")[2])
            words |= set(node.get("properties", ()))
            words |= {node["name"]} if isinstance(node.get("name"), str) else set()
            words |= set(node.get("enum", ()))
        for inner in node.values() if isinstance(node, dict) else ():
            words |= self.inside(inner)
        for inner in node if isinstance(node, list) else ():
            words |= self.inside(inner)
        return words


@tagged("post_install", "-at_install")
class TestMarks(BaseCase):
    """What nobody has confirmed is said openly."""

    def test_a_name_is_a_text_with_a_mark(self):
        name = contract.PATH_TRANSFER
        self.assertEqual(name.mark, "documented")
        self.assertEqual(json.dumps({name: name}), json.dumps({str(name): str(name)}))
        self.assertIs(type(name.format(invoice_id="1")), str)

    def test_the_documents_list_what_is_assumed(self):
        path = ROOT / "dev" / "tools" / "assumptions.py"
        if not path.exists():
            self.skipTest("the tools are not at hand")
        spec = spec_from_file_location("assumptions", path)
        assumptions = module_from_spec(spec)
        spec.loader.exec_module(assumptions)
        text = (ROOT / "docs" / "wire.rst").read_text()
        # To mend it: python3 dev/tools/assumptions.py
        self.assertEqual(assumptions.updated(text, contract), text)

    def test_each_word_stands_once(self):
        """No other module of the wire spells a name of the contract."""
        words = {str(name) for _constant, name in names_of(contract)}
        words |= {part for word in words for part in word.replace("[]", "").split(".")}
        # Words of ours that happen to be Maventa's as well, and parts of paths.
        for path in (ROOT / "maventa").glob("*.py"):
            if path.name == "contract.py":
                continue
            source = path.read_text()
            for method in ("get", "pop", "setdefault"):
                for word in words:
                    self.assertNotIn(f'.{method}("{word}"', source, path.name)

    @skipUnless(DESCRIPTION.exists(), "Maventa's description is not at hand")
    def test_nothing_is_assumed_that_maventa_describes(self):
        description = Description()
        checked = 0
        for constant, name in names_of(contract):
            for prefix, places in PLACES.items():
                if not constant.startswith(prefix):
                    continue
                words = set().union(*map(description.words, places))
                with self.subTest(constant, name=name):
                    checked += 1
                    if name.mark == marks.ASSUMED:
                        self.assertNotIn(name, words)
                    if name.mark in (marks.DESCRIBED, marks.DESCRIBED_V1) and places:
                        self.assertIn(name, words | PROSE)
        self.assertGreater(checked, 100)

    @skipUnless(DESCRIPTION.exists(), "Maventa's description is not at hand")
    def test_paths_that_are_described_are_there(self):
        paths = Description().body["paths"]
        plain = {path.replace("{id}", "{}") for path in paths}
        for constant, name in names_of(contract):
            if not constant.startswith("PATH_"):
                continue
            with self.subTest(constant):
                is_there = _plain(name) in plain
                self.assertEqual(is_there and name.mark == marks.ASSUMED, False)
                if name.mark == marks.DESCRIBED:
                    self.assertTrue(is_there)


def _plain(path):
    parts = ["{}" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def a_payer(role, name, **values):
    address = payload.Address(("Katu 1", "c/o Malli"), "33100", "Tampere", "FI")
    return payload.Payer(role=role, name=name, address=address, **values)


@tagged("post_install", "-at_install")
class TestTables(BaseCase):
    """Where a datum stands is data: another shape is a change of a table."""

    def body(self):
        return payload.build_body(
            payload.Transfer(
                collection_type="collection",
                receivables_type="b2c",
                capital_amount=Decimal("10.50"),
                reminder_amount=Decimal(0),
                payers=(
                    a_payer(
                        "main_debtor", "Maija", personal_identity_code="131052-308T"
                    ),
                    a_payer("co_debtor", "Matti", email="matti@example.com"),
                    a_payer("co_debtor", "Malli Oy", business_id="2077474-0"),
                ),
                assignment_summary="Lasku 1",
            )
        )

    def changed(self, paths, roles=None):
        self.enterContext(patch.dict(contract.PAYER_PATHS, paths))
        for datum, path in paths.items():
            if path is None:
                del contract.PAYER_PATHS[datum]
        self.enterContext(patch.dict(contract.PAYER_ROLES, roles or {}))

    def assertPrivate(self, body):
        """Check that the code can be masked and that all personal data is known."""
        masked = payload.mask_body(body)
        self.assertNotIn("131052", str(masked))
        self.assertIn(masking.MASK, str(masked))
        self.assertIn("131052-308T", str(body))
        values = payload.personal_values(body)
        for value in ("Maija", "Matti", "131052-308T", "matti@example.com"):
            self.assertIn(value, values)
        self.assertTrue(any("Katu 1" in value for value in values))

    def test_as_it_is(self):
        body = self.body()
        address = {
            "streets": ["Katu 1", "c/o Malli"],
            "zip_code": "33100",
            "city": "Tampere",
            "country": "FI",
        }
        self.assertEqual(
            body["payers"],
            [
                {
                    "type": "main_debtor",
                    "name": "Maija",
                    "ssn": "131052-308T",
                    "address": address,
                },
                {
                    "type": "co_debtor",
                    "name": "Matti",
                    "email": "matti@example.com",
                    "address": address,
                },
                {
                    "type": "co_debtor",
                    "name": "Malli Oy",
                    "bid": "2077474-0",
                    "address": address,
                },
            ],
        )
        self.assertPrivate(body)

    def test_a_flat_address(self):
        self.changed(
            {
                "street": "payers[].street",
                "street2": "payers[].street2",
                "zip": "payers[].zip",
                "city": "payers[].city",
                "country": "payers[].country_code",
            }
        )
        body = self.body()
        self.assertEqual(
            body["payers"][0],
            {
                "type": "main_debtor",
                "name": "Maija",
                "ssn": "131052-308T",
                "street": "Katu 1",
                "street2": "c/o Malli",
                "zip": "33100",
                "city": "Tampere",
                "country_code": "FI",
            },
        )
        self.assertPrivate(body)

    def test_one_line_for_the_street(self):
        self.changed({"street": "payers[].address.street", "street2": None})
        body = self.body()
        self.assertEqual(body["payers"][0]["address"]["street"], "Katu 1, c/o Malli")
        self.assertPrivate(body)

    def test_a_main_debtor_beside_co_debtors(self):
        paths = {
            datum: path.replace("payers[]", "payers.{role}")
            for datum, path in contract.PAYER_PATHS.items()
        }
        self.changed(
            {**paths, "role": None},
            {"main_debtor": "main_debtor", "co_debtor": "co_debtors[]"},
        )
        body = self.body()
        self.assertEqual(set(body["payers"]), {"main_debtor", "co_debtors"})
        self.assertEqual(body["payers"]["main_debtor"]["name"], "Maija")
        self.assertNotIn("type", body["payers"]["main_debtor"])
        self.assertEqual(
            [payer["name"] for payer in body["payers"]["co_debtors"]],
            ["Matti", "Malli Oy"],
        )
        self.assertPrivate(body)

    def test_other_keys_and_words(self):
        self.changed(
            {
                "identity_code": "debtors[].personal_identity_code",
                "name": "debtors[].full_name",
                "role": "debtors[].role",
                "email": "debtors[].contact.email",
            },
            {"main_debtor": "MAIN", "co_debtor": "CO"},
        )
        body = self.body()
        first, second, _third = body["debtors"]
        self.assertEqual(
            first,
            {
                "full_name": "Maija",
                "role": "MAIN",
                "personal_identity_code": "131052-308T",
            },
        )
        self.assertEqual(second["contact"], {"email": "matti@example.com"})
        self.assertEqual(second["role"], "CO")
        self.assertPrivate(body)

    def test_without_a_fee_the_amount_is_zero_or_left_out_by_one_line(self):
        self.assertIn('"reminder_amount": 0.00', payload.dump_body(self.body()))
        self.enterContext(patch.object(contract, "SENDS_NO_FEE_AS_ZERO", False))
        self.assertEqual(self.body()["amounts"], {"capital_amount": 10.5})

    def test_an_event_of_another_shape(self):
        paths = {
            "type": "event.kind",
            "amount": "event.money.value",
            "currency": "event.money.unit",
            "text": "event.text",
        }
        self.enterContext(patch.dict(contract.EVENT_PATHS, paths))
        body = report.build_report(report.Report("paid", "Hei", Decimal(5), DAY))
        self.assertEqual(
            body,
            {
                "event": {
                    "kind": "paid",
                    "money": {"value": 5.0, "unit": "EUR"},
                    "text": "Hei",
                },
                "date": "2026-11-02",
            },
        )
        text = payload.dump_body(body)
        self.assertIn('"value": 5.00', text)
        body = json.loads(text, parse_float=Decimal)
        event = answers.read_event({"id": 1, **body})
        self.assertEqual((event.kind, event.amount), ("paid", 5))
        self.assertEqual((event.text, event.currency), ("Hei", "EUR"))
        self.assertEqual(answers.read_added_event({"id": 1, **body}, "", body), event)
