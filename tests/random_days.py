"""Random days of invoices that go to Amili: all that may happen to them.

One number decides everything, so that the days of a number are always the same.
"""

from functools import partial
from random import Random

from odoo import Command

from ..models.connection.alerts import stops
from .books_case import BooksCase
from .collection_case import EVENTS_OF_A_CASE, FEED, REPORT
from .common import NOW

FEE = 5.0
NOT_JSON = "not_json"
BANK_DAYS = ("2026-10-18", "2026-10-19")
DISCOUNT_DAY = "2026-08-24"
ANSWERS = ("credit_note", "paid", "books", "kept")
RESULTS = ("paid", "partly_paid", "credit_loss", "withdrawn")
HAND_OVER = {"method": "POST", "path": "/assignment/amili$"}
REFUSED_FOR_NOW = (
    {"kind": "drop_before"},
    {"kind": NOT_JSON},
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
LOST = (
    {"kind": "drop_after"},
    {"kind": "truncate"},
    {"kind": "status_after", "status": 502},
)
# All but those in which nothing can be asked (forgotten) or Maventa itself makes a
# second case (second_case).
MOODS = (
    "wrapped",
    "wrapped_data",
    "ids_named",
    "ids_uuid",
    "capitals",
    "no_page_headers",
    "newest_first",
    "oldest_first",
    "filters_ignored",
    "texts_cut",
    "texts_prefixed",
    "texts_spaced",
    "texts_dropped",
    "events_late",
    "case_late",
    "conflict",
    "older_hand_over",
)
# What happens to one of the invoices, and how often.
BEFORE = {
    "pay": 4,
    "pay_with_discount": 1,
    "credit": 2,
    "credit_too_much": 1,
    "book": 2,
    "draft": 1,
    "clear_advance": 1,
}
PEOPLE = {
    **BEFORE,
    "pay": 6,
    "pay_again": 4,
    "pay_both": 1,
    "pay_fees_along": 1,
    "pay_fees_apart": 1,
    "pay_collected": 2,
    "pay_out": 2,
    "pay_with_a_write_off": 2,
    "undo": 4,
    "redo": 3,
    "undo_and_redo": 4,
    "edit": 3,
    "cancel": 2,
    "reverse": 2,
    "split": 2,
    "book_anew": 2,
    "end_draft": 3,
    "answer": 3,
    "hand_over": 6,
    "merge": 1,
}
AMILI = {"accept": 4, "refuse": 1, "remind": 1, "collect": 3, "ask": 1, "close": 1}
# What happens to all at once.
TROUBLE = {
    "lose_the_answer": 4,
    "refuse_for_now": 1,
    "refuse_the_hand_over": 1,
    "lose_the_hand_over": 1,
    "break_the_feed": 2,
    "break_the_question": 1,
    "kill_the_sender": 2,
}
TIME = {"wait": 2, "send": 9, "poll": 3, "listen": 4, "sweep": 2}


class RandomDays(BooksCase):
    """Invoices of several kinds, and random days of theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind, "reconcile": can}
                for name, code, kind, can in (
                    ("Luottotappiot", "AMS1", "expense", False),
                    ("Kulut", "AMS2", "expense", False),
                    ("Epävarmat saatavat", "AMS3", "asset_receivable", True),
                    ("Saadut ennakot", "AMS4", "liability_current", True),
                )
            ]
        )
        cls.loss, cls.commission, cls.doubtful, cls.advances = accounts
        reminded = partial(
            cls.invoice,
            amili_reminder_date="2026-09-20",
            amili_reminder_amount=FEE,
        )
        cls.moves = reminded(amount=1240.0)
        cls.moves += reminded(
            amount=333.33, invoice_cash_rounding_id=cls.cash_rounding().id
        )
        cls.moves += reminded(
            amount=990.0, invoice_payment_term_id=cls.terms(discount=True).id
        )
        cls.moves += cls.with_advance(reminded)
        bank = cls.company_data["default_journal_bank"].default_account_id
        cls.received = cls.env["account.move"].create(
            {
                "date": "2026-07-01",
                "line_ids": [
                    Command.create({"account_id": bank.id, "debit": 760}),
                    Command.create({"account_id": cls.advances.id, "credit": 760}),
                ],
            }
        )
        cls.received.action_post()

    @classmethod
    def cash_rounding(cls):
        return cls.env["account.cash.rounding"].create(
            {
                "name": "0,05",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": cls.company_data["default_account_revenue"].id,
                "loss_account_id": cls.loss.id,
            }
        )

    @classmethod
    def terms(cls, discount):
        """Return terms of payment with a cash discount, or in two instalments."""
        shares = ((100, 14),) if discount else ((30, 7), (70, 14))
        return cls.env["account.payment.term"].create(
            {
                "name": "Maksuehto",
                "early_discount": discount,
                "discount_percentage": 3,
                "discount_days": 7,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in shares
                ],
            }
        )

    @classmethod
    def with_advance(cls, invoice):
        """Return an invoice from which an advance is deducted, on a line of its own."""
        income = cls.company_data["default_account_revenue"]
        return invoice(
            invoice_payment_term_id=cls.terms(discount=False).id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Työ",
                        "price_unit": price,
                        "tax_ids": False,
                        "account_id": account.id,
                    }
                )
                for price, account in ((2000, income), (-760, cls.advances))
            ],
        )

    # The days of a number -------------------------------------------------------------

    def begin(self, number):
        """Let nothing have happened yet, and hand over what is open after a while."""
        self.random = Random(number)
        self.happened = []
        self.clock.move_to(NOW)
        self.reset_sandbox()
        for move in self.moves:
            self.sandbox.add_invoice(move)
        self.undone = {move: [] for move in self.moves}
        self.drafts = {move: self.env["account.move"] for move in self.moves}
        if self.maybe(0.3):
            self.change_rate()
        if self.maybe(0.4):
            self.be_in_a_mood()
        for _step in range(self.random.randint(0, 4)):
            self.step(BEFORE)
        for move in self.moves:
            may_have_one = move.amount_residual > 0 and not self.drafts[move]
            if self.maybe(0.6) and may_have_one:
                self.make_case(move)
            else:
                self.do_hand_over(move)

    def step(self, what):
        """Let one thing happen: of ``what``, which tells how often each does."""
        [name] = self.random.choices(list(what), what.values())
        is_of_all = name in TROUBLE or name in TIME
        moves = [] if is_of_all else [self.random.choice(self.moves)]
        self.happened.append(" ".join([name, *(move.name or "" for move in moves)]))
        getattr(self, f"do_{name}")(*moves)

    def maybe(self, probability):
        return self.random.random() < probability

    def some(self, most):
        """Return a sum of euros up to ``most``: all, a cent, or anything."""
        if most <= 0:
            return 0
        cents = self.random.choice((1, 5_000, 10**9, self.random.randint(1, 20_000)))
        return min(cents / 100, most)

    def change_rate(self):
        """Let the euro be worth something else from October on."""
        self.env["res.currency.rate"].create(
            {
                "name": "2026-10-01",
                "rate": round(self.random.uniform(0.7, 1.4), 4),
                "currency_id": self.euro.id,
                "company_id": self.company.id,
            }
        )

    def be_in_a_mood(self):
        moods = self.random.sample(MOODS, self.random.randint(1, 2))
        self.happened.append(f"moods {moods}")
        self.sandbox.control("settings", {"moods": moods})

    def there(self, move):
        """Return the case that Amili works on, or None."""
        cases = [
            case
            for case in self.sandbox.cases()
            if case["invoice_id"] == move.maventa_invoice_id
            and case["assignment"]
            and case["assignment"]["status"] != "closed"
        ]
        return cases[-1] if cases else None

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

    def payable(self, move):
        """Return what may be paid: a claim of nothing cannot be handed over."""
        most = move.amount_residual
        return most if move.amili_assignment_ids else most - 1

    # Hand-overs -----------------------------------------------------------------------

    def do_hand_over(self, move):
        """Hand over what is not yet, or what was refused or cancelled."""
        case = move.amili_assignment_ids.sorted("id")[-1:]
        if move.amili_assignment_id or case.state in ("closed", "withdrawn"):
            return
        alerts = move._amili_get_alerts()[move.id]
        if self.drafts[move] & self.standing(move).credit_move_id.move_id:
            self.assertIn("draft_entry", alerts, "a draft stops the hand-over")
        elif move.amount_residual > 0:
            self.assertNotIn("nothing_open", alerts)
        if not stops(alerts):
            self.hand_over(move)

    def do_accept(self, move):
        self.decide(move, "accept")

    def do_refuse(self, move):
        self.decide(move, "refuse", reason="Ei")

    def decide(self, move, action, **options):
        """Let Amili take what was handed over, or not; Odoo may hear of it at once."""
        pending = [
            case
            for case in self.sandbox.cases()
            if case["invoice_id"] == move.maventa_invoice_id
            and case["status"] == "pending"
        ]
        if pending:
            self.sandbox.amili(move, action, **options)
            if self.maybe(0.5):
                self.do_poll()

    # Money ----------------------------------------------------------------------------

    def do_pay(self, move):
        amount = self.some(self.payable(move))
        day = self.random.choice(BANK_DAYS)
        if not amount:
            return
        if self.maybe(0.5):
            self.payment(move, amount, payment_date=day)
        else:
            self.bank_line(move, amount, date=day)

    def do_pay_again(self, move):
        """Two of one day and sum are two, whether told at once or apart."""
        for _time in range(2):
            amount = min(50, self.payable(move))
            if amount > 0:
                self.bank_line(move, amount)
            if self.maybe(0.5):
                self.do_send()

    def do_pay_both(self, move):
        moves = self.moves.filtered("amount_residual")
        if move in moves and len(moves.partner_id) == 1:
            amount = self.some(sum(map(self.payable, moves)))
            if amount:
                self.payment(moves, amount, group_payment=True)

    def do_pay_fees_along(self, move):
        if move.amount_residual:
            self.bank_line(move, move.amount_residual + FEE)

    def do_pay_fees_apart(self, move):
        if move.amount_residual:
            fee = self.invoice(move.partner_id, amount=FEE, known=False)
            line = self.bank_line(fee, move.amount_residual + FEE)
            self.match(move, line.move_id)

    def do_pay_collected(self, move):
        """What Amili has collected comes as if the customer had paid it."""
        case = self.case_of(move)
        amount = min(case.collected_amount - case.payout_amount, move.amount_residual)
        if amount > 0:
            self.bank_line(move, amount)

    def do_pay_with_discount(self, move):
        """A payment is booked late that came in time for the discount."""
        if move.amount_residual > 1 and (
            move.amili_assignment_ids or not move.invoice_payment_term_id
        ):
            self.payment(
                move,
                round(move.amount_residual * 0.97, 2),
                payment_date=DISCOUNT_DAY,
            )

    def do_pay_with_a_write_off(self, move):
        amount = self.some(move.amount_residual)
        if 0 < amount < move.amount_residual:
            self.payment(
                move,
                amount,
                payment_difference_handling="reconcile",
                writeoff_account_id=self.loss.id,
            )

    def do_pay_out(self, move):
        """Amili pays out, less what it keeps."""
        amount = self.some(move.amount_residual)
        kept = self.random.randint(0, 1_500) / 100
        if amount > kept:
            self.bank_line_with(
                move, amount - kept, amount, self.commission, "Amili Oy"
            )

    # Other bookings -------------------------------------------------------------------

    def do_credit(self, move):
        amount = self.some(self.payable(move))
        if amount:
            self.match(move, self.refund(move, amount))

    def do_credit_too_much(self, move):
        if move.amili_assignment_ids and move.amount_residual:
            amount = move.amount_residual + self.some(100)
            self.match(move, self.refund(move, amount))

    def do_book(self, move):
        """Book a loss, a set-off, or a move to another receivable."""
        amount = self.some(self.payable(move))
        payable = self.company_data["default_account_payable"]
        account = self.random.choice((self.loss, self.loss, payable, self.doubtful))
        if amount:
            self.book(move, amount, account)

    def do_draft(self, move):
        amount = self.some(self.payable(move))
        if amount:
            bank = self.company_data["default_journal_bank"].default_account_id
            draft = self.entry(move, amount, bank)
            self.match(move, draft)
            self.drafts[move] += draft

    def do_end_draft(self, move):
        draft = self.drafts[move][:1]
        self.drafts[move] -= draft
        if self.maybe(0.5):
            draft.action_post()
        else:
            draft.unlink()

    def do_clear_advance(self, _move):
        """Clear or open what is no part of the claim: a line of another account."""
        lines = (self.moves + self.received).line_ids.filtered(
            lambda line: line.account_id == self.advances
        )
        if any(lines.mapped("reconciled")):
            lines.remove_move_reconcile()
        else:
            lines.reconcile()

    # What was booked changes ----------------------------------------------------------

    def one_of(self, move, is_meant=None):
        """Return an entry that is matched with an invoice, or none."""
        entries = self.standing(move).credit_move_id.move_id
        entries = entries.filtered(is_meant or (lambda entry: True))
        return self.random.choice(entries) if entries else entries

    def one_by_hand(self, move):
        """Return an entry that Odoo lets people change."""
        exchange = self.company.currency_exchange_journal_id
        return self.one_of(
            move,
            lambda e: (
                e.state == "posted"
                and not e.statement_line_id
                and e.journal_id != exchange
            ),
        )

    def do_undo(self, move):
        partials = self.standing(move)
        if partials:
            partial_ = self.random.choice(partials)
            self.undone[move].append(partial_.credit_move_id)
            partial_.unlink()

    def do_redo(self, move):
        lines = [x for x in self.undone[move] if x.exists() and not x.reconciled]
        if lines and move.amount_residual:
            line = self.random.choice(lines)
            self.undone[move].remove(line)
            self.match_line(move, line)

    def do_undo_and_redo(self, move):
        self.do_undo(move)
        if self.maybe(0.5):
            self.do_send()
        self.do_redo(move)

    def match_line(self, move, line):
        receivable = self.receivable(move).filtered(lambda x: not x.reconciled)
        if line.account_id == receivable.account_id:
            (receivable + line).reconcile()

    def do_edit(self, move):
        """An entry becomes a draft for a moment."""
        entry = self.one_by_hand(move)
        if entry:
            entry.button_draft()
            if self.maybe(0.5):
                self.do_send()
            entry.action_post()

    def do_cancel(self, move):
        """A payment bounces."""
        payment = self.one_by_hand(move).origin_payment_id
        if payment:
            payment.action_draft()
            payment.action_cancel()

    def do_reverse(self, move):
        entry = self.one_by_hand(move)
        if entry and entry.move_type == "entry":
            entry._reverse_moves([{"date": "2026-10-20"}], cancel=True)

    def do_split(self, move):
        """A part of what was matched belongs to another invoice."""
        partials = self.standing(move)
        if not partials:
            return
        line = self.random.choice(partials).credit_move_id
        if line.parent_state != "posted":
            return
        other = self.invoice(move.partner_id, amount=self.some(200), known=False)
        line.matched_debit_ids.unlink()
        self.match(other, line.move_id)
        if not line.reconciled:
            self.match_line(move, line)

    def do_book_anew(self, move):
        """A bank line is taken back to where it came from, and booked once more."""
        line = self.one_of(move, lambda e: e.statement_line_id).statement_line_id
        if line:
            line.action_undo_reconciliation()
            if self.maybe(0.5):
                self.do_send()
            self.book_bank_line(line, move)

    def do_merge(self, move):
        """Merge the customer with another."""
        partner = move.commercial_partner_id
        other = self.twin(partner, name=f"{partner.name}j")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([partner.id, other.id], other)

    def do_answer(self, move):
        """A person says what something means; the first that comes to mind."""
        entries = self.case_of(move).entry_ids
        entry = entries.filtered(lambda e: e._waits_for_answer())[:1]
        answer = self.random.choice(ANSWERS)
        if entry.kind == "fee":
            answer = self.random.choice(("paid", "books"))
        entry._mean(answer)

    # Amili ----------------------------------------------------------------------------

    def amili(self, move, action, **options):
        if self.there(move):
            self.sandbox.amili(move, action, **options)

    def do_remind(self, move):
        fee, interest = (self.random.randint(0, 1_500) / 100 for _sum in range(2))
        self.amili(move, "remind", fee=fee, interest=interest)

    def do_collect(self, move):
        there = self.there(move)
        amount = self.some(there["assignment"]["open_amount"] if there else 0)
        if amount:
            self.amili(move, "pay", amount=amount, date=self.random.choice(BANK_DAYS))

    def do_ask(self, move):
        self.amili(move, "ask", text="Missä velallinen asuu?")

    def do_close(self, move):
        # Seldom: of a case that has ended there is little more to see.
        if self.maybe(0.4):
            self.amili(move, "close", result=self.random.choice(RESULTS))

    # Trouble, and time ----------------------------------------------------------------

    def do_lose_the_answer(self):
        self.sandbox.fault(**self.random.choice(LOST), **REPORT)

    def do_lose_the_hand_over(self):
        self.sandbox.fault(**self.random.choice(LOST), **HAND_OVER)

    def do_refuse_for_now(self):
        self.sandbox.fault(**self.random.choice(REFUSED_FOR_NOW), **REPORT)

    def do_refuse_the_hand_over(self):
        # A hand-over that is answered with 200 counts as accepted, whatever it says.
        fault = self.random.choice(
            [f for f in REFUSED_FOR_NOW if f["kind"] != NOT_JSON]
        )
        self.sandbox.fault(**fault, **HAND_OVER)

    def do_break_the_feed(self):
        self.sandbox.fault(**self.random.choice(OF_LISTS), **FEED)

    def do_break_the_question(self):
        self.sandbox.fault(**self.random.choice(OF_LISTS), **EVENTS_OF_A_CASE)

    def do_kill_the_sender(self):
        self.kill_the_sender(self.maybe(0.5))

    def do_wait(self):
        self.later(seconds=self.random.choice((1, 60, 4_000, 15_000)))

    def do_send(self):
        self.run_queue(seconds=self.random.choice((0, 1, 400, 700)))

    def do_poll(self):
        cases = self.moves.amili_assignment_ids
        self.make_due(cases.filtered(lambda a: a.state == "pending"))
        self.poll()

    def do_listen(self):
        self.sync(seconds=self.random.choice((0, 1, 60)))

    def do_sweep(self):
        self.sweep()
