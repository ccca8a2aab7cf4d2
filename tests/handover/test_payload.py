import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from ...maventa import payload
from ...maventa.report import Report, build_report
from ..common import AmiliCommon

GOLDEN = Path(__file__).parents[1] / "golden"


def exactly(text):
    """Read JSON with its numbers as they are written: 1240.00 is not 1240.0."""
    return json.loads(text, parse_float=str, parse_int=str)


@tagged("post_install", "-at_install")
class TestPayload(AmiliCommon):
    """What a clerk confirms and what goes over the wire for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.co_debtors = cls.env["res.partner"].create(
            [
                {
                    "name": "Matti Malli",
                    "street": "Esimerkkikatu 2",
                    "street2": "c/o Virtanen",
                    "zip": "33100",
                    "city": "Tampere",
                    "country_id": cls.finland.id,
                    "email": "Matti.Malli@example.com",
                    "phone": "040 123 4567",
                },
                {
                    "name": "Ålands Exempel Ab",
                    "is_company": True,
                    "company_registry": "1234567-1",
                    "street": "Storagatan 1",
                    "zip": "22100",
                    "city": "Mariehamn",
                    "country_id": cls.env.ref("base.ax").id,
                },
            ]
        )
        cls.co_debtors[0].sudo().amili_personal_identity_code = "010594Y9032"

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        if r.url.endswith("/assignment/amili"):
            cls.wire.append(r.body.decode())
        return super()._request_handler(s, r, **kw)

    def setUp(self):
        super().setUp()
        type(self).wire = []

    def confirm(self, move, **terms):
        """Confirm the wizard as a clerk who entered these terms."""
        wizard = self.wizard(move)
        co_debtors = terms.pop("co_debtors", None)
        if co_debtors:
            terms["co_debtor_partner_ids"] = [Command.set(co_debtors.ids)]
        wizard.write(terms)
        wizard.action_transfer()
        return move.amili_assignment_id

    def sent(self, move, **terms):
        """Confirm, let the queue run, and return the body as the sandbox got it."""
        assignment = self.confirm(move, **terms)
        self.run_cron("process_queue")
        self.assertEqual(assignment.state, "pending", assignment.error_message)
        return self.sandbox.case(move)["request"]

    def stopped(self, move, *words, **terms):
        """Check that nothing can be confirmed, and that the clerk is told why."""
        with self.assertRaises(UserError) as caught:
            self.confirm(move, **terms)
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertFalse(move.amili_state)

    # The whole body -------------------------------------------------------------------

    def test_golden_file_of_each_type_with_0_1_and_2_co_debtors(self):
        terms = {
            "b2b": {"reminder_amount": 5, "reminder_date": "2026-09-20"},
            "b2c": {},
            "b2b_rental": {"collection_type": "collection"},
            "b2c_rental": {
                "collection_type": "collection",
                "reminder_amount": 4.5,
                "reminder_date": "2026-09-21",
            },
        }
        moves = {}
        for kind, entered in terms.items():
            debtor = self.business if kind.startswith("b2b") else self.person
            debtor.amili_receivables_type = kind
            for number in range(3):
                move = moves[f"{kind}_{number}"] = self.invoice(debtor)
                self.confirm(
                    move,
                    assignment_summary="Konsultointi, elokuu 2026",
                    co_debtors=self.co_debtors[:number],
                    **entered,
                )
        self.run_cron("process_queue")
        self.assertEqual(len(self.wire), 12)
        on_the_wire = [exactly(text) for text in self.wire]
        for name, move in moves.items():
            with self.subTest(name):
                golden = (GOLDEN / f"{name}.json").read_text()
                self.assertEqual(move.amili_state, "pending")
                received = self.sandbox.case(move)["request"]
                self.assertEqual(received, json.loads(golden))
                self.assertEqual(on_the_wire.count(exactly(golden)), 1)

    def test_the_wizard_shows_what_is_sent_but_for_identity_codes(self):
        move = self.invoice(self.person)
        shown = self.wizard(move).payload_text
        self.assertNotIn("131052-308T", shown)
        received = self.sent(move)
        self.assertEqual(received["payers"][0]["ssn"], "131052-308T")
        received["payers"][0]["ssn"] = json.loads(shown)["payers"][0]["ssn"]
        self.assertEqual(json.loads(shown), received)

    def test_the_body_is_utf_8_json_with_the_right_type(self):
        self.business.name = "Pöytä & Tuoli Oy"
        self.sent(self.invoice())
        self.assertIn("Pöytä & Tuoli Oy", self.wire[0])

    # Amounts --------------------------------------------------------------------------

    def test_amounts_have_two_decimals_on_the_wire(self):
        for amount, written in (
            (1240, "1240.00"),
            (0.1 + 0.2, "0.30"),
            (1234.565, "1234.57"),
            (1.005, "1.01"),
            (1234567.1, "1234567.10"),
            (99999999.99, "99999999.99"),
        ):
            with self.subTest(written):
                self.wire.clear()
                self.sent(self.invoice(amount=amount))
                amounts = exactly(self.wire[0])["amounts"]
                self.assertEqual(amounts["capital_amount"], written)
                self.assertEqual(amounts["reminder_amount"], "0.00")

    def test_words_of_the_body_in_a_text_are_left_alone(self):
        summary = 'Lasku "capital_amount": 5 ja "reminder_amount": 1e3'
        received = self.sent(self.invoice(), assignment_summary=summary)
        self.assertEqual(received["assignment_summary"], summary)

    def test_only_the_open_amount_is_claimed(self):
        move = self.invoice(amount=1000)
        self.pay(move, 400)
        amounts = self.sent(move, reminder_amount=5)["amounts"]
        self.assertEqual(amounts, {"capital_amount": 600, "reminder_amount": 5})

    def test_reminder_date_is_left_out_when_there_was_none(self):
        self.assertNotIn("reminder_date", self.sent(self.invoice()))
        received = self.sent(self.invoice(), reminder_date="2026-09-30")
        self.assertEqual(received["reminder_date"], "2026-09-30")

    # Names and addresses --------------------------------------------------------------

    def test_difficult_names_arrive_as_they_are(self):
        for name in (
            'O\'Malley "Pelle" \\ Oy',
            "Kukka 🌸 & <b>Kaali</b> Oy",
            "Å" * 200,
            "Ilmarinen–Łódź Ø 株式会社",
        ):
            with self.subTest(name):
                self.business.name = name
                received = self.sent(self.invoice())
                self.assertEqual(received["payers"][0]["name"], name)

    def test_line_breaks_and_control_signs_become_spaces(self):
        self.business.name = "Esimerkki\nOy\t \x1b Ab"
        self.business.street = "Katu 1\r\n  B"
        payer = self.sent(self.invoice())["payers"][0]
        self.assertEqual(payer["name"], "Esimerkki Oy Ab")
        self.assertEqual(payer["address"]["streets"], ["Katu 1 B"])

    def test_a_street_in_two_lines_is_two_streets(self):
        self.business.street2 = "PL 12"
        address = self.sent(self.invoice())["payers"][0]["address"]
        self.assertEqual(address["streets"], ["Mannerheimintie 1 A 2", "PL 12"])

    def test_a_foreign_debtor_keeps_the_number_of_its_register(self):
        self.business.write(
            {
                "country_id": self.env.ref("base.se").id,
                "company_registry": "556016-0680",
                "zip": "111 22",
                "city": "Stockholm",
            }
        )
        payer = self.sent(self.invoice())["payers"][0]
        self.assertEqual(payer["address"]["country"], "SE")
        self.assertEqual(payer["bid"], "556016-0680")

    def test_aland_is_ax_and_has_the_registers_of_finland(self):
        self.business.country_id = self.env.ref("base.ax")
        payer = self.sent(self.invoice())["payers"][0]
        self.assertEqual(payer["address"]["country"], "AX")
        self.business.company_registry = "1234567-2"
        self.stopped(self.invoice(), "Business ID", "not valid")

    def test_a_country_that_iso_does_not_know_stops(self):
        kosovo = self.env.ref("base.xk", raise_if_not_found=False)
        nowhere = self.env["res.country"].create({"name": "Nowhere", "code": "QZ"})
        for country in filter(None, (kosovo, nowhere)):
            with self.subTest(country.name):
                self.business.country_id = country
                self.stopped(self.invoice(), "Esimerkki Oy", "country", "ISO 3166")

    def test_what_is_missing_in_an_address_is_named(self):
        for name, word in (
            ("street", "street"),
            ("zip", "postal code"),
            ("city", "city"),
            ("country_id", "country"),
        ):
            with self.subTest(name):
                kept = self.business[name]
                self.business[name] = False
                self.stopped(self.invoice(), "Esimerkki Oy", word, "missing")
                self.business[name] = kept

    def test_a_blank_is_not_an_address(self):
        self.business.street = " \n "
        self.stopped(self.invoice(), "street", "missing")

    # Numbers of people ----------------------------------------------------------------

    def test_identity_codes_with_the_signs_of_2023(self):
        codes = (
            "010594Y9032",
            "010594Y9021",
            "020594X903P",
            "010516B903X",
            "131052-308T",
        )
        for code in codes:
            with self.subTest(code):
                self.person.sudo().amili_personal_identity_code = code.lower()
                payer = self.sent(self.invoice(self.person))["payers"][0]
                self.assertEqual(payer["ssn"], code)

    def test_a_sole_trader_is_told_by_the_number_that_the_claim_is_about(self):
        trader = self.co_debtors[0]
        trader.company_registry = "7654321-2"
        code = {"ssn": "010594Y9032"}
        for kind, number in (
            ("b2b", {"bid": "7654321-2"}),
            ("b2b_rental", {"bid": "7654321-2"}),
            ("b2c", code),
            ("b2c_rental", code),
        ):
            payer = self.sent(self.invoice(trader), receivables_type=kind)["payers"][0]
            with self.subTest(kind=kind):
                self.assertEqual(
                    {n: payer[n] for n in ("bid", "ssn") if n in payer}, number
                )
        body = self.sent(self.invoice(), co_debtors=trader)
        self.assertEqual(body["payers"][1]["ssn"], "010594Y9032")
        self.assertNotIn("bid", body["payers"][1])

    def test_a_wrong_identity_code_stops_and_is_not_repeated(self):
        for code in (
            "131052-308U",
            "131052G308T",
            "320594Y9032",
            "131052308T",
            "hetu",
        ):
            with self.subTest(code):
                self.person.sudo().amili_personal_identity_code = code
                with self.assertRaises(UserError) as caught:
                    self.confirm(self.invoice(self.person))
                self.assertIn("identity code is not valid", str(caught.exception))
                self.assertNotIn(code, str(caught.exception))

    def test_test_codes_stop_in_production(self):
        self.person.sudo().amili_personal_identity_code = "010594Y9032"
        self.company.amili_environment = "production"
        self.stopped(self.invoice(self.person), "identity code is not valid")

    def test_rent_of_a_consumer_needs_the_identity_code(self):
        self.person.amili_receivables_type = "b2c_rental"
        self.person.sudo().amili_personal_identity_code = False
        self.stopped(self.invoice(self.person), "Maija Malli", "identity code")

    def test_phone_numbers_are_e164_or_left_out(self):
        for entered, sent in (
            ("040 123 4567", "+358401234567"),
            ("+46 8 123 456 78", "+46812345678"),
            ("00358 40 1234567", "+358401234567"),
            ("12", None),
            ("kysy Pekalta", None),
            (False, None),
        ):
            with self.subTest(entered):
                self.business.phone = entered
                payer = self.sent(self.invoice())["payers"][0]
                self.assertEqual(payer.get("phone"), sent)

    def test_an_address_that_is_no_e_mail_is_left_out(self):
        for entered, sent in (
            ("Talous@Esimerkki.example", "talous@esimerkki.example"),
            ("kysy Pekalta", None),
            (False, None),
        ):
            with self.subTest(entered):
                self.business.email = entered
                payer = self.sent(self.invoice())["payers"][0]
                self.assertEqual(payer.get("email"), sent)

    # Who owes -------------------------------------------------------------------------

    def test_a_co_debtor_equal_to_the_debtor_stops(self):
        self.stopped(self.invoice(), "same debtor", co_debtors=self.business)
        twin = self.business.copy({"name": "Esimerkki Oy (2)"})
        self.stopped(self.invoice(), "same Business ID", co_debtors=twin)

    def test_a_contact_of_a_company_stands_for_the_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Kirsi Kontakti", "parent_id": self.business.id}
        )
        [payer] = self.sent(self.invoice(contact))["payers"]
        self.assertEqual(payer["name"], "Esimerkki Oy")

    def test_the_vat_number_serves_as_business_id(self):
        self.business.write({"company_registry": False, "vat": "FI20774740"})
        self.assertEqual(self.sent(self.invoice())["payers"][0]["bid"], "2077474-0")


@tagged("post_install", "-at_install")
class TestBody(BaseCase):
    """The pure functions that make a body."""

    def body(self, **values):
        transfer = payload.Transfer(
            **{
                "collection_type": "collection",
                "receivables_type": "b2c",
                "capital_amount": Decimal("10.50"),
                "reminder_amount": Decimal(0),
                "payers": (
                    payload.Payer(
                        role="main_debtor",
                        name="Maija Malli",
                        address=payload.Address(("Katu 1",), "33100", "Tampere", "FI"),
                        personal_identity_code="131052-308T",
                    ),
                ),
                "assignment_summary": "Lasku 1",
                **values,
            }
        )
        return payload.build_body(transfer)

    def test_a_fraction_of_a_cent_is_refused(self):
        with self.assertRaises(ValueError):
            self.body(capital_amount=Decimal("10.505"))

    def test_a_summary_has_2_to_64_characters(self):
        for length in (0, 1, 65):
            with self.subTest(length), self.assertRaises(ValueError) as caught:
                self.body(assignment_summary="x" * length)
            self.assertIn("assignment_summary", str(caught.exception))
        for length in (2, 64):
            body = self.body(assignment_summary="x" * length)
            self.assertEqual(len(body["assignment_summary"]), length)

    def test_the_same_body_is_always_the_same_text(self):
        body = self.body(reminder_date=date(2026, 9, 1))
        reordered = json.loads(json.dumps(dict(reversed(body.items()))))
        self.assertEqual(payload.dump_body(reordered), payload.dump_body(body))

    def test_masking_leaves_the_body_itself_alone(self):
        body = self.body()
        self.assertNotIn("131052-308T", str(payload.mask_body(body)))
        self.assertEqual(body["payers"][0]["ssn"], "131052-308T")


@tagged("post_install", "-at_install")
class TestReport(BaseCase):
    """The bodies of what the company reports of a case."""

    def written(self, *args, **values):
        return payload.dump_body(build_report(Report(*args, **values)))

    def test_each_kind_to_the_letter(self):
        day = date(2026, 11, 2)
        for report, text in (
            (Report("comment", "Hei"), '{"comment": "Hei", "type": "comment"}'),
            (
                Report("paid", "Tilille", Decimal("500.1"), day),
                '{"amount": 500.10, "comment": "Tilille", "currency": "EUR",'
                ' "date": "2026-11-02", "type": "paid"}',
            ),
            (
                Report("paid", amount=Decimal(1240), day=day),
                '{"amount": 1240.00, "currency": "EUR", "date": "2026-11-02",'
                ' "type": "paid"}',
            ),
            (
                Report("credit_note", "Hyvitys", Decimal("0.01"), day, "HYV-3"),
                '{"amount": 0.01, "comment": "Hyvitys", "currency": "EUR",'
                ' "date": "2026-11-02", "reference": "HYV-3", "type": "credit_note"}',
            ),
            (
                Report("due_date", "Sovittu", day=day),
                '{"comment": "Sovittu", "date": "2026-11-02",'
                ' "type": "due_date_change"}',
            ),
            (
                Report("pause", "Riita", day=day),
                '{"comment": "Riita", "date": "2026-11-02",'
                ' "type": "collection_block"}',
            ),
            (Report("pause"), '{"type": "collection_block"}'),
            (
                Report("withdraw", "Virhe"),
                '{"comment": "Virhe", "type": "cancellation"}',
            ),
            (Report("withdraw"), '{"type": "cancellation"}'),
        ):
            with self.subTest(report.kind):
                self.assertEqual(payload.dump_body(build_report(report)), text)

    def test_what_a_kind_does_not_tell_is_left_out(self):
        more = {"amount": Decimal("1.005"), "day": date(2026, 11, 2), "document": "H"}
        for kind, keys in (
            ("comment", {"type", "comment"}),
            ("due_date", {"type", "comment", "date"}),
            ("pause", {"type", "comment", "date"}),
            ("withdraw", {"type", "comment"}),
        ):
            self.assertEqual(build_report(Report(kind, "Hei", **more)).keys(), keys)
        more["amount"] = Decimal(1)
        self.assertNotIn("reference", build_report(Report("paid", "Hei", **more)))

    def test_large_and_small_amounts_are_exact(self):
        for amount in ("0.01", "0.30", "1234567.10", "99999999.99", "999999999999.99"):
            text = self.written("paid", amount=Decimal(amount), day=date(2026, 11, 2))
            self.assertEqual(exactly(text)["amount"], amount)

    def test_what_cannot_be_reported_is_refused(self):
        day = date(2026, 11, 2)
        for report in (
            Report("paid", amount=Decimal("10.505"), day=day),
            Report("credit_note", amount=Decimal("0.001"), day=day),
            Report("paid", amount=Decimal(0), day=day),
            Report("paid", amount=Decimal("-5"), day=day),
            Report("paid", amount=Decimal("NaN"), day=day),
            Report("paid", amount=Decimal("Infinity"), day=day),
            Report("paid", day=day),
            Report("paid", amount=Decimal(5)),
            Report("credit_note", day=day),
            Report("due_date", "Hei"),
            Report("comment", " \n"),
            Report("close"),
            Report("due_date_change", day=day),
        ):
            with self.subTest(report), self.assertRaises(ValueError):
                build_report(report)

    def test_words_of_the_body_in_a_text_are_left_alone(self):
        text = '"amount": 5, \\"amount": 5 ja "amount": 1e3\n"'
        written = self.written("paid", text, Decimal(5), date(2026, 11, 2))
        self.assertEqual(exactly(written)["comment"], text)
        self.assertEqual(exactly(written)["amount"], "5.00")
