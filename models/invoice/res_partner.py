"""By which number a customer is known: what tells invoices apart at Maventa."""

import re

from stdnum.fi import ytunnus

from odoo import fields, models

# Åland has a country code of its own and the registers of Finland.
FINNISH_COUNTRY_CODES = ("FI", "AX")


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "amili.derived.mixin", "amili.doors.mixin"]

    invoice_sending_method = fields.Selection(selection_add=[("maventa", "by Maventa")])

    # What Amili is told of a debtor ---------------------------------------------------

    def _amili_is_finnish(self):
        self.ensure_one()
        return self.country_id.code in FINNISH_COUNTRY_CODES

    def _amili_business_id(self):
        """Return the Business ID (Y-tunnus) as ``1234567-1``, else what was entered.

        A Finnish VAT number holds the Business ID, so either field will do. A
        foreign company has the number of its own register. A person who is a contact
        of a company carries the company's number, which is not theirs.
        """
        self.ensure_one()
        if not self.is_company and self.commercial_partner_id != self:
            return ""
        entered = (self.company_registry or "").strip()
        if not self._amili_is_finnish():
            return entered
        from_vat = re.fullmatch(r"FI(\d{8})", re.sub(r"\W", "", self.vat or "").upper())
        for number in filter(None, (entered, from_vat and from_vat[1])):
            if ytunnus.is_valid(number):
                return ytunnus.format(ytunnus.compact(number))
        return entered
