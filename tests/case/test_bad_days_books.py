"""Bad days in the books: undone, done again, drafts, batches, payouts."""

from odoo.tests import tagged

from ..books_case import BooksCase
from ..collection_case import REPORT


@tagged("post_install", "-at_install")
class TestUndone(BooksCase):
    """Payments that do not stay: Amili is told once, and what stands in the end."""

    def test_before_the_first_report_left(self):
        for times in (1, 3):
            with self.subTest(times=times):
                self.reset_sandbox()
                move = self.active()
                self.bank_line(move, 100)
                for _time in range(times):
                    self.undo(move)
                    self.bank_line(move, 100)
                self.run_queue()
                self.assertEqual(self.amounts(move), [100])
                self.assertFalse(self.comments(move))
                self.assertFalse(self.tasks(move))
                self.assertQuiet(move, posts=1)

    def test_undone_again_after_it_stood_again(self):
        """Amili's last word is whether it stands, however often that has changed."""
        move = self.active()
        line = self.bank_line(move, 100)
        self.run_queue()
        for number, words in enumerate(("peruttu", "sittenkin voimassa", "peruttu"), 1):
            if number % 2:
                self.undo(move)
            else:
                self.match(move, line.move_id)
            self.run_queue(minutes=11)
            self.assertEqual(len(self.comments(move)), number)
            self.assertIn(words, self.comments(move)[-1])
        self.assertEqual(self.amounts(move), [100])

    def test_a_credit_that_is_undone_is_called_one(self):
        move = self.active()
        self.match(move, self.refund(move, 100))
        self.run_queue()
        self.undo(move)
        self.run_queue(minutes=11)
        self.assertIn("hyvitys 100,00", self.comments(move)[-1])

    def test_the_task_stays_as_long_as_one_is_undone(self):
        move = self.active()
        lines = [self.bank_line(move, amount) for amount in (100, 60)]
        self.run_queue()
        self.undo(move)
        for line, is_asked in zip(lines, (True, False), strict=True):
            self.match(move, line.move_id)
            self.assertEqual("was undone" in self.summaries(move), is_asked)

    def test_while_it_is_being_sent(self):
        for is_taken in (True, False):
            with self.subTest(is_taken=is_taken):
                self.reset_sandbox()
                move = self.active()
                self.bank_line(move, 100)
                self.kill_the_sender(before_call=not is_taken)
                self.undo(move)
                for _run in range(3):
                    self.run_queue(minutes=11)
                self.assertEqual(self.amounts(move), [100] if is_taken else [])
                self.assertEqual(len(self.comments(move)), int(is_taken))
                state = "done" if is_taken else "cancelled"
                self.assertEqual(self.report_of(move).state, state)
                self.assertEqual(self.case_of(move).direct_amount, 0)
                self.assertQuiet(move, posts=2 * is_taken)

    def test_while_it_is_unknown(self):
        for kind, is_taken in (("drop_after", True), ("drop_before", False)):
            for is_back in (False, True):
                with self.subTest(kind, is_back=is_back):
                    self.reset_sandbox()
                    move = self.active()
                    self.bank_line(move, 100)
                    self.sandbox.fault(kind, **REPORT)
                    self.run_queue()
                    self.undo(move)
                    if is_back:
                        self.bank_line(move, 100)
                    for _run in range(3):
                        self.run_queue(minutes=11)
                    told = [100] if is_taken or is_back else []
                    self.assertEqual(self.amounts(move), told)
                    undone = is_taken and not is_back
                    self.assertEqual(len(self.comments(move)), int(undone))
                    self.assertEqual(self.case_of(move).direct_amount, 100 * is_back)
                    for comment in self.comments(move):
                        self.assertIn("peruttu", comment)

    def test_after_it_was_told_a_person_is_asked(self):
        move = self.active()
        self.bank_line(move, 100)
        self.run_queue()
        reference = self.report_of(move).reference
        self.undo(move)
        self.run_queue()
        [comment] = self.comments(move)
        for word in ("100,00", "19.10.2026", "peruttu", reference):
            self.assertIn(word, comment)
        self.assertEqual(self.summaries(move).count("undone"), 1)
        self.assertEqual(self.case_of(move).direct_amount, 0)
        self.assertQuiet(move, posts=2)

    def test_the_last_word_is_what_stands(self):
        """However often it changes, before or after a message about it left."""
        for steps in ("ust", "usrst", "usrurs", "usrusr", "usrsusrurs", "rsurus"):
            with self.subTest(steps):
                self.reset_sandbox()
                move = self.active()
                self.bank_line(move, 100)
                self.run_queue()
                stands = True
                for step in steps:
                    if step == "u" and stands:
                        self.undo(move)
                        stands = False
                    elif step == "r" and not stands:
                        self.bank_line(move, 100)
                        stands = True
                    elif step == "s":
                        self.run_queue(minutes=1)
                for _run in range(4):
                    self.run_queue(minutes=1)
                self.assertEqual(self.amounts(move), [100])
                word = "sittenkin voimassa" if stands else "on peruttu"
                if self.comments(move):
                    self.assertIn(word, self.comments(move)[-1])
                else:
                    self.assertTrue(stands)
                self.assertEqual(self.case_of(move).direct_amount, 100 * stands)

    def test_another_payment_after_one_that_was_undone(self):
        move = self.active()
        self.bank_line(move, 100)
        self.run_queue()
        self.undo(move)
        self.bank_line(move, 99.99)
        for _run in range(3):
            self.run_queue(minutes=1)
        self.assertEqual(self.amounts(move), [100, 99.99])
        self.assertEqual(len(self.comments(move)), 1)
        self.assertEqual(self.case_of(move).direct_amount, 99.99)

    def test_a_payment_from_before_the_hand_over(self):
        move = self.invoice()
        self.payment(move, 240)
        self.activate(move)
        self.assertFalse(self.tasks(move))
        self.undo(move)
        self.run_queue()
        self.assertFalse(self.reports(), "Amili never heard of it")
        self.assertIn("more is open", self.summaries(move))

    def test_a_payment_that_becomes_a_draft_again(self):
        move = self.active()
        payment = self.payment(move, 100)
        self.run_queue()
        payment.action_draft()
        payment.action_post()
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])
        payment.action_draft()
        payment.action_cancel()
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])
        self.assertEqual(len(self.comments(move)), 1)
        self.assertEqual(self.case_of(move).direct_amount, 0)

    def test_a_credit_note_that_is_undone(self):
        move = self.active()
        self.credit(move)
        self.undo(move)
        self.run_queue()
        self.assertFalse(self.reports())
        partner_line = self.receivable(move.reversal_move_ids)
        (self.receivable(move) + partner_line).reconcile()
        self.run_queue()
        self.assertEqual(self.amounts(move, "credit_note"), [1240])


@tagged("post_install", "-at_install")
class TestWhatIsTold(BooksCase):
    """What an entry is to Amili, and when it hears of it."""

    def assertAskedAgain(self, move):
        """Check that it was not sent, and that the clerk is to confirm it anew."""
        self.assertEqual(move.amili_state, "cancelled")
        self.assertTold(move, "open amount has changed")
        self.assertEqual(self.tasks(move).user_id, self.clerk)
        self.assertEqual(self.report_of(move).state, "cancelled")

    def test_paid_in_full_on_the_queue(self):
        move = self.invoice()
        self.hand_over(move)
        self.payment(move, 1240)
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertEqual(self.report_of(move).state, "cancelled")
        self.assertFalse(self.tasks(move), "nobody has to act")
        self.assertFalse(self.posts() + self.reports())

    def test_paid_in_part_on_the_queue(self):
        move = self.invoice()
        self.hand_over(move)
        self.payment(move, 240)
        self.run_queue()
        self.assertAskedAgain(move)
        self.assertFalse(self.posts() + self.reports())
        # What is confirmed anew is less, so the payment is never told.
        self.activate(move)
        self.run_queue(hours=1)
        self.assertFalse(self.reports())
        self.assertEqual(self.case_of(move).capital_amount, 1000)

    def test_paid_on_the_queue_and_undone_before_it_was_sent(self):
        move = self.invoice()
        self.hand_over(move)
        self.payment(move, 240)
        self.undo(move)
        self.run_queue()
        self.assertSent(move)
        self.assertFalse(self.reports())
        self.assertFalse(self.tasks(move))

    def test_paid_while_the_hand_over_is_under_way(self):
        for fault in ("drop_after", "drop_before", None):
            with self.subTest(fault):
                self.reset_sandbox()
                move = self.invoice()
                if fault:
                    self.sandbox.fault(fault, path="/assignment/amili$")
                self.send(move)
                self.assertEqual(move.amili_state, "unknown" if fault else "pending")
                self.payment(move, 240)
                self.deny_twice()
                if fault == "drop_before":
                    # It surely never arrived: what is open now has to be confirmed.
                    self.run_queue()
                    self.assertAskedAgain(move)
                    self.assertFalse(self.sandbox.cases())
                    continue
                self.assertFalse(self.reports(), "Amili has not accepted yet")
                self.sandbox.amili(move, "accept")
                self.run_cron("poll_transfers")
                self.later(hours=1)
                self.run_cron("poll_transfers")
                self.assertEqual(move.amili_state, "active")
                self.run_queue()
                self.assertEqual(self.amounts(move), [240])
                self.assertQuiet(move, posts=1)
                self.sync()
                self.assertAgreed(move)

    def test_paid_while_the_hand_over_was_being_sent_and_the_sender_died(self):
        for is_taken in (False, True):
            with self.subTest(is_taken=is_taken):
                self.reset_sandbox()
                move = self.invoice()
                self.hand_over(move)
                self.kill_the_sender(not is_taken)
                self.assertEqual(move.amili_state, "sending")
                self.payment(move, 240)
                for _run in range(3):
                    self.run_queue(minutes=11)
                if not is_taken:
                    self.assertAskedAgain(move)
                    self.assertFalse(self.posts() + self.reports())
                    continue
                self.assertEqual(move.amili_state, "pending")
                self.sandbox.amili(move, "accept")
                self.later(hours=1)
                self.run_cron("poll_transfers")
                self.run_queue()
                self.assertEqual(self.amounts(move), [240])

    def test_amili_refuses_what_was_paid_meanwhile(self):
        move = self.invoice()
        self.send(move)
        self.payment(move, 240)
        self.sandbox.amili(move, "refuse", reason="Ei")
        self.later(hours=1)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "rejected")
        self.assertEqual(self.report_of(move).state, "cancelled")
        self.assertQuiet(move, posts=0)

    def test_a_draft_counts_when_it_is_posted(self):
        move = self.active()
        bank = self.company_data["default_journal_bank"].default_account_id
        entry = self.entry(move, 100, bank)
        (self.receivable(move) + self.receivable(entry)).reconcile()
        self.run_queue()
        self.assertFalse(self.reports())
        entry.action_post()
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])

    def test_a_draft_that_is_taken_off_again_is_nobodys_trouble(self):
        move = self.active()
        bank = self.company_data["default_journal_bank"].default_account_id
        entry = self.entry(move, 100, bank)
        (self.receivable(move) + self.receivable(entry)).reconcile()
        self.undo(move)
        self.run_queue()
        self.assertFalse(self.reports())
        self.assertFalse(self.tasks(move))

    def test_a_credit_note_that_is_still_a_draft(self):
        move = self.active()
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        refund = self.env["account.move"].browse(
            wizard.create({"journal_id": move.journal_id.id}).refund_moves()["res_id"]
        )
        (self.receivable(move) + self.receivable(refund)).reconcile()
        self.run_queue()
        self.assertFalse(self.reports())
        refund.action_post()
        self.run_queue()
        [event] = self.told(move, "credit_note")
        self.assertEqual((event["amount"], event["reference"]), (1240, refund.name))

    def test_more_money_than_is_open(self):
        move = self.active()
        self.bank_line(move, 1500.55)
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])

    def test_a_payment_is_not_told_again_when_the_bank_confirms_it(self):
        move = self.active()
        payment = self.payment(move, 100)
        self.run_queue()
        outstanding = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        self.assertTrue(outstanding.account_id.reconcile)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": payment.journal_id.id,
                "date": "2026-10-20",
                "payment_ref": move.name,
                "amount": 100,
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = outstanding.account_id
        (suspense + outstanding).reconcile()
        self.assertTrue(payment.is_matched)
        self.assertEqual(self.amounts(move), [100])
        self.assertQuiet(move, posts=1)

    def test_a_payment_without_an_entry_is_told_when_the_bank_confirms_it(self):
        """As with Odoo's full accounting: until then the invoice stays open."""
        self.patch(
            type(self.env["account.move"]),
            "_get_invoice_in_payment_state",
            lambda _model: "in_payment",
        )
        move = self.active()
        journal = self.company_data["default_journal_bank"]
        journal.inbound_payment_method_line_ids.payment_account_id = False
        payment = self.payment(move, 100)
        self.assertFalse(payment.move_id)
        self.run_queue()
        self.assertFalse(self.reports())
        self.bank_line(move, 100)
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])
        self.assertQuiet(move, posts=1)

    def test_an_entry_by_hand_against_the_bank(self):
        move = self.active()
        bank = self.company_data["default_journal_bank"].default_account_id
        self.book(move, 100.01, bank)
        self.run_queue()
        [event] = self.told(move)
        self.assertEqual((event["type"], event["amount"]), ("paid", 100.01))

    def test_one_payment_for_several_invoices(self):
        moves = self.invoice() + self.invoice(amount=500) + self.invoice(amount=60)
        self.activate(moves[:2])
        self.later(minutes=1)
        self.payment(moves, 1800, group_payment=True)
        self.assertEqual(set(moves.mapped("amount_residual")), {0})
        self.run_queue()
        self.assertEqual(self.amounts(moves[0]), [1240])
        self.assertEqual(self.amounts(moves[1]), [500])
        self.assertEqual(len(self.reports()), 2)
        self.undo(moves[0])
        self.run_queue()
        self.assertFalse(self.comments(moves[1]))

    def test_a_credit_note_for_more_than_is_open_at_amili(self):
        move = self.active()
        self.sandbox.amili(move, "pay", amount=1000)
        self.credit(move)
        self.run_queue()
        self.run_queue()
        self.sync(minutes=1)
        self.assertEqual(self.amounts(move, "credit_note"), [1240])
        self.assertEqual(self.case_of(move).open_amount, 0)
        self.assertAgreed(move)
        self.assertEqual(move.amili_state, "closed")

    def test_a_credit_note_for_more_than_is_open_here(self):
        move = self.active()
        self.payment(move, 1000)
        self.credit(move)
        partner_line = self.receivable(move.reversal_move_ids)
        open_lines = (self.receivable(move) + partner_line).filtered(
            lambda line: not line.reconciled
        )
        open_lines.reconcile()
        self.run_queue()
        self.run_queue()
        self.assertEqual(self.amounts(move), [1000])
        self.assertEqual(sum(self.amounts(move, "credit_note")), 240)
        self.assertEqual(self.sandbox.case(move)["assignment"]["open_amount"], 0)

    def test_a_credit_note_that_maventa_takes_for_too_much(self):
        move = self.active()
        self.credit(move)
        refusal = {"status": 422, "body": {"message": "amount is more than open"}}
        self.sandbox.fault("status", **refusal, **REPORT)
        self.run_queue()
        self.assertEqual(self.report_of(move, "credit_note").state, "failed")
        self.assertIn("more than open", self.chatter(move)[-1])
        self.assertIn("was refused", self.summaries(move))
        self.assertQuiet(move, posts=1)


@tagged("post_install", "-at_install")
class TestPayouts(BooksCase):
    """What Amili pays out is its own money on its way, and is not told back."""

    def test_who_is_amili_by_the_name_on_the_bank_line(self):
        for payer, is_payout in (
            ("Visma Financial Solutions Oy", True),
            ("  visma   FINANCIAL  solut", True),
            ("Amili Oy", True),
            ("AMILI OY\tPERINTÄ", True),
            ("Visma Amili\u00a0Oy", True),
            ("Amilia Virtanen", False),
            ("Amili Virtanen", False),
            ("Oy Amili Oy:n velallinen", False),
            ("Maija Malli", False),
            (None, False),
        ):
            with self.subTest(payer):
                self.reset_sandbox()
                move = self.active()
                self.bank_line(move, 100, payer=payer)
                self.run_queue()
                self.assertEqual(self.amounts(move), [] if is_payout else [100])
                self.assertEqual(self.case_of(move).payout_amount, 100 * is_payout)

    def test_who_is_amili_by_the_contact(self):
        move = self.active()
        amili = self.env["res.partner"].create({"name": "Saatavat", "is_company": True})
        branch = self.env["res.partner"].create(
            {"name": "Tilitykset", "parent_id": amili.id}
        )
        self.company.amili_payout_partner_id = amili
        self.bank_line(move, 100, partner_id=branch.id)
        self.bank_line(move, 50, partner_id=self.person.id)
        self.run_queue()
        self.assertEqual(self.amounts(move), [50])
        self.assertEqual(self.case_of(move).payout_amount, 100)

    def test_who_is_amili_by_the_name_of_the_contact(self):
        move = self.active()
        amili = self.env["res.partner"].create({"name": "Amili Oy", "is_company": True})
        self.bank_line(move, 100, partner_id=amili.id)
        self.run_queue()
        self.assertEqual(self.amounts(move), [])
        self.assertEqual(self.case_of(move).payout_amount, 100)

    def test_without_names_nobody_is_amili(self):
        self.company.amili_payout_names = " , ,"
        move = self.active()
        self.bank_line(move, 100, payer="Amili Oy")
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])

    def test_a_payout_after_the_end_appears_on_the_case(self):
        move = self.active()
        self.sandbox.amili(move, "close", result="paid")
        self.sync(minutes=1)
        self.assertEqual(move.amili_state, "closed")
        self.bank_line(move, 1200, payer="Amili Oy")
        case = self.case_of(move)
        self.assertEqual((case.payout_amount, case.kept_amount), (1200, 40))
        self.assertIn("paid out", self.chatter(move)[-1])
        self.undo(move)
        self.assertEqual(case.payout_amount, 0)
        self.assertQuiet(move, posts=0)

    def test_a_payout_after_a_second_attempt_that_came_to_nothing(self):
        move = self.active()
        first = self.case_of(move)
        self.sandbox.amili(move, "pay", amount=100)
        self.sandbox.amili(move, "close", result="partly_paid")
        self.sync(minutes=1)
        self.hand_over(move)
        second = self.case_of(move)
        second.with_user(self.clerk).action_cancel()
        self.bank_line(move, 90, payer="Amili Oy")
        self.assertEqual(first.payout_amount, 90)
        self.assertEqual(second.payout_amount, 0)

    def test_a_payment_after_the_end_is_not_told(self):
        move = self.active()
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=1)
        self.bank_line(move, 1240)
        self.undo(move)
        self.assertQuiet(move, posts=0)

    def test_what_is_undone_after_the_end_nobody_is_asked_about(self):
        """Neither what was told, nor what was taken off before the hand-over."""
        move = self.invoice()
        self.payment(move, 240)
        self.activate(move)
        self.sync()
        self.bank_line(move, 100)
        self.run_queue()
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=1)
        self.undo(move)
        self.assertNotIn("more is open", self.summaries(move))
        self.run_queue(minutes=5)
        self.assertFalse(self.report_of(move, "comment"), "Amili has closed it")
