"""Whoever has confirmed many sees how far they are: 37 of 120."""

import json

from odoo.tests import tagged

from .common import TourCase, batches_of
from .upload_case import UploadCase


@tagged("post_install", "-at_install")
class TestProgress(UploadCase):
    """What the bus brings to who has confirmed, with the commit of each unit."""

    def setUp(self):
        super().setUp()
        self.settle()

    def settle(self):
        """Forget what the bus has brought so far."""
        self.env.cr.flush()
        self.env["bus.bus"].sudo().search([]).unlink()

    def brought(self, work, user=None):
        """Return how far it was, step by step; what comes twice is one step."""
        self.env.cr.flush()
        partner = (user or self.clerk).partner_id
        steps = []
        for line in self.env["bus.bus"].sudo().search([], order="id"):
            message = json.loads(line.message)
            if message["type"] != "amili_perinta/progress":
                continue
            self.assertEqual(json.loads(line.channel)[1:], [partner._name, partner.id])
            progress = message["payload"]
            self.assertEqual(set(progress), {"work", "done", "total"}, "counts alone")
            step = f"{progress['done']} of {progress['total']}"
            if progress["work"] == work and step not in steps[-1:]:
                steps.append(step)
        return steps

    def invoices(self, count=3, **values):
        moves = self.env["account.move"]
        for _n in range(count):
            moves += self.invoice(**values)
        return moves

    def progress(self, user=None):
        """Return what a browser shows that is opened now."""
        user = user or self.clerk
        works = self.env["amili.progress.mixin"]._get_all_progress(user)
        return {w["work"]: f"{w['done']} of {w['total']}" for w in works}

    def test_sending(self):
        self.hand_over(self.invoices())
        self.assertEqual(self.brought("hand_over"), ["0 of 3"])
        with batches_of(self.env.registry, 1):
            self.run_cron("process_queue")
        self.assertEqual(
            self.brought("hand_over"), ["0 of 3", "1 of 3", "2 of 3", "3 of 3"]
        )
        self.assertFalse(self.progress())

    def test_looking_up(self):
        moves = self.invoices(known=False)
        self.assertEqual(moves.with_user(self.clerk)._amili_want_look_up(), 3)
        self.assertEqual(self.brought("look_up"), ["0 of 3"])
        self.assertEqual(self.progress(), {"look_up": "0 of 3"})
        self.run_cron("look_up")
        self.assertEqual(self.brought("look_up")[-1], "3 of 3")
        self.assertFalse(self.progress())

    def test_uploading(self):
        moves = self.to_upload() + self.to_upload()
        self.queue_upload(moves)
        self.assertEqual(self.brought("upload")[-1], "0 of 2")
        self.run_uploads()
        self.assertEqual(self.brought("upload")[-1], "2 of 2")

    def test_a_single_one_is_no_long_work(self):
        self.send(self.invoice())
        self.assertFalse(self.brought("hand_over"))
        self.assertFalse(self.progress())

    def test_what_is_taken_off_the_queue_is_done(self):
        first, second, third = self.hand_over(self.invoices())
        first.with_user(self.clerk).action_cancel()
        self.assertEqual(self.brought("hand_over")[-1], "1 of 3")
        # A browser that is opened in between shows the same; of others, nobody's.
        self.assertEqual(self.progress(), {"hand_over": "1 of 3"})
        self.assertFalse(self.progress(self.manager))
        (second + third).with_user(self.clerk).action_cancel()
        self.assertEqual(self.brought("hand_over")[-1], "3 of 3")

    def test_what_is_held_up_is_not_waited_for(self):
        """Else the number would stand still for hours."""
        self.hand_over(self.invoices())
        self.company.amili_client_secret = "wrong"
        self.run_cron("process_queue")
        self.assertEqual(self.brought("hand_over")[-1], "3 of 3")
        self.assertFalse(self.progress())

    def test_earlier_ones_do_not_count(self):
        self.send(self.invoices(2))
        self.env.cr.execute(
            "UPDATE amili_assignment SET create_date = '2026-10-19 09:00:00'"
        )
        self.settle()
        self.env.invalidate_all()
        self.hand_over(self.invoices(2))
        self.assertEqual(self.brought("hand_over"), ["0 of 2"])

    def test_what_is_undone_is_not_shown(self):
        moves = self.invoices(2)
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.hand_over(moves)
            raise ZeroDivisionError
        self.assertFalse(self.brought("hand_over"))

    def test_two_queries_however_many(self):
        self.hand_over(self.invoices(4))
        cases = self.env["amili.assignment"]
        self.env.flush_all()
        with self.assertQueryCount(2):
            cases._get_progress(self.clerk)


@tagged("post_install", "-at_install")
class TestProgressTour(TourCase):
    """The number stands in the bar above, changes, and goes when all is done."""

    def test_the_number_changes(self):
        moves = self.overdue() + self.overdue() + self.overdue()
        self.hand_over(moves)
        self.start_tour("/odoo", "amili_progress", login=self.clerk.login)
        moves[0].amili_assignment_id.with_user(self.clerk).action_cancel()
        self.start_tour("/odoo", "amili_progress_later", login=self.clerk.login)
