"""What changes of a debtor while Amili has the case, and who tells Amili."""

from odoo import api, fields, models

from .res_partner import REACHED_BY


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    contact_change = fields.Text(
        string="Debtor Changed",
        compute="_compute_contact_change",
        help="How the debtors are reached now, where Amili knows it otherwise.",
    )

    @api.depends(
        "state",
        "payer_ids.settled_as",
        *(f"payer_ids.partner_id.{name}" for name in sorted(REACHED_BY)),
    )
    @api.depends_context("lang")
    def _compute_contact_change(self):
        for case in self:
            changes = [
                payer._change()
                for payer in case.sudo().payer_ids
                if case.state in ("pending", "active")
            ]
            case.contact_change = "\n".join(filter(None, changes))

    def _change_summary(self):
        return self.env._("Amili Perintä: a debtor has changed, tell Amili")

    def _settle_change(self):
        """Ask no more of what is offered at this moment."""
        for case in self.sudo():
            lang = case.company_id._amili_lang()
            case = case.with_context(lang=lang)
            for payer in case.payer_ids.filtered(lambda payer: payer._change()):
                payer.settled_as = payer._reached_now()
            case.move_id._amili_end_activity(case._change_summary())

    def action_tell_change(self):
        """Open the window for a message on what has changed of a debtor."""
        self.ensure_one()
        return self._open_report("contact")

    def action_settle_change(self):
        """Leave it: Amili need not know."""
        self._check_may_report("contact")
        self.check_access("read")
        self._settle_change()
