"""By which number a customer is known: what tells invoices apart at Maventa."""

import re

from odoo import fields, models
from odoo.tools import email_normalize

from . import peppol_file
from .business_ids import business_ids_in

# Åland has a country code of its own and the registers of Finland.
FINNISH_COUNTRY_CODES = ("FI", "AX")
# Under these schemes an e-invoice address (Peppol) holds the Business ID: the register
# itself, the VAT number and the OVT, which goes on with a unit of the company.
FINNISH_SCHEMES = ("0037", "0212", "0213", "0216")


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "amili.derived.mixin", "amili.doors.mixin"]

    invoice_sending_method = fields.Selection(selection_add=[("maventa", "by Maventa")])
    amili_business_id = fields.Char(
        string="Business ID of the Debtor",
        help="The Business ID (Y-tunnus) by which this customer owes. Fill it in only "
        "where the numbers of the contact rightly differ, e.g. the VAT number of a VAT "
        "group or the e-invoice address of an accounting office.",
    )

    # What Amili is told of a debtor ---------------------------------------------------

    def _amili_is_finnish(self):
        self.ensure_one()
        return self.country_id.code in FINNISH_COUNTRY_CODES

    def _amili_business_id(self):
        """Return the Business ID (Y-tunnus) as ``1234567-1``, else what was entered.

        Read from wherever people keep it, see :meth:`_amili_business_ids`. A foreign
        company has the number of its own register. A person who is a contact of a
        company carries the company's number, which is not theirs.
        """
        self.ensure_one()
        if not self._amili_has_own_number():
            return ""
        entered = (self.company_registry or "").strip()
        if not self._amili_is_finnish():
            return entered
        return self._amili_valid_business_id() or self.amili_business_id or entered

    def _amili_valid_business_id(self):
        """Return the surest of :meth:`_amili_business_ids`; empty where none is."""
        return next(iter(self._amili_business_ids()), "")

    def _amili_has_own_number(self):
        self.ensure_one()
        return self.is_company or self.commercial_partner_id == self

    def _amili_business_ids(self):
        """Return the valid Business IDs that stand on a Finnish debtor.

        What a person has chosen stands alone; else there may be several, and they
        contradict each other.

        :return: by number, as ``1234567-1``, the first field it stands in; the surest
            first
        :rtype: dict[str, str]
        """
        self.ensure_one()
        if not (self._amili_has_own_number() and self._amili_is_finnish()):
            return {}
        names = ["company_registry", "vat"]
        if self.amili_business_id:
            names = ["amili_business_id"]
        elif self.peppol_eas in FINNISH_SCHEMES:
            names.append("peppol_endpoint")
        found = {}
        for name in names:
            for number in business_ids_in(self[name]):
                found.setdefault(number, name)
        return found

    # How a file tells who it is -------------------------------------------------------

    def _amili_may_take_ovt(self):
        """Whether the OVT code can stand where no e-invoice address of today does."""
        self.ensure_one()
        return bool(
            self._amili_valid_business_id()
            and (not self.peppol_endpoint or self.peppol_eas in peppol_file.OLD_SCHEMES)
        )

    def _amili_take_ovt(self):
        """Make the OVT code of a Finnish company its e-invoice address."""
        number = self._amili_valid_business_id()
        self.write(
            {
                "peppol_eas": peppol_file.OVT_SCHEME,
                "peppol_endpoint": peppol_file.build_ovt(number),
            }
        )


def emails_in(text):
    """Return the valid e-mail addresses in a field, normalised, in their order.

    People keep several in one field, with names and signs between them.

    :rtype: list[str]
    """
    words = re.split(r"[\s,;|/<>()\[\]\"]+", text or "")
    addresses = (
        email_normalize(word.removeprefix("mailto:").rstrip(".:"))
        for word in words
        if "@" in word[1:]
    )
    return list(dict.fromkeys(filter(None, addresses)))
