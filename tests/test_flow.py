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
