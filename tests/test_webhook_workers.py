import threading
import time

from odoo.tests import tagged

from .test_queue_workers import WorkersCase


@tagged("post_install", "-at_install")
class TestSimultaneousCalls(WorkersCase):
    """Calls in real transactions: nobody waits, nothing fails, one look comes of it."""

    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            company = env["res.company"].browse(self.company_id)
            webhook = env["amili.webhook"]._make(company, "http://localhost")
            self.webhook_id = webhook.id
            self.key = webhook.destination.rpartition("/")[2]
        self.addCleanup(self.forget)

    def forget(self):
        with self.transaction() as env:
            env["amili.webhook"].browse(self.webhook_id).unlink()
            self.triggers(env).unlink()

    def triggers(self, env):
        cron = env.ref("amili_perinta.ir_cron_amili_service")
        return env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

    def test_while_another_call_is_being_noted(self):
        with self.transaction() as first, self.transaction() as second:
            self.assertTrue(first["amili.webhook"].browse(self.webhook_id)._next_look())
            # If it waited it would be for long: the first one ends later.
            started = time.monotonic()
            self.assertFalse(
                second["amili.webhook"].browse(self.webhook_id)._next_look()
            )
            self.assertLess(time.monotonic() - started, 10)

    def test_after_another_call_was_noted_meanwhile(self):
        with self.transaction() as first:
            webhook = first["amili.webhook"].browse(self.webhook_id)
            # From here on this transaction sees the database as it is now.
            self.assertFalse(webhook.woken_at)
            with self.transaction() as second:
                self.assertTrue(
                    second["amili.webhook"].browse(self.webhook_id)._next_look()
                )
            self.assertFalse(webhook._next_look())
            # The transaction goes on as if nothing had been.
            self.assertTrue(first["res.company"].browse(self.company_id).exists())

    def test_many_at_once(self):
        with self.transaction() as env:
            before = len(self.triggers(env))
        failures = []

        def call(env):
            try:
                for _number in range(50):
                    env["amili.webhook"]._wake(self.key)
                    env.cr.commit()  # pylint: disable=invalid-commit
            except Exception as exc:
                failures.append(exc)

        with self.transaction() as one, self.transaction() as two:
            threads = [threading.Thread(target=call, args=(env,)) for env in (one, two)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertFalse(failures)
        with self.transaction() as env:
            self.assertLessEqual(len(self.triggers(env)) - before, 2)
