from stdnum import bic as bic_number
from stdnum.iso7064 import mod_97_10

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import single_email_re

from ...const import ACCOUNTABLE_PARTIES
from ...models.connection.amili_service import build_body
from ...models.handover.res_partner import e164


class AmiliActivationWizard(models.TransientModel):
    """What an administrator tells Maventa when the company asks for Amili Perintä.

    Makes no remote call: it puts the request on its way.
    """

    _name = "amili.activation.wizard"
    _description = "Activate Amili Perintä"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    environment = fields.Selection(related="company_id.amili_environment")
    service_state = fields.Selection(related="company_id.amili_service_state")
    alerts = fields.Json(compute="_compute_alerts")
    is_ready = fields.Boolean(compute="_compute_alerts")
    company_partner_id = fields.Many2one(related="company_id.partner_id")
    bank_account_id = fields.Many2one(
        "res.partner.bank",
        string="Account for Payouts",
        domain="[('partner_id', '=', company_partner_id)]",
        help="Amili pays what it collects to this account (IBAN).",
    )
    bic = fields.Char(
        string="Bank's BIC",
        compute="_compute_bic",
        store=True,
        readonly=False,
        help="The bank's international code, such as NDEAFIHH or OKOYFIHH.",
    )
    bank_name = fields.Char(
        string="Bank",
        compute="_compute_bank_name",
        store=True,
        readonly=False,
        help="The name of the bank, such as Nordea.",
    )
    accountable_party = fields.Selection(
        ACCOUNTABLE_PARTIES,
        string="Debtors Pay To",
        help="Whose account number the letters to the debtors show.",
    )
    billing_address = fields.Text(compute="_compute_billing_address")
    contact_person = fields.Char()
    contact_email = fields.Char(string="Contact's E-mail")
    contact_phone = fields.Char(string="Contact's Phone")
    customer_service_email = fields.Char(
        string="Customer Service E-mail",
        help="Where your customers can ask about their invoices. Amili may print it on "
        "letters.",
    )
    customer_service_phone = fields.Char()
    link_by = fields.Selection(
        [
            ("here", "Show it here in Odoo"),
            ("mail", "E-mail it to the person who signs"),
        ],
        string="How It Comes",
        required=True,
        default="here",
    )
    authorization_email = fields.Char(string="Mail the Link To")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        company = self.env["res.company"].browse(values.get("company_id"))
        if not company:
            return values
        # The company may come from anywhere, and the service knows people.
        company.amili_service_id.check_access("read")
        # Once more with the same: only what was wrong has to be typed.
        earlier = company.amili_service_id.request or {}
        accounts = company.partner_id.bank_ids.filtered(_is_iban)
        earlier_account = accounts.filtered(
            lambda bank: bank.sanitized_acc_number == earlier.get("iban")
        )
        user = self.env.user
        defaults = {
            "contact_person": user.name,
            "contact_email": user.email,
            "contact_phone": user.phone or company.phone,
            "customer_service_email": company.email,
            "customer_service_phone": company.phone,
            **{name: earlier[name] for name in PLAIN if name in earlier},
            "bank_account_id": (earlier_account or accounts)[:1].id,
        }
        if earlier.get("authorization_email"):
            defaults.setdefault("link_by", "mail")
            defaults["authorization_email"] = earlier["authorization_email"]
        context = self.env.context
        return values | {
            name: value
            for name, value in defaults.items()
            if name in fields_list and f"default_{name}" not in context
        }

    @api.depends("bank_account_id")
    def _compute_bic(self):
        for wizard in self:
            bank = wizard.bank_account_id
            earlier = wizard.company_id.amili_service_id.request or {}
            same = bank.sanitized_acc_number == earlier.get("iban")
            wizard.bic = bank.bank_bic or (same and earlier.get("bic"))

    @api.depends("bank_account_id")
    def _compute_bank_name(self):
        for wizard in self:
            bank = wizard.bank_account_id
            earlier = wizard.company_id.amili_service_id.request or {}
            same = bank.sanitized_acc_number == earlier.get("iban")
            wizard.bank_name = bank.bank_name or (same and earlier.get("bank"))

    @api.depends("company_id")
    def _compute_billing_address(self):
        for wizard in self:
            partner = wizard.company_id.partner_id
            wizard.billing_address = "\n".join(
                filter(
                    None,
                    [
                        partner.name,
                        partner.street,
                        partner.street2,
                        " ".join(filter(None, [partner.zip, partner.city])),
                        partner.country_id.name,
                    ],
                )
            )

    # What stands in the way -----------------------------------------------------------

    @api.depends(
        "bank_account_id",
        "bic",
        "bank_name",
        "accountable_party",
        "contact_person",
        "contact_email",
        "contact_phone",
        "customer_service_email",
        "customer_service_phone",
        "link_by",
        "authorization_email",
        "company_id",
    )
    def _compute_alerts(self):
        for wizard in self:
            alerts = wizard._find_problems()
            wizard.alerts = alerts or False
            wizard.is_ready = not alerts

    def _find_problems(self):
        """Return what has to be mended first, as the widget wants it."""
        problems = {}
        partner = self.company_id.partner_id

        def stop(code, message, record=None):
            problems[code] = {"level": "danger", "message": message}
            if record:
                problems[code] |= {
                    "action_text": self.env._("Correct it"),
                    "action": record._get_records_action(context={}),
                }

        if not all((partner.street, partner.zip, partner.city, partner.country_id)):
            stop(
                "address",
                self.env._(
                    "The address of %s is not complete: street, zip, city and country "
                    "are needed.",
                    self.company_id.name,
                ),
                partner,
            )
        # The list to choose from has no others; a program might name one.
        if self.bank_account_id.partner_id != partner:
            stop(
                "account",
                self.env._(
                    "Choose the bank account for payouts. If there is none to choose, "
                    "add one with an IBAN to the contact of the company."
                ),
                partner,
            )
        elif not _is_iban(self.bank_account_id):
            stop(
                "iban",
                self.env._(
                    "%s is not a valid IBAN. Correct the bank account.",
                    self.bank_account_id.acc_number,
                ),
                self.bank_account_id._origin,
            )
        if not self._bic():
            stop("bic", self.env._("Enter the BIC of the bank: 8 or 11 characters."))
        if not (self.bank_name or "").strip():
            stop("bank", self.env._("Enter the name of the bank."))
        if not self.accountable_party:
            stop(
                "accountable_party",
                self.env._(
                    "Choose to whose account the debtors pay: it decides whose account "
                    "number the letters show."
                ),
            )
        if not (self.contact_person or "").strip():
            stop("contact_person", self.env._("Enter a contact person."))
        for name in ("contact_email", "customer_service_email"):
            if not _is_email(self[name]):
                stop(
                    name,
                    self.env._("Enter a valid e-mail address of the contact person.")
                    if name == "contact_email"
                    else self.env._(
                        "Enter a valid e-mail address of the customer service."
                    ),
                )
        if not self._e164("contact_phone"):
            stop(
                "contact_phone",
                self.env._("Enter a valid phone number of the contact person."),
            )
        if self.customer_service_phone and not self._e164("customer_service_phone"):
            stop(
                "customer_service_phone",
                self.env._("The phone number of the customer service is not valid."),
            )
        if self.link_by == "mail" and not _is_email(self.authorization_email):
            stop(
                "authorization_email",
                self.env._("Enter the e-mail address of the person who signs."),
            )
        return problems

    def _bic(self):
        text = self.bic or ""
        return bic_number.compact(text) if bic_number.is_valid(text) else ""

    def _e164(self, name):
        partner = self.company_id.partner_id
        return e164(self[name], partner.country_id.code) or ""

    # What it does ---------------------------------------------------------------------

    def action_activate(self):
        """Put the request on its way and show where it stands.

        :raises UserError: something is missing, or another request is on its way
        """
        self.ensure_one()
        services = self.env["amili.service"]
        services._check_is_administrator()
        # The form shows all of them; who comes by RPC gets them as well.
        problems = self._find_problems()
        if problems:
            raise UserError("\n".join(p["message"] for p in problems.values()))
        service = services._get_or_create(self.company_id)
        service._start("activate", self._request())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Amili Perintä"),
            "res_model": "amili.service",
            "res_id": service.id,
            "views": [(False, "form")],
        }

    def _request(self):
        """Return what was confirmed, in our own words: see :class:`.Activation`."""
        partner = self.company_id.partner_id
        request = {
            "iban": self.bank_account_id.sanitized_acc_number,
            "bic": self._bic(),
            "bank": self.bank_name.strip(),
            "accountable_party": self.accountable_party,
            "contact_person": self.contact_person.strip(),
            "contact_email": self.contact_email.strip(),
            "contact_phone": self._e164("contact_phone"),
            "customer_service_email": self.customer_service_email.strip(),
            "customer_service_phone": self._e164("customer_service_phone"),
            "authorization_email": (self.authorization_email or "").strip()
            if self.link_by == "mail"
            else "",
            "billing_address": {
                "streets": [s for s in (partner.street, partner.street2) if s],
                "zip_code": partner.zip,
                "city": partner.city,
                "country": partner.country_id.code,
            },
        }
        build_body(request)
        return request


# What of an earlier request is shown as it was entered.
PLAIN = (
    "accountable_party",
    "contact_person",
    "contact_email",
    "contact_phone",
    "customer_service_email",
    "customer_service_phone",
)


def _is_iban(bank):
    """Whether the check digits are right, as ISO 13616 has them."""
    # Within Odoo, stdnum.iban cannot read its table of countries: Odoo wraps the import
    # of stdnum.
    number = bank.sanitized_acc_number or ""
    # A Finnish one has 18 characters, no other fewer than 15 or more than 34.
    is_long_enough = len(number) == 18 if number[:2] == "FI" else 15 <= len(number) < 35
    return is_long_enough and mod_97_10.is_valid(number[4:] + number[:4])


def _is_email(text):
    return bool(single_email_re.match((text or "").strip()))
