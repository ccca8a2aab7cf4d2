"""What the code of the addon derives nobody writes: not by a call, an import, the lines
of another record, a context, or a default of one's own.
"""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.connection.derived import DERIVED, WHOLE
from .common import AmiliCommon

# What people enter, on the screens or by an import.
ENTERED = {
    "account.move": {
        "amili_co_debtor_partner_ids",
        "amili_dispute_reason",
        "amili_disputed_on",
        "amili_earlier_reminder_date",
        "amili_interruption_date",
        "amili_interruption_reason",
        "amili_reminder_amount",
        "amili_reminder_date",
        "maventa_invoice_id",
    },
    "res.company": {
        "amili_auto_amount",
        "amili_auto_b2b",
        "amili_auto_b2b_rental",
        "amili_auto_b2c",
        "amili_auto_b2c_rental",
        "amili_auto_days",
        "amili_auto_mode",
        "amili_client_id",
        "amili_client_secret",
        "amili_default_collection_type",
        "amili_environment",
        "amili_loss_account_id",
        "amili_loss_tax",
        "amili_min_days_b2b",
        "amili_min_days_b2c",
        "amili_payout_days",
        "amili_payout_names",
        "amili_payout_partner_id",
        "amili_prefers_finvoice",
        "amili_reminder_fee",
        "amili_responsible_user_id",
        "amili_summary_template",
        "amili_vendor_api_key",
    },
    "res.partner": {
        "amili_business_id",
        "amili_co_debtor_ids",
        "amili_collection_block",
        "amili_collection_block_reason",
        "amili_personal_identity_code",
        "amili_receivables_type",
    },
}
# Models that people fill in, and windows, which are nothing once they are closed.
ENTERED_MODELS = {
    "amili.activation.wizard",
    "amili.adoption.wizard",
    "amili.co.debtor",
    "amili.debtor.wizard",
    "amili.entry.wizard",
    "amili.loss.wizard",
    "amili.report.wizard",
    "amili.service.wizard",
    "amili.transfer.wizard",
    "amili.transfer.wizard.line",
    "amili.upload.wizard",
    "amili.upload.wizard.line",
}


@tagged("post_install", "-at_install")
class TestDerived(AmiliCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.new_user(
            "d_administrator",
            "base.group_system,account.group_account_manager,"
            "amili_perinta.group_amili_manager,amili_perinta.group_amili_identity",
        )
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.connect(cls.other, client_id="22222222-2222-4222-8222-222222222222")

    def assert_refused(self, act):
        with mute_logger("odoo.addons.base.models.ir_model"), self.cr.savepoint():
            self.assertRaises(AccessError, act)

    # The list -------------------------------------------------------------------------

    def test_each_field_is_either_entered_or_derived(self):
        for model, entered in ENTERED.items():
            ours = {
                name
                for name in self.env[model]._fields
                if name.startswith(("amili_", "maventa_"))
            }
            with self.subTest(model=model):
                self.assertEqual(ours, entered | DERIVED[model])
                self.assertFalse(entered & DERIVED[model])

    def test_each_model_is_either_filled_in_or_made_by_the_code(self):
        ours = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == "amili_perinta" and not model._abstract
        }
        self.assertEqual(ours, ENTERED_MODELS | WHOLE)
        self.assertFalse(ENTERED_MODELS & WHOLE)

    def test_a_user_is_a_contact_too(self):
        users = self.env["res.users"].with_user(self.administrator)
        for name in DERIVED["res.partner"]:
            with self.subTest(field=name):
                self.assert_refused(lambda n=name: users.create({n: False}))

    # Ways in --------------------------------------------------------------------------

    def test_nobody_writes_a_derived_field(self):
        records = {
            "account.move": self.invoice(),
            "res.company": self.company,
            "res.partner": self.business,
        }
        for user in (self.clerk, self.outsider, self.administrator):
            for model, record in records.items():
                record = record.with_user(user)
                for name in DERIVED[model]:
                    with self.subTest(user=user.login, model=model, field=name):
                        self.assert_refused(
                            lambda r=record, n=name: r.write({n: False})
                        )

    def test_nobody_makes_a_record_with_a_derived_field(self):
        for record in (self.invoice(), self.business):
            model = record._name
            records = record.browse().with_user(self.administrator)
            for name in DERIVED[model]:
                given = records.with_context(**{f"default_{name}": False})
                acts = {
                    "create": lambda r=records, n=name: r.create({n: False}),
                    "context": lambda r=given: r.create({}),
                    "copy": lambda r=records, n=name, i=record.id: r.browse(i).copy(
                        {n: False}
                    ),
                }
                for act, do in acts.items():
                    with self.subTest(model=model, field=name, act=act):
                        self.assert_refused(do)

    def test_an_import_does_not_set_them(self):
        move = self.invoice()
        external_id = move.export_data(["id"])["datas"][0][0]
        result = (
            self.env["account.move"]
            .with_user(self.outsider)
            .load(["id", "amili_state"], [[external_id, "closed"]])
        )
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])
        self.assertFalse(move.amili_state)

    def test_the_lines_of_another_record_do_not_set_them(self):
        move = self.invoice()
        assignment = self.hand_over(move)
        for user in (self.clerk, self.administrator):
            for command in (
                Command.update(assignment.id, {"state": "closed"}),
                Command.delete(assignment.id),
                Command.unlink(assignment.id),
                Command.clear(),
                Command.create({"name": "x"}),
            ):
                with self.subTest(user=user.login, command=command):
                    self.assert_refused(
                        lambda u=user, c=command: move.with_user(u).write(
                            {"amili_assignment_ids": [c]}
                        )
                    )
            # Through the customer's other invoices.
            with self.subTest(user=user.login):
                self.assert_refused(
                    lambda u=user: self.business.with_user(u).write(
                        {
                            "invoice_ids": [
                                Command.update(move.id, {"amili_state": "closed"})
                            ]
                        }
                    )
                )
        self.assertEqual(move.amili_state, "queued")

    def test_a_right_given_by_an_administrator_does_not_open_them(self):
        """Somebody may add a line to the table of access rights."""
        assignment = self.hand_over(self.invoice())
        for model in sorted(WHOLE):
            self.env["ir.model.access"].sudo().create(
                {
                    "name": model,
                    "model_id": self.env["ir.model"]._get_id(model),
                    "group_id": self.env.ref("base.group_user").id,
                    **dict.fromkeys(
                        ("perm_read", "perm_write", "perm_create", "perm_unlink"), True
                    ),
                }
            )
        case = assignment.with_user(self.clerk)
        self.assert_refused(lambda: case.write({"state": "closed"}))
        self.assert_refused(lambda: case.payer_ids.write({"name": "Toinen"}))
        self.assert_refused(lambda: case.create({"name": "x"}))

    def test_an_invoice_can_be_copied(self):
        move = self.invoice()
        self.hand_over(move)
        copy = move.with_user(self.outsider).copy()
        self.assertFalse(copy.amili_state)

    def test_the_web_client_sends_none_of_them(self):
        told = self.env["account.move"].with_user(self.clerk).fields_get()
        for name in DERIVED["account.move"] & told.keys():
            with self.subTest(field=name):
                self.assertTrue(told[name]["readonly"])

    # Defaults of a user ---------------------------------------------------------------

    def set_defaults(self, user, model, **values):
        defaults = self.env["ir.default"].with_user(user)
        for name, value in values.items():
            defaults.set(model, name, value, user_id=True)

    def test_defaults_of_a_clerk_do_not_reach_a_hand_over(self):
        forged = {
            "state": "active",
            "remote_id": "forged",
            "attempt_count": 7,
            "collected_amount": 1000.0,
            "paid_amount": 1000.0,
            "sent_at": "2026-01-01 00:00:00",
            "result": "paid",
        }
        self.set_defaults(self.clerk, "amili.assignment", **forged)
        self.set_defaults(self.clerk, "amili.assignment.payer", phone="+358401234567")
        context = {f"default_{name}": value for name, value in forged.items()}
        for defaults in ({}, context):
            move = self.invoice(self.person)
            wizard = self.wizard(move).with_context(**defaults)
            wizard.action_transfer()
            case = move._amili_live_assignment()
            with self.subTest(context=bool(defaults)):
                self.assertEqual(case.state, "queued")
                self.assertFalse(case.remote_id)
                self.assertFalse(case.attempt_count)
                self.assertFalse(case.paid_amount)
                self.assertFalse(case.collected_amount)
                self.assertFalse(case.sent_at)
                self.assertFalse(case.payer_ids.phone)

    def test_defaults_do_not_reach_what_is_told_to_amili(self):
        move = self.invoice()
        self.activate(move)
        self.set_defaults(
            self.clerk, "amili.assignment.event", is_undone=True, state="done"
        )
        move.with_user(self.clerk)._amili_live_assignment().sudo(False)._report(
            "comment", text="Hei"
        )
        event = move._amili_live_assignment().event_ids
        self.assertEqual(event.state, "queued")
        self.assertFalse(event.is_undone)

    def test_default_enters_nothing_that_its_user_may_not(self):
        self.set_defaults(
            self.outsider,
            "res.partner",
            amili_personal_identity_code="131052-308T",
            comment="<p>oletus</p>",
        )
        partner_manager = self.env.ref("base.group_partner_manager")
        self.outsider.group_ids += partner_manager
        contact = self.env["res.partner"].with_user(self.outsider).create({"name": "X"})
        self.assertIn("oletus", contact.comment, "other defaults count")
        self.assertFalse(contact.sudo().amili_personal_identity_code)

    # What would follow ----------------------------------------------------------------

    def test_what_an_invoice_shows_does_not_unlock_it(self):
        """The copy on the invoice is wrong, by whatever way: the case decides."""
        move = self.invoice()
        self.send(move)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_move SET amili_state = NULL, amili_assignment_id = NULL,"
            " amili_upload_id = NULL WHERE id = %s",
            [move.id],
        )
        self.env.invalidate_all()
        theirs = move.with_user(self.outsider)
        for leave in (
            theirs.button_draft,
            theirs.button_cancel,
            theirs.with_context(force_delete=True).unlink,
            lambda: theirs.write(
                {"maventa_invoice_id": "2f1b9c1e-7d0a-4c53-9b7e-0f6a1f0c2d11"}
            ),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                leave()
            self.env.invalidate_all()
        self.pay(move, 240)
        told = move._amili_assignments().event_ids
        self.assertEqual(told.mapped("amount"), [240])

    def test_a_payment_is_never_told_on_the_case_of_another_company(self):
        theirs = self.invoice(company=self.other, known=False)
        case = self.case_of_another(theirs)
        move = self.invoice()
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_move SET amili_assignment_id = %s, amili_state = 'active'"
            " WHERE id = %s",
            [case.id, move.id],
        )
        self.env.invalidate_all()
        self.pay(move, 240)
        self.assertFalse(case.event_ids)
        self.assertFalse(move.with_user(self.clerk)._amili_last_assignment())

    def test_an_assignment_belongs_to_the_company_of_its_invoice(self):
        theirs = self.invoice(company=self.other, known=False)
        with self.assertRaises(UserError), self.cr.savepoint():
            self.case_of_another(theirs, company_id=self.company.id)
        found = self.env["amili.found.case"].sudo()
        with self.assertRaises(UserError), self.cr.savepoint():
            found.create(
                {
                    "company_id": self.company.id,
                    "environment": "sandbox",
                    "remote_id": "x",
                    "currency_id": self.euro.id,
                    "move_id": theirs.id,
                }
            )

    def test_an_event_refers_to_its_own_case(self):
        question = (
            self.env["amili.assignment.event"]
            .sudo()
            .create(
                {
                    "assignment_id": self.activate(self.invoice()).id,
                    "direction": "inbound",
                    "type": "comment",
                }
            )
        )
        other = self.activate(self.invoice())
        with self.assertRaises(ValidationError):
            question.copy({"assignment_id": other.id, "question_id": question.id})

    def test_a_co_debtor_of_another_company_is_not_named(self):
        stranger = self.person.sudo().copy({"company_id": self.other.id})
        with self.assertRaises(UserError):
            self.invoice().amili_co_debtor_partner_ids = stranger

    def case_of_another(self, move, **values):
        return (
            self.env["amili.assignment"]
            .sudo()
            .create(
                {
                    "name": "X",
                    "move_id": move.id,
                    "company_id": move.company_id.id,
                    "partner_id": self.business.id,
                    "environment": "sandbox",
                    "state": "active",
                    "remote_id": "rem-x",
                    "collection_type": "collection",
                    "receivables_type": "b2b",
                    "currency_id": self.euro.id,
                    **values,
                }
            )
        )
