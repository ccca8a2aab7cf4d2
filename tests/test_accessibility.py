"""Nobody is shut out of a screen: axe finds nothing grave, no key means two things."""

import json
import os
from pathlib import Path
from unittest import skipUnless

from odoo import Command
from odoo.tests import tagged

from .browser_case import BrowserCase

AXE = os.environ.get("AMILI_AXE")
GRAVE = ("serious", "critical")
# What Odoo's own widgets do wrong wherever they stand, and nobody can mend from here:
# by axe's rule, which elements.
ODOOS = {
    # Badges, ribbons, the link of an alert, and a pivot have the colours of Odoo.
    "color-contrast": (
        ".badge, .ribbon *, .o_field_actionable_errors a *, "
        ".o_field_amili_alerts a *, .o_pivot *, .o_kanban_counter *"
    ),
    # The tabs of a notebook stand in a list that is called no "tablist".
    "aria-required-parent": ".o_notebook .nav-link",
    # Fields of relations and selections have attributes that their role has not.
    "aria-allowed-attr": ".o-autocomplete--input, .o_tag, .o-dropdown",
    "autocomplete-valid": ".o_select_menu_input",
    # The boxes that tick a row, and the button that chooses the columns.
    "label": ".o_list_record_selector input",
    "button-name": ".o_optional_columns_dropdown *",
    # The picture beside a user's name, and the clock of a card.
    "image-alt": ".o_avatar img",
    "role-img-alt": ".o_field_kanban_activity *",
}
FINDINGS = """
    axe.run({include: %s.map((place) => [place])}, {resultTypes: ["violations"]})
        .then(({violations}) => violations
            .filter(({impact}) => %s.includes(impact))
            .flatMap(({id, help, nodes}) => nodes
                .filter(({target}) => !document
                    .querySelector(target[0])?.matches(%s[id] || "never"))
                .map(({html}) => `${id} (${help}): ${html.slice(0, 300)}`)
            )
        )
"""
SAME_KEYS = """
    (() => {
        const place = document.querySelector(".modal:last-of-type") || document;
        const keys = [...place.querySelectorAll("[data-hotkey]")]
            .filter((element) => element.checkVisibility() && !element.disabled)
            .map((element) => element.dataset.hotkey.toLowerCase());
        return keys.filter((key, place) => keys.indexOf(key) !== place);
    })()
"""
WINDOW = ".modal-content"
LIST = ".o_list_view .o_content"
FORM = ".o_form_view .o_form_sheet_bg"
TAB = ".o_notebook .tab-pane.active"


@tagged("post_install", "-at_install")
@skipUnless(AXE, "dev/test fetches axe-core and says where it is")
class TestAccessibility(BrowserCase):
    """Each screen of the addon, as somebody with a screen reader meets it."""

    expected_seconds = 200

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.axe = Path(AXE).read_text()
        cls.administrator = cls.new_user(
            "administrator",
            "base.group_system,account.group_account_manager,"
            "amili_perinta.group_amili_manager,amili_perinta.group_amili_identity,"
            "base.group_partner_manager",
            email="maija@firma.example",
        )

    def setUp(self):
        super().setUp()
        self.findings = []

    def inspect(self, page, screen, *places):
        """Let axe look at parts of what is shown, and note what it finds."""
        page.see(places[0])
        page.stand_still()
        page.evaluate(f"void (window.axe || eval({json.dumps(self.axe)}))")
        found = page.evaluate(FINDINGS % tuple(map(json.dumps, (places, GRAVE, ODOOS))))
        found += [f"two things at Alt+{key}" for key in page.evaluate(SAME_KEYS)]
        self.findings += [f"{screen}: {finding}" for finding in found]

    def click(self, page, selector):
        page.see(selector)
        shown = "(element) => element.checkVisibility()"
        page.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})].find({shown}).click()"
        )

    def close(self, page):
        self.click(page, ".modal .modal-header .btn-close")
        page.see_no(".modal")

    def look_at(self, sitting):
        """Let a method show screens to :meth:`inspect`; nothing grave may be found."""
        self.sit(self.administrator, sitting)
        self.assertFalse(self.findings, "\n".join(["", *self.findings]))

    def at_amili(self, **values):
        move = self.overdue(self.person, 340.0, **values)
        self.hand_over(move)
        self.run_cron("process_queue")
        self.accept(move)
        return move

    def at_the_portal(self, move):
        return f"{move.access_url}?access_token={move._portal_ensure_token()}"

    # The hand-over --------------------------------------------------------------------

    def test_hand_over(self):
        spouse = self.twin(self.person, name="Matti Malli")
        self.person.sudo().amili_co_debtor_ids = [
            Command.create({"partner_id": spouse.id, "basis": "dwelling"})
        ]
        fine = self.overdue(self.person, 340.0, amili_reminder_amount=5.0)
        stopped = self.overdue(self.twin(self.business, street=False), 1000.0)
        unknown = self.overdue(self.business, known=False)
        self.overdue(self.twin(self.business, country_id=self.env.ref("base.de").id))

        def sitting(page):
            for move, name in (
                (fine, "one invoice"),
                (stopped, "one that is stopped"),
                (unknown, "one that Maventa does not have"),
            ):
                page.open(f"/odoo/customer-invoices/{move.id}", FORM)
                self.click(page, "button[name=action_amili_transfer]")
                self.inspect(page, f"transfer, {name}", WINDOW)
                self.click(page, ".modal .nav-link[name=payload]")
                self.inspect(page, f"transfer, {name}, message", WINDOW)
                self.close(page)
                self.click(page, ".nav-link[name=amili]")
                self.inspect(page, f"invoice, {name}", TAB)
            page.open("/odoo/amili-candidates", ".o_data_row")
            self.inspect(page, "candidates", LIST)
            self.click(page, "thead .o_list_record_selector input")
            self.click(page, ".o_control_panel button[name=action_send]")
            self.inspect(page, "transfer, many", WINDOW)
            self.close(page)
            page.open(f"/odoo/res.partner/{self.person.id}", FORM)
            self.click(page, ".nav-link[name=amili]")
            self.inspect(page, "contact", TAB)

        self.look_at(sitting)

    def test_upload(self):
        move = self.overdue(known=False)
        other = self.overdue(self.person, known=False)

        def sitting(page):
            page.open(f"/odoo/customer-invoices/{move.id}", FORM)
            self.click(page, ".nav-link[name=amili]")
            self.click(page, "button[name=action_amili_upload]")
            self.inspect(page, "upload, one", WINDOW)
            self.close(page)
            page.open("/odoo/amili-candidates", ".o_data_row")
            self.click(page, "thead .o_list_record_selector input")
            self.click(page, ".o_control_panel button[name=action_upload]")
            self.inspect(page, "upload, many", WINDOW)

        self.assertTrue(other)
        self.look_at(sitting)

    # The case -------------------------------------------------------------------------

    def test_case(self):
        move = self.at_amili()
        case = move.amili_assignment_id
        self.sandbox.amili(move, "remind")
        self.sandbox.amili(move, "comment", text="Missä velallinen asuu?")
        self.run_cron("sync_events")
        self.pay(move, 100)
        self.assertTrue(case.question_id)

        def sitting(page):
            page.open(f"/odoo/customer-invoices/{move.id}", FORM)
            self.inspect(page, "invoice at Amili", ".o_form_view .alert")
            self.click(page, ".nav-link[name=amili]")
            self.inspect(page, "invoice at Amili", TAB)
            page.open(f"/odoo/amili.assignment/{case.id}", FORM)
            self.inspect(page, "assignment", FORM, ".o_form_statusbar")
            names = page.evaluate(
                "[...document.querySelectorAll('.o_notebook .nav-link')]"
                ".map((link) => link.name || link.getAttribute('name'))"
            )
            for name in names:
                self.click(page, f".nav-link[name={name}]")
                self.inspect(page, f"assignment, {name}", TAB)
            for name in (
                "action_reply",
                "action_comment",
                "action_ask_due_date",
                "action_pause",
                "action_withdraw",
            ):
                self.click(page, f"button[name={name}]")
                self.inspect(page, f"assignment, {name}", WINDOW)
                self.close(page)
            self.lists(page)

        self.look_at(sitting)

    def lists(self, page):
        """Look at what the menu shows."""
        for action, name in (
            ("amili_assignment_action", "assignments"),
            ("amili_assignment_event_action_questions", "questions"),
        ):
            page.open(f"/odoo/action-amili_perinta.{action}", ".o_data_row")
            self.inspect(page, name, LIST)
            self.click(page, ".o_switch_view.o_kanban")
            self.inspect(page, f"{name}, as cards", ".o_kanban_view .o_content")
        page.open("/odoo/action-amili_perinta.amili_assignment_action_analysis")
        self.inspect(page, "analysis", ".o_pivot_view .o_content")

    def test_end_and_dispute(self):
        disputed = self.at_amili()
        self.sandbox.amili(disputed, "comment", text="Velallinen kiistää laskun.")
        lost = self.at_amili()
        self.sandbox.amili(lost, "close", result="credit_loss")
        self.run_cron("sync_events")
        self.env.invalidate_all()
        case = lost.amili_assignment_ids
        self.assertEqual(lost.amili_state, "closed")

        def sitting(page):
            page.open(f"/odoo/amili.assignment/{case.id}", FORM)
            self.inspect(page, "ended assignment", FORM)
            self.click(page, "button[name=action_propose_loss]")
            self.inspect(page, "credit loss", WINDOW)
            self.close(page)
            page.open(f"/odoo/customer-invoices/{disputed.id}", FORM)
            self.click(page, "button[name=action_amili_dispute_question]")
            self.inspect(page, "pause of a disputed debt", WINDOW)
            self.close(page)
            page.open(f"/odoo/customer-invoices/{disputed.id}", FORM)
            page.see(".o_form_view .alert", "Disputed since")
            self.inspect(page, "disputed invoice", ".o_form_view .alert")
            path = (
                f"{disputed.access_url}?access_token={disputed._portal_ensure_token()}"
            )
            page.open(path, "[name=amili_disputed]")
            self.inspect(page, "portal", "[name=amili_disputed]")

        self.look_at(sitting)

    def test_portal(self):
        move = self.at_amili()
        path = self.at_the_portal(move)

        def sitting(page):
            page.open(path, "[name=amili_in_collection]")
            self.inspect(page, "portal", "[name=amili_in_collection]")

        self.look_at(sitting)

    # The connection -------------------------------------------------------------------

    def test_settings(self):
        self.sandbox.control(
            "companies",
            {"client_id": self.company.sudo().amili_client_id, "service_status": None},
        )
        self.company.sudo().amili_service_id.unlink()

        def sitting(page):
            page.open("/odoo/action-account.action_account_config", "#amili_service")
            block = ".o_settings_container:has([name=amili_client_id])"
            self.inspect(page, "settings", block)
            self.click(page, "button[name=action_amili_test_connection]")
            self.click(page, "button[name=action_amili_activate]")
            self.inspect(page, "activation", WINDOW)

        self.look_at(sitting)

    def test_found_cases(self):
        moves = self.overdue() + self.overdue(self.person)
        self.sandbox.control(
            "cases", {"invoice_ids": moves.mapped("maventa_invoice_id")}
        )
        self.sandbox.control("cases", {"count": 1})
        self.env["amili.found.case"].with_user(self.administrator).action_look()
        self.run_cron("find_cases")

        def sitting(page):
            page.open("/odoo/amili-cases-elsewhere", ".o_data_row")
            self.inspect(page, "cases elsewhere", LIST)
            self.click(page, ".o_control_panel button[name=action_confirm_all]")
            self.inspect(page, "adoption", WINDOW)
            self.close(page)
            self.click(page, ".o_data_row td[name=problem]")
            self.inspect(page, "case elsewhere", FORM)

        self.look_at(sitting)
