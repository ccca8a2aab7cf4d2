"""Upgrading to 19.0.2.0.0 ends the webhooks at Maventa, or asks a person to."""

import threading
import time
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace
from unittest.mock import patch

import freezegun.api

from odoo.tests import tagged
from odoo.tools import file_path
from odoo.tools.sql import table_exists

from ...maventa import connection, webhook_removal
from ...maventa.connection import Credentials
from ..common import QueueCase
from ..sandbox_process import DEFAULT_COMPANY

OTHER = {
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "other-secret",
    "vendor_api_key": "sandbox-vendor",
}
SECRET = "https://odoo.example.com/amili_perinta/webhook/1.s3cret-T0ken"
LIST = {"path": "company/notifications", "method": "GET"}
# As 19.0.1.1.0 left it, and the keys as the pre-migration fills them in.
TABLE = """
    CREATE TABLE amili_webhook (
        id SERIAL PRIMARY KEY,
        company_id INTEGER NOT NULL REFERENCES res_company ON DELETE CASCADE,
        environment VARCHAR NOT NULL DEFAULT 'sandbox',
        state VARCHAR NOT NULL DEFAULT 'registered',
        destination VARCHAR,
        remote_id VARCHAR,
        client_id VARCHAR,
        client_secret VARCHAR,
        vendor_api_key VARCHAR,
        claimed_at TIMESTAMP,
        attempt_count INTEGER DEFAULT 0
    )
"""


@tagged("post_install", "-at_install")
class TestUpgradeWebhooks(QueueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(TABLE)

    def setUp(self):
        super().setUp()
        # Of the calls of a thread freezegun sees some and overlooks others.
        self.startPatcher(
            patch.object(
                connection,
                "time",
                SimpleNamespace(monotonic=freezegun.api.real_monotonic),
            )
        )
        self.sandbox.control(
            "companies", {**OTHER, "name": "Toinen", "bid": "2077474-0"}
        )
        self.cr.postcommit.clear()

    def webhook(self, number=1, company=None, keys=None, **values):
        """Let Odoo have a webhook, and Maventa as well unless it has no ID there."""
        keys = keys or DEFAULT_COMPANY
        values = {
            "company_id": (company or self.company).id,
            "destination": f"{SECRET}-{number}",
            "remote_id": f"99999999-0000-4000-8000-00000000000{number}",
            **keys,
            **values,
        }
        names = ", ".join(values)
        self.cr.execute(
            f"INSERT INTO amili_webhook ({names}) VALUES %s",  # noqa: S608
            [tuple(values.values())],
        )
        if values["remote_id"]:
            self.register(keys["client_id"], values["remote_id"], number)

    def register(self, client_id, remote_id, number):
        there = {
            "id": remote_id,
            "destination": f"{SECRET}-{number}",
            "destination_type": "WEBHOOK",
            "events": ["DOCUMENTS.INVOICE.DELIVERED"],
        }
        self.sandbox.control(
            "companies",
            {
                "client_id": client_id,
                "subscriptions": [*self.registered(client_id), there],
            },
        )

    def registered(self, client_id=DEFAULT_COMPANY["client_id"]):
        [company] = [
            company
            for company in self.sandbox.control("companies")
            if company["client_id"] == client_id
        ]
        return company["subscriptions"]

    def upgrade(self):
        """Migrate and commit; return the activities that are left."""
        path = file_path("amili_perinta/migrations/19.0.2.0.0/post-webhooks.py")
        spec = spec_from_file_location("post-webhooks", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.cr, "19.0.1.1.0")
        self.assertFalse(table_exists(self.cr, "amili_webhook"), "no keys are left")
        self.assertFalse(self.sandbox.log(), "nothing is asked before the commit")
        with self.enter_registry_test_mode():
            self.cr.postcommit.run()
        self.env.invalidate_all()
        services = self.env["amili.service"].search([])
        return services.activity_ids.filtered(lambda a: "webhook" in a.summary)

    def test_removed(self):
        self.webhook()
        self.assertEqual(len(self.registered()), 1)
        self.assertFalse(self.upgrade())
        self.assertFalse(self.registered())

    def test_every_registration_with_the_keys_that_it_was_made_with(self):
        theirs = self.env["res.company"].create({"name": "Toinen Oy"})
        self.webhook(1)
        self.webhook(2, state="leaving", keys=OTHER)
        self.webhook(3, company=theirs, keys=OTHER)
        # The answer was lost: nobody but Maventa knows its ID.
        self.webhook(4, state="wanted", remote_id=None, attempt_count=1)
        for number in (4, 5):
            remote_id = f"99999999-0000-4000-8000-00000000000{number}"
            self.register(DEFAULT_COMPANY["client_id"], remote_id, number)
        self.assertFalse(self.upgrade())
        [others] = self.registered()
        self.assertEqual(others["destination"], f"{SECRET}-5", "not one of ours")
        self.assertFalse(self.registered(OTHER["client_id"]))

    def test_a_person_is_asked_where_maventa_does_not_remove_it(self):
        theirs = self.env["res.company"].create({"name": "Toinen Oy"})
        for name, change in (
            ("keys that are refused", {"keys": {**OTHER, "client_secret": "revoked"}}),
            ("no keys", {"keys": {**OTHER, "vendor_api_key": None}}),
            ("out of reach", {"environment": "production", "keys": OTHER}),
        ):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.sandbox.clear_log()
                self.webhook(1)
                self.webhook(2, company=theirs, **change)
                [activity] = self.upgrade()
                self.assertFalse(self.registered(), "the other one is removed")
                service = self.env["amili.service"].browse(activity.res_id)
                self.assertEqual(service.company_id, theirs)
                text = f"{activity.summary} {activity.note}"
                self.assertIn("Toinen Oy", text)
                for secret in ("T0ken", *OTHER.values(), "revoked"):
                    self.assertNotIn(secret, text)
                self.assertTrue(activity.user_id.has_group("base.group_system"))
                service._end_tasks()
                self.assertTrue(activity.exists(), "it is for a person to end")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_maventa_in_trouble(self):
        for fault in (
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 403},
            {"kind": "status", "status": 429},
            {"kind": "drop_before"},
            {"kind": "not_json"},
        ):
            with self.subTest(**fault), self.env.cr.savepoint() as savepoint:
                self.webhook()
                self.sandbox.clear_log()
                self.sandbox.fault(**fault, **LIST)
                self.assertEqual(len(self.upgrade()), 1)
                self.sandbox.clear_faults()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_silent_maventa_does_not_hold_up_the_upgrade(self):
        # What was left alone must not meet the next test.
        self.addCleanup(self.wait_for_threads)
        self.webhook()
        self.sandbox.clear_log()
        self.sandbox.fault("hang", seconds=3, **LIST)
        started = time.monotonic()
        with patch.object(webhook_removal, "LIMIT", 0.3):
            self.assertEqual(len(self.upgrade()), 1)
        self.assertLess(time.monotonic() - started, 3)

    def wait_for_threads(self):
        for thread in threading.enumerate():
            if thread.name == webhook_removal.NAME:
                thread.join()

    def test_what_may_still_be_on_its_way(self):
        """Maventa's list need not have it yet."""
        self.cr.execute("SELECT now() AT TIME ZONE 'UTC'")
        [now] = self.cr.fetchone()
        self.webhook(state="wanted", remote_id=None, attempt_count=1, claimed_at=now)
        self.assertEqual(len(self.upgrade()), 1)

    def test_maventa_is_asked_nothing_of_what_it_never_heard_of(self):
        self.webhook(state="wanted", remote_id=None)
        self.assertFalse(self.upgrade())
        self.assertFalse(self.sandbox.log())

    def test_a_database_without_webhooks(self):
        self.assertFalse(self.upgrade())
        # The second time there is no table any more.
        self.assertFalse(self.upgrade())
        self.assertFalse(self.sandbox.log())

    def test_nothing_secret_is_printed_or_logged(self):
        webhook = webhook_removal.Webhook(
            id=1,
            environment="sandbox",
            credentials=Credentials(*OTHER.values()),
            destination=SECRET,
            remote_id="",
            is_settled=True,
        )
        self.webhook()
        self.sandbox.clear_log()
        with self.assertLogs("odoo.addons.amili_perinta", 10) as logs:
            self.upgrade()
        told = f"{webhook!r} {' '.join(logs.output)}"
        for secret in ("T0ken", *OTHER.values(), *DEFAULT_COMPANY.values()):
            self.assertNotIn(secret, told)
