from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...models.case.res_company import LOSS_TAXES


class AmiliLossWizard(models.TransientModel):
    """Proposes the entry for the credit loss of a case that ended unpaid.

    It makes a draft and posts nothing: a person checks it, posts it, and matches it
    with the invoice.
    """

    _name = "amili.loss.wizard"
    _description = "Propose the Entry for a Credit Loss"
    _check_company_auto = True

    assignment_id = fields.Many2one(
        "amili.assignment", required=True, readonly=True, ondelete="cascade"
    )
    # Read with the rights of the user, as all that is the case's own.
    company_id = fields.Many2one(related="assignment_id.company_id", related_sudo=False)
    move_id = fields.Many2one(related="assignment_id.move_id", related_sudo=False)
    currency_id = fields.Many2one(related="move_id.currency_id", related_sudo=False)
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        check_company=True,
        domain="[('type', '=', 'general')]",
    )
    account_id = fields.Many2one(
        "account.account",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        check_company=True,
        domain="[('internal_group', '=', 'expense')]",
    )
    tax_treatment = fields.Selection(
        LOSS_TAXES,
        string="VAT",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="Who has paid the VAT of a sale may deduct it in Finland when the claim "
        "is finally lost (VAT Act, section 78).",
    )

    @api.depends("assignment_id")
    def _compute_amount(self):
        for wizard in self:
            company = wizard.company_id
            settings = company.sudo()
            wizard.amount = wizard.move_id._amili_open_principal()
            wizard.account_id = settings.amili_loss_account_id
            wizard.tax_treatment = settings.amili_loss_tax
            wizard.journal_id = self.env["account.journal"].search(
                [
                    *self.env["account.journal"]._check_company_domain(company),
                    ("type", "=", "general"),
                ],
                limit=1,
            )

    def action_create_draft(self):
        """Make the draft entry and open it.

        :raises UserError: the case goes on, or there is nothing to write off
        """
        self.ensure_one()
        self.env["account.move"]._amili_check_user()
        move = self.move_id
        if self.assignment_id.state not in ("closed", "withdrawn"):
            raise UserError(
                self.env._("The case goes on: wait until Amili has ended it.")
            )
        open_amount = move._amili_open_principal()
        compare = self.currency_id.compare_amounts
        if compare(self.amount, 0) <= 0 or compare(self.amount, open_amount) > 0:
            raise UserError(
                self.env._("Write off what is open on the invoice, or a part of it.")
            )
        entry = self.env["account.move"].create(self._entry_values())
        return entry._get_records_action()

    def _entry_values(self):
        move = self.move_id
        taxes = self._tax_values() if self.tax_treatment == "relief" else []
        loss = self.amount - sum(values["amount_currency"] for values in taxes)
        claim = move._amili_claim_lines()[:1]
        lines = [
            {"account_id": self.account_id.id, "amount_currency": loss},
            *taxes,
            {"account_id": claim.account_id.id, "amount_currency": -self.amount},
        ]
        common = {
            "currency_id": self.currency_id.id,
            "partner_id": move.commercial_partner_id.id,
            "name": self.env._("Credit loss, %s", move.name),
        }
        return {
            "move_type": "entry",
            "date": self.date,
            "journal_id": self.journal_id.id,
            "company_id": self.company_id.id,
            "ref": self.env._("Credit loss, %s", move.name),
            "line_ids": [Command.create({**common, **values}) for values in lines],
        }

    def _tax_values(self):
        """Return the items that take the VAT of the lost part off what is owed."""
        move = self.move_id
        if not move.amount_total:
            return []
        share = self.amount / move.amount_total
        return [
            {
                "account_id": line.account_id.id,
                "amount_currency": self.currency_id.round(
                    -line.amount_currency * share
                ),
                "tax_tag_ids": [Command.set(line.tax_tag_ids.ids)],
            }
            for line in move.line_ids.filtered("tax_line_id")
            if line.amount_currency
        ]
