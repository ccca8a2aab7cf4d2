import base64
from unittest.mock import patch

import requests
from lxml import etree

from odoo.tests import tagged

from ..upload_case import UploadCase

UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@tagged("post_install", "-at_install")
class TestUploadedFile(UploadCase):
    """What goes out is what Odoo's own export makes, and Maventa can read it."""

    def received(self, move):
        """Return the file that Maventa got, byte by byte."""
        url = f"{self.sandbox.url}/control/invoices/{move.maventa_invoice_id}/file"
        response = requests.get(url, timeout=30)
        response.raise_for_status()
        return response.content

    def document(self, move):
        """Return what Maventa read in the file."""
        return self.sandbox.control(f"invoices/{move.maventa_invoice_id}")["upload"]

    def test_the_file_is_that_of_the_invoice_byte_by_byte(self):
        move = self.to_upload()
        self.upload(move)
        self.assertArrived(move)
        self.assertEqual(self.received(move), move.ubl_cii_xml_id.raw)
        self.assertEqual(self.document(move)["filename"], move.ubl_cii_xml_id.name)

    def test_it_is_odoos_own_export_with_the_pdf_inside(self):
        move = self.to_upload()
        exported, problems = self.env["account.edi.xml.ubl_bis3"]._export_invoice(move)
        self.assertFalse(problems)
        self.upload(move)
        tree = etree.fromstring(self.received(move))
        [pdf] = tree.xpath("cac:AdditionalDocumentReference", namespaces=UBL)
        path = "cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
        content = pdf.findtext(path, None, UBL)
        self.assertEqual(base64.b64decode(content), move.invoice_pdf_report_id.raw)
        tree.remove(pdf)
        self.assertEqual(canonical(tree), canonical(etree.fromstring(exported)))

    def test_maventa_finds_number_dates_total_and_parties(self):
        move = self.to_upload()
        self.upload(move)
        document = self.document(move)["document"]
        self.assertEqual(document["number"], move.name)
        self.assertEqual(document["date"], "2026-08-20")
        self.assertEqual(document["date_due"], "2026-09-03")
        self.assertEqual(document["sum_tax"], move.amount_total)
        self.assertEqual(document["payable"], move.amount_total)
        self.assertEqual(document["currency"], "EUR")
        self.assertEqual(document["sender"]["name"], "Myyjä Oy")
        self.assertEqual(document["sender"]["bid"], "2077474-0")
        self.assertEqual(document["recipient"]["name"], "Esimerkki Oy")
        self.assertEqual(document["recipient"]["bid"], "0112038-9")
        self.assertTrue(document["has_pdf"])

    def test_the_pdf_is_inside_where_the_invoice_was_printed_before(self):
        move = self.to_upload()
        # Mailed as a PDF alone, as Odoo does without an electronic format.
        self.env["account.move.send"]._generate_and_send_invoices(
            move, sending_methods=["manual"], invoice_edi_format=False
        )
        self.assertTrue(move.invoice_pdf_report_id)
        self.assertFalse(move.ubl_cii_xml_id)
        self.upload(move)
        self.assertTrue(self.document(move)["document"]["has_pdf"])
        self.assertIn(
            base64.b64encode(move.invoice_pdf_report_id.raw), self.received(move)
        )

    def test_a_file_that_is_there_already_goes_out_as_it_is(self):
        move = self.to_upload()
        self.env["account.move.send"]._generate_and_send_invoices(
            move, sending_methods=["manual"], invoice_edi_format="ubl_bis3"
        )
        made = move.ubl_cii_xml_id
        self.upload(move)
        self.assertEqual(move.ubl_cii_xml_id, made)
        self.assertEqual(self.received(move), made.raw)

    def test_what_maventa_is_told_besides(self):
        move = self.to_upload()
        self.business.lang = "en_US"
        self.upload(move)
        sent = self.document(move)
        self.assertNotIn("recipient_type", sent, "not of use in Finland")
        self.assertEqual(sent["recipient_email"], "talous@esimerkki.example")
        self.assertEqual(sent["lang"], "EN")
        self.assertTrue(sent["routes"])

    def test_a_consumer(self):
        self.person.email = "maija@malli.example"
        move = self.to_upload(self.person)
        self.upload(move)
        self.assertArrived(move)
        sent = self.document(move)
        self.assertEqual(sent["recipient_email"], "maija@malli.example")
        self.assertEqual(sent["document"]["recipient"]["name"], "Maija Malli")
        self.assertIsNone(sent["document"]["recipient"]["bid"])

    def test_only_stored(self):
        move = self.to_upload()
        self.upload(move, delivery="store")
        self.assertArrived(move)
        sent = self.document(move)
        self.assertFalse(sent["routes"], "nothing is delivered")
        self.assertNotIn("recipient_email", sent)
        self.assertFalse(move.maventa_invoice_undelivered, "it was not meant to be")
        self.assertIn("Only stored", move.amili_upload_text)

    def test_the_frozen_file_is_kept_until_it_has_arrived(self):
        move = self.to_upload()
        upload = self.queue_upload(move).sudo()
        self.assertEqual(base64.b64decode(upload.file), move.ubl_cii_xml_id.raw)
        self.run_uploads()
        self.assertFalse(upload.file)
        self.assertFalse(upload.email)
        self.assertTrue(move.ubl_cii_xml_id)


def canonical(tree):
    """Return XML without the spaces and the empty nodes that say nothing."""
    for node in list(tree.iter()):
        node.text = (node.text or "").strip()
        node.tail = None
    return etree.tostring(tree, method="c14n")


@tagged("post_install", "-at_install")
class TestUpload(UploadCase):
    """From the wizard to Maventa, as people see it."""

    def test_nothing_is_sent_from_the_click(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.assertFalse(self.sandbox.log())
        self.assertEqual(move.amili_upload_state, "queued")
        self.assertIn("within minutes", move.amili_upload_text)

    def test_uuid_is_on_disk_before_the_call_and_becomes_the_id(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        chosen = upload.uuid
        self.run_uploads()
        self.assertArrived(move)
        self.assertEqual(move.maventa_invoice_id, chosen)

    def test_the_chatter_says_who_sent_it_and_that_it_arrived(self):
        move = self.to_upload()
        self.upload(move)
        queued, arrived = self.notes(move)[-2:]
        self.assertIn("within minutes", queued)
        self.assertIn("is at Maventa", arrived)
        [message] = move.message_ids.filtered(lambda m: "within minutes" in m.body)
        self.assertEqual(message.author_id, self.clerk.partner_id)

    def test_the_sender_gets_a_small_notification(self):
        move = self.to_upload()
        self.queue_upload(move)
        told = []
        with patch.object(
            self.env.registry["res.users"],
            "_bus_send",
            lambda user, kind, content: told.append((user, kind, content)),
        ):
            self.run_uploads()
        [(user, kind, content)] = told
        self.assertEqual((user, kind), (self.clerk, "amili_perinta/told"))
        self.assertEqual(content["title"], move.name)
        self.assertIn("is at Maventa", content["message"])

    def test_what_maventa_has_already_is_never_uploaded(self):
        """Somebody sent it there by hand; the id is taken."""
        move = self.to_upload()
        self.queue_upload(move)
        there = "aaaaaaaa-0000-4000-8000-00000000aaaa"
        self.sandbox.add_invoice(move, id=there, status="DELIVERED")
        self.run_uploads()
        self.assertEqual(move.maventa_invoice_id, there)
        self.assertArrived(move, posts=0)
        self.assertIn("had this invoice already", self.notes(move)[-1])

    def test_the_number_used_twice_for_the_same_is_told(self):
        move = self.to_upload()
        self.queue_upload(move)
        for number in (1, 2):
            there = f"aaaaaaaa-0000-4000-8000-{number:012}"
            self.sandbox.add_invoice(move, id=there)
        self.run_uploads()
        self.assertUploadRejected(move, "has 2 invoices that match")
        self.assertFalse(self.upload_posts())

    def test_the_number_used_for_another_of_that_day_is_told(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.add_invoice(
            move, id="aaaaaaaa-0000-4000-8000-000000000001", sum_tax=1.0
        )
        self.run_uploads()
        self.assertUploadRejected(move, "date, amount or Business ID differs")
        self.assertFalse(self.upload_posts())

    def test_the_number_of_another_year_does_not_matter(self):
        move = self.to_upload()
        self.queue_upload(move)
        earlier = "aaaaaaaa-0000-4000-8000-000000000001"
        self.sandbox.add_invoice(move, id=earlier, date="2020-08-20")
        self.run_uploads()
        self.assertEqual(move.amili_upload_state, "sent")
        self.assertNotEqual(move.maventa_invoice_id, earlier)
        self.assertEqual(len(self.upload_posts()), 1)

    def test_an_id_that_another_invoice_has_is_not_taken(self):
        other = self.invoice()
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.control("reset", {})
        self.sandbox.add_invoice(move, id=other.maventa_invoice_id)
        self.run_uploads()
        self.assertUploadRejected(move, "Another invoice has the ID")

    def test_after_the_upload_it_can_be_handed_over(self):
        move = self.to_upload()
        self.assertIn("no_maventa_id", move._amili_get_alerts()[move.id])
        self.upload(move)
        self.assertNotIn("no_maventa_id", move._amili_get_alerts()[move.id])
        self.send(move)
        self.assertEqual(move.amili_state, "pending")

    def test_many_at_once(self):
        moves = self.to_upload() + self.to_upload(self.person) + self.to_upload()
        self.queue_upload(moves)
        self.assertFalse(self.sandbox.log())
        self.run_uploads()
        self.assertEqual(moves.mapped("amili_upload_state"), ["sent"] * 3)
        self.assertEqual(len(self.invoices_at_maventa()), 3)
        self.assertFalse(any(moves.mapped("sending_data")))
        self.assertEqual(moves.amili_upload_ids.user_id, self.clerk)

    def test_more_than_a_batch(self):
        moves = self.env["account.move"].union(*(self.to_upload() for _i in range(30)))
        uploads = self.env["amili.invoice.upload"]
        for move in moves:
            uploads |= self.queue_upload(move)
        self.run_uploads()
        self.assertEqual(set(uploads.mapped("state")), {"sent"})
        self.assertEqual(len(self.upload_posts()), 30)
