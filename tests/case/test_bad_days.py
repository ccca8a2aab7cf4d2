"""Bad days of a report: what people see, and what Amili has in the end."""

from contextlib import suppress
from unittest.mock import Mock, patch
from uuid import UUID

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...maventa import connection
from ...models.case import amili_assignment_event
from ..collection_case import (
    ASKED,
    EVENTS_OF_A_CASE,
    LOST,
    NEVER_TAKEN,
    REPORT,
    BadDayCase,
)
from ..sandbox_process import DEFAULT_COMPANY


@tagged("post_install", "-at_install")
class TestLostAnswers(BadDayCase):
    """A report whose answer is lost: asked for first, told once."""

    def lost(self, **fault):
        """Report a payment of 100 while Maventa misbehaves; return the invoice."""
        self.reset_sandbox()
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault(**REPORT, **fault)
        self.run_queue()
        self.assertEqual(self.report_of(move).state, "unknown")
        return move

    def test_what_arrived_is_not_sent_again(self):
        for fault in LOST:
            with self.subTest(**fault):
                move = self.lost(**fault)
                self.assertFalse(self.tasks(move), "nobody has to do anything yet")
                self.run_queue(minutes=10)
                self.assertEqual(self.report_of(move).state, "done")
                self.assertEqual(self.report_of(move).error_message, False)
                self.assertIn("was told of a payment", self.chatter(move)[-1])
                self.assertQuiet(move, posts=1)
                self.assertEqual(self.amounts(move), [100])
                self.assertAgreed(move)

    def test_no_reference_looks_like_an_identity_code(self):
        # These digits and letters do, with a check character that is right.
        looks_so = UUID("010100a1-100f-4000-8000-000000000000")
        source = Mock(uuid4=lambda: looks_so)
        with patch.object(amili_assignment_event, "uuid", source):
            move = self.lost(kind="drop_after")
        self.run_queue(minutes=10)
        self.assertEqual(self.report_of(move).state, "done")

    def test_what_did_not_arrive_is_sent_again_after_a_while(self):
        for fault in NEVER_TAKEN:
            with self.subTest(**fault):
                move = self.lost(**fault)
                self.run_queue(minutes=3)
                self.run_queue(minutes=1)
                self.assertTrue(self.sandbox.log(**ASKED), "it asked")
                self.assertEqual(len(self.reports()), 1, "it may still be under way")
                self.assertEqual(self.report_of(move).state, "unknown")
                self.deny_twice()
                self.assertEqual(self.report_of(move).state, "done")
                self.assertQuiet(move, posts=2)
                self.assertEqual(self.amounts(move), [100])
                self.assertAgreed(move)

    def test_no_answer_in_time(self):
        self.be_impatient()
        for kind, posts in (("hang", 1), ("hang_before", 2)):
            with self.subTest(kind):
                move = self.lost(kind=kind, seconds=60)
                self.sandbox.clear_faults()
                self.assertIn("in time", self.report_of(move).error_message)
                self.deny_twice()
                self.assertEqual(self.report_of(move).state, "done")
                self.assertQuiet(move, posts)
                self.assertEqual(self.amounts(move), [100])

    def test_the_feed_brings_it_before_anybody_asks(self):
        move = self.lost(kind="drop_after")
        lines = len(self.chatter(move))
        self.sync()
        self.assertEqual(self.report_of(move).state, "done")
        self.sync(minutes=10)
        self.assertQuiet(move, posts=1)
        self.assertEqual(len(self.report_of(move)), 1)
        self.assertEqual(len(self.chatter(move)), lines + 1)
        self.assertEqual(self.case_of(move).direct_amount, 100)

    def test_the_feed_brings_what_was_taken_to_be_lost(self):
        """Maventa stored it long after it had denied it."""
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault("drop_after", **REPORT)
        self.run_queue()
        self.sandbox.fault("json", body=[], times=2, **EVENTS_OF_A_CASE)
        self.sandbox.fault("status", status=429, **REPORT)
        self.deny_twice()
        self.assertEqual(self.report_of(move).state, "queued")
        self.sync()
        self.assertEqual(self.report_of(move).state, "done")
        self.assertQuiet(move, posts=2)
        self.assertEqual(self.amounts(move), [100])

    def test_two_alike_on_one_day_and_the_first_is_lost(self):
        move = self.active()
        self.payment(move, 100)
        self.payment(move, 100)
        self.sandbox.fault("drop_after", **REPORT)
        self.run_queue()
        self.assertEqual(self.report_of(move).mapped("state"), ["unknown", "queued"])
        self.run_queue(minutes=10)
        self.run_queue()
        self.assertEqual(self.report_of(move).mapped("state"), ["done", "done"])
        self.assertQuiet(move, posts=2)
        self.assertEqual(self.amounts(move), [100, 100])
        self.assertEqual(len(set(self.report_of(move).mapped("remote_id"))), 2)
        self.assertAgreed(move)

    def test_two_alike_and_the_first_never_arrived(self):
        move = self.active()
        self.payment(move, 100)
        self.payment(move, 100)
        self.sandbox.fault("drop_before", **REPORT)
        self.run_queue()
        self.run_queue(minutes=10)
        self.run_queue()
        self.assertQuiet(move, posts=3)
        self.assertEqual(self.amounts(move), [100, 100])

    def test_the_sender_is_killed(self):
        for before_call, posts in ((True, 1), (False, 1)):
            with self.subTest(before_call=before_call):
                self.reset_sandbox()
                move = self.active()
                self.payment(move, 100)
                self.kill_the_sender(before_call)
                self.assertEqual(self.report_of(move).state, "sending")
                self.run_queue(minutes=9)
                self.assertEqual(self.report_of(move).state, "sending")
                self.run_queue(minutes=2)
                self.assertTrue(self.sandbox.log(**ASKED), "it asked")
                self.deny_twice()
                self.assertEqual(self.report_of(move).state, "done")
                self.assertQuiet(move, posts)
                self.assertEqual(self.amounts(move), [100])

    def test_what_cannot_be_asked_for_is_never_sent_again(self):
        for fault in (
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 404},
            {"kind": "status", "status": 403},
            {"kind": "json", "body": {"error": "x"}},
            {"kind": "json", "body": [{"no": "id"}]},
            {"kind": "drop_before"},
        ):
            with self.subTest(**fault):
                move = self.lost(kind="drop_after")
                self.sandbox.fault(times=None, **fault, **EVENTS_OF_A_CASE)
                for _run in range(12):
                    self.run_queue(hours=5)
                    self.run_cron("deadlines")
                self.assertEqual(self.report_of(move).state, "unknown")
                self.assertEqual(len(self.reports()), 1)
                self.assertEqual(self.summaries(move).count("ask Amili"), 1)
                self.sandbox.clear_faults()
                self.run_queue(hours=5)
                self.assertEqual(self.report_of(move).state, "done")
                self.assertEqual(self.amounts(move), [100])

    def test_a_list_that_is_not_whole_denies_nothing(self):
        for kind in ("skip_page", "reverse_items", "repeat_items"):
            with self.subTest(kind):
                self.reset_sandbox()
                move = self.active()
                self.many(move, 120)
                self.payment(move, 100)
                self.sandbox.fault("drop_after", **REPORT)
                self.run_queue()
                self.sandbox.fault(kind, **EVENTS_OF_A_CASE)
                self.run_queue(minutes=10)
                self.assertIn(self.report_of(move).state, ("unknown", "done"))
                self.assertEqual(len(self.reports()), 1)
                self.run_queue(minutes=10)
                self.assertEqual(self.report_of(move).state, "done")
                self.assertEqual(self.amounts(move), [100])

    def many(self, move, number):
        for position in range(number):
            self.inject(move, comment=f"{position:03}")

    def test_order_is_kept_within_a_case_and_others_go_on(self):
        move, other = self.active(), self.active()
        self.payment(move, 100)
        self.say(move, "comment", text="Maksoi osan.")
        self.sandbox.fault("drop_before", **REPORT)
        self.run_queue()
        self.payment(other, 50)
        self.run_queue(minutes=3)
        self.assertEqual(self.told(move), [])
        self.assertEqual(self.amounts(other), [50])
        self.deny_twice()
        self.run_queue()
        self.assertEqual([e["type"] for e in self.told(move)], ["paid", "comment"])


@tagged("post_install", "-at_install")
class TestRefusedReports(BadDayCase):
    """What Maventa does not take ends with a person, and never in a loop."""

    def refused(self, move):
        """Check that a payment ended with one request, a reason and a task."""
        report = self.report_of(move)
        self.assertEqual(report.state, "failed")
        self.assertTrue(report.error_message)
        self.assertIn("did not take", self.chatter(move)[-1])
        self.assertIn(report.error_message.split(". ")[0], self.chatter(move)[-1])
        self.assertEqual(self.summaries(move).count("was refused"), 1)
        self.assertQuiet(move, posts=1)
        self.assertEqual(report.state, "failed")
        self.assertEqual(self.summaries(move).count("was refused"), 1)

    def test_refused(self):
        for fault, words in (
            ({"status": 400, "body": {"message": "Mikä tämä on?"}}, "Mikä tämä on?"),
            ({"status": 404}, "does not know this case"),
            ({"status": 409, "body": {"message": "Suljettu"}}, "no more reports"),
            ({"status": 422, "body": {"message": "Liikaa", "details": ["a"]}}, "· a"),
        ):
            with self.subTest(**fault):
                self.reset_sandbox()
                move = self.active()
                self.payment(move, 100)
                self.sandbox.fault("status", times=None, **fault, **REPORT)
                self.run_queue(hours=1)
                self.assertIn(words, self.report_of(move).error_message)
                self.assertTold(move, "refused a report")
                self.refused(move)

    def test_a_case_that_maventa_has_just_named_may_not_be_known_everywhere(self):
        """Its two APIs need not learn of a case at the same moment."""
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault("status", status=404, times=2, **REPORT)
        self.run_queue()
        self.assertEqual(self.report_of(move).state, "queued")
        self.run_queue(minutes=5)
        self.run_queue(minutes=10)
        self.assertEqual(self.report_of(move).state, "done")
        self.assertEqual(self.amounts(move), [100])

    def test_maventa_says_that_the_case_is_closed(self):
        move = self.active()
        self.payment(move, 100)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.run_queue()
        self.refused(move)
        self.assertFalse(self.told(move))
        self.sync()
        self.assertEqual(move.amili_state, "closed")

    def test_what_was_refused_can_be_sent_anew(self):
        move = self.active()
        report = self.say(move, "due_date", date="2026-11-20")
        refusal = {"status": 422, "body": {"message": "type is unknown"}}
        self.sandbox.fault("status", times=None, **refusal, **REPORT)
        self.run_queue()
        self.assertEqual(report.state, "failed")
        self.assertIn("type is unknown", report.error_message)
        self.assertIn("was refused", self.summaries(move))
        self.assertQuiet(move, posts=1)
        self.sandbox.clear_faults()
        report.with_user(self.manager).action_retry()
        self.run_queue()
        self.assertEqual(report.state, "done")
        self.assertQuiet(move, posts=2)
        self.assertEqual(len(self.told(move, "due_date_change")), 1)

    def test_nobody_sends_anew_to_a_case_that_has_ended(self):
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault("status", status=422, **REPORT)
        self.run_queue()
        self.sandbox.amili(move, "close")
        self.sync(minutes=5)
        with self.assertRaisesRegex(UserError, "not in the hands of Amili"):
            self.report_of(move).with_user(self.manager).action_retry()

    def test_a_refused_report_lets_the_later_ones_go(self):
        move = self.active()
        self.payment(move, 100)
        self.payment(move, 200)
        self.sandbox.fault("status", status=422, **REPORT)
        self.run_queue()
        self.run_queue()
        self.assertEqual(self.report_of(move).mapped("state"), ["failed", "done"])
        self.assertEqual(self.amounts(move), [200])

    def test_a_payment_that_was_refused_and_undone_cannot_be_sent_anew(self):
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault("status", status=422, **REPORT)
        self.run_queue()
        report = self.report_of(move)
        self.undo(move)
        with suppress(UserError):
            report.with_user(self.manager).action_retry()
        self.run_queue(hours=1)
        self.assertFalse(self.amounts(move), "the debtor has not paid")

    def test_a_payment_that_was_refused_undone_and_done_again_is_told_once(self):
        move = self.active()
        self.bank_line(move, 100)
        self.sandbox.fault("status", status=422, **REPORT)
        self.run_queue()
        refused = self.report_of(move)
        self.undo(move)
        self.bank_line(move, 100)
        self.run_queue(hours=1)
        with suppress(UserError):
            refused.with_user(self.manager).action_retry()
        self.run_queue(hours=1)
        self.assertEqual(self.amounts(move), [100])


@tagged("post_install", "-at_install")
class TestHeldUpReports(BadDayCase):
    """Nothing gets lost while Maventa lets nobody in."""

    def test_access_is_refused_to_all(self):
        moves = self.active() + self.active() + self.active()
        for move in moves:
            self.payment(move, 100)
        self.sandbox.fault("status", status=401, times=None, **REPORT)
        for _day in range(3):
            self.run_queue(days=1)
        states = [self.report_of(move).state for move in moves]
        self.assertEqual(states, ["queued"] * 3)
        self.assertEqual(len(self.tasks(moves)), 1, "one person, one task")
        self.assertIn("administrator", self.tasks(moves).note)
        self.sandbox.clear_faults()
        self.run_queue(hours=1)
        for move in moves:
            self.assertEqual(self.amounts(move), [100])

    def test_access_is_refused_to_a_single_report(self):
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault("status", status=403, times=None, **REPORT)
        for _day in range(4):
            for _run in range(6):
                self.run_queue(hours=4)
        self.assertEqual(len(self.tasks(move)), 1, "a person hears of it once")
        self.assertNotIn("done", self.report_of(move).mapped("state"))
        self.sandbox.clear_faults()
        self.run_queue(days=1)
        self.assertEqual(self.amounts(move), [100])

    def test_wrong_keys_are_a_task_and_new_ones_wake_the_outbox(self):
        for number in (1, 2):
            with self.subTest(number=number):
                self.reset_sandbox()
                moves = self.env["account.move"]
                for _move in range(number):
                    moves += self.active()
                for move in moves:
                    self.payment(move, 100)
                self.connect(self.company, client_secret="wrong")
                connection._TOKENS = connection.TokenCache()
                for _run in range(8):
                    self.run_queue(hours=4)
                self.assertFalse(self.reports())
                self.assertEqual(len(self.tasks(moves)), 1, "one person, one task")
                self.connect(self.company, **DEFAULT_COMPANY)
                self.run_queue()
                for move in moves:
                    self.assertEqual(self.amounts(move), [100])

    def test_missing_keys(self):
        move = self.active()
        self.payment(move, 100)
        self.connect(self.company, client_secret=False)
        self.run_queue()
        self.run_queue(hours=2)
        self.assertEqual(self.report_of(move).state, "queued")
        self.assertEqual(len(self.tasks(move)), 1)
        self.connect(self.company)
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])

    def test_maventa_asks_to_wait(self):
        move = self.active()
        self.payment(move, 100)
        wait = {"status": 429, "headers": {"Retry-After": "600"}}
        self.sandbox.fault("status", **wait, **REPORT)
        self.run_queue()
        self.assertEqual(self.report_of(move).state, "queued")
        self.assertIn("asks to wait", self.report_of(move).error_message)
        self.run_queue(seconds=599)
        self.assertEqual(len(self.reports()), 1)
        self.run_queue(seconds=1)
        self.assertEqual(self.amounts(move), [100])
        self.assertFalse(self.tasks(move))

    def test_maventa_asks_all_to_wait(self):
        moves = self.active() + self.active()
        for move in moves:
            self.payment(move, 100)
        wait = {"status": 429, "headers": {"Retry-After": "600"}}
        self.sandbox.fault("status", times=2, **wait, **REPORT)
        self.run_queue()
        self.run_queue(seconds=599)
        self.assertEqual(len(self.reports()), 2)
        self.run_queue(seconds=1)
        for move in moves:
            self.assertEqual(self.amounts(move), [100])
        self.assertFalse(self.tasks(moves))

    def test_maventa_cannot_be_reached(self):
        move = self.active()
        self.payment(move, 100)
        url = self.sandbox.url
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("amili_perinta.sandbox_url", "http://127.0.0.1:9")
        self.run_queue()
        self.run_queue(hours=1)
        self.assertEqual(self.report_of(move).state, "queued")
        self.assertIn("cannot be reached", self.report_of(move).error_message)
        parameters.set_param("amili_perinta.sandbox_url", url)
        self.run_queue(hours=4)
        self.assertEqual(self.amounts(move), [100])

    def test_another_environment(self):
        """Reports wait for the environment of their case and go nowhere else."""
        move = self.active()
        self.payment(move, 100)
        self.company.amili_environment = "test"
        self.undo(move)
        self.payment(move, 60)
        for _day in range(3):
            # Whatever is asked of another address fails the test.
            self.run_queue(days=1)
        self.assertEqual(self.report_of(move)[-1:].state, "queued")
        self.assertFalse(self.reports())
        self.company.amili_environment = "sandbox"
        self.run_queue()
        self.assertEqual(self.amounts(move), [60])
