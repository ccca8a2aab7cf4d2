"""Two administrators begin with a company's service at the same moment.

These tests commit; see workers_case.
"""

from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..workers_case import WorkersCase

REQUEST = {
    "iban": "FI2112345600000785",
    "bic": "NDEAFIHH",
    "bank": "Nordea",
    "accountable_party": "vfsfi",
    "contact_person": "Maija Malli",
    "contact_email": "maija@firma.example",
    "contact_phone": "+358401234567",
    "customer_service_email": "palvelu@firma.example",
    "customer_service_phone": "",
    "authorization_email": "",
    "billing_address": {
        "streets": ["Yhtiökatu 1"],
        "zip_code": "00100",
        "city": "Helsinki",
        "country": "FI",
    },
}


@tagged("post_install", "-at_install")
class TestServiceWorkers(WorkersCase):
    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            env["amili.service"]._for_company(self.company(env)).unlink()

    def open(self, env):
        """Press the button that opens the window of the activation."""
        return self.company(env).action_amili_activate()

    def start(self, env):
        """Confirm that window."""
        service = env["amili.service"]._get_or_create(self.company(env))
        service._start("activate", REQUEST)

    def test_the_second_finds_what_the_first_has_made(self):
        with self.transaction() as first, self.transaction() as second:
            self.company(second).name  # noqa: B018 - its transaction begins here
            opened = self.open(first)
            first.cr.commit()  # pylint: disable=invalid-commit
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(ConcurrencyError, msg="Odoo tries it again"),
            ):
                self.open(second)
            second.cr.rollback()
            second.invalidate_all()
            self.assertEqual(self.open(second), opened)
            company = self.company(second)
            services = second["amili.service"].search([("company_id", "=", company.id)])
            self.assertEqual(len(services), 1)

    def test_the_second_who_confirms_is_told_of_the_first(self):
        with self.transaction() as first, self.transaction() as second:
            self.company(second).name  # noqa: B018 - its transaction begins here
            self.start(first)
            first.cr.commit()  # pylint: disable=invalid-commit
            with mute_logger("odoo.sql_db"), self.assertRaises(ConcurrencyError):
                self.start(second)
            second.cr.rollback()
            second.invalidate_all()
            with self.assertRaisesRegex(UserError, "just been requested"):
                self.start(second)

    def test_a_scheduled_action_that_comes_second_goes_on(self):
        with self.transaction() as env:
            self.company(env).name  # noqa: B018 - its transaction begins here
            with self.transaction() as other:
                self.open(other)
            with mute_logger("odoo.sql_db"):
                env["amili.service"]._cron_follow()
            self.assertTrue(env["amili.service"]._for_company(self.company(env)))
