"""The invoice of a case: its tab, the portal, and what was reconciled as a draft."""

from odoo import api, fields, models

from ...const import ACCOUNTING_GROUPS
from .amili_assignment_books import HANDED_OVER_STATES

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

    def _amili_is_in_collection(self):
        """Whether the debtor has to turn to Amili; that much the debtor may know."""
        self.ensure_one()
        return self.sudo().amili_state in IN_COLLECTION

    def _get_invoice_portal_extra_values(self, custom_amount=None):
        # EXTENDS account: for the page of an invoice and for each row of the list
        values = super()._get_invoice_portal_extra_values(custom_amount=custom_amount)
        in_collection = self._amili_is_in_collection()
        if in_collection:
            # An instalment that is overdue is Amili's to claim.
            values["installment_state"] = None
        return {
            **values,
            "amili_in_collection": in_collection,
            "amili_pay_to": in_collection and self._amili_pay_to(),
        }

    def _amili_pay_to(self):
        """Return to whose account the debtor pays: a word of the service, or False."""
        self.ensure_one()
        case = self.sudo()._amili_live_assignment()
        return case and case._accountable_party()

    def _has_to_be_paid(self):
        # EXTENDS account_payment, which Odoo installs together with account
        return not self._amili_is_in_collection() and super()._has_to_be_paid()

    def _get_online_payment_error(self):
        # EXTENDS account_payment
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
