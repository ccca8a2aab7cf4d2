"""The invoice of a case: its tab, what the books say, a dispute, and the portal."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...const import ACCOUNTING_GROUPS
from .amili_assignment_reconciliation import HANDED_OVER_STATES

# Amili has the invoice: from now on it is Amili that speaks with the debtor.
IN_COLLECTION = ("pending", "active")


class AccountMove(models.Model):
    _inherit = "account.move"

    # Computed at once, and cost no query where nothing was ever handed over.
    amili_question_id = fields.Many2one(
        "amili.assignment.event",
        string="Open Question of Amili",
        compute="_compute_amili_case",
        groups=ACCOUNTING_GROUPS,
    )
    amili_question_text = fields.Text(
        compute="_compute_amili_case", groups=ACCOUNTING_GROUPS
    )

    amili_can_ask_pause = fields.Boolean(
        compute="_compute_amili_can_ask_pause", groups=ACCOUNTING_GROUPS
    )

    @api.depends("amili_state")
    @api.depends_context("lang")
    def _compute_amili_case(self):
        for move in self:
            case = move._amili_last_assignment()
            move.amili_question_id = case.question_id
            move.amili_question_text = case.question_text

    def _amili_last_assignment(self):
        """Return the live assignment, else the last one."""
        self.ensure_one()
        if not self.amili_state:
            return self.env["amili.assignment"]
        shown = self._amili_live_assignment() or self._amili_assignments()[-1:]
        return shown.sudo(self.env.su)

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

    def _amili_check_earlier_case(self, found):
        # EXTENDS the room handover
        last = self._amili_last_assignment()
        if last.state != "closed" or last.result != "paid":
            super()._amili_check_earlier_case(found)
            return
        found.stop(
            "collected",
            self.env._(
                "Amili closed this as paid, and the debtors pay to your own account. "
                "Match the payment with the invoice."
            )
            if last._pays_to_us()
            else self.env._(
                "Amili has collected this. Wait for the payout, or ask Amili where "
                "it is."
            ),
            self.env._("View assignment"),
            last,
        )

    def _post(self, soft=True):
        posted = super()._post(soft)
        # What was matched as a draft counts from now on.
        posted.line_ids.matched_debit_ids._amili_invoices()._amili_settle()
        return posted

    def write(self, vals):
        result = super().write(vals)
        if "matched_payment_ids" in vals:
            self.sudo().filtered("amili_state")._amili_ask_in_process()
        return result

    def _amili_ask_in_process(self):
        """Ask the sender whether Amili has to wait for a payment on its way."""
        for case in self.amili_assignment_id.filtered(
            lambda a: a.state in IN_COLLECTION
        ):
            case._ask_in_process(case.move_id._amili_payments_in_process())

    # The claim in the books -----------------------------------------------------------

    def _amili_settle(self):
        """Let Amili hear of what the books have made of these claims, and no more."""
        for company, moves in self.sudo().grouped("company_id").items():
            lang = company._amili_lang()
            cases = moves.with_context(lang=lang)._amili_followed_cases()
            cases._settle()

    def _amili_followed_cases(self):
        """Return of each of these the live case, else the last that Amili has had."""
        cases = self.amili_assignment_id
        for move in self - cases.move_id:
            had = move.amili_assignment_ids.filtered(
                lambda a: a.state in HANDED_OVER_STATES
            )
            cases += had._in_order()[-1:]
        return cases

    # A debt that is disputed ----------------------------------------------------------

    @api.depends("amili_state", "amili_disputed_on")
    def _compute_amili_can_ask_pause(self):
        for move in self:
            move.amili_can_ask_pause = (
                move.amili_state == "active"
                and bool(move.amili_disputed_on)
                and not move._amili_pauses_asked(move.amili_disputed_on)
            )

    def _amili_pauses_asked(self, day):
        """Return the pauses that Amili was asked for since a day."""
        self.ensure_one()
        return self._amili_live_assignment().event_ids.filtered(
            lambda event: (
                event.type == "pause"
                and event.direction == "outbound"
                and event.state not in ("failed", "cancelled")
                and event.day >= day
            )
        )

    def action_amili_ask_pause(self):
        """Open the window that tells Amili of the dispute and asks it to wait."""
        self.ensure_one()
        day = self.amili_disputed_on
        if not day:
            raise UserError(self.env._("This invoice is not marked as disputed."))
        reason = (self.amili_dispute_reason or "").strip()
        # Amili reads Finnish.
        text = (
            f"Velallinen on kiistänyt saatavan {day.day}.{day.month}.{day.year}: "
            f"{reason.rstrip('.')}. Pyydämme keskeyttämään perinnän."
        )
        return self._amili_last_assignment()._open_report("pause", text=text)

    def action_amili_dispute_question(self):
        """Take over from Amili's open question that the debt is disputed."""
        self.ensure_one()
        self.env["amili.assignment"]._check_may_report("dispute")
        if not self.amili_question_id:
            raise UserError(self.env._("There is no open message of Amili."))
        return self.amili_question_id.action_dispute()

    def _amili_note_dispute(self):
        # EXTENDS the room handover: Amili must not collect it either
        result = super()._amili_note_dispute()
        for company, moves in self.sudo().grouped("company_id").items():
            lang = company._amili_lang()
            for move in moves.with_context(lang=lang):
                move._amili_ask_about_dispute()
        return result

    def _amili_ask_about_dispute(self):
        """Give a task where Amili has to hear that this is disputed, or settled."""
        # Amili has it, or may have it.
        case = self._amili_live_assignment().filtered(lambda a: a.state != "queued")
        if self.amili_disputed_on:
            self._amili_end_activity(self._amili_settled_summary())
            case._ask_sender(
                self._amili_disputed_summary(),
                self.env._(
                    "Disputed since %(day)s: %(reason)s. A collector may not collect "
                    "it. Open the invoice and press Ask Amili for a Pause. (Debt "
                    "Collection Act, section 4 b)",
                    day=format_date(self.env, self.amili_disputed_on),
                    reason=(self.amili_dispute_reason or "").rstrip(". "),
                ),
            )
            return
        self._amili_end_activity(self._amili_disputed_summary())
        asked = case.event_ids.filtered(
            lambda e: (
                e.type == "pause" and e.direction == "outbound" and e.state == "done"
            )
        )
        if asked:
            case._ask_sender(
                self._amili_settled_summary(),
                self.env._(
                    "The invoice is not disputed any more. If the case is to go on, "
                    "write that to Amili."
                ),
            )

    def _amili_disputed_summary(self):
        return self.env._("Amili Perintä: the debt is disputed, ask Amili for a pause")

    def _amili_settled_summary(self):
        return self.env._("Amili Perintä: the dispute is settled, tell Amili")

    def _amili_end_dispute_tasks(self):
        """Amili has been asked to wait."""
        for move in self.sudo():
            move = move.with_context(lang=move.company_id._amili_lang())
            move._amili_end_activity(move._amili_disputed_summary())

    # The portal -----------------------------------------------------------------------

    def _amili_is_in_collection(self):
        """Whether the debtor has to turn to Amili; that much the debtor may know."""
        self.ensure_one()
        return self.sudo().amili_state in IN_COLLECTION

    def _amili_is_disputed(self):
        """Whether this is disputed; that much the debtor may know."""
        self.ensure_one()
        return bool(self.sudo().amili_disputed_on)

    def _get_invoice_portal_extra_values(self, custom_amount=None):
        # EXTENDS account: for the page of an invoice and for each row of the list
        values = super()._get_invoice_portal_extra_values(custom_amount=custom_amount)
        in_collection = self._amili_is_in_collection()
        is_disputed = self._amili_is_disputed()
        if in_collection or is_disputed:
            # An instalment that is overdue is Amili's to claim.
            values["installment_state"] = None
        return {
            **values,
            "amili_disputed": is_disputed,
            "amili_in_collection": in_collection,
            "amili_pay_to": in_collection and self._amili_pay_to(),
        }

    def _amili_pay_to(self):
        """Return to whose account the debtor pays: a word of the service, or False."""
        self.ensure_one()
        case = self.sudo()._amili_live_assignment()
        return case and case._accountable_party()

    def _has_to_be_paid(self):
        # EXTENDS account_payment, which Odoo installs together with account. Who pays
        # a debt acknowledges it: not while it is disputed.
        return (
            not self._amili_is_disputed()
            and not self._amili_is_in_collection()
            and super()._has_to_be_paid()
        )

    def _get_online_payment_error(self):
        # EXTENDS account_payment
        if self._amili_is_disputed():
            return self.env._(
                "This invoice is disputed. Nothing is to be paid here before that is "
                "settled: please contact us."
            )
        if self._amili_is_in_collection():
            if self._amili_pay_to() == "vfsfi":
                return self.env._(
                    "This invoice is in collection at Amili Perintä. Please pay to "
                    "Amili."
                )
            return self.env._(
                "This invoice is in collection at Amili Perintä. Please pay as Amili's "
                "letter tells."
            )
        return super()._get_online_payment_error()
