"""Reconciling a thousand payments: time and queries, with and without the addon.

Two databases are measured at the same time, batch by batch in turns, so that both
sides meet the same load of the machine. Time is that of the processors, spent by Odoo
and by PostgreSQL for its connection.
"""

import contextlib
import os
import time
import uuid
from pathlib import Path

from . import data

PAID = 1000
BATCH = 100  # what a person ticks in a list
PATIENCE = 600  # seconds for a turn of the other side
OTHER = {"without": "with", "with": "without"}


def main(env, label, folder):
    """Measure one side of (g).

    :param str label: ``with`` or ``without``
    :param str folder: where both sides say whose turn it is
    """
    measured = [
        (f"{way}_{label}", pay, *_prepared(env, label)) for way, pay in WAYS.items()
    ]
    if label == "with":
        moves, payments = _prepared(env, "at_amili")
        cases = [(move.id, str(uuid.uuid4())) for move in moves]
        data.at_amili(env, moves[0].partner_id, cases)
        env.cr.commit()
        measured.append(("reconcile_at_amili", _reconcile, moves, payments))
    costs = {name: [] for name, *_rest in measured}
    # The first batch once more for nothing, so that the caches of the server are warm.
    for start in (0, *range(0, PAID, BATCH)):
        with _turn(label, Path(folder) / "turn"):
            for name, pay, moves, payments in measured:
                end = start + BATCH
                cost = _cost(env, pay, moves[start:end], payments[start:end])
                costs[name].append(cost)
    for name, (_warming_up, *batches) in costs.items():
        seconds, queries = zip(*batches, strict=True)
        data.report(**{f"{name}_seconds": seconds, f"{name}_queries": sum(queries)})


@contextlib.contextmanager
def _turn(label, file):
    """Wait for the other side to have done its batch; then it is its turn again."""
    deadline = time.monotonic() + PATIENCE
    while (file.read_text() if file.exists() else "without") != label:
        if time.monotonic() > deadline:
            raise TimeoutError("the other side does not go on")
        time.sleep(0.05)
    yield
    # In one step, for the other side may be reading.
    written = file.with_suffix(f".{label}")
    written.write_text(OTHER[label])
    written.replace(file)


def _prepared(env, name):
    """Return invoices, and as many payments that wait to be reconciled."""
    ref = f"bench paying {name}"
    moves = env["account.move"].search([("ref", "=", ref)], order="id")
    if not moves:
        moves = data.invoices(env, PAID)
        moves.ref = ref
        _make_payments(env, moves, ref)
        env.cr.commit()
    payments = env["account.payment"].search([("memo", "=", ref)], order="id")
    return moves, payments


def _make_payments(env, moves, ref):
    payments = env["account.payment"].with_context(**data.QUIET)
    payments.create(
        [
            {
                "memo": ref,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": move.partner_id.id,
                "amount": move.amount_total,
                "currency_id": move.currency_id.id,
            }
            for move in moves
        ]
    ).action_post()


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


WAYS = {"register": _register, "reconcile": _reconcile}
