"""By which Business ID a debtor owes, wherever people keep it."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.invoice.business_ids import business_ids_in
from ..common import QueueCase

ONE, OTHER = "7654321-2", "2077474-0"


@tagged("post_install", "-at_install")
class TestBusinessIds(QueueCase):
    def contact(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Kokeilu Ky",
                "is_company": True,
                "street": "Katu 1",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": self.finland.id,
                **values,
            }
        )

    def test_every_spelling_is_understood(self):
        for text in (
            "7654321-2",
            "76543212",
            " 7654321–2 ",
            "FI76543212",
            "fi 7654321-2",
            "FI-76543212",
            "Y-tunnus: 7654321-2",
            "Y-tunnus 7654321-2 (entinen Toiminimi)",
            "003776543212",
            "0037 7654321-2",
            "003776543212ABC",
            "00377654321200001",
            "0216:003776543212",
            "0213:FI76543212",
        ):
            with self.subTest(text):
                self.assertEqual(business_ids_in(text), [ONE])
        self.assertEqual(business_ids_in("FI76543212, FI20774740"), [ONE, OTHER])
        # The register's first numbers had six digits.
        self.assertEqual(business_ids_in("112038-9"), ["0112038-9"])

    def test_what_is_none_is_not_taken_for_one(self):
        for text in (
            False,
            "",
            "/",
            "7654321-3",
            "131052-308T",
            "FI2112345600000785",
            "SE556703748501",
            "+358 40 7654321",
            "17654321-2",
            "TE003776543212AB",
            None,
        ):
            with self.subTest(text):
                self.assertFalse(business_ids_in(text))

    def test_every_place_is_read_of_companies_and_sole_traders(self):
        for is_company in (True, False):
            for values in (
                {"company_registry": "Y-tunnus 7654321-2"},
                {"company_registry": "003776543212"},
                {"vat": "FI76543212"},
                {"vat": "76543212"},
                {"vat": "7654321-2"},
                {"peppol_eas": "0216", "peppol_endpoint": "003776543212"},
                {"peppol_eas": "0213", "peppol_endpoint": "FI76543212"},
                {"peppol_eas": "0037", "peppol_endpoint": "003776543212007"},
                {"amili_business_id": "76543212"},
                {"company_registry": "kirjoitusvirhe", "vat": "FI76543212"},
                {"company_registry": "7654321-2", "vat": "FI76543212"},
            ):
                debtor = self.contact(
                    is_company=is_company, amili_receivables_type="b2b", **values
                )
                with self.subTest(is_company=is_company, **values):
                    self.assertEqual(debtor._amili_business_id(), ONE)
                    move = self.invoice(debtor).with_user(self.clerk)
                    stopped = f"debtor_{debtor.id}"
                    self.assertNotIn(stopped, move._amili_get_alerts()[move.id])

    def test_it_is_what_amili_gets(self):
        for is_company in (True, False):
            debtor = self.contact(
                is_company=is_company, amili_receivables_type="b2b", vat="FI76543212"
            )
            move = self.invoice(debtor)
            self.send(move)
            [payer] = self.sandbox.case(move)["request"]["payers"]
            self.assertEqual(payer["bid"], ONE)

    def test_an_address_of_another_scheme_tells_nothing(self):
        debtor = self.contact(peppol_eas="0088", peppol_endpoint="003776543212")
        self.assertFalse(debtor._amili_business_id())

    def test_two_that_contradict_each_other_stop(self):
        for values in (
            {"company_registry": ONE, "vat": "FI20774740"},
            {"company_registry": f"{ONE} / {OTHER}"},
            {
                "vat": "FI76543212",
                "peppol_eas": "0216",
                "peppol_endpoint": "003720774740",
            },
        ):
            for is_company in (True, False):
                debtor = self.contact(is_company=is_company, **values)
                move = self.invoice(debtor).with_user(self.clerk)
                with self.subTest(is_company=is_company, **values):
                    alert = move._amili_get_alerts()[move.id][f"debtor_{debtor.id}"]
                    self.assertEqual(alert["level"], "danger")
                    self.assertIn(ONE, alert["message"])
                    self.assertIn(OTHER, alert["message"])
                    debtor.amili_business_id = OTHER
                    self.assertNotIn(
                        f"debtor_{debtor.id}", move._amili_get_alerts()[move.id]
                    )
                    self.assertEqual(debtor._amili_business_id(), OTHER)

    def test_two_of_a_co_debtor_stop_as_well(self):
        co_debtor = self.contact(company_registry=ONE, vat="FI20774740")
        move = self.invoice(amili_co_debtor_partner_ids=co_debtor.ids)
        alerts = move.with_user(self.clerk)._amili_get_alerts()[move.id]
        self.assertEqual(alerts[f"debtor_{co_debtor.id}"]["level"], "danger")
        self.assertIn(OTHER, alerts[f"debtor_{co_debtor.id}"]["message"])

    def test_a_vat_group_is_settled_with_one_click(self):
        editor = self.new_user(
            "editor", "amili_perinta.group_amili_user,base.group_partner_manager"
        )
        group = self.contact(company_registry=ONE, vat="FI20774740")
        office = self.contact(
            company_registry=ONE, peppol_eas="0216", peppol_endpoint="003720774740"
        )
        moves = self.invoice(group) + self.invoice(office)
        wizard = self.wizard(moves, editor)
        self.assertEqual(wizard.stopped_count, 2)
        self.assertEqual(wizard.proposed_business_ids.count(ONE), 2)
        wizard.action_use_business_ids()
        self.env.invalidate_all()
        self.assertFalse(wizard.proposed_business_ids)
        self.assertFalse(wizard.stopped_count)
        self.assertEqual(group.amili_business_id, ONE)
        self.assertEqual(group.vat, "FI20774740", "what invoices say stays")
        self.assertEqual(office._amili_business_id(), ONE)

    def test_nobody_is_offered_a_guess(self):
        for values in (
            {"company_registry": ONE},
            {"company_registry": f"{ONE} / {OTHER}"},
            {
                "vat": "FI76543212",
                "peppol_eas": "0216",
                "peppol_endpoint": "003720774740",
            },
            {"company_registry": ONE, "vat": "SE556036079301"},
        ):
            debtor = self.contact(**values)
            with self.subTest(**values):
                self.assertFalse(debtor._amili_proposed_business_id())

    def test_who_may_not_write_contacts_is_offered_none(self):
        debtor = self.contact(company_registry=ONE, vat="FI20774740")
        wizard = self.wizard(self.invoice(debtor))
        self.assertFalse(wizard.proposed_business_ids)
        wizard.action_use_business_ids()
        self.assertFalse(debtor.amili_business_id)

    def test_what_was_chosen_must_be_valid(self):
        debtor = self.contact(company_registry=ONE, amili_business_id="7654321-3")
        move = self.invoice(debtor).with_user(self.clerk)
        alert = move._amili_get_alerts()[move.id][f"debtor_{debtor.id}"]
        self.assertIn("not valid", alert["message"])

    def test_a_sole_trader_is_recognised_at_maventa(self):
        """By their Business ID, and without it where the invoice named none."""
        for kind in ("b2b", "b2c"):
            for there in (ONE, "FI76543212", None):
                trader = self.contact(
                    is_company=False, company_registry=ONE, amili_receivables_type=kind
                )
                move = self.invoice(trader, known=False)
                self.reset_sandbox()
                self.sandbox.add_invoice(
                    move,
                    id="2f1b9c1e-7d0a-4c53-9b7e-0f6a1f0c2d11",
                    status="DELIVERED",
                    recipient={"name": trader.name, "bid": there},
                )
                with self.subTest(kind=kind, there=there):
                    move.with_user(self.clerk).action_amili_look_up()
                    self.assertTrue(move.maventa_invoice_id)
                move.maventa_invoice_id = False

    def test_a_company_is_not_recognised_by_another_number_or_none(self):
        for is_company, there in ((True, OTHER), (True, None), (False, OTHER)):
            debtor = self.contact(is_company=is_company, company_registry=ONE)
            move = self.invoice(debtor, known=False)
            self.reset_sandbox()
            self.sandbox.add_invoice(
                move,
                id="2f1b9c1e-7d0a-4c53-9b7e-0f6a1f0c2d11",
                status="DELIVERED",
                recipient={"name": debtor.name, "bid": there},
            )
            with self.subTest(is_company=is_company, there=there):
                with self.assertRaisesRegex(UserError, "Business ID differs"):
                    move.with_user(self.clerk).action_amili_look_up()
                self.assertFalse(move.maventa_invoice_id)
