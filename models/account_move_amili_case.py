"""What the tab of an invoice shows of its case: both sides of the money, questions."""

from odoo import api, fields, models

from .res_partner import ACCOUNTING_GROUPS

# Each sum of the tab and where the last assignment has it.
SUMS = {
    "amili_open_amount": "open_amount",
    "amili_collected_amount": "collected_amount",
    "amili_kept_amount": "kept_amount",
    "amili_payout_amount": "payout_amount",
    "amili_direct_amount": "direct_amount",
    "amili_credited_amount": "credited_amount",
}


class AccountMove(models.Model):
    _inherit = "account.move"

    # All are computed at once, and cost no query where nothing was ever handed over.
    amili_handed_over_amount = fields.Monetary(
        string="Handed Over",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
        help="The principal and your reminder fee.",
    )
    amili_open_amount = fields.Monetary(
        string="Open at Amili",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
        help="With fees and interest, as Amili last told.",
    )
    amili_collected_amount = fields.Monetary(
        string="Collected by Amili",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
        help="What the debtors paid to Amili.",
    )
    amili_kept_amount = fields.Monetary(
        string="Kept by Amili",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
        help="What Amili collected and did not pay out: its fees.",
    )
    amili_payout_amount = fields.Monetary(
        string="Paid Out to You",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
    )
    amili_direct_amount = fields.Monetary(
        string="Paid to You Directly",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
        help="What came after the hand-over without Amili, and Amili was told of.",
    )
    amili_credited_amount = fields.Monetary(
        string="Credited",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
        help="As Amili last told.",
    )
    amili_question_id = fields.Many2one(
        "amili.assignment.event",
        string="Open Question of Amili",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
    )
    amili_question_text = fields.Text(
        compute="_compute_amili_case", groups=ACCOUNTING_GROUPS
    )

    @api.depends("amili_state")
    @api.depends_context("lang")
    def _compute_amili_case(self):
        for move in self:
            case = move._amili_last_assignment()
            move.amili_handed_over_amount = case.capital_amount + case.reminder_amount
            for name, source in SUMS.items():
                move[name] = case[source]
            move.amili_question_id = case.question_id
            move.amili_question_text = case.question_text

    def _amili_last_assignment(self):
        """Return the live assignment, else the last one."""
        self.ensure_one()
        if not self.amili_state:
            return self.env["amili.assignment"]
        return self.amili_assignment_id or self.amili_assignment_ids._in_order()[-1:]

    def action_amili_reply(self):
        """Open the window for the answer to Amili's question."""
        self.ensure_one()
        self.env["amili.assignment"]._check_may_report("reply")
        return self._amili_last_assignment().action_reply()

    def action_amili_mark_seen(self):
        """Tell Amili that its question was seen; no answer follows."""
        self.ensure_one()
        self.env["amili.assignment"]._check_may_report("seen")
        self._amili_last_assignment().action_mark_seen()
