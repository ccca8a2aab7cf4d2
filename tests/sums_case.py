"""Both sides of a case, and what must hold of them: for the property tests of money."""

from collections import Counter

from .books_case import BooksCase
from .common import NOW

FEE = 5.0
MONEY = ("paid", "credit_note")
REFUSED_FOR_NOW = (
    {"kind": "drop_before"},
    {"kind": "not_json"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "300"}},
)
OF_LISTS = (
    {"kind": "status", "status": 500},
    {"kind": "repeat_items"},
    {"kind": "reverse_items"},
    {"kind": "skip_page"},
    {"kind": "truncate"},
)


def cents(amount):
    return round(amount * 100)


class SumsCase(BooksCase):
    def make_case(self, move):
        """Make a case of what is open, on both sides at once; return ours."""
        [there] = self.sandbox.control(
            "cases",
            {
                "invoice_ids": [move.maventa_invoice_id],
                "capital_amount": move.amount_residual,
                "reminder_amount": FEE,
            },
        )
        return (
            self.env["amili.assignment"]
            .sudo()
            .create(
                {
                    "name": move.name,
                    "move_id": move.id,
                    "company_id": self.company.id,
                    "partner_id": move.partner_id.id,
                    "user_id": self.clerk.id,
                    "environment": "sandbox",
                    "state": "active",
                    "remote_id": there["assignment_id"],
                    "collection_type": "reminder_and_collection",
                    "receivables_type": "b2b",
                    "currency_id": self.euro.id,
                    "capital_amount": move.amount_residual,
                    "reminder_amount": FEE,
                    "fee_amount": FEE,
                    "open_amount": move.amount_residual + FEE,
                    "sent_at": NOW,
                }
            )
        )

    def standing(self, move):
        return self.receivable(move).matched_credit_ids.sorted("id")

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
