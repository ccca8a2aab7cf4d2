"""All that can wait, for tests of how long it may."""

from datetime import timedelta

from odoo import fields

from ..const import UNDER_WAY_STATES
from .collection_case import BadDayCase
from .upload_case import UploadCase

CASE = {"method": "GET", "path": "/v1/assignments/[^/]+$"}


LIST = {"method": "GET", "path": "/v1/assignments$"}


# What waits on its way to Maventa, and what waits there.
WAITING = {
    "amili.assignment": (*UNDER_WAY_STATES, "pending", "active"),
    "amili.assignment.event": (*UNDER_WAY_STATES, "failed", "done"),
    "amili.invoice.upload": UNDER_WAY_STATES,
    "amili.service": (*UNDER_WAY_STATES, "pending", "other"),
    "amili.found.case": (),
}


class DeadlineCase(BadDayCase, UploadCase):
    def ask(self, **delta):
        """Let the action run that goes through the table."""
        if delta:
            self.later(**delta)
        self.run_cron("deadlines")

    def old(self, record, deadline, more=timedelta()):
        """Let a record have been in its state for as long as is normal, and more."""
        since = fields.Datetime.now() - deadline.normal - more
        record = record.sudo()
        if deadline.since == "create_date":
            record.flush_recordset()
            self.env.cr.execute(
                f"UPDATE {record._table} SET create_date = %s WHERE id = %s",
                (since, record.id),
            )
            record.invalidate_recordset()
        else:
            record[deadline.since] = since
        return record

    def lose(self):
        """Let Amili know no case any more, by its ID or in its list."""
        self.sandbox.fault("status", status=404, times=None, **CASE)
        self.sandbox.fault("json", body=[], times=None, **LIST)

    def end_here(self, case, user=None, text="Amili: ei tällaista tapausta"):
        wizard = (
            self.env["amili.report.wizard"]
            .with_user(user or self.manager)
            .create({"assignment_id": case.id, "kind": "end", "text": text})
        )
        wizard.action_confirm()
