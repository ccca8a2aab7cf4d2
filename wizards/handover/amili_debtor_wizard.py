from odoo import api, fields, models

from ...const import IDENTITY_GROUP

# Alerts about the contact itself, and those about what is entered in the hand-over.
DEBTOR_CODES = ("debtor_", "contact_", "refused_")
TERMS_CODES = ("reminder_",)


def _own(kind, name, **attributes):
    """Return a field that is the contact's own, for whoever may read and write it."""
    return kind(
        related=f"partner_id.{name}", related_sudo=False, readonly=False, **attributes
    )


class AmiliDebtorWizard(models.TransientModel):
    """What is missing or wrong of a debtor, corrected without leaving the hand-over.

    Holds nothing itself: what is entered is written to the contact with the rights of
    the user.
    """

    _name = "amili.debtor.wizard"
    _description = "Correct a Debtor"
    _inherit = ["amili.doors.mixin", "amili.refused.mixin"]
    _amili_refusable = (
        *("name", "street", "street2", "zip", "city", "country_id"),
        *("company_registry", "vat", "amili_business_id"),
        *("personal_identity_code", "email", "phone"),
    )

    transfer_id = fields.Many2one(
        "amili.transfer.wizard", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    problem = fields.Char(compute="_compute_problem")
    is_company = fields.Boolean(related="partner_id.is_company", related_sudo=False)
    name = _own(fields.Char, "name")
    street = _own(fields.Char, "street")
    street2 = _own(fields.Char, "street2")
    zip = _own(fields.Char, "zip")
    city = _own(fields.Char, "city")
    country_id = _own(fields.Many2one, "country_id")
    email = _own(fields.Char, "email")
    phone = _own(fields.Char, "phone")
    company_registry = _own(fields.Char, "company_registry")
    vat = _own(fields.Char, "vat")
    amili_business_id = _own(fields.Char, "amili_business_id")
    personal_identity_code = _own(
        fields.Char,
        "amili_personal_identity_code",
        groups=IDENTITY_GROUP,
        exportable=False,
    )

    @api.depends_context("amili_problem")
    def _compute_problem(self):
        """Repeat what the hand-over says of the debtor, which this window covers."""
        self.problem = self.env.context.get("amili_problem", False)

    @api.depends("partner_id")
    def _compute_amili_refused(self):
        return super()._compute_amili_refused()

    def _amili_refused_texts(self):
        # EXTENDS amili.refused.mixin
        here = {"amili_personal_identity_code": "personal_identity_code"}
        return [
            (here.get(name, name), text)
            for name, text in self.partner_id._amili_refused_texts()
        ]

    def action_save(self):
        """Go back to the hand-over: the form has been written to the contact."""
        self.ensure_one()
        return self.transfer_id._reopen()


def in_window(alerts, transfer):
    """Let alerts open a debtor within the hand-over, where the user may correct it.

    What is wrong of the terms is corrected in the hand-over itself: nothing is opened.

    :param dict alerts: of one invoice, as from ``_amili_get_alerts``; changed in place
    :param transfer: the wizard to come back to
    """
    for code, alert in alerts.items():
        if code.startswith(TERMS_CODES):
            alert.pop("action", None)
            alert.pop("action_text", None)
        action = alert.get("action") or {}
        is_debtor = action.get("res_model") == "res.partner"
        if not is_debtor or not code.startswith(DEBTOR_CODES):
            continue
        debtor = transfer.env["res.partner"].browse(action["res_id"])
        if not debtor.has_access("write"):
            continue
        alert["action_text"] = transfer.env._("Correct here")
        alert["action"] = {
            "type": "ir.actions.act_window",
            "name": debtor.display_name,
            "res_model": "amili.debtor.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": debtor.id,
                "default_transfer_id": transfer._origin.id or transfer.id,
                "amili_problem": alert["message"],
            },
        }
