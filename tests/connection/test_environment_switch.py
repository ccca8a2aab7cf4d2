"""A company goes over to production while everything is under way in the sandbox.

Two sandboxes stand for two environments of Maventa. Each writes down who asked what,
so that what goes to the wrong one is seen.
"""

from contextlib import ExitStack
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import file_open

from ...maventa import contract
from ..sandbox_process import Sandbox
from ..upload_case import UploadCase

POST = {"path": "/v1/invoices$", "method": "POST"}
CRONS = (
    "process_queue",
    "poll_transfers",
    "sync_events",
    "sweep",
    "look_up",
    "uploads",
    "automate",
    "find_cases",
    "service",
)


@tagged("post_install", "-at_install")
class TestEverythingSwitched(UploadCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.new_home = Sandbox()
        cls.addClassCleanup(cls.new_home.stop)

    def setUp(self):
        super().setUp()
        self.new_home.reset(now="2026-10-20T09:00:00Z")
        hosts_for = contract.hosts_for

        def hosts(environment, sandbox_url=None):
            if environment == contract.PRODUCTION:
                return hosts_for(contract.SANDBOX, self.new_home.url)
            return hosts_for(environment, sandbox_url)

        self.startPatcher(patch.object(contract, "hosts_for", hosts))

    def later(self, **delta):  # pylint: disable=missing-return
        super().later(**delta)
        now = self.clock.time_to_freeze
        self.new_home.control("settings", {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"})

    def days(self, number):
        for _day in range(number):
            self.later(days=1)
            for name in CRONS:
                self.run_cron(name)

    def everything_under_way(self):
        """Bring one of each on its way; return what must not be told elsewhere."""
        self.active, self.pending = self.invoice(), self.invoice()
        self.activate(self.active)
        self.send(self.pending)
        self.unknown = self.invoice()
        self.sandbox.fault("drop_after", path="assignment/amili")
        self.send(self.unknown)
        self.assertEqual(self.unknown.amili_state, "unknown")
        self.waiting, self.lost, self.queued = (self.to_upload() for _n in range(3))
        self.upload(self.waiting)
        self.assertEqual(self.waiting.maventa_delivery_state, "waiting")
        self.queue_upload(self.lost)
        self.sandbox.fault("drop_after", **POST)
        self.run_uploads()
        self.assertEqual(self.lost.amili_upload_state, "unknown")
        self.elsewhere = self.invoice()
        self.sandbox.control(
            "cases", {"invoice_ids": [self.elsewhere.maventa_invoice_id]}
        )
        found = self.env["amili.found.case"].with_user(self.manager)
        found.action_look()
        self.run_cron("find_cases")
        [self.found] = found.search(found.action_open()["domain"])
        self.assertEqual(self.found.state, "ready")
        # What still waits for its turn when the company moves.
        self.queue_upload(self.queued)
        self.pay(self.active, 100)
        self.handed_over = self.invoice()
        self.hand_over(self.handed_over)
        moves = self.env["account.move"].union(
            self.active,
            self.pending,
            self.unknown,
            self.waiting,
            self.lost,
            self.queued,
            self.elsewhere,
            self.handed_over,
        )
        uploads = moves.amili_upload_ids
        cases = moves.amili_assignment_ids
        return [
            *filter(None, moves.mapped("maventa_invoice_id")),
            *uploads.mapped("uuid"),
            *filter(None, cases.mapped("remote_id")),
            self.found.remote_id,
            *(name.replace("/", "%2F") for name in moves.mapped("name")),
        ]

    def switch(self, environment):
        self.company.sudo().amili_environment = environment

    def test_nothing_goes_to_the_other_one(self):
        secrets = self.everything_under_way()
        self.sandbox.clear_log()
        self.switch("production")
        self.days(3)
        told = " ".join(f"{e['path']}?{e['query']}" for e in self.new_home.log())
        for secret in secrets:
            self.assertNotIn(secret, told)
        self.assertFalse(self.new_home.cases())
        self.assertFalse(self.new_home.control("invoices"))
        self.assertFalse(self.sandbox.log(), "nor is the old one asked any more")
        self.assertEqual(self.active.amili_state, "active")
        self.assertEqual(self.pending.amili_state, "pending")
        self.assertEqual(self.unknown.amili_state, "unknown")
        self.assertEqual(self.waiting.maventa_delivery_state, "waiting")
        self.assertEqual(self.lost.amili_upload_state, "unknown", "it waits")
        queued = self.queued.amili_upload_ids
        self.assertEqual(queued.state, "cancelled")
        self.assertFalse(queued.sudo().file, "what did not go out is not kept")
        self.assertEqual(self.handed_over.amili_state, "cancelled")

    def test_what_was_found_there_is_not_adopted_here(self):
        self.everything_under_way()
        self.switch("production")
        cases = self.found.with_user(self.manager)
        self.assertFalse(cases.search(cases.action_open()["domain"]))
        for act in (cases.action_adopt, cases.action_confirm):
            with self.assertRaises(UserError):
                act()
                # The window opens; what counts is its button.
                self.env["amili.adoption.wizard"].with_user(self.manager).create(
                    {"case_ids": cases.ids}
                ).action_adopt()
        self.assertFalse(self.elsewhere.amili_assignment_ids)

    def test_back_again_everything_goes_on(self):
        self.everything_under_way()
        self.switch("production")
        self.days(2)
        self.sandbox.control(f"invoices/{self.waiting.maventa_invoice_id}/deliver", {})
        self.switch("sandbox")
        self.sandbox.amili(self.pending, "accept")
        self.sandbox.amili(self.unknown, "accept")
        self.new_home.clear_log()
        self.days(2)
        self.assertEqual(self.pending.amili_state, "active")
        self.assertEqual(self.unknown.amili_state, "active")
        self.assertEqual(self.waiting.maventa_delivery_state, "delivered")
        case = self.active.amili_assignment_id
        [report] = case.event_ids.filtered(lambda e: e.direction == "outbound")
        self.assertEqual(report.state, "done")
        self.assertEqual(self.sandbox.case(self.active)["events"][0]["amount"], 100)
        # Maventa had it all the time.
        self.assertEqual(self.lost.amili_upload_state, "sent")
        self.assertFalse(self.new_home.log())

    def test_a_clerk_sees_where_it_is(self):
        self.everything_under_way()
        self.switch("production")
        self.assertTold(self.active, "Sandbox on this machine", "not followed")
        text = self.waiting.with_user(self.clerk).amili_upload_text
        self.assertIn("another environment", text)
        alert = self.waiting._amili_get_alerts()[self.waiting.id]["no_maventa_id"]
        self.assertIn("Production", alert["message"])

    def test_a_copy_of_the_database_is_silent(self):
        """Nor does it hold what would let somebody sign or send."""
        self.everything_under_way()
        service = self.company.amili_service_id.sudo()
        service.write(
            {
                "state": "queued",
                "request": {"iban": "FI2112345600000785"},
                "activation_url": "https://kyc.example/sign-for-me",
            }
        )
        self.env.flush_all()
        self.sandbox.clear_log()
        with file_open("amili_perinta/data/neutralize.sql") as file:
            self.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertEqual(service.state, "none")
        self.assertFalse(service.request)
        self.assertFalse(service.activation_url)
        self.assertEqual(self.queued.amili_upload_ids.state, "cancelled")
        self.assertFalse(self.queued.amili_upload_ids.sudo().email)
        self.assertEqual(self.handed_over.amili_state, "cancelled")
        self.days(2)
        self.assertFalse(self.sandbox.log())
        self.assertFalse(self.new_home.log())

    def test_activation_under_way_asks_nobody_else(self):
        for state in ("queued", "sending", "unknown", "pending"):
            with self.subTest(state=state):
                service = self.env["amili.service"]._get_or_create(self.company)
                service.write(
                    {
                        "state": state,
                        "request": {"iban": "FI2112345600000785"},
                        "claimed_at": "2026-10-20 08:00:00",
                        "next_try_at": "2026-10-20 08:00:00",
                    }
                )
                self.sandbox.clear_log()
                self.switch("production")
                self.days(2)
                self.assertFalse(self.new_home.log("PUT"))
                self.assertFalse(self.sandbox.log())
                expected = "none" if state == "queued" else state
                self.assertEqual(service.state, expected)
                self.switch("sandbox")
                self.later(days=1)
                self.run_cron("service")
                self.assertFalse(self.sandbox.log("PUT"), "asked for, not sent again")
                self.assertEqual(service.state, "active")


@tagged("post_install", "-at_install")
class TestSwitchedMeanwhile(TestEverythingSwitched):
    """The company moves in the moment between choosing what to do and the call."""

    test_nothing_goes_to_the_other_one = None
    test_what_was_found_there_is_not_adopted_here = None
    test_back_again_everything_goes_on = None
    test_a_copy_of_the_database_is_silent = None
    test_a_clerk_sees_where_it_is = None
    test_activation_under_way_asks_nobody_else = None

    def switch_at(self, model, name, **values):
        """Let an administrator change the company when a method has just run."""
        cls = type(self.env[model])
        method = getattr(cls, name)

        def switch_meanwhile(records, *args, **kwargs):
            result = method(records, *args, **kwargs)
            self.env["res.company"].browse(self.company.id).with_env(
                records.env(su=True)
            ).write(values or {"amili_environment": "production"})
            return result

        return patch.object(cls, name, switch_meanwhile)

    def test_sending_to_another_account_of_the_same_environment(self):
        """What was queued for one Maventa company is not sent for another."""
        move = self.to_upload()
        self.queue_upload(move)
        other = {
            "client_id": "22222222-2222-4222-8222-222222222222",
            "client_secret": "other-secret",
            "vendor_api_key": "sandbox-vendor",
        }
        self.sandbox.control(
            "companies", {**other, "name": "Toinen", "bid": "2077474-0"}
        )
        values = {f"amili_{key}": value for key, value in other.items()}
        uploads = type(self.env["amili.invoice.upload"])
        claim = uploads._claim

        def switch_meanwhile(records, company, states, *args):
            if states == ("queued",):
                company.sudo().write(values)
            return claim(records, company, states, *args)

        with patch.object(uploads, "_claim", switch_meanwhile):
            self.run_uploads()
        self.assertEqual(move.amili_upload_state, "queued")
        self.assertFalse(self.upload_posts())
        self.run_uploads(hours=1)
        self.assertEqual(move.amili_upload_state, "cancelled")
        self.assertIn("Send it again", move.amili_upload_text)
        self.assertFalse(self.invoices_at_maventa())

    def test_asking_for_what_is_unknown(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.fault("drop_before", **POST)
        self.run_uploads()
        self.later(minutes=10)
        uploads = type(self.env["amili.invoice.upload"])
        due_query = uploads._get_due_query
        with ExitStack() as stack:

            def choose(records, company, states):
                if states == ("unknown",):
                    switch = self.switch_at("amili.invoice.upload", "_commit")
                    stack.enter_context(switch)
                return due_query(records, company, states)

            stack.enter_context(patch.object(uploads, "_get_due_query", choose))
            self.run_uploads()
        self.assertFalse(self.new_home.log(), "it never had it, so it is not asked")

    def test_following_a_delivery(self):
        move = self.to_upload()
        self.upload(move)
        self.later(minutes=10)
        with self.switch_at("amili.invoice.upload", "_commit"):
            self.run_uploads()
        self.assertFalse(self.new_home.log())

    def test_looking_up(self):
        """An ID of one environment never passes for one of the other."""
        move = self.invoice()
        there = move.maventa_invoice_id
        move.maventa_invoice_id = False
        self.new_home.add_invoice(move, id="99999999-0000-4000-8000-000000000042")
        move.with_user(self.clerk)._amili_want_look_up()
        self.sandbox.control("invoices", {"id": there, "number": move.name})
        with self.switch_at("amili.cron.mixin", "_commit"):
            self.run_cron("look_up")
        self.run_cron("look_up")
        self.assertEqual(move.maventa_environment, "production")
        self.assertEqual(
            move.maventa_invoice_id, "99999999-0000-4000-8000-000000000042"
        )
