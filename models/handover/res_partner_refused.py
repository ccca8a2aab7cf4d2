"""What Maventa refused of a contact that was named as a debtor."""

from odoo import fields, models

from ...const import ACCOUNTING_GROUPS

# Fields of a payer that have another name on the contact.
OWN_NAMES = {
    "country_code": "country_id",
    "personal_identity_code": "amili_personal_identity_code",
}


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "amili.refused.mixin"]
    _amili_refusable = (
        *("name", "street", "street2", "zip", "city", "country_id"),
        *("company_registry", "vat", "amili_business_id", "peppol_endpoint"),
        *("amili_personal_identity_code", "email", "phone"),
    )

    amili_refused = fields.Json(groups=ACCOUNTING_GROUPS)

    def _amili_refused_texts(self):
        # EXTENDS amili.refused.mixin
        contact = self._origin
        if not contact:
            return []
        payers = self.env["amili.assignment.payer"].search(
            [
                ("partner_id", "=", contact.id),
                ("assignment_id.state", "=", "rejected"),
                ("assignment_id.move_id.amili_state", "=", "rejected"),
            ]
        )
        return [
            (self._amili_field_of(name), text)
            for move in payers.assignment_id.move_id
            for holder, name, text in move._amili_refusals()
            if holder._name == payers._name and holder.partner_id == contact
        ]

    def _amili_field_of(self, name):
        """Return where on a contact what a payer has is entered."""
        if name == "business_id":
            return next(iter(self._amili_business_ids().values()), "company_registry")
        return OWN_NAMES.get(name, name)
