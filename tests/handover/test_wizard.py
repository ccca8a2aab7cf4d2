import json
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import Form, tagged

from ..wizard_case import ManyInvoicesCase, WizardCommon

CRON = "amili_perinta.ir_cron_amili_process_queue"


@tagged("post_install", "-at_install")
class TestOneInvoice(WizardCommon):
    """One invoice is shown whole: what is claimed, from whom, in which words."""

    def test_button_opens_the_wizard(self):
        move = self.invoice()
        action = move.with_user(self.clerk).action_amili_transfer()
        self.assertEqual(action["res_model"], "amili.transfer.wizard")
        self.assertEqual(action["target"], "new")
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.move_id, move)

    def test_preview_shows_the_claim(self):
        move = self.invoice(amili_reminder_date="2026-10-01", amili_reminder_amount=5)
        self.pay(move, 240.0)
        self.assertRecordValues(
            self.wizard(move),
            [
                {
                    "move_id": move.id,
                    "company_id": self.company.id,
                    "capital_amount": 1000.0,
                    "reminder_amount": 5.0,
                    "total_amount": 1005.0,
                    "collection_type": "reminder_and_collection",
                    "receivables_type": "b2b",
                    "assignment_summary": f"Lasku {move.name}, 20.8.2026",
                    "ready_count": 1,
                    "stopped_count": 0,
                }
            ],
        )

    def test_preview_names_everybody_who_owes(self):
        move = self.invoice(self.person, amili_co_debtor_partner_ids=self.business.ids)
        debtors = self.wizard(move).debtors
        for words in ("Maija Malli", "Esimerkkikatu 2", "33100 Tampere"):
            self.assertIn(words, debtors)
        for words in ("Esimerkki Oy", "2077474-0", "Mannerheimintie 1 A 2"):
            self.assertIn(words, debtors)
        self.assertIn("***********", debtors)
        self.assertNotIn("131052", debtors)

    def test_names_are_no_html(self):
        script = "<script>alert(1)</script>"
        customer = self.person.copy({"name": script, "street": script})
        debtors = self.wizard(self.invoice(customer)).debtors
        self.assertNotIn("<script>", debtors)
        self.assertEqual(debtors.count("&lt;script&gt;"), 2)

    def test_preview_is_what_is_sent_except_for_the_mask(self):
        self.person.amili_receivables_type = "b2c_rental"
        move = self.invoice(
            self.person,
            amili_co_debtor_partner_ids=(self.co_debtor + self.business).ids,
            amili_reminder_date="2026-10-01",
            amili_reminder_amount=5,
        )
        wizard = self.wizard(move)
        shown = json.loads(wizard.payload_text)
        wizard.action_transfer()
        self.run_cron("process_queue")
        sent = self.sandbox.case(move)["request"]
        codes = [payer.get("ssn") for payer in sent["payers"]]
        self.assertEqual(codes, ["131052-308T", "010594Y9021", None])
        for payer in sent["payers"]:
            if "ssn" in payer:
                payer["ssn"] = "***********"
        self.assertEqual(shown, sent)

    def test_changes_show_in_the_preview_and_are_sent(self):
        move = self.invoice(self.person)
        wizard = self.wizard(move)
        with self.form(wizard) as form:
            form.reminder_amount = 4.5
            form.reminder_date = "2026-10-01"
            form.collection_type = "collection"
            form.assignment_summary = "Remontti"
            form.co_debtor_partner_ids.add(self.co_debtor)
            shown = json.loads(form.payload_text)
            self.assertEqual(form.total_amount, 1244.5)
            self.assertIn("Matti Malli", form.debtors)
        self.assertEqual(shown["amounts"]["reminder_amount"], 4.5)
        self.assertEqual(shown["reminder_date"], "2026-10-01")
        self.assertEqual(shown["collection_type"], "collection")
        self.assertEqual(shown["assignment_summary"], "Remontti")
        self.assertEqual(len(shown["payers"]), 2)
        self.assertEqual(json.loads(wizard.payload_text), shown)
        wizard.action_transfer()
        self.assertRecordValues(
            move.amili_assignment_id,
            [
                {
                    "reminder_amount": 4.5,
                    "collection_type": "collection",
                    "assignment_summary": "Remontti",
                    "capital_amount": 1240.0,
                }
            ],
        )

    def test_change_raises_and_clears_alerts(self):
        wizard = self.wizard(self.invoice(self.person))
        with self.form(wizard) as form:
            self.assertFalse(form.alerts)
            form.collection_type = "collection"
            self.assertEqual(list(form.alerts), ["reminder_missing"])
            self.assertFalse(form.ready_count)
            form.reminder_date = "2026-10-06"
            self.assertFalse(form.alerts)
            form.reminder_amount = 5.01
            self.assertEqual(form.alerts["reminder_fee_high"]["level"], "warning")
            self.assertTrue(form.ready_count, "a warning does not stop")
            form.receivables_type = "b2b"
            self.assertIn("unlikely_type", form.alerts)
            form.receivables_type = "b2c"
            form.co_debtor_partner_ids.add(self.person)
            self.assertIn("same_debtor_twice", form.alerts)

    def test_choice_that_is_empty_for_a_moment(self):
        wizard = self.wizard(self.invoice())
        new = wizard.new(origin=wizard)
        new.receivables_type = False
        new.collection_type = False
        self.assertFalse(new.payload_text)

    def test_what_is_missing_is_shown_and_stops(self):
        wizard = self.wizard(self.broken())
        self.assertEqual(list(wizard.alerts), ["no_maventa_id"])
        self.assertEqual((wizard.ready_count, wizard.stopped_count), (0, 1))
        with self.assertRaisesRegex(UserError, "Maventa ID is missing"):
            wizard.action_transfer()
        self.assertFalse(self.env["amili.assignment"].search([]))

    def test_preview_opens_for_a_customer_without_address(self):
        customer = self.business.copy(
            {"street": False, "zip": False, "city": False, "country_id": False}
        )
        customer.phone = "+358 9 1234567"
        wizard = self.wizard(self.invoice(customer))
        payer = json.loads(wizard.payload_text)["payers"][0]
        self.assertNotIn("address", payer)
        self.assertFalse(wizard.ready_count)

    def test_reminder_and_co_debtors_are_kept_on_the_invoice(self):
        move = self.invoice(self.person)
        wizard = self.wizard(move)
        wizard.write(
            {
                "reminder_date": "2026-10-01",
                "reminder_amount": 5.0,
                "co_debtor_partner_ids": [Command.link(self.co_debtor.id)],
            }
        )
        wizard.action_transfer()
        self.assertRecordValues(
            move,
            [
                {
                    "amili_reminder_date": wizard.reminder_date,
                    "amili_reminder_amount": 5.0,
                    "amili_co_debtor_partner_ids": self.co_debtor.ids,
                }
            ],
        )

    def test_wizard_that_is_closed_changes_nothing(self):
        move = self.invoice()
        wizard = self.wizard(move)
        with self.form(wizard) as form:
            form.reminder_amount = 5.0
            form.co_debtor_partner_ids.add(self.co_debtor)
        self.assertFalse(move.amili_reminder_amount)
        self.assertFalse(move.amili_co_debtor_partner_ids)
        self.assertFalse(move.amili_state)

    def test_confirming_makes_no_remote_call(self):
        move = self.invoice()
        self.sandbox.clear_log()
        triggers = self.env["ir.cron.trigger"]
        cron = self.env.ref(CRON)
        before = triggers.sudo().search_count([("cron_id", "=", cron.id)])
        action = self.wizard(move).action_transfer()
        self.assertEqual(action["params"]["type"], "success")
        self.assertFalse(self.sandbox.log(), "the cron does all remote work")
        self.assertFalse(self.sandbox.cases())
        self.assertEqual(move.amili_state, "queued")
        after = triggers.sudo().search_count([("cron_id", "=", cron.id)])
        self.assertEqual(after, before + 1, "the cron is woken")

    def test_confirming_is_told_in_the_chatter(self):
        move = self.invoice()
        self.hand_over(move)
        [line] = self.chatter(move)
        self.assertIn("1,240.00", line)
        self.assertEqual(move.message_ids[0].author_id, self.clerk.partner_id)


@tagged("post_install", "-at_install")
class TestCoDebtors(WizardCommon):
    """Who is liable as well is proposed and never added without asking."""

    def test_standing_co_debtor_is_proposed_and_not_added(self):
        self.standing(self.person, self.co_debtor)
        wizard = self.wizard(self.invoice(self.person))
        self.assertEqual(wizard.proposed_co_debtors, "Matti Malli")
        self.assertFalse(wizard.co_debtor_partner_ids)
        self.assertEqual(len(json.loads(wizard.payload_text)["payers"]), 1)
        wizard.action_transfer()
        self.assertEqual(
            wizard.move_id.amili_assignment_id.payer_ids.partner_id, self.person
        )

    def test_one_click_adds_what_is_proposed(self):
        self.standing(self.person, self.co_debtor)
        wizard = self.wizard(self.invoice(self.person))
        wizard.action_use_standing_co_debtors()
        self.assertFalse(wizard.proposed_co_debtors)
        self.assertEqual(wizard.co_debtor_partner_ids, self.co_debtor)
        wizard.action_transfer()
        payers = wizard.move_id.amili_assignment_id.payer_ids
        self.assertEqual(payers.partner_id, self.person + self.co_debtor)
        self.assertEqual(payers.mapped("role"), ["main_debtor", "co_debtor"])

    def test_liability_counts_on_the_day_of_the_invoice(self):
        for dates, is_liable in (
            ({"date_from": "2026-08-20", "date_to": "2026-08-20"}, True),
            ({"date_from": "2026-08-21"}, False),
            ({"date_to": "2026-08-19"}, False),
            ({"date_from": "2020-01-01"}, True),
        ):
            line = self.standing(self.person, self.co_debtor, **dates)
            wizard = self.wizard(self.invoice(self.person))
            with self.subTest(**dates):
                self.assertEqual(bool(wizard.proposed_co_debtors), is_liable)
            line.unlink()

    def test_line_of_many_tells_who_is_left_out(self):
        self.standing(self.person, self.co_debtor)
        moves = self.invoice(self.person) + self.invoice()
        lines = self.wizard(moves).line_ids
        left_out = lines.filtered(lambda line: line.move_id == moves[0])
        self.assertIn("Matti Malli", left_out.problem)
        self.assertFalse((lines - left_out).problem)


@tagged("post_install", "-at_install")
class TestManyInvoices(WizardCommon):
    """Of many, each has its problem in words, and none blocks the others."""

    def test_each_line_has_its_problem_in_words(self):
        fine, broken = self.invoice(), self.broken()
        foreign = self.invoice(
            self.business.copy({"name": "Gamma AB", "country_id": self.ref("base.se")})
        )
        wizard = self.wizard(fine + broken + foreign)
        lines = {line.move_id: line for line in wizard.line_ids}
        self.assertEqual(wizard.line_ids[0].move_id, broken, "faults stand first")
        self.assertFalse(wizard.line_id)
        self.assertEqual((wizard.ready_count, wizard.stopped_count), (2, 1))
        self.assertEqual(lines[fine].level, "ready")
        self.assertFalse(lines[fine].problem)
        self.assertEqual(lines[broken].level, "stopped")
        self.assertIn("Maventa ID is missing", lines[broken].problem)
        self.assertEqual(lines[foreign].level, "warning")
        self.assertIn("Sweden", lines[foreign].problem)

    def test_mend_opens_the_debtor_that_needs_correcting(self):
        customer = self.business.copy({"street": False})
        moves = self.invoice(customer) + self.broken()
        lines = {line.move_id: line for line in self.wizard(moves).line_ids}
        action = lines[moves[0]].action_fix()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", customer.id)
        )

    def test_mend_shows_the_one_invoice_whole_and_the_list_comes_back(self):
        early = self.invoice(self.person, amili_reminder_date="2026-09-01")
        moves = early + self.broken() + self.invoice()
        wizard = self.wizard(moves)
        for line in wizard.line_ids:
            action = line.action_fix()
            self.assertEqual(
                (action["res_model"], action["res_id"]), (wizard._name, wizard.id)
            )
            self.assertEqual(wizard.move_id, line.move_id)
            self.assertTrue(wizard.is_one_of_many)
            self.assertEqual(
                wizard.missing_id_count, int(not line.move_id.maventa_invoice_id)
            )
        wizard.line_id = wizard.line_ids.filtered(lambda line: line.move_id == early)
        with Form(wizard) as form:
            self.assertIn("reminder_too_early", form.alerts)
            form.reminder_date = "2026-09-20"
            self.assertFalse(form.alerts)
        wizard.action_show_all()
        self.assertFalse(wizard.line_id)
        self.assertEqual((wizard.ready_count, wizard.stopped_count), (2, 1))
        wizard.action_transfer()
        self.assertEqual(str(early.amili_reminder_date), "2026-09-20")
        self.assertEqual(early.amili_state, "queued")

    def test_what_is_entered_here_opens_nothing_else(self):
        move = self.invoice(
            self.person, amili_reminder_date="2026-09-01", amili_reminder_amount=99.0
        )
        alerts = self.wizard(move).alerts
        self.assertEqual(
            {"reminder_too_early", "reminder_fee_high", "reminder_fee_early"},
            alerts.keys(),
        )
        self.assertFalse(any("action" in alert for alert in alerts.values()))

    def test_stopped_ones_do_not_block_the_others(self):
        fine = self.invoice() + self.invoice(self.person)
        broken = self.broken()
        action = self.wizard(fine + broken).action_transfer()
        self.assertEqual(fine.mapped("amili_state"), ["queued", "queued"])
        self.assertFalse(broken.amili_state)
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("2 invoices are on the queue", action["params"]["message"])
        self.assertIn("is missing: 1", action["params"]["message"])

    def test_one_of_two(self):
        action = self.wizard(self.invoice() + self.broken()).action_transfer()
        self.assertIn("The invoice is on the queue", action["params"]["message"])
        self.assertIn("is missing: 1", action["params"]["message"])

    def test_all_fine(self):
        action = self.wizard(self.invoice() + self.invoice()).action_transfer()
        self.assertEqual(action["params"]["type"], "success")
        self.assertNotIn("eft out", action["params"]["message"])

    def test_dropped_line_is_not_sent(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        wizard = self.wizard(moves)
        with self.form(wizard) as form:
            form.line_ids.remove(0)
        [dropped] = moves - wizard.line_ids.move_id
        wizard.action_transfer()
        self.assertFalse(dropped.amili_state)
        self.assertEqual((moves - dropped).mapped("amili_state"), ["queued", "queued"])

    def test_all_dropped(self):
        wizard = self.wizard(self.invoice() + self.invoice())
        wizard.line_ids.unlink()
        with self.assertRaisesRegex(UserError, "No invoice is left"):
            wizard.action_transfer()

    def test_line_is_changed_in_the_list(self):
        moves = self.invoice(self.person) + self.invoice()
        wizard = self.wizard(moves)
        index = wizard.line_ids.move_id.ids.index(moves[0].id)
        with self.form(wizard) as form:
            with form.line_ids.edit(index) as line:
                line.reminder_amount = 5.0
                line.collection_type = "collection"
                self.assertEqual(line.level, "stopped")
                self.assertIn("14 days", line.problem)
            with form.line_ids.edit(index) as line:
                line.collection_type = "reminder_and_collection"
                self.assertEqual(line.level, "ready")
        wizard.action_transfer()
        self.assertEqual(moves[0].amili_assignment_id.reminder_amount, 5.0)
        self.assertEqual(moves[0].amili_reminder_amount, 5.0)
        self.assertFalse(moves[1].amili_assignment_id.reminder_amount)

    def test_nothing_can_be_sent(self):
        moves = self.broken() + self.broken() + self.invoice()
        moves[2].no_followup = True
        with self.assertRaises(UserError) as caught:
            self.wizard(moves).action_transfer()
        message = str(caught.exception)
        self.assertEqual(message.count("Maventa ID is missing"), 1, "once is enough")
        self.assertIn("excluded from follow-up", message)
        self.assertFalse(self.env["amili.assignment"].search([]))

    def test_what_is_no_invoice_is_stopped_and_not_hidden(self):
        fine = self.invoice()
        draft = self.env["account.move"].create({"move_type": "out_invoice"})
        others = (
            self.invoice(move_type="in_invoice", known=False)
            + self.invoice(move_type="out_refund", known=False)
            + draft
            + self.env["account.move"].create({"move_type": "entry"})
        )
        wizard = self.wizard(fine + others)
        stopped = wizard.line_ids.filtered(lambda line: line.level == "stopped")
        self.assertEqual(stopped.move_id, others)
        self.assertFalse(wizard.missing_id_count, "Maventa is not asked for these")
        self.assertEqual(
            set(stopped.mapped("problem")),
            {"Only a confirmed customer invoice can be handed over."},
        )
        wizard.action_transfer()
        self.assertEqual(fine.amili_state, "queued")
        self.assertFalse(any(others.mapped("amili_state")))

    def test_wizard_on_one_of_them_alone(self):
        for move in (
            self.invoice(move_type="in_invoice", known=False),
            self.invoice(move_type="out_refund", known=False),
            self.env["account.move"].create({"move_type": "out_invoice"}),
        ):
            wizard = self.wizard(move)
            with self.subTest(move_type=move.move_type, state=move.state):
                self.assertEqual(list(wizard.alerts), ["not_posted_invoice"])
                self.assertRaises(UserError, wizard.action_transfer)

    def test_list_action_gives_the_same_wizard(self):
        moves = self.invoice() + self.invoice()
        context = {"active_model": "account.move", "active_ids": moves.ids}
        action = (
            self.env.ref("amili_perinta.action_amili_transfer")
            .with_user(self.clerk)
            .with_context(**context)
            .run()
        )
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.move_id, moves)

    def test_wizard_without_invoices(self):
        wizard = self.env["amili.transfer.wizard"].with_user(self.clerk).create({})
        self.assertFalse(wizard.line_ids)
        self.assertRaises(UserError, wizard.action_transfer)


@tagged("post_install", "-at_install")
class TestConfirming(WizardCommon):
    def test_second_wizard_of_the_same_invoice_is_too_late(self):
        move = self.invoice()
        first, second = self.wizard(move), self.wizard(move, self.manager)
        first.action_transfer()
        with self.assertRaisesRegex(UserError, "handed over already"):
            second.action_transfer()
        self.assertEqual(len(move.amili_assignment_ids), 1)

    def test_invoice_that_somebody_else_sends_at_this_moment(self):
        mine, theirs = self.invoice(), self.invoice()
        both, alone = self.wizard(mine + theirs), self.wizard(theirs)
        # What a lock of another transaction leaves.
        with patch.object(
            type(mine), "try_lock_for_update", lambda moves, **_kw: moves & mine
        ):
            with self.assertRaisesRegex(UserError, "Somebody else"):
                alone.action_transfer()
            both.action_transfer()
        self.assertEqual(mine.amili_state, "queued")
        self.assertFalse(theirs.amili_state)

    def test_fault_that_came_after_the_wizard_opened_stops(self):
        move = self.invoice()
        wizard = self.wizard(move)
        self.business.amili_collection_block = True
        self.assertRaises(UserError, wizard.action_transfer)
        self.assertFalse(move.amili_state)

    def test_payment_that_came_after_the_wizard_opened_is_claimed_no_more(self):
        move = self.invoice()
        wizard = self.wizard(move)
        self.pay(move, 240.0)
        wizard.action_transfer()
        self.assertEqual(move.amili_assignment_id.capital_amount, 1000.0)

    def test_cron_that_is_off(self):
        self.env.ref(CRON).sudo().active = False
        move = self.invoice()
        with self.assertRaisesRegex(UserError, "Ask your administrator"):
            self.wizard(move).action_transfer()
        admin = self.new_user(
            "admin", "amili_perinta.group_amili_user,base.group_system"
        )
        with self.assertRaises(RedirectWarning) as caught:
            self.wizard(move, admin).action_transfer()
        self.assertEqual(caught.exception.args[1]["res_model"], "ir.cron")
        self.assertFalse(move.amili_state)


@tagged("post_install", "-at_install")
class TestQueries(ManyInvoicesCase):
    """The database is asked for many at once, not for each invoice."""

    def test_opening(self):
        def work(moves):
            wizard = self.wizard(moves)
            wizard.web_read(
                {
                    "ready_count": {},
                    "line_ids": {
                        "fields": {
                            "move_id": {"fields": {"display_name": {}}},
                            "partner_id": {"fields": {"display_name": {}}},
                            "capital_amount": {},
                            "level": {},
                            "problem": {},
                        }
                    },
                }
            )

        self.assert_flat(work, 0.1)

    def test_confirming(self):
        wizards = {}

        def work(moves):
            wizards[moves.ids[0]].action_transfer()

        for moves in (self.moves[100:105], self.moves[:10], self.moves[10:100]):
            wizards[moves.ids[0]] = self.wizard(moves)
        work(self.moves[100:105])
        few = self.queries(lambda: work(self.moves[:10]))
        many = self.queries(lambda: work(self.moves[10:100]))
        self.assertLessEqual(
            (many - few) / 80, 0.1, f"{few} queries for 10, {many} for 90"
        )

    def test_list_of_invoices(self):
        self.wizard(self.moves[::2]).action_transfer()

        def work(moves):
            moves.with_user(self.clerk).web_search_read(
                [("id", "in", moves.ids)], {"name": {}, "amili_state": {}}
            )

        self.assert_flat(work, 0)
