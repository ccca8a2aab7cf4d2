"""The window in which a clerk confirms, for tests of it and of its lists."""

from odoo import Command
from odoo.tests import Form

from .common import AmiliCommon


class WizardCommon(AmiliCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.co_debtor = cls.person.copy({"name": "Matti Malli"})
        cls.co_debtor.sudo().amili_personal_identity_code = "010594Y9021"

    def broken(self, **values):
        """Make an invoice with the one fault that its Maventa ID is missing."""
        return self.invoice(known=False, **values)

    def standing(self, partner, co_debtor, **values):
        return (
            self.env["amili.co.debtor"]
            .with_user(self.clerk)
            .create({"debtor_id": partner.id, "partner_id": co_debtor.id, **values})
        )

    def form(self, wizard):
        return Form(wizard, "amili_perinta.amili_transfer_wizard_view_form")


class ManyInvoicesCase(WizardCommon):
    """A hundred invoices, and how many queries they take."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customers = [cls.business.copy({"name": f"Asiakas {n} Oy"}) for n in range(110)]
        cls.moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": customer.id,
                    "invoice_date": "2026-08-20",
                    "invoice_date_due": "2026-09-03",
                    "currency_id": cls.euro.id,
                    "maventa_invoice_id": f"00000000-0000-4000-9000-{n:012}",
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Työ", "price_unit": 100, "tax_ids": False}
                        )
                    ],
                }
                for n, customer in enumerate(customers)
            ]
        )
        cls.moves.action_post()

    def queries(self, work):
        """Return how many queries ``work`` takes that starts with nothing in cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def assert_flat(self, work, per_record):
        """10 and 100 invoices differ by little.

        :param float per_record: queries that each one more may take
        """
        work(self.moves[100:105])  # what is read once for all
        few, many = self.moves[:10], self.moves[10:]
        queries_few = self.queries(lambda: work(few))
        queries_many = self.queries(lambda: work(many))
        self.assertLessEqual(
            (queries_many - queries_few) / 90,
            per_record,
            f"{queries_few} queries for 10, {queries_many} for 100",
        )
