"""News that comes late, twice, or to two workers at once: none of it is lost."""

from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.tests import tagged

from ..collection_case import BadDayCase

FEED = "/v1/events"
WHOLE = "/v1/assignments/"


@tagged("post_install", "-at_install")
class TestLateNews(BadDayCase):
    def ask_late(self, move, **age):
        """Let a question enter the feed so long after it was made."""
        made = fields.Datetime.now() - timedelta(**age)
        self.inject(move, comment="Kiistetään", created_at=f"{made:%Y-%m-%dT%H:%M:%SZ}")

    def whole_requests(self):
        return [
            request
            for request in self.sandbox.log("GET", WHOLE)
            if request["path"].count("/") == 3
        ]

    def test_a_question_that_enters_the_feed_late_is_seen(self):
        move, other = self.active(), self.active()
        self.later(days=5)
        self.sandbox.amili(other, "remind")
        self.sync(minutes=1)
        self.ask_late(move, hours=30)
        self.sync(hours=1)
        self.assertIn("Kiistetään", self.texts(self.case_of(move)))

    def test_what_never_enters_the_feed_is_found_within_a_week(self):
        move = self.active()
        self.sandbox.fault("json", body=[], times=None, path="/v1/events$")
        self.ask_late(move, hours=1)
        for _day in range(8):
            self.sweep(days=1)
        self.assertIn("Kiistetään", self.texts(self.case_of(move)))

    def test_each_case_is_read_whole_once_a_week_and_not_all_on_a_day(self):
        moves = self.env["account.move"]
        for _number in range(7):
            moves += self.active()
        days = []
        for _day in range(7):
            self.sandbox.clear_log()
            self.sweep(days=1)
            days.append(len(self.whole_requests()))
        self.assertEqual(days, [1] * 7)

    def test_a_day_without_a_comparison_is_made_up_for(self):
        self.active()
        self.sweep(days=8)
        self.assertEqual(len(self.whole_requests()), 1)

    def test_what_is_known_costs_no_query_for_each(self):
        move = self.active()
        for number in range(40):
            self.inject(move, comment=f"viesti {number}", origin="company")
        self.sync(minutes=1)
        count = len(self.case_of(move).event_ids)
        asked = self.count_queries()
        for number in range(40):
            self.inject(move, comment=f"viesti {number + 40}", origin="company")
        self.sync(minutes=1)
        self.assertEqual(len(self.case_of(move).event_ids), count + 40)
        # Of 80 that the feed tells now none is new.
        self.assertLessEqual(self.count_queries(), asked + 3)

    def count_queries(self):
        """Return what reading a feed without news takes."""
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.sync()
        return self.cr.sql_log_count - before

    def test_a_moment_is_a_day_in_finland(self):
        move = self.active()
        self.inject(move, comment="Yöllä", date=None, created_at="2026-10-20T22:30:00Z")
        self.sync(hours=14)
        event = self.case_of(move).event_ids.filtered(lambda e: e.text == "Yöllä")
        self.assertEqual(event.date, datetime(2026, 10, 21).date())

    def test_two_workers_with_the_same_event_lose_nothing_of_the_page(self):
        """The other one records the first event between our reading and writing."""
        move = self.active()
        for number in range(3):
            self.inject(move, comment=f"viesti {number}")
        model = type(self.env["amili.assignment.event"])
        create, lost = model.create, []

        def meet(this, values):
            if not lost:
                lost.append(values)
                raise UniqueViolation
            return create(this, values)

        with patch.object(model, "create", meet):
            self.sync(minutes=1)
        self.assertTrue(lost)
        texts = self.texts(self.case_of(move))
        self.assertEqual(texts, ["viesti 0", "viesti 1", "viesti 2"])


@tagged("post_install", "-at_install")
class TestGivenUp(BadDayCase):
    """What Amili cannot be told any more is a person's, however the case ended."""

    def test_a_payment_of_a_case_that_ended_asks_a_person(self):
        for result in ("paid", "credit_loss", "withdrawn"):
            with self.subTest(result):
                self.reset_sandbox()
                move = self.active()
                self.sandbox.amili(move, "close", result=result)
                self.payment(move, 100)
                self.sync(minutes=1)
                self.run_queue()
                self.assertEqual(self.report_of(move).state, "cancelled")
                self.assertIn("ended before Amili was told", self.summaries(move))

    def test_a_payment_that_a_withdrawal_made_moot_asks_a_person(self):
        move = self.active()
        self.say(move, "withdraw", text="Sovittu", is_sure=True)
        self.payment(move, 100)
        self.sandbox.fault(
            "json",
            body={"id": "w-1", "type": "cancellation"},
            method="POST",
            path="/events$",
        )
        self.sandbox.fault("status", status=409, method="POST", path="/events$")
        self.run_queue()
        self.assertEqual(self.report_of(move).state, "cancelled")
        self.assertIn("ended before Amili was told", self.summaries(move))
