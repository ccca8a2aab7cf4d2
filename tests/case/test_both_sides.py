"""Both sides, every day: a difference that nothing explains asks a person.

And when a case ends: what is still to come, and a draft for what is lost.
"""

from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...maventa import report
from ..books_case import BooksCase


@tagged("post_install", "-at_install")
class TestBothSides(BooksCase):
    def differs(self, move):
        """Return the note of the activity that says that both sides differ, if any."""
        activities = self.tasks(move).filtered(
            lambda a: "sums differ" in (a.summary or "")
        )
        self.assertLessEqual(len(activities), 1)
        return activities.note or ""

    def day(self, hours=24):
        """Let a day pass: events go out, news come in, both sides are compared."""
        self.run_queue(hours=hours)
        self.sync()
        self.sweep()
        self.sync(minutes=5)

    def test_both_agree(self):
        move = self.active()
        self.bank_line(move, 100)
        self.credit_part(move, 40)
        self.sandbox.amili(move, "remind", fee=5, interest=1.23)
        self.sandbox.amili(move, "pay", amount=200)
        self.day()
        self.assertFalse(self.tasks(move))
        case = self.case_of(move)
        self.assertFalse(case.books_differ)
        self.assertEqual((case.amili_principal, case.books_principal), (900, 1100))
        self.assertEqual(case.not_paid_out_amount, 200)

    def credit_part(self, move, amount):
        self.match(move, self.refund(move, amount))

    def test_amili_was_told_of_something_that_the_books_lack(self):
        move = self.active()
        self.tell_elsewhere(move, 300)
        self.day()
        note = self.differs(move)
        for words in ("940.00", "1,240.00", "300.00", move.name):
            self.assertIn(words, note)
        self.assertTrue(self.case_of(move).books_differ)
        self.assertTold(move, "Amili and the books differ")
        self.day()
        self.assertTrue(self.differs(move), "one, and still there")

    def tell_elsewhere(self, move, amount):
        """Let somebody tell Amili of a payment in Maventa's own pages."""
        body = report.build_report(
            report.Report("paid", "Maksettu", Decimal(amount), date(2026, 10, 20))
        )
        with self.company.sudo()._amili_client() as client:
            client.add_event(self.case_of(move).remote_id, body)

    def test_a_case_that_somebody_else_had_made_is_compared_at_once(self):
        for other, summary, words in (
            ({"capital_amount": 1000}, "sums differ", ("1,000.00", "1,240.00")),
            ({"collection_type": "collection"}, "other terms", ("Straight to",)),
            ({"receivables_type": "b2b_rental"}, "other terms", ("rent",)),
            ({}, None, ()),
        ):
            with self.subTest(**other):
                self.reset_sandbox()
                move = self.invoice()
                self.sandbox.control(
                    "cases", {"invoice_ids": [move.maventa_invoice_id], **other}
                )
                self.send(move)
                self.sync()
                self.assertEqual(move.amili_state, "active")
                tasks = self.tasks(move)
                self.assertEqual(len(tasks), 1 if summary else 0)
                self.assertIn(summary or "", tasks.summary or "")
                for word in words:
                    self.assertIn(word, tasks.note)
                self.sync(minutes=5)
                self.assertEqual(self.tasks(move), tasks, "it is asked once")

    def test_the_activity_goes_with_the_difference(self):
        move = self.active()
        case = self.case_of(move).sudo()
        case.open_amount = 1000
        case._compare_books()
        self.assertTrue(self.differs(move))
        self.assertTrue(case.books_differ)
        case.open_amount = 1240
        case._compare_books()
        self.assertFalse(self.tasks(move))
        self.assertFalse(case.books_differ)

    def test_what_waits_explains_a_difference(self):
        move = self.active()
        self.sandbox.fault(
            "status", status=429, times=None, method="POST", path="/events$"
        )
        self.bank_line(move, 100)
        self.day()
        self.assertFalse(self.differs(move))
        self.assertFalse(self.case_of(move).books_differ)
        self.assertEqual(self.case_of(move).waiting_amount, 100)

    def test_a_draft_explains_nothing(self):
        move = self.active()
        bank = self.company_data["default_journal_bank"].default_account_id
        self.match(move, self.entry(move, 100, bank))
        self.day()
        self.assertFalse(self.tasks(move))
        self.assertEqual(self.case_of(move).books_principal, 1240)

    def test_a_desk_filter_finds_them(self):
        move, other = self.active(), self.active()
        self.case_of(move).sudo().open_amount = 1000
        self.case_of(move).sudo()._compare_books()
        found = self.env["amili.assignment"].search([("books_differ", "=", True)])
        self.assertEqual(found, self.case_of(move))
        self.assertFalse(self.case_of(other).books_differ)

    def test_the_page_shows_both_accounts(self):
        move = self.active()
        self.bank_line(move, 100)
        self.run_queue()
        case = self.case_of(move).with_user(self.clerk)
        values = case.read(
            ["amili_principal", "books_principal", "entry_ids", "money_event_ids"]
        )[0]
        self.assertEqual(values["amili_principal"], 1140)
        self.assertEqual(values["books_principal"], 1140)
        self.assertEqual(case.entry_ids.event_amount, 100)
        self.assertEqual(case.money_event_ids.entry_id, case.entry_ids)


@tagged("post_install", "-at_install")
class TestWhenItEnds(BooksCase):
    def ended(self, result, move=None, **payment):
        move = move or self.active()
        if payment:
            self.sandbox.amili(move, "pay", **payment)
        self.sandbox.amili(move, "close", result=result)
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "closed")
        return move

    def loss_wizard(self, move, **values):
        return (
            self.env["amili.loss.wizard"]
            .with_user(self.clerk)
            .create({"assignment_id": self.case_of(move).id, **values})
        )

    def loss_account(self):
        account = self.env["account.account"].create(
            {"name": "Luottotappiot", "code": "AMLOSS", "account_type": "expense"}
        )
        self.company.amili_loss_account_id = account
        return account

    def draft(self, move, **values):
        action = self.loss_wizard(move, **values).action_create_draft()
        return self.env["account.move"].browse(action["res_id"])

    def test_a_paid_case_says_what_is_still_to_come_and_by_when(self):
        self.company.amili_payout_days = 14
        move = self.ended("paid")
        self.assertTold(move, "Still to come", "1,240.00", "11/03/2026", "VAT")
        self.bank_line(move, 1240, payer="Amili Oy")
        self.assertFalse(self.case_of(move).payout_late_on)

    def test_the_entry_is_proposed_as_a_draft_and_nothing_is_posted(self):
        account = self.loss_account()
        move = self.ended("credit_loss")
        entry = self.draft(move)
        self.assertEqual(entry.state, "draft")
        self.assertEqual(move.amount_residual, 1240)
        debit = entry.line_ids.filtered("debit")
        self.assertEqual((debit.account_id, debit.debit), (account, 1240))
        entry.action_post()
        self.match(move, entry)
        self.assertEqual(move.amount_residual, 0)
        self.assertFalse(self.tasks(move).filtered(lambda a: "hear" in a.summary))

    def test_the_tax_of_the_lost_part_is_deducted_where_that_is_chosen(self):
        self.loss_account()
        self.company.amili_loss_tax = "relief"
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "ALV 25,5 %", "amount": 25.5}
        )
        lines = [
            Command.create(
                {
                    "name": "Työ",
                    "price_unit": 1000,
                    "tax_ids": [Command.set(tax.ids)],
                    "account_id": self.company_data["default_account_revenue"].id,
                }
            )
        ]
        move = self.ended("credit_loss", self.active(invoice_line_ids=lines))
        self.assertEqual(move.amount_total, 1255)
        entry = self.draft(move, amount=627.5)
        debits = sorted(entry.line_ids.filtered("debit").mapped("debit"))
        self.assertEqual(debits, [127.5, 500])

    def test_no_more_than_is_open(self):
        self.loss_account()
        move = self.ended("partly_paid", amount=100)
        for amount in (0, -1, 1240.01):
            with self.subTest(amount), self.assertRaises(UserError):
                self.draft(move, amount=amount)

    def test_not_while_the_case_goes_on(self):
        self.loss_account()
        with self.assertRaisesRegex(UserError, "goes on"):
            self.draft(self.active())
