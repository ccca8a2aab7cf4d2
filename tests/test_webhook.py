import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import requests

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..models.amili_webhook import PATH
from .common import QueueCase

CALLS = 1000


@tagged("post_install", "-at_install")
class TestCalls(QueueCase, HttpCase):
    """Maventa calls; whoever calls with whatever, nothing but the cron is woken."""

    def setUp(self):
        super().setUp()
        self.company.action_amili_webhook_register()
        self.run_cron("service")
        self.webhook = self.company.amili_webhook_id
        self.assertEqual(self.webhook.state, "registered")
        self.forget_triggers()

    def run_cron(self, name):
        # A test with a server is in the mode for crons all the time.
        self.env.ref(f"amili_perinta.ir_cron_amili_{name}").method_direct_trigger()

    def triggers(self):
        """Return when the crons of the addon are to run because of a trigger."""
        self.env.invalidate_all()
        crons = self.env["ir.cron"].search([("cron_name", "like", "Amili Perintä%")])
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)])
        return triggers.sorted("call_at").mapped("call_at")

    def forget_triggers(self):
        self.env["ir.cron.trigger"].search([]).unlink()

    def call(self, url=None, method="POST", **options):
        response = self.url_open(
            url or self.webhook.destination, method=method, **options
        )
        self.assertEqual(response.status_code, 204)
        self.assertFalse(response.content)
        self.assertNotIn("Set-Cookie", response.headers)

    def test_maventa_calls(self):
        [subscription] = self.subscriptions()
        self.assertEqual(subscription["destination"], self.webhook.destination)
        self.assertEqual(subscription["destination_type"], "WEBHOOK")
        with self.allow_requests(all_requests=True):
            self.sandbox.control("webhooks", {})
            [call] = self.sandbox.control("webhooks")
        self.assertEqual(call["status"], 204)
        self.assertEqual(self.triggers(), [fields.Datetime.now()])

    def subscriptions(self):
        return self.sandbox.control("companies")[0]["subscriptions"]

    def test_storm(self):
        """A thousand calls: one look at once, and one a minute later."""
        url = self.webhook.destination
        with (
            self.allow_requests(all_requests=True),
            requests.Session() as session,
            ThreadPoolExecutor(8) as threads,
        ):
            answers = list(
                threads.map(lambda _n: session.post(url, timeout=30), range(CALLS))
            )
        self.assertEqual({a.status_code for a in answers}, {204})
        now = fields.Datetime.now()
        self.assertEqual(self.triggers(), [now, now + timedelta(minutes=1)])
        self.later(minutes=1, seconds=1)
        self.call()
        self.assertEqual(len(self.triggers()), 3, "at most one a minute")

    def test_what_is_called_while_odoo_looks_is_not_overlooked(self):
        self.call()
        self.later(seconds=30)
        self.call()
        self.call()
        first, second = self.triggers()
        self.assertEqual(second - first, timedelta(minutes=1))

    def test_any_method(self):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
            with self.subTest(method):
                self.call(method=method)

    def test_any_body(self):
        for number, options in enumerate(
            (
                {"data": b""},
                {"data": b"x" * 10_000_000},
                {"data": {"field": "x" * 10_000_000}},
                {"files": {"file": ("a.bin", b"x" * 10_000_000)}},
                {"data": b"{", "headers": {"Content-Type": "application/json"}},
                {"data": b"\xff\x00", "headers": {"Content-Type": "text/xml"}},
                {
                    "data": b"no boundary",
                    "headers": {"Content-Type": "multipart/form-data"},
                },
                {
                    "data": json.dumps({"jsonrpc": "2.0", "params": {"key": "other"}}),
                    "headers": {"Content-Type": "application/json"},
                },
                {"data": "key=other", "params": {"key": "other"}},
            )
        ):
            with self.subTest(number):
                self.forget_triggers()
                self.later(minutes=2)
                self.call(**options)
                self.assertEqual(len(self.triggers()), 1)

    def test_wrong_secret(self):
        number, secret = self.webhook.id, self.webhook.secret
        base = self.base_url() + PATH
        for key in (
            f"{number}.{secret[:-1]}",
            f"{number}.",
            f"{number}",
            f"{number}.{secret}x",
            f"{number + 1}.{secret}",
            f"-1.{secret}",
            f"{'9' * 40}.{secret}",
            f"²{number}.{secret}",
            f".{secret}",
            f"{number}.{'%FF%00é' * 10}",
            f"{number}/{secret}",
            "x" * 4000,
        ):
            with self.subTest(key):
                self.call(base + key)
        self.assertFalse(self.triggers())
        self.assertFalse(self.webhook.woken_at)

    def test_old_address_is_dead(self):
        old = self.webhook.destination
        self.company.action_amili_webhook_renew()
        self.assertNotEqual(self.company.amili_webhook_id.destination, old)
        self.forget_triggers()
        self.call(old)
        self.assertFalse(self.triggers())
        self.run_cron("service")
        self.assertEqual(
            [s["destination"] for s in self.subscriptions()],
            [self.company.amili_webhook_id.destination],
        )

    def test_what_is_open_is_asked_for(self):
        """What would have waited for hours is looked at now."""
        move = self.invoice()
        self.send(move)
        self.sandbox.amili(move, "accept")
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "pending")
        asked = len(self.sandbox.log("GET", "services/amili"))
        self.call()
        self.run_cron("service")
        self.assertEqual(len(self.sandbox.log("GET", "services/amili")), asked + 1)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "active")
        # Once for each call, not each time.
        self.later(minutes=10)
        self.run_cron("service")
        self.assertEqual(len(self.sandbox.log("GET", "services/amili")), asked + 1)
