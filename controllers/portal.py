from odoo.http import request

from odoo.addons.account.controllers import portal

from ..models.case.account_move import IN_COLLECTION


class PortalAccount(portal.PortalAccount):
    """The debtor is not asked to pay here what Amili collects."""

    def _get_overdue_invoices_domain(self, partner_id=None):
        # EXTENDS account: the count, the filter and "Pay overdue" all ask this
        domain = super()._get_overdue_invoices_domain(partner_id)
        # The debtor may not read the state itself.
        at_amili = (
            request.env["account.move"]
            .sudo()
            .search([*domain, ("amili_state", "in", IN_COLLECTION)])
        )
        return [*domain, ("id", "not in", at_amili.ids)]
