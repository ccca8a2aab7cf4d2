"""Open by every sign: what is paid, or nearly so, is not handed over."""

from odoo.tests import tagged

from ..books_case import BooksCase


class SignsCase(BooksCase):
    def wait_for_the_bank(self):
        """Let payments get their entry from the bank alone.

        As with Odoo's full accounting, or any addon that turns "In Payment" on.
        """
        self.patch(
            type(self.env["account.move"]),
            "_get_invoice_in_payment_state",
            lambda _model: "in_payment",
        )
        journal = self.company_data["default_journal_bank"]
        journal.inbound_payment_method_line_ids.payment_account_id = False

    def pay_in_process(self, move, amount=1240, **values):
        self.wait_for_the_bank()
        payment = self.payment(move, amount, **values)
        self.assertFalse(payment.move_id)
        return payment

    def alerts(self, move):
        """Return the alerts of an invoice as a clerk gets them, by code."""
        self.env.invalidate_all()
        move = move.with_user(self.clerk)
        return dict(move._amili_get_alerts()[move.id])

    def assertStops(self, move, code):
        self.assertEqual(self.alerts(move).get(code, {}).get("level"), "danger", code)

    def assertWarns(self, move, code):
        self.assertEqual(self.alerts(move).get(code, {}).get("level"), "warning", code)


@tagged("post_install", "-at_install")
class TestStops(SignsCase):
    def test_a_registered_payment_without_an_entry(self):
        for amount in (1240, 100):
            with self.subTest(amount=amount):
                move = self.invoice()
                self.pay_in_process(move, amount)
                self.assertStops(move, "in_payment")

    def test_a_registered_payment_on_the_queue(self):
        move = self.invoice()
        self.hand_over(move)
        self.pay_in_process(move)
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(self.posts())
        self.assertTold(move, "waits for the bank")

    def test_a_payment_that_was_cancelled_is_no_sign(self):
        move = self.invoice()
        payment = self.pay_in_process(move)
        payment.action_cancel()
        self.assertFalse(self.alerts(move))

    def test_a_payment_with_an_entry_is_taken_off(self):
        """It waits for its bank line, and is matched."""
        move = self.invoice()
        self.assertTrue(self.payment(move, 100).move_id)
        self.assertFalse(self.alerts(move))
        self.assertEqual(move._amili_open_principal(), 1140)

    def test_a_draft_that_is_matched(self):
        """It stops, and takes nothing off the claim."""
        bank = self.company_data["default_journal_bank"].default_account_id
        for amount in (1240, 240):
            with self.subTest(amount=amount):
                move = self.invoice()
                entry = self.entry(move, amount, bank)
                (self.receivable(move) + self.receivable(entry)).reconcile()
                self.assertStops(move, "draft_entry")
                terms = move._amili_default_terms()[move.id]
                self.assertEqual(terms["capital_amount"], 1240)
                entry.unlink()
                self.assertFalse(self.alerts(move))

    def test_odoo_counts_it_as_paid(self):
        """Whichever addon says so, and whatever else it says."""
        for state in ("in_payment", "paid", "reversed"):
            with self.subTest(state):
                move = self.invoice()
                move.payment_state = state
                self.assertStops(move, "paid")

    def test_a_draft_that_is_matched_on_the_queue(self):
        bank = self.company_data["default_journal_bank"].default_account_id
        move = self.invoice()
        self.hand_over(move)
        entry = self.entry(move, 240, bank)
        (self.receivable(move) + self.receivable(entry)).reconcile()
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertTold(move, "still a draft")
        self.assertFalse(self.posts())

    def test_an_online_payment(self):
        if "payment.transaction" not in self.env:
            self.skipTest("payment is not installed")
        for state, level in (
            ("authorized", "danger"),
            ("done", "danger"),
            ("done and booked", None),
            ("pending", "warning"),
            ("cancel", None),
            ("error", None),
            ("draft", None),
        ):
            with self.subTest(state):
                move = self.invoice()
                self.transaction(move, state)
                found = list(self.alerts(move).values())
                self.assertEqual([a["level"] for a in found], [level] if level else [])

    def transaction(self, move, state):
        provider = self.env["payment.provider"].create({"name": "Verkkomaksu"})
        method = self.env["payment.method"].create(
            {"name": "Verkkopankki", "code": f"bank_{move.id}"}
        )
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"{move.name}-{state}",
                "amount": 1240,
                "currency_id": self.euro.id,
                "partner_id": move.partner_id.id,
                "invoice_ids": [(6, 0, move.ids)],
            }
        )
        # Not every provider may authorise, and none is installed.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE payment_transaction SET state = %s, is_post_processed = %s"
            " WHERE id = %s",
            [state.split()[0], "booked" in state, transaction.id],
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestWarnings(SignsCase):
    """Money of the debtor that nobody has matched yet."""

    def contact(self):
        return self.env["res.partner"].create(
            {"name": "Kalle Kontakti", "parent_id": self.business.id}
        )

    def received(self, partner, **values):
        """Post a payment that is matched with nothing."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": 1240,
                "date": "2026-10-15",
                "journal_id": self.company_data["default_journal_bank"].id,
                **values,
            }
        )
        payment.action_post()
        return payment

    def statement_line(self, label, amount=1240, **values):
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": "2026-10-19",
                "payment_ref": label,
                "amount": amount,
                **values,
            }
        )

    def test_a_payment_on_any_contact_of_the_customer(self):
        for partner in (self.business, self.contact()):
            with self.subTest(partner.name):
                move = self.invoice()
                payment = self.received(partner)
                self.assertWarns(move, "open_credits")
                payment.action_draft()
                payment.action_cancel()
                self.assertFalse(self.alerts(move))

    def test_a_payment_without_an_entry(self):
        self.wait_for_the_bank()
        move = self.invoice()
        payment = self.received(self.contact())
        self.assertFalse(payment.move_id)
        self.assertWarns(move, "open_credits")

    def test_a_payment_that_is_matched_with_another_invoice(self):
        move, other = self.invoice(), self.invoice()
        payment = self.received(self.business)
        self.assertWarns(move, "open_credits")
        self.match(other, payment.move_id)
        # Its bank line is still to come, as where outstanding accounts are used.
        payment.state = "in_process"
        self.assertFalse(self.alerts(move))

    def test_what_is_paid_to_the_customer(self):
        self.wait_for_the_bank()
        journal = self.company_data["default_journal_bank"]
        journal.outbound_payment_method_line_ids.payment_account_id = False
        move = self.invoice()
        payment = self.received(self.business, payment_type="outbound")
        self.assertFalse(payment.move_id)
        self.assertFalse(self.alerts(move))

    def test_a_payment_on_its_way_for_another_invoice(self):
        move, other = self.invoice(), self.invoice()
        self.pay_in_process(other)
        self.assertFalse(self.alerts(move))

    def test_a_credit_note_counts_when_it_is_posted(self):
        move = self.invoice()
        refund = self.refund(move, 100)
        self.assertWarns(move, "open_credits")
        refund.button_draft()
        self.assertFalse(self.alerts(move))

    def test_a_payment_of_another_customer(self):
        move = self.invoice()
        self.received(self.person)
        self.assertFalse(self.alerts(move))

    def test_a_bank_line_of_the_customer(self):
        for partner in (self.business, self.contact()):
            with self.subTest(partner.name):
                move = self.invoice()
                line = self.statement_line("Maksu", partner_id=partner.id)
                self.assertWarns(move, "unmatched_money")
                self.assertIn(
                    "1,240.00", self.alerts(move)["unmatched_money"]["message"]
                )
                line.unlink()

    def test_a_bank_line_with_the_reference(self):
        move = self.invoice(payment_reference="RF18 1234 5678 9")
        for label in ("RF18123456789", "viite rf18 123456789 kiitos", move.name):
            with self.subTest(label):
                line = self.statement_line(label)
                self.assertWarns(move, "unmatched_money")
                line.unlink()
        for label, amount in (("RF19123456789", 1240), ("RF18123456789", -1240)):
            with self.subTest(label, amount=amount):
                line = self.statement_line(label, amount)
                self.assertFalse(self.alerts(move))
                line.unlink()

    def test_a_reference_that_is_too_short_to_mean_anything(self):
        move = self.invoice(payment_reference="191")
        self.statement_line("Kassa 19.10.")
        self.assertFalse(self.alerts(move))

    def test_a_bank_line_that_is_matched(self):
        move, other = self.invoice(), self.invoice()
        self.bank_line(other, 1240, partner_id=self.business.id)
        self.assertFalse(self.alerts(move))


@tagged("post_install", "-at_install")
class TestOnItsWay(SignsCase):
    """A payment on its way while Amili collects: the sender is asked at once."""

    def test_the_sender_is_asked_and_no_longer_when_it_has_come(self):
        move = self.active()
        self.pay_in_process(move)
        [activity] = self.tasks(move)
        self.assertEqual(activity.user_id, self.clerk)
        self.assertIn("on its way", activity.summary)
        self.assertIn("Ask for a Pause", activity.note)
        self.run_queue()
        self.assertFalse(self.reports(), "Amili hears of money, not of promises")
        self.bank_line(move, 1240)
        self.assertFalse(self.tasks(move))
        self.run_queue()
        self.assertEqual(self.amounts(move), [1240])

    def test_it_is_cancelled(self):
        move = self.active()
        payment = self.pay_in_process(move)
        payment.action_cancel()
        self.assertFalse(self.tasks(move))

    def test_nobody_is_asked_before_amili_collects_or_after_it(self):
        queued, ended = self.invoice(), self.active()
        self.hand_over(queued)
        self.sandbox.amili(ended, "close", result="credit_loss")
        self.sync(minutes=1)
        for move in (queued, ended):
            self.pay_in_process(move)
            self.match(move, self.refund(move, 10))
            self.assertNotIn("on its way", self.summaries(move))

    def test_of_an_invoice_that_is_not_at_amili_nobody_is_asked(self):
        move = self.invoice()
        self.pay_in_process(move)
        self.assertFalse(self.tasks(move))
