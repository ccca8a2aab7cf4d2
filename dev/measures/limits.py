"""A slow Maventa and Odoo's default limits: is anything killed, lost or left out?"""

import time
from datetime import datetime, timedelta, timezone

from freezegun import freeze_time

from odoo.addons.base.models.ir_cron import _intervalTypes

from . import data

QUEUED = 100
SLOW_ANSWER = 10  # seconds
COMPANIES = 60
SLOWEST_ANSWER = 30  # seconds, of the first company alone
HOUR = timedelta(hours=1)


def queue(env, sandbox):
    """Confirm hand-overs that Maventa will be slow to answer; a server sends them."""
    data.control(sandbox, "reset", {})
    data.connect(env, sandbox)
    moves = data.invoices(env, QUEUED)
    data.tell_maventa(sandbox, moves)
    slow = {"kind": "delay", "seconds": SLOW_ANSWER, "times": None, "method": "POST"}
    data.control(sandbox, "faults", {**slow, "path": "/assignment/amili"})
    data.wizard(env, data.clerk(env), moves).action_transfer()
    env.cr.commit()


def companies(env, sandbox):
    """Give many companies a case each."""
    data.control(sandbox, "reset", {})
    data.connect(env, sandbox)
    known = [
        {"name": f"Yhtiö {number} Oy", "bid": "2077474-0"}
        for number in range(COMPANIES)
    ]
    # Without a chart of accounts each: that would take minutes.
    bare = env["res.company"].with_context(chart_template_load=True)
    for there in data.control(sandbox, "companies", known):
        company = bare.create(
            {
                "name": there["name"],
                "currency_id": env.ref("base.EUR").id,
                "country_id": env.ref("base.fi").id,
            }
        )
        data.connect(env(context={"allowed_company_ids": company.ids}), sandbox, there)
    # Their cases are copies of one, whose books are those of the main company.
    for company in env["res.company"].search([("name", "=like", "Yhtiö % Oy")]):
        its_env = env(context={"allowed_company_ids": company.ids})
        data.active_cases(its_env, sandbox, 1, company.amili_client_id)
    env.cr.commit()


def hour(env, sandbox):
    """Let the scheduler run the job for an hour, of which the waiting is skipped."""
    cron = env.ref("amili_perinta.ir_cron_amili_sync_events")
    first, *_others = env["res.company"].search([("name", "=like", "Yhtiö % Oy")])
    slow = {"kind": "delay", "seconds": SLOWEST_ANSWER, "times": None}
    data.control(sandbox, "faults", {**slow, "client_id": first.amili_client_id})
    data.control(sandbox, "log", method="DELETE")
    env.cr.commit()
    durations = []
    now = start = datetime.now(timezone.utc).replace(tzinfo=None)
    while now < start + HOUR:
        with freeze_time(now, tick=True):
            durations.append(_run(env, cron))
        now += timedelta(seconds=durations[-1])
        regular = now + _intervalTypes[cron.interval_type](cron.interval_number)
        triggers = env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        now = max(now, min([regular, *triggers.mapped("call_at")]))
    served = {
        entry["client_id"]
        for entry in data.control(sandbox, "log")
        if entry["status"] == 200 and entry["client_id"]
    }
    data.report(
        hour_served=len(served),
        hour_runs=len(durations),
        hour_longest_run=max(durations),
    )


def _run(env, cron):
    """Run the job as the scheduler does; return the seconds."""
    # The scheduler's own statement has the database's clock.
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    env["ir.cron.trigger"].search(
        [("cron_id", "=", cron.id), ("call_at", "<=", now)]
    ).unlink()
    env.cr.commit()
    started = time.monotonic()
    with env.registry.cursor() as cr:
        job = cron._acquire_one_job(cr, cron.id, include_not_ready=True)
        cron._process_job(cr, job)
    env.cr.rollback()
    env.invalidate_all()
    return time.monotonic() - started
