from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..upload_case import UploadCase

POST = {"path": "/v1/invoices$", "method": "POST"}
ASK = {"path": "/v1/invoices/[^/]+$", "method": "GET"}
SEARCH = {"path": "/v1/invoices$", "method": "GET"}
REFUSED = {
    "code": "invoice_create_api_error",
    "message": "Error while creating invoice",
    "details": ["ERROR: INVOICE DATE NOT FOUND"],
}


@tagged("post_install", "-at_install")
class TestLostAnswer(UploadCase):
    """The request left and no usable answer came: ask, never send twice."""

    def lost(self, kind="drop_after", **options):
        """Send an invoice whose answer is lost."""
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault(kind, **POST, **options)
        self.run_uploads()
        self.assertEqual(move.amili_upload_state, "unknown", move.amili_upload_text)
        self.assertIn("Nothing is sent twice", move.amili_upload_text)
        self.assertFalse(move.maventa_invoice_id)
        return move

    def test_it_had_arrived(self):
        move = self.lost()
        self.run_uploads(minutes=3)
        self.assertArrived(move)

    def test_it_had_not_arrived(self):
        move = self.lost("drop_before")
        chosen = move.amili_upload_ids.uuid
        self.run_uploads(minutes=3)
        self.assertEqual(move.amili_upload_state, "unknown", "Maventa may be busy yet")
        self.assertEqual(len(self.upload_posts()), 1)
        self.run_uploads(minutes=5)
        self.run_uploads(minutes=30)
        self.assertArrived(move, posts=2)
        self.assertEqual(move.maventa_invoice_id, chosen, "under the same id")

    def test_the_question_fails_as_well(self):
        move = self.lost()
        self.sandbox.fault("status", status=503, **ASK)
        self.run_uploads(minutes=3)
        self.assertEqual(move.amili_upload_state, "unknown")
        self.run_uploads(hours=1)
        self.assertArrived(move)

    def test_each_kind_of_a_useless_answer(self):
        for kind, options in (
            ("status_after", {"status": 500}),
            ("status_after", {"status": 502}),
            ("json", {"body": ["what?"]}),
            ("not_json", {}),
        ):
            with self.subTest(kind=kind, **options):
                self.reset_sandbox()
                self.lost(kind, **options)

    def test_not_found_without_rights_tells_nothing(self):
        """A token that may not see invoices gets 404 for what is there."""
        move = self.lost()
        self.sandbox.fault("status", status=404, times=None, **ASK)
        self.change_company(scopes=["company:read", "receivables:assignments"])
        self.run_uploads(minutes=10)
        self.run_uploads(hours=5)
        self.assertEqual(move.amili_upload_state, "unknown")
        self.assertEqual(len(self.upload_posts()), 1, "not sent again")

    def test_it_arrives_late_and_is_found_before_it_is_sent_again(self):
        move = self.lost("drop_before")
        self.run_uploads(minutes=3)
        # Maventa was busy for long: the first request comes through after all.
        self.sandbox.add_invoice(move, id=move.amili_upload_ids.uuid)
        self.sandbox.fault("status", status=404, **ASK)
        self.run_uploads(minutes=10)
        self.run_uploads(minutes=30)
        self.assertArrived(move, posts=1)
        self.assertFalse(move.amili_upload_ids.was_there, "it is ours")

    def test_the_process_died(self):
        move = self.to_upload()
        upload = self.queue_upload(move).sudo()
        self.company.invalidate_recordset()
        upload._set_state(
            "sending",
            maventa_company_uuid=self.company.sudo().amili_client_id,
            claimed_at=fields.Datetime.now(),
            next_try_at=fields.Datetime.add(fields.Datetime.now(), minutes=10),
        )
        self.run_uploads(minutes=5)
        self.assertEqual(upload.state, "sending", "it may still be at work")
        for _run in range(3):
            self.run_uploads(minutes=15)
        self.assertArrived(move)

    def test_days_without_an_answer_are_a_task(self):
        move = self.lost()
        self.sandbox.fault("status", status=503, times=None, **ASK)
        for _day in range(4):
            self.run_uploads(days=1)
        self.run_cron("deadlines")
        [task] = self.tasks(move)
        self.assertIn("look whether", task.summary)


@tagged("post_install", "-at_install")
class TestRefused(UploadCase):
    def test_maventas_details_stand_in_plain_text(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault(
            "status",
            status=422,
            body=REFUSED,
            **POST,
        )
        self.run_uploads()
        self.assertUploadRejected(
            move, "Correct what it names", "ERROR: INVOICE DATE NOT FOUND"
        )
        self.assertIn("INVOICE DATE NOT FOUND", self.notes(move)[-1])

    def test_the_hand_over_says_why_it_is_not_there(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault("status", status=422, body=REFUSED, **POST)
        self.run_uploads()
        [alert] = [
            alert
            for alert in self.wizard(move).alerts.values()
            if "Maventa ID is missing" in alert["message"]
        ]
        self.assertIn("did not take", alert["message"])
        self.assertIn("INVOICE DATE NOT FOUND", alert["message"])

    def test_too_big(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault("status", status=413, **POST)
        self.run_uploads()
        self.assertUploadRejected(move)

    def test_another_company_at_maventa(self):
        """The sandbox itself refuses a sender with another Business ID."""
        self.company.partner_id.write(
            {"vat": "FI01120389", "company_registry": "0112038-9"}
        )
        move = self.to_upload(self.person)
        self.upload(move)
        self.assertUploadRejected(move, "SENDER IS ANOTHER COMPANY")

    def test_refused_can_be_sent_again(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault("status", status=422, **POST)
        self.run_uploads()
        self.assertTrue(move.amili_can_upload)
        self.upload(move)
        self.assertArrived(move, posts=2)

    def test_maventa_cannot_be_reached(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault("status", status=429, times=None, path="/v1/invoices")
        self.run_uploads()
        self.assertEqual(move.amili_upload_state, "queued")
        self.assertIn("Not sent to Maventa yet", move.amili_upload_text)
        self.sandbox.clear_faults()
        self.run_uploads(hours=1)
        self.assertArrived(move, posts=1)

    def test_to_try_again_at_once_is_not_at_once(self):
        """Else the same run would ask again and again until its time is over."""
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault(
            "status", status=429, headers={"Retry-After": "0"}, times=3, **SEARCH
        )
        self.run_uploads()
        self.assertEqual(len(self.sandbox.log("GET", "/v1/invoices")), 1)
        self.assertEqual(move.amili_upload_state, "queued")

    def test_a_search_that_fails_sends_nothing(self):
        move = self.to_upload()
        self.queue_upload(move)
        for status in (500, 400, 404):
            self.sandbox.fault("status", status=status, **SEARCH)
            self.run_uploads(hours=5)
            self.assertEqual(move.amili_upload_state, "queued", status)
        self.assertFalse(self.upload_posts())
        self.run_uploads(hours=5)
        self.assertArrived(move)

    def test_wrong_keys_hold_all_up_with_one_task(self):
        moves = self.to_upload() + self.to_upload()
        self.queue_upload(moves)
        self.company.sudo().amili_client_secret = "wrong"
        self.run_uploads()
        self.assertEqual(moves.mapped("amili_upload_state"), ["queued"] * 2)
        self.assertEqual(len(self.tasks(moves)), 1)
        self.assertIn("does not accept the credentials", moves[1].amili_upload_text)
        # Corrected keys wake the queue at once.
        self.connect(self.company)
        self.run_uploads()
        self.assertEqual(moves.mapped("amili_upload_state"), ["sent"] * 2)

    def test_no_keys_any_more(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.company.sudo().amili_client_secret = False
        self.run_uploads()
        self.assertIn("credentials for Maventa are missing", move.amili_upload_text)


@tagged("post_install", "-at_install")
class TestChangedMeanwhile(UploadCase):
    """Between the click and the sending, or while it is under way."""

    def unknown(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault("drop_before", **POST)
        self.run_uploads()
        self.assertEqual(move.amili_upload_state, "unknown")
        return move

    def test_reset_to_draft_takes_it_off_the_queue(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        move.button_draft()
        self.assertEqual(upload.state, "cancelled")
        self.run_uploads()
        self.assertFalse(self.sandbox.log())
        move.action_post()
        self.upload(move)
        self.assertArrived(move)

    def test_cancelled_by_another_way_is_not_sent(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        move.state = "cancel"
        self.run_uploads()
        self.assertEqual(upload.state, "cancelled")
        self.assertFalse(self.upload_posts())

    def test_another_file_is_not_sent(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        move.ubl_cii_xml_id.raw = b"<Invoice/>"
        self.run_uploads()
        self.assertEqual(upload.state, "cancelled")
        self.assertIn("has changed", move.amili_upload_text)
        self.assertFalse(self.upload_posts())
        self.assertIn("was not sent", self.tasks(move).summary)

    def test_looked_up_meanwhile(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        move.maventa_invoice_id = "aaaaaaaa-0000-4000-8000-00000000aaaa"
        self.run_uploads()
        self.assertEqual(upload.state, "cancelled")
        self.assertFalse(self.upload_posts())
        self.assertFalse(self.tasks(move), "nothing is to be done")

    def test_what_may_have_arrived_stays_in_the_books(self):
        move = self.unknown()
        with self.assertRaisesRegex(ValidationError, "on its way to Maventa"):
            move.button_draft()
        with self.assertRaisesRegex(ValidationError, "on its way to Maventa"):
            move.state = "cancel"
        with self.assertRaisesRegex(ValidationError, "on its way to Maventa"):
            move.maventa_invoice_id = "aaaaaaaa-0000-4000-8000-00000000aaaa"
        with self.assertRaisesRegex(UserError, "on its way to Maventa"):
            move.with_context(force_delete=True).unlink()
        with self.assertRaisesRegex(UserError, "on its way to Maventa"):
            move.amili_upload_ids.sudo().unlink()

    def test_nor_does_it_leave_by_a_trick(self):
        move = self.unknown()
        with self.assertRaises(AccessError):
            move.with_user(self.outsider).write({"amili_upload_id": False})
        # What blocks it is the upload itself, not what the invoice shows of it.
        move.sudo().write({"amili_upload_id": False})
        with self.assertRaises(ValidationError):
            move.with_user(self.outsider).button_draft()
            self.env.flush_all()

    def test_a_queued_one_can_be_taken_back(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        move.with_user(self.clerk).action_amili_cancel_upload()
        self.assertEqual(upload.state, "cancelled")
        self.assertTrue(move.amili_can_upload)
        with self.assertRaisesRegex(UserError, "no longer be taken"):
            move.with_user(self.clerk).action_amili_cancel_upload()

    def test_another_environment_cancels_what_waits(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        self.company.amili_environment = "test"
        self.run_uploads()
        self.assertEqual(upload.state, "cancelled")
        self.assertIn("another environment", move.amili_upload_text)
        self.assertEqual(self.tasks(move).user_id, self.clerk)
        self.assertFalse(self.sandbox.log())

    def test_another_account_is_not_asked_for_what_is_unknown(self):
        for values in (
            {"amili_environment": "test"},
            {"amili_client_id": "22222222-2222-4222-8222-222222222222"},
        ):
            with self.subTest(**values):
                self.reset_sandbox()
                self.connect(self.company)
                move = self.unknown()
                self.sandbox.clear_log()
                self.company.sudo().write(values)
                self.run_uploads(minutes=10)
                self.assertEqual(move.amili_upload_state, "unknown")
                [activity] = move.activity_ids
                self.assertIn("whether the invoice has arrived", activity.summary)
                self.assertFalse(self.sandbox.log("GET", "/v1/invoices"))

    def test_an_id_of_another_environment_is_none(self):
        move = self.to_upload()
        self.upload(move)
        self.company.amili_environment = "production"
        alert = move._amili_get_alerts()[move.id]["no_maventa_id"]
        self.assertIn("Sandbox on this machine", alert["message"])
        self.assertIn("Production", alert["message"])
        self.assertTrue(move.amili_can_upload, "it can be sent there")
        self.assertIn("another environment", move.amili_upload_text)

    def test_looked_up_in_the_new_environment(self):
        move = self.to_upload()
        self.upload(move)
        there = move.maventa_invoice_id
        move.sudo().maventa_environment = "test"
        self.assertEqual(move.with_user(self.clerk)._amili_want_look_up(), 1)
        self.run_cron("look_up")
        self.assertEqual(move.maventa_environment, "sandbox")
        self.assertEqual(move.maventa_invoice_id, there)

    def test_an_id_entered_by_hand_is_of_today(self):
        move = self.to_upload()
        self.upload(move)
        self.assertTrue(move.maventa_since)
        self.company.amili_environment = "production"
        move.maventa_invoice_id = "aaaaaaaa-0000-4000-8000-00000000aaaa"
        self.assertEqual(move.maventa_environment, "production")
        self.assertFalse(move.maventa_since, "nothing is known of that one")
        self.assertFalse(move.maventa_follow_at)


@tagged("post_install", "-at_install")
class TestUploadCompanies(UploadCase):
    """Each company its own account; one's failure never stops the other."""

    def test_two_companies(self):
        other = self.setup_other_company(name="Toinen Oy")
        account = {
            "client_id": "22222222-2222-4222-8222-222222222222",
            "client_secret": "other-secret",
            "vendor_api_key": "other-vendor",
        }
        self.connect(other["company"], **account)
        self.prepare(other["company"], "0112038-9")
        self.sandbox.control(
            "companies", {**account, "name": "Toinen Oy", "bid": "0112038-9"}
        )
        ours = self.to_upload(self.person)
        theirs = self.to_upload(
            self.person, company=other["company"], tax=other["default_tax_sale"]
        )
        self.queue_upload(ours)
        both = self.new_user(
            "both",
            "amili_perinta.group_amili_user",
            companies=self.company + other["company"],
        )
        self.upload_wizard(theirs, both).with_context(
            allowed_company_ids=other["company"].ids
        ).action_upload()
        self.company.sudo().amili_client_secret = "wrong"
        self.run_uploads()
        self.assertEqual(ours.amili_upload_state, "queued")
        self.assertEqual(theirs.amili_upload_state, "sent", theirs.amili_upload_text)
        [there] = self.invoices_at_maventa()
        self.assertEqual(there["client_id"], account["client_id"])
