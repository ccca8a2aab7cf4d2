from odoo.http import request

from odoo.addons.account.controllers import portal

from ..models.case.account_move import IN_COLLECTION


class PortalAccount(portal.PortalAccount):
    """The debtor is not asked to pay here what Amili collects, or what is disputed."""

    def _get_overdue_invoices_domain(self, partner_id=None):
        # EXTENDS account: the count, the filter and "Pay overdue" all ask this
        domain = super()._get_overdue_invoices_domain(partner_id)
        # The debtor may not read the state itself.
        left_alone = (
            request.env["account.move"]
            .sudo()
            .search(
                [
                    *domain,
                    "|",
                    ("amili_state", "in", IN_COLLECTION),
                    ("amili_disputed_on", "!=", False),
                ]
            )
        )
        return [*domain, ("id", "not in", left_alone.ids)]
