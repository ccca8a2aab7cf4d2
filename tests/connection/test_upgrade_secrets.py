"""The upgrade moves keys and codes to tables of their own, and leaves no copy."""

import json
from importlib.util import module_from_spec, spec_from_file_location

from odoo.tests import tagged
from odoo.tools import SQL, file_path

from ..common import AmiliCommon

CODE = "131052-308T"
# As 19.0.1.1.0 had them.
COLUMNS = {
    "res_company": {
        "amili_client_id": "varchar",
        "amili_client_secret": "varchar",
        "amili_vendor_api_key": "varchar",
    },
    "res_partner": {"amili_personal_identity_code": "varchar"},
    "amili_assignment_payer": {"personal_identity_code": "varchar"},
    "amili_service": {"request": "jsonb", "activation_url": "varchar"},
}


@tagged("post_install", "-at_install")
class TestUpgrade(AmiliCommon):
    def setUp(self):
        super().setUp()
        self.move = self.invoice(self.person)
        self.case = self.activate(self.move).sudo()
        self.event = self.case._report("comment", text="Hei").sudo()
        self.service = self.env["amili.service"]._for_company(self.company) or self.env[
            "amili.service"
        ]._get_or_create(self.company)
        self.note = self.move.message_ids.filtered(lambda m: "Amili" in (m.body or ""))
        self.payer = self.case.payer_ids
        self.body = {"payers": [{"name": "Maija", "ssn": CODE}]}
        self.go_back()

    def go_back(self):
        """Make the tables what they were, with something in each of them."""
        for name in ("amili.credentials", "amili.identity.code"):
            self.env[name].sudo().search([]).unlink()
        self.env.flush_all()
        for table, columns in COLUMNS.items():
            for column, kind in columns.items():
                self.cr.execute(
                    SQL(
                        "ALTER TABLE %s ADD COLUMN %s %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        SQL(kind),
                    )
                )
        self.set(
            self.company,
            amili_client_id="uuid",
            amili_client_secret="secret",
            amili_vendor_api_key="vendor",
        )
        self.set(self.person, amili_personal_identity_code=CODE)
        self.set(self.payer, personal_identity_code=CODE)
        self.set(
            self.service, request='{"iban": "FI1"}', activation_url="https://kyc/x"
        )
        self.set(self.case, frozen_payload=json.dumps(self.body))
        self.set(self.event, text=f"Velallinen {CODE}")
        self.cr.execute(
            "UPDATE mail_message SET message_type = 'notification',"
            " body = body || %s WHERE id = %s",
            [CODE, self.note[0].id],
        )

    def set(self, record, **values):
        for column, value in values.items():
            self.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(record._table),
                    SQL.identifier(column),
                    value,
                    record.id,
                )
            )
        self.env.invalidate_all()

    def upgrade(self):
        path = file_path("amili_perinta/migrations/19.0.2.1.0/post-secrets.py")
        spec = spec_from_file_location("post_secrets", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.cr, "19.0.1.1.0")
        self.env.invalidate_all()

    def test_what_exists_is_found_behind_its_door(self):
        self.upgrade()
        company = self.company.sudo()
        self.assertEqual(company.amili_client_id, "uuid")
        self.assertEqual(company.amili_client_secret, "secret")
        self.assertEqual(company.amili_vendor_api_key, "vendor")
        self.assertEqual(self.person.sudo().amili_personal_identity_code, CODE)
        self.assertEqual(self.payer.personal_identity_code, CODE)
        self.assertEqual(self.service.request, {"iban": "FI1"})
        self.assertEqual(self.service.activation_url, "https://kyc/x")
        self.assertEqual(self.case.payload, self.body)
        self.assertEqual(self.event.wire_text, f"Velallinen {CODE}")

    def test_no_copy_stays(self):
        self.upgrade()
        self.env.flush_all()
        for table, columns in COLUMNS.items():
            self.cr.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s",
                [table],
            )
            self.assertFalse(columns.keys() & {name for [name] in self.cr.fetchall()})
        for table in (
            "amili_assignment",
            "amili_assignment_event",
            "mail_message",
            "res_company",
            "res_partner",
        ):
            self.cr.execute(SQL("SELECT t::text FROM %s AS t", SQL.identifier(table)))
            text = str(self.cr.fetchall())
            for secret in (CODE, "'secret'", "'vendor'"):
                with self.subTest(table=table):
                    self.assertNotIn(secret, text)

    def test_a_customer_reads_no_older_note(self):
        self.upgrade()
        self.assertEqual(self.note[0].message_type, "comment")
