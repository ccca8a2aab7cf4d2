"""Ninety days in which everything that can wait does, and nobody but a machine acts.

Whatever waits for longer than its deadline has a person who was asked, even where that
person marks every activity as done and does nothing.
"""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..deadlines import DEADLINES
from ..models.connection.activities import done_lately
from .deadline_case import DeadlineCase

DAYS = 90
# The action that asks people runs every few hours, here once a day.
GRACE = timedelta(days=1, hours=1)
CRONS = ("process_queue", "poll_transfers", "sync_events", "sweep", "deadlines")


@tagged("post_install", "-at_install")
class TestNinetyDays(DeadlineCase):
    def always(self, kind="status", **fault):
        self.sandbox.fault(kind, times=None, **fault)

    def events_of(self, move):
        """Return the path of the reports of a case."""
        case_id = self.case_of(move).remote_id
        return {"method": "POST", "path": f"/assignments/{case_id}/events$"}

    def make_everything_wait(self):
        """Return invoices, each with something that will not go on by itself."""
        moves = {name: self.active() for name in ("quiet", "lost", "refused", "held")}
        moves |= {name: self.active() for name in ("ignored", "asked", "nameless")}
        case = self.case_of(moves["lost"])
        self.always(status=404, method="GET", path=f"/assignments/{case.remote_id}$")
        self.payment(moves["refused"], 100)
        self.always(status=422, **self.events_of(moves["refused"]))
        self.payment(moves["held"], 100)
        self.always(status=429, **self.events_of(moves["held"]))
        self.say(moves["ignored"], "withdraw", text="Sovittu", is_sure=True)
        body = {"id": "w-1", "type": "cancellation"}
        self.always("json", body=body, **self.events_of(moves["ignored"]))
        self.inject(moves["asked"], comment="Missä velallinen asuu?")
        self.case_of(moves["nameless"]).sudo().write(
            {"remote_id": False, "maventa_invoice_id": "unknown-there"}
        )
        moves["unconfirmed"], moves["unknown"] = self.invoice(), self.invoice()
        self.send(moves["unconfirmed"])
        path = f"/invoices/{moves['unknown'].maventa_invoice_id}/assignment"
        self.always("drop_before", method="POST", path=path)
        self.always(status=503, method="GET", path=path)
        self.send(moves["unknown"])
        return moves

    def silent(self):
        """Return what is over its deadline, and nobody was asked about."""
        found = []
        for name, deadlines in DEADLINES.items():
            for deadline in deadlines:
                since = fields.Datetime.now() - deadline.normal - GRACE
                for record in self.env[name].sudo().search(list(deadline.domain)):
                    if not record[deadline.since] or record[deadline.since] > since:
                        continue
                    place = record if name == "amili.service" else record.move_id
                    summary = str(deadline.matter)
                    if summary not in place.activity_ids.mapped("summary") and (
                        not done_lately(place, summary)
                    ):
                        found.append((name, record.id, deadline.domain))
        return found

    def test_nothing_waits_in_silence(self):
        moves = self.make_everything_wait()
        asked = {name: 0 for name in moves}
        for day in range(DAYS):
            self.later(days=1)
            for cron in CRONS:
                self.run_cron(cron)
            self.assertEqual(self.silent(), [], f"day {day}")
            for name, move in moves.items():
                tasks = self.tasks(move)
                asked[name] += len(tasks)
                # Who only wants to be rid of it is asked again, a week later.
                tasks.action_feedback()
                self.env.flush_all()
        self.assertEqual(asked.pop("quiet"), 0)
        for name, times in asked.items():
            with self.subTest(name):
                self.assertGreater(times, 0)
                # Of some two things are asked: the wait, and what is in the way.
                self.assertLess(times, 3 * DAYS / 7, "once a week, not every day")
        self.assertFalse(self.case_of(moves["ignored"]).is_withdrawing)
