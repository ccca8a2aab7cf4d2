"""What Maventa says of an invoice before it goes, and of a hand-over that it took."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import QueueCase
from ..sandbox_process import DEFAULT_COMPANY

POST = {"method": "POST", "path": "/assignment/amili"}
QUESTION = {"method": "GET", "path": "/assignment$"}
ACTIONS = {"method": "GET", "path": "/actions"}


class SignsCase(QueueCase):
    asks_before_sending = True

    def add_step(self, move, key, at="2026-10-19T10:00:00Z", kind="INFO"):
        """Let Maventa note that something happened to an invoice."""
        step = {"type": kind, "key": key, "happened_at": at, "message": "x"}
        [invoice] = [
            i for i in self.sandbox.control("invoices") if i["id"] == self.id_of(move)
        ]
        self.sandbox.control(
            "invoices", {"id": invoice["id"], "actions": [*invoice["actions"], step]}
        )

    def alerts(self, move):
        self.env.invalidate_all()
        return move.with_user(self.clerk)._amili_get_alerts()[move.id]


@tagged("post_install", "-at_install")
class TestHandedOverElsewhere(SignsCase):
    """What somebody handed over in another program is not handed over once more."""

    def test_noticed_before_it_goes(self):
        for key in ("action_collection", "action_reminder_and_collection"):
            with self.subTest(key):
                move = self.invoice()
                other = self.invoice()
                self.add_step(move, key)
                self.hand_over(move + other)
                before = len(self.posts())
                self.run_queue()
                self.assertEqual(move.amili_state, "cancelled")
                self.assertEqual(len(self.posts()), before + 1)
                self.assertEqual(other.amili_state, "pending", "nobody else waits")
                self.assertTold(move, "Cases Made Elsewhere")
                self.assertIn("confirm again", self.tasks(move).summary)

    def test_and_stops_from_then_on(self):
        move = self.invoice()
        self.add_step(move, "action_collection")
        self.send(move)
        alert = self.alerts(move)["handed_over_elsewhere"]
        self.assertEqual(alert["level"], "danger")
        self.assertIn("10/19/2026", alert["message"])

    def test_whatever_the_type_of_the_step(self):
        move = self.invoice()
        self.add_step(move, "action_collection", kind="SENT")
        self.send(move)
        self.assertEqual(move.amili_state, "cancelled")

    def test_our_own_hand_over_is_none_of_others(self):
        move = self.invoice()
        self.activate(move)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.later(hours=1)
        self.run_cron("sync_events")
        self.assertEqual(move.amili_state, "closed")
        self.later(hours=2)
        self.send(move)
        self.assertTrue(move.maventa_handed_over_at, "Maventa noted the first one")
        self.assertEqual(move.amili_state, "pending", move.amili_banner)

    def test_one_of_others_after_ours_has_ended(self):
        move = self.invoice()
        self.activate(move)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.later(hours=1)
        self.run_cron("sync_events")
        self.later(days=1)
        now = fields.Datetime.now()
        self.add_step(move, "action_collection", f"{now:%Y-%m-%dT%H:%M:%SZ}")
        self.send(move)
        self.assertEqual(move.amili_state, "cancelled", move.amili_banner)

    def test_one_that_was_tried_before_stays_stopped(self):
        move = self.invoice()
        self.sandbox.fault("status", status=429, **POST)
        self.send(move)
        self.assertEqual(move.amili_state, "queued")
        self.add_step(move, "action_collection")
        self.run_queue(hours=2)
        self.assertEqual(move.amili_state, "cancelled")
        self.assertIn("handed_over_elsewhere", self.alerts(move))

    def test_a_manager_knows_better(self):
        move = self.invoice()
        self.add_step(move, "action_collection")
        self.send(move)
        for user in (self.clerk, self.outsider):
            with self.assertRaises(UserError):
                move.with_user(user).action_amili_not_elsewhere()
        move.with_user(self.manager).action_amili_not_elsewhere()
        self.assertIn(self.manager.name, move.message_ids[0].body)
        self.assertNotIn("handed_over_elsewhere", self.alerts(move))
        self.later(hours=2)
        self.send(move)
        self.assertEqual(move.amili_state, "pending")

    def test_another_maventa_id_has_another_past(self):
        move = self.invoice()
        self.add_step(move, "action_collection")
        self.send(move)
        move.maventa_invoice_id = "00000000-0000-4000-8000-999999999999"
        self.assertNotIn("handed_over_elsewhere", self.alerts(move))

    def test_who_cannot_be_asked_is_no_hindrance(self):
        for number, kind in enumerate(("status", "drop_after", "truncate")):
            with self.subTest(kind):
                self.sandbox.fault(
                    kind, times=2, **ACTIONS, **({"status": 503} if not number else {})
                )
                move = self.invoice()
                self.send(move)
                self.assertEqual(move.amili_state, "pending", move.amili_banner)

    def test_asked_once_while_it_waits(self):
        self.sandbox.fault("status", status=429, times=2, **POST)
        move = self.invoice()
        self.send(move)
        self.run_queue(minutes=5)
        self.assertEqual(len(self.sandbox.log(path="/actions")), 1)
        self.run_queue(hours=2)
        self.assertEqual(len(self.sandbox.log(path="/actions")), 2)

    def test_an_account_that_was_left_is_not_asked_for(self):
        other = {
            **DEFAULT_COMPANY,
            "client_id": "22222222-2222-4222-8222-222222222222",
        }
        self.sandbox.control(
            "companies", {**other, "name": "Toinen Oy", "bid": "1234567-1"}
        )
        move = self.invoice()
        self.hand_over(move)
        self.connect(self.company, **other)
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(self.sandbox.log(path="/actions"))

    def test_asked_in_one_request_though_it_may_take_three(self):
        for moods, requests in (([], 1), (["types_singly"], 3)):
            with self.subTest(moods):
                self.reset_sandbox()
                self.sandbox.control("settings", {"moods": moods})
                move = self.invoice()
                self.add_step(move, "action_collection")
                self.send(move)
                self.assertEqual(move.amili_state, "cancelled", move.amili_banner)
                self.assertEqual(len(self.sandbox.log(path="/actions")), requests)


@tagged("post_install", "-at_install")
class TestContestedOrPaid(SignsCase):
    """What Maventa says of payments warns; what is disputed does not go."""

    def test_paid_warns(self):
        move = self.invoice()
        self.add_step(move, "action_paid")
        self.send(move)
        self.assertEqual(self.alerts(move)["paid_at_maventa"]["level"], "warning")
        self.assertEqual(str(move.maventa_paid_at), "2026-10-19 10:00:00")

    def disputed(self):
        """An invoice that the queue found disputed at Maventa."""
        move = self.invoice()
        self.add_step(move, "action_disputed", "2026-10-18T22:30:00Z")
        self.send(move)
        self.assertEqual(move.amili_state, "cancelled", move.amili_banner)
        return move

    def test_disputed_stops_what_is_on_the_queue(self):
        other = self.invoice()
        self.hand_over(other)
        move = self.disputed()
        self.assertEqual(str(move.amili_disputed_on), "2026-10-19", "the company's day")
        self.assertEqual(move.amili_dispute_reason, "x", "in the recipient's words")
        self.assertEqual(self.alerts(move)["disputed"]["level"], "danger")
        self.assertTold(move, "Disputed since")
        self.assertEqual(other.amili_state, "pending", "nobody else waits")
        self.assertEqual(len(self.posts()), 1)

    def test_what_a_person_has_cleared_does_not_come_back(self):
        move = self.disputed()
        move.with_user(self.clerk).amili_disputed_on = False
        self.later(hours=2)
        self.send(move)
        self.assertEqual(move.amili_state, "pending", move.amili_banner)
        self.assertFalse(move.amili_disputed_on)

    def test_disputed_anew_stops_again(self):
        move = self.disputed()
        move.with_user(self.clerk).amili_disputed_on = False
        self.add_step(move, "action_disputed", "2026-10-19T08:00:00Z")
        self.later(hours=2)
        self.send(move)
        self.assertEqual(move.amili_state, "cancelled", move.amili_banner)
        self.assertTrue(move.amili_disputed_on)

    def test_of_several_disputes_the_newest_stands_in_whatever_order(self):
        move = self.invoice()
        self.add_step(move, "action_disputed", "2026-10-19T08:00:00Z")
        self.add_step(move, "action_disputed", "2026-10-12T08:00:00Z")
        self.send(move)
        self.assertEqual(str(move.maventa_disputed_at), "2026-10-19 08:00:00")
        self.assertEqual(str(move.amili_disputed_on), "2026-10-19")

    def test_what_a_person_wrote_of_the_dispute_stays(self):
        move = self.invoice()
        self.hand_over(move)
        self.add_step(move, "action_disputed")
        move.write({"amili_disputed_on": "2026-10-15", "amili_dispute_reason": "Meno"})
        self.run_queue()
        self.assertEqual(move.amili_dispute_reason, "Meno")

    def test_other_steps_say_nothing(self):
        move = self.invoice()
        self.add_step(move, "action_delivered", kind="DELIVERED")
        self.send(move)
        self.assertFalse(move.maventa_disputed_at or move.maventa_paid_at)
        self.assertEqual(move.amili_state, "pending")


@tagged("post_install", "-at_install")
class TestTaken(SignsCase):
    """An accepted hand-over is asked for with patience and never sent again."""

    def test_not_there_for_days(self):
        move = self.invoice()
        self.sandbox.fault("status", status=404, times=None, **QUESTION)
        self.send(move)
        for _hour in range(11):
            self.later(hours=4)
            self.run_cron("poll_transfers")
            self.run_cron("process_queue")
        self.assertEqual(move.amili_state, "pending")
        self.assertTold(move, "not confirmed", "does not show it yet")
        self.assertNotIn("Look up", move.amili_banner)
        self.assertFalse(self.tasks(move), "two days of patience")
        self.later(hours=5)
        self.run_cron("poll_transfers")
        self.run_cron("deadlines")
        self.assertIn("ask Amili", self.tasks(move).summary)
        self.assertEqual(len(self.posts()), 1)
        self.sandbox.clear_faults()
        self.sandbox.amili(move, "accept")
        self.later(hours=5)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "active")

    def test_any_good_answer_without_a_body(self):
        for status in (200, 201, 202, 204):
            with self.subTest(status):
                self.reset_sandbox()
                move = self.invoice()
                self.sandbox.fault("status", status=status, **POST)
                self.send(move)
                self.assertEqual(move.amili_state, "pending")
                self.run_queue(hours=1)
                self.assertEqual(len(self.posts()), 1)


@tagged("post_install", "-at_install")
class TestAnotherHost(SignsCase):
    """Where Maventa says that cases are: noted for the administrator, never called."""

    def test_noted_once(self):
        answer = {
            "status": "sent",
            "url": "https://elsewhere.example/v1/assignments/case-1",
        }
        moves = self.invoice() + self.invoice()
        self.send(moves)
        for move in moves:
            answer["url"] += "1"
            self.sandbox.fault("json", body=answer, **QUESTION)
            self.make_due(move.amili_assignment_id)
            self.run_cron("poll_transfers")
        self.assertEqual(set(moves.mapped("amili_state")), {"active"})
        service = self.env["amili.service"]._for_company(self.company)
        self.assertEqual(service.case_host, "elsewhere.example")
        [task] = service.activity_ids
        self.assertIn("elsewhere.example", task.note)
        notes = [m for m in service.message_ids if "elsewhere" in (m.body or "")]
        self.assertEqual(len(notes), 1)

    def test_the_expected_one_is_not(self):
        self.activate(self.invoice())
        self.assertFalse(self.env["amili.service"]._for_company(self.company).case_host)


@tagged("post_install", "-at_install")
class TestRefusedLines(SignsCase):
    """Each line of a refusal stands beside what it is about when it is sent anew."""

    def refused(self, *details, **values):
        move = self.invoice(**values)
        body = {"code": "invalid_parameters", "message": "No", "details": details}
        self.sandbox.fault("status", status=400, body=body, **POST)
        self.send(move)
        self.assertEqual(move.amili_state, "rejected")
        return move

    def test_beside_the_field_and_the_contact(self):
        move = self.refused(
            "assignment_summary is too long",
            "payers[0].address.zip_code is invalid",
            "payers[1].name is unknown",
            "something else",
            amili_co_debtor_partner_ids=self.person.ids,
        )
        alerts = self.alerts(move)
        summary, zip_code, name, rest = (alerts[f"refused_{n}"] for n in range(4))
        self.assertIn("Summary: assignment_summary is too long", summary["message"])
        self.assertEqual(summary["action"]["res_id"], move.id)
        self.assertIn("Esimerkki Oy, Postal Code", zip_code["message"])
        self.assertEqual(zip_code["action"]["res_id"], self.business.id)
        self.assertEqual(name["action"]["res_id"], self.person.id)
        self.assertIn("something else", rest["message"])
        self.assertEqual({a["level"] for a in (summary, name, rest)}, {"warning"})

    def test_gone_when_it_was_taken(self):
        move = self.refused("assignment_summary is too long")
        self.send(move)
        self.assertNotIn("refused_0", self.alerts(move))

    def test_forbidden_is_about_this_invoice_alone(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        self.sandbox.fault("status", status=403, **POST)
        self.send(moves)
        self.assertEqual(
            sorted(moves.mapped("amili_state")), ["pending", "pending", "rejected"]
        )
