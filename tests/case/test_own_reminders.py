"""While Amili has a case nobody else reminds of the invoice."""

from odoo.tests import tagged

from ..common import AmiliCommon


@tagged("post_install", "-at_install")
class TestOwnReminders(AmiliCommon):
    def queue(self, moves):
        """Hand over, also what the wizard stops."""
        return self.env["amili.assignment"]._queue(moves, moves._amili_default_terms())

    def excluded(self, move):
        """Return for each item of the claim whether follow-up leaves it alone."""
        self.env.invalidate_all()
        self.assertEqual(move.no_followup, any(move.line_ids.mapped("no_followup")))
        return set(move._amili_claim_lines().mapped("no_followup"))

    def assertPaused(self, move):
        self.assertEqual(self.excluded(move), {True})

    def assertResumed(self, move):
        self.assertEqual(self.excluded(move), {False})

    def test_odoos_follow_up_from_the_confirmation_to_the_end(self):
        move = self.invoice()
        self.assertResumed(move)
        self.hand_over(move)
        self.assertPaused(move)

        self.run_cron("process_queue")
        self.sandbox.amili(move, "accept")
        self.make_due(move.amili_assignment_id)
        self.run_cron("poll_transfers")
        self.assertPaused(move)

        self.sandbox.amili(move, "close", result="credit_loss")
        self.run_cron("sync_events")
        self.assertEqual(move.amili_state, "closed")
        self.assertResumed(move)

    def test_instalments(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 10)
                ],
            }
        )
        move = self.invoice(invoice_payment_term_id=terms.id, invoice_date_due=False)
        self.assertEqual(len(move._amili_claim_lines()), 2)
        assignment = self.hand_over(move)
        self.assertPaused(move)
        assignment.with_user(self.clerk).action_cancel()
        self.assertResumed(move)

    def test_what_amili_refuses_is_reminded_of_again(self):
        move = self.invoice(known=False)
        move.maventa_invoice_id = "0000aaaa-0000-4000-8000-00000000aaaa"
        self.send(move)
        self.assertEqual(move.amili_state, "rejected")
        self.assertResumed(move)

    def test_what_a_person_excluded_stays_excluded(self):
        move = self.invoice()
        move.no_followup = True
        assignment = self.queue(move)
        self.assertFalse(assignment.is_followup_paused)
        assignment.with_user(self.clerk).action_cancel()
        self.assertPaused(move)

    def test_what_its_own_case_excludes_stops_it_no_more(self):
        move = self.invoice()
        self.send(move)
        self.assertEqual(move.amili_state, "pending", move.amili_banner)

    def test_a_second_hand_over(self):
        move = self.invoice()
        for _number in range(2):
            assignment = self.hand_over(move)
            self.assertPaused(move)
            assignment.with_user(self.clerk).action_cancel()
            self.assertResumed(move)
            self.env.flush_all()

    def test_only_its_own_invoice(self):
        move, other = self.invoice(), self.invoice()
        self.hand_over(move)
        self.assertResumed(other)

    def test_an_addon_that_reminds_hears_of_it(self):
        """The hook is called for all, whatever Odoo's follow-up does."""
        heard = []
        self.patch(
            self.registry["account.move"],
            "_amili_pause_reminders",
            lambda moves, is_paused: heard.append((moves.ids, is_paused)),
        )
        moves = self.invoice() + self.invoice()
        moves[0].no_followup = True
        assignments = self.queue(moves)
        self.assertEqual(heard, [(moves.ids, True)])
        assignments[0].with_user(self.clerk).action_cancel()
        self.assertEqual(heard[1:], [(moves[0].ids, False)])
