from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    amili_auto_mode = fields.Selection(
        related="company_id.amili_auto_mode", readonly=False
    )
    amili_auto_days = fields.Integer(
        related="company_id.amili_auto_days", readonly=False
    )
    amili_auto_amount = fields.Monetary(
        related="company_id.amili_auto_amount", readonly=False
    )
    amili_auto_b2b = fields.Boolean(related="company_id.amili_auto_b2b", readonly=False)
    amili_auto_b2c = fields.Boolean(related="company_id.amili_auto_b2c", readonly=False)
    amili_auto_b2b_rental = fields.Boolean(
        related="company_id.amili_auto_b2b_rental", readonly=False
    )
    amili_auto_b2c_rental = fields.Boolean(
        related="company_id.amili_auto_b2c_rental", readonly=False
    )

    @api.model
    def _amili_figures(self):
        # EXTENDS the room connection
        return (*super()._amili_figures(), "amili_auto_days", "amili_auto_amount")

    def action_amili_auto_trial(self):
        """Show what the rule would take; the web client has what was entered saved."""
        self.ensure_one()
        return self.company_id.action_amili_auto_trial()
