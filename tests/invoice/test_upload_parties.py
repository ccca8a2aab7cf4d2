"""The uploaded file tells by number who sends and receives; else a person is warned.

Odoo writes the VAT number and the e-invoice address into a file, and no other field in
which a Finnish company's Business ID may stand.
"""

from odoo.tests import tagged

from ..upload_case import UploadCase


@tagged("post_install", "-at_install")
class TestPartiesOfTheFile(UploadCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls.new_user(
            "keeper", "amili_perinta.group_amili_user,base.group_partner_manager"
        )

    def customer(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Alarajan Paja Ky",
                "is_company": True,
                "company_registry": "7654321-2",
                "street": "Katu 1",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": self.finland.id,
                **values,
            }
        )

    def alert(self, move, role="recipient"):
        alerts = move._amili_get_upload_alerts()[move.id]
        return alerts.get(f"{role}_identifiers", {}).get("message", "")

    def test_no_warning_where_all_is_in_the_file(self):
        for partner in (self.business, self.person):
            move = self.to_upload(partner)
            self.assertFalse(move._amili_get_upload_alerts()[move.id])

    def test_no_vat_number(self):
        move = self.to_upload(self.customer())
        self.assertIn("7654321-2) is not in the file", self.alert(move))
        self.assertIn("0216:003776543212", self.alert(move))

    def test_a_sole_trader_kept_as_a_person(self):
        move = self.to_upload(self.customer(is_company=False))
        self.assertIn("is not in the file", self.alert(move))

    def test_filled_in_from_the_window(self):
        customer = self.customer()
        move = self.to_upload(customer)
        wizard = self.upload_wizard(move, self.keeper)
        self.assertTrue(wizard.can_correct)
        action = wizard.action_correct()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertEqual(customer.peppol_eas, "0216")
        self.assertEqual(customer.peppol_endpoint, "003776543212")
        self.assertFalse(wizard.alerts)
        self.assertIn("0216:003776543212", wizard.file_text)
        wizard.action_upload()
        self.run_uploads()
        there = self.sandbox.control(f"invoices/{move.maventa_invoice_id}")
        self.assertEqual(there["recipient"]["bid"], "7654321-2")
        self.assertEqual(there["recipient"]["eia"], "003776543212")

    def test_nobody_fills_in_what_they_may_not_write(self):
        customer = self.customer()
        clerk = self.new_user("only", "amili_perinta.group_amili_user")
        wizard = self.upload_wizard(self.to_upload(customer), clerk)
        may = customer.with_user(clerk).has_access("write")
        self.assertEqual(wizard.can_correct, may)
        wizard.action_correct()
        self.assertEqual(bool(customer.peppol_endpoint), may)
        self.assertEqual(wizard.move_id.partner_id, customer)

    def test_the_vat_number_as_an_address(self):
        customer = self.customer(vat="FI76543212")
        self.assertEqual(customer.peppol_eas, "0213", "Odoo's own proposal")
        move = self.to_upload(customer)
        self.assertIn("Finland does not use", self.alert(move))
        self.upload_wizard(move, self.keeper).action_correct()
        self.assertFalse(self.alert(move))
        self.assertEqual(customer.peppol_endpoint, "003776543212")

    def test_an_address_of_an_operator_is_left_alone(self):
        customer = self.customer(
            vat="FI76543212", peppol_eas="0216", peppol_endpoint="TE003776543212AB"
        )
        move = self.to_upload(customer)
        self.assertFalse(self.alert(move))
        self.assertFalse(self.upload_wizard(move, self.keeper).can_correct)

    def test_the_sender_as_well(self):
        self.company.partner_id.write(
            {"vat": False, "peppol_eas": False, "peppol_endpoint": False}
        )
        self.company.partner_id.company_registry = "2077474-0"
        move = self.to_upload()
        self.assertIn("2077474-0) is not in the file", self.alert(move, "sender"))

    def test_none_at_all(self):
        move = self.to_upload(self.customer(company_registry=False))
        self.assertIn("has no Business ID", self.alert(move))

    def test_a_foreign_company_is_not_asked_for_one(self):
        sweden = self.env.ref("base.se")
        move = self.to_upload(
            self.customer(country_id=sweden.id, company_registry="5566778899")
        )
        self.assertFalse(self.alert(move))

    def test_a_file_that_names_another(self):
        customer = self.customer(
            peppol_eas="0216", peppol_endpoint="003712345671", vat=False
        )
        move = self.to_upload(customer)
        self.assertIn("names 1234567-1", self.alert(move))
        self.assertIn("7654321-2", self.alert(move))
