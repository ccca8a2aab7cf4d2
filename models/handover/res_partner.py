"""The customer as a debtor: which rules apply, who is liable, what Amili is told."""

import re

import phonenumbers
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fi import hetu, ytunnus

from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from ...const import ACCOUNTING_GROUPS, IDENTITY_GROUP, RECEIVABLES_TYPES
from ..connection.masked import MaskedChar
from ..connection.vault import door
from ..invoice.res_partner import emails_in

# Between two telephone numbers in one field.
_BETWEEN_NUMBERS = re.compile(
    r"[,;|\n]|\s/\s|/(?=\s*[+0])|\b(?:tai|ja|eller|och|or|and)\b", re.IGNORECASE
)
_FIVE_DIGITS = re.compile(r"[0-9]{5}")
# A postal code as people write it before or behind the city.
_BEFORE_CITY = re.compile(
    r"(?:(?:FIN?|AX)[ -]*(?=[0-9]))?([0-9](?: ?[0-9]){2,4})(?![0-9])[ ,]*([^0-9]*)",
    re.IGNORECASE,
)
_BEHIND_CITY = re.compile(r"([^0-9]*?)[ ,]*([0-9]{5})")

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
    amili_collection_block_reason = MaskedChar(
        string="Reason", groups=ACCOUNTING_GROUPS, tracking=True
    )
    amili_refused = fields.Json(groups=ACCOUNTING_GROUPS)

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
            "email": next(iter(emails_in(self.email)), False),
            "phone": next(iter(phones_in(self.phone, self.country_id.code)), False),
        }

    def _amili_proposed_business_id(self):
        """Return which of Business IDs that differ owes, as a rule; empty if none does.

        That is the one of the register: a VAT number may be a VAT group's, and an
        e-invoice address an accounting office's.
        """
        self.ensure_one()
        numbers = self._amili_business_ids()
        registered = [n for n, name in numbers.items() if name == "company_registry"]
        is_one = len(numbers) > 1 and len(registered) == 1
        return registered[0] if is_one else ""

    def _amili_address_correction(self):
        """Return how a Finnish address is meant whose postal code is no five digits.

        Understands zeros that a spreadsheet took away, spaces, a country before the
        code, and code and city in one field or in each other's.

        :return: ``zip`` and ``city``; empty where nothing is wrong or to be guessed
        :rtype: dict[str, str]
        """
        self.ensure_one()
        if not self._amili_is_finnish():
            return {}
        entered = {name: _one_line(self[name]) or "" for name in ("zip", "city")}
        code, rest = _code_and_city(entered["zip"])
        other_code, city = _code_and_city(entered["city"])
        if code and other_code and code.zfill(5) != other_code.zfill(5):
            return {}
        if not code and not has_five_digits(other_code):
            return {}
        meant = {"zip": (code or other_code).zfill(5), "city": city or rest}
        return {n: text for n, text in meant.items() if text and text != entered[n]}

    def _amili_corrected_place(self):
        """Return postal code and city as proposed; empty where nothing is proposed."""
        correction = self._amili_address_correction()
        place = {name: correction.get(name) or self[name] for name in ("zip", "city")}
        return " ".join(filter(None, place.values())) if correction else ""

    def _amili_correct_address(self):
        """Write what is proposed, with the rights of the user."""
        for partner in self:
            correction = partner._amili_address_correction()
            if correction:
                partner.write(correction)

    # What Maventa refused -------------------------------------------------------------

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
    return _e164_text(parsed)


def _e164_text(parsed):
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phones_in(text, region):
    """Return the valid telephone numbers in a field in E.164, in their order.

    :param region: ISO 3166-1 alpha-2, for numbers without a country; may be empty
    :rtype: list[str]
    """
    numbers = []
    for piece in _BETWEEN_NUMBERS.split(text or ""):
        whole = e164(piece, region)
        matches = phonenumbers.PhoneNumberMatcher(piece, region or None)
        numbers += [whole] if whole else [_e164_text(m.number) for m in matches]
    return list(dict.fromkeys(numbers))


def has_five_digits(postal_code):
    """Whether this is written as a postal code of Finland or Åland."""
    return bool(_FIVE_DIGITS.fullmatch((postal_code or "").strip()))


def _code_and_city(text):
    """Return the digits and the words of a postal code, a city, or both in one."""
    before = _BEFORE_CITY.fullmatch(text)
    if before:
        return before[1].replace(" ", ""), before[2].strip()
    behind = _BEHIND_CITY.fullmatch(text)
    if behind:
        return behind[2], behind[1].strip()
    return "", text
