"""What only several transactions at once can show: workers and clerks in a race.

These tests commit, so they make a company of their own and remove it in the end.
"""

import threading
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from ..const import SANDBOX_URL_PARAMETER
from ..maventa import connection
from ..models.outbox import amili_cron_mixin
from . import foundation
from .common import batches_of
from .sandbox_process import DEFAULT_COMPANY, Sandbox


class WorkersCase(BaseCase):
    """Real transactions, several at once."""

    # Before the others begin the transaction that they share.
    test_sequence = -1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        foundation.remove()
        cls.registry = Registry(get_db_name())
        cls.sandbox = Sandbox.shared()
        with cls.transaction() as env:
            cls.addClassCleanup(cls._remove, cls._make(env))

    @classmethod
    @contextmanager
    def transaction(cls, user=SUPERUSER_ID):
        """Open a transaction of its own; it is committed at the end of the block."""
        with cls.registry.cursor() as cr:
            # Who has to wait for ever has failed.
            cr.execute("SET lock_timeout = '20s'")
            # These tests are about what other transactions see.
            cr.commit()  # pylint: disable=invalid-commit
            yield api.Environment(cr, user, {})

    @classmethod
    def _make(cls, env):
        env["ir.config_parameter"].set_param(SANDBOX_URL_PARAMETER, cls.sandbox.url)
        # Its accounts are made below: a whole chart of them would take longer.
        bare = env["res.company"].with_context(chart_template_load=True)
        company = bare.create(
            {
                "name": "Kilpailu Oy",
                "currency_id": env.ref("base.EUR").id,
                "country_id": env.ref("base.fi").id,
                "amili_environment": "sandbox",
                **{f"amili_{name}": value for name, value in DEFAULT_COMPANY.items()},
            }
        )
        cls.company_id = company.id
        accounts = env["account.account"].create(
            [
                {
                    "name": code,
                    "code": code,
                    "account_type": kind,
                    "reconcile": kind == "asset_receivable",
                    "company_ids": [Command.set(company.ids)],
                }
                for code, kind in (("AM1", "asset_receivable"), ("AM2", "income"))
            ]
        )
        journal = env["account.journal"].create(
            {
                "name": "Kilpailu",
                "code": "AMK",
                "type": "sale",
                "company_id": company.id,
                "default_account_id": accounts[1].id,
            }
        )
        partner = env["res.partner"].create(
            {
                "name": "Esimerkki Oy",
                "is_company": True,
                "company_registry": "2077474-0",
                "street": "Mannerheimintie 1",
                "zip": "00100",
                "city": "Helsinki",
                "country_id": env.ref("base.fi").id,
            }
        )
        partner.with_company(company).property_account_receivable_id = accounts[0]
        clerks = [
            new_test_user(
                env,
                f"amili_racer_{number}",
                "amili_perinta.group_amili_user",
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            for number in (1, 2)
        ]
        cls.clerk_ids = [clerk.id for clerk in clerks]
        cls.partner_id, cls.journal_id = partner.id, journal.id
        return {
            "res.users": cls.clerk_ids,
            "account.journal": journal.ids,
            "account.account": accounts.ids,
            "res.partner": [
                partner.id,
                company.partner_id.id,
                *(clerk.partner_id.id for clerk in clerks),
            ],
        }

    @classmethod
    def _remove(cls, made):
        with cls.transaction() as env:
            env["ir.config_parameter"].set_param(SANDBOX_URL_PARAMETER, False)
            company = env["res.company"].browse(cls.company_id)
            env["ir.default"].search([("company_id", "=", company.id)]).unlink()
            for partner in env["res.partner"].browse(made["res.partner"]):
                partner.with_company(company).property_account_receivable_id = False
            for model, ids in made.items():
                if model == "res.partner":
                    company.unlink()
                env[model].browse(ids).unlink()

    def setUp(self):
        super().setUp()
        self.sandbox.reset()
        self.startPatcher(patch.object(connection, "_TOKENS", connection.TokenCache()))
        self.addCleanup(self._remove_invoices)

    def _remove_invoices(self):
        with self.transaction() as env:
            moves = env["account.move"].search([("company_id", "=", self.company_id)])
            env.cr.execute(
                "UPDATE amili_assignment SET state = 'cancelled' WHERE company_id = %s",
                [self.company_id],
            )
            env.invalidate_all()
            moves.amili_assignment_ids.unlink()
            moves.button_draft()
            moves.with_context(force_delete=True).unlink()

    def invoices(self, number):
        """Commit posted invoices that are overdue; return their ids."""
        today = fields.Date.today()
        with self.transaction() as env:
            moves = env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "company_id": self.company_id,
                        "journal_id": self.journal_id,
                        "partner_id": self.partner_id,
                        "currency_id": env.ref("base.EUR").id,
                        "invoice_date": today - timedelta(60),
                        "invoice_date_due": today - timedelta(46),
                        "maventa_invoice_id": f"33330000-0000-4000-8000-{n:012}",
                        "invoice_line_ids": [
                            Command.create(
                                {"name": "Työ", "price_unit": 100, "tax_ids": False}
                            )
                        ],
                    }
                    for n in range(number)
                ]
            )
            moves.action_post()
            # Maventa has just told what became of them.
            moves.maventa_steps_at = fields.Datetime.now()
            for move in moves:
                self.sandbox.add_invoice(move)
            return moves.ids

    def confirm(self, env, ids):
        """Confirm the wizard; whoever ``env`` is of."""
        env["amili.transfer.wizard"].with_context(
            active_model="account.move", active_ids=ids
        ).create({}).action_transfer()

    def queued(self, number):
        """Commit confirmed hand-overs; return the ids of the invoices."""
        ids = self.invoices(number)
        with self.transaction(self.clerk_ids[0]) as env:
            self.confirm(env, ids)
        return ids

    def states(self, ids):
        with self.transaction() as env:
            return env["account.move"].browse(ids).mapped("amili_state")

    def in_threads(self, work, *users):
        """Call ``work(env)`` for each user at once, each in a transaction of its own.

        The transactions are opened here: Odoo's lock on the registry is this thread's.
        """
        barrier = threading.Barrier(len(users))
        failures = []

        def run(env):
            barrier.wait(30)
            try:
                work(env)
            except BaseException as exc:
                failures.append(exc)
                env.cr.rollback()

        with ExitStack() as stack:
            threads = [
                threading.Thread(
                    target=run, args=(stack.enter_context(self.transaction(user)),)
                )
                for user in users
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
                self.assertFalse(thread.is_alive(), "it hangs")
        if failures:
            raise failures[0]

    def company(self, env):
        return env["res.company"].browse(self.company_id)


@tagged("post_install", "-at_install")
class TestWorkers(WorkersCase):
    """Workers and clerks who hand over at the same time."""

    # Workers --------------------------------------------------------------------------

    def test_two_workers_never_claim_the_same(self):
        self.queued(3)
        with (
            batches_of(self.registry, 2),
            self.transaction() as first,
            self.transaction() as second,
            self.transaction() as third,
        ):
            claimed = [
                env["amili.assignment"]._claim(self.company(env), ("queued",)).ids
                for env in (first, second, third)
            ]
        self.assertEqual([len(ids) for ids in claimed], [2, 1, 0])
        self.assertEqual(len({*claimed[0], *claimed[1]}), 3)

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
            env["amili.service"]._of(self.company(env)).checked_at = False

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
