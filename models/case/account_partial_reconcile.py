"""What is matched with an invoice that is at Amili, whatever way it is done."""

from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._amili_invoices()._amili_settle()
        return partials

    def unlink(self):
        invoices = self._amili_invoices()
        result = super().unlink()
        invoices.exists()._amili_settle()
        return result

    def _amili_invoices(self):
        """Return the invoices of these that were meant for Amili at any time."""
        moves = self.debit_move_id.move_id.sudo()
        return moves._amili_assignments().move_id
