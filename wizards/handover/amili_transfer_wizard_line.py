from odoo import api, fields, models

from ...const import COLLECTION_TYPES, RECEIVABLES_TYPES
from ...models.connection.masked import MaskedChar
from ...models.handover.account_move import REMINDER_FEE_HELP
from .amili_debtor_wizard import DEBTOR_CODES, in_window
from .amili_transfer_wizard import left_out_co_debtors, read_terms


class AmiliTransferWizardLine(models.TransientModel):
    """One invoice in the wizard, with what stands in its way."""

    _name = "amili.transfer.wizard.line"
    _description = "Invoice to Send to Amili Perintä"

    wizard_id = fields.Many2one(
        "amili.transfer.wizard", required=True, index=True, ondelete="cascade"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    # Read with the rights of the clerk, as all that is the invoice's own.
    company_id = fields.Many2one(related="move_id.company_id", related_sudo=False)
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", string="Customer", related_sudo=False
    )
    invoice_date_due = fields.Date(
        related="move_id.invoice_date_due", related_sudo=False
    )
    currency_id = fields.Many2one(related="move_id.currency_id", related_sudo=False)
    capital_amount = fields.Monetary(
        related="move_id.amount_residual", string="Principal", related_sudo=False
    )
    reminder_amount = fields.Monetary(string="Reminder Fee", help=REMINDER_FEE_HELP)
    reminder_date = fields.Date(string="Own Reminder Sent")
    collection_type = fields.Selection(COLLECTION_TYPES, required=True)
    receivables_type = fields.Selection(RECEIVABLES_TYPES, required=True)
    assignment_summary = MaskedChar(
        string="Summary",
        help="What the claim is about, in 2 to 64 characters. It is printed on the "
        "letters to the debtor.",
    )
    co_debtor_partner_ids = fields.Many2many(
        "res.partner",
        "amili_transfer_wizard_line_co_debtor_rel",
        string="Co-debtors",
        context={"active_test": False},
    )
    level = fields.Selection(
        [("ready", "Ready"), ("warning", "Check"), ("stopped", "Stopped")],
        compute="_compute_problem",
        string="State",
    )
    problem = fields.Text(compute="_compute_problem")

    @api.depends(
        "collection_type",
        "receivables_type",
        "reminder_amount",
        "reminder_date",
        "assignment_summary",
        "co_debtor_partner_ids",
    )
    def _compute_problem(self):
        alerts = self.move_id._amili_get_alerts(
            {line.move_id.id: read_terms(line) for line in self}
        )
        for line in self:
            found = alerts[line.move_id.id].values()
            levels = {alert["level"] for alert in found}
            messages = [
                alert["message"]
                for alert in sorted(found, key=lambda alert: alert["level"] != "danger")
            ]
            left_out = left_out_co_debtors(line)
            if left_out:
                messages.append(
                    self.env._(
                        "Liable as well, but not named: %s",
                        ", ".join(left_out.mapped("display_name")),
                    )
                )
            line.problem = "\n".join(messages)
            if "danger" in levels:
                line.level = "stopped"
            else:
                line.level = "warning" if levels else "ready"

    def action_fix(self):
        """Open the debtor that needs correcting first, else this invoice whole."""
        self.ensure_one()
        alerts = self.move_id._amili_get_alerts({self.move_id.id: read_terms(self)})
        found = alerts[self.move_id.id]
        in_window(found, self.wizard_id)
        levels = {code: alert["level"] != "danger" for code, alert in found.items()}
        first = min(levels, key=levels.get, default="")
        action = found.get(first, {}).get("action") or {}
        if first.startswith(DEBTOR_CODES) and action.get("res_model") != "account.move":
            return action
        self.wizard_id.line_id = self
        return self.wizard_id._reopen()

    def _write_to_invoices(self):
        """Write what was changed here to the invoices, where people look for it."""
        for line in self:
            move = line.move_id
            if move.amili_co_debtor_partner_ids != line.co_debtor_partner_ids:
                move.amili_co_debtor_partner_ids = line.co_debtor_partner_ids
            reminder = (line.reminder_date, line.reminder_amount)
            if move._amili_get_reminder() != reminder:
                move.amili_reminder_date, move.amili_reminder_amount = reminder
