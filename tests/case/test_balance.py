"""Told by balance: Amili hears of the difference, and never of what it knows.

Principal handed over, less what Amili was told and stands, is what is open on the
claim. What was in the claim when it was confirmed is never told.
"""

from odoo import Command
from odoo.tests import tagged

from ..books_case import BooksCase


@tagged("post_install", "-at_install")
class TestBeforeTheHandOver(BooksCase):
    """What had been taken off the claim before it was confirmed."""

    def claimed(self, pay, state="active"):
        """Return an invoice of which 240 was paid before, and what paid it."""
        move = self.invoice()
        paid = pay(move)
        if state == "active":
            self.activate(move)
            self.sync()
        else:
            self.hand_over(move)
        self.assertEqual(self.case_of(move).capital_amount, 1000)
        self.later(minutes=10)
        return move, paid

    def assertNothingTold(self, move):
        self.run_queue()
        self.run_queue(hours=5)
        self.assertEqual(self.told(move), [])
        self.assertNotIn("more is open", self.summaries(move))
        self.assertBalanced(move)

    def test_it_is_edited(self):
        move, payment = self.claimed(lambda m: self.payment(m, 240))
        payment.action_draft()
        payment.date = "2026-10-18"
        payment.action_post()
        self.assertNothingTold(move)

    def test_it_is_a_draft_for_days(self):
        move, payment = self.claimed(lambda m: self.payment(m, 240))
        payment.action_draft()
        self.run_queue(hours=30)
        self.assertFalse(self.tasks(move))
        payment.action_post()
        self.assertNothingTold(move)

    def test_it_is_unmatched_and_matched_again(self):
        move, line = self.claimed(lambda m: self.bank_line(m, 240))
        self.undo(move)
        self.assertIn("more is open", self.summaries(move))
        self.match(move, line.move_id)
        self.assertNothingTold(move)

    def test_it_is_booked_anew(self):
        move, line = self.claimed(lambda m: self.bank_line(m, 240))
        line.action_undo_reconciliation()
        line.unlink()
        self.bank_line(move, 240)
        self.assertNothingTold(move)

    def test_it_is_booked_anew_with_more(self):
        move, _line = self.claimed(lambda m: self.bank_line(m, 240))
        self.undo(move)
        self.bank_line(move, 300)
        self.run_queue()
        self.assertEqual(self.amounts(move), [60])
        self.assertBalanced(move)

    def test_it_bounces(self):
        for name in ("action_cancel", "undo"):
            with self.subTest(name):
                self.reset_sandbox()
                move, payment = self.claimed(lambda m: self.payment(m, 240))
                if name == "undo":
                    self.undo(move)
                else:
                    payment.action_draft()
                    payment.action_cancel()
                self.run_queue()
                self.assertEqual(self.told(move), [])
                [activity] = self.tasks(move)
                self.assertIn("more is open", activity.summary)
                self.assertIn("240.00", activity.note)

    def test_it_bounces_and_another_comes(self):
        move, _payment = self.claimed(lambda m: self.payment(m, 240))
        self.undo(move)
        self.bank_line(move, 240, date="2026-10-20")
        self.assertNothingTold(move)
        self.bank_line(move, 100)
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])

    def test_it_bounces_after_another_was_told(self):
        """What was told stands in the books: it is not taken back."""
        move, payment = self.claimed(lambda m: self.payment(m, 240))
        self.bank_line(move, 100)
        self.run_queue()
        payment.action_draft()
        payment.action_cancel()
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])
        self.assertFalse(self.comments(move))
        self.assertIn("240.00", self.tasks(move).note)

    def test_the_queue_asks_where_it_is_undone_before_it_is_sent(self):
        move, _payment = self.claimed(lambda m: self.payment(m, 240), "queued")
        self.undo(move)
        self.assertNotIn("more is open", self.summaries(move), "it is confirmed anew")
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(self.posts())

    def test_a_credit_note_from_before(self):
        def credit(move):
            refund = self.refund(move, 240)
            self.match(move, refund)
            return refund

        move, refund = self.claimed(credit)
        self.undo(move)
        self.match(move, refund)
        self.assertNothingTold(move)

    def test_confirmed_anew(self):
        """What was paid while the first hand-over waited is in the second claim."""
        move = self.invoice()
        self.hand_over(move)
        line = self.bank_line(move, 240)
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.activate(move)
        self.sync()
        self.undo(move)
        self.match(move, line.move_id)
        self.assertNothingTold(move)

    def test_refused_and_sent_again(self):
        move = self.invoice()
        self.send(move)
        line = self.bank_line(move, 240)
        self.sandbox.amili(move, "refuse", reason="Ei")
        self.later(hours=1)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "rejected")
        self.activate(move)
        self.undo(move)
        self.match(move, line.move_id)
        self.assertNothingTold(move)


@tagged("post_install", "-at_install")
class TestBalance(BooksCase):
    """Whatever way the same money goes through the books, it is told once."""

    def test_a_told_payment_is_a_draft_for_a_while(self):
        move = self.active()
        payment = self.payment(move, 100)
        self.run_queue()
        payment.action_draft()
        self.run_queue(hours=5)
        self.assertFalse(self.comments(move), "nobody has decided anything")
        payment.action_post()
        self.run_queue(hours=5)
        self.assertEqual(self.amounts(move), [100])
        self.assertFalse(self.comments(move))
        self.assertBalanced(move)

    def test_matched_with_less_than_was_told(self):
        move, other = self.active(), self.invoice(amount=60)
        line = self.bank_line(move, 100)
        self.run_queue()
        self.undo(move)
        self.match(other, line.move_id)
        self.match(move, line.move_id)
        self.assertEqual(move.amount_residual, 1200)
        for _run in range(3):
            self.run_queue(minutes=1)
        self.assertEqual(self.amounts(move), [100, 40])
        self.assertEqual(len(self.comments(move)), 1, "the 100 does not stand")
        self.assertBalanced(move)

    def test_matched_with_more_than_was_told(self):
        move, other = self.active(), self.invoice(amount=60)
        self.bank_line(other, 100)
        line = self.receivable(other).matched_credit_ids.credit_move_id
        (self.receivable(move) + line).reconcile()
        self.run_queue()
        self.assertEqual(self.amounts(move), [40])
        self.undo(other)
        (self.receivable(move) + line).reconcile()
        self.run_queue()
        self.assertEqual(self.amounts(move), [40, 60])
        self.assertBalanced(move)

    def told_in_two(self):
        """Return an invoice that a payment was matched with twice, and the payment."""
        move, other = self.active(), self.invoice(amount=40)
        payment = self.payment(other, 100)
        self.match(move, payment.move_id)
        self.run_queue()
        self.undo(other)
        self.match(move, payment.move_id)
        self.run_queue()
        self.assertEqual(self.amounts(move), [60, 40])
        return move, payment

    def unmatch_last(self, move):
        self.receivable(move).matched_credit_ids.sorted("id")[-1].unlink()
        self.run_queue()

    def test_the_last_part_is_unmatched(self):
        move, _payment = self.told_in_two()
        self.unmatch_last(move)
        self.assertEqual(self.amounts(move), [60, 40], "nothing is told anew")
        [comment] = self.comments(move)
        self.assertIn("40,00", comment)
        self.assertBalanced(move)

    def test_a_part_is_unmatched_while_the_payment_is_a_draft(self):
        move, payment = self.told_in_two()
        payment.action_draft()
        self.unmatch_last(move)
        self.assertEqual(self.report_of(move).mapped("is_undone"), [False, True])
        self.assertEqual(len(self.comments(move)), 1)

    def test_what_is_still_on_the_queue_is_told_as_it_ends_up(self):
        move, other = self.active(), self.invoice(amount=60)
        line = self.bank_line(move, 100)
        self.undo(move)
        self.match(other, line.move_id)
        self.match(move, line.move_id)
        self.run_queue()
        self.assertEqual(self.amounts(move), [40])
        self.assertFalse(self.tasks(move))

    def test_another_account_of_the_invoice_is_no_payment(self):
        advances = self.env["account.account"].create(
            {
                "name": "Saadut ennakot",
                "code": "AMADV",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        income = self.company_data["default_account_revenue"]
        lines = ((2000, income), (-760, advances))
        move = self.active(
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Työ",
                        "price_unit": price,
                        "tax_ids": False,
                        "account_id": account.id,
                    }
                )
                for price, account in lines
            ]
        )
        bank = self.company_data["default_journal_bank"].default_account_id
        received = self.env["account.move"].create(
            {
                "date": "2026-07-01",
                "line_ids": [
                    Command.create({"account_id": bank.id, "debit": 760}),
                    Command.create({"account_id": advances.id, "credit": 760}),
                ],
            }
        )
        received.action_post()
        cleared = (move + received).line_ids.filtered(
            lambda line: line.account_id == advances
        )
        cleared.reconcile()
        self.run_queue()
        self.assertEqual(self.told(move), [])
        cleared.remove_move_reconcile()
        self.run_queue()
        self.assertEqual(self.told(move), [])
        self.assertFalse(self.tasks(move))
        self.assertBalanced(move)

    def test_a_draft_takes_nothing_off_until_it_is_posted(self):
        move = self.active()
        bank = self.company_data["default_journal_bank"].default_account_id
        first, second = (self.entry(move, amount, bank) for amount in (100, 30))
        for entry in (first, second):
            (self.receivable(move) + self.receivable(entry)).reconcile()
        self.run_queue()
        self.assertFalse(self.reports())
        second.action_post()
        self.run_queue()
        self.assertEqual(self.amounts(move), [30])
        first.unlink()
        self.run_queue()
        self.assertEqual(self.amounts(move), [30])
        self.assertBalanced(move)

    def test_the_customer_is_merged_with_another(self):
        move = self.active()
        self.bank_line(move, 100, partner_id=self.business.id)
        self.run_queue()
        other = self.twin(self.business, name="Esimerkki Oyj")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([self.business.id, other.id], other)
        move._amili_settle()
        self.bank_line(move, 50)
        self.run_queue()
        self.assertEqual(self.amounts(move), [100, 50])
        self.assertFalse(self.comments(move))
        self.assertBalanced(move)

    def test_of_two_alike_the_one_that_is_back_stands(self):
        for number in (0, 1):
            with self.subTest(number):
                self.reset_sandbox()
                move = self.active()
                lines = [self.bank_line(move, 100) for _line in range(2)]
                self.run_queue()
                self.undo(move)
                self.match(move, lines[number].move_id)
                undone = self.report_of(move).mapped("is_undone")
                self.assertEqual(undone, [number != 0, number != 1])

    def test_what_is_back_with_another_day_is_not_told_again(self):
        move = self.active()
        line = self.bank_line(move, 100)
        self.run_queue()
        self.undo(move)
        line.date = "2026-10-20"
        self.match(move, line.move_id)
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])
        self.assertFalse(self.comments(move))

    def test_another_payment_of_another_day_is_told(self):
        move = self.active()
        self.bank_line(move, 100)
        self.run_queue()
        self.undo(move)
        self.bank_line(move, 100, date="2026-10-20")
        for _run in range(3):
            self.run_queue(minutes=1)
        self.assertEqual(self.amounts(move), [100, 100])
        self.assertEqual(len(self.comments(move)), 1, "the first does not stand")

    def test_an_activity_goes_when_what_was_undone_is_back(self):
        move = self.active()
        line = self.bank_line(move, 100)
        self.run_queue()
        self.undo(move)
        self.assertIn("undone", self.summaries(move))
        self.match(move, line.move_id)
        self.assertFalse(self.tasks(move))
        self.run_queue()
        self.assertEqual(len(self.reports()), 1, "nothing has happened")
