from datetime import datetime
from decimal import Decimal

from odoo.tests import tagged

from ...maventa import contract, errors
from ..client_case import EMAIL, INVOICE, ClientCase, an_upload
from ..sandbox_process import DEFAULT_COMPANY, Sandbox

UPLOAD = "/v1/invoices$"


@tagged("post_install", "-at_install")
class TestInvoicesAgainstSandbox(ClientCase):
    """Invoices against the sandbox, which shares no code with the client."""

    personal = ("mallinen", "Esimerkki Oy")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        super().setUp()
        self.sandbox.reset()
        self.maventa = self.connect(self.sandbox.url)
        self.sent = an_upload()

    def stored(self):
        return self.sandbox.control("invoices")

    def upload(self):
        return self.maventa.upload_invoice(self.sent)

    def test_an_upload_arrives_as_it_was_sent(self):
        told = self.upload()
        self.assertEqual((told.id, told.number), (self.sent.uuid, "INV/2026/00017"))
        self.assertEqual((told.total, told.currency), (Decimal("1255.0"), "EUR"))
        self.assertEqual(self.maventa.invoice(told.id), told)
        [stored] = self.stored()
        form = stored["upload"]
        self.assertEqual(form["routes"], ["einvoice", "email", "print"])
        self.assertEqual(form["recipient_email"], EMAIL)
        self.assertEqual(form["lang"], "FI")
        self.assertEqual(form["filename"], self.sent.filename)
        self.assertEqual(form["size"], len(INVOICE))

    def test_what_is_only_kept_is_delivered_by_no_route(self):
        self.sent = an_upload(deliver=False)
        self.upload()
        [stored] = self.stored()
        self.assertEqual(stored["upload"]["routes"], [])

    def test_the_same_upload_twice_is_one_invoice(self):
        self.assertEqual(self.upload(), self.upload())
        self.assertEqual(len(self.stored()), 1)

    def test_the_uuid_of_another_company(self):
        other = "22222222-2222-4222-8222-222222222222"
        self.sandbox.control(
            "companies", {"client_id": other, "name": "Toinen Oy", "bid": "0112038-9"}
        )
        self.sandbox.control("invoices", {"id": self.sent.uuid, "client_id": other})
        self.assertOutcome(errors.Conflict, self.upload)

    def test_the_outcome_is_unknown_whether_it_was_processed_or_not(self):
        for fault, options, stored in (
            ("drop_before", {}, 0),
            ("drop_after", {}, 1),
            ("hang", {"seconds": 60}, 1),
            ("status", {"status": 502, "body": "<html>"}, 0),
            ("status_after", {"status": 503, "body": ""}, 1),
            ("truncate", {}, 1),
            ("not_json", {}, 0),
        ):
            with self.subTest(fault):
                self.sandbox.reset()
                self.maventa = self.connect(self.sandbox.url, timeout=0.2)
                self.maventa.current()
                self.sandbox.fault(fault, method="POST", path=UPLOAD, **options)
                self.assertOutcome(errors.UnknownOutcome, self.upload)
                self.sandbox.clear_faults()
                self.assertEqual(len(self.stored()), stored)
                if stored:
                    found = self.maventa.invoice(self.sent.uuid)
                    self.assertEqual(found.number, "INV/2026/00017")
                else:
                    self.assertOutcome(
                        errors.NotFound, self.maventa.invoice, self.sent.uuid
                    )

    def test_a_token_that_dies_does_not_double_an_upload(self):
        self.maventa.current()
        self.sandbox.fault("token_dies", method="POST", path=UPLOAD)
        self.upload()
        self.assertEqual(len(self.stored()), 1)
        statuses = [e["status"] for e in self.sandbox.log("POST", "/v1/invoices")]
        self.assertEqual(statuses, [401, 201])

    def test_an_invoice_that_maventa_does_not_take(self):
        self.sent = an_upload(
            content=INVOICE.replace(b"<cbc:IssueDate>2026-10-01</cbc:IssueDate>", b"")
        )
        error = self.assertOutcome(errors.Refused, self.upload)
        self.assertEqual(error.code, "invoice_create_api_error")
        self.assertEqual(error.details, ("ERROR: INVOICE DATE NOT FOUND",))
        self.assertEqual(self.stored(), [])

    def test_a_file_that_is_too_big(self):
        self.sent = an_upload(content=b"x" * (33 * 2**20))
        with self.assertRaises(errors.MaventaError) as caught:
            self.upload()
        # The server may break off while the rest is still on its way.
        kinds = (errors.Refused, errors.UnknownOutcome)
        self.assertIsInstance(caught.exception, kinds)
        self.assertEqual(self.stored(), [])

    def test_what_became_of_it(self):
        self.upload()
        self.sandbox.control(
            f"invoices/{self.sent.uuid}/fail", {"message": "Osoitetta ei ole"}
        )
        told = self.maventa.invoice(self.sent.uuid)
        self.assertTrue(told.is_failed)
        received, failed = self.maventa.invoice_actions(told.id)
        self.assertEqual((received.kind, failed.kind), ("received", "error"))
        self.assertEqual(failed.message, "Osoitetta ei ole")
        self.assertIsInstance(failed.happened_at, datetime)

    def test_a_missing_scope_is_named(self):
        self.sandbox.control(
            "companies",
            {"client_id": DEFAULT_COMPANY["client_id"], "scopes": ["company:read"]},
        )
        error = self.assertOutcome(errors.AccessProblem, self.upload)
        self.assertEqual(error.reason, "scope")
        error = self.assertOutcome(
            errors.AccessProblem, self.maventa.check_access, contract.SCOPES_OF_UPLOAD
        )
        self.assertEqual(error.details, ("invoice:send",))

    def test_cases_made_elsewhere(self):
        self.upload()
        [made] = self.sandbox.control(
            "cases",
            {
                "invoice_ids": [self.sent.uuid],
                "by_v2": False,
                "capital_amount": 1000,
                "events": [{"action": "close", "result": "paid"}],
            },
        )
        [told] = self.maventa.cases(1).items
        self.assertEqual(
            (told.id, told.invoice_id), (made["assignment_id"], self.sent.uuid)
        )
        self.assertTrue(told.is_closed)
        self.assertEqual((told.capital_amount, told.reminder_amount), (1000, None))
        self.assertEqual((told.collection_type, told.receivables_type), ("", ""))
        self.assertIsInstance(told.created_at, datetime)
        events = self.maventa.case(told.id).events
        self.assertEqual([event.kind for event in events], ["paid", "close"])
        self.assertFalse(any(event.is_seen for event in events))

    def test_what_was_handed_over_is_told_again(self):
        self.sandbox.control(
            "cases",
            {
                "count": 1,
                "receivables_type": "b2c_rental",
                "collection_type": "collection",
                "reminder_amount": 5,
            },
        )
        [told] = self.maventa.cases(1).items
        self.assertEqual(told.receivables_type, "b2c_rental")
        self.assertEqual(told.collection_type, "collection")
        self.assertEqual((told.capital_amount, told.reminder_amount), (1240, 5))

    def test_nothing_secret_or_personal_is_logged_or_raised(self):
        records = self.log_records()
        self.upload()
        self.maventa.invoice(self.sent.uuid)
        for kind in ("drop_before", "status", "not_json", "truncate", "status_after"):
            self.sandbox.fault(kind, method="POST", path=UPLOAD, **{"status": 422})
            try:
                self.maventa.upload_invoice(an_upload())
            except errors.MaventaError as exc:
                records.append(f"{exc} {exc!r} {exc.__cause__!r} {exc.remote_text}")
        told = "\n".join(records)
        self.assertIn("/v1/invoices: 201 in", told)
        self.assertTellsNothing(told)
        self.assertNotIn("Bearer", told)
