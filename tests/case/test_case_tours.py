from odoo.tests import tagged

from ..common import TourCase


@tagged("post_install", "-at_install")
class TestCaseTours(TourCase):
    """What people do with a case in the web client, against the running sandbox."""

    def at_amili(self):
        """Return an invoice that Amili has accepted."""
        move = self.overdue()
        self.hand_over(move)
        self.run_cron("process_queue")
        self.accept(move)
        self.assertEqual(move.amili_state, "active")
        return move

    def told(self, move):
        self.env.invalidate_all()
        events = move.amili_assignment_ids.event_ids
        return events.filtered(lambda e: e.direction == "outbound")

    def test_reply(self):
        move = self.at_amili()
        self.sandbox.amili(move, "comment", text="Missä velallinen asuu?")
        self.run_cron("sync_events")
        url = f"/odoo/customer-invoices/{move.id}"
        self.start_tour(url, "amili_reply", login=self.clerk.login)
        answer = self.told(move).filtered(lambda e: e.type == "comment")
        self.assertEqual(answer.text, "Turussa, Vuokrapolku 5.")
        self.assertEqual(answer.user_id, self.clerk)

    def test_withdraw(self):
        move = self.at_amili()
        case = move.amili_assignment_id
        url = f"/odoo/amili.assignment/{case.id}"
        self.start_tour(url, "amili_withdraw", login=self.manager.login)
        self.assertRecordValues(
            self.told(move),
            [{"type": "withdraw", "text": "Sovimme asiakkaan kanssa."}],
        )

    def test_told(self):
        move = self.overdue()
        self.hand_over(move)
        url = f"/odoo/customer-invoices/{move.id}"
        self.start_tour(url, "amili_told", login=self.clerk.login)
        self.env.invalidate_all()
        self.assertEqual(move.amili_state, "cancelled")
