"""Names of persons where partner_firstname (OCA) is installed."""

from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _amili_payer_values(self, role, receivables_type):
        # EXTENDS the room handover: a letter names a person first name first, in
        # whatever order Odoo shows the two
        values = super()._amili_payer_values(role, receivables_type)
        if "firstname" in self._fields and not self.is_company:
            names = [self.firstname, self.lastname]
            if all(names):
                values["name"] = " ".join(" ".join(names).split())
        return values
