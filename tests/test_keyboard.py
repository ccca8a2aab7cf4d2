"""A day without a mouse: every step of the clerk and the manager has its keys.

Real keys reach the browser here, and nothing else does: no click, no script.
"""

from odoo.tests import tagged

from .browser_case import BrowserCase

FORM = ".o_form_view .o_form_renderer"
WINDOW = ".modal .o_form_view"
ROW = ".o_list_view .o_data_row"
ROW_OF_CURSOR = "document.activeElement.closest('.o_data_row')?.innerText"


@tagged("post_install", "-at_install")
class TestKeyboard(BrowserCase):
    """The hotkeys of README's section "Without a mouse", pressed."""

    expected_seconds = 100

    def go_to(self, page, entry):
        """Open an entry of the menu by Odoo's own palette."""
        page.see(".o_form_view, .o_searchview_input")
        page.press("Control+k")
        page.at(".o_command_palette_search")
        page.type(f"/{entry}")
        page.see(".o_command.focused", entry)
        page.press("Enter")
        page.see(".o_last_breadcrumb_item", entry)

    def go_down_to(self, page, text):
        """Press the arrow down until the cursor is in the row with ``text``."""
        page.see(ROW, text)
        page.at(".o_searchview, .o_list_view")
        rows = page.evaluate(f"document.querySelectorAll('{ROW}').length")
        for _row in range(rows + 1):
            page.press("ArrowDown")
            if text in (page.evaluate(ROW_OF_CURSOR) or ""):
                return
        self.fail(f"the arrow down did not reach {text}")

    def at_amili(self):
        move = self.overdue(self.person, 340.0)
        self.hand_over(move)
        self.run_cron("process_queue")
        self.accept(move)
        return move

    def ask(self, move, text):
        self.sandbox.amili(move, "comment", text=text)
        self.run_cron("sync_events")

    def told(self, move):
        self.env.invalidate_all()
        events = move.amili_assignment_ids.event_ids
        return events.filtered(lambda event: event.direction == "outbound")

    # The clerk ------------------------------------------------------------------------

    def test_send_one_and_send_many(self):
        one = self.overdue(self.person, 340.0)
        many = self.overdue(self.twin(self.business, name="Tuomi Tmi"), 500.0, 40)
        many += self.overdue(self.twin(self.business, name="Pohjolan Putki"), 700.0)

        def sitting(page):
            page.open("/odoo/customer-invoices", ROW)
            self.go_to(page, "Candidates")
            self.go_down_to(page, "Maija Malli")
            page.press("Enter")
            page.see(FORM, "Maija Malli")
            page.press("Alt+a")
            page.see(WINDOW, "Maija Malli")
            page.press("Escape")
            page.see_no(WINDOW)
            page.press("Alt+a")
            page.see(f"{WINDOW} .o_field_widget[name=capital_amount]", "340.00")
            page.press("Alt+q")
            page.see(".o_form_view .alert-info", "Goes out to Amili")

            self.go_to(page, "Candidates")
            for customer in ("Tuomi Tmi", "Pohjolan Putki"):
                self.go_down_to(page, customer)
                page.press("Shift+Space")
                page.see(f"{ROW}.o_data_row_selected", customer)
            page.press("Alt+a")
            page.see(WINDOW, "2 invoices can be sent: 1,200.00")
            page.press("Alt+q")
            page.see_no(WINDOW)
            page.see(".o_view_nocontent, .o_list_view")

        self.sit(self.clerk, sitting)
        self.env.invalidate_all()
        states = [move.amili_state for move in one + many]
        self.assertEqual(states, ["queued", "queued", "queued"])

    def test_answer_a_question(self):
        move = self.at_amili()
        self.ask(move, "Missä velallinen asuu?")

        def sitting(page):
            page.open("/odoo/customer-invoices", ROW)
            self.go_to(page, "Questions to Answer")
            self.go_down_to(page, "Missä velallinen asuu?")
            page.press("Enter")
            page.see(FORM, "Maija Malli")
            page.press("Alt+q")
            page.at(".modal [name=text]")
            page.type("Turussa, Vuokrapolku 5.")
            page.press("Alt+q")
            page.see_no(WINDOW)
            page.see(".o_field_widget[name=shown_event_ids]", "Turussa")

        self.sit(self.clerk, sitting)
        answer = self.told(move).filtered(lambda event: event.type == "comment")
        self.assertEqual(answer.text, "Turussa, Vuokrapolku 5.")

    def test_dispute_and_close_the_matter(self):
        disputed, settled = self.at_amili(), self.at_amili()
        for move in (disputed, settled):
            self.ask(move, "Velallinen kiistää laskun.")

        def sitting(page):
            page.open(f"/odoo/customer-invoices/{settled.id}", FORM)
            page.see(".o_form_view .alert-warning", "kiistää")
            page.press("Alt+i")
            page.see_no(".o_form_view .alert-warning", "kiistää")
            page.open(f"/odoo/customer-invoices/{disputed.id}", FORM)
            page.see(".o_form_view .alert-warning", "kiistää")
            page.press("Alt+t")
            page.see(".o_form_view .alert-warning", "Disputed since")

        self.sit(self.clerk, sitting)
        self.env.invalidate_all()
        self.assertTrue(disputed.amili_disputed_on)
        self.assertFalse(settled.amili_question_id)

    # The manager ----------------------------------------------------------------------

    def test_write_and_withdraw(self):
        move = self.at_amili()

        def sitting(page):
            page.open(f"/odoo/customer-invoices/{move.id}", FORM)
            page.press("Alt+v")
            page.see(".o_form_view .oe_title", "Assignment to Amili")
            page.press("Alt+y")
            page.at(".modal [name=text]")
            page.type("Asiakas lupasi maksaa.")
            page.press("Alt+q")
            page.see_no(WINDOW)
            page.see(".o_field_widget[name=shown_event_ids]", "Asiakas lupasi maksaa.")
            page.press("Alt+k")
            page.at(".modal [name=text]")
            page.type("Sovimme asiakkaan kanssa.")
            page.press("Tab")
            page.at(".modal [name=is_sure]")
            page.press("Space")
            page.see(".modal button[name=action_confirm]")
            page.press("Alt+q")
            page.see_no(WINDOW)

        self.sit(self.manager, sitting)
        self.assertEqual(
            self.told(move).sorted("id").mapped("type"), ["comment", "withdraw"]
        )
