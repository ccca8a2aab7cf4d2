from odoo import Command
from odoo.tests import tagged

from ..common import TourCase

LOOKED_UP = "00000000-0000-4000-8000-00000000a0a0"


@tagged("post_install", "-at_install")
class TestTours(TourCase):
    """A clerk's work in the web client, against the running sandbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Who mends an address needs the right to write contacts.
        cls.clerk.group_ids += cls.env.ref("base.group_partner_manager")
        cls.company.amili_reminder_fee = 5.0
        cls.tenant = cls.new_partner(
            "Teppo Testaaja",
            is_company=False,
            company_registry=False,
            street=False,
            amili_receivables_type="b2c_rental",
            amili_personal_identity_code="010594Y9032",
        )
        cls.spouse = cls.new_partner(
            "Tiina Testaaja", is_company=False, company_registry=False
        )
        cls.tenant.amili_co_debtor_ids = [
            Command.create({"partner_id": cls.spouse.id, "basis": "dwelling"})
        ]

    @classmethod
    def new_partner(cls, name, **values):
        partners = cls.env["res.partner"].sudo()
        return partners.create(
            {
                "name": name,
                "is_company": True,
                "company_registry": "0112038-9",
                "street": "Vuokrapolku 5 C 31",
                "zip": "20100",
                "city": "Turku",
                "country_id": cls.finland.id,
                **values,
            }
        )

    def test_clerks_day(self):
        move = self.overdue(self.tenant, 742.0, known=False)
        self.sandbox.add_invoice(move, id=LOOKED_UP)
        url = f"/odoo/customer-invoices/{move.id}"
        self.start_tour(url, "amili_clerks_day", login=self.clerk.login)
        self.env.invalidate_all()
        self.assertEqual(move.maventa_invoice_id, LOOKED_UP)
        self.assertEqual(move.amili_state, "queued")
        self.assertEqual(move.amili_co_debtor_partner_ids, self.spouse)
        self.assertFalse(self.sandbox.cases(), "nothing is sent from a click")

        self.run_cron("process_queue")
        self.accept(move)
        self.sandbox.amili(move, "remind")
        self.run_cron("sync_events")
        self.assertEqual(len(self.sandbox.case(move)["request"]["payers"]), 2)
        self.start_tour(url, "amili_clerks_day_after", login=self.clerk.login)

    def test_bulk_day(self):
        blocked = self.new_partner("Maksusopimus Oy", amili_collection_block=True)
        no_street = self.new_partner("Pohjolan Putki Oy", street=False)
        foreign = self.new_partner("Muster GmbH", country_id=self.env.ref("base.de").id)
        fine = self.overdue(self.business, 1000.0) + self.overdue(self.person, 340.0)
        others = self.overdue(no_street, 233.1) + self.overdue(foreign, 1000.0)
        self.overdue(blocked, 1260.0)
        self.start_tour(
            "/odoo/customer-invoices", "amili_bulk_day", login=self.clerk.login
        )
        self.env.invalidate_all()
        self.assertEqual(fine.mapped("amili_state"), ["queued", "queued"])
        self.assertEqual(others.mapped("amili_state"), [False, False])
