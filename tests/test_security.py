import itertools

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .security_case import CODE, OUR_MODELS, SECRETS, SecurityCommon


@tagged("post_install", "-at_install")
class TestSecrets(SecurityCommon):
    """Credentials belong to administrators, identity codes to a group of their own."""

    def test_credentials_are_hidden_from_all_but_administrators(self):
        people = (
            self.portal,
            self.public,
            self.employee,
            self.reader,
            self.accountant,
            self.clerk,
            self.manager,
        )
        for user in people:
            for name in SECRETS:
                self.assert_hidden(user, self.company, name, self.company[name])

    def test_settings_are_for_administrators(self):
        for user in (self.clerk, self.manager, self.accountant):
            settings = self.env["res.config.settings"].with_user(user)
            with self.subTest(user=user.login):
                self.assertRaises(AccessError, settings.create, {})
                self.assertFalse(set(SECRETS) & set(settings.fields_get()))

    def test_connection_is_tested_by_administrators_alone(self):
        for user in (self.portal, self.outsider, self.clerk, self.manager):
            company = self.company.with_user(user)
            with self.subTest(user=user.login):
                self.assertRaises(UserError, company.action_amili_test_connection)
        self.assertFalse(self.sandbox.log(), "nothing may be asked for them")

    def test_identity_code_of_a_contact_is_hidden(self):
        people = (
            self.portal,
            self.employee,
            self.outsider,
            self.reader,
            self.clerk,
            self.manager,
        )
        for user in people:
            self.assert_hidden(user, self.person, "amili_personal_identity_code", CODE)

    def test_identity_code_is_hidden_behind_relations(self):
        path = "partner_id.amili_personal_identity_code"
        for model in ("account.move", "amili.assignment", "amili.assignment.payer"):
            records = self.env[model].with_user(self.clerk)
            with self.subTest(model=model), self.assertRaises(AccessError):
                records.search([(path, "=", CODE)])
        with self.assertRaises(AccessError):
            self.move.with_user(self.clerk).export_data([path.replace(".", "/")])

    def test_identity_code_in_a_case_is_hidden(self):
        payer = self.assignment.payer_ids[0]
        self.assertEqual(payer.sudo().personal_identity_code, CODE)
        for user in (self.outsider, self.reader, self.clerk, self.manager):
            self.assert_hidden(user, payer, "personal_identity_code", CODE)
            self.assert_hidden(user, self.assignment, "payload", CODE)

    def test_identity_group_sees_identity_codes(self):
        self.assertEqual(
            self.person.with_user(self.trusted).amili_personal_identity_code, CODE
        )
        assignment = self.assignment.with_user(self.trusted)
        self.assertEqual(assignment.payload["payers"][0]["ssn"], CODE)
        self.assertEqual(assignment.payer_ids[0].personal_identity_code, CODE)

    def test_identity_codes_are_masked_wherever_a_clerk_looks(self):
        wizard = self.wizard(self.invoice(self.person))
        line = wizard.line_ids
        assignment = self.assignment.with_user(self.clerk)
        person = self.person.with_user(self.clerk)
        self.assertIn('"ssn": "***********"', wizard.payload_text)
        self.assertIn('"ssn": "***********"', assignment.payload_text)
        seen = [
            wizard.read(),
            line.read(),
            assignment.read(),
            assignment.payer_ids.read(),
            self.move.with_user(self.clerk).read(),
            person.read(
                [name for name in person.fields_get() if name.startswith("amili_")]
            ),
            (self.move.message_ids | assignment.message_ids).sudo().mapped("body"),
        ]
        self.assertNotIn(CODE, str(seen))
        self.assertNotIn("010594Y9032", str(seen))

    def test_change_of_an_identity_code_is_not_written_down_anywhere(self):
        self.cr.flush()  # what is tracked of the contact's creation
        # Tests have no tracking unless they ask for it.
        person = self.person.with_user(self.trusted)
        person = person.with_context(tracking_disable=False, mail_notrack=False)
        person.amili_personal_identity_code = "020594X903P"
        person.name = "Maija Toinen"
        self.env.flush_all()
        self.cr.flush()
        values = self.person.message_ids.tracking_value_ids
        text = str(values.read(["old_value_char", "new_value_char"]))
        self.assertIn("Maija Toinen", text, "changes are tracked")
        for code in (CODE, "020594X903P"):
            self.assertNotIn(code, text)

    def test_identity_code_does_not_find_a_contact(self):
        for user in (self.clerk, self.trusted):
            contacts = self.env["res.partner"].with_user(user)
            self.assertFalse(contacts.name_search(CODE))

    def test_copy_of_a_contact_has_no_identity_code(self):
        self.assertFalse(self.person.sudo().copy().amili_personal_identity_code)

    def test_identity_codes_leave_a_case_that_ended(self):
        self.assignment.with_user(self.clerk).action_cancel()
        case = self.assignment.sudo()
        self.assertFalse(any(case.payer_ids.mapped("personal_identity_code")))
        self.assertNotIn(CODE, str(case.payload))


@tagged("post_install", "-at_install")
class TestRights(SecurityCommon):
    """Who may hand over, who may look, who sees nothing."""

    def test_no_setting_of_a_company_is_read_without_a_group(self):
        fields = self.env["res.company"]._fields
        ours = [field for name, field in fields.items() if name.startswith("amili_")]
        self.assertEqual([f.name for f in ours if not f.groups], [])

    def test_outside_accounting_nothing_can_be_read(self):
        event = self.an_event()
        records = (
            self.assignment,
            self.assignment.payer_ids,
            event,
            self.standing,
            self.wizard(self.invoice()),
        )
        for user in (self.portal, self.public, self.employee):
            for record in records:
                with self.subTest(user=user.login, model=record._name):
                    with mute_logger("odoo.addons.base.models.ir_model"):
                        model = record.browse().with_user(user)
                        self.assertRaises(AccessError, record.with_user(user).read)
                        self.assertRaises(AccessError, model.search, [])
                        self.assertRaises(AccessError, model.name_search, "")
                        self.assertRaises(
                            AccessError, model.formatted_read_group, [], [], ["__count"]
                        )

    def test_outside_accounting_a_contact_tells_nothing_of_collection(self):
        names = (
            "amili_receivables_type",
            "amili_collection_block",
            "amili_collection_block_reason",
        )
        for user in (self.portal, self.employee):
            for name in names:
                self.assert_hidden(user, self.person, name, "b2c")
            for name in ("amili_co_debtor_ids", "amili_assignment_count"):
                with self.subTest(user=user.login, field=name):
                    person = self.person.with_user(user)
                    self.assertRaises(AccessError, person.read, [name])

    def test_portal_customer_reads_the_own_invoice_and_nothing_of_the_case(self):
        move = self.move.with_user(self.portal)
        self.env.invalidate_all()
        self.assertTrue(move.read(["name", "amount_residual"]), "it is their own")
        for name in (
            "amili_assignment_ids",
            "amili_assignment_count",
            "amili_history_ids",
            "amili_banner",
            "amili_co_debtor_partner_ids",
            "maventa_invoice_status",
            "maventa_lookup_problem",
            "maventa_invoice_id",
            "amili_state",
            "amili_assignment_id",
            "amili_can_transfer",
            "amili_reminder_date",
            "amili_reminder_amount",
            "amili_dispute_reason",
            "amili_disputed_on",
            "amili_interruption_reason",
            "amili_time_barred_on",
        ):
            with self.subTest(field=name):
                self.assertRaises(AccessError, move.read, [name])
                self.assertNotIn(name, move.fields_get())

    def test_customer_gets_none_of_what_the_chatter_tells(self):
        self.move.message_subscribe(self.portal.partner_id.ids)
        told = self.chatter(self.move)
        self.assertTrue(told)
        messages = self.env["mail.message"].with_user(self.portal).search([])
        self.assertFalse(set(told) & set(messages.mapped("preview")))

    def test_invoice_opens_for_whoever_may_read_invoices_alone(self):
        """As a salesperson, who has rights on invoices and none here."""
        self.env["ir.model.access"].create(
            {
                "name": "sales",
                "model_id": self.env.ref("account.model_account_move").id,
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        for record, kind in (
            (self.move, "form"),
            (self.move, "list"),
            (self.person, "form"),
        ):
            record = record.with_user(self.employee)
            views = record.get_views([(False, kind)])
            names = views["models"][record._name]["fields"]
            self.env.invalidate_all()
            with self.subTest(model=record._name, view=kind):
                ours = {n: {} for n in names if "amili" in n or "maventa" in n}
                self.assertTrue(record.web_read(ours))

    def test_invoicing_user_sees_the_state_and_cannot_hand_over(self):
        move = self.move.with_user(self.outsider)
        assignment = self.assignment.with_user(self.outsider)
        self.assertEqual(move.amili_state, "queued")
        self.assertTrue(move.amili_banner)
        self.assertTrue(assignment.read(["state", "error_message", "payload_text"]))
        self.assertTrue(assignment.payer_ids.read(["name", "street"]))
        self.assert_powerless(self.outsider)
        with self.assertRaisesRegex(UserError, "Amili Perintä: User"):
            self.invoice().with_user(self.outsider).action_amili_transfer()

    def test_accountant_who_only_reads_sees_all_and_changes_nothing(self):
        move = self.move.with_user(self.reader)
        assignment = self.assignment.with_user(self.reader)
        self.assertTrue(assignment.read())
        self.assertTrue(assignment.payer_ids.read())
        self.assertTrue(self.standing.with_user(self.reader).read())
        self.assertTrue(self.person.with_user(self.reader).amili_co_debtor_ids)
        self.assertEqual(move.amili_state, "queued")
        self.assert_powerless(self.reader)

    def test_manager_of_accounting_is_no_clerk(self):
        self.assert_powerless(self.accountant)

    def test_identity_group_alone_hands_nothing_over(self):
        self.assert_powerless(
            self.new_user(
                "privacy",
                "amili_perinta.group_amili_identity,account.group_account_invoice",
            )
        )

    def test_clerk_hands_over(self):
        move = self.invoice()
        assignment = self.hand_over(move)
        self.assertEqual(assignment.user_id, self.clerk)
        assignment.with_user(self.clerk).action_check_now()
        assignment.with_user(self.clerk).action_cancel()
        self.assertEqual(move.amili_state, "cancelled")

    def test_who_may_not_change_an_invoice_does_not_hand_it_over(self):
        move, unknown = self.invoice(), self.invoice(known=False)
        self.env["ir.rule"].sudo().create(
            {
                "name": "Not these",
                "model_id": self.env.ref("account.model_account_move").id,
                "domain_force": [("id", "not in", (move + unknown).ids)],
                "perm_read": False,
            }
        )
        wizard = self.wizard(move)
        self.sandbox.clear_log()
        with mute_logger("odoo.addons.base.models.ir_rule"):
            self.assertRaises(AccessError, wizard.action_transfer)
            look_up = unknown.with_user(self.clerk).action_amili_look_up
            self.assertRaises(AccessError, look_up)
        self.assertFalse(self.sandbox.log())

    def test_manager_is_a_clerk_too(self):
        self.wizard(self.invoice(), self.manager).action_transfer()

    def test_nobody_makes_changes_or_deletes_a_case_by_rpc(self):
        records = (self.assignment, self.assignment.payer_ids[0], self.an_event())
        people = (self.outsider, self.reader, self.clerk, self.manager, self.trusted)
        for user in people:
            for record in records:
                values = {
                    name: record._fields[name].convert_to_write(record[name], record)
                    for name, field in record._fields.items()
                    if field.required
                }
                record = record.with_user(user)
                with self.subTest(user=user.login, model=record._name):
                    with mute_logger("odoo.addons.base.models.ir_model"):
                        self.assertRaises(AccessError, record.create, values)
                        self.assertRaises(AccessError, record.write, values)
                        self.assertRaises(AccessError, record.copy)
                        self.assertRaises(AccessError, record.unlink)

    def test_clerk_keeps_the_list_of_standing_co_debtors(self):
        values = {"debtor_id": self.business.id, "partner_id": self.person.id}
        line = self.env["amili.co.debtor"].with_user(self.clerk).create(values)
        line.basis = "guarantee"
        line.unlink()
        for user in (self.outsider, self.reader):
            standing = self.standing.with_user(user)
            with self.subTest(user=user.login):
                with mute_logger("odoo.addons.base.models.ir_model"):
                    self.assertRaises(AccessError, standing.create, values)
                    self.assertRaises(AccessError, standing.write, {"basis": "other"})
                    self.assertRaises(AccessError, standing.unlink)

    def test_wizard_of_another_clerk_is_closed(self):
        wizard = self.wizard(self.invoice())
        other = self.new_user("other", "amili_perinta.group_amili_user")
        with mute_logger("odoo.addons.base.models.ir_rule"):
            for record in (wizard, wizard.line_ids):
                self.assertRaises(AccessError, record.with_user(other).read)
            self.assertRaises(AccessError, wizard.with_user(other).action_transfer)

    def test_only_what_people_press_can_be_called(self):
        """A public method is callable by everybody: none is so by accident."""
        expected = {
            "account.move": {
                "action_amili_ask_pause",
                "action_amili_cancel_upload",
                "action_amili_dispute_question",
                "action_amili_is_the_same",
                "action_amili_look_up",
                "action_amili_mark_seen",
                "action_amili_open_assignments",
                "action_amili_reply",
                "action_amili_not_elsewhere",
                "action_amili_transfer",
                "action_amili_upload",
            },
            "amili.assignment": {
                "action_ask_due_date",
                "action_cancel",
                "action_check_now",
                "action_comment",
                "action_end_here",
                "action_mark_seen",
                "action_open_invoice",
                "action_pause",
                "action_propose_loss",
                "action_reply",
                "action_search_case",
                "action_send_again",
                "action_settle_change",
                "action_tell_change",
                "action_withdraw",
            },
            "amili.assignment.entry": {"action_decide"},
            "amili.assignment.event": {
                "action_dispute",
                "action_is_known",
                "action_is_not_similar",
                "action_is_similar",
                "action_mark_seen",
                "action_open_assignment",
                "action_reply",
                "action_retry",
            },
            "amili.invoice.upload": {"action_give_up"},
            "amili.candidate": {
                "action_refresh",
                "action_look_up",
                "action_fix",
                "action_open",
                "action_open_invoice",
                "action_send",
                "action_send_all_ready",
                "action_upload",
            },
            "amili.adoption.wizard": {"action_adopt"},
            "amili.found.case": {
                "action_adopt",
                "action_confirm",
                "action_confirm_all",
                "action_ignore",
                "action_look",
                "action_open",
                "action_open_assignment",
                "action_open_invoice",
                "action_restore",
                "search_status",
            },
            "amili.desk": {"get_figures"},
            "amili.entry.answer": {"action_forget"},
            "amili.debtor.wizard": {"action_save"},
            "amili.entry.wizard": {
                "action_books",
                "action_given_up",
                "action_kept",
                "action_paid",
                "action_payout",
            },
            "amili.loss.wizard": {"action_create_draft"},
            "amili.report.wizard": {"action_confirm"},
            "amili.transfer.wizard": {
                "action_correct_addresses",
                "action_look_up",
                "action_show_all",
                "action_transfer",
                "action_upload",
                "action_use_business_ids",
                "action_use_standing_co_debtors",
            },
            "amili.transfer.wizard.line": {"action_fix"},
            "amili.upload.wizard": {"action_correct", "action_upload"},
            "amili.upload.wizard.line": {"action_fix"},
            "amili.activation.wizard": {"action_activate"},
            "amili.service": {
                "action_activate",
                "action_change",
                "action_end",
                "action_mail_instead",
                "action_open_identification",
                "action_test_connection",
            },
            "amili.service.wizard": {"action_confirm"},
            "res.company": {
                "action_amili_activate",
                "action_amili_auto_trial",
                "action_amili_test_connection",
            },
            "res.config.settings": {
                "action_amili_activate",
                "action_amili_auto_trial",
                "action_amili_change_party",
                "action_amili_mail_instead",
                "action_amili_open_identification",
                "action_amili_open_service",
                "action_amili_test_connection",
            },
            "res.partner": {"action_amili_open_assignments"},
        }
        extended = (
            *("account.move", "res.company", "res.partner", "res.config.settings"),
            "amili.desk",
        )
        found = {}
        for model in map(self.env.get, (*OUR_MODELS, *extended)):
            ours, others = set(), set()
            for cls in type(model).mro():
                is_ours = cls.__module__.startswith("odoo.addons.amili_perinta.")
                (ours if is_ours else others).update(
                    name for name, value in vars(cls).items() if callable(value)
                )
            public = {name for name in ours - others if self.is_callable(model, name)}
            if public:
                found[model._name] = public
        self.assertEqual(found, expected)

    def is_callable(self, model, name):
        try:
            get_public_method(model, name)
        except AccessError:
            return False
        return True

    def an_event(self):
        return (
            self.env["amili.assignment.event"]
            .sudo()
            .create(
                {
                    "assignment_id": self.assignment.id,
                    "direction": "inbound",
                    "type": "comment",
                }
            )
        )

    def assert_powerless(self, user):
        """Nothing that a clerk does works, and Maventa is not even asked."""
        move = self.move.with_user(user)
        fresh = self.invoice()
        assignment = self.assignment.with_user(user)
        self.sandbox.clear_log()
        line = {"move_id": fresh.id, "collection_type": "collection"}
        line["wizard_id"] = self.wizard(fresh).id
        line["receivables_type"] = "b2b"
        ways = {
            "button": fresh.with_user(user).action_amili_transfer,
            "wizard": lambda: self.wizard(fresh, user),
            "empty wizard": lambda: (
                self.env["amili.transfer.wizard"]
                .with_user(user)
                .create({"line_ids": False})
            ),
            "line": lambda: (
                self.env["amili.transfer.wizard.line"].with_user(user).create(line)
            ),
            "confirm": self.wizard(fresh).with_user(user).action_transfer,
            "look up": move.action_amili_look_up,
            "cancel": assignment.action_cancel,
            "check": assignment.action_check_now,
            "again": assignment.action_send_again,
        }
        for way, act in ways.items():
            with self.subTest(user=user.login, way=way):
                with mute_logger("odoo.addons.base.models.ir_model"):
                    self.assertRaises(UserError, act)
        self.assertEqual(self.assignment.state, "queued")
        self.assertFalse(fresh.amili_state)
        self.assertFalse(self.sandbox.log())


@tagged("post_install", "-at_install")
class TestRecordRules(SecurityCommon):
    """A company's cases, debtors, events and co-debtors are its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.connect(cls.other)

    def setUp(self):
        super().setUp()
        tenant = self.person.copy(
            {"name": "Toisen asiakas", "company_id": self.other.id}
        )
        self.their_move = self.invoice(tenant, company=self.other, known=False)
        self.their_move.maventa_invoice_id = "99999999-0000-4000-8000-000000000001"
        terms = self.their_move._amili_default_terms()
        self.theirs = self.env["amili.assignment"]._queue(self.their_move, terms)
        self.their_event = (
            self.env["amili.assignment.event"]
            .sudo()
            .create(
                {
                    "assignment_id": self.theirs.id,
                    "direction": "inbound",
                    "type": "paid",
                }
            )
        )
        self.their_standing = (
            self.env["amili.co.debtor"]
            .sudo()
            .create({"debtor_id": tenant.id, "partner_id": self.co_debtor.id})
        )

    def test_records_of_another_company_cannot_be_seen(self):
        records = (
            self.theirs,
            self.theirs.payer_ids,
            self.their_event,
            self.their_standing,
        )
        for user in (self.clerk, self.manager, self.outsider, self.reader):
            for record in records:
                with self.subTest(user=user.login, model=record._name):
                    with mute_logger("odoo.addons.base.models.ir_rule"):
                        mine = record.browse().with_user(user)
                        self.env.invalidate_all()
                        self.assertRaises(AccessError, record.with_user(user).read)
                        self.assertFalse(mine.search([]) & record)

    def test_records_of_a_company_that_is_not_ticked_cannot_be_seen(self):
        both = self.new_user(
            "both",
            "amili_perinta.group_amili_user",
            companies=self.company + self.other,
        )
        cases = self.env["amili.assignment"].with_user(both)
        ticked = cases.with_context(allowed_company_ids=self.company.ids)
        self.assertNotIn(self.theirs, ticked.search([]))
        ticked = cases.with_context(allowed_company_ids=self.other.ids)
        self.assertEqual(ticked.search([]), self.theirs)

    def test_methods_refuse_invoices_of_another_company(self):
        move = self.their_move.with_user(self.clerk)
        case = self.theirs.with_user(self.clerk)
        self.sandbox.clear_log()
        for act in (
            move.action_amili_transfer,
            move.action_amili_look_up,
            case.action_cancel,
            case.action_check_now,
            case.action_send_again,
        ):
            self.env.invalidate_all()
            with self.subTest(method=act.__name__):
                with mute_logger("odoo.addons.base.models.ir_rule"):
                    self.assertRaises(AccessError, act)
        self.assertEqual(self.theirs.state, "queued")
        self.assertFalse(self.sandbox.log())

    def test_wizard_does_not_take_an_invoice_of_another_company(self):
        """Nor tell of it: its lines show amounts and names to whoever may read them."""
        wizard = self.env["amili.transfer.wizard"].with_user(self.clerk)
        line = {
            "move_id": self.their_move.id,
            "collection_type": "reminder_and_collection",
            "receivables_type": "b2c",
        }
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                wizard.create({"line_ids": [Command.create(line)]})
            with self.assertRaises(AccessError):
                self.wizard(self.their_move)
            wizard = self.wizard(self.move)
            line = wizard.line_ids
            line.move_id = self.their_move
            self.env.flush_all()
            for record, name in itertools.product(
                (wizard, line), ("capital_amount", "currency_id", "company_id")
            ):
                self.env.invalidate_all()
                with self.subTest(model=record._name, field=name):
                    self.assertRaises(AccessError, record.read, [name])


@tagged("post_install", "-at_install")
class TestRemoteProcedureCalls(SecurityCommon, HttpCase):
    """The same through the front door: the web client's RPC and the JSON-2 API."""

    def setUp(self):
        super().setUp()
        self.env.flush_all()

    def rpc(self, user, model, method, *args, **kwargs):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def assert_refused(self, user, model, method, *args, **kwargs):
        with self.subTest(user=user.login, model=model, method=method):
            with self.assertRaises(JsonRpcException) as caught:
                with mute_logger("odoo.http", "odoo.addons.base.models.ir_model"):
                    self.rpc(user, model, method, *args, **kwargs)
            self.assertNotIn(CODE, str(caught.exception))
            self.assertNotIn("sandbox-secret", str(caught.exception))

    def test_portal_customer_gets_nothing(self):
        for name in SECRETS:
            self.assert_refused(
                self.portal, "res.company", "read", self.company.ids, [name]
            )
        code = "amili_personal_identity_code"
        self.assert_refused(self.portal, "res.partner", "read", self.person.ids, [code])
        self.assert_refused(
            self.portal, "amili.assignment", "search_read", [], ["name"]
        )
        self.assert_refused(
            self.portal, "amili.assignment.payer", "read", self.assignment.payer_ids.ids
        )
        self.assert_refused(
            self.portal, "account.move", "action_amili_transfer", self.move.ids
        )
        self.assert_refused(
            self.portal, "account.move", "action_amili_look_up", self.move.ids
        )

    def test_stranger_gets_nothing(self):
        self.authenticate(None, None)
        for model in ("res.company", "amili.assignment"):
            with self.subTest(model=model), self.assertRaises(JsonRpcException):
                with mute_logger("odoo.http"):
                    self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{model}/search_read",
                        {
                            "model": model,
                            "method": "search_read",
                            "args": [[], []],
                            "kwargs": {},
                        },
                    )

    def test_clerk_cannot_call_what_is_private_nor_write_a_case(self):
        case = self.assignment.ids
        for method in ("_set_state", "_forget_identity_codes", "_cron_process_queue"):
            self.assert_refused(self.clerk, "amili.assignment", method, case, "closed")
        self.assert_refused(
            self.clerk, "amili.assignment", "write", case, {"state": "closed"}
        )
        self.assert_refused(self.clerk, "amili.assignment", "read", case, ["payload"])
        self.assert_refused(
            self.clerk, "account.move", "_amili_default_terms", self.move.ids
        )
        self.assert_refused(
            self.clerk, "res.company", "_amili_client", self.company.ids
        )
        self.assertEqual(self.assignment.state, "queued")

    def test_clerk_reads_a_case_through_json_2(self):
        read = {"ids": self.assignment.ids, "fields": ["state"]}
        answer = self.json_2(self.clerk, "amili.assignment/read", read)
        self.assertEqual(answer.json()[0]["state"], "queued")

    def test_json_2_refuses_as_well(self):
        read = {"ids": self.assignment.ids, "fields": ["payload"]}
        secret = {"ids": self.company.ids, "fields": ["amili_client_secret"]}
        for user, path, body in (
            (self.clerk, "amili.assignment/read", read),
            (self.clerk, "res.company/read", secret),
            (self.clerk, "amili.assignment/_set_state", {"ids": self.assignment.ids}),
            (
                self.outsider,
                "account.move/action_amili_transfer",
                {"ids": self.move.ids},
            ),
            (self.employee, "amili.assignment/search", {"domain": []}),
        ):
            with self.subTest(path=path), mute_logger("odoo.http"):
                answer = self.json_2(user, path, body)
                self.assertIn(answer.status_code, (403, 422))
                self.assertNotIn(CODE, answer.text)
                self.assertNotIn("sandbox-secret", answer.text)

    def json_2(self, user, path, body):
        """Call the JSON-2 API with a key of a user; return the response."""
        key = self.env["res.users.apikeys"].with_user(user).sudo()
        token = key._generate("rpc", "test", None)
        self.env.flush_all()
        return self.url_open(
            f"/json/2/{path}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
