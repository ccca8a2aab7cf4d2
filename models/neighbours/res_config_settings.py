from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    amili_prefers_finvoice = fields.Boolean(
        related="company_id.amili_prefers_finvoice", readonly=False
    )
    amili_has_finvoice = fields.Boolean(compute="_compute_amili_has_finvoice")

    def _compute_amili_has_finvoice(self):
        self.amili_has_finvoice = self.env["account.move"]._amili_supports_finvoice()
