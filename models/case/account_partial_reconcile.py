"""What is reconciled with an invoice that is at Amili, whatever way it is done."""

from odoo import api, models

from ...const import LIVE_STATES

HANDED_OVER_STATES = (*LIVE_STATES, "closed", "withdrawn")


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._amili_report()
        return partials

    def unlink(self):
        told = self.env["amili.assignment.event"]
        if self:
            told = told.sudo().search([("partial_id", "in", self.ids)])
        counted = self.filtered(lambda p: p.credit_move_id.parent_state == "posted")
        earlier = counted._amili_invoices().filtered(
            lambda move: move.amili_state in ("pending", "active")
        )
        earlier -= told.move_id
        result = super().unlink()
        told._undo()
        earlier._amili_tell_reopened()
        return result

    def _amili_invoices(self):
        """Return the invoices of these that were meant for Amili at any time."""
        moves = self.debit_move_id.move_id.sudo()
        return moves.filtered("amili_state")

    def _amili_report(self):
        """Queue what Amili has to hear of these; what is still a draft waits."""
        invoices = self._amili_invoices()
        if not invoices:
            return
        counted = self.sudo().filtered(
            lambda partial: (
                partial.debit_move_id.move_id in invoices
                and partial.credit_move_id.parent_state == "posted"
                and partial.debit_amount_currency > 0
            )
        )
        reports = [partial._amili_report_values() for partial in counted]
        events = self.env["amili.assignment.event"].sudo()
        events._report_partials(list(filter(None, reports)))

    def _amili_report_values(self):
        """Return the event that tells of this; None where nobody needs to hear it."""
        self.ensure_one()
        move = self.debit_move_id.move_id
        kind = self._amili_kind()
        case = move.amili_assignment_id
        if not kind:
            case._ask_sender(
                self.env._("Amili Perintä: does Amili have to hear of this?"),
                self.env._(
                    "%s was reconciled with the invoice, and is neither a payment nor "
                    "a credit. If it changes the claim, write to Amili.",
                    self.credit_move_id.move_id.name,
                ),
            )
            return None
        if kind == "payout":
            handed_over = move.amili_assignment_ids.filtered(
                lambda a: a.state in HANDED_OVER_STATES
            )
            case = case or handed_over.sorted("id")[-1:]
        if not case:
            return None
        entry = self.credit_move_id.move_id
        return {
            "assignment_id": case.id,
            "direction": "inbound" if kind == "payout" else "outbound",
            "type": kind,
            "state": "done" if kind == "payout" else "queued",
            "date": self.credit_move_id.date,
            "amount": self.debit_amount_currency,
            "currency_id": self.debit_currency_id.id,
            "partial_id": self.id,
            "document": kind == "credit_note" and entry.name,
            "text": {
                "paid": "Maksu suoraan velkojan tilille.",
                "credit_note": f"Hyvitys, tosite {entry.name}.",
                "payout": False,
            }[kind],
        }

    def _amili_kind(self):
        """Return what this is to Amili: ``paid``, ``credit_note`` or ``payout``.

        None for an entry that only moves the claim to another receivable account.
        """
        self.ensure_one()
        entry = self.credit_move_id.move_id
        if entry.move_type == "out_refund":
            return "credit_note"
        if self._amili_is_payout():
            return "payout"
        if entry.origin_payment_id or entry.statement_line_id:
            return "paid"
        accounts = entry.line_ids.account_id
        if {"income", "expense"} & set(accounts.mapped("internal_group")):
            # An entry that gives up a part of the claim brought no money.
            return "credit_note"
        if set(accounts.mapped("account_type")) == {"asset_receivable"}:
            return None
        return "paid"

    def _amili_is_payout(self):
        """Whether the money comes from Amili itself: by the partner or the name."""
        line = self.credit_move_id
        bank_line = line.move_id.statement_line_id
        payment = line.move_id.origin_payment_id
        payers = line.partner_id | bank_line.partner_id | payment.partner_id
        return line.company_id._amili_pays_out(
            payers.commercial_partner_id, bank_line.partner_name
        )
