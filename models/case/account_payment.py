"""A payment of an invoice that is at Amili, and that has no journal entry yet."""

from odoo import api, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments._amili_ask_in_process()
        return payments

    def write(self, vals):
        result = super().write(vals)
        if {"state", "invoice_ids"} & vals.keys():
            self._amili_ask_in_process()
        return result

    def _amili_ask_in_process(self):
        """Ask at once whether Amili waits for the bank, which may take days."""
        without_entry = self.filtered(lambda payment: not payment.move_id)
        without_entry.sudo().invoice_ids.filtered("amili_state")._amili_ask_in_process()
