"""Sending an invoice once more while Amili collects it."""

from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_alerts(self, moves, moves_data):
        # EXTENDS account
        alerts = super()._get_alerts(moves, moves_data)
        at_amili = moves.filtered(lambda move: move._amili_is_in_collection())
        if at_amili:
            # The text that goes along asks for payment.
            alerts["amili_in_collection"] = {
                "level": "warning",
                "message": self.env._(
                    "In collection at Amili Perintä: %s. Amili's letters tell the "
                    "customer how to pay, so do not ask for payment in your message.",
                    ", ".join(at_amili.mapped("display_name")),
                ),
            }
        return alerts
