"""What only several transactions at once can show of the outbox.

These tests commit; see test_queue_workers.
"""

from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, Command, fields
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.outbox import amili_cron_mixin
from ..common import batches_of
from ..workers_case import WorkersCase


@tagged("post_install", "-at_install")
class TestOutboxWorkers(WorkersCase):
    """Workers and people at the same reports."""

    def active(self, number):
        """Commit hand-overs that Amili has accepted; return the ids of the invoices."""
        self.sandbox.control("settings", {"auto_accept": True})
        ids = self.queued(number)
        self.work()
        with self.transaction() as env:
            assignments = env["account.move"].browse(ids).amili_assignment_id
            assignments.next_try_at = fields.Datetime.now()
        with self.transaction() as env:
            env["amili.assignment"]._cron_poll_transfers()
        self.assertEqual(set(self.states(ids)), {"active"})
        return ids

    def work(self):
        """Run the sender once, in a transaction of its own."""
        with self.transaction() as env:
            env["amili.assignment"]._cron_process_queue()

    def credit(self, env, move_id, amount):
        """Credit a part of an invoice."""
        move = env["account.move"].browse(move_id)
        refund = move.create(
            {
                "move_type": "out_refund",
                "company_id": self.company_id,
                "journal_id": self.journal_id,
                "partner_id": self.partner_id,
                "currency_id": move.currency_id.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Hyvitys", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        refund.action_post()
        lines = (move + refund).line_ids
        lines.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()

    def credited(self, number, times=1):
        """Commit cases with so many reports each; return the ids of the invoices."""
        ids = self.active(number)
        with self.transaction() as env:
            for move_id in ids:
                for amount in range(1, times + 1):
                    self.credit(env, move_id, amount)
        return ids

    def undo(self, env, move_id):
        env["account.move"].browse(move_id).line_ids.remove_move_reconcile()

    def reports(self, env, move_id):
        """Return the credits that are, or were to be, reported; oldest first."""
        case = env["account.move"].browse(move_id).amili_assignment_ids
        return case.event_ids.filtered(lambda e: e.type == "credit_note").sorted("id")

    def posts(self):
        return self.sandbox.log("POST", "/events")

    def told(self, move_id, kind="credit_note"):
        """Return what Amili was told, as it keeps it, oldest first."""
        with self.transaction() as env:
            case = self.sandbox.case(env["account.move"].browse(move_id))
        return [
            event
            for event in case["events"]
            if event["origin"] == "company" and event["type"] == kind
        ]

    def amounts(self, move_id):
        return [event["amount"] for event in self.told(move_id)]

    @contextmanager
    def around_the_call(self, before=None, after=None):
        """Do something while a report is on its way: before it leaves, or after.

        Once: what is done may itself send.
        """
        call_all = amili_cron_mixin.call_in_groups
        todo = [before, after]

        def call(*args, **options):
            mine, todo[:] = (todo[:], [None, None])
            # What is read is not called by way of the outbox.
            name = getattr(args[1][0][0], "__name__", "")
            if name not in ("add_event", "mark_seen"):
                todo[:], mine = mine, (None, None)
            if mine[0]:
                mine[0]()
            outcomes = list(call_all(*args, **options))
            if mine[1]:
                mine[1]()
            return outcomes

        with patch.object(amili_cron_mixin, "call_in_groups", call):
            yield
        self.assertEqual(todo, [None, None], "it was not done")

    def let_time_pass(self, move_id):
        """Let claims and answers be as old as they have to be to be acted upon."""
        with self.transaction() as env:
            past = fields.Datetime.now() - timedelta(hours=1)
            events = env["account.move"].browse(move_id).amili_assignment_ids.event_ids
            events.write({"claimed_at": past, "next_try_at": past})

    # Claims ---------------------------------------------------------------------------

    def test_two_workers_never_claim_the_same(self):
        self.credited(3)
        self.assert_claimed_apart("amili.assignment.event")

    def test_workers_at_once_send_each_report_once_and_in_order(self):
        ids = self.credited(8, times=3)
        with (
            batches_of(self.registry, 2),
            mute_logger("odoo.sql_db"),
        ):
            self.in_threads(
                lambda env: env["amili.assignment"]._cron_process_queue(),
                *[SUPERUSER_ID] * 3,
            )
        self.work()
        self.assertEqual(len(self.posts()), 24)
        for move_id in ids:
            self.assertEqual(self.amounts(move_id), [1, 2, 3])

    def test_the_next_of_a_case_waits_for_the_one_that_is_under_way(self):
        [move_id] = self.credited(1, times=2)
        seen = []

        def another_worker():
            self.work()
            seen.append(len(self.posts()))

        with self.around_the_call(before=another_worker):
            self.work()
        self.assertEqual(seen, [0], "the second did not overtake the first")
        self.assertEqual(self.amounts(move_id), [1, 2])

    def test_nothing_is_locked_while_maventa_answers(self):
        [move_id] = self.credited(1)
        seen = []

        def look():
            with self.transaction() as env:
                env.cr.execute("SET LOCAL lock_timeout = '2s'")
                [report] = self.reports(env, move_id)
                env.cr.execute(
                    "SELECT e.state FROM amili_assignment_event e"
                    " JOIN amili_assignment a ON a.id = e.assignment_id"
                    " WHERE e.id = %s FOR UPDATE",
                    [report.id],
                )
                seen.extend(env.cr.fetchall())

        with self.around_the_call(before=look):
            self.work()
        self.assertEqual(seen, [("sending",)], "the claim is on disk before the call")
        self.assertEqual(self.amounts(move_id), [1])

    # One report for one reconciliation ------------------------------------------------

    def test_two_transactions_tell_of_the_same_entry(self):
        [move_id] = self.credited(1)
        with self.transaction() as env:
            report = self.reports(env, move_id)
            report.entry_id.unlink()
            report.unlink()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.transaction() as second,
        ):
            move = second["account.move"].browse(move_id)
            self.assertTrue(move.amili_state, "what is read later is as old as this")
            with self.transaction() as first:
                move.with_env(first)._amili_settle()
            move._amili_settle()
        self.work()
        self.assertEqual(self.amounts(move_id), [1])

    # Whoever comes in between ---------------------------------------------------------

    def test_a_worker_that_was_taken_for_dead_has_sent(self):
        [move_id] = self.credited(1)

        def take_over():
            self.let_time_pass(move_id)
            self.work()

        with self.around_the_call(after=take_over):
            self.work()
        self.assertEqual(len(self.posts()), 1, "Amili was asked first")
        self.assertEqual(self.amounts(move_id), [1])
        with self.transaction() as env:
            self.assertEqual(self.reports(env, move_id).mapped("state"), ["done"])

    def test_a_worker_that_was_taken_for_dead_sends_after_all(self):
        """It has not sent yet when the other asks, so Amili knows of nothing."""
        [move_id] = self.credited(1)

        def take_over():
            with self.transaction() as env:
                self.reports(env, move_id).next_try_at = fields.Datetime.now()
            self.work()
            with self.transaction() as env:
                self.assertEqual(self.reports(env, move_id).state, "unknown")

        with self.around_the_call(before=take_over):
            self.work()
        self.work()
        self.assertEqual(len(self.posts()), 1)
        self.assertEqual(self.amounts(move_id), [1])
        with self.transaction() as env:
            self.assertEqual(self.reports(env, move_id).mapped("state"), ["done"])

    def test_the_feed_tells_of_it_before_the_answer_is_recorded(self):
        [move_id] = self.credited(1)

        def read_the_feed():
            with self.transaction() as env:
                env["amili.assignment"]._cron_sync_events()

        with self.around_the_call(after=read_the_feed):
            self.work()
        read_the_feed()
        self.assertEqual(self.amounts(move_id), [1])
        with self.transaction() as env:
            report = self.reports(env, move_id)
            self.assertEqual(report.mapped("state"), ["done"])
            lines = report.move_id.message_ids.mapped("preview")
            self.assertEqual(sum("was told of a credit" in x for x in lines), 1)

    def test_a_payment_is_undone_while_its_report_is_under_way(self):
        for fault, is_taken in (
            (None, True),
            ("drop_after", True),
            ("drop_before", False),
        ):
            for moment in ("before", "after"):
                with self.subTest(fault, moment=moment):
                    [move_id] = self.credited(1)
                    if fault:
                        self.sandbox.fault(fault, method="POST", path="/events$")

                    def undo(move_id=move_id):
                        with self.transaction(self.clerk_ids[0]) as env:
                            self.undo(env, move_id)

                    with self.around_the_call(**{moment: undo}):
                        self.work()
                    for _run in range(3):
                        self.let_time_pass(move_id)
                        self.work()
                    self.assertEqual(self.amounts(move_id), [1] if is_taken else [])
                    comments = self.told(move_id, "comment")
                    self.assertEqual(len(comments), int(is_taken))
                    with self.transaction() as env:
                        [report] = self.reports(env, move_id)
                        state = "done" if is_taken else "cancelled"
                        self.assertEqual(report.state, state)
                        self.assertFalse(
                            report.assignment_id.event_ids.filtered(
                                lambda e: e.state in ("queued", "sending", "unknown")
                            )
                        )
                    self._remove_invoices()
                    self.sandbox.reset()

    def test_what_was_undone_under_way_and_refused_cannot_be_sent_anew(self):
        [move_id] = self.credited(1)
        self.sandbox.fault("status", status=422, method="POST", path="/events$")

        def undo():
            with self.transaction(self.clerk_ids[0]) as env:
                self.undo(env, move_id)

        with self.around_the_call(before=undo):
            self.work()
        with self.transaction(self.clerk_ids[0]) as env, suppress(UserError):
            self.reports(env, move_id).action_retry()
        self.work()
        self.assertFalse(self.amounts(move_id), "the credit does not stand")
        self.assertFalse(self.told(move_id, "comment"))

    def test_people_undo_while_workers_send(self):
        ids = self.credited(12)

        def send(env):
            for _run in range(3):
                env["amili.assignment"]._cron_process_queue()

        def undo_all(env):
            for move_id in ids:
                while True:
                    try:
                        self.undo(env, move_id)
                        env.cr.commit()  # pylint: disable=invalid-commit
                        break
                    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                        # As Odoo answers a click: again where transactions collide.
                        env.cr.rollback()
                        env.invalidate_all()

        works = {SUPERUSER_ID: send, self.clerk_ids[0]: undo_all}
        with (
            batches_of(self.registry, 3),
            mute_logger("odoo.sql_db", "odoo.addons.amili_perinta"),
        ):
            self.in_threads(lambda env: works[env.uid](env), *works)
        for move_id in ids:
            self.let_time_pass(move_id)
        self.work()
        for move_id in ids:
            amounts, comments = self.amounts(move_id), self.told(move_id, "comment")
            self.assertIn((amounts, len(comments)), (([], 0), ([1], 1)))
            with self.transaction() as env:
                [report] = self.reports(env, move_id)
                self.assertEqual(report.state, "done" if amounts else "cancelled")
                self.assertEqual(report.assignment_id.credited_amount, sum(amounts))
