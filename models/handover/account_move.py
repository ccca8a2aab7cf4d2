"""The hand-over of an invoice: its state, its terms, and what it locks."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.sql import column_exists, create_column

from ...const import ACCOUNTING_GROUPS, ASSIGNMENT_STATES, LIVE_STATES, MANAGER_GROUP
from ..connection.moments import CLOCK_SKEW

REMINDER_FEE_HELP = (
    "What you charged for your own reminder. It is claimed beside the open amount and "
    "never added to it. Who has invoiced a business or a public body the standard "
    "compensation of 40 EUR claims no reminder fee beside it: the 40 EUR are deducted "
    "from all other collection costs (Debt Collection Act, section 10 e)."
)


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "amili.refused.mixin"]
    _amili_refusable = ("amili_reminder_date", "amili_reminder_amount")

    amili_co_debtor_partner_ids = fields.Many2many(
        "res.partner",
        "amili_account_move_co_debtor_rel",
        "move_id",
        "partner_id",
        string="Co-debtors",
        copy=False,
        check_company=True,
        # Who is archived still owes: not dropped without a person's doing.
        context={"active_test": False},
        groups=ACCOUNTING_GROUPS,
        help="Who is liable for this invoice together with the customer. Only the "
        "people chosen here are named to Amili.",
    )
    amili_reminder_date = fields.Date(
        string="Own Reminder Sent",
        copy=False,
        help="The day on which you reminded the customer of this invoice yourself.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_reminder_amount = fields.Monetary(
        string="Reminder Fee",
        copy=False,
        help=REMINDER_FEE_HELP,
        groups=ACCOUNTING_GROUPS,
    )
    amili_assignment_ids = fields.One2many(
        "amili.assignment",
        "move_id",
        string="Amili Assignments",
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    # For the form: costs no query where nothing was ever handed over.
    amili_history_ids = fields.Many2many(
        "amili.assignment",
        compute="_compute_amili_history",
        string="Assignments",
        groups=ACCOUNTING_GROUPS,
    )
    amili_assignment_count = fields.Integer(
        compute="_compute_amili_history", groups=ACCOUNTING_GROUPS
    )
    amili_assignment_id = fields.Many2one(
        "amili.assignment",
        string="Live Assignment",
        compute="_compute_amili_state",
        store=True,
        copy=False,
        index="btree_not_null",
        groups=ACCOUNTING_GROUPS,
    )
    amili_state = fields.Selection(
        ASSIGNMENT_STATES,
        string="Amili",
        compute="_compute_amili_state",
        store=True,
        copy=False,
        index="btree_not_null",
        help="Where the invoice stands at Amili Perintä: its live assignment, else "
        "the last one.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_can_transfer = fields.Boolean(
        compute="_compute_amili_can_transfer", groups=ACCOUNTING_GROUPS
    )
    amili_banner = fields.Text(
        compute="_compute_amili_banner", groups=ACCOUNTING_GROUPS
    )
    amili_refused = fields.Json(groups=ACCOUNTING_GROUPS)

    # Computed fields ------------------------------------------------------------------

    def _auto_init(self):
        # Nothing has been handed over or sent yet: computing that for every entry of a
        # large database would make the installation take long.
        for name, kind in (
            ("amili_state", "varchar"),
            ("amili_assignment_id", "int4"),
        ):
            if not column_exists(self.env.cr, "account_move", name):
                create_column(self.env.cr, "account_move", name, kind)
        return super()._auto_init()

    @api.depends("amili_assignment_ids.state")
    def _compute_amili_state(self):
        for move in self:
            live = move._amili_live_assignment()
            move.amili_assignment_id = live
            move.amili_state = (live or move._amili_assignments()[-1:]).state

    def _amili_assignments(self):
        """Return the assignments of these, with all rights, in their order.

        What is safe is decided by these and never by what an invoice shows of them.
        What another company has of an invoice is not the invoice's.
        """
        return (
            self.sudo()
            .amili_assignment_ids.filtered(
                lambda a: a.company_id == a.move_id.company_id
            )
            ._in_order()
        )

    def _amili_live_assignment(self):
        """Return the assignments of these that are live, with all rights."""
        return self._amili_assignments().filtered(lambda a: a.state in LIVE_STATES)

    @api.depends("amili_state", "amili_assignment_ids")
    def _compute_amili_history(self):
        for move in self:
            history = move.amili_state and move.amili_assignment_ids
            move.amili_history_ids = history
            move.amili_assignment_count = len(history or ())

    @api.depends(
        "move_type", "state", "payment_state", "amili_state", "invoice_date_due"
    )
    def _compute_amili_can_transfer(self):
        """Show the button where handing over makes sense at all.

        What else may be missing the wizard says in words.
        """
        for move in self:
            move.amili_can_transfer = (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and move.payment_state in ("not_paid", "partial")
                and move.amili_state not in LIVE_STATES
                and bool(move.invoice_date_due)
                and move.invoice_date_due < move.company_id._amili_today()
            )

    @api.depends("amili_state")
    @api.depends_context("lang")
    def _compute_amili_banner(self):
        for move in self:
            if not move.amili_state:
                move.amili_banner = False
                continue
            shown = move._amili_live_assignment() or move._amili_assignments()[-1:]
            move.amili_banner = shown._banner()

    @api.depends("amili_state")
    def _compute_show_reset_to_draft_button(self):
        # EXTENDS account
        result = super()._compute_show_reset_to_draft_button()
        for move in self.sudo():
            if move.amili_state in LIVE_STATES:
                move.show_reset_to_draft_button = False
        return result

    @api.constrains("maventa_invoice_id")
    def _check_case_maventa_invoice_id(self):
        """By this id Maventa is asked how the hand-over went."""
        for move in self:
            if move._amili_live_assignment().filtered(lambda a: a.state != "queued"):
                raise ValidationError(
                    self.env._(
                        "%s has been handed over under its Maventa ID, so the ID can "
                        "no longer be changed.",
                        move.name,
                    )
                )

    @api.constrains("state")
    def _check_amili_state(self):
        """Whatever way an invoice would leave the books, a live case stops it."""
        for move in self.sudo():
            if move.state != "posted" and move._amili_live_assignment():
                raise ValidationError(move._amili_locked_message())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_at_amili(self):
        for move in self.sudo():
            if move._amili_live_assignment():
                raise UserError(move._amili_locked_message())
            # A case that Amili had goes with its invoice, and must not go.
            if {"closed", "withdrawn"} & set(move._amili_assignments().mapped("state")):
                raise UserError(
                    self.env._(
                        "%s has been at Amili Perintä and stays for the records. "
                        "Cancel it instead of deleting it.",
                        move.name,
                    )
                )

    def _amili_locked_message(self):
        self.ensure_one()
        if self._amili_live_assignment().state == "queued":
            return self.env._(
                "%(invoice)s waits to be sent to Amili Perintä. Cancel that "
                "first: open its assignment and choose Cancel Sending.",
                invoice=self.name,
            )
        return self.env._(
            "%(invoice)s is at Amili Perintä, so it can be neither changed nor "
            "deleted here. Make a credit note instead, or ask Amili to close the case "
            "first.",
            invoice=self.name,
        )

    @api.onchange("amili_reminder_date")
    def _onchange_amili_reminder_date(self):
        if self.amili_reminder_date and not self.amili_reminder_amount:
            self.amili_reminder_amount = self.company_id.sudo().amili_reminder_fee

    @api.model
    def get_views(self, views, options=None):
        # The menu of actions is that of all kinds of entries: here only customer
        # invoices may show ours.
        result = super().get_views(views, options)
        if self.env.context.get("default_move_type", "out_invoice") != "out_invoice":
            names = ("action_amili_transfer", "action_amili_not_elsewhere")
            ours = [self.env.ref(f"amili_perinta.{name}").id for name in names]
            for view in result["views"].values():
                actions = view.get("toolbar", {}).get("action", [])
                actions[:] = [action for action in actions if action["id"] not in ours]
        return result

    # What people do -------------------------------------------------------------------

    def action_amili_transfer(self):
        """Open the wizard that hands these invoices over to Amili Perintä."""
        self._amili_check_user()
        wizard = (
            self.env["amili.transfer.wizard"]
            .with_context(active_model="account.move", active_ids=self.ids)
            .create({})
        )
        return wizard._reopen()

    def action_amili_open_assignments(self):
        """Open the assignments of these invoices."""
        return self.env["amili.assignment"]._get_list_action(
            [("move_id", "in", self.ids)]
        )

    def _amili_standing_co_debtors(self):
        """Return who was liable beside the customer on the day of the invoice."""
        self.ensure_one()
        day = self.invoice_date or fields.Date.context_today(self)
        standing = self.commercial_partner_id.amili_co_debtor_ids
        return standing._liable(day, self.company_id).partner_id

    # Hooks ----------------------------------------------------------------------------

    def _amili_get_reminder(self):
        """Return the company's own reminder of this invoice.

        A hook: an addon that sends reminders overrides it.

        :return: the date of the reminder (or False), and its fee in the currency of
            the invoice
        :rtype: tuple[datetime.date, float]
        """
        self.ensure_one()
        return self.amili_reminder_date, self.amili_reminder_amount

    def _amili_pause_reminders(self, is_paused):
        """Keep the company's own reminders off these invoices, or let them go on.

        A hook: an addon that sends reminders extends it. It is called with all rights
        as soon as the invoices are on their way to Amili, and again when their cases
        have ended. Odoo's own follow-up (``no_followup``) is seen to already.

        :param bool is_paused: whether Amili has them from now on
        """

    def _amili_is_excluded(self):
        """Whether a person has excluded this from follow-up, and not its own case."""
        self.ensure_one()
        is_ours = any(self._amili_assignments().mapped("is_followup_paused"))
        return self.no_followup and not is_ours

    def _amili_set_no_followup(self, value):
        """Exclude these from Odoo's follow-up, or include them again.

        As if Odoo computed it: nothing else of the posted entries may change, and all
        that Odoo does when one is edited takes long.
        """
        lines = self._amili_claim_lines()
        with self.env.protecting([lines._fields["no_followup"]], lines):
            lines.no_followup = value
        lines.modified(["no_followup"])

    def _amili_default_terms(self):
        """Return what would be handed over if nobody changed anything.

        :return: by invoice id: ``collection_type``, ``receivables_type``,
            ``capital_amount``, ``reminder_amount``, ``reminder_date``,
            ``assignment_summary``, ``co_debtors`` (contacts)
        :rtype: dict[int, dict]
        """
        terms = {}
        for move in self:
            company = move.company_id.sudo()
            reminder_date, reminder_amount = move._amili_get_reminder()
            terms[move.id] = {
                "collection_type": company.amili_default_collection_type,
                "receivables_type": move._amili_receivables_type(),
                "capital_amount": move._amili_open_principal(),
                "reminder_amount": reminder_amount,
                "reminder_date": reminder_date,
                "assignment_summary": move._amili_summary(),
                "co_debtors": move.amili_co_debtor_partner_ids,
            }
        return terms

    # The claim in the books -----------------------------------------------------------

    def _amili_claim_lines(self):
        """Return the items that are the claim: no other account counts."""
        items = self.line_ids
        claim = items.filtered(lambda line: line.display_type == "payment_term")
        # What is read of one invoice's is read of all their lists' at once.
        return claim.with_prefetch(items._prefetch_ids)

    def _amili_overdue_items(self):
        """Return what of the claim is open and past due: of instalments some alone."""
        self.ensure_one()
        today = self.company_id._amili_today()
        return self._amili_claim_lines().filtered(
            lambda line: (
                not line.reconciled
                and line.date_maturity
                and line.date_maturity < today
            )
        )

    def _amili_matched(self):
        """Return what is matched with the claim, posted or not.

        :rtype: dict[account.move.line, float] by journal item, in the invoice's
            currency
        """
        self.ensure_one()
        matched = {}
        for partial in self._amili_claim_lines().matched_credit_ids:
            item = partial.credit_move_id
            amount = matched.get(item, 0.0) + partial.debit_amount_currency
            matched[item] = self.currency_id.round(amount)
        return {item: amount for item, amount in matched.items() if amount > 0}

    def _amili_open_principal(self):
        """Return what is open of the claim: a draft entry takes nothing off it."""
        drafts = self._amili_matched_drafts()
        return self.currency_id.round(self.amount_residual + sum(drafts.values()))

    def _amili_matched_drafts(self):
        """Return what of :meth:`_amili_matched` is not posted."""
        return {
            item: amount
            for item, amount in self._amili_matched().items()
            if item.parent_state != "posted"
        }

    def _amili_receivables_type(self):
        """Return the customer's type; where it is empty, what it would follow from."""
        partner = self.commercial_partner_id
        return partner.amili_receivables_type or (
            "b2b" if partner.is_company else "b2c"
        )

    def _amili_summary(self, template=None):
        """Return a summary with this invoice filled in.

        :param str template: the default is that of the company
        """
        self.ensure_one()
        if template is None:
            template = self.company_id.sudo().amili_summary_template or ""
        # The letter goes out in Finland: its dates are written the Finnish way.
        values = {
            "number": self.name or "",
            "date": _finnish_date(self.invoice_date),
            "due_date": _finnish_date(self.invoice_date_due),
            "reference": self.payment_reference or "",
            "origin": self.invoice_origin or "",
        }
        # The lines are read only where the template asks for them.
        if "{description}" in template:
            lines = self.invoice_line_ids.filtered(lambda line: line.name)
            values["description"] = (lines[:1].name or "").split("\n")[0]
        return template.format(**values).strip()

    # What Maventa says of it ----------------------------------------------------------

    @api.depends("amili_state")
    def _compute_amili_refused(self):
        return super()._compute_amili_refused()

    def _amili_check_steps(self, found):
        """Stop what somebody handed over elsewhere; warn of what is paid.

        :param found: the alerts of this invoice
        """
        view = (self.env._("View invoice"), self)
        if self._amili_handed_over_elsewhere():
            found.stop(
                "handed_over_elsewhere",
                self.env._(
                    "Maventa says that this invoice went to a collector on %(day)s, "
                    "and not from here. If Amili has it, a manager takes the case over "
                    "under Amili Perintä > Cases Made Elsewhere; if nobody collects "
                    "it, a manager says so in the Actions menu of the invoice.",
                    day=self._amili_day(self.maventa_handed_over_at),
                ),
                *view,
            )
        if self.maventa_paid_at:
            found.warn(
                "paid_at_maventa",
                self.env._(
                    "Maventa says that this invoice was paid on %(day)s: look for the "
                    "payment, and match it first.",
                    day=self._amili_day(self.maventa_paid_at),
                ),
                *view,
            )

    def _amili_handed_over_elsewhere(self):
        """Whether Maventa noted a hand-over that none from here explains."""
        self.ensure_one()
        moment = self.maventa_handed_over_at
        checked_at = self.maventa_elsewhere_checked_at
        if not moment or (checked_at and moment <= checked_at):
            return False
        own = self._amili_assignments().filtered(
            lambda a: (
                # What was taken off the queue never came to Maventa.
                a.state not in ("queued", "cancelled") and (a.sent_at or a.claimed_at)
            )
        )
        now = fields.Datetime.now()
        ends = [case.closed_at or now for case in own]
        return not ends or moment > max(ends) + CLOCK_SKEW

    def action_amili_not_elsewhere(self):
        """Record that no collector has these, whatever Maventa noted until now.

        :raises UserError: the user is no manager
        """
        if not self.env.user.has_group(MANAGER_GROUP):
            raise UserError(
                self.env._(
                    "Only a manager of Amili Perintä says that nobody collects an "
                    "invoice elsewhere."
                )
            )
        self.check_access("write")
        marked = self.sudo().filtered(lambda move: move._amili_handed_over_elsewhere())
        for move in marked:
            move._amili_write_at_maventa(
                {"maventa_elsewhere_checked_at": move.maventa_handed_over_at}
            )
        marked._amili_log(
            {
                move.id: self.env._(
                    "%s made sure that no collector has this invoice.",
                    self.env.user.name,
                )
                for move in marked
            }
        )

    def _amili_check_refused(self, found):
        """Warn of what Maventa refused last time, each beside what it is about.

        :param found: the alerts of this invoice
        """
        for number, (holder, _name, text) in enumerate(self._amili_refusals()):
            is_payer = holder._name == "amili.assignment.payer"
            record = (is_payer and holder.partner_id) or self
            found.warn(
                f"refused_{number}", text, self.env._("Correct it"), record.sudo(False)
            )

    def _amili_refusals(self):
        """Return what Maventa refused of this, where that is how it stands.

        What has been corrected on a contact since is left out.

        :return: as from ``amili.assignment._refusals``
        """
        if self.amili_state != "rejected":
            return []
        last = self._amili_assignments().filtered(lambda a: a.state == "rejected")[-1:]
        return [
            (holder, name, text)
            for holder, name, text in last._refusals()
            if holder == last or holder._is_as_named(name)
        ]

    def _amili_refused_texts(self):
        # EXTENDS amili.refused.mixin
        own = {
            "reminder_date": "amili_reminder_date",
            "reminder_amount": "amili_reminder_amount",
        }
        return [(own.get(name), text) for _h, name, text in self._amili_refusals()]


def _finnish_date(day):
    return f"{day.day}.{day.month}.{day.year}" if day else ""
