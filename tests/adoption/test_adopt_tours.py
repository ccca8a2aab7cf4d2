from odoo.tests import tagged

from ..common import TourCase


@tagged("post_install", "-at_install")
class TestAdoptTours(TourCase):
    """A manager whose company has had its cases made elsewhere until today."""

    def test_adopt(self):
        move = self.overdue(self.business, 1000.0)
        other = self.overdue(self.person, 340.0)
        more = [
            self.overdue(self.business.copy({"name": name}), 500.0)
            for name in ("Tuomi Tmi", "Pohjolan Putki")
        ]
        self.sandbox.add_invoice(other, sum_tax=350)
        moves = [move, other, *more]
        self.sandbox.control(
            "cases", {"invoice_ids": [m.maventa_invoice_id for m in moves]}
        )
        self.sandbox.control("cases", {"count": 1})
        other.maventa_invoice_id = False
        self.sandbox.amili(move, "remind", fee=45)
        self.sandbox.amili(more[1], "close", result="credit_loss")

        self.start_tour("/odoo", "amili_adopt_look", login=self.manager.login)
        self.run_cron("find_cases")
        self.start_tour("/odoo", "amili_adopt", login=self.manager.login)
        self.env.invalidate_all()
        states = [m.amili_state for m in moves]
        self.assertEqual(states, ["active", "active", "active", "closed"])
        self.run_cron("sync_events")
        self.env.invalidate_all()
        self.assertEqual(move.amili_assignment_id.collection_stage, "reminder_sent")
        self.assertTrue(
            all(a.is_past_read for m in moves for a in m.amili_assignment_ids)
        )
