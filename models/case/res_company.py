"""The news that a company has of its cases, and how payouts of Amili are known."""

from odoo import fields, models

from ...const import SYSTEM_GROUP

# What becomes of the VAT of a claim that is lost.
LOSS_TAXES = [
    ("gross", "Not deducted"),
    ("relief", "Deducted (bad-debt relief)"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    amili_news_at = fields.Datetime(
        string="Last News from Amili",
        compute="_compute_amili_news",
        compute_sudo=True,
        groups=SYSTEM_GROUP,
    )
    amili_news_problem = fields.Char(
        compute="_compute_amili_news",
        compute_sudo=True,
        groups=SYSTEM_GROUP,
        help="Why the cases cannot be followed now.",
    )
    amili_payout_partner_id = fields.Many2one(
        "res.partner",
        string="Amili as a Contact",
        copy=False,
        groups=SYSTEM_GROUP,
        help="What this contact pays is a payout of Amili and not a payment of the "
        "debtor.",
    )
    amili_payout_names = fields.Char(
        string="Amili's Names on Bank Lines",
        # Source: Maventa's support page on events; the older name is cut off by banks.
        default="Visma Financ, Visma Amili, Amili Oy",
        groups=SYSTEM_GROUP,
        help="Beginnings of the payer's name by which payouts of Amili are known, "
        "separated by commas.",
    )

    amili_payout_days = fields.Integer(
        string="Payout Late After (Days)",
        default=30,
        groups=SYSTEM_GROUP,
        help="So many days after the end of a case its payout is late.",
    )
    amili_loss_account_id = fields.Many2one(
        "account.account",
        string="Account for Credit Losses",
        copy=False,
        groups=SYSTEM_GROUP,
        help="Against this account the entry for a credit loss is proposed.",
    )
    amili_loss_tax = fields.Selection(
        LOSS_TAXES,
        string="VAT of Credit Losses",
        default="gross",
        required=True,
        groups=SYSTEM_GROUP,
        help="Who has paid the VAT of a sale may deduct it in Finland when the claim "
        "is finally lost (VAT Act, section 78). Whether that is so your accountant "
        "decides, for each entry. Where it is not deducted, the whole sum is the loss.",
    )

    def _compute_amili_news(self):
        for company in self:
            feed = self.env["amili.feed"]._for_company(company)
            company.amili_news_at = feed.news_at
            company.amili_news_problem = feed.problem

    def _amili_pays_out(self, payers, name_on_bank_line):
        """Whether money comes from Amili itself.

        :param payers: contacts that the entry names
        :param str name_on_bank_line: the payer's name as the bank gave it
        """
        self.ensure_one()
        company = self.sudo()
        if company.amili_payout_partner_id.commercial_partner_id & payers:
            return True
        beginnings = tuple(
            _spelling(name)
            for name in (company.amili_payout_names or "").split(",")
            if name.strip()
        )
        names = [name_on_bank_line, *payers.mapped("name")]
        return any(_spelling(name).startswith(beginnings) for name in names if name)


def _spelling(name):
    """Return a name as it can be compared, whatever a bank made of it."""
    return " ".join(name.casefold().split())
