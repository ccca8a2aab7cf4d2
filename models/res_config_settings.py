from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    amili_environment = fields.Selection(
        related="company_id.amili_environment", readonly=False
    )
    amili_client_id = fields.Char(related="company_id.amili_client_id", readonly=False)
    amili_client_secret = fields.Char(
        related="company_id.amili_client_secret", readonly=False
    )
    amili_vendor_api_key = fields.Char(
        related="company_id.amili_vendor_api_key", readonly=False
    )
    amili_news_at = fields.Datetime(related="company_id.amili_news_at")
    amili_news_problem = fields.Char(related="company_id.amili_news_problem")
    amili_default_collection_type = fields.Selection(
        related="company_id.amili_default_collection_type", readonly=False
    )
    amili_min_days_b2b = fields.Integer(
        related="company_id.amili_min_days_b2b", readonly=False
    )
    amili_min_days_b2c = fields.Integer(
        related="company_id.amili_min_days_b2c", readonly=False
    )
    amili_reminder_fee = fields.Monetary(
        related="company_id.amili_reminder_fee", readonly=False
    )
    amili_summary_template = fields.Char(
        related="company_id.amili_summary_template", readonly=False
    )
    amili_payout_partner_id = fields.Many2one(
        related="company_id.amili_payout_partner_id", readonly=False
    )
    amili_payout_names = fields.Char(
        related="company_id.amili_payout_names", readonly=False
    )
    amili_responsible_user_id = fields.Many2one(
        related="company_id.amili_responsible_user_id", readonly=False
    )

    def action_amili_test_connection(self):
        """Ask Maventa, with what was entered: the web client saves it first."""
        self.ensure_one()
        return self.company_id.action_amili_test_connection()
