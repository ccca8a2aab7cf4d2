"""A service, an upload and a found case, for tests of who may do what with them."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..maventa import connection
from .common import AmiliCommon


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
            cls.new_user(f"g_theirs{number}", groups, companies=cls.company + cls.other)
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
                    "maventa_company_uuid": company.amili_client_id,
                    "state": "pending",
                    "request": {"iban": "FI2112345600000785"},
                    "activation_url": "https://kyc.example/sign-for-me",
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
                    "maventa_company_uuid": company.amili_client_id,
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
        yield (
            "group",
            lambda: model.formatted_read_group(mine, [], ["__count"])[0]["__count"],
        )
        yield "web", lambda: model.web_search_read(mine, {"id": {}})["records"]
