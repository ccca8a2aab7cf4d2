"""Both sides, every day: a difference that nothing explains asks a person.

And when a case ends: what is still to come, and a draft for what is lost.
"""

from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...maventa import report
from ..books_case import BooksCase, MeaningCase
from ..collection_case import REPORT


@tagged("post_install", "-at_install")
class TestBothSides(MeaningCase):
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

    def test_terms_that_amili_does_not_tell_are_no_others(self):
        move = self.invoice()
        self.activate(move)
        told = self.sandbox.case(move)["assignment"]
        silent = {k: v for k, v in told.items() if not k.endswith("_type")}
        self.assertLess(len(silent), len(told))
        self.sandbox.fault("json", body=silent, path="/assignments/[^/]+$")
        self.sync()
        self.assertTrue(self.case_of(move).case_read_at)
        self.assertFalse(self.tasks(move))

    def test_other_terms_are_asked_about_once(self):
        """Who has dealt with it is not asked again whenever the case is read."""
        move = self.invoice()
        self.sandbox.control(
            "cases",
            {"invoice_ids": [move.maventa_invoice_id], "collection_type": "collection"},
        )
        self.send(move)
        self.sync()
        self.assertIn("other terms", self.summaries(move))
        self.tasks(move).action_done()
        read_at = self.case_of(move).case_read_at
        self.sweep(days=8)
        self.assertGreater(self.case_of(move).case_read_at, read_at)
        self.assertFalse(self.tasks(move))

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

    def assertExplained(self, move, theirs, ours, is_marked=False):
        """Check that nobody is asked why there is more open on one side."""
        self.day()
        case = self.case_of(move)
        self.assertEqual((case.amili_principal, case.books_principal), (theirs, ours))
        self.assertFalse(self.differs(move))
        self.assertEqual(case.books_differ, is_marked)

    def test_what_a_person_has_to_decide_explains_a_difference(self):
        move = self.active()
        self.book(move, 100, self.expense())
        self.assertExplained(move, 1240, 1140)
        self.assertEqual(self.case_of(move).undecided_amount, 100)

    def test_what_is_only_in_the_books_explains_a_difference(self):
        move = self.active()
        self.book(move, 100, self.expense())
        self.answer(move, "action_books")
        self.assertExplained(move, 1240, 1140)
        self.assertEqual(self.case_of(move).books_only_amount, 100)

    def test_what_was_told_and_undone_explains_a_difference(self):
        """There is a task for that, and the mark as long as it is so."""
        move = self.active()
        self.bank_line(move, 100)
        self.run_queue()
        self.undo(move)
        self.assertExplained(move, 1140, 1240, is_marked=True)
        self.assertEqual(self.case_of(move).undone_amount, 100)

    def test_what_was_undone_before_amili_heard_explains_nothing(self):
        move = self.active()
        self.sandbox.fault("status", status=422, **REPORT)
        self.bank_line(move, 100)
        self.run_queue()
        self.assertEqual(self.case_of(move).waiting_amount, 100)
        self.undo(move)
        case = self.case_of(move)
        self.assertEqual((case.waiting_amount, case.undone_amount), (0, 0))
        self.assertExplained(move, 1240, 1240)

    def test_what_is_open_again_explains_a_difference(self):
        move = self.invoice()
        self.payment(move, 240)
        self.activate(move)
        self.sync()
        self.undo(move)
        self.assertExplained(move, 1000, 1240, is_marked=True)
        self.assertEqual(self.case_of(move).reopened_amount, 240)

    def test_what_was_off_before_the_hand_over_explains_nothing(self):
        move = self.invoice()
        self.book(move, 240, self.expense())
        self.activate(move)
        self.sync()
        self.assertExplained(move, 1000, 1000)
        self.assertEqual(self.case_of(move).undecided_amount, 0)
        self.bank_line(move, 10)
        self.assertFalse(self.tasks(move), "nor is anybody asked what it was")

    def test_what_amili_keeps_is_settled_as_what_it_pays_out(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=1240)
        self.sync(minutes=5)
        costs = self.expense("AMCOM", "Perintäkulut")
        self.bank_line_with(move, 1178, 1240, costs, "Amili Oy")
        self.assertExplained(move, 0, 0)
        self.assertEqual(self.case_of(move).not_paid_out_amount, 0)

    def test_what_was_paid_for_fees_takes_nothing_off_the_principal(self):
        """Neither while it waits to be told nor afterwards."""
        move = self.active()
        self.sandbox.amili(move, "remind", fee=5)
        self.sync(minutes=5)
        self.book(move, 100, self.expense())
        self.answer(move, "action_books")
        income = self.company_data["default_account_revenue"]
        self.bank_line_with(move, 1145, 1140, income, "Esimerkki Oy")
        self.case_of(move).sudo()._compare_books()
        self.assertFalse(self.differs(move))
        self.run_queue()
        self.assertEqual(self.amounts(move), [1145])
        self.assertExplained(move, 95, 0)

    def test_more_than_the_principal_is_never_open_below_zero(self):
        """Who pays all with the fee leaves Amili nothing, and not less."""
        move = self.active()
        self.sandbox.amili(move, "remind", fee=5, interest=2)
        self.sync(minutes=5)
        self.bank_line(move, 1247)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1247])
        self.assertEqual(move.amili_state, "active", "its end is still to be heard of")
        self.case_of(move).sudo()._compare_books()
        self.assertFalse(self.differs(move))
        self.assertExplained(move, 0, 0)

    def test_both_sides_are_compared_by_what_is_known(self):
        """What the list tells otherwise is read first, and so is an unread case."""
        for is_read, tells_sums in ((True, True), (False, False)):
            with self.subTest(is_read=is_read, tells_sums=tells_sums):
                self.reset_sandbox()
                move = self.active()
                case = self.case_of(move).sudo()
                case.open_amount = 1000
                if not is_read:
                    case.case_read_at = False
                told = self.sandbox.case(move)["assignment"]
                if not tells_sums:
                    told = {
                        name: value
                        for name, value in told.items()
                        if "amount" not in name
                    }
                self.sandbox.fault("json", body=[told], path="/v1/assignments$")
                self.sandbox.fault(
                    "status", status=500, times=None, path="/assignments/[^/]+$"
                )
                self.sweep(days=1)
                self.assertFalse(self.differs(move))

    def test_the_difference_ends_with_the_case(self):
        """How it ended is told, and what is left to be done: nothing else is asked."""
        move = self.active()
        self.tell_elsewhere(move, 300)
        self.day()
        self.assertTrue(self.differs(move))
        self.sandbox.amili(move, "close", result="credit_loss")
        self.day()
        self.assertEqual(move.amili_state, "closed")
        self.assertFalse(self.differs(move))
        self.assertFalse(self.case_of(move).books_differ)
        self.assertNotIn("differ", move.with_user(self.clerk).amili_banner)

    def test_each_account_tells_what_counts(self):
        """Not what is in doubt at Amili or unheard, nor what was undone here."""
        move = self.active()
        line = self.bank_line(move, 77)
        self.receivable(line.move_id).matched_debit_ids.unlink()
        self.sandbox.fault("status", status=422, **REPORT)
        self.bank_line(move, 66)
        self.run_queue()
        for amount, day, currency in (
            (88, 18, "SEK"),
            (99, 19, "EUR"),
            (55, 17, "EUR"),
        ):
            self.inject(
                move,
                type="paid",
                amount=amount,
                currency=currency,
                date=f"2026-10-{day}",
            )
        self.sync(minutes=5)
        self.case_of(move).sudo().open_amount = 1000
        self.case_of(move).sudo()._compare_books()
        theirs, ours = self.differs(move).split("The account of the books")
        self.assertLess(theirs.index("55.00"), theirs.index("99.00"), "in order")
        for words in ("77.00", "88.00", "66.00"):
            self.assertNotIn(words, theirs)
        self.assertIn("66.00", ours)
        self.assertNotIn(line.move_id.name, ours)

    def test_a_difference_tells_what_to_look_for(self):
        move = self.active()
        case = self.case_of(move).sudo()
        for open_amount, words in (
            (1000, "missing in Odoo"),
            (1300, "goes on collecting"),
            (1100, "missing in Odoo"),
        ):
            case.open_amount = open_amount
            case._compare_books()
            note = self.differs(move)
            self.assertIn(words, note)
            self.assertEqual(note.count("Amili's account"), 1, "as it is now")

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

    def test_what_was_collected_comes_however_it_ended(self):
        for result, words in (
            ("partly_paid", "payout of what was collected"),
            ("credit_loss", "credit loss"),
            ("withdrawn", "Collect it yourself"),
        ):
            with self.subTest(result):
                self.reset_sandbox()
                move = self.active()
                self.sandbox.amili(move, "pay", amount=100)
                self.sync(minutes=5)
                self.assertFalse(self.case_of(move).payout_late_on, "it goes on")
                self.sandbox.amili(move, "close", result=result)
                self.sync(minutes=5)
                self.assertTold(move, words, "Still to come", "100.00")

    def test_the_days_until_a_payout_is_late_are_the_companys(self):
        """Half past one at night in Finland is the evening before in UTC."""
        self.company.amili_payout_days = 14
        self.later(hours=13, minutes=30)
        move = self.ended("paid")
        self.assertEqual(f"{self.case_of(move).closed_at:%d.%m.}", "20.10.")
        self.assertEqual(f"{self.case_of(move).payout_late_on}", "2026-11-04")

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

    def taxed(self, *percents):
        """Return an unpaid ended case of 1,000.00 and VAT at each of these rates."""
        vat = self.env["account.account"].create(
            {"name": "ALV-velka", "code": "AMVAT", "account_type": "liability_current"}
        )
        tag = self.env["account.account.tag"].create(
            {"name": "ALV, myynti", "applicability": "taxes"}
        )
        lines = []
        for percent in percents:
            tax = self.company_data["default_tax_sale"].copy(
                {"name": f"ALV {percent} %", "amount": percent}
            )
            taxed = tax.invoice_repartition_line_ids.filtered(
                lambda line: line.repartition_type == "tax"
            )
            taxed.write({"account_id": vat.id, "tag_ids": [Command.set(tag.ids)]})
            line = {
                "name": "Työ",
                "price_unit": 1000,
                "tax_ids": [Command.set(tax.ids)],
                "account_id": self.company_data["default_account_revenue"].id,
            }
            lines.append(Command.create(line))
        move = self.ended("credit_loss", self.active(invoice_line_ids=lines))
        self.assertEqual(move.amount_total, sum(1000 + 10 * p for p in percents))
        return move, vat, tag

    def test_the_tax_of_the_lost_part_is_deducted_where_that_is_chosen(self):
        account = self.loss_account()
        self.company.amili_loss_tax = "relief"
        move, vat, tag = self.taxed(25.5)
        entry = self.draft(move, amount=627.5)
        debits = {line.account_id: line for line in entry.line_ids.filtered("debit")}
        self.assertEqual(set(debits), {account, vat})
        self.assertEqual(debits[account].debit, 500)
        self.assertEqual(debits[vat].debit, 127.5)
        self.assertEqual(debits[vat].tax_tag_ids, tag)
        self.assertFalse(debits[account].tax_tag_ids)

    def test_each_tax_is_rounded_and_the_loss_is_the_rest(self):
        self.loss_account()
        self.company.amili_loss_tax = "relief"
        move, _vat, _tag = self.taxed(25.5, 13)
        for amount, debits in ((100, [5.45, 10.69, 83.86]), (5, [0.27, 0.53, 4.2])):
            with self.subTest(amount):
                lines = self.draft(move, amount=amount).line_ids.filtered("debit")
                self.assertEqual(sorted(lines.mapped("debit")), debits)

    def test_no_tax_is_deducted_where_that_is_not_chosen(self):
        account = self.loss_account()
        self.company.amili_loss_tax = "gross"
        move, _vat, _tag = self.taxed(25.5)
        debits = self.draft(move).line_ids.filtered("debit")
        self.assertEqual((debits.account_id, debits.debit), (account, 1255))

    def test_the_entry_is_the_customers_on_the_chosen_day(self):
        self.loss_account()
        move = self.active()
        self.sandbox.amili(move, "close", result="withdrawn")
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "withdrawn")
        entry = self.draft(move, date="2026-10-31")
        self.assertEqual(f"{entry.date}", "2026-10-31")
        self.assertEqual(entry.line_ids.partner_id, move.commercial_partner_id)
        self.assertIn(move.name, entry.ref)

    def test_who_may_no_longer_hand_over_makes_no_entry(self):
        """Also where the window was open before."""
        self.loss_account()
        move = self.ended("credit_loss")
        wizard = self.loss_wizard(move)
        self.clerk.group_ids = self.outsider.group_ids
        with self.assertRaisesRegex(UserError, "may not hand invoices over"):
            wizard.action_create_draft()
        with self.assertRaisesRegex(UserError, "may not hand invoices over"):
            self.case_of(move).with_user(self.outsider).action_propose_loss()

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
