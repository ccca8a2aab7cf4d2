"""What the debtor meets in the portal while an invoice is in collection."""

from odoo import models

# Amili has the invoice: from now on it is Amili that speaks with the debtor.
IN_COLLECTION = ("pending", "active")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _amili_is_in_collection(self):
        """Whether the debtor has to turn to Amili; that much the debtor may know."""
        self.ensure_one()
        return self.sudo().amili_state in IN_COLLECTION

    def _get_invoice_portal_extra_values(self, custom_amount=None):
        # EXTENDS account: for the page of an invoice and for each row of the list
        values = super()._get_invoice_portal_extra_values(custom_amount=custom_amount)
        in_collection = self._amili_is_in_collection()
        if in_collection:
            # An instalment that is overdue is Amili's to claim.
            values["installment_state"] = None
        return {**values, "amili_in_collection": in_collection}

    def _has_to_be_paid(self):
        # EXTENDS account_payment, which Odoo installs together with account
        return not self._amili_is_in_collection() and super()._has_to_be_paid()

    def _get_online_payment_error(self):
        # EXTENDS account_payment
        if self._amili_is_in_collection():
            return self.env._(
                "This invoice is in collection at Amili Perintä. Please pay to Amili."
            )
        return super()._get_online_payment_error()
