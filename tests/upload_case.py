"""What tests of invoices on their way to Maventa have in common."""

from unittest.mock import patch

from odoo import Command

from .common import QueueCase

DEFAULT_BUSINESS_ID = "2077474-0"


class UploadCase(QueueCase):
    """Invoices that Maventa does not know, and that Odoo can make a file of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prepare(cls.company)
        cls.company.name = "Myyjä Oy"
        cls.business.write(cls.identifiers("0112038-9"))
        if "peppol_verification_state" in cls.business._fields:
            # Where Odoo's own Peppol is installed it would ask its server.
            (cls.business + cls.person).peppol_verification_state = "not_valid"

    def setUp(self):
        super().setUp()
        # Under tests Odoo prints HTML, which is no PDF for Maventa.
        printed = self.env.registry["ir.actions.report"]._get_splitted_report

        def as_pdf(*args):
            pages = printed(*args)
            return {id_: b"%PDF-1.4\n" + page for id_, page in pages.items()}

        self.startPatcher(
            patch.object(
                self.env.registry["ir.actions.report"], "_get_splitted_report", as_pdf
            )
        )

    @classmethod
    def prepare(cls, company, business_id=DEFAULT_BUSINESS_ID):
        """Give a company what stands in an electronic invoice."""
        company.partner_id.write(
            {
                "street": "Myyjänkatu 1",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": cls.finland.id,
                **cls.identifiers(business_id),
            }
        )

    @staticmethod
    def identifiers(business_id):
        """Return what a Finnish company is known by, its e-invoice address as well."""
        digits = business_id.replace("-", "")
        return {
            "company_registry": business_id,
            "vat": f"FI{digits}",
            "peppol_eas": "0216",
            "peppol_endpoint": f"0037{digits}",
        }

    @classmethod
    def to_upload(cls, partner=None, amount=1000.0, tax=None, **values):
        """Make a posted invoice that Maventa does not know, with VAT."""
        tax = tax or cls.company_data["default_tax_sale"]
        return cls.invoice(
            partner,
            known=False,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Konsultointi",
                        "price_unit": amount,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
            ],
            **values,
        )

    def upload_wizard(self, moves, user=None):
        """Return the wizard for invoices, as a clerk gets it."""
        return (
            self.env["amili.upload.wizard"]
            .with_user(user or self.clerk)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({})
        )

    def queue_upload(self, moves, **values):
        """Confirm the wizard as a clerk, let Odoo make the files."""
        wizard = self.upload_wizard(moves)
        wizard.line_ids.write(values)
        wizard.action_upload()
        if len(moves) > 1:
            self.make_files()
        return moves.amili_upload_ids

    def make_files(self):
        """Run Odoo's own scheduled action for invoices that are sent."""
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()

    def upload(self, moves, **values):
        """Queue, and let the queue run."""
        uploads = self.queue_upload(moves, **values)
        self.run_uploads()
        return uploads

    def run_uploads(self, **delta):
        """Run the sender, after some time if given."""
        if delta:
            self.later(**delta)
        self.run_cron("uploads")

    def invoices_at_maventa(self):
        return self.sandbox.control("invoices")

    def upload_posts(self):
        return self.sandbox.log("POST", "/v1/invoices")

    def assertArrived(self, move, posts=1):
        """Check that Maventa has exactly one such invoice, after so many requests."""
        self.assertEqual(move.amili_upload_state, "sent", move.amili_upload_text)
        self.assertEqual(len(self.upload_posts()), posts)
        mine = [i for i in self.invoices_at_maventa() if i["number"] == move.name]
        self.assertEqual([i["id"] for i in mine], [move.maventa_invoice_id])
        self.assertEqual(
            move.maventa_environment, self.company.amili_environment, "and where"
        )

    def assertUploadRejected(self, move, *words):
        """Check that it ended with a reason and a task for who sent it."""
        self.assertEqual(move.amili_upload_state, "rejected", move.amili_upload_text)
        self.assertFalse(move.maventa_invoice_id)
        text = move.with_user(self.clerk).amili_upload_text
        for word in ("did not take", *words):
            self.assertIn(word, text)
        [task] = self.tasks(move)
        self.assertEqual(task.user_id, self.clerk)
        self.assertIn("send it again", task.summary)

    def notes(self, move):
        """Return what the chatter says of Maventa, oldest first."""
        messages = move.message_ids.sorted("id")
        return [m.preview for m in messages if "Maventa" in (m.body or "")]
