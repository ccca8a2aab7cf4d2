from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from ..common import AmiliCommon

ID = "2f1b9c1e-7d0a-4c53-9b7e-0f6a1f0c2d11"
OTHER_ID = "2f1b9c1e-7d0a-4c53-9b7e-0f6a1f0c2d12"


@tagged("post_install", "-at_install")
class TestLiveAssignment(AmiliCommon):
    """An invoice does not leave the books while Amili works on it."""

    def ways_out(self, move):
        """Return the ways in which an invoice leaves the books."""
        move = move.with_user(self.outsider)
        return {
            "draft": move.button_draft,
            "cancel": move.button_cancel,
            "write draft": lambda: move.write({"state": "draft"}),
            "write cancel": lambda: move.write({"state": "cancel"}),
            "delete": move.with_context(force_delete=True).unlink,
        }

    def assert_locked(self, move, words):
        for way, leave in self.ways_out(move).items():
            with self.subTest(way=way, state=move.amili_state):
                with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
                    leave()
                self.env.invalidate_all()
                self.assertEqual(move.state, "posted")

    def test_on_the_queue(self):
        move = self.invoice()
        self.hand_over(move)
        self.assert_locked(move, "Cancel Sending")

    def test_handed_over(self):
        move = self.invoice()
        self.send(move)
        self.assertEqual(move.amili_state, "pending")
        self.assert_locked(move, "credit note")

    def test_active(self):
        move = self.invoice()
        self.activate(move)
        self.assert_locked(move, "credit note")

    def test_whatever_live_state_it_is_in(self):
        move = self.invoice()
        assignment = self.hand_over(move).sudo()
        for state in ("sending", "unknown"):
            assignment.state = state
            self.assert_locked(move, "credit note")

    def test_credit_note_and_payment_are_allowed(self):
        move = self.invoice()
        self.activate(move)
        self.pay(move, 240.0)
        self.credit(self.activate(self.invoice()).move_id)
        self.assertEqual(move.amount_residual, 1000.0)
        self.assertEqual(move.amili_state, "active")

    def test_after_it_ended_all_work(self):
        for way in ("draft", "cancel", "write draft", "write cancel", "delete"):
            move = self.invoice()
            self.hand_over(move).with_user(self.clerk).action_cancel()
            with self.subTest(way=way):
                self.ways_out(move)[way]()

    def test_closed_case_lets_the_invoice_go_back_to_draft(self):
        move = self.invoice()
        self.activate(move)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.run_cron("sync_events")
        self.assertEqual(move.amili_state, "closed")
        move.button_draft()
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.amili_state, "closed", "history stays")
        with self.assertRaisesRegex(UserError, "stays for the records"):
            move.with_context(force_delete=True).unlink()

    def test_case_that_was_at_amili_is_not_deleted(self):
        move = self.invoice()
        assignment = self.activate(move).sudo()
        with self.assertRaisesRegex(UserError, "stays for the records"):
            assignment.unlink()
        self.sandbox.amili(move, "close", result="paid")
        self.run_cron("sync_events")
        with self.assertRaisesRegex(UserError, "stays for the records"):
            assignment.unlink()

    def test_case_that_never_left_goes_with_its_invoice(self):
        move = self.invoice()
        assignment = self.hand_over(move)
        assignment.with_user(self.clerk).action_cancel()
        move.button_draft()
        move.with_context(force_delete=True).unlink()
        self.assertFalse(assignment.exists())

    def test_copy_and_credit_note_start_anew(self):
        move = self.invoice(
            amili_reminder_date="2026-10-01",
            amili_reminder_amount=5,
            amili_co_debtor_partner_ids=self.person.ids,
        )
        self.activate(move)
        for new in (move.copy(), self._reverse_invoice(move)):
            with self.subTest(move_type=new.move_type):
                self.assertFalse(new.amili_state)
                self.assertFalse(new.amili_assignment_id)
                self.assertFalse(new.amili_assignment_ids)
                self.assertFalse(new.maventa_invoice_id)
                self.assertFalse(new.amili_co_debtor_partner_ids)
                self.assertFalse(new.amili_reminder_date)
                self.assertFalse(new.amili_reminder_amount)

    def test_deleted_contact_stays_in_the_case(self):
        co_debtor = self.person.copy({"name": "Matti Malli"})
        move = self.invoice(amili_co_debtor_partner_ids=co_debtor.ids)
        payer = self.hand_over(move).payer_ids[1]
        co_debtor.unlink()
        self.env.invalidate_all()
        self.assertEqual(payer.name, "Matti Malli")

    def test_maventa_id_of_a_case_stays(self):
        """By this id Maventa is asked how the hand-over went."""
        move = self.invoice()
        self.send(move)
        for value in (False, OTHER_ID):
            with self.assertRaisesRegex(ValidationError, "can no longer be changed"):
                move.with_user(self.outsider).maventa_invoice_id = value

    def test_invoice_in_a_locked_period_can_be_handed_over(self):
        move = self.invoice()
        self.company.fiscalyear_lock_date = "2026-09-30"
        self.activate(move)
        self.assertEqual(move.amili_state, "active")

    def test_inalterable_invoice_can_be_handed_over(self):
        move = self.invoice(known=False)
        move.button_hash()
        self.assertTrue(move.inalterable_hash)
        move.maventa_invoice_id = ID
        self.sandbox.add_invoice(move)
        wizard = self.wizard(move)
        wizard.write({"reminder_date": "2026-10-01", "reminder_amount": 5.0})
        wizard.action_transfer()
        self.run_cron("process_queue")
        self.assertEqual(move.amili_state, "pending")
        self.assertEqual(move.amili_reminder_amount, 5.0)


@tagged("post_install", "-at_install")
class TestMaventaId(AmiliCommon):
    def test_it_is_a_uuid(self):
        move = self.invoice(known=False)
        move.maventa_invoice_id = ID
        move.maventa_invoice_id = ID.upper()
        for text in ("123", f"{ID}/", f" {ID}", ID[:-1], f"{ID}\n", "../" + ID[3:]):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                move.maventa_invoice_id = text

    def test_no_two_invoices_of_a_company_have_the_same(self):
        self.invoice(known=False).maventa_invoice_id = ID
        other = self.invoice(known=False)
        for text in (ID, ID.upper()):
            with self.subTest(text=text), mute_logger("odoo.sql_db"):
                with self.assertRaises(Exception) as caught, self.cr.savepoint():
                    other.maventa_invoice_id = text
                    other.flush_recordset()
                self.assertIn("_maventa_invoice_unique", str(caught.exception))
                other.invalidate_recordset()

    def test_spaces_around_a_pasted_id_are_dropped(self):
        move = self.invoice(known=False).new({"maventa_invoice_id": f" {ID} "})
        move._onchange_maventa_invoice_id()
        self.assertEqual(move.maventa_invoice_id, ID)


@tagged("post_install", "-at_install")
class TestLookUp(AmiliCommon):
    """The id is taken where exactly one invoice is the same beyond doubt."""

    def at_maventa(self, move, id=ID, **values):
        self.sandbox.add_invoice(move, **{"id": id, "status": "DELIVERED", **values})

    def look_up(self, move):
        return move.with_user(self.clerk).action_amili_look_up()

    def assert_not_found(self, move, words):
        with self.assertRaisesRegex(UserError, words):
            self.look_up(move)
        self.assertFalse(move.maventa_invoice_id)

    def test_exactly_one(self):
        move = self.invoice(known=False)
        self.at_maventa(move)
        self.look_up(move)
        self.assertEqual(move.maventa_invoice_id, ID)
        self.assertEqual(move.maventa_invoice_status, "DELIVERED")
        self.assertFalse(move.maventa_invoice_undelivered)

    def test_private_customer_has_no_business_id(self):
        move = self.invoice(self.person, known=False)
        self.at_maventa(move)
        self.look_up(move)
        self.assertEqual(move.maventa_invoice_id, ID)

    def test_undelivered_one_is_taken_and_warned_of(self):
        move = self.invoice(known=False)
        self.at_maventa(move, status="FAILED")
        self.look_up(move)
        self.assertTrue(move.maventa_invoice_undelivered)
        self.assertIn("not_delivered", move._amili_get_alerts()[move.id])

    def test_none(self):
        self.assert_not_found(self.invoice(known=False), "has no invoice numbered")

    def test_never_guesses_between_two(self):
        move = self.invoice(known=False)
        self.at_maventa(move)
        self.at_maventa(move, OTHER_ID)
        self.assert_not_found(move, "has 2 invoices")

    def test_the_right_one_of_two_with_the_same_number(self):
        move = self.invoice(known=False)
        self.at_maventa(move, OTHER_ID, date="2025-08-20")
        self.at_maventa(move)
        self.look_up(move)
        self.assertEqual(move.maventa_invoice_id, ID)

    def test_date_amount_and_business_id_must_match(self):
        for partner, values in (
            (self.business, {"date": "2026-08-21"}),
            (self.business, {"sum_tax": 1240.01}),
            (self.business, {"recipient": {"name": "Muu Oy", "bid": "0112038-9"}}),
            (self.business, {"recipient": {"name": "Esimerkki Oy"}}),
            (self.person, {"recipient": {"name": "M. Malli", "bid": "0112038-9"}}),
        ):
            move = self.invoice(partner, known=False)
            self.at_maventa(move, **values)
            with self.subTest(**values):
                self.assert_not_found(move, "differs")

    def test_business_id_in_another_spelling_is_the_same(self):
        for spelling in ("20774740", "FI20774740", "fi 2077474-0"):
            move = self.invoice(known=False)
            self.at_maventa(move, recipient={"name": "Esimerkki Oy", "bid": spelling})
            with self.subTest(spelling=spelling):
                self.look_up(move)
                self.assertEqual(move.maventa_invoice_id, ID)
            move.maventa_invoice_id = False

    def test_number_that_only_begins_alike_is_another_invoice(self):
        move = self.invoice(known=False)
        self.at_maventa(move, number=move.name + "1")
        self.assert_not_found(move, "has no invoice numbered")

    def test_id_of_another_invoice_is_not_taken_twice(self):
        self.invoice(known=False).maventa_invoice_id = ID.upper()
        move = self.invoice(known=False)
        self.at_maventa(move)
        self.assert_not_found(move, "Another invoice has the ID")

    def test_trouble_becomes_a_sentence(self):
        move = self.invoice(known=False)
        self.sandbox.fault("drop_before", path="/v1/invoices", times=None)
        self.assert_not_found(move, "connection broke|cannot be reached")
        self.sandbox.clear_faults()
        self.sandbox.fault("status", path="/v1/invoices", status=503, times=None)
        self.assert_not_found(move, "failure of its own")
        self.sandbox.clear_faults()
        self.connect(self.company, client_secret="wrong")
        self.assert_not_found(move, "does not accept the credentials")
        self.connect(self.company, client_secret=False)
        self.assert_not_found(move, "credentials for Maventa are missing")

    def test_many_are_looked_up_in_the_background(self):
        found, unknown = self.invoice(known=False), self.invoice(known=False)
        self.at_maventa(found)
        self.sandbox.clear_log()
        wizard = self.wizard(found + unknown + self.invoice())
        self.assertEqual(wizard.missing_id_count, 2)
        wizard.action_look_up()
        self.assertFalse(self.sandbox.log(), "the cron does all remote work")
        self.run_cron("look_up")
        self.assertEqual(found.maventa_invoice_id, ID)
        self.assertFalse(unknown.maventa_invoice_id)
        self.assertIn("has no invoice numbered", unknown.maventa_lookup_problem)
        self.assertFalse(any((found + unknown).mapped("maventa_lookup_wanted")))

    def test_trouble_in_the_background_is_told_on_the_invoice(self):
        move = self.invoice(known=False)
        self.wizard(move).action_look_up()
        self.connect(self.company, client_secret="wrong")
        self.run_cron("look_up")
        self.assertIn("does not accept", move.maventa_lookup_problem)
        self.assertFalse(move.maventa_lookup_wanted, "not asked for ever")


@tagged("post_install", "-at_install")
class TestConnection(AmiliCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("admin", "base.group_system")

    def press(self):
        """Press Test Connection in the settings."""
        company = self.company.with_user(self.admin)
        return company.action_amili_test_connection()

    def seed(self, **values):
        """Change the company at Maventa."""
        client_id = self.company.sudo().amili_client_id
        self.sandbox.control("companies", {"client_id": client_id, **values})

    def test_good_credentials(self):
        self.seed(name="Mallifirma Oy")
        params = self.press()["params"]
        self.assertEqual(params["type"], "success")
        self.assertIn("Mallifirma Oy", params["message"])
        self.assertIn("Sandbox", params["message"])
        self.assertEqual(self.company.amili_service_state, "active")
        self.assertNotIn("sandbox-secret", str(params))

    def test_through_the_settings(self):
        settings = self.env["res.config.settings"].with_user(self.admin).create({})
        action = settings.action_amili_test_connection()
        self.assertEqual(action["params"]["type"], "success")

    def test_wrong_secret(self):
        for name in ("client_secret", "vendor_api_key"):
            self.connect(self.company, **{name: "wrong"})
            with self.subTest(name=name):
                with self.assertRaisesRegex(UserError, "does not accept"):
                    self.press()
        self.assertEqual(self.company.amili_service_state, "none")

    def test_missing_scope(self):
        self.seed(scopes=["company:read", "receivables:assignments"])
        params = self.press()["params"]
        self.assertEqual(params["type"], "warning")
        self.assertIn("invoice:send", params["message"])

    def test_service_that_is_not_active(self):
        for status in ("PENDING", "DISABLED"):
            self.seed(service_status=status)
            params = self.press()["params"]
            with self.subTest(status=status):
                self.assertEqual(params["type"], "warning")
                self.assertIn(status, params["message"])
                self.assertNotEqual(self.company.amili_service_state, "active")
                alerts = self.invoice()._amili_get_alerts()
                self.assertIn("service_inactive", str(alerts))

    def test_sandbox_that_is_nowhere(self):
        parameters = self.env["ir.config_parameter"].sudo()
        for url in (False, "http://maventa.example", "ftp://127.0.0.1"):
            parameters.set_param("amili_perinta.sandbox_url", url)
            with self.subTest(url=url):
                with self.assertRaisesRegex(UserError, "address of the sandbox"):
                    self.press()

    def test_credentials_missing(self):
        self.connect(self.company, vendor_api_key=False)
        with self.assertRaisesRegex(UserError, "are missing"):
            self.press()


@tagged("post_install", "-at_install")
class TestSettings(AmiliCommon):
    def save(self, **values):
        settings = self.env["res.config.settings"].create(values)
        settings.execute()

    def test_new_company_is_in_the_test_environment_and_has_no_credentials(self):
        company = self.env["res.company"].create({"name": "Uusi Oy"}).sudo()
        self.assertEqual(company.amili_environment, "test")
        self.assertFalse(company._amili_has_credentials())

    def test_settings_are_those_of_the_company(self):
        self.save(amili_min_days_b2c=21, amili_client_secret="new")
        self.assertEqual(self.company.amili_min_days_b2c, 21)
        self.assertEqual(self.company.sudo().amili_client_secret, "new")

    def test_another_account_forgets_what_was_learned_of_the_old_one(self):
        for values in ({"amili_client_id": "new"}, {"amili_environment": "test"}):
            self.know_service()
            self.feed.read_until = "2026-10-01 00:00:00"
            self.save(**values)
            with self.subTest(**values):
                self.assertEqual(self.company.amili_service_state, "none")
                self.assertFalse(self.feed.read_until)

    def test_who_comes_back_goes_on_where_it_was(self):
        self.know_service()
        self.feed.read_until = "2026-10-01 00:00:00"
        self.save(amili_environment="test")
        self.save(amili_environment="sandbox")
        self.assertEqual(self.company.amili_service_state, "active")
        self.assertTrue(self.feed.read_until)

    def test_saving_other_settings_forgets_nothing(self):
        self.know_service()
        self.feed.read_until = "2026-10-01 00:00:00"
        self.save(amili_min_days_b2b=3)
        self.assertTrue(self.company.amili_service_id.checked_at)
        self.assertTrue(self.feed.read_until)

    def test_days_are_not_negative(self):
        for name in ("amili_min_days_b2b", "amili_min_days_b2c"):
            with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
                with self.cr.savepoint():
                    self.company[name] = -1
                    self.company.flush_recordset()
            self.assertIn("amili_days_not_negative", str(caught.exception))
            self.company.invalidate_recordset()

    def test_summary_is_filled_in_from_the_invoice(self):
        move = self.invoice(invoice_origin="T-77", payment_reference="1232")
        for template, summary in (
            ("Lasku {number}, {date}", f"Lasku {move.name}, 20.8.2026"),
            ("{due_date} {reference} {origin}", "3.9.2026 1232 T-77"),
            ("{description}", "Konsultointi"),
            ("Vuokra", "Vuokra"),
            ("{{number}}", "{number}"),
        ):
            self.company.amili_summary_template = template
            with self.subTest(template=template):
                terms = move._amili_default_terms()[move.id]
                self.assertEqual(terms["assignment_summary"], summary)

    def test_summary_takes_nothing_else_in_braces(self):
        for template in (
            "{number.__class__}",
            "{number[0]}",
            "{number!r}",
            "{number:>999999999}",
            "{0}",
            "{}",
            "{",
            "}",
            "{foo}",
            "{number} {company_id}",
        ):
            with self.subTest(template=template):
                with self.assertRaisesRegex(ValidationError, "assignment summary"):
                    self.company.amili_summary_template = template

    def test_standing_co_debtor_is_somebody_else(self):
        lines = self.env["amili.co.debtor"].with_user(self.clerk)
        with self.assertRaises(ValidationError):
            lines.create({"debtor_id": self.person.id, "partner_id": self.person.id})

    def test_liability_does_not_end_before_it_begins(self):
        values = {"debtor_id": self.person.id, "partner_id": self.business.id}
        dates = {"date_from": "2026-02-01", "date_to": "2026-01-31"}
        lines = self.env["amili.co.debtor"].with_user(self.clerk)
        with self.assertRaises(ValidationError):
            lines.create({**values, **dates})
        lines.create({**values, **dates, "date_to": "2026-02-01"})

    def test_reminder_fee_of_the_company_is_proposed_with_a_date(self):
        self.company.amili_reminder_fee = 5.0
        move = self.invoice().new(origin=None, values={"company_id": self.company.id})
        move.amili_reminder_date = "2026-10-01"
        move._onchange_amili_reminder_date()
        self.assertEqual(move.amili_reminder_amount, 5.0)


@tagged("post_install", "-at_install")
class TestNeutralize(AmiliCommon):
    """A copy of the production database hands nobody over."""

    def neutralize(self):
        self.env.flush_all()
        with file_open("amili_perinta/data/neutralize.sql") as file:
            self.cr.execute(file.read())
        self.env.invalidate_all()

    def test_credentials_are_gone(self):
        self.company.amili_environment = "production"
        self.neutralize()
        company = self.company.sudo()
        self.assertEqual(company.amili_environment, "test")
        self.assertFalse(company._amili_has_credentials())
        for name in ("client_id", "client_secret", "vendor_api_key"):
            self.assertFalse(company[f"amili_{name}"])
        self.assertEqual(company.amili_service_state, "none")
        parameters = self.env["ir.config_parameter"].sudo()
        self.assertFalse(parameters.get_param("amili_perinta.sandbox_url"))

    def test_what_was_queued_never_goes_out(self):
        move = self.invoice(self.person)
        assignment = self.hand_over(move)
        self.neutralize()
        self.assertEqual(assignment.state, "cancelled")
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(move.amili_assignment_id)
        self.connect(self.company)
        self.env["ir.config_parameter"].sudo().set_param(
            "amili_perinta.sandbox_url", self.sandbox.url
        )
        self.run_cron("process_queue")
        self.assertFalse(self.sandbox.cases())

    def test_identity_codes_leave_what_never_goes_out(self):
        assignment = self.hand_over(self.invoice(self.person)).sudo()
        self.assertIn("131052-308T", str(assignment.payload))
        self.neutralize()
        self.assertNotIn("131052-308T", str(assignment.payload))
        self.assertFalse(any(assignment.payer_ids.mapped("personal_identity_code")))


@tagged("post_install", "-at_install")
class TestInstallation(AmiliCommon):
    def install(self, model):
        """Bring a table up to date as an installation does."""
        self.env.registry.init_models(self.cr, [model], {"module": "amili_perinta"})

    def test_type_of_existing_contacts_follows_from_company_or_person(self):
        contacts = self.business + self.person
        self.env.flush_all()
        self.cr.execute("ALTER TABLE res_partner DROP COLUMN amili_receivables_type")
        self.install("res.partner")
        self.env.invalidate_all()
        self.assertEqual(contacts.mapped("amili_receivables_type"), ["b2b", "b2c"])

    def test_existing_invoices_are_not_computed_one_by_one(self):
        move = self.invoice()
        self.env.flush_all()
        names = ("amili_state", "amili_assignment_id")
        for name in names:
            self.cr.execute(f"ALTER TABLE account_move DROP COLUMN {name}")
        self.install("account.move")
        fields = [self.env["account.move"]._fields[name] for name in names]
        self.assertFalse([f for f in fields if self.env.records_to_compute(f)])
        self.env.invalidate_all()
        self.assertFalse(move.amili_state)

    def test_type_follows_the_contact_until_it_is_set(self):
        contact = self.env["res.partner"].create({"name": "Oy Uusi Ab"})
        self.assertEqual(contact.amili_receivables_type, "b2c")
        contact.is_company = True
        self.assertEqual(contact.amili_receivables_type, "b2b")
        tenant = self.env["res.partner"].create(
            {"name": "Ville", "amili_receivables_type": "b2c_rental"}
        )
        tenant.name = "Ville Vuokralainen"
        self.assertEqual(tenant.amili_receivables_type, "b2c_rental")

    def test_intervals_that_people_chose_survive_an_upgrade(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "amili_perinta"), ("model", "in", ("ir.cron", "ir.rule"))]
        )
        self.assertTrue(data)
        self.assertTrue(all(data.mapped("noupdate")))

    def test_every_cron_runs_and_is_on(self):
        crons = self.env["ir.cron"].search(
            [
                ("code", "like", "model._cron_%"),
                ("model_id.model", "=", "amili.assignment"),
            ]
        )
        self.assertEqual(len(crons), 5)
        for name in (
            "process_queue",
            "poll_transfers",
            "sync_events",
            "sweep",
            "deadlines",
        ):
            self.run_cron(name)

    def test_administrator_may_hand_over_from_the_start(self):
        admin = self.env.ref("base.user_admin")
        self.assertTrue(admin.has_group("amili_perinta.group_amili_manager"))
        self.assertFalse(admin.has_group("amili_perinta.group_amili_identity"))

    def test_list_header_button_is_for_clerks_alone(self):
        for user, is_there in ((self.clerk, True), (self.outsider, False)):
            view = (
                self.env["account.move"]
                .with_user(user)
                .get_view(self.env.ref("account.view_out_invoice_tree").id, "list")
            )
            with self.subTest(user=user.login):
                self.assertEqual("action_amili_transfer" in view["arch"], is_there)
