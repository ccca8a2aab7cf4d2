import requests

from odoo.tests import tagged

from ..common import TourCase
from ..sandbox_process import DEFAULT_COMPANY


@tagged("post_install", "-at_install")
class TestActivationTours(TourCase):
    """From the settings to an active service, with the sandbox as Maventa and Amili."""

    def test_activation(self):
        self.sandbox.control(
            "companies",
            {"client_id": DEFAULT_COMPANY["client_id"], "service_status": None},
        )
        self.company.write({"email": "asiakas@firma.example", "phone": "09 7654321"})
        self.company.partner_id.write(
            {"street": "Yhtiökatu 1", "zip": "00100", "city": "Helsinki"}
        )
        self.env["res.partner.bank"].create(
            {
                "acc_number": "FI21 1234 5600 0007 85",
                "partner_id": self.company.partner_id.id,
            }
        )
        # The books of the tests have such taxes, which the settings complain of.
        taxes = self.env["account.tax"].search([("tax_exigibility", "=", "on_payment")])
        taxes.tax_exigibility = "on_invoice"
        administrator = self.new_user(
            "administrator",
            "base.group_system,account.group_account_manager",
            email="maija@firma.example",
        )
        url = "/odoo/action-account.action_account_config"
        self.start_tour(url, "amili_activate", login=administrator.login)
        self.assertFalse(self.sandbox.log("PUT"), "nothing is sent from a click")

        self.run_cron("service")
        self.env.invalidate_all()
        service = self.company.sudo().amili_service_id
        self.assertEqual(service.state, "pending")
        self.start_tour(url, "amili_identify", login=administrator.login)

        page = requests.get(service.activation_url, timeout=30)
        self.assertIn("Amili Perintä", page.text)
        requests.post(f"{service.activation_url}/sign", timeout=30).raise_for_status()
        service.next_try_at = "2026-01-01 00:00:00"
        self.run_cron("service")
        self.start_tour(url, "amili_activated", login=administrator.login)
