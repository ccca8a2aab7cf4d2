"""From a company that never asked for Amili Perintä to one that hands over."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..activation_case import GET, IBAN, PUT, ActivationCase


@tagged("post_install", "-at_install")
class TestActivation(ActivationCase):
    """From a company that never asked to one that hands over."""

    def test_from_nothing_to_a_case(self):
        self.assertEqual(self.company.amili_service_state, "none")
        service = self.pending()
        self.assertEqual(service.state, "pending")
        self.assertEqual(self.company.amili_service_state, "pending")
        self.assertIn("/kyc/", service.sudo().activation_url)
        self.assertIn("Next step", service.banner)
        [put] = self.puts()
        self.assertEqual(put["status"], 200)
        request = self.at_maventa()["service_request"]
        self.assertEqual(request["service_type"], "express")
        self.assertEqual(request["iban"], IBAN)
        self.assertEqual(request["bic"], "NDEAFIHH")
        self.assertEqual(request["contact_person"], self.administrator.name)
        self.assertEqual(request["contact_phone_number"], "+358401234567")
        self.assertEqual(
            request["billing_address"],
            {
                "streets": ["Yhtiökatu 1"],
                "zip_code": "00100",
                "city": "Helsinki",
                "country": "FI",
            },
        )
        self.assertNotIn("authorization_email", request)
        move = self.invoice()
        with self.assertRaisesRegex(UserError, "under way since"):
            self.wizard(move).action_transfer()
        self.set_service("ACTIVE")
        self.assertTrue(service.sudo().request)
        service = self.follow(minutes=5)
        self.assertEqual(service.state, "active")
        self.assertFalse(service.sudo().request, "it names people")
        self.assertFalse(service.sudo().activation_url)
        self.assertFalse(service.sudo().request, "kept no longer than needed")
        self.send(move)
        self.assertSent(move)

    def test_asking_before_anything_was_started(self):
        company = self.company.with_user(self.administrator)
        message = company.action_amili_test_connection()["params"]["message"]
        self.assertIn("has not been started", message)
        self.assertNotIn("NONE", message)
        self.assertTrue(self.company._amili_service_is_off())

    def test_opening_the_link(self):
        service = self.pending().with_user(self.administrator)
        action = service.action_open_identification()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(action["url"], self.at_maventa()["activation_url"])
        self.set_service("ACTIVE")
        self.follow(minutes=5)
        with self.assertRaises(UserError):
            service.action_open_identification()

    def test_mailing_the_link_instead(self):
        service = self.pending().with_user(self.administrator)
        action = service.action_mail_instead()
        wizard = self.env["amili.activation.wizard"].with_user(self.administrator)
        wizard = wizard.with_context(**action["context"]).create({})
        self.assertEqual(wizard.link_by, "mail")
        self.assertFalse(wizard.is_ready)
        wizard.authorization_email = "johtaja@firma.example"
        self.assertTrue(wizard.is_ready)
        wizard.action_activate()
        self.follow()
        self.assertEqual(
            self.at_maventa()["authorization_email"], "johtaja@firma.example"
        )
        self.assertEqual(self.service.state, "pending")
        self.assertEqual(self.service.sudo().mailed_to, "johtaja@firma.example")

    def test_what_is_asked_and_how_often(self):
        """Often while somebody waits, then hourly, then daily, and then each day."""
        pauses = []
        self.pending()
        for wait in (0, 30, 40, 20, 60 * 24 * 7):
            service = self.follow(minutes=wait)
            service.next_try_at = fields.Datetime.now()
            service = self.follow()
            pauses.append(service.next_try_at - fields.Datetime.now())
        often, hourly, daily = timedelta(minutes=2), timedelta(hours=1), timedelta(1)
        self.assertEqual(pauses, [often, often, hourly, hourly, daily])
        self.set_service("ACTIVE")
        service = self.follow(days=1)
        self.assertEqual(service.state, "active")
        self.assertEqual(service.next_try_at - fields.Datetime.now(), daily)
        before = len(self.sandbox.log("GET", "services/amili"))
        self.follow(hours=1)
        self.assertEqual(len(self.sandbox.log("GET", "services/amili")), before)

    def test_activity_at_maventa_is_noticed_without_anybody(self):
        """Who activates it in Maventa's own pages needs nothing here."""
        self.set_service("ACTIVE")
        self.assertEqual(self.follow().state, "active")
        self.assertEqual(self.company.amili_service_state, "active")
        self.assertFalse(self.puts())

    def test_active_already_is_not_asked_for_again(self):
        self.start()
        self.set_service("ACTIVE")
        self.assertEqual(self.follow().state, "active")
        self.assertFalse(self.puts())

    def test_rejected(self):
        self.sandbox.control("settings", {"moods": ["service_words"]})
        self.pending()
        self.set_service("REJECTED", service_reason="Y-tunnus ei ole voimassa")
        service = self.follow(minutes=5)
        self.assertEqual(service.state, "rejected")
        self.assertTask("failed", "Y-tunnus ei ole voimassa")
        self.assertIn("Y-tunnus", service.message_ids[0].preview)
        self.assertTrue(self.company._amili_service_is_off())
        # Once more, from the start.
        self.start()
        service = self.follow()
        self.assertEqual(service.state, "pending")
        self.assertFalse(service.activity_ids)
        self.assertEqual(len(self.puts()), 2)

    def test_turned_down_in_the_words_that_are_described(self):
        """There is none for it: the service is off again."""
        self.pending()
        self.set_service("REJECTED")
        service = self.follow(minutes=5)
        self.assertEqual(service.state, "disabled")
        self.assertTask("failed", "ask Maventa")
        self.start()
        self.assertEqual(self.follow().state, "pending")

    def test_refused_keeps_what_was_entered(self):
        self.sandbox.fault(
            "status",
            status=422,
            body={"code": "invalid", "message": "No", "details": ["bic is unknown"]},
            **PUT,
        )
        service = self.pending(contact_person="Pekka Pomo")
        self.assertEqual(service.state, "refused")
        self.assertIn("bic is unknown", service.banner)
        self.assertTask("bic is unknown")
        self.assertEqual(self.activation().contact_person, "Pekka Pomo")
        # What Maventa says of it from day to day does not hide the refusal.
        self.assertEqual(self.follow(days=1).state, "refused")
        self.assertEqual(self.pending().state, "pending")
        self.assertFalse(self.service.activity_ids)

    def test_lost_answers(self):
        for kind in ("drop_after", "truncate", "hang"):
            with self.subTest(kind):
                self.reset_sandbox()
                self.change_company(service_status=None)
                self.service.unlink()
                self.be_impatient()
                self.sandbox.fault(
                    kind, **PUT, **({"seconds": 2} if kind == "hang" else {})
                )
                service = self.pending()
                self.assertEqual(service.state, "unknown")
                self.assertIn("not known", service.banner)
                service = self.follow(minutes=10)
                self.assertEqual(service.state, "pending")
                self.assertEqual(len(self.puts()), 1)

    def test_request_that_did_not_arrive_goes_out_again(self):
        self.sandbox.fault("status", status=500, **PUT)
        self.assertEqual(self.pending().state, "unknown")
        self.assertEqual(self.follow(minutes=3).state, "unknown", "still under way?")
        self.assertEqual(len(self.puts()), 1)
        self.follow(minutes=3)
        self.assertEqual(self.follow(minutes=3).state, "unknown", "denied once")
        self.assertEqual(self.follow(minutes=30).state, "pending")
        self.assertEqual(len(self.puts()), 2)

    def test_killed_worker(self):
        service = self.start()
        service.write(
            {"state": "sending", "next_try_at": "2026-10-20 09:10:00"},
        )
        self.assertEqual(self.follow().state, "sending")
        self.set_service("PENDING")
        self.assertEqual(self.follow(minutes=11).state, "pending")
        self.assertFalse(self.puts())

    def test_access_problem(self):
        self.start()
        self.company.amili_client_secret = "wrong"
        service = self.follow()
        self.assertEqual(service.state, "queued")
        self.assertIn("credentials", service.banner)
        self.assertTask("does not get through", "credentials")
        notes = len(service.message_ids)
        service = self.follow(hours=2)
        self.assertEqual(len(service.message_ids), notes)
        self.assertTask()
        self.connect(self.company)
        service = self.follow(hours=2)
        self.assertEqual(service.state, "pending")
        self.assertFalse(service.activity_ids)

    def test_never_answered(self):
        self.sandbox.fault("status", status=503, times=None, path="services/amili")
        self.pending()
        for _hour in range(15):
            self.follow(hours=4)
        self.assertTask("ask Maventa")
        self.assertEqual(self.service.state, "unknown")

    def test_reminders(self):
        """A task after a week, another a week later, and never two at once."""
        self.pending()
        self.follow(days=6)
        self.assertFalse(self.service.activity_ids)
        self.follow(days=2)
        self.assertTask("not finished")
        task = self.service.activity_ids
        self.assertEqual(task.date_deadline, self.company._amili_today())
        for _day in range(10):
            self.follow(days=1)
        # As it was given: it is not renewed while it is open.
        self.assertEqual(len(self.service.activity_ids), 1)
        self.service.activity_ids.action_feedback()
        self.follow(days=1)
        self.assertTask("not finished")
        self.service.activity_ids.action_feedback()
        self.follow(days=3)
        self.assertFalse(self.service.activity_ids, "once a week")
        self.set_service("ACTIVE")
        self.follow(days=5)
        self.assertFalse(self.service.activity_ids)

    def test_becoming_active_ends_the_task_and_wakes_the_queue(self):
        assignment = self.hand_over(self.invoice())
        assignment.sudo().next_try_at = "2026-12-01 00:00:00"
        self.pending()
        self.follow(days=8)
        self.assertTask("not finished")
        self.set_service("ACTIVE")
        service = self.follow(days=1)
        self.assertFalse(service.activity_ids)
        self.assertEqual(assignment.next_try_at, fields.Datetime.now())

    def test_lapsed(self):
        self.set_service("ACTIVE")
        self.follow()
        move = self.invoice()
        self.hand_over(move)
        self.set_service("DISABLED")
        service = self.follow(days=1)
        self.assertEqual(service.state, "disabled")
        [task] = service.activity_ids
        self.assertIn("not active any more", task.summary)
        self.run_queue()
        self.assertEqual(move.amili_state, "queued")
        self.assertFalse(self.posts())
        with self.assertRaisesRegex(UserError, "not active"):
            self.wizard(self.invoice()).action_transfer()
        self.follow(days=1)
        self.assertEqual(len(self.service.activity_ids), 1)

    def test_word_that_nobody_knows(self):
        self.pending()
        self.sandbox.fault("json", body={"status": "IN_REVIEW"}, **GET)
        service = self.follow(minutes=5)
        self.assertEqual(service.state, "other")
        self.assertIn("IN_REVIEW", service.banner)
        self.assertTrue(self.company._amili_service_is_off())

    def test_another_service_is_told_of(self):
        self.sandbox.fault(
            "json", body={"status": "ACTIVE", "service_type": "kassavirta"}, **GET
        )
        self.assertIn("Kassavirta", self.follow().banner)

    def test_not_found_without_rights_tells_nothing(self):
        """A token that may not see the service gets 404 for one that is active."""
        self.set_service("ACTIVE")
        self.assertEqual(self.follow().state, "active")
        self.set_service("ACTIVE", scopes=["invoice:send", "receivables:assignments"])
        self.sandbox.fault("status", status=404, times=None, **GET)
        service = self.follow(days=2)
        self.assertEqual(service.state, "active")
        self.assertEqual(self.company.amili_service_state, "active")
        self.assertIn("could not be asked", service.banner)

    def test_malformed_answers_change_nothing(self):
        self.pending()
        for body in ([], {}, {"status": None}, {"status": {"a": 1}}, "ACTIVE", 7):
            with self.subTest(body=body):
                self.sandbox.fault("json", body=body, **GET)
                service = self.follow(hours=5)
                self.assertEqual(service.state, "pending")
                self.assertIn("could not be asked", service.banner)
