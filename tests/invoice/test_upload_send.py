from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ...models.invoice import account_move_upload
from ..upload_case import UploadCase


@tagged("post_install", "-at_install")
class TestSendWizard(UploadCase):
    """Maventa as a way to send in Odoo's own windows."""

    def send_wizard(self, move, user=None, **values):
        """Return Odoo's window for one invoice, as a person gets it."""
        wizard = (
            self.env["account.move.send.wizard"]
            .with_user(user or self.outsider)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({})
        )
        wizard.write(values)
        return wizard

    def tick(self, wizard, *methods):
        wizard.sending_methods = list(methods)
        return wizard

    def batch_wizard(self, moves, user=None):
        return (
            self.env["account.move.send.batch.wizard"]
            .with_user(user or self.outsider)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({})
        )

    def test_shown_where_the_company_has_credentials(self):
        move = self.to_upload()
        self.assertEqual(
            self.send_wizard(move).sending_method_checkboxes["maventa"],
            {"checked": False, "label": "by Maventa"},
        )
        self.company.sudo().amili_client_secret = False
        checkboxes = self.send_wizard(move).sending_method_checkboxes
        self.assertNotIn("maventa", checkboxes)

    def test_ticked_for_customers_who_want_it(self):
        self.business.invoice_sending_method = "maventa"
        wizard = self.send_wizard(self.to_upload())
        self.assertTrue(wizard.sending_method_checkboxes["maventa"]["checked"])
        self.assertEqual(wizard.invoice_edi_format, "ubl_bis3")
        self.assertFalse(wizard.alerts)

    def test_sends_and_delivers(self):
        move = self.to_upload()
        self.tick(self.send_wizard(move), "maventa").action_send_and_print()
        self.assertFalse(self.sandbox.log(), "nothing from the click")
        self.assertEqual(move.amili_upload_state, "queued")
        self.assertTrue(move.is_move_sent)
        self.run_uploads()
        self.assertArrived(move)
        self.assertEqual(move.amili_upload_ids.user_id, self.outsider)
        self.assertTrue(move.amili_upload_ids.deliver)

    def test_only_stores(self):
        move = self.to_upload()
        wizard = self.send_wizard(move, maventa_delivery="store")
        self.tick(wizard, "maventa").action_send_and_print()
        self.assertFalse(move.amili_upload_ids.deliver)

    def test_by_mail_as_well(self):
        move = self.to_upload()
        self.tick(self.send_wizard(move), "maventa", "email").action_send_and_print()
        self.run_uploads()
        self.assertArrived(move)
        mailed = move.message_ids.filtered(
            lambda m: m.message_type == "comment" and not m.is_internal
        )
        self.assertEqual(len(mailed), 1)

    def test_without_maventa_nothing_changes(self):
        move = self.to_upload()
        self.tick(self.send_wizard(move), "email").action_send_and_print()
        self.assertFalse(move.amili_upload_ids)

    def test_what_is_there_already_is_not_sent_again(self):
        self.business.invoice_sending_method = "maventa"
        move = self.to_upload()
        self.upload(move)
        wizard = self.send_wizard(move)
        self.assertFalse(wizard.sending_method_checkboxes["maventa"]["checked"])
        self.tick(wizard, "maventa")
        self.assertEqual(wizard.alerts["amili_upload_at_maventa"]["level"], "danger")
        with self.assertRaisesRegex(UserError, "nothing is sent twice"):
            wizard.action_send_and_print()

    def test_what_is_on_its_way_is_not_sent_again(self):
        move = self.to_upload()
        self.queue_upload(move)
        wizard = self.tick(self.send_wizard(move), "maventa")
        with self.assertRaisesRegex(UserError, "on its way"):
            wizard.action_send_and_print()

    def test_no_file_can_be_made(self):
        move = self.invoice(known=False)  # Its line has no tax.
        wizard = self.tick(self.send_wizard(move), "maventa")
        alert = wizard.alerts["amili_upload_no_peppol_file"]
        self.assertEqual(alert["level"], "danger")
        self.assertIn("at least one tax", alert["message"])
        self.assertEqual(alert["action"]["res_id"], move.id)

    def test_no_way_to_deliver(self):
        self.person.write({"street": False})
        wizard = self.tick(self.send_wizard(self.to_upload(self.person)), "maventa")
        self.assertIn("amili_upload_no_way_to_deliver", wizard.alerts)

    def test_delivered_twice(self):
        wizard = self.send_wizard(self.to_upload())
        # Whether Odoo's own Peppol is installed or not.
        move = wizard.move_id
        methods = {move: {"sending_methods": ["maventa", "peppol"]}}
        alerts = wizard._amili_alerts_by_maventa(move, move, methods)
        self.assertIn("Delivered twice", alerts["amili_upload_twice"]["message"])
        wizard.maventa_delivery = "store"
        alerts = wizard._amili_alerts_by_maventa(move, move, methods)
        self.assertNotIn("amili_upload_twice", alerts)

    def test_many_by_odoos_own_queue(self):
        self.business.invoice_sending_method = "maventa"
        moves = self.to_upload() + self.to_upload()
        mailed = self.to_upload(self.person)
        wizard = self.batch_wizard(moves + mailed)
        self.assertEqual(wizard.summary_data["maventa"]["count"], 2)
        wizard.maventa_delivery = "store"
        wizard.action_send_and_print()
        self.make_files()
        self.assertEqual(moves.amili_upload_ids.mapped("deliver"), [False] * 2)
        self.assertEqual(moves.amili_upload_ids.user_id, self.outsider)
        self.assertFalse(mailed.amili_upload_ids)
        self.run_uploads()
        self.assertEqual(moves.mapped("amili_upload_state"), ["sent"] * 2)

    def test_of_many_those_that_are_stopped_are_left_out_and_named(self):
        self.business.invoice_sending_method = "maventa"
        good, bad = self.to_upload(), self.invoice(known=False)
        wizard = self.batch_wizard(good + bad)
        alert = wizard.alerts["amili_upload_no_peppol_file"]
        self.assertEqual(alert["level"], "warning")
        self.assertIn(bad.name, alert["message"])
        self.assertNotIn(good.name, alert["message"])
        wizard.action_send_and_print()
        self.make_files()
        self.assertEqual(good.amili_upload_state, "queued")
        self.assertFalse(bad.amili_upload_state)
        self.assertFalse(bad.sending_data)
        self.assertIn("tax", bad.message_ids[0].body, "Odoo says what is wrong")

    def test_no_credentials_any_more_when_the_files_are_made(self):
        self.business.invoice_sending_method = "maventa"
        moves = self.to_upload() + self.to_upload()
        self.batch_wizard(moves).action_send_and_print()
        self.company.sudo().amili_client_secret = False
        self.make_files()
        self.assertFalse(moves.amili_upload_ids)
        for move in moves:
            self.assertIn("Not sent by Maventa", self.notes(move)[-1])

    def test_the_pdf_cannot_be_made(self):
        move = self.to_upload()
        wizard = self.tick(self.send_wizard(move), "maventa")
        report = self.env.registry["ir.actions.report"]
        with (
            patch.object(
                report, "_pre_render_qweb_pdf", side_effect=UserError("no paper")
            ),
            self.assertRaisesRegex(UserError, "no paper"),
        ):
            wizard.action_send_and_print()
        self.assertFalse(move.amili_upload_ids)

    def test_credit_notes_go_another_way(self):
        self.business.invoice_sending_method = "maventa"
        refund = self._reverse_invoice(self.to_upload(), post=True)
        wizard = self.send_wizard(refund)
        self.assertFalse(wizard.sending_method_checkboxes["maventa"]["checked"])


@tagged("post_install", "-at_install")
class TestUploadWizard(UploadCase):
    """The way to mend a missing Maventa ID."""

    def test_what_the_customer_has_is_only_stored(self):
        has, has_not = self.to_upload(), self.to_upload()
        has.is_move_sent = True
        self.assertEqual(self.upload_wizard(has).delivery, "store")
        self.assertEqual(self.upload_wizard(has_not).delivery, "deliver")
        lines = self.upload_wizard(has + has_not).line_ids
        chosen = {line.move_id: line.delivery for line in lines}
        self.assertEqual(chosen, {has: "store", has_not: "deliver"})

    def test_says_what_it_costs(self):
        wizard = self.upload_wizard(self.to_upload())
        self.assertIn("may charge", wizard.summary)

    def test_what_is_stopped_is_left_out(self):
        good, bad = self.to_upload(), self.invoice(known=False)
        wizard = self.upload_wizard(good + bad)
        first, second = wizard.line_ids
        self.assertEqual((first.move_id, first.level), (bad, "stopped"))
        self.assertIn("tax", first.problem)
        self.assertEqual(first.action_fix()["res_id"], bad.id)
        self.assertEqual((second.move_id, second.level), (good, "ready"))
        told = wizard.action_upload()["params"]
        self.assertIn("goes to Maventa within minutes", told["message"])
        self.assertIn("Left out", told["message"])
        self.assertEqual(good.amili_upload_state, "queued")

    def test_nothing_can_be_sent(self):
        wizard = self.upload_wizard(self.invoice(known=False))
        self.assertEqual(wizard.ready_count, 0)
        with self.assertRaisesRegex(UserError, "at least one tax"):
            wizard.action_upload()

    def test_the_choice_of_one_invoice(self):
        move = self.to_upload()
        with Form(self.upload_wizard(move)) as form:
            form.delivery = "store"
        form.record.action_upload()
        self.assertFalse(move.amili_upload_ids.deliver)

    def test_odoos_scheduled_action_is_off(self):
        self.env.ref("account.ir_cron_account_move_send").active = False
        wizard = self.upload_wizard(self.to_upload() + self.to_upload())
        with self.assertRaisesRegex(UserError, "switched off"):
            wizard.action_upload()

    def test_opened_from_the_wizard_of_the_hand_over(self):
        known, unknown = self.invoice(), self.to_upload()
        action = self.wizard(known + unknown).action_upload()
        opened = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(opened.line_ids.move_id, unknown)

    def test_opened_from_the_candidates(self):
        known, unknown = self.invoice(), self.to_upload()
        candidates = self.env["amili.candidate"].with_user(self.clerk)
        candidates.action_open()
        mine = candidates.search([("move_id", "in", (known + unknown).ids)])
        action = mine.action_upload()
        opened = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(opened.line_ids.move_id, unknown)
        with self.assertRaisesRegex(UserError, "has all of these already"):
            mine.filtered(lambda c: c.move_id == known).action_upload()

    def test_many_invoices_cost_few_queries_each(self):
        """What Odoo asks the database while it makes a file is not counted: of many
        invoices the files are made in the background.
        """
        moves = self.env["account.move"].union(*(self.to_upload() for _i in range(24)))
        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(account_move_upload, "MAX_FILES_TRIED", 2):
            few = self.queries(moves[:4])
            many = self.queries(moves[4:])
        self.assertLess((many - few) / 16, 4)

    def queries(self, moves):
        before = self.cr.sql_log_count
        self.upload_wizard(moves).action_upload()
        self.env.flush_all()
        return self.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestUploadRights(UploadCase):
    """Who may and who may not."""

    def test_without_the_right(self):
        move = self.to_upload()
        for call in ("action_amili_upload", "action_amili_cancel_upload"):
            with self.assertRaisesRegex(UserError, "may not hand invoices over"):
                getattr(move.with_user(self.outsider), call)()
        with self.assertRaises(AccessError):
            self.upload_wizard(move, self.outsider)

    def test_readers_may_not_send(self):
        move = self.to_upload()
        reader = self.new_user("reader", "account.group_account_readonly")
        with self.assertRaises(UserError):
            move.with_user(reader).action_amili_upload()

    def test_portal(self):
        move = self.to_upload()
        self.upload(move)
        portal = new_test_user(self.env, "amili_portal_upload", "base.group_portal")
        with self.assertRaises(AccessError):
            move.amili_upload_ids.with_user(portal).read(["state"])
        with self.assertRaises(UserError):
            move.with_user(portal).action_amili_upload()
        with self.assertRaises(AccessError):
            move.with_user(portal).read(["maventa_environment"])

    def test_of_another_company(self):
        move = self.to_upload()
        self.upload(move)
        other = self.setup_other_company(name="Toinen Oy")["company"]
        stranger = new_test_user(
            self.env,
            "amili_stranger_upload",
            "amili_perinta.group_amili_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        uploads = self.env["amili.invoice.upload"].with_user(stranger)
        self.assertFalse(uploads.search([]))
        with self.assertRaises(AccessError):
            uploads.browse(move.amili_upload_ids.id).read(["state"])
        with self.assertRaises(AccessError):
            move.with_user(stranger).action_amili_upload()
        with self.assertRaises(AccessError):
            self.upload_wizard(move, stranger)

    def test_nobody_writes_an_upload_by_hand(self):
        move = self.to_upload()
        upload = self.queue_upload(move)
        for user in (self.clerk, self.manager):
            with self.assertRaises(AccessError):
                upload.with_user(user).write({"state": "sent"})
            with self.assertRaises(AccessError):
                upload.with_user(user).unlink()

    def test_what_goes_out_is_read_by_nobody(self):
        upload = self.queue_upload(self.to_upload())
        for name in ("file", "email", "maventa_company_uuid"):
            with self.assertRaises(AccessError):
                upload.with_user(self.clerk).read([name])

    def test_wizards_of_others(self):
        wizard = self.upload_wizard(self.to_upload())
        second = self.new_user("second", "amili_perinta.group_amili_user")
        with self.assertRaises(AccessError):
            wizard.with_user(second).action_upload()
        with self.assertRaises(AccessError):
            wizard.line_ids.with_user(second).read(["move_id"])

    def test_no_name_in_the_log(self):
        self.person.email = "maija@malli.example"
        with self.assertLogs("odoo.addons.amili_perinta", "DEBUG") as logged:
            self.upload(self.to_upload(self.person))
        for secret in ("Maija", "malli.example", "Esimerkkikatu", "sandbox-secret"):
            self.assertNotIn(secret, "\n".join(logged.output))
