from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ...models.adoption.amili_found_case import CHOICE_STATES

# So many are adopted while a person waits for it.
MAX_AT_ONCE = 500


class AmiliAdoptionWizard(models.TransientModel):
    """What a manager sees before cases made elsewhere are adopted.

    For one case whose invoice is not beyond doubt: the place to say which it is, with
    the facts of both sides next to each other. Makes no remote call.
    """

    _name = "amili.adoption.wizard"
    _description = "Adopt Cases Made Elsewhere"

    case_ids = fields.Many2many("amili.found.case", string="Cases", readonly=True)
    case_id = fields.Many2one("amili.found.case", compute="_compute_case_id")
    is_choice = fields.Boolean(compute="_compute_case_id")
    summary = fields.Text(compute="_compute_summary")
    choice_ids = fields.Many2many("account.move", compute="_compute_case_id")
    move_id = fields.Many2one("account.move", string="Invoice in Odoo")
    currency_id = fields.Many2one(related="case_id.currency_id")
    number = fields.Char(related="case_id.number")
    invoice_date = fields.Date(related="case_id.invoice_date")
    total_amount = fields.Monetary(related="case_id.total_amount")
    business_id = fields.Char(related="case_id.business_id")
    # Read with the rights of the user: an invoice may be chosen that they cannot see.
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", string="Customer", related_sudo=False
    )
    move_date = fields.Date(
        related="move_id.invoice_date", string="Date in Odoo", related_sudo=False
    )
    move_total = fields.Monetary(
        related="move_id.amount_total", string="Total in Odoo", related_sudo=False
    )
    move_business_id = fields.Char(
        string="Business ID in Odoo", compute="_compute_move_business_id"
    )
    is_sure = fields.Boolean(string="Yes, both are the same invoice")

    @api.model
    def _open(self, cases):
        """Return the action that opens this window for cases.

        :raises UserError: none of them can be adopted
        """
        if len(cases) == 1 and cases.state in CHOICE_STATES:
            fit = cases
        else:
            fit = cases.filtered(lambda case: case.state == "ready")
        if not fit:
            raise UserError(cases._nothing_to_adopt(cases))
        wizard = self.create(
            {
                "case_ids": fit[:MAX_AT_ONCE].ids,
                "move_id": cases.move_id.id if fit.state in CHOICE_STATES else False,
            }
            if len(fit) == 1
            else {"case_ids": fit[:MAX_AT_ONCE].ids}
        )
        return {
            **wizard._get_records_action(),
            "name": self.env._("Choose the Invoice")
            if wizard.is_choice
            else self.env._("Adopt Cases Made Elsewhere"),
            "target": "new",
            "context": {
                "dialog_size": "large" if wizard.is_choice else "extra-large",
            },
        }

    @api.depends("case_ids")
    def _compute_case_id(self):
        for wizard in self:
            wizard._check_cases()
            case = wizard.case_ids if len(wizard.case_ids) == 1 else False
            wizard.case_id = case
            wizard.is_choice = bool(case) and case.state in CHOICE_STATES
            wizard.choice_ids = wizard.is_choice and case.sudo()._choices().ids

    def _check_cases(self):
        """Refuse cases of others: while a form is filled in Odoo does not."""
        self.case_ids._origin.check_access("read")

    @api.depends("move_id")
    def _compute_move_business_id(self):
        for wizard in self:
            debtor = wizard.partner_id
            wizard.move_business_id = debtor and debtor._amili_business_id()

    @api.depends("case_ids")
    @api.depends_context("lang")
    def _compute_summary(self):
        for wizard in self:
            wizard._check_cases()
            cases = wizard.case_ids
            closed = cases.filtered("is_closed")
            lines = [
                self.env._(
                    "Cases to adopt: %(count)s. At Amili now: %(open)s, open there "
                    "%(amount)s. Ended: %(closed)s.",
                    count=len(cases),
                    open=len(cases - closed),
                    amount=format_amount(
                        self.env,
                        sum((cases - closed).mapped("open_amount")),
                        cases.currency_id[:1] or self.env.ref("base.EUR"),
                    ),
                    closed=len(closed),
                )
            ]
            if len(cases) == MAX_AT_ONCE:
                lines.append(
                    self.env._(
                        "No more can be adopted at once. Adopt the others after these."
                    )
                )
            wizard.summary = "\n".join(lines)

    def action_adopt(self):
        """Adopt the cases.

        :raises AccessError: the user is no manager
        :raises UserError: nothing can be adopted, or nobody is sure of the invoice
        """
        self.ensure_one()
        chosen = self.env["account.move"]
        if self.is_choice:
            chosen = self.move_id
            chosen.check_access("read")
            if not chosen or not self.is_sure:
                raise UserError(
                    self.env._(
                        "Choose the invoice and tick “Yes, both are the same invoice” "
                        "if that is so."
                    )
                )
        adopted = self.case_ids._adopt(chosen)
        return adopted._confirmation(len(self.case_ids) - len(adopted))
