"""Secrets stand alone: no path leads there, no mistake prints them.

Keys, identity codes, and what lets one sign for the company: in their own tables, which
nobody reads but the field that people know.
"""

import logging

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..common import AmiliCommon
from ..sandbox_process import DEFAULT_COMPANY

CODE = "131052-308T"
LINK = "https://kyc.example/sign-for-me"
IBAN = "FI2112345600000785"
VAULTS = {"amili.credentials", "amili.identity.code", "amili.service.secret"}
# The fields that people know, by the model that has them.
DOORS = {
    "res.company": (
        "amili_client_id",
        "amili_client_secret",
        "amili_vendor_api_key",
    ),
    "res.partner": ("amili_personal_identity_code",),
    "amili.assignment": ("payload",),
    "amili.assignment.payer": ("personal_identity_code",),
    "amili.assignment.event": ("wire_text",),
    "amili.service": ("activation_url", "request"),
}


class SecretsCase(AmiliCommon):
    """A company with keys, a request for the service, and a case of a tenant."""

    def setUp(self):
        super().setUp()
        self.person.amili_receivables_type = "b2c_rental"
        self.move = self.invoice(self.person)
        self.case = self.activate(self.move).sudo()
        self.service = (
            self.env["amili.service"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "environment": "test",
                    "maventa_company_uuid": "x",
                    "state": "pending",
                    "request": {"iban": IBAN},
                    "activation_url": LINK,
                }
            )
        )
        self.event = self.case._report("comment", text=f"Velallinen on {CODE}.").sudo()
        self.env.flush_all()
        self.secrets = [CODE, LINK, IBAN]
        self.secrets += [
            value for name, value in DEFAULT_COMPANY.items() if name != "client_id"
        ]


@tagged("post_install", "-at_install")
class TestStandAlone(SecretsCase):
    def test_doors_open_for_the_code_and_for_who_may(self):
        company = self.company.sudo()
        for name, value in DEFAULT_COMPANY.items():
            self.assertEqual(company[f"amili_{name}"], value)
        self.env.invalidate_all()
        trusted = self.new_user(
            "s_trusted",
            "amili_perinta.group_amili_identity,account.group_account_invoice",
        )
        person = self.person.with_user(trusted)
        self.assertEqual(person.amili_personal_identity_code, CODE)
        person.read(["amili_personal_identity_code"])
        self.assertEqual(self.case.payload["payers"][0]["ssn"], CODE)
        self.assertEqual(self.service.activation_url, LINK)
        self.assertEqual(self.service.request, {"iban": IBAN})
        self.assertIn(CODE, self.event.wire_text)

    def test_what_is_emptied_leaves_nothing(self):
        self.person.sudo().amili_personal_identity_code = False
        self.env.flush_all()
        rows = self.env["amili.identity.code"].sudo()
        self.assertFalse(rows.search([("partner_id", "=", self.person.id)]))
        self.company.sudo().write(dict.fromkeys(DOORS["res.company"], False))
        self.assertFalse(
            self.env["amili.credentials"]
            .sudo()
            .search([("company_id", "=", self.company.id)])
        )

    def test_the_doors_are_not_stored_searched_or_exported(self):
        for model, names in DOORS.items():
            for name in names:
                field = self.env[model]._fields[name]
                with self.subTest(model=model, field=name):
                    self.assertFalse(field.store)
                    self.assertFalse(field.search)
                    self.assertFalse(field.exportable)
                    self.assertFalse(field.copy)

    def test_no_relation_leads_to_their_tables(self):
        for model in self.env.registry.values():
            for field in model._fields.values():
                with self.subTest(field=str(field)):
                    self.assertNotIn(field.comodel_name, VAULTS)

    def test_no_column_of_any_other_table_holds_them(self):
        """Whatever table it is: its text as PostgreSQL would print it."""
        self.env.flush_all()
        for model in self.env.registry.values():
            if model._abstract or model._transient or not model._auto:
                continue
            ours = "amili_perinta" in model._fields["id"]._modules or (
                model._original_module == "amili_perinta"
            )
            if not ours and model._name not in ("res.company", "res.partner"):
                continue
            self.cr.execute(
                SQL("SELECT t::text FROM %s AS t", SQL.identifier(model._table))
            )
            text = "\n".join(row for [row] in self.cr.fetchall())
            for secret in self.secrets:
                with self.subTest(model=model._name):
                    self.assertNotIn(secret, text)

    def test_settings_keep_nothing(self):
        administrator = self.new_user("s_admin", "base.group_system")
        settings = self.env["res.config.settings"].with_user(administrator)
        settings.create({"amili_client_secret": "another-secret"}).execute()
        self.env.flush_all()
        self.assertEqual(self.company.sudo().amili_client_secret, "another-secret")
        self.cr.execute("SELECT t::text FROM res_config_settings AS t")
        self.assertNotIn("another-secret", str(self.cr.fetchall()))

    def test_every_path_to_a_door_is_closed(self):
        """By each relation of each model, asked by an employee and with all rights."""
        employee = self.new_user("s_employee", "base.group_user")
        asked = 0
        for model_name in self.env.registry:
            model = self.env[model_name]
            if model._abstract or not model._auto:
                continue
            for field in model._fields.values():
                if field.comodel_name not in DOORS or not field.store:
                    continue
                for name in DOORS[field.comodel_name]:
                    domain = [(f"{field.name}.{name}", "=like", "1%")]
                    for asks in (model.with_user(employee), model.sudo()):
                        asked += 1
                        with self.subTest(field=str(field), door=name):
                            self.assert_no_answer(asks, domain)
        self.assertGreater(asked, 500)

    def test_attachments_do_not_spell_a_key(self):
        """They filter after they have searched with all rights."""
        employee = self.new_user("s_employee", "base.group_user")
        self.env["ir.attachment"].with_user(employee).create(
            {"name": "x", "raw": b"x", "res_model": False}
        )
        attachments = self.env["ir.attachment"].with_user(employee)
        for path in (
            "create_uid.company_id.amili_client_secret",
            "company_id.amili_client_secret",
            "create_uid.partner_id.amili_personal_identity_code",
            "create_uid.amili_personal_identity_code",
            "create_uid.company_id.amili_service_ids.activation_url",
            "create_uid.partner_id.invoice_ids.amili_assignment_ids.payload",
        ):
            with self.subTest(path=path):
                self.assert_no_answer(attachments, [(path, "=like", "s%")])

    def assert_no_answer(self, model, domain):
        with mute_logger("odoo.domains", "odoo.models"), self.cr.savepoint():
            try:
                answer = model.search_count(domain)
            except (ValueError, AccessError, NotImplementedError):
                return
        self.fail(f"an answer: {answer}")

    def test_nobody_exports_them(self):
        administrator = self.new_user(
            "s_admin",
            "base.group_system,amili_perinta.group_amili_identity,"
            "account.group_account_invoice,base.group_allow_export",
        )
        for record, path in (
            (self.company, "amili_client_secret"),
            (self.person, "amili_personal_identity_code"),
            (self.move, "partner_id/amili_personal_identity_code"),
            (self.move, "company_id/amili_client_secret"),
            (self.case, "payload"),
            (self.case.payer_ids, "personal_identity_code"),
            (self.service, "activation_url"),
        ):
            record = record.sudo(False).with_user(administrator)
            with self.subTest(model=record._name, path=path):
                self.assertRaises(AccessError, record.export_data, [path])


@tagged("post_install", "-at_install")
class TestNothingPrinted(SecretsCase):
    """PostgreSQL prints a row that it refuses, and Odoo the statement."""

    def records(self):
        names = [
            name
            for name, model in self.env.registry.items()
            if model._original_module == "amili_perinta"
            and not model._abstract
            and name not in VAULTS
        ]
        for name in (*names, "res.company", "res.partner"):
            record = self.env[name].sudo().search([], limit=1, order="id desc")
            if name == "res.partner":
                record = self.person
            if record:
                yield record

    def refused(self, statements):
        """Return what is printed when PostgreSQL refuses the last of these."""
        with self.assertLogs("odoo.sql_db", logging.ERROR) as log:
            with self.assertRaises(psycopg2.Error) as caught, self.cr.savepoint():
                for statement in statements:
                    self.cr.execute(statement)
        return "\n".join([*log.output, str(caught.exception)])

    def assert_silent(self, text):
        for secret in self.secrets:
            self.assertNotIn(secret, text)

    def test_whatever_row_is_refused(self):
        count = 0
        for record in self.records():
            table = SQL.identifier(record._table)
            self.cr.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND is_nullable = 'NO'",
                [record._table],
            )
            refusals = [
                [
                    SQL(
                        "UPDATE %s SET %s = NULL WHERE id = %s",
                        table,
                        SQL.identifier(column),
                        record.id,
                    )
                ]
                for [column] in self.cr.fetchall()
            ]
            refusals.append(
                [
                    SQL("ALTER TABLE %s ADD CHECK (FALSE) NOT VALID", table),
                    SQL("UPDATE %s SET id = id WHERE id = %s", table, record.id),
                ]
            )
            refusals.append(
                [SQL("INSERT INTO %s SELECT * FROM %s", table, table)],
            )
            for statements in refusals:
                count += 1
                with self.subTest(model=record._name, statement=statements[-1]):
                    self.assert_silent(self.refused(statements))
        self.assertGreater(count, 40)

    def mistake(self, act):
        """Return what is printed of a mistake that a person or a program makes."""
        with self.assertLogs("odoo.sql_db", logging.ERROR) as log:
            with self.assertRaises(psycopg2.Error) as caught, self.cr.savepoint():
                act()
                self.env.flush_all()
        self.env.invalidate_all()
        return "\n".join([*log.output, str(caught.exception)])

    def test_ordinary_mistakes(self):
        manager = self.env["res.partner"].sudo()
        for name, act in {
            "no days": lambda: self.company.write({"amili_min_days_b2b": -1}),
            "no sum": lambda: self.company.sudo().write({"amili_auto_amount": -1}),
            "no name": lambda: self.person.write({"name": False}),
            "new contact": lambda: manager.create(
                {"name": False, "amili_personal_identity_code": CODE}
            ),
            "debtor": lambda: self.case.payer_ids.write({"name": False}),
            "case": lambda: self.case.write({"name": False}),
            "new case": lambda: self.case.create(
                {
                    "name": False,
                    "payer_ids": [
                        Command.create({"personal_identity_code": CODE, "name": "x"})
                    ],
                }
            ),
            "event": lambda: self.event.write({"type": False}),
        }.items():
            with self.subTest(mistake=name):
                self.assert_silent(self.mistake(act))

    def test_the_settings_refuse_days_below_zero_themselves(self):
        administrator = self.new_user("s_admin", "base.group_system")
        settings = self.env["res.config.settings"].with_user(administrator)
        for name in ("amili_min_days_b2b", "amili_min_days_b2c", "amili_auto_days"):
            with (
                self.subTest(field=name),
                self.assertRaisesRegex(Exception, "negative"),
            ):
                with self.cr.savepoint():
                    settings.create({name: -1})

    def test_a_row_of_secrets_that_is_printed_is_not_read(self):
        """No ordinary mistake prints it; somebody may change a table by hand."""
        for name in VAULTS:
            table = SQL.identifier(self.env[name]._table)
            with self.subTest(model=name):
                self.assert_silent(
                    self.refused(
                        [
                            SQL("ALTER TABLE %s ADD CHECK (FALSE) NOT VALID", table),
                            SQL("UPDATE %s SET id = id", table),
                        ]
                    )
                )

    def test_nothing_in_a_table_of_secrets_can_be_refused(self):
        for name in VAULTS:
            self.cr.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND is_nullable = 'NO'",
                [self.env[name]._table],
            )
            with self.subTest(model=name):
                self.assertEqual(self.cr.fetchall(), [("id",)])
                self.assertFalse(self.env[name]._log_access)


@tagged("post_install", "-at_install")
class TestMessageWithCode(SecretsCase):
    """A code that somebody typed reaches Amili, and nobody else."""

    def test_amili_gets_it(self):
        self.run_cron("process_queue")
        self.assertIn(CODE, str(self.sandbox.case(self.move)["events"]))

    def test_people_see_it_masked(self):
        self.run_cron("process_queue")
        self.event.invalidate_recordset()
        seen = [
            self.event.read(["text", "said", "remark"]),
            self.event._describe(),
            self.event._summary_text(),
            self.move.message_ids.mapped("body"),
            self.case.message_ids.mapped("body"),
            self.move.activity_ids.mapped("note"),
        ]
        self.assertIn("***", str(seen))
        self.assertNotIn(CODE, str(seen))

    def test_it_is_erased_when_the_case_ends(self):
        self.run_cron("process_queue")
        self.case._set_state("closed", closed_at="2026-10-20 10:00:00")
        self.assertFalse(self.event.wire_text)
        self.assertFalse(self.case.payer_ids.personal_identity_code)
        rows = self.env["amili.identity.code"].sudo()
        self.assertFalse(rows.search([("event_id", "=", self.event.id)]))

    def test_the_window_keeps_nothing_of_it(self):
        wizard = (
            self.env["amili.report.wizard"]
            .with_user(self.manager)
            .create(
                {"assignment_id": self.case.id, "kind": "comment", "text": f"x {CODE}"}
            )
        )
        wizard.action_confirm()
        self.assertFalse(wizard.text)

    def test_no_reason_that_people_type_keeps_it(self):
        """Neither written nor entered from the start, whoever types it."""
        typed = "Velallinen 131052\u2013308T kiistää"
        clerk = self.move.with_user(self.clerk)
        clerk.write({"amili_dispute_reason": typed})
        clerk.amili_interruption_reason = typed
        self.person.amili_collection_block_reason = typed
        made = self.person.create(
            {"name": "Toinen", "amili_collection_block_reason": typed}
        )
        line = self.wizard(self.invoice()).line_ids
        line.assignment_summary = typed
        self.env.flush_all()
        self.env.invalidate_all()
        for record, name in (
            (self.move, "amili_dispute_reason"),
            (self.move, "amili_interruption_reason"),
            (self.person, "amili_collection_block_reason"),
            (made, "amili_collection_block_reason"),
            (line, "assignment_summary"),
        ):
            with self.subTest(model=record._name, field=name):
                self.assertEqual(record[name], "Velallinen *********** kiistää")

    def test_a_dispute_is_told_without_it(self):
        self.move.with_user(self.clerk).write(
            {"amili_disputed_on": "2026-10-19", "amili_dispute_reason": f"Ei {CODE}"}
        )
        self.assertIn("Ei ***", str(self.move.message_ids.mapped("body")))
        told = self.move.message_ids.mapped("body") + [self.move.amili_banner]
        told += self.move.activity_ids.mapped("note")
        self.assertNotIn(CODE, str(told))
        alerts = self.move._amili_get_alerts()[self.move.id]
        self.assertNotIn(CODE, str(dict(alerts)))

    def test_what_amili_writes_is_masked(self):
        event = self.event.create(
            {
                "assignment_id": self.case.id,
                "direction": "inbound",
                "type": "comment",
                "text": f"Onko velallinen {CODE}?",
            }
        )
        self.assertNotIn(CODE, event.text)
        self.assertFalse(event.wire_text)
