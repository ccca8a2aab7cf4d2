"""Reconciling a thousand payments: time and queries, with and without the addon.

The two sides are measured minutes apart, and others may use the machine as well. So
time is that of the processors, spent by Odoo and by PostgreSQL for its connection.
"""

import os
import time
import uuid
from pathlib import Path

from . import data

PAID = 1000
BATCH = 100  # what a person ticks in a list


def main(env, label):
    """Measure one side of (g): ``label`` is ``with`` or ``without``."""
    moves, payments = _prepared(env)
    _measure(env, label, moves, payments)


def at_amili(env):
    """Match the same invoices once more when all of them are at Amili."""
    moves, payments = _prepared(env)
    cases = [(move.id, str(uuid.uuid4())) for move in moves]
    data.at_amili(env, moves[0].partner_id, cases)
    env.cr.commit()
    _measure(env, "at_amili", moves, payments, ["reconcile"])


def _prepared(env):
    """Return invoices, and as many payments that wait to be reconciled."""
    moves = env["account.move"].search([("ref", "=", "bench paying")], order="id")
    if not moves:
        moves = data.invoices(env, PAID)
        moves.ref = "bench paying"
        _payments(env, moves)
        env.cr.commit()
    payments = env["account.payment"].search([("memo", "=", "bench")], order="id")
    return moves, payments


def _payments(env, moves):
    payments = env["account.payment"].with_context(**data.QUIET)
    payments.create(
        [
            {
                "memo": "bench",
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": move.partner_id.id,
                "amount": move.amount_total,
                "currency_id": move.currency_id.id,
            }
            for move in moves
        ]
    ).action_post()


def _measure(env, label, moves, payments, ways=("register", "reconcile")):
    for way in ways:
        pay = {"register": _register, "reconcile": _reconcile}[way]
        batches = [
            (moves[start : start + BATCH], payments[start : start + BATCH])
            for start in range(0, PAID, BATCH)
        ]
        # Once for nothing, so that the caches of the server are warm.
        _cost(env, pay, *batches[0])
        costs = [_cost(env, pay, *batch) for batch in batches]
        data.report(
            **{
                f"{way}_seconds_{label}": sum(cost[0] for cost in costs),
                f"{way}_queries_{label}": sum(cost[1] for cost in costs),
            }
        )


def _cost(env, pay, moves, payments):
    """Return the seconds and the queries that paying takes; nothing stays paid."""
    env.invalidate_all()
    started, before = _seconds(env), env.cr.sql_log_count
    pay(moves, payments)
    env.flush_all()
    queries = env.cr.sql_log_count - before
    seconds = _seconds(env) - started
    assert not any(moves.mapped("amount_residual"))
    env.cr.rollback()
    return seconds, queries


def _seconds(env):
    """Return the processor time of Odoo and PostgreSQL so far."""
    backend = Path(f"/proc/{env.cr._cnx.info.backend_pid}/stat")
    if not backend.exists():  # another machine's
        return time.perf_counter()
    user, system = backend.read_text().rsplit(")", 1)[1].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _register(moves, _payments):
    """Pay with the button of the list."""
    moves.env["account.payment.register"].with_context(
        active_model="account.move", active_ids=moves.ids
    ).create({"group_payment": False})._create_payments()


def _reconcile(moves, payments):
    """Match payments with invoices one by one, each as a request of its own."""
    for move, payment in zip(moves, payments, strict=True):
        lines = (move + payment.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        move.env.flush_all()
        move.env.invalidate_all()
