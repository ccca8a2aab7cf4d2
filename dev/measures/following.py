"""Following ten thousand cases of which a hundred changed."""

import resource
import threading
import time
from pathlib import Path

from odoo import fields

from . import data

CASES = 10_000
CHANGED = 100


def prepare(env, sandbox):
    """Make the cases, here and in the sandbox; nothing is left to be read."""
    data.connect(env, sandbox)
    cases = data.control(sandbox, "cases", {"count": CASES})
    [template] = data.invoices(env, 1)
    env.flush_all()
    columns = [
        name
        for name, field in env["account.move"]._fields.items()
        if field.store
        and field.column_type
        and name not in ("id", "name", "amili_state")
        and name not in ("amili_assignment_id", "maventa_invoice_id", "sequence_number")
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    # The rows of the invoices are all that this needs, so they are copied in SQL.
    env.cr.execute(
        f"""INSERT INTO account_move
                   ({names}, name, maventa_invoice_id, sequence_number)
            SELECT {names}, 'B/' || wanted.ordinality, wanted.id,
                   100000 + wanted.ordinality
              FROM account_move, unnest(%s) WITH ORDINALITY AS wanted(id)
             WHERE account_move.id = %s
         RETURNING id, maventa_invoice_id""",
        [[case["invoice_id"] for case in cases], template.id],
    )
    case_of = {case["invoice_id"]: case["assignment_id"] for case in cases}
    now = fields.Datetime.now()
    values = [
        {
            "name": f"B/{move_id}",
            "move_id": move_id,
            "company_id": env.company.id,
            "partner_id": template.partner_id.id,
            "environment": "sandbox",
            "state": "active",
            "collection_type": "reminder_and_collection",
            "receivables_type": "b2b",
            "currency_id": template.currency_id.id,
            "remote_id": case_of[invoice_id],
            "sent_at": now,
            "case_read_at": now,
        }
        for move_id, invoice_id in env.cr.fetchall()
    ]
    assignments = env["amili.assignment"].with_context(**data.QUIET)
    for start in range(0, CASES, 1000):
        assignments.create(values[start : start + 1000])
        env.flush_all()
        env.invalidate_all()
    env.company.amili_events_read_until = now
    env.cr.commit()
    time.sleep(2)  # the events of the making lie before the mark
    for case in cases[:CHANGED]:
        data.control(sandbox, f"cases/{case['invoice_id']}/remind", {})
    data.control(sandbox, "log", method="DELETE")


def main(env, sandbox):
    """Measure (c), in a process that has done nothing else."""
    env["amili.assignment"].search([], limit=1).read()
    idle = _resident()
    with _Peak() as peak:
        env["amili.assignment"]._cron_sync_events()
    requests = data.control(sandbox, "log")
    recorded = env["amili.assignment.event"].search_count(
        [("remote_type", "!=", False)]
    )
    data.report(
        feed_requests=len(requests),
        feed_events=recorded,
        feed_memory_mb=(peak.highest - idle) / 2**20,
    )


def _resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


class _Peak:
    """The most memory that was in use, looked at every few milliseconds."""

    def __enter__(self):
        self.highest = _resident()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_details):
        self._done.set()
        self._thread.join()

    def _watch(self):
        while not self._done.wait(0.005):
            self.highest = max(self.highest, _resident())
