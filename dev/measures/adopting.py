"""Looking for cases made elsewhere: a hundred among ten thousand, and adopting them."""

import time

from . import data

CASES = 10_000
UNKNOWN = 100


def prepare(env, sandbox):
    """Make cases that Odoo knows, and others whose invoices have no Maventa ID."""
    data.control(sandbox, "reset", {})
    data.connect(env, sandbox)
    data.active_cases(env, sandbox, CASES - UNKNOWN)
    moves = data.invoices(env, UNKNOWN)
    data.tell_maventa(sandbox, moves)
    ids = moves.mapped("maventa_invoice_id")
    data.control(sandbox, "cases", {"invoice_ids": ids, "by_v2": False})
    moves.maventa_invoice_id = False
    env.cr.commit()
    data.control(sandbox, "log", method="DELETE")


def main(env, sandbox):
    """Look, and adopt what is found."""
    cases = env["amili.found.case"].with_user(env.ref("base.user_admin"))
    env.company.amili_find_wanted = True
    env.cr.commit()
    started, before = time.perf_counter(), env.cr.sql_log_count
    cases.sudo()._cron_find_cases()
    data.report(
        look_seconds=time.perf_counter() - started,
        look_queries=env.cr.sql_log_count - before,
        look_requests=len(data.control(sandbox, "log")),
    )
    found = cases.search([])
    assert found.mapped("state") == ["ready"] * UNKNOWN, set(found.mapped("state"))
    started, before = time.perf_counter(), env.cr.sql_log_count
    found.action_adopt()
    env.cr.commit()
    data.report(
        adopt_seconds=time.perf_counter() - started,
        adopt_queries=(env.cr.sql_log_count - before) / UNKNOWN,
    )
