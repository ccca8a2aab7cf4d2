"""Everybody who is in an Odoo, and what they must not see."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import AmiliCommon

SECRETS = ("amili_client_id", "amili_client_secret", "amili_vendor_api_key")


CODE = "131052-308T"


OUR_MODELS = (
    "amili.activation.wizard",
    "amili.adoption.wizard",
    "amili.assignment",
    "amili.assignment.payer",
    "amili.assignment.entry",
    "amili.assignment.event",
    "amili.candidate",
    "amili.co.debtor",
    "amili.credentials",
    "amili.entry.answer",
    "amili.debtor.wizard",
    "amili.entry.wizard",
    "amili.feed",
    "amili.found.case",
    "amili.identity.code",
    "amili.invoice.upload",
    "amili.loss.wizard",
    "amili.report.wizard",
    "amili.service",
    "amili.service.secret",
    "amili.service.wizard",
    "amili.transfer.wizard",
    "amili.transfer.wizard.line",
    "amili.turn",
    "amili.upload.wizard",
    "amili.upload.wizard.line",
)


class SecurityCommon(AmiliCommon):
    """Everybody who is in an Odoo, and a case with a tenant's identity code."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        export = ",base.group_allow_export"
        cls.portal = cls.new_user("portal", "base.group_portal")
        cls.public = cls.new_user("public", "base.group_public")
        cls.employee = cls.new_user("employee", "base.group_user" + export)
        cls.reader = cls.new_user("reader", "account.group_account_readonly" + export)
        cls.accountant = cls.new_user("accountant", "account.group_account_manager")
        cls.trusted = cls.new_user(
            "trusted",
            "amili_perinta.group_amili_identity,amili_perinta.group_amili_user,"
            "base.group_partner_manager",
        )
        (cls.clerk | cls.manager | cls.outsider).write(
            {"group_ids": [Command.link(cls.env.ref("base.group_allow_export").id)]}
        )
        cls.person.amili_receivables_type = "b2c_rental"
        cls.co_debtor = (
            cls.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": "Matti Malli",
                    "street": "Esimerkkikatu 2",
                    "zip": "33100",
                    "city": "Tampere",
                    "country_id": cls.finland.id,
                    "amili_personal_identity_code": "010594Y9032",
                }
            )
        )
        cls.co_debtor = cls.co_debtor.sudo(False)
        cls.standing = (
            cls.env["amili.co.debtor"]
            .sudo()
            .create({"debtor_id": cls.person.id, "partner_id": cls.co_debtor.id})
        )
        cls.portal.partner_id.parent_id = cls.person

    def setUp(self):
        super().setUp()
        self.move = self.invoice(
            self.person, amili_co_debtor_partner_ids=self.co_debtor.ids
        )
        self.assignment = self.hand_over(self.move)
        self.sandbox.clear_log()

    def assert_hidden(self, user, record, name, value):
        """Whatever way a person asks for a field, the answer is a refusal."""
        record = record.with_user(user)
        model = record.browse()
        ways = {
            "read": lambda: record.read([name]),
            "web_read": lambda: record.web_read({name: {}}),
            "attribute": lambda: record[name],
            "mapped": lambda: record.mapped(name),
            "search": lambda: model.search([(name, "=", value)]),
            "search_count": lambda: model.search_count([(name, "!=", False)]),
            "name_search": lambda: model.name_search("", [(name, "=", value)]),
            "order": lambda: model.search([], order=name),
            "search_read": lambda: model.search_read([], [name]),
            "group": lambda: model.formatted_read_group([], [name], ["__count"]),
            "sum": lambda: model.formatted_read_group([], [], [f"{name}:array_agg"]),
            "write": lambda: record.write({name: False}),
        }
        if user.has_group("base.group_allow_export"):
            ways["export"] = lambda: record.export_data([name])
        for way, ask in ways.items():
            with self.subTest(user=user.login, way=way, field=name):
                self.env.flush_all()
                self.env.invalidate_all()
                with mute_logger("odoo.models", "odoo.addons.base.models.ir_model"):
                    with mute_logger("odoo.addons.base.models.ir_rule"):
                        self.assertRaises(AccessError, ask)
        self.assertNotIn(name, model.fields_get())
