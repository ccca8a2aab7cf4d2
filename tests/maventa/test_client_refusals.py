"""What each line of a refusal is about, so that it can stand beside its field."""

from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ...maventa import contract, errors
from ...maventa.refusals import read_problems


@tagged("post_install", "-at_install")
class TestRefusals(BaseCase):
    """The detail lines of a 400."""

    def about(self, line):
        error = errors.Refused("refused", status=400, details=[line])
        [problem] = read_problems(error)
        self.assertEqual(problem.text, line)
        return problem.datum, problem.payer

    def test_terms(self):
        for line, datum in (
            ("assignment_summary is too long", "assignment_summary"),
            ("amounts.capital_amount must be positive", "capital_amount"),
            ("amounts[reminder_amount] is missing", "reminder_amount"),
            ("reminder_date: not a date", "reminder_date"),
            ("Collection_Type is not known", "collection_type"),
        ):
            with self.subTest(line):
                self.assertEqual(self.about(line), (datum, None))

    def test_payers(self):
        for line, datum, payer in (
            ("payers[0].address.zip_code is missing", "zip", 0),
            ("payers[1][address][zip_code] is missing", "zip", 1),
            ("payers[2].ssn is not valid", "identity_code", 2),
            ("payers[0].address.streets is empty", "street", 0),
            ("payers[0].address.streets[0] is empty", "street", 0),
            ("payers[1].address is missing", "", 1),
            ("payers[3] is wrong", "", 3),
        ):
            with self.subTest(line):
                self.assertEqual(self.about(line), (datum, payer))

    def test_what_is_about_the_whole(self):
        for line in (
            "Invoice is not overdue",
            "ERROR: INVOICE DATE NOT FOUND",
            "payers is empty",
            "name is missing",
            "sum[0].x",
            "",
            "1.2",
        ):
            with self.subTest(line):
                self.assertEqual(self.about(line), ("", None))

    def test_it_follows_the_table(self):
        paths = {
            datum: path.replace("payers[]", "payers.{role}")
            for datum, path in contract.PAYER_PATHS.items()
        }
        roles = {"main_debtor": "main_debtor", "co_debtor": "co_debtors[]"}
        self.enterContext(patch.dict(contract.PAYER_PATHS, paths))
        self.enterContext(patch.dict(contract.PAYER_ROLES, roles))
        for line, datum, payer in (
            ("payers.main_debtor.name is missing", "name", 0),
            ("payers.co_debtors[0].name is missing", "name", 1),
            ("payers[co_debtors][1][address][city] is missing", "city", 2),
        ):
            with self.subTest(line):
                self.assertEqual(self.about(line), (datum, payer))
