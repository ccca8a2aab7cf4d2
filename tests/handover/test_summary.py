"""The summary of a hand-over, which the debtor reads: 2 to 64 characters."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import AmiliCommon


@tagged("post_install", "-at_install")
class TestSummary(AmiliCommon):
    def preview(self, template):
        """Return the settings as an administrator sees them while typing."""
        administrator = self.new_user(
            f"s_admin{len(template)}", "base.group_system,account.group_account_invoice"
        )
        settings = self.env["res.config.settings"].with_user(administrator)
        return settings.new({"amili_summary_template": template})

    def test_preview_with_a_real_invoice(self):
        move = self.invoice()
        shown = self.preview("Lasku {number}, {date}")
        self.assertIn(f"“Lasku {move.name}, 20.8.2026”", shown.amili_summary_preview)
        self.assertIn(f"{len(move.name) + 17} characters", shown.amili_summary_preview)
        self.assertFalse(shown.amili_summary_is_off)

    def test_too_long_is_shown_in_red(self):
        self.invoice()
        self.assertTrue(self.preview("{number}" + "x" * 60).amili_summary_is_off)

    def test_what_may_not_be_in_braces_breaks_nothing(self):
        self.invoice()
        for template in ("{", "{nothing}", "{0}", "{number.x}"):
            with self.subTest(template):
                shown = self.preview(template)
                self.assertTrue(shown.amili_summary_is_off)
                self.assertFalse(shown.amili_summary_preview)

    def test_without_any_invoice(self):
        self.assertFalse(self.preview("Lasku").amili_summary_preview)

    def test_1_and_65_characters_are_stopped_where_they_are_typed(self):
        move = self.invoice()
        wizard = self.wizard(move)
        with Form(wizard) as form:
            form.assignment_summary = "x" * 64
            self.assertFalse("summary_length" in (form.alerts or {}))
            form.assignment_summary = "x" * 65
            self.assertIn("summary_length", form.alerts)
            form.assignment_summary = "x"
            self.assertIn("summary_length", form.alerts)
            form.assignment_summary = "xy"
            self.assertFalse("summary_length" in (form.alerts or {}))
            form.assignment_summary = "x" * 65
        with self.assertRaisesRegex(UserError, "65 characters"):
            wizard.action_transfer()
