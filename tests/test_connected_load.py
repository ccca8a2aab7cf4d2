"""Many at once: what grows with their number, and what does not."""

from odoo import fields
from odoo.tests import tagged

from .test_adopt import AdoptCase


@tagged("post_install", "-at_install")
class TestManyAtOnce(AdoptCase):
    def queries(self, work):
        """Return how many queries this took."""
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - start

    def each(self, counts, work):
        """Return what one more record costs, beyond what the first ones cost."""
        few, many = (self.queries(lambda n=count: work(n)) for count in counts)
        return (many - few) / (counts[1] - counts[0])

    def test_deliveries(self):
        moves = {count: [self.invoice() for _n in range(count)] for count in (5, 45)}

        def follow(count):
            now = fields.Datetime.now()
            for move in moves[count]:
                move.write(
                    {
                        "maventa_environment": "sandbox",
                        "maventa_delivery_state": "waiting",
                        "maventa_followed_since": now,
                        "maventa_follow_at": now,
                    }
                )
            self.env.flush_all()
            self.env.invalidate_all()
            self.sandbox.clear_log()
            before = self.cr.sql_log_count
            self.run_cron("uploads")
            spent[count] = self.cr.sql_log_count - before
            states = {move.maventa_delivery_state for move in moves[count]}
            self.assertEqual(states, {"delivered"})
            self.assertEqual(len(self.sandbox.log("GET", "/v1/invoices$")), 0)

        spent = {}
        for count in moves:
            follow(count)
        self.assertLessEqual((spent[45] - spent[5]) / 40, 3, spent)

    def test_adopting(self):
        spent = {}
        for count in (5, 45):
            moves = [self.invoice() for _n in range(count)]
            self.elsewhere(*moves)
            ready = self.look().filtered(lambda case: case.state == "ready")
            self.assertEqual(len(ready), count)
            spent[count] = self.queries(ready.action_adopt)
            self.assertTrue(all(move.amili_assignment_id for move in moves))
        self.assertLessEqual((spent[45] - spent[5]) / 40, 12, spent)
