"""What only several transactions at once can show: workers and clerks in a race.

These tests commit, so they make a company of their own and remove it in the end.
"""

from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.outbox import amili_cron_mixin
from ..common import batches_of
from ..workers_case import WorkersCase


@tagged("post_install", "-at_install")
class TestWorkers(WorkersCase):
    """Workers and clerks who hand over at the same time."""

    # Workers --------------------------------------------------------------------------

    def test_two_workers_never_claim_the_same(self):
        self.queued(3)
        self.assert_claimed_apart("amili.assignment")

    def test_a_claimed_invoice_can_still_be_referred_to(self):
        [move] = self.queued(1)
        with self.transaction() as worker, self.transaction() as other:
            worker["amili.assignment"]._claim(self.company(worker), ("queued",))
            other.cr.execute("SET LOCAL lock_timeout = '2s'")
            assignment = other["account.move"].browse(move).amili_assignment_id
            # A message, a payer, an event: each refers to it by a foreign key.
            other.cr.execute(
                "INSERT INTO amili_assignment_payer (assignment_id, role, name)"
                " VALUES (%s, 'co_debtor', 'Maija Malli')",
                [assignment.id],
            )

    def test_workers_at_once_send_each_invoice_once(self):
        ids = self.queued(30)

        def work(env):
            env["amili.assignment"]._cron_process_queue()

        with (
            batches_of(self.registry, 4),
            mute_logger("odoo.sql_db"),
        ):
            self.in_threads(work, *[SUPERUSER_ID] * 3)
        self.assertEqual(set(self.states(ids)), {"pending"})
        self.assertEqual(len(self.sandbox.log("POST", "/assignment/amili")), 30)
        self.assertEqual(len(self.sandbox.cases()), 30)

    def test_nothing_is_locked_while_maventa_answers(self):
        [move] = self.queued(1)
        call_all = amili_cron_mixin.call_in_groups
        seen = []

        def look_first(*args, **options):
            with self.transaction() as env:
                env.cr.execute("SET LOCAL lock_timeout = '2s'")
                env.cr.execute(
                    "SELECT state FROM amili_assignment WHERE move_id = %s FOR UPDATE",
                    [move],
                )
                seen.extend(env.cr.fetchall())
            return call_all(*args, **options)

        with (
            patch.object(amili_cron_mixin, "call_in_groups", look_first),
            self.transaction() as env,
        ):
            env["amili.assignment"]._cron_process_queue()
        self.assertEqual(seen, [("sending",)], "the claim is on disk before the call")
        self.assertEqual(self.states([move]), ["pending"])

    def test_an_answer_is_recorded_though_somebody_changed_the_record(self):
        [move] = self.queued(1)
        call_all = amili_cron_mixin.call_in_groups

        def change_meanwhile(*args, **options):
            outcomes = list(call_all(*args, **options))
            with self.transaction() as env:
                assignment = env["account.move"].browse(move).amili_assignment_id
                assignment.user_id = self.clerk_ids[1]
            return outcomes

        with (
            patch.object(amili_cron_mixin, "call_in_groups", change_meanwhile),
            self.transaction() as env,
        ):
            env["amili.assignment"]._cron_process_queue()
        self.assertEqual(self.states([move]), ["pending"])

    def test_workers_that_write_the_company_at_once_both_go_on(self):
        [move] = self.queued(1)
        original = self.registry["res.company"]._amili_set_service
        disturbed = []
        with self.transaction() as env:
            env["amili.service"]._for_company(self.company(env)).checked_at = False

        def disturb(company, service):
            if not disturbed:
                disturbed.append(company.name)
                with self.transaction() as env:
                    self.company(env).amili_min_days_b2b += 1
            return original(company, service)

        with (
            patch.object(self.registry["res.company"], "_amili_set_service", disturb),
            mute_logger("odoo.sql_db"),
            self.transaction() as env,
        ):
            env["amili.assignment"]._cron_process_queue()
        self.assertTrue(disturbed)
        self.assertEqual(self.states([move]), ["pending"])

    def test_a_late_answer_is_recorded_once(self):
        """Another worker took the claim for lost while this one was still calling."""
        [move] = self.queued(1)
        call_all = amili_cron_mixin.call_in_groups

        def overtaken(*args, **options):
            outcomes = list(call_all(*args, **options))
            if args[1][0][0].__name__ == "transfer":
                with self.transaction() as env:
                    assignment = env["account.move"].browse(move).amili_assignment_id
                    assignment.next_try_at = fields.Datetime.now()
                with self.transaction() as env:
                    env["amili.assignment"]._cron_process_queue()
            return outcomes

        with (
            patch.object(amili_cron_mixin, "call_in_groups", overtaken),
            self.transaction() as env,
        ):
            env["amili.assignment"]._cron_process_queue()
        self.assertEqual(self.states([move]), ["pending"])
        self.assertEqual(len(self.sandbox.log("POST", "/assignment/amili")), 1)

    # Clerks ---------------------------------------------------------------------------

    def test_the_second_clerk_is_told_that_somebody_else_is_sending(self):
        ids = self.invoices(1)
        with (
            self.transaction(self.clerk_ids[0]) as first,
            self.transaction(self.clerk_ids[1]) as second,
        ):
            self.confirm(first, ids)
            with self.assertRaises(UserError) as caught:
                self.confirm(second, ids)
            self.assertIn("Somebody else", str(caught.exception))
        self.assertEqual(self.states(ids), ["queued"])

    def test_two_clerks_at_once_make_one_assignment(self):
        ids = self.invoices(1)
        refused = []

        def work(env):
            while True:
                try:
                    return self.confirm(env, ids)
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    # As Odoo answers a click: again where transactions collide.
                    env.cr.rollback()
                except UserError as exc:
                    env.cr.rollback()
                    return refused.append(str(exc))

        with mute_logger("odoo.sql_db", "odoo.service.model"):
            self.in_threads(work, *self.clerk_ids)
        with self.transaction() as env:
            moves = env["account.move"].browse(ids)
            self.assertEqual(len(moves.amili_assignment_ids), 1)
        self.assertEqual(len(refused), 1)

    def test_a_clerk_cannot_take_back_what_a_worker_holds(self):
        [move] = self.queued(1)
        with self.transaction() as worker, self.transaction(self.clerk_ids[0]) as clerk:
            worker["amili.assignment"]._claim(self.company(worker), ("queued",))
            assignment = clerk["account.move"].browse(move).amili_assignment_id
            with self.assertRaises(UserError) as caught:
                assignment.action_cancel()
            self.assertIn("being sent", str(caught.exception))
