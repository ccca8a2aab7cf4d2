"""Who may do what with activation, uploads, found cases, webhooks, contract check."""

import itertools
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from ..maventa import connection
from .common import AmiliCommon
from .test_security import OUR_MODELS, SecurityCommon

NAMES_OF_ROW_RULES = ("company_id", "company_ids", "create_uid")
WIZARDS = {
    "amili.activation.wizard": {},
    "amili.adoption.wizard": {},
    "amili.contract.check": {},
    "amili.upload.wizard": {},
}


class ConnectedCase(AmiliCommon):
    """Two companies, each with something of everything, and people around them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.connect(cls.other, client_id="22222222-2222-4222-8222-222222222222")
        cls.employee = cls.new_user("g_employee", "base.group_user")
        cls.portal = cls.new_user("g_portal", "base.group_portal")
        cls.public = cls.new_user("g_public", "base.group_public")
        cls.reader = cls.new_user("g_reader", "account.group_account_readonly")
        cls.accountant = cls.new_user("g_accountant", "account.group_account_manager")
        cls.administrator = cls.new_user(
            "g_administrator", "base.group_system,account.group_account_invoice"
        )
        cls.their_manager, cls.their_administrator = (
            cls.new_user(
                f"g_theirs{number}", groups, companies=cls.company + cls.other
            )
            for number, groups in enumerate(
                (
                    "amili_perinta.group_amili_manager",
                    "base.group_system,amili_perinta.group_amili_manager",
                )
            )
        )
        (cls.their_manager + cls.their_administrator).write(
            {"company_id": cls.other.id, "company_ids": [Command.set(cls.other.ids)]}
        )

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(connection, "_TOKENS", connection.TokenCache()))
        self.move = self.invoice()
        self.mine = self.one_of_each(self.company, self.move)
        self.env.flush_all()

    @classmethod
    def one_of_each(cls, company, move):
        """Return a record of each stored model of a company."""
        env = cls.env(su=True)
        return {
            "amili.service": env["amili.service"].create(
                {
                    "company_id": company.id,
                    "environment": "sandbox",
                    "account": company.amili_client_id,
                    "state": "pending",
                    "request": {"iban": "FI2112345600000785"},
                    "activation_url": "https://kyc.example/sign-for-me",
                }
            ),
            "amili.webhook": env["amili.webhook"].create(
                {
                    "company_id": company.id,
                    "environment": "sandbox",
                    "client_secret": "kept-secret",
                    "destination": "https://odoo.example/hook",
                }
            ),
            "amili.found.case": env["amili.found.case"].create(
                {
                    "company_id": company.id,
                    "environment": "sandbox",
                    "remote_id": f"case-{company.id}",
                    "number": "LASKU-SALAINEN",
                    "total_amount": 777.0,
                    "business_id": "2077474-0",
                    "currency_id": cls.euro.id,
                }
            ),
            "amili.invoice.upload": env["amili.invoice.upload"].create(
                {
                    "move_id": move.id,
                    "company_id": company.id,
                    "environment": "sandbox",
                    "filename": "lasku.xml",
                    "file": b"PGludm9pY2UvPg==",
                    "email": "maija@malli.example",
                    "account": company.amili_client_id,
                }
            ),
        }

    def assert_refused(self, call):
        with mute_logger(
            "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule"
        ):
            self.assertRaises(AccessError, call)

    def ways_to_read(self, record):
        """Yield every way by which people or their programs read a record."""
        yield "read", lambda: record.read(["id", "display_name", "create_date"])
        yield "web_read", lambda: record.web_read({"display_name": {}})
        yield "attribute", lambda: record.create_date

    def ways_to_find(self, record):
        """Yield every way to find a record; each answers empty, or refuses."""
        model = record.browse()
        mine = [("id", "=", record.id)]
        yield "search", lambda: model.search(mine)
        yield "count", lambda: model.search_count(mine)
        yield "search_read", lambda: model.search_read(mine, ["id"])
        yield "name_search", lambda: model.name_search("", mine)
        yield "group", lambda: model.formatted_read_group(mine, [], ["__count"])[0]["__count"]
        yield "web", lambda: model.web_search_read(mine, {"id": {}})["records"]


@tagged("post_install", "-at_install")
class TestModels(ConnectedCase):
    """The models themselves, whoever asks and however."""

    def test_each_model_is_looked_at(self):
        """Who adds a model adds it to the lists of the tests."""
        ours = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == "amili_perinta" and not model._abstract
        }
        missing = ours - set(OUR_MODELS)
        self.assertFalse(missing)

    def test_each_model_has_a_rule_and_no_right_without_a_group(self):
        for name in OUR_MODELS:
            with self.subTest(model=name):
                model = self.env["ir.model"]._get(name)
                rules = model.rule_ids.filtered(lambda rule: not rule.groups)
                self.assertTrue(rules.filtered("active"), "everybody's row rule")
                for rule in rules:
                    self.assertTrue(
                        any(word in rule.domain_force for word in NAMES_OF_ROW_RULES)
                    )
                    self.assertTrue(rule.perm_read and rule.perm_write)
                    self.assertTrue(rule.perm_create and rule.perm_unlink)
                for access in model.access_ids:
                    self.assertTrue(access.group_id, access.name)
                    if not self.env[name]._transient and name != "amili.co.debtor":
                        self.assertFalse(
                            access.perm_write or access.perm_create or access.perm_unlink,
                            "the code of the addon alone writes these",
                        )

    def test_outside_accounting_nothing_is_read(self):
        for user, record in itertools.product(
            (self.portal, self.public, self.employee), self.mine.values()
        ):
            record = record.with_user(user)
            ways = (*self.ways_to_read(record), *self.ways_to_find(record))
            for way, ask in ways:
                with self.subTest(user=user.login, model=record._name, way=way):
                    self.env.invalidate_all()
                    self.assert_refused(ask)

    def test_who_reads_what(self):
        may = {
            "amili.service": {"reader", "outsider", "clerk", "manager", "administrator"},
            "amili.invoice.upload": {"reader", "outsider", "clerk", "manager", "administrator"},
            "amili.found.case": {"manager"},
            "amili.webhook": {"administrator"},
        }
        for model, names in may.items():
            for name in ("reader", "outsider", "clerk", "manager", "administrator"):
                record = self.mine[model].with_user(getattr(self, name))
                self.env.invalidate_all()
                with self.subTest(user=name, model=model):
                    if name in names:
                        self.assertTrue(record.read(["display_name"]))
                    else:
                        self.assert_refused(lambda r=record: r.read(["display_name"]))

    def test_of_another_company_nothing_is_read(self):
        for user, record in itertools.product(
            (self.their_manager, self.their_administrator), self.mine.values()
        ):
            record = record.with_user(user)
            for way, ask in self.ways_to_read(record):
                with self.subTest(user=user.login, model=record._name, way=way):
                    self.env.invalidate_all()
                    self.assert_refused(ask)
            for way, ask in self.ways_to_find(record):
                with self.subTest(user=user.login, model=record._name, way=way):
                    self.env.invalidate_all()
                    try:
                        with mute_logger("odoo.addons.base.models.ir_model"):
                            found = ask()
                    except AccessError:
                        continue
                    self.assertFalse(found)

    def test_nobody_writes_them(self):
        people = (
            self.portal,
            self.employee,
            self.reader,
            self.outsider,
            self.clerk,
            self.manager,
            self.accountant,
            self.administrator,
        )
        for user, (name, record) in itertools.product(people, self.mine.items()):
            record = record.with_user(user)
            acts = {
                "write": lambda r=record: r.write({"company_id": self.other.id}),
                "unlink": lambda r=record: r.unlink(),
                "create": lambda r=record: r.browse().create(
                    {"company_id": self.company.id, "environment": "sandbox"}
                ),
                "copy": lambda r=record: r.copy(),
                "import": lambda r=record: r.browse().create(
                    [{"company_id": self.other.id, "environment": "sandbox"}]
                ),
            }
            for act, do in acts.items():
                with self.subTest(user=user.login, model=name, act=act):
                    self.env.invalidate_all()
                    self.assert_refused(do)


@tagged("post_install", "-at_install")
class TestHiddenFields(SecurityCommon):
    """What lets one act for the company, and what goes out of it, are nobody's."""

    def setUp(self):
        super().setUp()
        self.administrator = self.new_user(
            "h_administrator",
            "base.group_system,account.group_account_invoice,base.group_allow_export",
        )
        self.records = ConnectedCase.one_of_each.__func__(
            type(self), self.company, self.move
        )

    def test_service(self):
        service = self.records["amili.service"].sudo(False)
        for name, value in (
            ("activation_url", "https://kyc.example/sign-for-me"),
            ("request", "iban"),
            ("account", self.company.sudo().amili_client_id),
        ):
            for user in (self.reader, self.outsider, self.clerk, self.manager):
                self.assert_hidden(user, service, name, value)
            seen = service.with_user(self.administrator).read([name])[0][name]
            self.assertIn(value, seen)

    def test_upload(self):
        upload = self.records["amili.invoice.upload"].sudo(False)
        for name, value in (
            ("email", "maija@malli.example"),
            ("account", self.company.sudo().amili_client_id),
        ):
            for user in (self.reader, self.outsider, self.clerk, self.manager):
                self.assert_hidden(user, upload, name, value)
        for user in (self.reader, self.outsider, self.clerk, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    upload.with_user(user).read(["file"])
                self.assertNotIn("file", upload.with_user(user).fields_get())
                files = self.env["ir.attachment"].sudo().search(
                    [
                        ("res_model", "=", upload._name),
                        ("res_field", "=", "file"),
                        ("res_id", "=", upload.id),
                    ]
                )
                self.assertTrue(files)
                with self.assertRaises(AccessError):
                    files.with_user(user).read(["datas"])

    def test_company(self):
        for name, value in (
            ("amili_webhook_wanted", True),
            ("amili_webhook_id", 1),
            ("amili_webhook_ids", 1),
            ("amili_service_id", 1),
            ("amili_service_ids", 1),
        ):
            for user in (self.portal, self.employee, self.clerk, self.manager):
                with self.subTest(user=user.login, field=name):
                    company = self.company.with_user(user)
                    self.assertNotIn(name, company.fields_get())
                    for ask in (
                        lambda c=company, n=name: c.read([n]),
                        lambda c=company, n=name: c[n],
                        lambda c=company, n=name: c.search([(n, "!=", False)]),
                        lambda c=company, n=name: c.search([(f"{n}.id", "=", 1)])
                        if n.endswith(("_id", "_ids"))
                        else c.search([(n, "=", True)]),
                    ):
                        self.env.invalidate_all()
                        with self.assertRaises(AccessError):
                            ask()

    def test_customers_hear_nothing_of_the_account_at_maventa(self):
        """Everybody may read the company, customers in the portal too."""
        names = [
            name
            for name in self.company._fields
            if name.startswith("amili_") and not name.startswith("amili_payout")
        ]
        for user in (self.portal, self.public):
            told = self.company.with_user(user).fields_get(names)
            with self.subTest(user=user.login):
                for name in (
                    "amili_find_problem",
                    "amili_find_user_id",
                    "amili_find_wanted",
                    "amili_found_at",
                    "amili_found_count",
                    "amili_service_state",
                ):
                    self.assertNotIn(name, told)


@tagged("post_install", "-at_install")
class TestWizards(ConnectedCase):
    """A wizard is made by whoever may, with what is their own."""

    def test_who_may_make_them(self):
        may = {
            "amili.activation.wizard": {self.administrator},
            "amili.adoption.wizard": {self.manager},
            "amili.contract.check": {self.administrator},
            "amili.upload.wizard": {self.clerk, self.manager},
        }
        people = (
            self.portal,
            self.public,
            self.employee,
            self.reader,
            self.outsider,
            self.accountant,
            self.clerk,
            self.manager,
            self.administrator,
        )
        for (model, names), user in itertools.product(may.items(), people):
            wizards = self.env[model].with_user(user)
            with self.subTest(user=user.login, model=model):
                self.env.invalidate_all()
                if user in names:
                    self.assertTrue(wizards.create({}))
                else:
                    self.assert_refused(lambda w=wizards: w.create({}))

    def test_of_others_are_closed(self):
        pairs = (
            ("amili.activation.wizard", self.administrator, "base.group_system"),
            ("amili.adoption.wizard", self.manager, "amili_perinta.group_amili_manager"),
            ("amili.contract.check", self.administrator, "base.group_system"),
            ("amili.upload.wizard", self.clerk, "amili_perinta.group_amili_user"),
        )
        for number, (model, user, group) in enumerate(pairs):
            wizard = self.env[model].with_user(user).create({})
            second = self.new_user(f"g_second{number}", group)
            own = wizard.with_user(second)
            self.env.flush_all()
            for act in (
                lambda w=own: w.read(["create_date"]),
                lambda w=own: w.write({"create_uid": second.id}),
            ):
                with self.subTest(model=model):
                    self.env.invalidate_all()
                    self.assert_refused(act)

    def test_upload_wizard_takes_no_invoice_of_another_company(self):
        theirs = self.invoice(company=self.other, known=False)
        lines = self.env["amili.upload.wizard"].with_user(self.clerk)
        line = Command.create({"move_id": theirs.id, "delivery": "deliver"})
        self.assert_refused(lambda: lines.create({"line_ids": [line]}))
        context = {"active_model": "account.move", "active_ids": theirs.ids}
        self.assert_refused(lambda: lines.with_context(**context).create({}))
        self.assert_refused(
            lambda: lines.with_context(**context).default_get(["line_ids"])
        )
        both = {**context, "active_ids": (self.move + theirs).ids}
        self.assert_refused(lambda: lines.with_context(**both).create({}))
        self.assert_refused(
            (self.move + theirs).with_user(self.clerk).action_amili_upload
        )

    def test_upload_line_tells_nothing_of_an_invoice_of_another_company(self):
        theirs = self.invoice(company=self.other, known=False, amount=777.0)
        lines = self.env["amili.upload.wizard.line"].with_user(self.clerk)
        names = ("move_id", "partner_id", "amount_total", "is_move_sent", "problem")
        spec = {name: {} for name in names} | {
            "move_id": {"fields": {"display_name": {}}}
        }
        self.env.invalidate_all()
        self.assert_refused(
            lambda: lines.onchange({"move_id": theirs.id}, ["move_id"], spec)
        )

    def test_adoption_wizard_takes_no_case_of_another_company(self):
        wizards = self.env["amili.adoption.wizard"].with_user(self.their_manager)
        case = self.mine["amili.found.case"]
        self.assert_refused(
            lambda: wizards.create({"case_ids": [Command.set(case.ids)]})
        )
        self.assert_refused(
            lambda: wizards.with_context(default_case_ids=case.ids).create({})
        )
        own = wizards.create({})
        self.assert_refused(lambda: own.write({"case_ids": [Command.link(case.id)]}))
        # What the form asks while it is being filled in.
        names = ("case_ids", "number", "total_amount", "business_id", "summary")
        spec = {name: {} for name in names}
        self.env.invalidate_all()
        try:
            answer = wizards.onchange({"case_ids": [[4, case.id]]}, ["case_ids"], spec)
        except AccessError:
            return
        self.assertNotIn("SALAINEN", str(answer))
        self.assertNotIn("777", str(answer))

    def test_adoption_wizard_shows_no_invoice_that_its_user_cannot_see(self):
        theirs = self.invoice(company=self.other, known=False)
        wizard = self.env["amili.adoption.wizard"].with_user(self.manager).create({})
        wizard.move_id = theirs.id
        self.env.flush_all()
        for name in ("move_total", "move_date", "partner_id", "move_business_id"):
            self.env.invalidate_all()
            with self.subTest(field=name):
                self.assert_refused(lambda n=name: wizard.read([n]))

    def test_activation_wizard_is_of_ones_own_company(self):
        """Nor does it tell what was entered for another company before."""
        wizards = self.env["amili.activation.wizard"].with_user(
            self.their_administrator
        )
        tricked = wizards.with_context(default_company_id=self.company.id)
        self.mine["amili.service"].request = {"contact_person": "Salainen Sihteeri"}
        self.env.flush_all()
        self.env.invalidate_all()
        try:
            told = tricked.default_get(list(wizards._fields))
        except AccessError:
            told = {}
        self.assertNotIn("Salainen", str(told))
        self.assert_refused(lambda: tricked.create({}))
        self.assert_refused(lambda: wizards.create({"company_id": self.company.id}))
        own = wizards.create({})
        with self.assertRaises(UserError):
            own.write({"company_id": self.company.id})
            own.flush_recordset()
            own.action_activate()

    def test_contract_check_is_of_ones_own_company(self):
        checks = self.env["amili.contract.check"].with_user(self.their_administrator)
        self.sandbox.clear_log()
        with self.assertRaises(UserError):
            check = checks.create({"company_id": self.company.id})
            self.env.invalidate_all()
            check.action_check()

    def test_lines_cannot_be_put_into_the_wizard_of_another(self):
        wizard = self.env["amili.upload.wizard"].with_user(self.clerk).create({})
        second = self.new_user("g_line", "amili_perinta.group_amili_user")
        lines = self.env["amili.upload.wizard.line"].with_user(second)
        lines.create({"wizard_id": wizard.id, "move_id": self.move.id})
        self.env.invalidate_all()
        # The owner does not send what somebody else has put there.
        with self.assertRaises(UserError):
            wizard.action_upload()


@tagged("post_install", "-at_install")
class TestConnectedRpc(ConnectedCase, HttpCase):
    """The same through the front door."""

    def rpc(self, user, model, method, *args, **kwargs):
        self.authenticate(user and user.login, user and user.login)
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def assert_rpc_refused(self, user, model, method, *args, **kwargs):
        with self.subTest(user=user and user.login, model=model, method=method):
            with self.assertRaises(JsonRpcException) as caught:
                with mute_logger(
                    "odoo.http",
                    "odoo.addons.base.models.ir_model",
                    "odoo.addons.base.models.ir_rule",
                ):
                    self.rpc(user, model, method, *args, **kwargs)
            self.assertNotIn("sign-for-me", str(caught.exception))
            self.assertNotIn("kept-secret", str(caught.exception))
            self.assertNotIn("sandbox-secret", str(caught.exception))

    def test_what_is_private_cannot_be_called(self):
        service, webhook = self.mine["amili.service"], self.mine["amili.webhook"]
        upload, case = self.mine["amili.invoice.upload"], self.mine["amili.found.case"]
        for user in (self.administrator, self.manager, self.portal):
            for record, method, *args in (
                (service, "_start", {"iban": "x"}),
                (service, "_take", {}),
                (service, "_make", self.company.id),
                (service, "_cron_follow"),
                (webhook, "_wake", "1.x"),
                (webhook, "_make", self.company.id, "https://evil.example"),
                (webhook, "_leave", {}),
                (webhook, "_process"),
                (upload, "_queue", []),
                (upload, "_set_state", "sent"),
                (upload, "_cron_process"),
                (upload, "_wire"),
                (case, "_adopt"),
                (case, "_place", "ready"),
                (case, "_look", self.company.id),
                (case, "_cron_find_cases"),
                (self.company, "_amili_set_service", {}),
                (self.company, "_amili_keys"),
                (self.company, "_amili_connect", "test", "a", "b", "c"),
                (self.company, "_amili_look_now"),
                (self.company, "_amili_compare_contract"),
                (self.company, "_amili_compare_contract_file", "{}"),
                (self.move, "_amili_take_invoice", {}, "sandbox"),
                (self.move, "_amili_follow_deliveries"),
                (self.move, "_amili_give_task", "a", "b", 1),
            ):
                self.assert_rpc_refused(user, record._name, method, record.ids, *args)

    def test_what_is_public_checks_who_calls(self):
        """By RPC nothing keeps anybody from calling a button of somebody else."""
        service, case = self.mine["amili.service"], self.mine["amili.found.case"]
        company, move = self.company, self.move
        administration = (
            (service, "action_activate"),
            (service, "action_mail_instead"),
            (service, "action_open_identification"),
            (service, "action_test_connection"),
            (company, "action_amili_activate"),
            (company, "action_amili_test_connection"),
            (company, "action_amili_webhook_register"),
            (company, "action_amili_webhook_renew"),
            (company, "action_amili_webhook_unregister"),
        )
        adoption = (
            (case, "action_adopt"),
            (case, "action_confirm"),
            (case, "action_ignore"),
            (case, "action_restore"),
            (case.browse(), "action_look"),
            (case.browse(), "action_open"),
            (case.browse(), "action_confirm_all"),
            (case.browse(), "look_status"),
        )
        uploading = (
            (move, "action_amili_upload"),
            (move, "action_amili_cancel_upload"),
        )
        outside = (self.portal, self.public, self.employee, None)
        for users, calls in (
            ((*outside, self.reader, self.clerk, self.manager), administration),
            ((*outside, self.reader, self.outsider, self.clerk), adoption),
            ((*outside, self.reader, self.outsider, self.accountant), uploading),
        ):
            for user, (record, method) in itertools.product(users, calls):
                self.assert_rpc_refused(user, record._name, method, record.ids)
        self.env.invalidate_all()
        self.assertEqual(service.state, "pending")
        self.assertEqual(case.state, "not_found")
        self.assertEqual(self.mine["amili.invoice.upload"].state, "queued")
        self.assertFalse(company.amili_find_wanted)
        self.assertFalse(self.sandbox.log())

    def test_another_company_cannot_call_them(self):
        service, case = self.mine["amili.service"], self.mine["amili.found.case"]
        for user in (self.their_administrator, self.their_manager):
            for record, method in (
                (service, "action_activate"),
                (service, "action_open_identification"),
                (service, "action_test_connection"),
                (case, "action_adopt"),
                (case, "action_confirm"),
                (case, "action_ignore"),
                (case, "action_restore"),
                (case, "action_open_invoice"),
                (case, "action_open_assignment"),
                (self.move, "action_amili_upload"),
                (self.move, "action_amili_cancel_upload"),
            ):
                self.assert_rpc_refused(user, record._name, method, record.ids)
