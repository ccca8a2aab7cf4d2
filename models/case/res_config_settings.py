from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    amili_news_at = fields.Datetime(related="company_id.amili_news_at")
    amili_news_problem = fields.Char(related="company_id.amili_news_problem")
    amili_payout_partner_id = fields.Many2one(
        related="company_id.amili_payout_partner_id", readonly=False
    )
    amili_payout_names = fields.Char(
        related="company_id.amili_payout_names", readonly=False
    )
    amili_payout_days = fields.Integer(
        related="company_id.amili_payout_days", readonly=False
    )
    amili_loss_account_id = fields.Many2one(
        related="company_id.amili_loss_account_id", readonly=False
    )
    amili_loss_tax = fields.Selection(
        related="company_id.amili_loss_tax", readonly=False
    )
