"""What an entry means to Amili is certain, or a person is asked."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..books_case import MeaningCase


@tagged("post_install", "-at_install")
class TestMeaning(MeaningCase):
    # Credit losses --------------------------------------------------------------------

    def test_a_credit_loss_is_not_told_by_itself(self):
        move = self.active()
        self.book(move, 1240, self.expense(), ref="Luottotappio 2026")
        self.assertAsked(move, 1240)
        self.assertFalse(self.told(move))
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "active")

    def test_a_credit_loss_with_its_tax(self):
        move = self.active()
        tax = self.env["account.account"].create(
            {
                "name": "ALV-velka",
                "code": "AMVAT",
                "account_type": "liability_current",
            }
        )
        entry = self.env["account.move"].create(
            {
                "date": "2026-10-19",
                "line_ids": [
                    Command.create({"account_id": self.expense().id, "debit": 988.05}),
                    Command.create({"account_id": tax.id, "debit": 251.95}),
                    Command.create(
                        {
                            "account_id": self.receivable(move).account_id.id,
                            "partner_id": move.partner_id.id,
                            "credit": 1240,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.match(move, entry)
        self.assertAsked(move, 1240)

    def test_a_loss_against_income(self):
        """As who takes the sale back without a credit note."""
        move = self.active()
        self.book(move, 100, self.company_data["default_account_revenue"])
        self.assertAsked(move, 100)
        self.assertEqual(self.case_of(move).entry_ids.kind, "loss")

    def test_one_from_before_that_is_undone(self):
        move = self.invoice()
        loss = self.book(move, 240, self.expense())
        self.activate(move)
        self.sync()
        loss.button_draft()
        loss.button_cancel()
        self.assertIn("more is open", self.summaries(move))

    def test_it_is_given_up(self):
        move = self.active()
        self.book(move, 240, self.expense())
        self.answer(move, "action_given_up", self.manager)
        self.assertFalse(self.tasks(move))
        self.run_queue()
        [event] = self.told(move)
        self.assertEqual((event["type"], event["amount"]), ("credit_note", 240))
        self.assertIn("luopuu", event["comment"])
        self.assertBalanced(move)

    def test_it_is_only_in_the_books(self):
        move = self.active()
        self.book(move, 1240, self.expense())
        self.answer(move, "action_books")
        self.run_queue()
        self.assertFalse(self.told(move))
        self.assertFalse(self.tasks(move))
        self.assertIn("goes on collecting", self.chatter(move)[-1])
        self.assertTold(move, "goes on collecting")
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=5)
        banner = move.with_user(self.clerk).amili_banner
        self.assertNotIn("goes on collecting", banner)

    def test_money_that_comes_after_a_credit_loss(self):
        """The loss is undone, and what came is told."""
        move = self.active()
        self.book(move, 1240, self.expense())
        self.answer(move, "action_books")
        self.undo(move)
        self.bank_line(move, 1240)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])
        self.assertBalanced(move)

    def test_a_credit_loss_does_not_explain_what_bounces(self):
        move = self.invoice()
        payment = self.payment(move, 240)
        self.activate(move)
        self.sync()
        self.later(minutes=10)
        self.book(move, 240, self.expense())
        self.answer(move, "action_books")
        payment.action_draft()
        payment.action_cancel()
        self.run_queue()
        self.assertIn("more is open", self.summaries(move))
        self.assertFalse(self.told(move))

    def test_another_answer_takes_back_the_first(self):
        move = self.active()
        self.book(move, 240, self.expense())
        self.answer(move, "action_given_up", self.manager)
        self.run_queue()
        entry = self.case_of(move).entry_ids
        entry._mean("books")
        self.run_queue()
        [comment] = self.comments(move)
        self.assertIn("peruttu", comment)

    def test_a_payment_with_a_write_off(self):
        move = self.active()
        self.payment(
            move,
            1200,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.expense().id,
        )
        self.assertEqual(move.amount_residual, 0)
        self.assertAsked(move, 40)
        self.assertEqual(self.amounts(move), [1200])
        self.answer(move, "action_given_up", self.manager)
        self.run_queue()
        self.assertEqual(self.amounts(move, "credit_note"), [40])
        self.assertEqual(self.sandbox.case(move)["assignment"]["open_amount"], 0)

    def test_one_payment_with_a_write_off_for_several(self):
        moves = self.active() + self.active()
        self.payment(
            moves,
            2400,
            group_payment=True,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.expense().id,
        )
        self.run_queue()
        for move in moves:
            self.assertEqual(self.amounts(move), [1200])
            self.assertEqual(self.asked(move).amount, 40)

    def test_what_is_asked_ends_with_the_claim(self):
        """One that was taken off the queue, and one that Amili has ended."""
        move = self.invoice()
        self.hand_over(move)
        self.book(move, 100, self.expense())
        self.assertIn("have to hear", self.summaries(move))
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled", "the sum is another one now")
        self.assertNotIn("have to hear", self.summaries(move))

        move = self.active()
        self.book(move, 100, self.expense())
        self.assertAsked(move, 100)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "closed")
        self.assertNotIn("have to hear", self.summaries(move))

    # Remembering ----------------------------------------------------------------------

    def test_the_answer_is_remembered_for_the_account(self):
        move = self.active()
        self.book(move, 240, self.expense())
        self.answer(move, "action_given_up", self.manager)
        other = self.active()
        self.book(other, 100, self.expense())
        self.run_queue()
        self.assertEqual(self.amounts(other, "credit_note"), [100])
        self.book(other, 50, self.expense("AMLOS2", "Muut kulut"))
        self.assertAsked(other, 50)

    def test_the_answer_is_not_remembered_where_nobody_wants_that(self):
        move = self.active()
        self.book(move, 240, self.expense())
        self.answer(move, "action_books", is_remembered=False)
        other = self.active()
        self.book(other, 100, self.expense())
        self.assertAsked(other, 100)

    def test_another_kind_against_the_account_is_asked(self):
        move = self.active()
        self.set_off(move, 300)
        self.answer(move, "action_paid")
        other = self.active()
        mixed = self.entry(other, 100, self.company_data["default_account_payable"])
        payable = mixed.line_ids.filtered("debit")
        values = {"account_id": self.expense().id, "debit": 40}
        less = Command.update(payable.id, {"debit": 60})
        mixed.line_ids = [less, Command.create(values)]
        mixed.action_post()
        self.match(other, mixed)
        self.assertAsked(other, 100)

    def test_a_second_answer_for_an_entry_is_remembered(self):
        move = self.active()
        self.book(move, 240, self.expense())
        self.answer(move, "action_books")
        self.decide(self.case_of(move).entry_ids, "action_given_up", self.manager)
        other = self.active()
        self.book(other, 100, self.expense())
        self.run_queue()
        self.assertEqual(self.amounts(other, "credit_note"), [100])

    def test_a_later_answer_replaces_the_first(self):
        for action, user, told in (
            ("action_given_up", self.manager, [100]),
            ("action_books", self.clerk, []),
        ):
            with self.subTest(action):
                self.env["amili.entry.answer"].sudo().search([]).unlink()
                move = self.active()
                self.book(move, 240, self.expense())
                self.answer(move, action, user)
                other = self.active()
                self.book(other, 100, self.expense())
                is_said = "goes on collecting" in self.chatter(other)[-1]
                self.assertEqual(is_said, not told)
                self.run_queue()
                self.assertEqual(self.amounts(other, "credit_note"), told)

    def test_a_manager_lets_it_be_forgotten(self):
        move = self.active()
        self.book(move, 240, self.expense())
        self.answer(move, "action_books")
        answer = self.env["amili.entry.answer"].with_user(self.manager).search([])
        self.assertEqual(answer.account_id, self.expense())
        for user in (self.clerk, self.outsider):
            with self.assertRaisesRegex(AccessError, "what is remembered"):
                answer.with_user(user).action_forget()
        answer.action_forget()
        other = self.active()
        self.book(other, 100, self.expense())
        self.assertAsked(other, 100)

    def test_whether_it_is_a_payout_is_asked_each_time(self):
        """That depends on the case, and not on what else stands in the entry."""
        costs = self.expense("AMBANK", "Pankkikulut")
        for _time in range(2):
            move = self.active()
            self.sandbox.amili(move, "pay", amount=290)
            self.sync(minutes=5)
            self.bank_line_with(move, 290, 300, costs, "Esimerkki Oy")
            asked = self.asked(move).filtered(lambda e: e.kind == "maybe_payout")
            self.assertEqual(asked.mapped("amount"), [290])
            wizard = self.env["amili.entry.wizard"].new({"entry_id": asked.id})
            self.assertFalse(wizard.may_remember)
            self.decide(asked, "action_payout")

    def test_what_another_company_said_is_no_answer(self):
        """An account may be that of several companies."""
        other = self.setup_other_company(name="Toinen Oy")["company"]
        values = {"account_id": self.expense().id, "kind": "loss", "meaning": "books"}
        answer = (
            self.env["amili.entry.answer"]
            .sudo()
            .create({"company_id": other.id, **values})
        )
        move = self.active()
        self.book(move, 100, self.expense())
        self.assertAsked(move, 100)
        with self.assertRaises(AccessError):
            answer.with_user(self.manager).action_forget()

    # Who may say it -------------------------------------------------------------------

    def test_what_is_certain_nobody_can_answer(self):
        """Whatever a page asks for that was opened before."""
        move = self.active()
        self.bank_line(move, 100, payer="Amili Oy")
        self.bank_line(move, 200)
        self.match(move, self.refund(move, 300))
        entries = self.case_of(move).entry_ids
        self.assertEqual(set(entries.mapped("kind")), {"payout", "paid", "credit_note"})
        for entry in entries:
            with (
                self.subTest(entry.kind),
                self.assertRaisesRegex(UserError, "is certain"),
            ):
                self.decide(entry, "action_books")

    def test_only_a_manager_gives_a_claim_up(self):
        move = self.active()
        self.book(move, 240, self.expense())
        with self.assertRaisesRegex(AccessError, "Manager"):
            self.answer(move, "action_given_up", self.clerk)
        with self.assertRaises(AccessError):
            self.answer(move, "action_books", self.outsider)
        self.assertAsked(move, 240)

    def test_who_may_no_longer_hand_over_answers_nothing(self):
        """Also where the window was open before."""
        move = self.active()
        self.book(move, 240, self.expense())
        wizard = (
            self.env["amili.entry.wizard"]
            .with_user(self.clerk)
            .create({"entry_id": self.asked(move).id})
        )
        self.clerk.group_ids = self.outsider.group_ids
        with self.assertRaisesRegex(UserError, "may not hand invoices over"):
            wizard.action_books()
        self.assertAsked(move, 240)

    # Set-offs -------------------------------------------------------------------------

    def set_off(self, move, amount):
        payable = self.company_data["default_account_payable"]
        return self.book(move, amount, payable)

    def test_a_set_off_is_told_in_those_words_after_a_person_said_so(self):
        move = self.active()
        self.set_off(move, 300)
        self.assertAsked(move, 300)
        self.assertFalse(self.told(move))
        self.answer(move, "action_paid")
        self.run_queue()
        [event] = self.told(move)
        self.assertEqual((event["type"], event["amount"]), ("paid", 300))
        self.assertIn("kuittaamalla", event["comment"])
        self.assertBalanced(move)

    def test_the_claim_is_moved_to_another_receivable(self):
        move = self.active()
        other = self.env["account.account"].create(
            {
                "name": "Epävarmat saatavat",
                "code": "AMDOU",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        self.book(move, 1240, other)
        self.assertAsked(move, 1240)
        self.answer(move, "action_books")
        self.run_queue()
        self.assertFalse(self.told(move))

    # More than the principal ----------------------------------------------------------

    def claimed_with_fee(self):
        return self.active(amili_reminder_date="2026-09-20", amili_reminder_amount=5.0)

    def let_a_euro_be_two(self):
        """Let the company's own currency be another, worth half as much."""
        self.assertNotEqual(self.company.currency_id, self.euro)
        self.env["res.currency.rate"].create(
            {
                "name": "2026-10-01",
                "rate": 0.5,
                "currency_id": self.euro.id,
                "company_id": self.company.id,
            }
        )

    def test_a_reminder_fee_that_is_paid_along(self):
        for way in ("bank line", "payment", "income"):
            with self.subTest(way):
                self.reset_sandbox()
                move = self.claimed_with_fee()
                if way == "bank line":
                    self.bank_line(move, 1245)
                elif way == "payment":
                    self.payment(move, 1245)
                else:
                    income = self.company_data["default_account_revenue"]
                    self.bank_line_with(move, 1245, 1240, income, "Esimerkki Oy")
                self.run_queue()
                self.sync(minutes=5)
                self.assertEqual(self.amounts(move), [1245])
                self.assertEqual(move.amili_state, "closed")
                self.assertFalse(self.asked(move))

    def test_a_reminder_fee_that_is_paid_along_in_another_currency(self):
        """What came beyond the claim is counted in the currency of the claim."""
        self.let_a_euro_be_two()
        move = self.claimed_with_fee()
        self.bank_line(move, 2490)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1245])
        self.assertFalse(self.asked(move))

    def test_more_than_the_claim_and_its_fees(self):
        move = self.claimed_with_fee()
        self.bank_line(move, 1300)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])
        asked = self.asked(move)
        self.assertEqual(asked.extra_amount, 5)
        window = self.env["amili.entry.wizard"].new({"entry_id": asked.id})
        self.assertEqual(window.amount, 5, "what is asked about")
        self.answer(move, "action_paid")
        self.run_queue()
        self.assertEqual(sum(self.amounts(move)), 1245)

    def test_more_than_the_claim_where_nothing_was_added_to_it(self):
        """What came beyond is the debtor's, and nothing of it is asked."""
        move = self.active()
        self.bank_line(move, 1300)
        self.assertEqual(self.case_of(move).entry_ids.mapped("kind"), ["paid"])
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])

    def test_a_fee_is_told_whole_where_more_is_open(self):
        """What was taken off before the hand-over is not any more: that is asked."""
        move = self.invoice(amili_reminder_date="2026-09-20", amili_reminder_amount=5.0)
        before = self.payment(move, 240)
        self.activate(move)
        self.sync()
        self.bank_line(move, 1300)
        before.action_draft()
        before.action_cancel()
        self.assertIn("more is open", self.summaries(move))
        self.answer(move, "action_paid")
        self.run_queue()
        self.assertEqual(self.amounts(move), [1000, 5])

    def test_the_fee_was_invoiced_apart(self):
        move = self.claimed_with_fee()
        fee = self.invoice(amount=5)
        line = self.bank_line(fee, 1245).move_id
        self.match(move, line)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])
        self.assertEqual(self.asked(move).extra_amount, 5)
        self.answer(move, "action_books")
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])

    def test_the_fee_was_invoiced_apart_in_another_currency(self):
        self.let_a_euro_be_two()
        move = self.claimed_with_fee()
        line = self.bank_line(self.invoice(amount=5), 2490).move_id
        self.match(move, line)
        self.assertEqual(self.asked(move).extra_amount, 5)

    def test_what_else_was_paid_along_is_no_fee(self):
        move = self.claimed_with_fee()
        line = self.bank_line(self.invoice(amount=60), 1300).move_id
        self.match(move, line)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])
        self.assertFalse(self.asked(move))

    def test_the_interest_that_is_paid_along(self):
        move = self.claimed_with_fee()
        self.sandbox.amili(move, "remind", fee=5, interest=1.23)
        self.sync(minutes=5)
        case = self.case_of(move)
        charges = case.fee_amount + case.interest_amount
        self.assertEqual(case.interest_amount, 1.23)
        self.bank_line(move, 1240 + charges)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240 + charges])

    def test_the_fee_is_told_once(self):
        move = self.claimed_with_fee()
        income = self.company_data["default_account_revenue"]
        first = self.bank_line_with(move, 605, 600, income, "Esimerkki Oy")
        self.bank_line(move, 645)
        self.receivable(first.move_id).matched_debit_ids.unlink()
        self.match(move, first.move_id)
        self.run_queue()
        self.assertCountEqual(self.amounts(move), [600, 645])

    def test_a_fee_that_was_told_apart_is_undone_with_the_payment(self):
        move = self.claimed_with_fee()
        self.bank_line(move, 1300)
        self.answer(move, "action_paid")
        self.run_queue()
        self.undo(move)
        self.assertEqual(self.report_of(move).mapped("is_undone"), [True, True])

    def test_what_came_along_is_undone_with_the_payment(self):
        move = self.claimed_with_fee()
        self.bank_line(move, 1245)
        self.undo(move)
        self.run_queue()
        self.assertFalse(self.reports())

    # Payouts --------------------------------------------------------------------------

    def test_a_payout_less_the_commission(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=1240)
        self.sync(minutes=5)
        costs = self.expense("AMCOM", "Perintäkulut")
        self.bank_line_with(move, 1178, 1240, costs, "Visma Financial Solutions")
        self.run_queue()
        case = self.case_of(move)
        self.assertEqual((case.payout_amount, case.kept_amount), (1178, 62))
        self.assertEqual(move.amount_residual, 0)
        self.assertFalse(self.reports())
        self.assertFalse(self.asked(move))

    def test_a_payment_of_just_what_amili_has_collected(self):
        for action, told in (("action_payout", []), ("action_paid", [300])):
            with self.subTest(action):
                self.reset_sandbox()
                move = self.active()
                self.sandbox.amili(move, "pay", amount=300)
                self.sync(minutes=5)
                self.bank_line(move, 300)
                self.assertAsked(move, 300)
                self.assertFalse(self.told(move))
                self.answer(move, action)
                self.run_queue()
                self.assertEqual(self.amounts(move), told)
                self.assertEqual(self.case_of(move).payout_amount, 300 * (not told))

    def test_a_payment_of_one_of_the_sums_that_amili_has_collected(self):
        move = self.active()
        for amount in (300, 200):
            self.sandbox.amili(move, "pay", amount=amount)
            self.sync(minutes=5)
        self.bank_line(move, 200)
        self.assertAsked(move, 200)
        self.run_queue()
        self.assertFalse(self.told(move))

    def test_a_sum_that_amili_has_paid_out_already_is_a_payment(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=500)
        self.sync(minutes=5)
        self.bank_line(move, 500, payer="Amili Oy")
        self.bank_line(move, 500)
        self.run_queue()
        self.assertEqual(self.amounts(move), [500])

    def test_a_payment_that_was_told_stays_one(self):
        """Amili collects the same sum afterwards."""
        move = self.active()
        self.bank_line(move, 100)
        self.run_queue()
        self.sandbox.amili(move, "pay", amount=100)
        self.sync(minutes=5)
        move._amili_settle()
        self.assertFalse(self.asked(move))
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])
        self.assertFalse(self.comments(move))

    def test_a_payment_of_a_sum_that_was_told_is_no_payout(self):
        """Nor is it the one that was told."""
        move = self.active()
        self.bank_line(move, 100)
        self.run_queue()
        self.sandbox.amili(move, "pay", amount=300)
        self.sync(minutes=5)
        self.bank_line(move, 100)
        self.run_queue()
        self.assertEqual(self.amounts(move), [100, 100])

    def test_a_payment_of_another_sum_is_told(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=300)
        self.sync(minutes=5)
        self.bank_line(move, 200)
        self.run_queue()
        self.assertEqual(self.amounts(move), [200])

    # Entries by hand ------------------------------------------------------------------

    def test_which_accounts_are_money(self):
        for number, (kind, reconcile, is_money) in enumerate(
            (
                ("asset_cash", False, True),
                ("liability_credit_card", False, True),
                # Money on its way to the bank.
                ("asset_current", True, True),
                ("asset_current", False, False),
                ("asset_prepayments", True, False),
            )
        ):
            with self.subTest(kind, reconcile=reconcile):
                move = self.active()
                account = self.env["account.account"].create(
                    {
                        "name": "Tili",
                        "code": f"AMMON{number}",
                        "account_type": kind,
                        "reconcile": reconcile,
                    }
                )
                self.book(move, 100, account)
                self.run_queue()
                self.assertEqual(self.amounts(move), [100] if is_money else [])
                self.assertEqual(bool(self.asked(move)), not is_money)
