"""The customer as a debtor: which rules apply, who is liable, what Amili is told."""

import phonenumbers
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fi import hetu, ytunnus

from odoo import api, fields, models
from odoo.tools.mail import email_normalize
from odoo.tools.sql import column_exists, create_column

from ...const import ACCOUNTING_GROUPS, IDENTITY_GROUP, RECEIVABLES_TYPES
from ..connection.vault import door


class ResPartner(models.Model):
    _inherit = "res.partner"

    amili_receivables_type = fields.Selection(
        RECEIVABLES_TYPES,
        string="Receivables Type",
        compute="_compute_amili_receivables_type",
        store=True,
        readonly=False,
        groups=ACCOUNTING_GROUPS,
        help="Which rules of debt collection apply to this customer. Follows from "
        "company or person; choose a rent type for tenants.",
    )
    amili_personal_identity_code = door(
        fields.Char,
        "amili_personal_identity_code",
        "amili.identity.code",
        "text",
        string="Personal Identity Code",
        groups=IDENTITY_GROUP,
        help="Henkilötunnus, needed to collect rent from a consumer. Only people in "
        "the group for identity codes can see it.",
    )
    amili_co_debtor_ids = fields.One2many(
        "amili.co.debtor",
        "debtor_id",
        string="Standing Co-debtors",
        groups=ACCOUNTING_GROUPS,
        help="Who is liable for this customer's debts as well. They are proposed on "
        "each invoice and never added without asking.",
    )
    amili_collection_block = fields.Boolean(
        string="Never Hand Over",
        groups=ACCOUNTING_GROUPS,
        tracking=True,
        help="No invoice of this customer can be handed over to debt collection.",
    )
    amili_collection_block_reason = fields.Char(
        string="Reason", groups=ACCOUNTING_GROUPS, tracking=True
    )

    def _auto_init(self):
        # A computed column over every contact would make the installation of a
        # large database take long: one statement does the same.
        if not column_exists(self.env.cr, "res_partner", "amili_receivables_type"):
            create_column(
                self.env.cr, "res_partner", "amili_receivables_type", "varchar"
            )
            self.env.cr.execute(
                """UPDATE res_partner
                      SET amili_receivables_type =
                          CASE WHEN is_company THEN 'b2b' ELSE 'b2c' END"""
            )
        return super()._auto_init()

    @api.depends("is_company")
    def _compute_amili_receivables_type(self):
        for partner in self:
            partner.amili_receivables_type = "b2b" if partner.is_company else "b2c"

    def _amili_identity_code(self):
        """Return a person's identity code as entered, in capital letters.

        Not readable by everyone who may hand an invoice over: the caller shows it
        to nobody.
        """
        self.ensure_one()
        if self.is_company:
            return ""
        return (self.sudo().amili_personal_identity_code or "").strip().upper()

    def _amili_payer_values(self, role, receivables_type):
        """Return the values of an ``amili.assignment.payer`` for this contact.

        A company is told by its Business ID, a person by the identity code if there
        is one; a trader who has both by the one that the claim is about. Address,
        e-mail and telephone are those of the contact itself.
        """
        self.ensure_one()
        business_id = self._amili_business_id()
        identity_code = self._amili_identity_code()
        if business_id and identity_code:
            if role == "main_debtor" and receivables_type.startswith("b2b"):
                identity_code = ""
            else:
                business_id = ""
        return {
            "role": role,
            "partner_id": self.id,
            "name": _one_line(self.name),
            "business_id": business_id or False,
            "personal_identity_code": identity_code or False,
            "street": _one_line(self.street),
            "street2": _one_line(self.street2),
            "zip": _one_line(self.zip),
            "city": _one_line(self.city),
            "country_code": self.country_id.code,
            "email": email_normalize(self.email or "") or False,
            "phone": e164(self.phone, self.country_id.code),
        }


def is_valid_business_id(number):
    """Whether this is a Finnish Business ID with the right check digit."""
    return ytunnus.is_valid(number)


def is_valid_identity_code(code, allow_temporary):
    """Whether this is a personal identity code with the right check character.

    :param bool allow_temporary: accept the numbers 900–999, which only test data has
    """
    try:
        hetu.validate(code, allow_temporary=allow_temporary)
    except NumberError:
        return False
    return True


def _one_line(text):
    """Return text without line breaks, control characters and spare spaces."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.split()) or False


def e164(number, region):
    """Return a telephone number in E.164; False where it is none."""
    try:
        parsed = phonenumbers.parse(number or "", region or None)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number(parsed):
        return False
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
