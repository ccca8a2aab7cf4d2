from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...const import RECEIVABLES_TYPES
from ...models.automation.account_move import (
    LEVELS,
    OPEN_PAYMENT_STATES,
    READY,
    REMEDIES,
)
from ...models.connection.actions import RELOAD, show_notice


class AmiliCandidate(models.TransientModel):
    """An overdue invoice, and whether it can go to Amili, as of the last look.

    What stands in the way depends on the customer, the company and the day, so it is
    looked at anew each time the list is opened. Nobody writes these but the code.
    """

    _name = "amili.candidate"
    _description = "Candidate for Amili"
    _inherit = ["amili.derived.mixin"]
    _order = "level, invoice_date_due, id"
    _rec_name = "move_id"

    is_trial = fields.Boolean(
        readonly=True, help="Shows what the automation would take, and nothing else."
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="cascade"
    )
    invoice_date_due = fields.Date(string="Due Date", readonly=True)
    days_late = fields.Integer(string="Days Past Due", readonly=True, aggregator="max")
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(string="Open", readonly=True)
    overdue_amount = fields.Monetary(
        string="Overdue",
        readonly=True,
        help="What is open and past due: of an invoice in instalments less than all.",
    )
    time_barred_on = fields.Date(
        string="Time-barred From",
        readonly=True,
        help="From this day on nobody may collect it: three years after the last of "
        "the due date, your own reminder, the last payment, and an interruption that "
        "was entered on the invoice.",
    )
    receivables_type = fields.Selection(RECEIVABLES_TYPES, readonly=True)
    level = fields.Selection(LEVELS, string="State", required=True, readonly=True)
    problem = fields.Text(readonly=True)
    remedy = fields.Selection(REMEDIES, string="What to Do", readonly=True)

    # Making ---------------------------------------------------------------------------

    @api.model
    def action_open(self):
        """Look at all overdue invoices of the user anew and open the list."""
        self._refresh()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amili_perinta.amili_candidate_action"
        )
        return {**action, "domain": list(self._domain())}

    def action_refresh(self):
        """Look at all of them anew, and show the same list with what is found."""
        self._refresh()
        return RELOAD

    @api.model
    def _is_fresh(self, lifetime):
        """Whether this user's lines are no older than a time; none is never fresh."""
        since = fields.Datetime.now() - lifetime
        made = [("create_uid", "=", self.env.uid), ("is_trial", "=", False)]
        return bool(
            self.sudo().search_count([*made, ("create_date", ">=", since)], limit=1)
        )

    @api.model
    def _refresh(self):
        self.env["account.move"]._amili_check_user()
        # Of all companies of the user, so that switching between them needs no look.
        companies = self.env.user.company_ids
        moves = self.env["account.move"].with_context(allowed_company_ids=companies.ids)
        overdue = moves.search(moves._amili_overdue_domain(companies))
        self._recreate(overdue, overdue._amili_default_terms())

    @api.model
    def _recreate(self, moves, terms, is_trial=False):
        """Make the lines of this user anew; return them.

        :param dict terms: as from ``_amili_default_terms``
        :param bool is_trial: they show what the automation would take
        """
        candidates = self.sudo()
        candidates.search(
            [("create_uid", "=", self.env.uid), ("is_trial", "=", is_trial)]
        ).unlink()
        appraisals = moves._amili_appraise(terms)
        today = {c.id: c._amili_today() for c in moves.company_id}
        values = []
        for move in moves:
            overdue = move._amili_overdue_items()
            since = min(overdue.mapped("date_maturity"), default=move.invoice_date_due)
            values.append(
                {
                    "is_trial": is_trial,
                    "move_id": move.id,
                    "company_id": move.company_id.id,
                    "partner_id": move.commercial_partner_id.id,
                    "invoice_date_due": move.invoice_date_due,
                    "days_late": (today[move.company_id.id] - since).days,
                    "currency_id": move.currency_id.id,
                    "amount": move.amount_residual,
                    "overdue_amount": sum(overdue.mapped("amount_residual_currency")),
                    "time_barred_on": move.amili_time_barred_on,
                    "receivables_type": terms[move.id]["receivables_type"],
                    **appraisals[move.id],
                }
            )
        return candidates.create(values).sudo(False)

    @api.model
    def _domain(self):
        """Return the domain of what is still worth showing.

        What was sent or paid since the last look disappears without another one.
        """
        return Domain(
            [
                ("is_trial", "=", False),
                ("move_id.amili_assignment_id", "=", False),
                ("move_id.payment_state", "in", OPEN_PAYMENT_STATES),
            ]
        )

    # What people do -------------------------------------------------------------------

    def action_send(self):
        """Open the wizard for what was ticked."""
        return self.move_id.action_amili_transfer()

    def action_send_all_ready(self):
        """Open the wizard for all that are ready, ticked or not."""
        ready = self.search(self._domain() & Domain("level", "=", READY))
        if not ready:
            raise UserError(
                self.env._(
                    "No invoice is ready. What is missing stands beside each of them."
                )
            )
        return ready.action_send()

    def action_look_up(self):
        """Have the missing Maventa IDs of what was ticked looked up."""
        count = self.move_id._amili_want_look_up()
        return show_notice(
            "info",
            self.env._(
                "Maventa IDs being looked up: %s. Press Look Again in a minute; what "
                "was not found tells why.",
                count,
            ),
            title=self.env._("Amili Perintä"),
        )

    def action_upload(self):
        """Open the wizard that sends what Maventa does not have to Maventa."""
        missing = self.move_id._amili_may_be_looked_up()
        if not missing:
            raise UserError(self.env._("Maventa has all of these already."))
        return missing.action_amili_upload()

    def action_open_invoice(self):
        """Open the invoice."""
        return self.move_id._amili_open()

    def action_fix(self):
        """Open what needs correcting first, as things stand now."""
        self.ensure_one()
        found = self.move_id._amili_get_alerts()[self.move_id.id].values()
        for alert in sorted(found, key=lambda alert: alert["level"] != "danger"):
            if "action" in alert:
                return alert["action"]
        return self.action_open_invoice()
