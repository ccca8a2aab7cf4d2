"""What a customer's cases come to, and what changes of a debtor meanwhile."""

from odoo import api, fields, models

from ...const import ACCOUNTING_GROUPS
from .amili_assignment_payer import ADDRESS

# The fields of a contact by which Amili reaches a debtor.
REACHED_BY = {*ADDRESS, "country_id", "email", "phone"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    amili_assignment_count = fields.Integer(
        compute="_compute_amili_cases", groups=ACCOUNTING_GROUPS
    )
    amili_live_count = fields.Integer(
        string="Live Cases", compute="_compute_amili_cases", groups=ACCOUNTING_GROUPS
    )
    amili_open_amount = fields.Monetary(
        string="Open at Amili",
        compute="_compute_amili_cases",
        currency_field="amili_currency_id",
        groups=ACCOUNTING_GROUPS,
        help="What is open of the live cases, as Amili last told.",
    )
    # Amili collects euros only, whatever the currency of the company.
    amili_currency_id = fields.Many2one(
        "res.currency", compute="_compute_amili_cases", groups=ACCOUNTING_GROUPS
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_amili_cases(self):
        sums = self.env["amili.assignment"]._sum_by_partner(self.commercial_partner_id)
        # Without the query by which env.ref() looks whether it is still there.
        euro = self.env["ir.model.data"]._xmlid_to_res_id("base.EUR")
        for partner in self:
            cases, live, amount = sums.get(
                partner.commercial_partner_id.id, (0, 0, 0.0)
            )
            partner.amili_assignment_count = cases
            partner.amili_live_count = live
            partner.amili_open_amount = amount
            partner.amili_currency_id = euro

    def action_amili_open_assignments(self):
        """Open the assignments of this customer."""
        return self.env["amili.assignment"]._get_list_action(
            [("partner_id", "in", self.commercial_partner_id.ids)]
        )

    def write(self, vals):
        # EXTENDS base: Amili writes to whom it was named until it hears otherwise
        result = super().write(vals)
        if not vals.keys().isdisjoint(REACHED_BY):
            self._amili_offer_change()
        return result

    def _amili_offer_change(self):
        """Ask who handed over to tell Amili that these are reached otherwise now."""
        payers = (
            self.env["amili.assignment.payer"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.ids),
                    ("assignment_id.state", "in", ("pending", "active")),
                ]
            )
        )
        for case in payers.assignment_id:
            lang = case.company_id._amili_lang()
            case = case.with_context(lang=lang)
            if case.contact_change:
                case._ask_sender(case._change_summary(), case.contact_change, "now")
            else:
                case.move_id._amili_end_activity(case._change_summary())
