import logging
from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from ...maventa import connection
from ..collection_case import QUESTION, StatusCase

IDENTITY_CODE = "131052-308T"


@tagged("post_install", "-at_install")
class TestPoll(StatusCase):
    """From handed over to accepted, or not."""

    def test_accepted(self):
        move = self.invoice()
        assignment = self.send(move)
        self.sandbox.amili(move, "accept")
        self.poll(hours=1)
        self.assertEqual(move.amili_state, "active")
        self.assertEqual(assignment.remote_id, self.sandbox.case(move)["id"])
        self.assertIn("accepted", self.chatter(move)[-1])
        self.assertFalse(self.tasks(move))

    def test_refused_with_a_reason(self):
        move = self.invoice(self.person)
        assignment = self.send(move).sudo()
        self.assertIn(IDENTITY_CODE, str(assignment.payload))
        self.sandbox.amili(
            move,
            "refuse",
            reason=f"Velallinen {IDENTITY_CODE} on kuollut",
            details=["payers[0]"],
        )
        self.poll(hours=1)
        self.assertRejected(move, "on kuollut", "payers[0]")
        self.assertNotIn(IDENTITY_CODE, move.amili_banner + str(self.chatter(move)))
        self.assertNotIn(IDENTITY_CODE, str(assignment.payload))
        self.assertFalse(any(assignment.payer_ids.mapped("personal_identity_code")))

    def test_nothing_is_said_while_nothing_happens(self):
        move = self.invoice()
        self.send(move)
        before = self.chatter(move)
        for _hour in range(5):
            self.poll(hours=4)
        self.assertEqual(move.amili_state, "pending")
        self.assertEqual(self.chatter(move), before)

    def test_an_unknown_word_is_kept_logged_once_and_changes_no_state(self):
        move = self.invoice()
        assignment = self.send(move)
        before = self.chatter(move)
        word = {"status": "on_ice", "assignment_id": None}
        self.sandbox.fault("json", body=word, times=2, **QUESTION)
        # By number: Odoo gives the name INFO to a level of its own.
        with self.assertLogs("odoo.addons.amili_perinta", logging.INFO) as log:
            self.poll(hours=1)
            self.poll(hours=4)
        self.assertEqual(len([x for x in log.output if "unknown status" in x]), 1)
        self.assertEqual(move.amili_state, "pending")
        self.assertEqual(assignment.remote_status, "on_ice")
        self.assertEqual(self.chatter(move), before)
        self.sandbox.amili(move, "accept")
        self.poll(hours=4)
        self.assertEqual(move.amili_state, "active")

    def test_trouble_while_asking_changes_no_state(self):
        for fault in (
            {"kind": "status", "status": 404},
            {"kind": "status", "status": 403},
            {"kind": "status", "status": 500},
            {"kind": "json", "body": []},
            {"kind": "not_json"},
            {"kind": "drop_before"},
        ):
            with self.subTest(**fault):
                move = self.invoice()
                self.send(move)
                before = self.chatter(move)
                self.sandbox.fault(**fault, **QUESTION)
                self.poll(hours=1)
                self.assertEqual(move.amili_state, "pending")
                self.assertTrue(move.amili_assignment_id.error_message)
                self.assertEqual(self.chatter(move), before)
                self.sandbox.amili(move, "accept")
                self.poll(hours=4)
                self.assertEqual(move.amili_state, "active")
                self.assertFalse(move.amili_assignment_id.error_message)

    def test_one_trouble_does_not_stop_the_others(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        self.send(moves)
        for move in moves:
            self.sandbox.amili(move, "accept")
        path = f"{moves[1].maventa_invoice_id}/assignment$"
        self.sandbox.fault("status", status=500, path=path)
        self.poll(hours=1)
        self.assertEqual(moves.mapped("amili_state"), ["active", "pending", "active"])

    def test_it_is_asked_ever_less_often(self):
        move = self.invoice()
        assignment = self.send(move)
        waits = []
        while fields.Datetime.now() < datetime(2026, 10, 23):
            wait = assignment.next_try_at - fields.Datetime.now()
            waits.append(wait)
            self.poll(seconds=wait.total_seconds())
        self.assertEqual(waits, sorted(waits))
        self.assertGreaterEqual(waits[0], timedelta(minutes=1))
        self.assertLessEqual(waits[-1], timedelta(hours=12))
        self.assertLess(len(waits), 40)

    def test_before_its_time_nobody_is_asked(self):
        self.send(self.invoice())
        self.sandbox.clear_log()
        self.poll()
        self.assertFalse(self.sandbox.log())

    def test_no_answer_for_days_is_a_task_once(self):
        move = self.invoice()
        self.send(move)
        for _day in range(5):
            self.poll(days=1)
            self.run_cron("deadlines")
        self.assertEqual(move.amili_state, "pending")
        task = self.tasks(move)
        self.assertEqual(len(task), 1)
        self.assertEqual(task.user_id, self.clerk)


@tagged("post_install", "-at_install")
class TestFeed(StatusCase):
    """What Amili did since the last time."""

    def active(self, partner=None):
        """Return an invoice at Amili whose case was read; nothing else happened."""
        move = self.invoice(partner)
        self.activate(move)
        self.sync()
        self.sandbox.clear_log()
        return move

    def test_a_new_case_is_read_whole(self):
        move = self.invoice()
        assignment = self.activate(move)
        self.sandbox.amili(move, "remind")
        self.sandbox.amili(move, "pay", amount=500)
        self.sync()
        self.assertEqual(len(self.sandbox.log("GET", assignment.remote_id)), 1)
        self.assertEqual(assignment.collection_status, "reminder_sent")
        self.assertIn(500, assignment.event_ids.mapped("amount"))
        self.sync(hours=1)
        self.assertEqual(len(self.sandbox.log("GET", assignment.remote_id)), 1)

    def test_a_payment_is_told_with_amount_and_date(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=500.5, date="2026-10-19")
        self.sync(hours=1)
        line = self.chatter(move)[-1]
        for word in ("payment", "500.50", "10/19/2026"):
            self.assertIn(word, line)

    def test_a_stage_is_told_in_words(self):
        move = self.active()
        self.sandbox.amili(move, "remind")
        self.sync(hours=1)
        self.assertIn("Reminder sent", self.chatter(move)[-1])
        self.assertTold(move, "Reminder sent")

    def test_an_unknown_stage_and_type_are_shown_as_they_are(self):
        move = self.active()
        self.inject(move, type="moon_phase", collection_status="on_the_moon")
        self.sync(hours=1)
        self.assertEqual(move.amili_state, "active")
        self.assertIn("on_the_moon", self.chatter(move)[-1])
        event = move.amili_assignment_id.event_ids[:1]
        self.assertEqual((event.type, event.remote_type), ("other", "moon_phase"))

    def test_one_request_tells_of_all_cases(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        self.activate(moves)
        self.sync()
        self.later(hours=1)
        for move in moves:
            self.sandbox.amili(move, "remind")
        self.sandbox.clear_log()
        self.sync()
        paths = [entry["path"] for entry in self.sandbox.log("GET")]
        self.assertEqual(paths, ["/v1/events"])
        for move in moves:
            self.assertIn("Reminder sent", self.chatter(move)[-1])

    def test_the_feed_is_read_from_where_it_was_left(self):
        move = self.active()
        for day in range(4):
            self.later(days=1)
            self.sandbox.amili(move, "comment", text=f"{day}")
            self.sync()
        self.sandbox.clear_log()
        self.sync(hours=1)
        [request] = self.sandbox.log("GET")
        self.assertIn(
            "2026-10-22", request["query"], "the last two days are read again"
        )

    def test_what_maventas_clock_puts_before_the_hand_over_is_heard(self):
        """It may go slow, and an event may appear after the case was read whole."""
        move = self.active()
        for ago in (1, 1500):
            moment = move.amili_assignment_id.sent_at - timedelta(minutes=ago)
            self.inject(
                move,
                type="comment",
                comment=f"kysymys {ago}",
                created_at=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            )
        self.sync(hours=1)
        self.assertEqual(
            self.texts(move.amili_assignment_id), ["kysymys 1", "kysymys 1500"]
        )

    def test_what_is_told_again_is_recorded_once(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=100)
        self.sandbox.amili(move, "comment", text="Missä velallinen asuu?")
        self.sync(minutes=1)
        assignment = move.amili_assignment_id
        events, lines = len(assignment.event_ids), self.chatter(move)
        self.feed.read_until = datetime(2026, 1, 1)
        self.sync(minutes=1)
        assignment.sudo().case_read_at = False
        self.sync(minutes=1)
        self.assertEqual(len(assignment.event_ids), events)
        self.assertEqual(self.chatter(move), lines)
        self.assertEqual(len(self.tasks(move)), 1)

    def test_the_same_event_twice_on_a_page_is_recorded_once(self):
        move = self.active()
        event = self.event(move.amili_assignment_id, 1)
        self.serve(event, event)
        self.sync(hours=1)
        self.assertEqual(self.texts(move.amili_assignment_id), ["kysymys 1"])

    def test_events_are_told_in_the_order_in_which_they_happened(self):
        move = self.active()
        case = move.amili_assignment_id
        self.serve(*(self.event(case, number) for number in (2, 4, 1, 3)))
        self.sync(hours=1)
        told = [line[-1] for line in self.chatter(move) if "kysymys" in line]
        self.assertEqual(told, ["1", "2", "3", "4"])

    def test_a_late_event_does_not_move_the_case_back(self):
        move = self.active()
        case = move.amili_assignment_id
        self.serve(
            self.event(case, 2, type="status_change", collection_status="second"),
            self.event(case, 1, type="status_change", collection_status="first"),
        )
        self.sync(hours=1)
        self.assertEqual(case.collection_status, "second")

    def assertSums(self, case, opened, paid=0, credited=0):
        sums = (case.open_amount, case.paid_amount, case.credited_amount)
        self.assertEqual(sums, (opened, paid, credited))

    def test_sums_follow_what_events_tell(self):
        """By the sums of the case that an event names, else by its own."""
        for values, sums in (
            ({"type": "paid"}, (1140, 100, 0)),
            ({"type": "credit_note"}, (1140, 0, 100)),
            ({"type": "comment"}, (1240, 0, 0)),
            ({"type": "paid", "open_amount": 1000, "paid_amount": 240}, (1000, 240, 0)),
            (
                {"type": "credit_note", "open_amount": 9, "credited_amount": 7},
                (9, 0, 7),
            ),
            ({"type": "paid", "amount": 2000}, (0, 2000, 0)),
            # What cannot be right is no sum of the case.
            ({"type": "paid", "currency": "SEK"}, (1240, 0, 0)),
        ):
            with self.subTest(**values):
                case = self.active().amili_assignment_id
                event = {"amount": 100, "currency": "EUR", **values}
                self.serve(self.event(case, 1, **event))
                self.sync(hours=3)
                self.assertSums(case, *sums)

    def test_a_late_event_turns_nothing_back(self):
        """Neither the sums nor the stage, in whatever run it comes."""
        case = self.active().amili_assignment_id
        for number, open_amount, latest in ((20, 900, 20), (10, 1000, 20), (30, 8, 30)):
            values = {
                "type": "status_change",
                "open_amount": open_amount,
                "collection_status": f"stage_{number}",
            }
            self.serve(self.event(case, number, **values))
            self.sync(hours=3)
            self.assertSums(case, 8 if latest == 30 else 900)
            self.assertEqual(case.collection_status, f"stage_{latest}")

    def test_of_two_events_of_one_moment_the_case_tells_what_is_right(self):
        case = self.active().amili_assignment_id
        moment = {"created_at": "2026-10-20T10:00:00Z", "type": "status_change"}
        events = [
            self.event(case, number, open_amount=amount, **moment)
            for number, amount in ((1, 900), (2, 1000))
        ]
        self.serve(*events)
        self.sync(hours=3)
        self.sync(hours=1)
        self.assertSums(case, 1240)

    def test_a_moment_in_the_future_does_not_hide_what_comes_after_it(self):
        case = self.active().amili_assignment_id
        for created_at, open_amount in (
            ("2027-01-01T10:00:00Z", 900),
            ("2026-10-22T10:00:00Z", 800),
        ):
            values = {
                "type": "status_change",
                "open_amount": open_amount,
                "collection_status": f"stage_{open_amount}",
                "created_at": created_at,
            }
            self.serve(self.event(case, open_amount, **values))
            self.sync(hours=26)
            self.assertSums(case, open_amount)
            self.assertEqual(case.collection_status, f"stage_{open_amount}")

    def many(self, move, number):
        for position in range(number):
            self.inject(move, comment=f"{position:03}")

    def test_several_pages_are_all_read(self):
        move = self.active()
        self.later(minutes=1)
        self.many(move, 120)
        self.sync(minutes=1)
        self.assertEqual(len(self.sandbox.log("GET", "/v1/events")), 2)
        expected = [f"{position:03}" for position in range(120)]
        self.assertEqual(self.texts(move.amili_assignment_id), expected)

    def test_a_feed_that_breaks_off_is_read_again(self):
        move = self.active()
        self.later(minutes=10)
        self.many(move, 120)
        self.sandbox.fault("status", status=500, path="/v1/events$", skip=1)
        self.sync(minutes=10)
        assignment = move.amili_assignment_id
        self.assertEqual(len(assignment.event_ids), 100)
        self.sync(hours=1)
        expected = [f"{position:03}" for position in range(120)]
        self.assertEqual(self.texts(assignment), expected)

    def test_a_page_that_cannot_be_recorded_is_read_again(self):
        move = self.active()
        self.later(minutes=10)
        self.sandbox.amili(move, "comment", text="Missä velallinen asuu?")
        model = type(move.amili_assignment_id)
        with (
            patch.object(model, "_apply_events", side_effect=KeyError("broken")),
            self.assertLogs("odoo.addons.amili_perinta", "ERROR"),
        ):
            self.sync(minutes=10)
        self.sync(hours=1)
        self.assertEqual(len(move.amili_assignment_id.event_ids), 1)

    def test_events_of_cases_made_elsewhere_are_ignored(self):
        move = self.active()
        [made] = self.sandbox.control("cases", {"count": 1})
        self.sandbox.control(f"cases/{made['invoice_id']}/comment", {"text": "vieras"})
        self.sandbox.amili(move, "comment", text="oma")
        self.sync(minutes=1)
        found = self.env["amili.assignment.event"].search([("text", "!=", False)])
        self.assertEqual(found.mapped("text"), ["oma"])

    def test_absurd_events_are_recorded_and_stop_nothing(self):
        absurd = (
            {"type": "paid", "amount": 1e300},
            {"type": "paid", "amount": "paljon"},
            {"type": "paid", "amount": -5.555},
            {"type": "paid", "amount": [1]},
            {"type": "paid", "amount": 5, "currency": "XYZ"},
            {"type": "paid", "amount": 5, "currency": "SEK"},
            {"type": "paid", "amount": 5, "currency": 7},
            {"date": "9999-99-99"},
            {"date": "0001-01-01"},
            {"date": None, "created_at": None},
            {"created_at": "0001-01-01T00:00:00+14:00"},
            {"type": None},
            {"type": ["paid"]},
            {"comment": {"text": "x"}},
            {"comment": "a\0b"},
            {"comment": "x" * 100_000},
            {"comment": "<script>alert(1)</script>"},
            {"collection_status": 5},
        )
        move = self.active()
        case = move.amili_assignment_id
        self.serve(*(self.event(case, n, **values) for n, values in enumerate(absurd)))
        self.sync(hours=1)
        self.assertEqual(len(case.event_ids), len(absurd))
        foreign = case.event_ids.filtered(lambda e: "XYZ" in (e.text or ""))
        self.assertEqual(foreign.amount, 0.0, "not taken for euros")
        self.assertEqual(case.state, "active")
        self.assertNotIn("<script>", str(move.message_ids.mapped("body")))

    def test_an_amount_that_cannot_be_read_is_not_an_amount(self):
        move = self.active()
        case = move.amili_assignment_id
        self.serve(self.event(case, 1, type="paid", amount=1e300))
        self.sync(hours=1)
        self.assertEqual(case.event_ids.amount, 0)

    def test_a_date_in_the_future_hides_nothing(self):
        move = self.active()
        future = "9999-12-31T23:59:59Z"
        self.serve(self.event(move.amili_assignment_id, 1, created_at=future))
        self.sync(hours=1)
        self.later(hours=1)
        self.sandbox.amili(move, "comment", text="oma")
        self.sync(hours=1)
        self.assertIn("oma", self.texts(move.amili_assignment_id))

    def test_a_broken_event_does_not_hide_the_others(self):
        move = self.active()
        case = move.amili_assignment_id
        self.serve({"type": "paid"}, self.event(case, 1), None, self.event(case, 2))
        with self.assertLogs("odoo.addons.amili_perinta.maventa", "WARNING"):
            self.sync(hours=1)
        self.assertEqual(self.texts(case), ["kysymys 1", "kysymys 2"])

    def test_no_news_for_a_day_is_a_task_once(self):
        move = self.active()
        self.sandbox.fault("status", status=500, path="/v1/events$", times=None)
        self.sync(hours=1)
        self.assertFalse(self.tasks(move), "a short trouble is nobody's task")
        for _day in range(3):
            self.sync(days=1)
        self.assertEqual(len(self.tasks(move)), 1)
        self.sandbox.clear_faults()
        self.sandbox.amili(move, "comment", text="oma")
        self.sync(hours=1)
        self.assertEqual(self.texts(move.amili_assignment_id), ["oma"])

    # Questions ------------------------------------------------------------------------

    def test_a_question_is_a_task_of_the_sender_once(self):
        move = self.active()
        self.sandbox.amili(move, "ask", text="Missä velallinen asuu?")
        self.sync(minutes=1)
        self.sync(minutes=1)
        task = self.tasks(move)
        self.assertEqual(len(task), 1)
        self.assertEqual(task.user_id, self.clerk)
        self.assertIn("Missä velallinen asuu?", task.note)
        self.assertIn("Missä velallinen asuu?", self.chatter(move)[-1])

    def test_a_new_question_after_the_answer_is_a_new_task(self):
        move = self.active()
        self.sandbox.amili(move, "ask", text="Ensimmäinen?")
        self.sync(minutes=5)
        self.tasks(move).action_done()
        self.sandbox.amili(move, "ask", text="Toinen?")
        self.sync(minutes=5)
        self.assertEqual(len(self.tasks(move)), 1)
        self.assertIn("Toinen?", self.tasks(move).note)

    def test_what_we_wrote_ourselves_is_no_question(self):
        move = self.active()
        self.inject(move, origin="company", comment="Hän muutti Turkuun.")
        self.sync(minutes=1)
        self.assertFalse(self.tasks(move))
        self.assertIn("Written to Amili", self.chatter(move)[-1])

    def test_an_identity_code_in_a_question_is_masked(self):
        move = self.active()
        self.sandbox.amili(move, "ask", text=f"Onko {IDENTITY_CODE} oikein?")
        self.sync(minutes=1)
        everything = str(self.chatter(move)) + self.tasks(move).note
        self.assertIn("oikein?", everything)
        self.assertNotIn(IDENTITY_CODE, everything)

    # The end --------------------------------------------------------------------------

    def test_a_case_that_is_closed(self):
        move = self.active(self.person)
        assignment = move.amili_assignment_id.sudo()
        self.assertIn(IDENTITY_CODE, str(assignment.payload))
        self.later(days=1)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(hours=1)
        self.assertEqual(move.amili_state, "closed")
        self.assertFalse(move.amili_assignment_id)
        self.assertEqual(assignment.closed_at.date(), date(2026, 10, 21))
        self.assertIn("closed the case", self.chatter(move)[-1])
        self.assertNotIn(IDENTITY_CODE, str(assignment.payload))
        self.assertFalse(any(assignment.payer_ids.mapped("personal_identity_code")))

    def test_a_case_that_is_withdrawn(self):
        move = self.active(self.person)
        assignment = move.amili_assignment_id.sudo()
        self.sandbox.amili(move, "close", result="withdrawn")
        self.sync(hours=1)
        self.assertEqual(move.amili_state, "withdrawn")
        self.assertIn("Withdrawn", self.chatter(move)[-1])
        self.assertNotIn(IDENTITY_CODE, str(assignment.payload))

    def test_a_case_that_was_closed_before_it_was_ever_read(self):
        move = self.invoice()
        self.activate(move)
        self.sandbox.amili(move, "close", result="paid")
        self.sync()
        self.assertEqual(move.amili_state, "closed")
        self.assertIn("payment", " ".join(self.chatter(move)))

    def test_a_question_after_the_end_still_reaches_the_sender(self):
        move = self.active()
        other = self.invoice()
        self.activate(other)
        self.sandbox.amili(move, "close")
        self.sync(minutes=1)
        self.sandbox.amili(move, "ask", text="Vielä yksi asia?")
        self.sync(minutes=1)
        self.assertEqual(move.amili_state, "closed")
        self.assertIn("Vielä yksi asia?", " ".join(self.tasks(move).mapped("note")))


@tagged("post_install", "-at_install")
class TestSweep(StatusCase):
    """Once a day all cases are compared, and what the feed missed is mended."""

    def test_a_close_that_the_feed_missed(self):
        move = self.invoice()
        self.activate(move)
        self.sync()
        self.sandbox.amili(move, "pay", amount=100)
        self.sandbox.amili(move, "close")
        self.sandbox.fault("json", body=[], path="/v1/events$", times=None)
        self.sync(hours=1)
        self.assertEqual(move.amili_state, "active")
        self.sweep(days=1)
        self.assertEqual(move.amili_state, "closed")
        amounts = move.amili_assignment_ids.event_ids.mapped("amount")
        self.assertEqual(amounts.count(100), 1)

    def test_a_stage_that_no_event_told(self):
        move = self.invoice()
        assignment = self.activate(move)
        self.sync()
        self.sandbox.fault("json", body=[], path="/v1/events$", times=None)
        self.sandbox.amili(move, "demand")
        self.sweep(days=1)
        self.assertEqual(assignment.collection_status, "payment_demand_sent")
        self.assertIn("demand", " ".join(self.chatter(move)))

    def test_only_what_differs_is_read(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        self.activate(moves)
        self.sync()
        self.sandbox.amili(moves[1], "remind")
        self.sandbox.clear_log()
        self.sweep(hours=1)
        read = [entry["path"] for entry in self.sandbox.log("GET", "/v1/assignments/")]
        self.assertEqual(len(read), 1)
        self.assertIn(moves[1].amili_assignment_id.remote_id, read[0])
        self.sandbox.clear_log()
        self.sweep(hours=1)
        self.assertEqual(len(self.sandbox.log("GET", "/v1/assignments")), 1)

    def test_whichever_sum_differs_it_is_read(self):
        move = self.invoice()
        self.activate(move)
        self.sandbox.amili(move, "remind", fee=5, interest=2)
        self.sync(minutes=5)
        case = move.amili_assignment_id.sudo()
        for name in (
            "open_amount",
            "paid_amount",
            "credited_amount",
            "fee_amount",
            "interest_amount",
            "collection_status",
        ):
            with self.subTest(name):
                right = case[name]
                case[name] = "first" if name == "collection_status" else right + 1
                self.sweep(hours=1)
                self.assertEqual(case[name], right)

    def test_the_id_of_a_case_that_no_answer_told(self):
        move = self.invoice()
        assignment = self.send(move)
        self.sandbox.amili(move, "accept")
        self.sandbox.fault("json", body={"status": "sent"}, **QUESTION)
        self.poll(hours=1)
        self.assertEqual((assignment.state, assignment.remote_id), ("active", False))
        self.sweep(hours=1)
        self.assertEqual(assignment.remote_id, self.sandbox.case(move)["id"])
        self.sandbox.amili(move, "close")
        self.sync(hours=1)
        self.assertEqual(move.amili_state, "closed")

    def test_the_id_of_an_earlier_case_is_not_taken(self):
        move = self.invoice()
        first = self.activate(move)
        self.sync()
        self.sandbox.amili(move, "close", result="withdrawn")
        self.sync(hours=1)
        self.assertEqual(first.state, "withdrawn")
        second = self.send(move)
        self.sandbox.amili(move, "accept")
        self.sandbox.fault("json", body={"status": "sent"}, **QUESTION)
        self.poll(hours=1)
        self.sweep(hours=1)
        self.assertEqual(second.state, "active")
        self.assertEqual(second.remote_id, self.sandbox.case(move)["id"])
        self.assertNotEqual(second.remote_id, first.remote_id)

    def test_a_case_that_amili_does_not_know_changes_no_state(self):
        move = self.invoice()
        assignment = self.activate(move)
        self.sync()
        self.sandbox.fault("json", body=[], path="/v1/assignments$")
        self.sandbox.fault("status", status=404, path="/v1/assignments/")
        self.sweep(days=1)
        self.assertEqual(assignment.state, "active")
        self.assertTrue(assignment.error_message)

    def test_trouble_with_the_list_changes_nothing(self):
        move = self.invoice()
        self.activate(move)
        self.sync()
        self.sandbox.fault("status", status=500, path="/v1/assignments$")
        self.sweep(days=1)
        self.assertEqual(move.amili_state, "active")


@tagged("post_install", "-at_install")
class TestManyCases(StatusCase):
    """Following many cases costs what happened, not how many they are."""

    def test_requests_do_not_grow_with_the_cases(self):
        made = self.sandbox.control("cases", {"count": 150})
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.business.id,
                    "maventa_invoice_id": case["invoice_id"],
                    "invoice_line_ids": [Command.create({"name": "x"})],
                }
                for case in made
            ]
        )
        assignments = (
            self.env["amili.assignment"]
            .sudo()
            .create(
                [
                    {
                        "name": case["number"],
                        "move_id": move.id,
                        "company_id": self.company.id,
                        "partner_id": self.business.id,
                        "environment": "sandbox",
                        "state": "active",
                        "collection_type": "collection",
                        "receivables_type": "b2b",
                        "currency_id": self.euro.id,
                        "remote_id": case["assignment_id"],
                        "sent_at": fields.Datetime.now(),
                        "case_read_at": fields.Datetime.now(),
                    }
                    for case, move in zip(made, moves, strict=True)
                ]
            )
        )
        for move in moves[:20]:
            self.sandbox.amili(move, "remind")
        connection._TOKENS = connection.TokenCache()
        self.sandbox.clear_log()
        self.sync(hours=1)
        self.assertLessEqual(len(self.sandbox.log()), 3)
        stages = assignments.mapped("collection_status")
        self.assertEqual(stages.count("reminder_sent"), 20)
