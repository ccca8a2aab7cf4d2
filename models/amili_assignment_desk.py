"""What the desk shows of cases beyond their own fields: for lists, cards and sums."""

from odoo import api, fields, models
from odoo.tools import SQL

from .amili_assignment import LIVE_STATES, STATES


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    state = fields.Selection(group_expand="_expand_states")
    move_task = fields.Char(
        related="move_id.activity_summary",
        string="Task",
        help="What somebody has to do about the invoice next.",
    )
    days_since_sent = fields.Integer(
        string="Days at Amili",
        compute="_compute_days_since_sent",
        help="From the hand-over until today, or until the case ended.",
    )

    @api.depends("sent_at", "closed_at")
    def _compute_days_since_sent(self):
        for assignment in self:
            company = assignment.company_id
            sent_at = assignment.sent_at
            until = assignment.closed_at or fields.Datetime.now()
            assignment.days_since_sent = (
                (company._amili_date(until) - company._amili_date(sent_at)).days
                if sent_at
                else 0
            )

    @api.model
    def _expand_states(self, states, _domain):
        """Return the columns of the kanban in the order in which a case meets them."""
        return [state for state, _label in STATES if state in states]

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS base: a case that was not paid has no days to payment, not 0 of them.
        selected = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "days_to_payment:avg":
            return selected
        return SQL(
            "%s FILTER (WHERE %s IN ('paid', 'partly_paid'))",
            selected,
            self._field_to_sql(self._table, "result", query),
        )

    @api.model
    def _sum_by_partner(self, partners):
        """Return count of all cases, count and open amount of the live ones.

        :param partners: customers
        :rtype: dict[int, tuple[int, int, float]] by id of the customer
        """
        sums = {}
        for partner, state, count, amount in self._read_group(
            [("partner_id", "in", partners.ids)],
            ["partner_id", "state"],
            ["__count", "open_amount:sum"],
        ):
            cases, live, open_amount = sums.get(partner.id, (0, 0, 0.0))
            if state in LIVE_STATES:
                live, open_amount = live + count, open_amount + amount
            sums[partner.id] = (cases + count, live, open_amount)
        return sums


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    partner_id = fields.Many2one(related="assignment_id.partner_id")

    def action_open_assignment(self):
        """Open the case to which this belongs."""
        self.ensure_one()
        return self.assignment_id._get_records_action()
