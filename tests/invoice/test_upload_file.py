"""What goes out says what is true now, and what did not go out does not count as sent.

The file is made anew where the books or the contacts say something else than it does;
who confirms sees what stands in it; what cannot be made stops alone, with a way out.
"""

import base64
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.invoice import account_move_upload, peppol_file
from ..upload_case import UploadCase

REFUSED = {"status": 422, "method": "POST", "path": "/v1/invoices"}


class FileCase(UploadCase):
    def there(self, move):
        """Return what Maventa has read in the file."""
        return self.sandbox.control(f"invoices/{move.maventa_invoice_id}")

    def refused(self, move, **fault):
        """Send an invoice that Maventa refuses."""
        self.queue_upload(move)
        self.sandbox.fault("status", **REFUSED)
        self.run_uploads()
        self.assertEqual(move.amili_upload_state, "rejected")
        return move

    def print_as(self, move, edi_format):
        """Let Odoo make the files of an invoice, which the customer is handed."""
        self.env["account.move.send"]._generate_and_send_invoices(
            move, sending_methods=["manual"], invoice_edi_format=edi_format
        )

    def attachments(self, move):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )

    def close_the_period(self):
        self.company.hard_lock_date = "2026-08-31"


@tagged("post_install", "-at_install")
class TestFileOfToday(FileCase):
    def test_the_company_was_corrected_after_a_refusal(self):
        self.company.partner_id.write(self.identifiers("7654321-2"))
        move = self.to_upload()
        self.upload(move)
        self.assertUploadRejected(move, "SENDER IS ANOTHER COMPANY")
        self.company.partner_id.write(self.identifiers("2077474-0"))
        self.upload(move)
        self.assertArrived(move, posts=2)

    def test_the_customer_was_corrected_after_a_refusal(self):
        self.business.write(self.identifiers("7654321-2"))
        move = self.refused(self.to_upload())
        self.business.write({"name": "Oikea Oy", **self.identifiers("1234567-1")})
        self.upload(move)
        recipient = self.there(move)["recipient"]
        self.assertEqual(recipient["name"], "Oikea Oy")
        self.assertEqual(recipient["bid"], "1234567-1")
        self.assertEqual(recipient["eia"], "003712345671")

    def test_the_address_came_after_it_was_printed(self):
        self.business.street = "Vanhakatu 1"
        move = self.to_upload()
        self.print_as(move, "ubl_bis3")
        pdf = move.invoice_pdf_report_id
        self.business.street = "Uusikatu 2"
        self.upload(move)
        file = move.ubl_cii_xml_id.raw
        self.assertIn(b"Uusikatu 2", file)
        self.assertNotIn(b"Vanhakatu 1", file)
        self.assertNotEqual(move.invoice_pdf_report_id, pdf, "the picture with it")
        self.assertIn(pdf, self.attachments(move), "what was handed out is kept")

    def test_in_a_closed_period_too(self):
        self.business.write(self.identifiers("7654321-2"))
        move = self.refused(self.to_upload())
        self.close_the_period()
        self.business.write(self.identifiers("1234567-1"))
        self.upload(move)
        self.assertEqual(self.there(move)["recipient"]["bid"], "1234567-1")

    def test_by_odoos_own_window_too(self):
        self.business.write(self.identifiers("7654321-2"))
        move = self.refused(self.to_upload())
        self.business.write(self.identifiers("1234567-1"))
        wizard = (
            self.env["account.move.send.wizard"]
            .with_user(self.outsider)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({})
        )
        wizard.sending_methods = ["maventa"]
        wizard.action_send_and_print()
        self.run_uploads()
        self.assertEqual(self.there(move)["recipient"]["bid"], "1234567-1")

    def test_what_still_says_the_same_is_left_as_it_is(self):
        move = self.refused(self.to_upload())
        made, pdf = move.ubl_cii_xml_id, move.invoice_pdf_report_id
        self.business.comment = "Nothing of this stands in a file"
        self.upload(move)
        self.assertEqual(move.ubl_cii_xml_id, made)
        self.assertEqual(move.invoice_pdf_report_id, pdf)

    def assertBesideIt(self, move):
        """Check that the file of an invoice stays, and a Peppol file goes out."""
        kept = move.ubl_cii_xml_id
        self.upload(move, delivery="deliver")
        self.assertArrived(move)
        self.assertTrue(self.there(move)["upload"]["document"]["has_pdf"])
        self.assertEqual(move.ubl_cii_xml_id, kept)
        files = self.attachments(move)
        self.assertEqual(len(files.filtered(lambda a: peppol_file.is_peppol(a.raw))), 1)

    def test_another_format_gets_a_peppol_file_beside_it(self):
        move = self.to_upload()
        self.print_as(move, "nlcius")
        self.assertBesideIt(move)

    def test_a_format_of_another_addon_gets_one_too(self):
        move = self.to_upload()
        self.print_as(move, False)
        move.ubl_cii_xml_file = base64.b64encode(b"<Finvoice/>")
        self.assertBesideIt(move)

    def test_another_format_chosen_for_this_time(self):
        move = self.to_upload()
        self.env["account.move.send"]._generate_and_send_invoices(
            move, sending_methods=["maventa"], invoice_edi_format="nlcius"
        )
        self.assertFalse(move.amili_upload_ids)
        self.assertIn("by Maventa alone", self.notes(move)[-1])
        self.assertFalse(move.is_move_sent)
        self.upload(move, delivery="deliver")
        self.assertArrived(move)

    def test_changed_on_the_queue(self):
        """Maventa was away for a day, and the address was corrected meanwhile."""
        move = self.to_upload()
        self.queue_upload(move)
        self.business.street = "Uusikatu 2"
        self.run_uploads()
        self.assertEqual(move.amili_upload_state, "cancelled")
        self.assertIn("has changed", move.amili_upload_text)
        self.assertFalse(self.upload_posts())
        self.upload(move)
        self.assertArrived(move)

    def test_the_language_of_who_sends_changes_nothing(self):
        """A sale to another country of the EU: Odoo writes why it is without VAT."""
        self.env["res.lang"]._activate_lang("fi_FI")
        self.clerk.lang = "fi_FI"
        self.business.write(
            {
                "country_id": self.env.ref("base.se").id,
                "vat": "SE556677889901",
                "company_registry": "5566778899",
            }
        )
        tax = self.company_data["default_tax_sale"].copy({"name": "EU", "amount": 0.0})
        move = self.to_upload(tax=tax, delivery_date="2026-08-20")
        self.upload(move)
        self.assertArrived(move)


@tagged("post_install", "-at_install")
class TestWhatIsConfirmed(FileCase):
    def test_the_window_shows_what_the_file_says(self):
        move = self.to_upload()
        text = self.upload_wizard(move).file_text
        for each in (
            move.name,
            "08/20/2026",
            "1,255.00 EUR" if move.amount_total == 1255 else "EUR",
            "Myyjä Oy, 2077474-0, 0216:003720774740, Myyjänkatu 1 00100 Helsinki FI",
            "Esimerkki Oy, 0112038-9, 0216:003701120389",
        ):
            self.assertIn(each, text)

    def test_an_identifier_of_the_file_itself(self):
        """Not what the contact has: that Odoo leaves out of the file."""
        self.business.write(
            {"vat": False, "peppol_eas": False, "peppol_endpoint": False}
        )
        text = self.upload_wizard(self.to_upload()).file_text
        self.assertNotIn("0112038-9", text)
        self.assertIn("no e-invoice address", text)

    def test_changed_while_the_window_was_open(self):
        move = self.to_upload()
        wizard = self.upload_wizard(move)
        self.business.street = "Uusikatu 2"
        with self.assertRaisesRegex(UserError, "has changed since"):
            wizard.action_upload()
        self.upload(move)
        self.assertArrived(move)

    def test_changed_before_the_files_of_many_are_made(self):
        good, changed = self.to_upload(self.person), self.to_upload()
        self.upload_wizard(good + changed).action_upload()
        self.business.street = "Uusikatu 2"
        self.make_files()
        self.assertEqual(good.amili_upload_state, "queued")
        self.assertFalse(changed.amili_upload_state)
        self.assertIn("has changed since", changed.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestNotSentYet(FileCase):
    """The window proposes to deliver until something has really left."""

    def assertToBeDelivered(self, move):
        wizard = self.upload_wizard(move)
        self.assertNotIn("sent from Odoo before", wizard.summary)
        self.assertEqual(wizard.delivery, "deliver")
        self.assertFalse(move.is_move_sent)

    def assertSentBefore(self, move):
        wizard = self.upload_wizard(move)
        self.assertEqual(wizard.delivery, "store")
        self.assertTrue(move.is_move_sent)

    def test_refused(self):
        self.assertToBeDelivered(self.refused(self.to_upload()))

    def test_refused_twice(self):
        move = self.refused(self.to_upload())
        self.assertToBeDelivered(self.refused(move))

    def test_taken_off_the_queue(self):
        move = self.to_upload()
        self.queue_upload(move)
        move.with_user(self.clerk).action_amili_cancel_upload()
        self.assertToBeDelivered(move)

    def test_it_no_longer_fitted(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.business.street = "Uusikatu 2"
        self.run_uploads()
        self.assertToBeDelivered(move)

    def test_only_stored_has_not_reached_the_customer(self):
        move = self.to_upload()
        self.upload(move, delivery="store")
        self.assertFalse(move.is_move_sent)

    def test_refused_then_delivered(self):
        move = self.refused(self.to_upload())
        self.upload(move)
        self.assertArrived(move, posts=2)
        self.assertTrue(move.is_move_sent)

    def test_maventa_could_not_deliver(self):
        move = self.to_upload()
        self.upload(move)
        self.assertTrue(move.is_move_sent)
        path = f"invoices/{move.maventa_invoice_id}/fail"
        self.sandbox.control(path, {"message": "Recipient not found"})
        self.run_uploads(minutes=5)
        self.assertEqual(move.maventa_delivery_state, "failed")
        self.assertFalse(move.is_move_sent, "to be sent in another way")

    def test_sent_in_another_way_before(self):
        move = self.to_upload()
        self.print_as(move, "ubl_bis3")
        self.queue_upload(move, delivery="deliver")
        self.sandbox.fault("status", **REFUSED)
        self.run_uploads()
        self.assertSentBefore(move)

    def test_mailed_while_it_was_on_the_queue(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.print_as(move, "ubl_bis3")
        self.sandbox.fault("status", **REFUSED)
        self.run_uploads()
        self.assertSentBefore(move)

    def test_mailed_at_the_same_time(self):
        move = self.to_upload()
        self.env["account.move.send"].with_user(
            self.outsider
        )._generate_and_send_invoices(move, sending_methods=["maventa", "manual"])
        self.sandbox.fault("status", **REFUSED)
        self.run_uploads()
        self.assertEqual(move.amili_upload_state, "rejected")
        self.assertSentBefore(move)


@tagged("post_install", "-at_install")
class TestNoFile(FileCase):
    """What Odoo's exporter cannot make stops alone, in words with a way out."""

    def line(self, **values):
        return [
            Command.create(
                {
                    "name": "Konsultointi",
                    "price_unit": 10.0,
                    "tax_ids": [Command.set(self.company_data["default_tax_sale"].ids)],
                    **values,
                }
            )
        ]

    def with_text(self, name):
        return self.invoice(known=False, invoice_line_ids=self.line(name=name))

    def assertStoppedAlone(self, bad, *words):
        """Check the window with a good one beside; return the window."""
        good = self.to_upload(self.person)
        wizard = self.upload_wizard(good + bad)
        lines = {line.move_id: line for line in wizard.line_ids}
        self.assertEqual(lines[good].level, "ready")
        self.assertEqual(lines[bad].level, "stopped")
        for word in words:
            self.assertIn(word, lines[bad].problem)
        return wizard

    def test_a_character_in_a_line(self):
        bad = self.with_text("Konsultointi\uffff")
        wizard = self.assertStoppedAlone(bad, "A character", "Konsultointi")
        self.assertTrue(wizard.can_correct)
        wizard.action_correct()
        self.assertEqual(bad.invoice_line_ids.name, "Konsultointi")
        wizard.action_upload()
        self.make_files()
        self.assertEqual(bad.amili_upload_state, "queued")

    def test_a_character_in_a_line_of_a_closed_period(self):
        bad = self.with_text("Konsultointi\ufffe")
        self.close_the_period()
        wizard = self.upload_wizard(bad)
        wizard.action_correct()
        self.upload(bad)
        self.assertArrived(bad)

    def test_a_character_in_the_name_of_the_customer(self):
        self.business.name = "Esimerkki\uffff Oy"
        bad = self.to_upload()
        self.assertStoppedAlone(bad, "A character", "(Name)")

    def test_a_fault_of_the_exporter_itself(self):
        builder = self.env.registry["account.edi.xml.ubl_bis3"]
        export = builder._export_invoice
        bad = self.to_upload()

        def fails(self, invoice):
            if invoice == bad:
                raise KeyError("cac:Something")
            return export(self, invoice)

        with (
            patch.object(builder, "_export_invoice", fails),
            self.assertLogs("odoo.addons.amili_perinta", "WARNING") as logged,
        ):
            self.assertStoppedAlone(bad, "KeyError")
        self.assertNotIn("Esimerkki", "\n".join(logged.output))

    def test_among_many_whose_files_are_made_in_the_background(self):
        good, bad = self.to_upload(self.person), self.with_text("A\uffff")
        with patch.object(account_move_upload, "MAX_FILES_TRIED", 0):
            self.upload_wizard(good + bad).action_upload()
        self.make_files()
        self.assertEqual(good.amili_upload_state, "queued")
        self.assertFalse(bad.amili_upload_state)
        self.assertFalse(bad.is_move_sent)
        self.assertIn("A character", bad.message_ids[0].body)

    def test_without_any_tax(self):
        bad = self.invoice(known=False)
        wizard = self.assertStoppedAlone(bad, "at least one tax")
        [line] = wizard.line_ids.filtered(lambda line: line.move_id == bad)
        self.assertIn("reset the invoice to draft", line.problem)

    def test_without_any_tax_in_a_closed_period(self):
        bad = self.invoice(known=False)
        self.close_the_period()
        self.assertStoppedAlone(bad, "can no longer be reset", "Maventa ID here")
        # The way out works.
        bad.with_user(
            self.clerk
        ).maventa_invoice_id = "aaaaaaaa-0000-4000-8000-00000000aaaa"
        self.assertNotIn("no_maventa_id", bad._amili_get_alerts()[bad.id])
