from odoo.tests import tagged

from ..collection_case import REPORTS, EventsCase


@tagged("post_install", "-at_install")
class TestReports(EventsCase):
    def test_a_payment_is_told_once_with_amount_and_date(self):
        move = self.active()
        self.payment(move, 500)
        self.run_queue()
        self.run_queue(minutes=30)
        [event] = self.told(move)
        self.assertEqual(event["type"], "paid")
        self.assertEqual(event["amount"], 500)
        self.assertEqual(event["currency"], "EUR")
        self.assertEqual(event["date"], "2026-10-19")
        self.assertEqual(move.amili_assignment_id.open_amount, 740)
        self.assertEqual(move.amili_assignment_id.direct_amount, 500)
        self.assertIn("was told of a payment", self.chatter(move)[-1])
        self.assertIn("500.00", self.chatter(move)[-1])

    def test_a_bank_line_is_told(self):
        move = self.active()
        self.bank_line(move, 240, payer="Maija Malli")
        self.run_queue()
        self.assertEqual(self.amounts(move), [240])

    def test_a_credit_note_is_told(self):
        move = self.active()
        self.credit(move)
        self.run_queue()
        [event] = self.told(move, "credit_note")
        self.assertEqual(event["amount"], 1240)
        self.assertEqual(event["reference"], move.reversal_move_ids.name)
        self.assertFalse(self.told(move, "paid"))

    def test_a_payout_is_not_told(self):
        move = self.active()
        self.bank_line(move, 300, payer="VISMA  FINANCIAL SOLUTIONS OY")
        partner = self.env["res.partner"].create({"name": "Saatavapalvelu"})
        self.company.amili_payout_partner_id = partner
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": 200,
                "date": "2026-10-19",
                "currency_id": self.euro.id,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        (payment.move_id + move).line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and not line.reconciled
            )
        ).reconcile()
        self.run_queue()
        self.assertFalse(self.reports())
        self.assertEqual(move.amili_assignment_id.payout_amount, 500)

    def test_what_is_paid_before_amili_accepts_is_told_then(self):
        move = self.invoice()
        assignment = self.send(move)
        self.assertEqual(assignment.state, "pending")
        self.payment(move, 100)
        self.run_queue()
        self.assertFalse(self.reports())
        self.sandbox.amili(move, "accept")
        self.make_due(assignment)
        self.run_cron("poll_transfers")
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])

    def test_undone_before_it_left(self):
        move = self.active()
        self.payment(move, 500)
        self.undo(move)
        self.run_queue()
        self.assertFalse(self.reports())

    def test_undone_and_done_again_before_it_left(self):
        move = self.active()
        self.bank_line(move, 500)
        self.undo(move)
        self.bank_line(move, 500)
        self.run_queue()
        self.assertEqual(self.amounts(move), [500])
        self.assertFalse(self.told(move, "comment"))

    def test_undone_after_it_was_told(self):
        move = self.active()
        self.payment(move, 500)
        self.run_queue()
        self.undo(move)
        self.run_queue()
        self.assertEqual(self.amounts(move), [500])
        [comment] = self.told(move, "comment")
        self.assertIn("500,00", comment["comment"])
        self.assertIn("peruttu", comment["comment"])
        self.assertIn("undone", self.tasks(move).summary)
        self.assertTold(move, "undone")
        # Done again: it stands, and is not counted twice.
        self.bank_line(move, 500)
        self.run_queue()
        self.assertEqual(self.amounts(move), [500])
        self.assertIn("voimassa", self.told(move, "comment")[-1]["comment"])

    def test_two_payments_of_one_day_and_amount(self):
        move = self.active()
        self.payment(move, 100)
        self.payment(move, 100)
        self.run_queue()
        self.run_queue()
        self.assertEqual(self.amounts(move), [100, 100])

    def test_the_answer_is_lost(self):
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault("status_after", status=500, method="POST", path=REPORTS)
        self.run_queue()
        [event] = move.amili_assignment_id.event_ids.filtered(
            lambda e: e.type == "paid"
        )
        self.assertEqual(event.state, "unknown")
        self.run_queue(minutes=10)
        self.assertEqual(event.state, "done")
        self.assertEqual(self.amounts(move), [100])
        self.assertEqual(len(self.reports()), 1)
