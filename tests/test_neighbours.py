"""Beside the addons of the Odoo Community Association that Finnish companies have.

``dev/test --neighbours`` runs this where they are installed; elsewhere each test is
skipped whose neighbour is missing.
"""

from datetime import date

import requests

from odoo import Command
from odoo.tests import BaseCase, Form, tagged

from .books_case import BooksCase
from .upload_case import UploadCase


class NeighbourCase(BaseCase):
    #: technical name of the addon that the tests are about
    neighbour = None

    def setUp(self):
        super().setUp()
        if self.neighbour not in self.registry._init_modules:
            self.skipTest(f"{self.neighbour} is not installed")


@tagged("post_install", "-at_install")
class TestBesidePartnerFirstname(NeighbourCase, BooksCase):
    neighbour = "partner_firstname"

    def named(self, **values):
        values = {"firstname": "Maija Liisa", "lastname": "von Malli", **values}
        address = self.person.read(["street", "zip", "city"])[0]
        address.pop("id")
        return self.env["res.partner"].create(
            {**address, "country_id": self.finland.id, **values}
        )

    def sent_names(self, partner, **values):
        move = self.invoice(partner, **values)
        payers = move._amili_default_terms()[move.id]
        return [
            p["name"] for p in self.env["amili.assignment"]._payers(partner, payers)
        ]

    def test_first_name_first_in_whatever_order_odoo_shows_them(self):
        for order, shown in (
            ("first_last", "Maija Liisa von Malli"),
            ("last_first", "von Malli Maija Liisa"),
            ("last_first_comma", "von Malli, Maija Liisa"),
        ):
            with self.subTest(order):
                self.env["ir.config_parameter"].set_param("partner_names_order", order)
                partner = self.named()
                self.assertEqual(partner.name, shown)
                self.assertEqual(self.sent_names(partner), ["Maija Liisa von Malli"])

    def test_co_debtors_too(self):
        self.env["ir.config_parameter"].set_param(
            "partner_names_order", "last_first_comma"
        )
        names = self.sent_names(
            self.business, amili_co_debtor_partner_ids=self.named().ids
        )
        self.assertEqual(names, ["Esimerkki Oy", "Maija Liisa von Malli"])

    def test_one_name_alone(self):
        partner = self.named(firstname=False, lastname="Malli")
        self.assertEqual(self.sent_names(partner), ["Malli"])

    def test_it_reaches_amili(self):
        self.env["ir.config_parameter"].set_param("partner_names_order", "last_first")
        partner = self.named(firstname="Maija", lastname="Malli")
        move = self.invoice(partner)
        self.send(move)
        [payer] = self.sandbox.case(move)["request"]["payers"]
        self.assertEqual(payer["name"], "Maija Malli")


@tagged("post_install", "-at_install")
class TestBesideReconcileOca(NeighbourCase, BooksCase):
    neighbour = "account_reconcile_oca"
    VIEW = "account_reconcile_oca.bank_statement_line_form_reconcile_view"

    def matched(self, move, amount):
        """Match a bank line with an invoice, as people do in OCA's view."""
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": "2026-10-19",
                "payment_ref": "Maksu",
                "amount": amount,
            }
        )
        with Form(line, view=self.VIEW) as form:
            form.add_account_move_line_id = self.receivable(move)
        line.reconcile_bank_line()
        self.assertTrue(line.is_reconciled)
        return line

    def test_a_matched_bank_line_reaches_amili(self):
        move = self.active()
        self.matched(move, 100)
        self.run_queue()
        self.assertEqual(self.amounts(move), [100])
        self.assertBalanced(move)

    def test_all_of_it(self):
        move = self.active()
        self.matched(move, 1240)
        self.run_queue()
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(self.amounts(move), [1240])

    def test_one_that_is_undone_is_taken_back(self):
        move = self.active()
        line = self.matched(move, 100)
        self.run_queue()
        line.unreconcile_bank_line()
        self.run_queue()
        self.assertEqual(move.amount_residual, 1240)
        self.assertBalanced(move)

    def test_one_that_is_undone_before_amili_heard_of_it(self):
        move = self.active()
        self.matched(move, 100).unreconcile_bank_line()
        self.run_queue()
        self.assertFalse(self.told(move))


@tagged("post_install", "-at_install")
class TestBesideCreditControl(NeighbourCase, BooksCase):
    neighbour = "account_credit_control"

    def setUp(self):
        super().setUp()
        self.policy = self.env.ref(
            "account_credit_control.credit_control_3_time"
        ).sudo()
        self.policy.account_ids = self.company_data["default_account_receivable"]
        self.company.credit_policy_id = self.policy
        # No rights of ours.
        self.controller = self.new_user(
            "controller",
            "account_credit_control.group_account_credit_control_user,"
            "account.group_account_invoice",
        )

    def reminders(self, day):
        """Let credit control make its reminders; return them."""
        run = (
            self.env["credit.control.run"]
            .with_user(self.controller)
            .create({"date": day, "policy_ids": [Command.set(self.policy.ids)]})
        )
        run.generate_credit_lines()
        run.set_to_ready_lines()
        self.env.flush_all()
        return run.line_ids

    def print_letters(self, lines):
        printer = self.env["credit.control.printer"].with_user(self.controller)
        printer.create({"line_ids": lines.ids}).print_lines()
        self.env.flush_all()

    # What it sent is the own reminder -------------------------------------------------

    def test_a_letter_is_the_own_reminder(self):
        move = self.invoice(self.person)
        self.print_letters(self.reminders("2026-10-20"))
        self.assertIn("Level 1", move.with_user(self.clerk).amili_sent_reminder)
        wizard = self.wizard(move)
        self.assertIn("Level 1", wizard.sent_reminder)
        line = wizard.line_ids
        self.assertEqual(line.reminder_date, date(2026, 10, 20))
        self.assertFalse(line.reminder_amount, "nothing was charged")

    def test_what_waits_or_failed_is_none(self):
        move = self.invoice(self.person)
        line = self.reminders("2026-10-20")
        for state in ("draft", "to_be_sent", "queued", "ignored", "email_error"):
            with self.subTest(state):
                line.sudo().state = state
                self.env.invalidate_all()
                self.assertFalse(move.amili_sent_reminder)
                self.assertFalse(move._amili_get_reminder()[0])

    def test_a_consumer_has_fourteen_days_from_then_on(self):
        self.company.amili_default_collection_type = "collection"
        move = self.invoice(self.person)
        self.print_letters(self.reminders("2026-10-20"))
        self.assertEqual(self.wizard(move).ready_count, 0)
        self.later(days=14)
        self.assertEqual(self.wizard(move).ready_count, 1)
        self.send(move)
        request = self.sandbox.case(move)["request"]
        self.assertEqual(request["reminder_date"], "2026-10-20")

    def test_the_day_is_when_it_was_sent_and_not_that_of_the_run(self):
        move = self.invoice(self.person)
        lines = self.reminders("2026-10-01")
        self.assertEqual(lines.date, date(2026, 10, 1))
        self.print_letters(lines)
        self.assertEqual(move._amili_get_reminder()[0], date(2026, 10, 20))

    def test_one_that_a_person_marked_as_sent(self):
        move = self.invoice(self.person)
        lines = self.reminders("2026-10-01")
        marker = self.env["credit.control.marker"].with_user(self.controller)
        marker.create({"name": "sent", "line_ids": lines.ids}).mark_lines()
        self.env.flush_all()
        # The database has a clock of its own.
        self.env.cr.execute(
            "UPDATE credit_control_line SET write_date = '2026-10-20 08:00' "
            "WHERE id IN %s",
            [tuple(lines.ids)],
        )
        self.env.invalidate_all()
        self.assertEqual(move._amili_get_reminder()[0], date(2026, 10, 20))

    def test_the_last_level_counts(self):
        move = self.invoice(self.person)
        self.print_letters(self.reminders("2026-10-20"))
        self.later(days=30)
        self.print_letters(self.reminders("2026-11-19"))
        self.env.invalidate_all()
        self.assertIn("Level 2", move.amili_sent_reminder)
        self.assertEqual(move._amili_get_reminder()[0], date(2026, 11, 19))

    def test_each_letter_interrupts_the_limitation(self):
        move = self.invoice(self.person, amili_earlier_reminder_date="2026-09-20")
        self.print_letters(self.reminders("2026-10-20"))
        self.later(days=30)
        self.print_letters(self.reminders("2026-11-19"))
        self.env.invalidate_all()
        self.assertEqual(
            {str(day) for day in move._amili_reminder_days()},
            {"2026-09-20", "2026-10-20", "2026-11-19"},
        )

    def test_the_later_of_sent_and_entered_counts(self):
        move = self.invoice(self.person)
        self.print_letters(self.reminders("2026-10-20"))
        move.amili_reminder_date = "2026-10-05"
        move.amili_reminder_amount = 5
        self.assertEqual(move._amili_get_reminder(), (date(2026, 10, 20), 5))
        move.amili_reminder_date = "2026-10-21"
        self.assertEqual(move._amili_get_reminder(), (date(2026, 10, 21), 5))

    def test_nothing_is_entered_on_the_invoice_by_it(self):
        move = self.invoice()
        self.print_letters(self.reminders("2026-10-20"))
        assignment = self.hand_over(move)
        self.assertEqual(assignment.reminder_date, date(2026, 10, 20))
        self.assertFalse(move.amili_reminder_date)

    # It leaves alone what Amili has ---------------------------------------------------

    def test_no_reminder_of_what_amili_has(self):
        move, other = self.invoice(), self.invoice()
        assignment = self.hand_over(move)
        self.assertEqual(self.reminders("2026-10-20").invoice_id, other)

        assignment.with_user(self.clerk).action_cancel()
        self.assertEqual(self.reminders("2026-10-20").invoice_id, move)

    def test_nor_by_a_policy_of_the_customer_or_of_the_invoice(self):
        self.company.credit_policy_id = False
        move, other = self.invoice(), self.invoice(self.person)
        self.business.sudo().credit_policy_id = self.policy
        other.sudo().credit_policy_id = self.policy
        self.hand_over(move + other)
        self.assertFalse(self.reminders("2026-10-20"))

    def test_what_waited_to_be_sent_is_ignored(self):
        move, other = self.invoice(), self.invoice(self.person)
        lines = self.reminders("2026-10-20")
        self.hand_over(move)
        states = {line.invoice_id: line.state for line in lines}
        self.assertEqual(states, {move: "ignored", other: "to_be_sent"})

    def test_what_was_sent_stays(self):
        move = self.invoice()
        lines = self.reminders("2026-10-20")
        self.print_letters(lines)
        self.hand_over(move)
        self.assertEqual(lines.state, "sent")


@tagged("post_install", "-at_install")
class TestBesideFinvoice(NeighbourCase, UploadCase):
    neighbour = "account_edi_finvoice"

    def setUp(self):
        super().setUp()
        self.company.amili_prefers_finvoice = True

    def finvoice(self, move):
        """Return the file that account_edi_finvoice has made."""
        return move.edi_document_ids.attachment_id

    def arrived(self, move):
        """Return the invoice that Maventa has, and the file that it was sent."""
        [invoice] = self.invoices_at_maventa()
        self.assertEqual(invoice["id"], move.maventa_invoice_id)
        url = f"{self.sandbox.url}/control/invoices/{invoice['id']}/file"
        return invoice, requests.get(url, timeout=30).content

    def test_the_file_that_was_made_goes_out(self):
        move = self.to_upload()
        kept = self.finvoice(move)
        self.assertIn(b"<Finvoice", kept.raw)
        self.upload(move)
        invoice, file = self.arrived(move)
        self.assertEqual(invoice["source_format"], "FINVOICE30")
        self.assertEqual(invoice["upload"]["filename"], kept.name)
        self.assertEqual(file, kept.raw)
        self.assertEqual(invoice["sum_tax"], move.amount_total)

    def test_it_can_be_handed_over(self):
        move = self.to_upload()
        self.upload(move)
        self.send(move)
        self.assertSent(move)

    def test_peppol_where_the_company_prefers_that(self):
        self.company.amili_prefers_finvoice = False
        move = self.to_upload()
        self.upload(move)
        self.assertEqual(self.arrived(move)[0]["source_format"], "PEPPOLBIS30")

    def test_peppol_where_none_was_made(self):
        self.company_data["default_journal_sale"].edi_format_ids = False
        move = self.to_upload()
        self.assertFalse(self.finvoice(move))
        self.upload(move)
        self.assertEqual(self.arrived(move)[0]["source_format"], "PEPPOLBIS30")

    def test_one_that_is_no_longer_true_is_made_anew(self):
        move = self.to_upload()
        old = self.finvoice(move).raw
        self.business.street = "Uusikatu 7"
        self.upload(move)
        invoice, file = self.arrived(move)
        self.assertEqual(invoice["source_format"], "FINVOICE30")
        self.assertNotIn(b"Uusikatu 7", old)
        self.assertIn(b"Uusikatu 7", file)

    def test_a_payment_makes_it_no_other_file(self):
        move = self.to_upload()
        kept = self.finvoice(move).raw
        self.pay(move, 100)
        self.later(days=3)
        self.upload(move)
        self.assertEqual(self.arrived(move)[1], kept)

    def test_it_is_a_setting_of_the_company(self):
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.amili_has_finvoice)
        settings.amili_prefers_finvoice = False
        self.assertFalse(self.company.amili_prefers_finvoice)
