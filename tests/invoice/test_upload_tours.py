from odoo import Command, fields
from odoo.tests import tagged

from ..common import TourCase


@tagged("post_install", "-at_install")
class TestUploadTours(TourCase):
    """Sending invoices to Maventa in the web client, against the running sandbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.company.partner_id + cls.business
        for partner, digits in zip(partners, ("20774740", "01120389"), strict=True):
            partner.write(
                {
                    "company_registry": f"{digits[:7]}-{digits[7]}",
                    "vat": f"FI{digits}",
                    "peppol_eas": "0216",
                    "peppol_endpoint": f"0037{digits}",
                }
            )
        if "peppol_verification_state" in cls.business._fields:
            # Where Odoo's own Peppol is installed it would ask its server.
            cls.business.peppol_verification_state = "not_valid"

    def to_upload(self):
        tax = self.company_data["default_tax_sale"]
        return self.overdue(
            known=False,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Konsultointi",
                        "price_unit": 1000.0,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
            ],
        )

    def tour(self, move, name, user):
        url = f"/odoo/customer-invoices/{move.id}"
        self.start_tour(url, name, login=user.login)
        self.env.invalidate_all()

    def test_send_by_maventa(self):
        move = self.to_upload()
        self.tour(move, "amili_send_by_maventa", self.clerk)
        self.assertEqual(move.amili_upload_state, "queued")
        self.assertFalse(self.sandbox.log(), "nothing is sent from a click")
        self.run_cron("uploads")
        self.assertEqual(move.amili_upload_state, "sent", move.amili_upload_text)
        self.sandbox.control(f"invoices/{move.maventa_invoice_id}/deliver", {})
        move.sudo().maventa_follow_at = fields.Datetime.now()
        self.run_cron("uploads")
        self.tour(move, "amili_delivered_by_maventa", self.clerk)

    def test_mend_missing_id(self):
        move = self.to_upload()
        move.is_move_sent = True
        self.tour(move, "amili_mend_missing_id", self.clerk)
        self.assertFalse(move.amili_upload_ids.deliver)
        self.run_cron("uploads")
        self.assertTrue(move.maventa_invoice_id)
