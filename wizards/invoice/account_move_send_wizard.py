"""The choice what Maventa does, beside Maventa as a way to send."""

from odoo import api, fields, models

from ...models.invoice.amili_invoice_upload import DELIVERIES


class AccountMoveSendWizard(models.TransientModel):
    _inherit = "account.move.send.wizard"

    maventa_delivery = fields.Selection(
        DELIVERIES, string="Maventa", default="deliver", required=True
    )

    @api.depends("maventa_delivery")
    def _compute_alerts(self):
        # EXTENDS account
        return super()._compute_alerts()

    @api.model
    def _amili_delivers(self, move_data):
        if len(self) == 1:
            return self.maventa_delivery == "deliver"
        return super()._amili_delivers(move_data)

    def _get_sending_settings(self):
        # EXTENDS account
        settings = super()._get_sending_settings()
        settings["maventa_deliver"] = self.maventa_delivery == "deliver"
        return settings


class AccountMoveSendBatchWizard(models.TransientModel):
    _inherit = "account.move.send.batch.wizard"

    maventa_delivery = fields.Selection(
        DELIVERIES, string="Maventa", default="deliver", required=True
    )

    @api.depends("maventa_delivery")
    def _compute_alerts(self):
        # EXTENDS account
        return super()._compute_alerts()

    @api.model
    def _amili_delivers(self, move_data):
        if len(self) == 1:
            return self.maventa_delivery == "deliver"
        return super()._amili_delivers(move_data)

    def action_send_and_print(self, force_synchronous=False, allow_fallback_pdf=False):
        # EXTENDS account
        result = super().action_send_and_print(
            force_synchronous=force_synchronous, allow_fallback_pdf=allow_fallback_pdf
        )
        if not force_synchronous:
            # Odoo's own scheduled action sends these later, and finds the choice there.
            self.move_ids.sending_data = {
                **self.move_ids[0].sending_data,
                "maventa_deliver": self.maventa_delivery == "deliver",
            }
        return result
