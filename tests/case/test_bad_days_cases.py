"""Bad days of a case: a feed that cannot be trusted, and two sides at once."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..collection_case import FEED, REPORT, BadDayCase

ABSURD = (
    {"amount": -50},
    {"amount": 0},
    {"amount": 1e9},
    {"amount": None},
    {"amount": "paljon"},
    {"amount": 50, "currency": "SEK"},
    {"amount": 50, "currency": "XYZ"},
    {"amount": 50, "date": "2027-10-20"},
)


@tagged("post_install", "-at_install")
class TestBadFeed(BadDayCase):
    """Whatever the feed does, each event counts once and none stays hidden."""

    def happen(self, move):
        """Let Amili do several things, a minute apart."""
        for action, options in (
            ("remind", {"fee": 5, "interest": 1.23}),
            ("pay", {"amount": 100.1}),
            ("ask", {"text": "Missä velallinen asuu?"}),
            ("pay", {"amount": 200.2}),
            ("demand", {"fee": 50}),
        ):
            self.later(minutes=1)
            self.sandbox.amili(move, action, **options)

    def assertHappened(self, move):
        """Check that all of it is known, once, and in the order it happened."""
        case = self.case_of(move)
        self.assertEqual(sorted(case.event_ids.mapped("amount"))[-2:], [100.1, 200.2])
        self.assertAlmostEqual(case.collected_amount, 300.3, 2)
        self.assertEqual(case.collection_status, "payment_demand_sent")
        self.assertAgreed(move)
        told = [m["id"] for m in self.sandbox.case(move)["events"]]
        self.assertEqual(sorted(case.event_ids.mapped("remote_id")), sorted(told))
        self.assertEqual(len(self.tasks(move)), 1)
        lines = " | ".join(self.chatter(move))
        for words in ("100.10", "200.20", "Missä velallinen asuu?"):
            self.assertEqual(lines.count(words), 1, words)

    def chat(self, move):
        """Let more be written than a page of the feed holds, each at its own time."""
        self.later(hours=1)
        for number in range(110):
            moment = f"2026-10-20T{9 + number // 60:02}:{number % 60:02}:30Z"
            self.inject(
                move, comment=f"{number:03}", origin="company", created_at=moment
            )
        self.later(hours=2)

    def test_it_repeats_and_turns_around(self):
        for kind in ("repeat_items", "reverse_items"):
            with self.subTest(kind):
                self.reset_sandbox()
                move = self.active()
                self.happen(move)
                self.sandbox.fault(kind, **FEED)
                self.sync(minutes=1)
                self.assertHappened(move)
                self.sandbox.fault(kind, **FEED)
                self.sync(minutes=1)
                self.assertHappened(move)

    def test_it_begins_anew(self):
        move = self.active()
        self.happen(move)
        self.sync(minutes=1)
        self.feed.read_until = "2026-01-01 00:00:00"
        self.sandbox.fault("repeat_items", **FEED)
        self.sync(minutes=1)
        self.assertHappened(move)

    def test_it_skips_the_first_page(self):
        move = self.active()
        self.happen(move)
        self.sandbox.fault("skip_page", **FEED)
        self.sync(minutes=1)
        self.sync(hours=1)
        self.assertHappened(move)

    def test_it_skips_a_page_in_the_middle(self):
        """Neither money nor words of the page that was passed over are lost."""
        move = self.active()
        self.happen(move)
        self.chat(move)
        self.sandbox.fault("skip_page", skip=1, **FEED)
        self.sync(minutes=1)
        self.sync(hours=1)
        self.sweep(days=1)
        self.assertHappened(move)

    def test_it_skips_the_page_of_a_question(self):
        """Nothing else tells of it: no sum and no stage has changed."""
        move = self.active()
        self.sandbox.amili(move, "ask", text="Missä velallinen asuu?")
        self.chat(move)
        self.sandbox.fault("skip_page", skip=1, **FEED)
        self.sync(minutes=1)
        self.sync(hours=1)
        self.sweep(days=1)
        self.assertIn("Missä velallinen asuu?", self.texts(self.case_of(move)))
        self.assertEqual(len(self.tasks(move)), 1)

    def test_it_breaks_off_while_others_report(self):
        move = self.active()
        self.happen(move)
        self.sandbox.fault("status", status=500, **FEED)
        self.sync(minutes=1)
        self.payment(move, 50.05)
        self.run_queue()
        self.sync(hours=1)
        self.assertAgreed(move)
        self.assertAlmostEqual(self.case_of(move).collected_amount, 300.3, 2)
        self.assertAlmostEqual(self.case_of(move).direct_amount, 50.05, 2)

    def test_it_names_a_case_that_nobody_knows(self):
        move = self.active()
        self.serve(
            self.event(self.case_of(move), 1, assignment_id="nobody"),
            self.event(self.case_of(move), 2, assignment_id=None),
            self.event(self.case_of(move), 3, assignment_id=""),
            self.event(self.case_of(move), 4),
        )
        self.sync(hours=1)
        self.assertEqual(self.texts(self.case_of(move)), ["kysymys 4"])
        self.assertFalse(self.company.amili_news_problem)

    def test_what_cannot_be_right_is_told_and_not_counted(self):
        for kind in ("paid", "credit_note"):
            for values in ABSURD:
                with self.subTest(kind, **values):
                    self.reset_sandbox()
                    move = self.active()
                    case = self.case_of(move)
                    lines = len(self.chatter(move))
                    figures = {"open_amount": 1, "paid_amount": 2, "fees": 3}
                    event = {"type": kind, "created_at": None, **figures, **values}
                    self.serve(self.event(case, 1, **event))
                    self.sync(minutes=5)
                    self.assertAgreed(move)
                    self.assertEqual(case.collected_amount, 0)
                    self.assertEqual(case.state, "active")
                    [line] = self.chatter(move)[lines:]
                    self.assertIn("kysymys 1", line)
                    self.assertIn("strange", self.summaries(move))
                    self.assertEqual(len(self.tasks(move)), 1)

    def test_what_comes_after_something_absurd_counts(self):
        move = self.active()
        self.inject(move, type="paid", amount=-1e6, date="2031-01-01")
        self.sync(minutes=1)
        self.sandbox.amili(move, "pay", amount=0.01)
        self.sync(minutes=1)
        self.assertEqual(self.case_of(move).collected_amount, 0.01)
        self.assertAgreed(move)

    def test_figures_below_zero_are_not_taken(self):
        move = self.active()
        self.inject(move, type="status_change", open_amount=-5, fees=-1, interest=-2)
        self.sync(minutes=1)
        self.assertAgreed(move)


@tagged("post_install", "-at_install")
class TestCrossing(BadDayCase):
    """Amili and the company act at the same time."""

    def test_amili_closes_while_a_payment_waits(self):
        move = self.active()
        self.payment(move, 100)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=1)
        self.assertEqual(move.amili_state, "closed")
        report = self.report_of(move)
        self.assertEqual(report.state, "cancelled")
        self.assertIn("before Amili was told", self.summaries(move))
        notes = " ".join(self.tasks(move).mapped("note"))
        self.assertIn("paid twice", notes)
        self.assertIn("100.00", notes)
        self.assertQuiet(move, posts=0)

    def test_amili_closes_while_the_answer_to_a_payment_is_lost(self):
        for kind, is_taken in (("drop_after", True), ("drop_before", False)):
            with self.subTest(kind):
                self.reset_sandbox()
                move = self.active()
                self.payment(move, 100)
                self.sandbox.fault(kind, **REPORT)
                self.run_queue()
                self.sandbox.amili(move, "close", result="credit_loss")
                # The feed hides what happened before the end.
                case = self.sandbox.case(move)
                self.serve(*[e for e in case["events"] if e["type"] == "close"])
                self.sync(minutes=1)
                self.assertEqual(move.amili_state, "closed")
                self.deny_twice()
                state = "done" if is_taken else "cancelled"
                self.assertEqual(self.report_of(move).state, state)
                self.assertEqual("paid twice" in self.notes(move), not is_taken)
                self.assertQuiet(move, posts=1)

    def test_amili_closes_while_a_payment_is_asked_to_wait(self):
        move = self.active()
        self.payment(move, 100)
        self.kill_the_sender(before_call=True)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=1)
        self.assertEqual(move.amili_state, "closed")
        self.run_queue(minutes=11)
        self.deny_twice()
        self.assertEqual(self.report_of(move).state, "cancelled")
        self.assertIn("paid twice", self.notes(move))
        self.assertQuiet(move, posts=0)

    def notes(self, move):
        return " ".join(str(task.note) for task in self.tasks(move))

    def test_amili_closes_while_words_of_a_person_wait(self):
        for is_lost in (False, True):
            with self.subTest(is_lost=is_lost):
                self.reset_sandbox()
                move = self.active()
                self.say(move, "comment", text="Hän muutti Turkuun.")
                if is_lost:
                    self.sandbox.fault("drop_before", **REPORT)
                    self.run_queue()
                self.sandbox.amili(move, "close", result="credit_loss")
                self.sync(minutes=1)
                self.deny_twice()
                self.assertEqual(self.report_of(move, "comment").state, "cancelled")
                self.assertIn("Hän muutti Turkuun", self.notes(move))
                self.assertQuiet(move, posts=int(is_lost))

    def test_a_withdrawal_and_then_a_payment(self):
        move = self.active()
        self.say(move, "withdraw", text="Sovittu.", is_sure=True)
        self.payment(move, 100)
        for _run in range(4):
            self.run_queue(minutes=10)
            self.sync()
        self.assertEqual(move.amili_state, "withdrawn")
        [told] = self.told(move)
        self.assertEqual(told["type"], "cancellation")
        self.assertIn(self.report_of(move).state, ("cancelled", "failed"))
        self.assertNotIn("was refused", self.summaries(move), "nobody has to act")
        self.assertLessEqual(len(self.reports()), 2)

    def test_a_payment_and_then_a_withdrawal(self):
        move = self.active()
        self.payment(move, 100)
        self.say(move, "withdraw", text="Sovittu.", is_sure=True)
        for _run in range(4):
            self.run_queue(minutes=10)
            self.sync()
        self.assertEqual(move.amili_state, "withdrawn")
        self.assertEqual([e["type"] for e in self.told(move)], ["paid", "cancellation"])
        self.assertEqual(len(self.reports()), 2)
        self.assertAgreed(move)

    def test_a_withdrawal_of_what_has_just_been_paid_in_full(self):
        """The payment ends the case, so the withdrawal is refused."""
        move = self.active()
        self.payment(move, 1240)
        report = self.say(move, "withdraw", text="Sovittu.", is_sure=True)
        for _run in range(4):
            self.run_queue(minutes=10)
            self.sync()
        self.assertEqual(
            (move.amili_state, self.case_of(move).result), ("closed", "paid")
        )
        self.assertIn(report.state, ("cancelled", "failed"))
        self.assertTrue(report.error_message)
        self.assertEqual([e["type"] for e in self.told(move)], ["paid"])
        self.assertQuiet(move, len(self.reports()))

    def test_a_withdrawal_that_maventa_refuses_with_409(self):
        move = self.active()
        report = self.say(move, "withdraw", text="Sovittu.", is_sure=True)
        refusal = {"status": 409, "body": {"message": "Asia on oikeudessa"}}
        self.sandbox.fault("status", **refusal, **REPORT)
        self.run_queue()
        self.assertEqual(report.state, "failed")
        self.assertIn("Asia on oikeudessa", self.chatter(move)[-1])
        self.assertIn("was refused", self.summaries(move))
        self.assertEqual(move.amili_state, "active")
        self.assertQuiet(move, posts=1)

    def test_a_payment_that_maventa_refuses_while_a_withdrawal_waits(self):
        move = self.active()
        self.payment(move, 100)
        self.say(move, "withdraw", text="Sovittu.", is_sure=True)
        self.sandbox.fault("status", status=409, **REPORT)
        self.run_queue()
        self.assertEqual(self.report_of(move).state, "failed")
        self.assertIn("was refused", self.summaries(move))

    def test_the_debtor_pays_amili_while_the_withdrawal_waits(self):
        move = self.active()
        self.say(move, "withdraw", text="Sovittu.", is_sure=True)
        self.sandbox.amili(move, "pay", amount=500)
        self.run_queue()
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "withdrawn")
        self.assertEqual(self.case_of(move).collected_amount, 500)
        self.assertAgreed(move)

    def test_words_of_ours_do_not_hide_an_older_payment(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=2.56)
        self.later(minutes=30)
        self.say(move, "comment", text="Hän muutti Turkuun.")
        self.run_queue()
        self.sync(minutes=30)
        self.assertAgreed(move)

    def asked(self):
        """Return an invoice of whose case Amili has asked something."""
        move = self.active()
        self.sandbox.amili(move, "ask", text="Missä velallinen asuu?")
        self.sync(minutes=1)
        return move, self.case_of(move).event_ids.filtered("is_question")

    def test_the_case_ends_before_the_reply_is_written(self):
        move, question = self.asked()
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=1)
        with self.assertRaisesRegex(UserError, "not in the hands of Amili"):
            self.say(move, "reply", self.clerk, question_id=question.id, text="Turussa")
        self.assertFalse(self.report_of(move, "comment"))
        self.assertQuiet(move, posts=0)

    def test_the_case_ends_before_the_reply_is_sent(self):
        move, question = self.asked()
        self.say(move, "reply", self.clerk, question_id=question.id, text="Turussa")
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=1)
        self.assertEqual(self.report_of(move, "comment").state, "cancelled")
        self.assertIn("Turussa", self.notes(move))
        self.run_queue()
        self.assertFalse(self.told(move))

    def test_the_reply_is_refused_because_the_case_has_ended(self):
        """Nothing here knew that yet."""
        move, question = self.asked()
        self.say(move, "reply", self.clerk, question_id=question.id, text="Turussa")
        self.sandbox.amili(move, "close", result="credit_loss")
        self.run_queue()
        self.assertFalse(self.told(move))
        self.sync(minutes=1)
        self.assertEqual(move.amili_state, "closed")
        self.assertIn("Turussa", self.notes(move))
        posts = len(self.reports())
        self.assertQuiet(move, posts)

    def test_marking_as_seen_goes_on_after_the_end(self):
        move, question = self.asked()
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=1)
        question.with_user(self.clerk).action_mark_seen()
        self.sandbox.fault("drop_after", method="POST", path="/seen$")
        self.run_queue()
        self.run_queue(minutes=10)
        [there] = [e for e in self.sandbox.case(move)["events"] if "comment" in e]
        self.assertTrue(there["seen"])
        self.assertFalse(
            self.report_of(move, "seen").filtered(lambda e: e.state != "done")
        )
