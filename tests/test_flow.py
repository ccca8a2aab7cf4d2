from odoo.tests import tagged

from .common import AmiliCommon


@tagged("post_install", "-at_install")
class TestFlow(AmiliCommon):
    """The main job, from the wizard to the end of the case."""

    def test_from_the_wizard_to_the_end(self):
        move = self.invoice()
        assignment = self.hand_over(move)
        self.assertEqual(move.amili_state, "queued")
        self.assertFalse(self.sandbox.cases(), "nothing is sent from a click")

        self.run_cron("process_queue")
        self.assertEqual(move.amili_state, "pending")
        self.assertEqual(self.sandbox.case(move)["request"]["receivables_type"], "b2b")

        self.sandbox.amili(move, "accept")
        self.make_due(assignment)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "active")
        self.assertTrue(assignment.remote_id)

        self.run_cron("sync_events")
        self.sandbox.amili(move, "remind")
        self.sandbox.amili(move, "pay", amount=500.0)
        self.run_cron("sync_events")
        self.assertEqual(assignment.collection_status, "reminder_sent")
        self.assertIn(500.0, assignment.event_ids.mapped("amount"))

        self.sandbox.amili(move, "close", result="paid")
        self.run_cron("sync_events")
        self.assertEqual(move.amili_state, "closed")
        self.assertFalse(move.amili_assignment_id)

    def test_missing_ids_of_many_are_looked_up_in_the_background(self):
        found, unknown = self.invoice(known=False), self.invoice(known=False)
        maventa_id = "00000000-0000-4000-9000-000000000001"
        self.sandbox.add_invoice(found, id=maventa_id)
        wizard = self.wizard(found + unknown + self.invoice())
        self.assertEqual(wizard.missing_id_count, 2)
        self.sandbox.clear_log()
        wizard.action_look_up()
        self.assertFalse(self.sandbox.log(), "a click asks nobody")

        self.run_cron("look_up")
        self.assertEqual(found.maventa_invoice_id, maventa_id)
        self.assertFalse(unknown.maventa_invoice_id)
        wizard = self.wizard(found + unknown)
        self.assertEqual(wizard.ready_count, 1)
        line = wizard.line_ids.filtered(lambda line: line.move_id == unknown)
        self.assertIn("no invoice numbered", line.problem)
