"""A credit controller's morning: a list of bad invoices, each mended or explained."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from ..common import TourCase

# More than a line of a letter takes; it is not cut.
LONG_NAME = "Pohjoisen Maarakennus ja Kuljetus Virtanen Oy"
REFUSED = {
    "kind": "status",
    "path": "/v1/invoices$",
    "method": "POST",
    "status": 422,
    "body": {
        "code": "invoice_create_api_error",
        "message": "Error while creating invoice",
        "details": ["ERROR: RECIPIENT STREET NOT FOUND"],
    },
}


@tagged("post_install", "-at_install")
class TestCreditControllerTours(TourCase):
    """Whoever hands over, corrects contacts and may see identity codes does it all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.group_ids += cls.env.ref("base.group_partner_manager")
        cls.clerk.group_ids += cls.env.ref("amili_perinta.group_amili_identity")
        cls.company.amili_default_collection_type = "collection"
        cls.today = fields.Date.today()
        cls.company.partner_id.write(cls.identifiers("2077474-0"))

    @classmethod
    def identifiers(cls, business_id):
        digits = business_id.replace("-", "")
        return {
            "company_registry": business_id,
            "vat": f"FI{digits}",
            "peppol_eas": "0216",
            "peppol_endpoint": f"0037{digits}",
        }

    def business_of(self, name, **values):
        debtor = self.twin(self.business, **{"name": name, "vat": False, **values})
        if "peppol_verification_state" in debtor._fields:
            # Where Odoo's own Peppol is installed it would ask its server.
            debtor.peppol_verification_state = "not_valid"
        return debtor

    def consumer(self, name, **values):
        return self.twin(self.person, name=name, **values)

    def days_ago(self, days):
        return self.today - timedelta(days)

    def bad_invoices(self):
        """Make one invoice for each thing that goes wrong; return them by it."""
        partner = self.business_of("Vanha Yhtiömies Oy", active=False)
        makers = {
            "postal code": (
                self.business_of("Postikoodi Oy", zip="20100 Turku", city=False),
                {},
            ),
            "two numbers": (
                self.business_of(
                    "Konserni Oy", company_registry="0112038-9", vat="FI20774740"
                ),
                {},
            ),
            "no number": (
                self.business_of("Asunto Oy Malliranta", company_registry=False),
                {},
            ),
            "identity code": (
                self.consumer("Teppo Testaaja", amili_receivables_type="b2c_rental"),
                {"amili_reminder_date": self.days_ago(20)},
            ),
            "archived co-debtor": (
                self.business_of("Yhteisvelka Ky", company_registry="0112038-9"),
                {"amili_co_debtor_partner_ids": partner.ids},
            ),
            "early reminder": (
                self.consumer("Liian Varhainen"),
                {"amili_reminder_date": self.days_ago(40)},
            ),
            "early fee": (
                self.consumer("Kalle Kulu"),
                {
                    "amili_reminder_date": self.days_ago(30),
                    "amili_reminder_amount": 5.0,
                },
            ),
            "two addresses": (
                self.business_of(
                    "Kaksi Postia Oy", email="laskut@kaksi.example; ceo@kaksi.example"
                ),
                {},
            ),
            "long name": (self.business_of(LONG_NAME), {}),
            "time-barred": (self.business_of("Vanha Velka Oy"), {"days_late": 1110}),
            "disputed": (
                self.business_of("Kiistäjä Oy"),
                {
                    "amili_disputed_on": self.days_ago(3),
                    "amili_dispute_reason": "Työ on kesken.",
                },
            ),
            "blocked": (
                self.business_of(
                    "Maksusopimus Oy",
                    amili_collection_block=True,
                    amili_collection_block_reason="Maksusopimus 12/2025",
                ),
                {},
            ),
            "payment": (self.business_of("Maksanut Oy"), {}),
        }
        moves = {
            fault: self.overdue(debtor, **values)
            for fault, (debtor, values) in makers.items()
        }
        self.register_payment(moves["payment"])
        moves["refused"] = self.refused_by_maventa()
        return moves

    def register_payment(self, move):
        """Register a payment that the bank has not shown yet."""
        self.patch(
            type(self.env["account.move"]),
            "_get_invoice_in_payment_state",
            lambda _model: "in_payment",
        )
        journal = self.company_data["default_journal_bank"]
        journal.inbound_payment_method_line_ids.payment_account_id = False
        self.pay(move, 500.0)

    def refused_by_maventa(self):
        """Return an invoice that Maventa refused, whose address is corrected since."""
        debtor = self.business_of(
            "Vanha Tiedosto Oy", **{**self.identifiers("0112038-9"), "street": "Katu"}
        )
        tax = self.company_data["default_tax_sale"]
        line = {"name": "Konsultointi", "price_unit": 1000.0}
        move = self.overdue(
            debtor,
            known=False,
            invoice_line_ids=[Command.create({**line, "tax_ids": tax.ids})],
        )
        wizard = (
            self.env["amili.upload.wizard"]
            .with_user(self.clerk)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({})
        )
        wizard.action_upload()
        self.sandbox.fault(**REFUSED)
        self.run_cron("uploads")
        self.assertEqual(move.amili_upload_state, "rejected")
        debtor.street = "Uusikatu 2"
        return move

    def tour(self, page, name):
        self.start_tour(f"/odoo/{page}", name, login=self.clerk.login)
        self.env.invalidate_all()

    def test_a_list_of_bad_invoices(self):
        moves = self.bad_invoices()
        stay = {"time-barred", "disputed", "blocked", "payment"}
        self.tour("customer-invoices", "amili_credit_controller")
        self.assertFalse(self.sandbox.cases(), "nothing is sent from a click")
        self.assertEqual(
            {fault for fault, move in moves.items() if not move.amili_state},
            stay | {"refused"},
        )

        self.tour("amili-candidates", "amili_credit_controller_upload")
        self.run_cron("uploads")
        self.assertEqual(moves["refused"].amili_upload_state, "sent")
        self.tour("amili-candidates", "amili_credit_controller_rest")

        self.run_cron("process_queue")
        self.assertEqual(
            {fault for fault, move in moves.items() if move.amili_state == "pending"},
            moves.keys() - stay,
        )
        sent = {
            fault: self.sandbox.case(moves[fault])["request"]
            for fault in moves.keys() - stay
        }
        self.assertEqual(len(self.sandbox.cases()), len(sent))
        payer = {fault: request["payers"][0] for fault, request in sent.items()}
        place = payer["postal code"]["address"]
        self.assertEqual((place["zip_code"], place["city"]), ("20100", "Turku"))
        self.assertEqual(payer["two numbers"]["bid"], "0112038-9")
        self.assertEqual(payer["no number"]["bid"], "2077474-0")
        self.assertEqual(payer["identity code"]["ssn"], "010594Y9032")
        self.assertEqual(len(sent["archived co-debtor"]["payers"]), 1)
        self.assertEqual(
            sent["early reminder"]["reminder_date"], str(self.days_ago(20))
        )
        self.assertFalse(sent["early fee"]["amounts"].get("reminder_amount"))
        self.assertEqual(payer["two addresses"]["email"], "laskut@kaksi.example")
        self.assertEqual(payer["long name"]["name"], LONG_NAME)
        self.assertEqual(payer["refused"]["address"]["streets"], ["Uusikatu 2"])
