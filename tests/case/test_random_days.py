"""Whatever happens in whatever order: in the end both sides know the same, once.

A property test: random days of bookings, undoings, edits, events of Amili and faults,
before the hand-over and after it. Then the principal, less what Amili was told and
stands, is what is open on the invoice; both sides agree to the cent, or an activity
says why not; and nothing was told twice.

A number decides which days: AMILI_SEQUENCES=17-18 lets those of 17 happen once more.
``dev/bench n`` lives through thousands.
"""

import logging
import os
from collections import Counter

from odoo.tests import tagged

from ...const import UNDER_WAY_STATES
from ...models.case.amili_assignment_reconciliation import HANDED_OVER_STATES
from ..random_days import AMILI, PEOPLE, TIME, TROUBLE, RandomDays

MONEY = ("paid", "credit_note")
# Always the same days, so that nobody meets a failure by chance.
SEQUENCES = os.environ.get("AMILI_SEQUENCES", "200")
_logger = logging.getLogger(__name__)


def cents(amount):
    return round(amount * 100)


@tagged("post_install", "-at_install")
class TestRandomDays(RandomDays):
    # Begin with it: at the end no other process could take a part of it.
    expected_seconds = 900

    def test_both_sides_agree(self):
        for number in range(*map(int, SEQUENCES.split("-"))):
            with self.subTest(number=number):
                self.live(number)

    def live(self, number):
        """Let the days of a number pass, and compare the books when all is quiet."""
        with self.env.cr.savepoint() as savepoint:
            try:
                self.begin(number)
                for _step in range(self.random.randint(10, 30)):
                    self.step(
                        self.random.choice((PEOPLE, PEOPLE, AMILI, TROUBLE, TIME))
                    )
                self.settle()
                for move in self.moves:
                    self.check(move)
                _logger.info("Lived through sequence %s", number)
            except Exception as exc:
                exc.add_note(f"{number}: {'; '.join(self.happened)}")
                raise
            finally:
                savepoint.rollback()
                self.env.invalidate_all(flush=False)

    def settle(self):
        """Let the bad days end, and time pass until nothing happens any more."""
        self.sandbox.clear_faults()
        for _round in range(20):
            for case in self.sandbox.cases():
                if case["status"] == "pending":
                    self.sandbox.control(f"cases/{case['invoice_id']}/accept", {})
            self.run_queue(hours=5)
            if self.cases().filtered(lambda a: a.state == "pending"):
                self.do_poll()
            self.sync()
            self.decide_similar()
            if not self.left():
                break
        # Once more for what happened within one second: then the case is read whole.
        self.sync(hours=1)
        self.sweep()

    def cases(self):
        return self.moves.amili_assignment_ids

    def left(self):
        """Return the states of what is under way, by its name."""
        return [
            (record.display_name, record.state, record.error_message)
            for record in (*self.cases(), *self.cases().event_ids)
            if record.state in ("pending", *UNDER_WAY_STATES)
        ]

    def decide_similar(self):
        """Somebody compares what Amili has with what may be the same."""
        comments = {
            event["id"]: event.get("comment") or ""
            for case in self.sandbox.cases()
            for event in case["events"]
        }
        reports = self.cases().event_ids.filtered("similar_remote_id")
        for report in reports.with_user(self.clerk):
            if report.reference in comments[report.similar_remote_id]:
                report.action_is_similar()
            else:
                report.action_is_not_similar()

    # What must hold -------------------------------------------------------------------

    def check(self, move):
        cases = [
            case
            for case in self.sandbox.cases()
            if case["invoice_id"] == move.maventa_invoice_id and case["assignment"]
        ]
        case = move.amili_assignment_ids.filtered(
            lambda a: a.state in HANDED_OVER_STATES
        )
        self.assertEqual(self.left(), [], "it is quiet")
        self.assertEqual(len(case), len(cases), "one case on both sides, or none")
        if not cases:
            events = move.amili_assignment_ids.event_ids
            told = events.filtered(lambda e: e.direction == "outbound")
            self.assertNotIn("done", told.mapped("state"))
            return
        [there] = cases
        self.check_sides(case, there)

    def check_sides(self, case, there):
        """Both sides tell the same, each thing once, and what is open is explained.

        :param there: the case as Amili has it
        """
        is_open = there["assignment"]["status"] != "closed"
        self.assertEqual(case.state in ("closed", "withdrawn"), not is_open)
        self.assertAgreed(case.move_id)
        self.check_once(case, there)
        done = case.event_ids.filtered(
            lambda e: (
                e.direction == "outbound" and e.type in MONEY and e.state == "done"
            )
        )
        stands = done.filtered(lambda e: not e.is_undone)
        self.check_sums(case, there, stands)
        if is_open:
            self.check_balance(case, stands)
            self.check_comments(there, done)

    def check_once(self, case, there):
        """No event exists twice, on either side, nor on one side alone."""
        events = case.event_ids.filtered("remote_id")
        here = Counter(events.mapped("remote_id"))
        self.assertEqual(here, Counter(event["id"] for event in there["events"]))
        self.assertEqual(set(here.values()) - {1}, set())
        texts = [
            event["comment"].rpartition("[")[2]
            for event in there["events"]
            if event["origin"] == "company"
        ]
        self.assertEqual(len(set(texts)), len(texts), "each reference came once")

    def check_balance(self, case, stands):
        """Principal less what stands is what is open, or somebody is asked why not."""
        move = case.move_id
        drafts = sum(
            partial.debit_amount_currency
            for partial in self.standing(move)
            if partial.credit_move_id.parent_state != "posted"
        )
        quiet = sum(
            max(cents(entry.amount) - cents(entry.claim_amount), 0)
            for entry in case.entry_ids
            if entry.meaning not in MONEY
        )
        told = cents(sum(stands.mapped("amount")))
        told -= cents(sum(stands.mapped("extra_amount")))
        open_here = cents(move.amount_residual) + cents(drafts)
        more = open_here + quiet + told - cents(case.capital_amount)
        summaries = Counter(self.tasks(move).mapped("summary"))
        self.assertEqual(set(summaries.values()) - {1}, set(), "one activity of a kind")
        reopened = any("more is open" in text for text in summaries)
        undone = any("was undone" in text for text in summaries)
        asked = any("have to hear" in text for text in summaries)
        differs = any("sums differ" in text for text in summaries)
        self.assertGreaterEqual(more, 0, "never is less told than is gone")
        self.assertEqual(more > 0, reopened, f"{more} cents more are open")
        waits = case.entry_ids.filtered(lambda e: e._waits_for_answer())
        self.assertEqual(bool(waits), asked)
        # Both sides agree, or an activity says why not.
        self.assertFalse(differs, "nothing is unexplained")
        self.assertEqual(cents(case.difference_amount), 0)
        self.assertEqual(any(case.event_ids.mapped("is_undone")), undone)

    def check_comments(self, there, done):
        """What was undone has been taken back, and nothing else has."""
        comments = [
            event["comment"]
            for event in sorted(there["events"], key=lambda e: e["created_at"])
            if event["origin"] == "company" and event["type"] == "comment"
        ]
        for report in done:
            about = [text for text in comments if f"viite {report.reference}" in text]
            word = "on peruttu" if report.is_undone else "sittenkin voimassa"
            if about or report.is_undone:
                self.assertIn(word, about[-1])

    def check_sums(self, case, there, stands):
        collected = [
            event["amount"]
            for event in there["events"]
            if event["origin"] == "amili" and event["type"] == "paid"
        ]
        paid = stands.filtered(lambda e: e.type == "paid")
        self.assertEqual(cents(case.collected_amount), cents(sum(collected)))
        self.assertEqual(cents(case.direct_amount), cents(sum(paid.mapped("amount"))))
        told = Counter(
            (event["type"], cents(event["amount"]))
            for event in there["events"]
            if event["origin"] == "company" and event["type"] in MONEY
        )
        done = case.event_ids.filtered(
            lambda e: e.direction == "outbound" and e.type in MONEY and e.remote_id
        )
        self.assertEqual(told, Counter((e.type, cents(e.amount)) for e in done))
