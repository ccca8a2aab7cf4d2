"""Who may do what with activation, uploads, found cases."""

import itertools

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .connected_case import ConnectedCase
from .security_case import OUR_MODELS, SecurityCommon

# Whose row it is, or nobody's.
NAMES_OF_ROW_RULES = ("company_id", "company_ids", "create_uid", "(0, '=', 1)")


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
                            access.perm_write
                            or access.perm_create
                            or access.perm_unlink,
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
            "amili.service": {
                "reader",
                "outsider",
                "clerk",
                "manager",
                "administrator",
            },
            "amili.invoice.upload": {
                "reader",
                "outsider",
                "clerk",
                "manager",
                "administrator",
            },
            "amili.found.case": {"manager"},
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
            ("maventa_company_uuid", self.company.sudo().amili_client_id),
        ):
            for user in (self.reader, self.outsider, self.clerk, self.manager):
                self.assert_hidden(user, service, name, value)
            seen = service.with_user(self.administrator).read([name])[0][name]
            self.assertIn(value, seen)

    def test_upload(self):
        upload = self.records["amili.invoice.upload"].sudo(False)
        for name, value in (
            ("email", "maija@malli.example"),
            ("maventa_company_uuid", self.company.sudo().amili_client_id),
        ):
            for user in (self.reader, self.outsider, self.clerk, self.manager):
                self.assert_hidden(user, upload, name, value)
        for user in (self.reader, self.outsider, self.clerk, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    upload.with_user(user).read(["file"])
                self.assertNotIn("file", upload.with_user(user).fields_get())
                files = (
                    self.env["ir.attachment"]
                    .sudo()
                    .search(
                        [
                            ("res_model", "=", upload._name),
                            ("res_field", "=", "file"),
                            ("res_id", "=", upload.id),
                        ]
                    )
                )
                self.assertTrue(files)
                with self.assertRaises(AccessError):
                    files.with_user(user).read(["datas"])

    def test_company(self):
        for name in (
            "amili_service_id",
            "amili_service_ids",
        ):
            for user in (self.portal, self.employee, self.clerk, self.manager):
                with self.subTest(user=user.login, field=name):
                    company = self.company.with_user(user)
                    self.assertNotIn(name, company.fields_get())
                    for ask in (
                        lambda c=company, n=name: c.read([n]),
                        lambda c=company, n=name: c[n],
                        lambda c=company, n=name: c.search([(n, "!=", False)]),
                        lambda c=company, n=name: (
                            c.search([(f"{n}.id", "=", 1)])
                            if n.endswith(("_id", "_ids"))
                            else c.search([(n, "=", True)])
                        ),
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
