"""Many at once cost what a few cost: no query for each."""

from odoo import fields
from odoo.tests import tagged

from .adopt_case import AdoptCase

FEW, MANY = 5, 45
# What Odoo spends now and then, on a sequence or a cache that was emptied.
SLACK = 10


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

    def test_deliveries(self):
        spent = {}
        for count in (FEW, MANY):
            moves = self.env["account.move"].union(
                *(self.invoice() for _n in range(count))
            )
            now = fields.Datetime.now()
            moves.sudo().write(
                {
                    "maventa_environment": "sandbox",
                    "maventa_delivery_state": "waiting",
                    "maventa_followed_since": now,
                    "maventa_follow_at": now,
                }
            )
            self.sandbox.clear_log()
            spent[count] = self.queries(lambda: self.run_cron("uploads"))
            self.assertEqual(set(moves.mapped("maventa_delivery_state")), {"delivered"})
            asked = [e["path"].count("/") == 3 for e in self.sandbox.log("GET")]
            self.assertEqual(sum(asked), count, "each is asked for once")
        self.assertLessEqual(spent[MANY], spent[FEW] + SLACK, spent)

    def test_adopting(self):
        spent = {}
        for count in (FEW, MANY):
            moves = self.env["account.move"].union(
                *(self.invoice() for _n in range(count))
            )
            self.elsewhere(*moves)
            ready = self.look().filtered(lambda case: case.state == "ready")
            self.assertEqual(len(ready), count)
            spent[count] = self.queries(ready.action_adopt)
            self.assertTrue(all(move.amili_assignment_id for move in moves))
        self.assertLessEqual(spent[MANY], spent[FEW] + SLACK, spent)
