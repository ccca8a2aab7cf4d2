"""Maventa keeps no words, or others: still nothing is told twice.

An event of ours of the same kind, day and sum that nothing here has claimed may be the
one whose answer was lost: a person decides, with both in view.
"""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..books_case import BooksCase
from ..collection_case import REPORT


@tagged("post_install", "-at_install")
class TestLostWords(BooksCase):
    def lost(self, similar=None, kind="drop_before"):
        """Lose the answer for a payment of 100; Amili has ``similar`` of its own."""
        self.reset_sandbox()
        move = self.active()
        self.bank_line(move, 100)
        self.sandbox.fault(kind, **REPORT)
        self.run_queue()
        if similar is not None:
            self.inject_ours(move, **similar)
        for _run in range(4):
            self.run_queue(minutes=30)
        return move

    def test_in_other_words_a_person_decides(self):
        move = self.lost(similar={})
        self.assertEqual(len(self.reports()), 1)
        self.assertEqual(self.report_of(move).state, "unknown")
        self.assertEqual(self.summaries(move).count("told of this already"), 1)
        self.assertQuiet(move, posts=1)
        self.assertEqual(self.summaries(move).count("told of this already"), 1)

    def test_it_is_this_one(self):
        for is_in_feed in (False, True):
            with self.subTest(is_in_feed=is_in_feed):
                move = self.lost(similar={})
                if is_in_feed:
                    self.sync()
                report = self.report_of(move).filtered("entry_id")
                report.with_user(self.clerk).action_is_similar()
                self.assertEqual(report.state, "done")
                self.assertFalse(self.tasks(move))
                self.sync(hours=1)
                self.assertEqual(len(self.report_of(move)), 1, "one, not two")
                self.assertQuiet(move, posts=1)

    def test_it_is_another_one(self):
        move = self.lost(similar={})
        report = self.report_of(move)
        report.with_user(self.clerk).action_is_not_similar()
        self.assertFalse(self.tasks(move))
        self.run_queue()
        self.assertEqual(report.state, "done")
        self.assertQuiet(move, posts=2)

    def test_who_may_not_decide(self):
        move = self.lost(similar={})
        for action in ("action_is_similar", "action_is_not_similar"):
            with self.assertRaises(AccessError):
                getattr(self.report_of(move).with_user(self.outsider), action)()

    def test_what_is_not_alike_is_no_reason_to_wait(self):
        for similar in (
            {"date": "2026-10-18"},
            {"amount": 100.01},
            {"type": "credit_note"},
            {"origin": "amili"},
        ):
            with self.subTest(**similar):
                move = self.lost(similar=similar)
                self.assertEqual(self.report_of(move)[:1].state, "done")
                self.assertQuiet(move, posts=2)

    def test_without_words_it_is_found_by_all_else(self):
        move = self.lost(similar={"comment": None})
        self.assertEqual(self.report_of(move).state, "done")
        self.assertQuiet(move, posts=1)

    def test_who_wrote_words_knows_whether_they_stand_there(self):
        """Another message of the same day is no reason to wait."""
        move = self.active()
        self.sandbox.fault("drop_before", **REPORT)
        report = self.say(move, "comment", text="Velallinen soitti.")
        self.run_queue()
        self.assertEqual(report.state, "unknown")
        other = {"type": "comment", "comment": "Muuta asiaa", "amount": None}
        self.inject_ours(move, **other, date=report.date and f"{report.date}")
        for _run in range(4):
            self.run_queue(minutes=30)
        self.assertEqual(report.state, "done")
        self.assertQuiet(move, posts=2)

    def test_what_stood_there_before_is_not_taken_for_it(self):
        """Of the same day and sum, without words, and known before ours was made."""
        move = self.active()
        self.inject_ours(move, comment=None)
        self.sync(minutes=5)
        self.bank_line(move, 100)
        self.sandbox.fault("drop_before", **REPORT)
        self.run_queue()
        for _run in range(4):
            self.run_queue(minutes=30)
        report = self.report_of(move).filtered("entry_id")
        self.assertEqual(report.state, "unknown")
        self.assertIn("told of this already", self.summaries(move))

    def test_only_what_is_compared_can_be_decided(self):
        """Before Amili was asked for it a lost report is no matter for a person."""
        move = self.active()
        self.bank_line(move, 100)
        self.sandbox.fault("drop_before", **REPORT)
        self.run_queue()
        report = self.report_of(move)
        for action in ("action_is_similar", "action_is_not_similar"):
            getattr(report.with_user(self.clerk), action)()
            self.assertEqual(report.state, "unknown")

    def test_the_task_stays_while_another_one_waits_for_its_answer(self):
        move = self.active()
        self.bank_line(move, 100)
        self.bank_line(move, 60)
        self.sandbox.fault("status", status=422, **REPORT)
        first, second = self.report_of(move)
        for report, amount in ((second, 60), (first, 100)):
            if first.state == "failed":
                first.with_user(self.manager).action_retry()
            self.sandbox.fault("drop_before", times=2, **REPORT)
            self.run_queue(minutes=10)
            self.assertEqual(report.state, "unknown")
            self.inject_ours(move, amount=amount)
            for _run in range(4):
                self.run_queue(minutes=30)
            self.assertTrue(report.similar_remote_id)
        for report, tasks in ((second, 1), (first, 0)):
            report.with_user(self.clerk).action_is_similar()
            self.assertEqual(self.summaries(move).count("told of this"), tasks)

    def test_what_is_in_doubt_is_no_difference(self):
        """Whether Amili counts it or not: nobody knows before a person has said so."""
        for is_undone in (False, True):
            with self.subTest(is_undone=is_undone):
                move = self.lost(similar={})
                case = self.case_of(move).sudo()
                self.sync()
                if is_undone:
                    self.undo(move)
                for opened, differs in (
                    (1140, False),
                    (1240, False),
                    (1241, True),
                    (1139, True),
                ):
                    case.open_amount = opened
                    case._compare_books()
                    self.assertEqual("sums differ" in self.summaries(move), differs)

    def test_of_two_alike_only_what_was_sent_can_be_there(self):
        """The second payment waits for the first: Amili cannot have it yet."""
        self.sandbox.control("settings", {"moods": ["texts_dropped"]})
        move = self.active()
        self.bank_line(move, 100)
        self.bank_line(move, 100)
        self.sandbox.fault("drop_after", **REPORT)
        self.run_queue()
        self.assertEqual(self.report_of(move).mapped("state"), ["unknown", "queued"])
        self.sync()
        self.assertEqual(self.report_of(move).mapped("state"), ["done", "queued"])
        self.run_queue(minutes=30)
        self.assertEqual(self.report_of(move).mapped("state"), ["done", "done"])
        self.assertQuiet(move, posts=2)
        self.sync(hours=1)
        self.assertAgreed(move)

    def test_what_is_another_one_is_compared_no_more(self):
        """Two may be compared with one event of Amili's, and it is one of them."""
        move = self.active()
        self.bank_line(move, 100)
        self.bank_line(move, 100)
        self.sandbox.fault("status", status=422, **REPORT)
        self.sandbox.fault("drop_before", times=2, **REPORT)
        self.run_queue()
        self.run_queue()
        self.inject_ours(move)
        for _run in range(4):
            self.run_queue(minutes=30)
        first, second = self.report_of(move).filtered("entry_id")
        self.assertEqual((first.state, second.state), ("failed", "unknown"))
        self.assertIn("told of this already", self.summaries(move))
        first.with_user(self.manager).action_retry()
        self.sandbox.control("settings", {"moods": ["texts_dropped"]})
        for _run in range(3):
            self.run_queue(minutes=30)
        self.assertEqual(first.state, "done", "it has no words that say otherwise")
        self.assertNotIn("told of this already", self.summaries(move))
        self.assertEqual(second.state, "done", "it was sent again")
        self.sync(hours=1)
        self.assertEqual(len(self.report_of(move)), 2)
        self.assertAgreed(move)

    def test_a_number_that_amili_gives_a_payment_tells_nothing(self):
        """Only credit notes are told with theirs."""
        move = self.lost(similar={"reference": "M-1001"})
        self.assertEqual(self.report_of(move).state, "unknown")
        self.assertIn("told of this already", self.summaries(move))

    def test_what_has_the_words_of_another_one_is_that_one(self):
        """The first was taken, and said to be refused: of the second Amili has none."""
        move = self.active()
        self.bank_line(move, 100)
        self.bank_line(move, 100)
        self.sandbox.fault("status_after", status=422, **REPORT)
        self.sandbox.fault("drop_before", times=2, **REPORT)
        first, second = self.report_of(move)
        self.run_queue()
        self.run_queue()
        self.assertEqual((first.state, second.state), ("failed", "unknown"))
        for _run in range(4):
            self.run_queue(minutes=30)
        self.assertEqual(second.state, "done")
        self.assertNotIn("told of this already", self.summaries(move))
        self.assertEqual(self.amounts(move), [100, 100])

    def test_what_somebody_told_elsewhere_is_not_what_was_never_sent(self):
        move = self.active()
        self.bank_line(move, 100)
        self.inject_ours(move, comment=None)
        self.sync(minutes=5)
        report = self.report_of(move).filtered("entry_id")
        self.assertEqual(report.state, "queued")
        self.run_queue()
        self.assertEqual(len(self.reports()), 1)

    def test_the_task_ends_where_its_own_words_come_with_the_news(self):
        """While a person is still to compare it with another event."""
        move = self.lost(similar={})
        report = self.report_of(move).filtered("entry_id")
        self.inject_ours(move, comment=f"Maksu [{report.reference}]")
        self.sync(minutes=5)
        self.assertEqual(report.state, "done")
        self.assertNotIn("told of this already", self.summaries(move))
        self.assertFalse(report.similar_remote_id)

    def test_the_task_ends_where_it_is_found_after_all(self):
        move = self.lost(similar={})
        self.assertIn("told of this already", self.summaries(move))
        self.sandbox.control("settings", {"moods": ["texts_dropped"]})
        self.run_queue(hours=25)
        self.assertEqual(self.report_of(move).state, "done")
        self.assertFalse(self.tasks(move))

    def test_who_decides_may_read_another_language(self):
        """The task was written in the company's language."""
        self.env["res.lang"]._activate_lang("fi_FI")
        move = self.lost(similar={})
        self.clerk.lang = "fi_FI"
        self.report_of(move).with_user(self.clerk).with_context(
            lang="fi_FI"
        ).action_is_similar()
        self.assertFalse(self.tasks(move))

    def test_two_alike_are_told_apart_by_their_document(self):
        move = self.active()
        first, second = self.refund(move, 100), self.refund(move, 100)
        self.match(move, first)
        self.match(move, second)
        self.sandbox.fault("drop_before", **REPORT)
        self.run_queue()
        self.inject_ours(
            move, type="credit_note", comment="Hyvitys", reference=second.name
        )
        for _run in range(4):
            self.run_queue(minutes=30)
        reports = self.report_of(move, "credit_note").filtered("entry_id")
        self.assertEqual(reports[0].state, "done", "that was another document")
