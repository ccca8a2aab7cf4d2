"""Several transactions at once, for tests of workers and people in a race."""

import threading
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, new_test_user
from odoo.tests.common import get_db_name

from ..const import SANDBOX_URL_PARAMETER
from ..maventa import connection
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

    def assert_claimed_apart(self, model):
        """Three workers claim two each of the three that wait: each gets its own."""
        with (
            batches_of(self.registry, 2),
            self.transaction() as first,
            self.transaction() as second,
            self.transaction() as third,
        ):
            claimed = [
                env[model]._claim(self.company(env), ("queued",)).ids
                for env in (first, second, third)
            ]
        self.assertEqual([len(ids) for ids in claimed], [2, 1, 0])
        self.assertEqual(len({*claimed[0], *claimed[1]}), 3)
