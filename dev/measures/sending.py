"""The wizard and the queue: time against a bare thread pool, and queries."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests

from odoo.addons.amili_perinta.maventa import payload
from odoo.addons.amili_perinta.maventa.parallel import WIDTH

from . import data

LATENCY = 0.15  # seconds that the sandbox takes for a hand-over
SENT = 1000


def main(env, sandbox):
    """Measure (a), (b) and (d)."""
    data.connect(env, sandbox)
    user = data.clerk(env)
    moves = data.invoices(env, 3200)
    data.tell_maventa(sandbox, moves)
    few, many, timed, rest = (
        moves[:100],
        moves[100:2100],
        moves[2100:3100],
        moves[3100:],
    )
    hand_over(env, user, rest)
    data.report(
        queries_100=queries_per_hand_over(env, user, few),
        queries_2000=queries_per_hand_over(env, user, many),
    )
    measure_wizard(env, user, timed)
    measure_sending(env, user, timed, sandbox)


def hand_over(env, user, moves):
    """Confirm and send, as a clerk and the cron would."""
    data.wizard(env, user, moves).action_transfer()
    env.cr.commit()
    env["amili.assignment"]._cron_process_queue()
    assert set(moves.mapped("amili_state")) == {"pending"}


def queries_per_hand_over(env, user, moves):
    opened = data.wizard(env, user, moves)
    opened.ready_count  # noqa: B018 - what the screen shows was read before
    env.cr.commit()
    env.invalidate_all()
    before = env.cr.sql_log_count
    opened.action_transfer()
    env.cr.commit()
    env["amili.assignment"]._cron_process_queue()
    return (env.cr.sql_log_count - before) / len(moves)


def measure_wizard(env, user, moves):
    """Open the wizard and read its first page, as the web client does."""
    for name, some in (("100", moves[:100]), ("1000", moves)):
        env.invalidate_all()
        started, before = time.perf_counter(), env.cr.sql_log_count
        opened = data.wizard(env, user, some)
        env.flush_all()
        read_page(opened)
        data.report(
            **{
                f"wizard_seconds_{name}": time.perf_counter() - started,
                f"wizard_queries_{name}": env.cr.sql_log_count - before,
            }
        )
        env.cr.rollback()


def read_page(opened):
    """Read what the list of the wizard shows first."""
    opened.invalidate_recordset()
    line_fields = ["move_id", "partner_id", "capital_amount", "level", "problem"]
    opened.web_read(
        {
            "ready_count": {},
            "stopped_count": {},
            "alerts": {},
            "line_ids": {"fields": {name: {} for name in line_fields}, "limit": 40},
        }
    )


def measure_sending(env, user, moves, sandbox):
    """Send a thousand through the queue, and the same bodies by bare threads."""
    data.wizard(env, user, moves).action_transfer()
    env.cr.commit()
    requested = [
        (
            f"/v2/invoices/{a.move_id.maventa_invoice_id}/assignment/amili",
            payload.dump_body(a.payload),
        )
        for a in moves.amili_assignment_id.sudo()
    ]
    delay = {
        "kind": "delay",
        "seconds": LATENCY,
        "times": None,
        "method": "POST",
        "path": "/assignment/amili",
    }
    data.control(sandbox, "faults", delay)
    started = time.perf_counter()
    env["amili.assignment"]._cron_process_queue()
    queue = time.perf_counter() - started
    assert set(moves.mapped("amili_state")) == {"pending"}

    data.control(sandbox, "reset", {})
    data.seed(sandbox, moves)
    data.control(sandbox, "faults", delay)
    bare = bare_threads(sandbox, requested)
    data.report(queue_seconds=queue, bare_seconds=bare, width=WIDTH)


def bare_threads(sandbox, requested):
    """Return the seconds that a bare pool of the same width takes.

    :param requested: pairs of a path and a body to post
    """
    session = bare_session(sandbox)

    def post(item):
        path, body = item
        return session.post(
            sandbox + path,
            data=body.encode(),
            headers={"Content-Type": "application/json"},
            timeout=30,
        ).status_code

    started = time.perf_counter()
    with ThreadPoolExecutor(WIDTH) as pool:
        answers = set(pool.map(post, requested))
    seconds = time.perf_counter() - started
    assert answers == {201}, answers
    return seconds


def bare_session(sandbox):
    """Return a session with a token, as wide as the addon's own pool."""
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=WIDTH)
    session.mount("http://", adapter)
    form = {
        "grant_type": "client_credentials",
        **data.CREDENTIALS,
        "scope": "invoice:send receivables:assignments",
    }
    token = session.post(f"{sandbox}/oauth2/token", data=form, timeout=30).json()
    session.headers["Authorization"] = f"Bearer {token['access_token']}"
    return session
