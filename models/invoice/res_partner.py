"""By which number a customer is known: what tells invoices apart at Maventa."""

import re

from stdnum.fi import ytunnus

from odoo import fields, models

from . import peppol_file

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

    # How a file tells who it is -------------------------------------------------------

    def _amili_may_take_ovt(self):
        """Whether the OVT code can stand where no e-invoice address of today does."""
        self.ensure_one()
        return bool(
            self._amili_is_finnish()
            and peppol_file.business_id_in(self._amili_business_id())
            and (not self.peppol_endpoint or self.peppol_eas in peppol_file.OLD_SCHEMES)
        )

    def _amili_take_ovt(self):
        """Make the OVT code of a Finnish company its e-invoice address."""
        number = peppol_file.business_id_in(self._amili_business_id())
        self.write(
            {
                "peppol_eas": peppol_file.OVT_SCHEME,
                "peppol_endpoint": peppol_file.ovt_of(number),
            }
        )
