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
    _assignments, cases = data.active_cases(env, sandbox, CASES)
    env["amili.feed"]._get_or_create(env.company).read_until = fields.Datetime.now()
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
