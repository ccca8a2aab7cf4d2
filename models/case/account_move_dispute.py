"""A debt that the debtor contests while Amili has the case, and in the portal."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...const import ACCOUNTING_GROUPS


class AccountMove(models.Model):
    _inherit = "account.move"

    amili_can_ask_pause = fields.Boolean(
        compute="_compute_amili_can_ask_pause", groups=ACCOUNTING_GROUPS
    )

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

    def _amili_is_disputed(self):
        """Whether this is disputed; that much the debtor may know."""
        self.ensure_one()
        return bool(self.sudo().amili_disputed_on)

    def _get_invoice_portal_extra_values(self, custom_amount=None):
        # EXTENDS account
        values = super()._get_invoice_portal_extra_values(custom_amount=custom_amount)
        is_disputed = self._amili_is_disputed()
        if is_disputed:
            values["installment_state"] = None
        return {**values, "amili_disputed": is_disputed}

    def _has_to_be_paid(self):
        # EXTENDS account_payment: who pays acknowledges
        return not self._amili_is_disputed() and super()._has_to_be_paid()

    def _get_online_payment_error(self):
        # EXTENDS account_payment
        if self._amili_is_disputed():
            return self.env._(
                "This invoice is disputed. Nothing is to be paid here before that is "
                "settled: please contact us."
            )
        return super()._get_online_payment_error()
