from contextlib import contextmanager

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open

from .common import QueueCase
from .sandbox_process import DEFAULT_COMPANY

POST = {"path": "company/notifications", "method": "POST"}
LIST = {"path": "company/notifications", "method": "GET"}
DELETE = {"path": "company/notifications", "method": "DELETE"}
OTHER = {
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "other-secret",
    "vendor_api_key": "sandbox-vendor",
}


@tagged("post_install", "-at_install")
class TestRegistration(QueueCase):
    """An address is registered once, and removed from where it was registered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.new_user("administrator", "base.group_system")

    def setUp(self):
        super().setUp()
        self.sandbox.control(
            "companies", {**OTHER, "name": "Toinen", "bid": "2077474-0"}
        )
        self.company.amili_webhook_wanted = False

    @property
    def webhook(self):
        self.env.invalidate_all()
        return self.company.amili_webhook_id

    def register(self):
        self.company.with_user(self.administrator).action_amili_webhook_register()
        return self.follow()

    def follow(self, **delta):
        if delta:
            self.later(**delta)
        self.run_cron("service")
        return self.webhook

    @contextmanager
    def worker(self):
        """Return an environment that may commit, as a cron has it."""
        with self.enter_registry_test_mode(), self.env.registry.cursor() as cr:
            yield self.env(cr=cr, su=True)

    def subscriptions(self, client_id=DEFAULT_COMPANY["client_id"]):
        return [
            subscription["destination"]
            for company in self.sandbox.control("companies")
            for subscription in company["subscriptions"]
            if company["client_id"] == client_id
        ]

    def posts_of(self, path=POST["path"], method="POST"):
        return self.sandbox.log(method, path)

    def leaving(self):
        return self.env["amili.webhook"].search([("state", "=", "leaving")])

    def test_registered(self):
        webhook = self.register()
        self.assertEqual(webhook.state, "registered")
        self.assertEqual(self.subscriptions(), [webhook.destination])
        self.assertGreaterEqual(len(webhook.secret), 43)
        self.assertIn(webhook.secret, webhook.destination)
        self.assertFalse(webhook.client_secret, "no keys are kept without need")
        self.register()
        self.assertEqual(len(self.posts_of()), 1)

    def test_lost_answers(self):
        for kind in ("drop_after", "truncate", "hang"):
            with self.subTest(kind):
                self.company.action_amili_webhook_unregister()
                self.follow(hours=1)
                self.be_impatient()
                self.sandbox.fault(
                    kind, **POST, **({"seconds": 2} if kind == "hang" else {})
                )
                webhook = self.register()
                self.assertEqual(webhook.state, "wanted")
                webhook = self.follow(minutes=10)
                self.assertEqual(webhook.state, "registered")
                self.assertEqual(self.subscriptions(), [webhook.destination])

    def test_registration_that_did_not_arrive(self):
        self.sandbox.fault("status", status=500, **POST)
        self.assertEqual(self.register().state, "wanted")
        self.follow(minutes=2)
        self.assertEqual(len(self.posts_of()), 1, "Maventa may still be busy")
        self.assertEqual(self.follow(minutes=4).state, "registered")
        self.assertEqual(len(self.subscriptions()), 1)

    def test_refused(self):
        self.sandbox.fault(
            "status", status=422, body={"message": "Address not allowed"}, **POST
        )
        webhook = self.register()
        self.assertEqual(webhook.state, "refused")
        self.assertIn("Address not allowed", webhook.error_message)
        self.follow(days=1)
        self.assertEqual(len(self.posts_of()), 1)
        self.assertEqual(self.register().state, "registered")

    def test_unregistered(self):
        self.register()
        self.company.with_user(self.administrator).action_amili_webhook_unregister()
        self.assertFalse(self.follow())
        self.assertFalse(self.subscriptions())
        self.assertFalse(self.leaving())
        self.follow(hours=1)
        self.assertFalse(self.subscriptions())

    def test_removed_with_the_old_keys_when_the_account_changes(self):
        old = self.register()
        self.connect(self.company, **OTHER)
        self.assertEqual(old.state, "leaving")
        self.assertEqual(old.client_secret, DEFAULT_COMPANY["client_secret"])
        webhook = self.follow()
        self.assertFalse(old.exists(), "the keys go with it")
        self.assertFalse(self.subscriptions())
        # It was wanted, so it is wanted there as well.
        self.assertEqual(self.subscriptions(OTHER["client_id"]), [webhook.destination])

    def test_removed_when_the_environment_changes(self):
        old = self.register()
        self.company.amili_environment = "test"
        self.assertFalse(self.webhook, "this Odoo has no public address")
        self.assertEqual(old.state, "leaving")
        # Whatever is asked of another address fails the test.
        with self.worker() as env:
            env["amili.webhook"]._process()
        self.assertFalse(self.subscriptions())
        self.company.amili_environment = "sandbox"
        self.assertEqual(self.follow().state, "registered")

    def test_removed_when_the_company_is_archived(self):
        company = self.env["res.company"].create({"name": "Vanha Oy"})
        self.connect(company)
        company.action_amili_webhook_register()
        self.follow()
        self.assertEqual(len(self.subscriptions()), 1)
        company.active = False
        self.follow()
        self.assertFalse(self.subscriptions())

    def test_nothing_is_asked_of_maventa_that_it_never_heard_of(self):
        self.company.action_amili_webhook_register()
        self.company.action_amili_webhook_unregister()
        self.follow()
        self.assertFalse(self.posts_of())
        self.assertFalse(self.posts_of(method="DELETE"))

    def test_left_while_it_was_being_registered(self):
        """The answer comes when the account has been left already."""
        self.company.action_amili_webhook_register()
        webhook = self.webhook
        with self.worker() as env:
            company = self.company.with_env(env)
            claimed, calls = env["amili.webhook"]._claim_all(company)
            company.action_amili_webhook_unregister()
            [(work, client, destination)] = calls
            with client:
                answer = work(client, destination)
            claimed._record_all([(work, answer)], "_apply")
        self.env.invalidate_all()
        self.assertEqual(webhook.state, "leaving")
        self.assertEqual(len(self.subscriptions()), 1)
        self.follow(minutes=11)
        self.assertFalse(self.subscriptions())
        self.assertFalse(webhook.exists())

    def test_left_before_maventa_was_done_with_the_registration(self):
        """Its list may not hold yet what it is still busy with."""
        self.sandbox.fault("drop_before", **POST)
        destination = self.register().destination
        self.company.action_amili_webhook_unregister()
        self.follow()
        self.assertTrue(self.leaving(), "it may still come")
        with self.company._amili_client() as client:
            client.subscribe(destination)
        self.follow(minutes=6)
        self.assertFalse(self.subscriptions())
        self.assertFalse(self.leaving())

    def test_keys_that_do_not_work_any_more(self):
        """After a week a person is told, and the keys are erased."""
        old = self.register()
        self.change_company(client_secret="revoked")
        self.connect(self.company, **OTHER)
        for _day in range(6):
            self.follow(days=1)
        self.assertTrue(old.exists())
        self.follow(days=2)
        self.assertFalse(old.exists())
        task = self.company.amili_service_id.activity_ids
        self.assertIn("remove a webhook", task.summary)
        self.change_company(client_secret=DEFAULT_COMPANY["client_secret"])

    def test_trouble_with_the_list_registers_nothing_twice(self):
        self.sandbox.fault("status", status=500, times=2, **LIST)
        self.assertEqual(self.register().state, "wanted")
        self.assertFalse(self.posts_of())
        self.follow(minutes=10)
        self.assertEqual(self.follow(minutes=30).state, "registered")
        self.sandbox.fault("status", status=500, **DELETE)
        self.company.action_amili_webhook_unregister()
        self.follow()
        self.assertTrue(self.leaving())
        self.follow(minutes=10)
        self.assertFalse(self.leaving())
        self.assertFalse(self.subscriptions())

    def test_no_address_that_maventa_could_call(self):
        parameters = self.env["ir.config_parameter"].sudo()
        self.company.amili_environment = "production"
        for address in (
            "http://localhost:8069",
            "https://localhost",
            "http://odoo.firma.example",
            "https://192.168.1.2",
            "https://odoo",
            "https://odoo.local",
            "https://[",
            "",
        ):
            parameters.set_param("web.base.url", address)
            with self.subTest(address), self.assertRaisesRegex(UserError, "https"):
                self.company.action_amili_webhook_register()
        parameters.set_param("web.base.url", "https://odoo.firma.example/")
        self.company.action_amili_webhook_register()
        self.assertTrue(
            self.webhook.destination.startswith(
                f"https://odoo.firma.example/amili_perinta/webhook/{self.webhook.id}."
            )
        )

    def test_administrators_alone(self):
        webhook = self.register()
        for user in (self.clerk, self.manager, self.outsider):
            company = self.company.with_user(user)
            for call in (
                company.action_amili_webhook_register,
                company.action_amili_webhook_unregister,
                company.action_amili_webhook_renew,
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    call()
            with self.assertRaises(AccessError):
                webhook.with_user(user).read(["state"])
        with self.assertRaises(AccessError):
            webhook.with_user(self.administrator).write({"secret": "known"})

    def test_secrets_are_never_logged(self):
        with self.assertLogs("odoo.addons.amili_perinta", 20) as logs:
            webhook = self.register()
            self.sandbox.fault("status", status=500, times=None, **LIST)
            self.company.action_amili_webhook_unregister()
            secret = webhook.secret
            self.follow()
        self.sandbox.clear_faults()
        self.assertNotIn(secret, " ".join(logs.output))

    def test_a_copy_of_the_database_is_silent(self):
        self.register()
        self.connect(self.company, **OTHER)
        self.assertTrue(self.leaving())
        self.env.flush_all()
        with file_open("amili_perinta/data/neutralize.sql") as file:
            self.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.env["amili.webhook"].search([]))
        self.assertFalse(self.company.amili_webhook_wanted)
        before = len(self.sandbox.log())
        self.follow(days=1)
        self.assertEqual(len(self.sandbox.log()), before)
