"""Whatever happens in whatever order: in the end both sides know the same, once.

A property test: random days of payments, credits, undoings, events of Amili and
faults, after which the books of Odoo and of the sandbox are compared to the cent.
"""

from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.tests import tagged

from ..const import UNDER_WAY_STATES
from .common import NOW
from .test_bad_days import EVENTS_OF_A_CASE, REPORT, BadDayCase
from .test_bad_days_cases import FEED

AMOUNTS = (1240.0, 333.33)
MONEY = ("paid", "credit_note")

CASE = st.sampled_from((0, 0, 0, 1))
CENTS = st.integers(1, 20_000)
FEW_CENTS = st.integers(0, 1_500)
DAY = st.sampled_from(("2026-10-18", "2026-10-19"))
ANY = st.integers(0, 99)
LOST = ("drop_after", "truncate", "status_after")
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


def _operation(name, *arguments):
    return st.tuples(st.just(name), *arguments)


# What is named more often happens more often.
WHAT_PEOPLE_DO = (
    *[_operation("pay", CASE, CENTS, DAY, st.sampled_from(("bank line", "payment")))]
    * 2,
    # Two of one day and sum are two.
    *[_operation("pay", CASE, st.just(5_000), DAY, st.just("bank line"))] * 3,
    *[_operation("pay and tell", CASE, st.just(5_000), DAY)] * 3,
    _operation("credit", CASE, CENTS),
    *[_operation("undo", CASE, ANY)] * 4,
    _operation("redo", CASE, ANY),
    *[_operation("undo and redo", CASE, ANY, st.booleans())] * 3,
)
WHAT_AMILI_DOES = (
    _operation("remind", CASE, FEW_CENTS, FEW_CENTS),
    *[_operation("collect", CASE, CENTS, DAY)] * 2,
    _operation("ask", CASE),
    _operation("close", CASE, ANY),
)
WHAT_GOES_WRONG = (
    *[_operation("lose the answer", st.sampled_from(LOST))] * 3,
    _operation("refuse for now", st.sampled_from(REFUSED_FOR_NOW)),
    *[_operation("break the feed", st.sampled_from(OF_LISTS))] * 2,
    _operation("break the question", st.sampled_from(OF_LISTS)),
    *[_operation("kill the sender", st.booleans())] * 2,
)
TIME = (
    _operation("wait", st.sampled_from((1, 60, 4000, 15000))),
    *[_operation("send", st.sampled_from((0, 1, 400, 700)))] * 6,
    *[_operation("listen", st.sampled_from((0, 1, 60)))] * 3,
    _operation("sweep"),
)
DAYS = st.lists(
    st.one_of(*TIME, *WHAT_PEOPLE_DO, *WHAT_AMILI_DOES, *WHAT_GOES_WRONG),
    min_size=14,
    max_size=30,
)
# Always the same days, so that nobody meets a failure by chance. After ten examples
# hypothesis varies what it has, and here new ones are worth more: so it begins anew.
# With Phase.shrink it looks for the shortest days that fail, which takes minutes.
TIMES = 3
REPEATABLE = settings(
    max_examples=10,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def cents(amount):
    return round(amount * 100)


@tagged("post_install", "-at_install")
class TestSums(BadDayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moves = cls.env["account.move"]
        for amount in AMOUNTS:
            cls.moves += cls.invoice(amount=amount)
        cls.cases = (
            cls.env["amili.assignment"]
            .sudo()
            .create(
                [
                    {
                        "name": move.name,
                        "move_id": move.id,
                        "company_id": cls.company.id,
                        "partner_id": move.partner_id.id,
                        "user_id": cls.clerk.id,
                        "environment": "sandbox",
                        "state": "active",
                        "collection_type": "reminder_and_collection",
                        "receivables_type": "b2b",
                        "currency_id": cls.euro.id,
                        "capital_amount": move.amount_total,
                        "open_amount": move.amount_total,
                        "sent_at": NOW,
                    }
                    for move in cls.moves
                ]
            )
        )

    def test_both_sides_agree(self):
        for number in range(TIMES):

            @seed(number)
            @REPEATABLE
            @given(DAYS)
            def live(days):
                self.live(days)

            with self.subTest(number=number):
                live()

    def live(self, days):
        """Let these days pass, and compare the books when all is quiet."""
        with self.env.cr.savepoint() as savepoint:
            try:
                self.begin()
                for name, *arguments in days:
                    getattr(self, "do_" + name.replace(" ", "_"))(*arguments)
                    self.look_at_the_books()
                self.settle()
                for move in self.moves:
                    self.check(move)
            finally:
                savepoint.rollback()
                self.env.invalidate_all(flush=False)

    def begin(self):
        """Begin anew with one open case for each invoice, on both sides."""
        self.clock.move_to(NOW)
        self.reset_sandbox()
        for move in self.moves:
            self.sandbox.add_invoice(move)
        ids = self.moves.mapped("maventa_invoice_id")
        made = self.sandbox.control("cases", {"invoice_ids": ids})
        for case, there in zip(self.cases, made, strict=True):
            case.remote_id = there["assignment_id"]
        self.undone = {move: [] for move in self.moves}
        self.peak = {move: Counter() for move in self.moves}

    # What may happen ------------------------------------------------------------------

    def do_pay(self, number, amount, day, way):
        move = self.moves[number]
        amount = min(amount / 100, move.amount_residual)
        if not amount:
            return
        if way == "payment":
            self.payment(move, amount, payment_date=day)
        else:
            self.bank_line(move, amount, date=day)

    def do_pay_and_tell(self, number, amount, day):
        self.do_pay(number, amount, day, "bank line")
        self.do_send(0)

    def do_credit(self, number, amount):
        move = self.moves[number]
        amount = min(amount / 100, move.amount_residual)
        if not amount:
            return
        refund = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": move.partner_id.id,
                "currency_id": move.currency_id.id,
                "invoice_date": "2026-10-19",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Hyvitys", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        refund.action_post()
        self.reconcile(move, self.claim(refund))

    def do_undo(self, number, which):
        move = self.moves[number]
        partials = self.standing(move)
        if partials:
            partial = partials[which % len(partials)]
            self.undone[move].append(partial.credit_move_id)
            partial.unlink()

    def do_redo(self, number, which):
        move = self.moves[number]
        lines = [line for line in self.undone[move] if not line.reconciled]
        if lines and move.amount_residual:
            line = lines[which % len(lines)]
            self.undone[move].remove(line)
            self.reconcile(move, line)

    def do_undo_and_redo(self, number, which, is_sent):
        self.do_undo(number, which)
        if is_sent:
            self.do_send(0)
        self.do_redo(number, -1)

    def claim(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def reconcile(self, move, line):
        (self.claim(move) + line).reconcile()

    def standing(self, move):
        return self.claim(move).matched_credit_ids.sorted("id")

    def do_remind(self, number, fee, interest):
        self.amili(number, "remind", fee=fee / 100, interest=interest / 100)

    def do_collect(self, number, amount, day):
        there = self.sandbox.case(self.moves[number])["assignment"]
        amount = min(amount / 100, there["open_amount"])
        self.amili(number, "pay", amount=amount, date=day)

    def do_ask(self, number):
        self.amili(number, "ask", text="Missä velallinen asuu?")

    def do_close(self, number, which):
        # Seldom: of a case that has ended there is nothing more to see.
        if which < 25:
            results = ("paid", "partly_paid", "credit_loss", "withdrawn")
            self.amili(number, "close", result=results[which % 4])

    def amili(self, number, action, **options):
        move = self.moves[number]
        if self.sandbox.case(move)["assignment"]["status"] != "closed":
            self.sandbox.amili(move, action, **options)

    def do_lose_the_answer(self, kind):
        options = {"status": 502} if kind == "status_after" else {}
        self.sandbox.fault(kind, **options, **REPORT)

    def do_refuse_for_now(self, fault):
        self.sandbox.fault(**fault, **REPORT)

    def do_break_the_feed(self, fault):
        self.sandbox.fault(**fault, **FEED)

    def do_break_the_question(self, fault):
        self.sandbox.fault(**fault, **EVENTS_OF_A_CASE)

    def do_kill_the_sender(self, before_call):
        self.kill_the_sender(before_call)

    def do_wait(self, seconds):
        self.later(seconds=seconds)

    def do_send(self, seconds):
        self.run_queue(seconds=seconds)

    def do_listen(self, seconds):
        self.sync(seconds=seconds)

    def do_sweep(self):
        self.sweep()

    # What must hold -------------------------------------------------------------------

    def settle(self):
        """Let the bad days end, and time pass until nothing happens any more."""
        self.sandbox.clear_faults()
        for _round in range(20):
            self.run_queue(hours=5)
            self.sync()
            if not self.left():
                break
        # Once more for what happened within one second: then the case is read whole.
        self.sync(hours=1)

    def left(self):
        return self.cases.event_ids.filtered(lambda e: e.state in UNDER_WAY_STATES)

    def check(self, move):
        case, there = self.case_of(move), self.sandbox.case(move)
        events = case.event_ids
        is_open = there["assignment"]["status"] != "closed"
        self.assertEqual(case.state in ("closed", "withdrawn"), not is_open)
        self.assertAgreed(move)
        self.assertFalse(self.left(), "it is quiet")

        # No event exists twice, on either side, nor on one side alone.
        here = Counter(events.filtered("remote_id").mapped("remote_id"))
        self.assertEqual(here, Counter(event["id"] for event in there["events"]))
        self.assertEqual(set(here.values()) - {1}, set())
        outbound = events.filtered(lambda e: e.direction == "outbound")
        references = outbound.mapped("reference")
        self.assertEqual(len(set(references)), len(references))

        # What Amili was told is what Odoo says that it was told; never more of a kind
        # than stood at once, however often it was undone and done again.
        told = Counter(
            (event["type"], cents(event["amount"]), event["date"])
            for event in there["events"]
            if event["origin"] == "company" and event["type"] in MONEY
        )
        done = outbound.filtered(lambda e: e.type in MONEY and e.state == "done")
        stands = done.filtered(lambda e: not e.is_undone)
        self.assertEqual(told, self.kinds(done))
        self.assertLessEqual(told, self.peak[move])
        if is_open:
            # While Amili has the case, it knows of all that stands in the books.
            self.assertEqual(self.books(move), self.kinds(stands))
            self.check_comments(there, done)
        self.check_sums(case, there, stands)

    def kinds(self, events):
        return Counter(
            (e.type, cents(e.amount), fields.Date.to_string(e.date)) for e in events
        )

    def look_at_the_books(self):
        """Remember how many of a kind, sum and day have stood at once."""
        for move in self.moves:
            self.peak[move] |= self.books(move)

    def books(self, move):
        return Counter(
            (
                "credit_note"
                if partial.credit_move_id.move_type == "out_refund"
                else "paid",
                cents(partial.debit_amount_currency),
                fields.Date.to_string(partial.credit_move_id.date),
            )
            for partial in self.standing(move)
        )

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
