"""Ten thousand reports of payments in two thousand cases: time against bare threads."""

import random
import time

from odoo import fields

from odoo.addons.amili_perinta.maventa import payload
from odoo.addons.amili_perinta.maventa.report import build_report

from . import data
from .sending import LATENCY, bare_threads

CASES = 2000
REPORTS = 10_000
AMOUNT = 10.0  # EUR; what all reports of a case tell leaves it open


def prepare(env, sandbox):
    """Put the reports on the queue, those of a case among those of all others."""
    data.control(sandbox, "reset", {})
    data.connect(env, sandbox)
    assignments, _cases = data.active_cases(env, sandbox, CASES)
    ids = assignments.ids * (REPORTS // CASES)
    random.Random(0).shuffle(ids)
    values = [
        {
            "assignment_id": assignment_id,
            "direction": "outbound",
            "type": "paid",
            "state": "queued",
            "date": fields.Date.today(),
            "amount": AMOUNT,
            "currency_id": env.company.currency_id.id,
            "text": "Maksu suoraan velkojan tilille.",
        }
        for assignment_id in ids
    ]
    for start in range(0, REPORTS, 1000):
        env["amili.assignment.event"].create(values[start : start + 1000])
        env.flush_all()
        env.invalidate_all()
    env.cr.commit()
    _delay_reports(sandbox)


def main(env, sandbox):
    """Send them as the scheduled action does, and see that each arrived once."""
    before = env.cr.sql_log_count
    started = time.perf_counter()
    env["amili.assignment"]._cron_process_queue()
    seconds = time.perf_counter() - started
    data.report(
        reports_seconds=seconds,
        reports_queries=(env.cr.sql_log_count - before) / REPORTS,
    )
    events = _events(env)
    assert set(events.mapped("state")) == {"done"}
    at_amili = [
        event["id"]
        for case in data.control(sandbox, "cases")
        for event in case["events"]
    ]
    assert sorted(at_amili) == sorted(events.mapped("remote_id"))


def bare(env, sandbox):
    """Post the same bodies, to as many new cases, by bare threads."""
    data.control(sandbox, "reset", {})
    cases = data.control(sandbox, "cases", {"count": CASES})
    events = _events(env)
    case_of = dict(
        zip(events.assignment_id.ids, [c["assignment_id"] for c in cases], strict=True)
    )
    requested = [
        (
            f"/v1/assignments/{case_of[event.assignment_id.id]}/events",
            payload.dump_body(build_report(event._wire_report())),
        )
        for event in events
    ]
    _delay_reports(sandbox)
    data.report(reports_bare_seconds=bare_threads(sandbox, requested))


def _events(env):
    return env["amili.assignment.event"].search(
        [("type", "=", "paid"), ("direction", "=", "outbound")], order="id"
    )


def _delay_reports(sandbox):
    data.control(
        sandbox,
        "faults",
        {
            "kind": "delay",
            "seconds": LATENCY,
            "times": None,
            "method": "POST",
            "path": "/events",
        },
    )
