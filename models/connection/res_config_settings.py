from odoo import api, fields, models
from odoo.exceptions import ValidationError


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
    amili_responsible_user_id = fields.Many2one(
        related="company_id.amili_responsible_user_id", readonly=False
    )
    amili_service_id = fields.Many2one(related="company_id.amili_service_id")
    amili_service_state = fields.Selection(related="company_id.amili_service_state")
    amili_service_since = fields.Datetime(related="amili_service_id.since")
    amili_service_banner = fields.Text(related="amili_service_id.banner")
    amili_service_is_other = fields.Boolean(related="amili_service_id.is_other_service")
    amili_accountable_party = fields.Selection(
        related="amili_service_id.accountable_party"
    )
    amili_activation_url = fields.Char(related="amili_service_id.activation_url")
    amili_switch_warning = fields.Text(compute="_compute_amili_switch_warning")

    # What people type is checked before it comes to the database, which prints a row
    # that it refuses.
    @api.constrains(lambda self: self._amili_figures())
    def _check_amili_figures(self):
        for settings in self:
            if any(settings[name] < 0 for name in self._amili_figures()):
                raise ValidationError(
                    self.env._("Days and amounts cannot be negative.")
                )

    @api.model
    def _amili_figures(self):
        """Return the names of the figures that may not be negative."""
        return ("amili_min_days_b2b", "amili_min_days_b2c", "amili_reminder_fee")

    def action_amili_test_connection(self):
        """Ask Maventa, with what was entered: the web client saves it first."""
        self.ensure_one()
        return self.company_id.action_amili_test_connection()

    @api.depends("amili_environment", "company_id")
    def _compute_amili_switch_warning(self):
        for settings in self:
            settings.amili_switch_warning = (
                settings.company_id._origin._amili_explain_switch(
                    settings.amili_environment
                )
            )

    def action_amili_activate(self):
        """Ask for the service; the web client has what was entered saved before."""
        self.ensure_one()
        return self.company_id.action_amili_activate()

    def action_amili_mail_instead(self):
        """Have the link for identification mailed."""
        self.ensure_one()
        return self.company_id.amili_service_id.action_mail_instead()

    def action_amili_open_identification(self):
        """Open the page where somebody signs for the company."""
        self.ensure_one()
        return self.company_id.amili_service_id.action_open_identification()

    def action_amili_change_party(self):
        """Change to whose account the debtors pay."""
        self.ensure_one()
        return self.company_id.amili_service_id.action_change()

    def action_amili_open_service(self):
        """Show all there is to know of the service."""
        self.ensure_one()
        return self.company_id.amili_service_id._get_records_action(
            name=self.env._("Amili Perintä")
        )
