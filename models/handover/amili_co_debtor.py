from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AmiliCoDebtor(models.Model):
    """Somebody who is liable, with a customer, for the customer's debts.

    Of a customer whom several companies share each sees those alone that it entered.
    """

    _name = "amili.co.debtor"
    _description = "Standing Co-debtor"
    _rec_name = "partner_id"
    _order = "debtor_id, date_from, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    debtor_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Co-debtor",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    basis = fields.Selection(
        [
            ("contract", "Signed the contract jointly"),
            ("guarantee", "Guarantor"),
            ("dwelling", "Spouse or partner in the same dwelling"),
            ("partnership", "Partner of the company"),
            ("other", "Other"),
        ],
        required=True,
        default="contract",
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")

    _unique_co_debtor = models.Constraint(
        "UNIQUE (company_id, debtor_id, partner_id, date_from)",
        "This co-debtor stands here already.",
    )

    @api.depends("debtor_id")
    def _compute_company_id(self):
        for line in self:
            line.company_id = line.debtor_id.company_id or self.env.company

    @api.constrains("debtor_id", "partner_id")
    def _check_is_other(self):
        for line in self:
            if line.partner_id == line.debtor_id:
                raise ValidationError(
                    self.env._("A customer cannot be their own co-debtor.")
                )

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for line in self:
            if line.date_from and line.date_to and line.date_from > line.date_to:
                raise ValidationError(
                    self.env._("The liability of a co-debtor ends before it begins.")
                )

    def _liable(self, day, company):
        """Return those who, by what a company has entered, were liable on a day."""
        return self.filtered(
            lambda line: (
                line.company_id == company
                and (not line.date_from or line.date_from <= day)
                and (not line.date_to or day <= line.date_to)
            )
        )
