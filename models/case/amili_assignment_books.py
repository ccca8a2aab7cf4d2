"""Told by balance: what Amili hears of the books is the difference, and never more.

The principal that was handed over, less what Amili was told and still stands, is what
is open on the invoice. Each journal item that is matched with it is an ``entry`` and
explains a part; the balance decides how much of that is told."""

from odoo import api, fields, models
from odoo.tools import format_amount

from ...const import LIVE_STATES
from .amili_assignment_entry import CERTAIN

HANDED_OVER_STATES = (*LIVE_STATES, "closed", "withdrawn")


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    entry_ids = fields.One2many(
        "amili.assignment.entry", "assignment_id", string="Entries", readonly=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        assignments = super().create(vals_list)
        assignments._freeze_claim()
        return assignments

    def _freeze_claim(self):
        """Keep what the books had taken off the claims: nobody is told of that."""
        self._read_books()
        for entry in self.entry_ids:
            entry.claim_amount = entry.amount

    def _settle(self):
        """Bring what Amili hears of these into line with the books."""
        self._read_books()._recall()
        for case in self:
            entries = case.entry_ids
            entries._shrink()
            payouts = entries.filtered(lambda e: e.meaning == "payout")
            payouts._grow(sum(payouts.mapped("amount")))
            if case.state in LIVE_STATES:
                allowed = case._unreported()
                (entries - payouts)._grow(max(allowed, 0.0))
                case._ask_reopened(-allowed)
                if case.state in ("pending", "active"):
                    case._ask_in_process(case.move_id._amili_payments_in_process())
            case._ask_meanings()

    def _unreported(self):
        """Return what the books took off the claim and nothing else explains.

        Below zero more is open than Amili may know.
        """
        self.ensure_one()
        entries = self.entry_ids
        told = entries.filtered(lambda e: e.meaning in ("paid", "credit_note"))
        quiet = sum(max(entry._since(), 0.0) for entry in entries - told)
        since = sum(entry._since() for entry in entries)
        return self.currency_id.round(since - quiet - told._reported())

    # Reading the books ----------------------------------------------------------------

    def _read_books(self):
        """Let the entries be what is matched with the invoices; return the new ones."""
        values = []
        for case in self:
            known = {(entry.item_id, entry.kind): entry for entry in case.entry_ids}
            for key, found in case._booked().items():
                entry = known.pop(key, None)
                if entry:
                    entry._take(found)
                else:
                    values.append(case._new_entry(*key, found))
            for entry in known.values():
                entry._take({"amount": 0.0, "extra_amount": 0.0})
        return self.env["amili.assignment.entry"].create(values)

    def _booked(self):
        """Return what is matched with the claim.

        :rtype: dict[tuple, dict] by journal item and kind: values of an entry
        """
        self.ensure_one()
        booked = {}
        for item, amount in self.move_id._amili_matched().items():
            known = self.entry_ids.filtered(lambda e, i=item: e.item_id == i)
            if item.parent_state != "posted":
                # While an entry is a draft, no more counts than what had counted.
                before = sum(known.mapped("amount"))
                if self.currency_id.compare_amounts(amount, before) >= 0:
                    for entry in known:
                        booked[item, entry.kind] = {"amount": entry.amount}
                    continue
            for kind, share in item._amili_shares(amount, self.currency_id).items():
                kind = self._sharpen(kind, share, known)
                values = {
                    "amount": share,
                    "name": item.move_id.name,
                    "date": item.date,
                }
                booked[item, kind] = values
                if kind == "paid":
                    booked |= self._booked_beyond(item, values, known)
        return booked

    def _sharpen(self, kind, amount, known):
        """Return the kind of an item with what is known of the case.

        A payment of just the sum that Amili has collected and not paid out is its
        payout, most likely.
        """
        if kind != "paid" or "paid" in known.mapped("kind"):
            return kind
        if "maybe_payout" in known.mapped("kind"):
            return "maybe_payout"
        collected = self.event_ids.filtered(
            lambda e: e.type == "paid" and e.direction == "inbound"
        )
        left = self.collected_amount - self.payout_amount
        compare = self.currency_id.compare_amounts
        sums = [left, *collected.mapped("amount")]
        if compare(amount, left) <= 0 and any(not compare(amount, x) for x in sums):
            return "maybe_payout"
        return kind

    def _booked_beyond(self, item, values, known):
        """Add to ``values`` what was paid along for fees and interest, if that is sure.

        :return: what has to be asked, as of :meth:`_booked`
        """
        before = known.filtered(lambda e: e.kind == "paid")
        compare = self.currency_id.compare_amounts
        if before and not compare(before.amount, values["amount"]):
            fee = known.filtered(lambda e: e.kind == "fee")
            return {(item, e.kind): {"extra_amount": e.extra_amount} for e in fee}
        values["extra_amount"] = 0.0
        others = self.entry_ids.filtered(lambda e: e.item_id != item)
        charges = self.fee_amount + self.interest_amount
        charges -= sum(others.mapped("extra_amount"))
        if compare(charges, 0) <= 0 or compare(self.move_id.amount_residual, 0) > 0:
            return {}
        excess = item._amili_excess(self.currency_id)
        if compare(excess, 0) > 0 and compare(excess, charges) <= 0:
            values["extra_amount"] = self.currency_id.round(excess)
            return {}
        elsewhere = item._amili_matched_elsewhere(self.move_id)
        if compare(excess, 0) <= 0 and compare(elsewhere, self.reminder_amount):
            return {}
        return {
            (item, "fee"): {
                "extra_amount": min(excess or elsewhere, charges),
                "name": item.move_id.name,
                "date": item.date,
            }
        }

    def _new_entry(self, item, kind, found):
        return {
            "assignment_id": self.id,
            "item_id": item.id,
            "kind": kind,
            "meaning": kind if kind in CERTAIN else "unclear",
            "account_id": item._amili_counterparts()[1].account_id[:1].id,
            **found,
        }

    # Telling people -------------------------------------------------------------------

    def _warnings(self):
        # EXTENDS the room handover
        warnings = super()._warnings()
        off = sum(
            entry._since()
            for entry in self.sudo().entry_ids.filtered(lambda e: e.meaning == "books")
        )
        if self.state in LIVE_STATES and self.currency_id.compare_amounts(off, 0) > 0:
            warnings.append(
                self.env._(
                    "Written off only in the books: %s. Amili goes on collecting it.",
                    format_amount(self.env, off, self.currency_id),
                )
            )
        return warnings

    # Asking people --------------------------------------------------------------------

    def _ask_reopened(self, more):
        """Ask a person where more is open than Amili collects; end it where not."""
        self.ensure_one()
        summary = self.env._("Amili Perintä: more is open than was handed over")
        if self.state == "queued" or self.currency_id.compare_amounts(more, 0) <= 0:
            self.move_id._amili_end_activity(summary)
            return
        gone = self.entry_ids.filtered(lambda e: e._since() < 0)
        self._ask_sender(
            summary,
            self.env._(
                "%(more)s more is open on the invoice than Amili collects. It was "
                "taken off before the hand-over, and is not any more: %(gone)s. Check "
                "the matching; if it is right, tell Amili.",
                more=format_amount(self.env, more, self.currency_id),
                gone="; ".join(entry._describe() for entry in gone),
            ),
            "note",
        )

    def _ask_in_process(self, payments):
        """Ask whether Amili waits for payments that the bank has not confirmed."""
        self.ensure_one()
        case = self.with_context(lang=self.company_id._amili_lang())
        summary = case.env._(
            "Amili Perintä: a payment is on its way, shall Amili wait?"
        )
        if not payments:
            case.move_id._amili_end_activity(summary)
            return
        note = case.env._(
            "Registered, and not on the bank account yet: %s. Amili hears of it when "
            "it is matched with its bank line. Until then Amili goes on collecting, "
            "unless you open the assignment and choose Ask for a Pause.",
            ", ".join(
                format_amount(case.env, payment.amount, payment.currency_id)
                for payment in payments
            ),
        )
        case._ask_sender(summary, note, "note")

    def _ask_meanings(self):
        """Ask a person what the entries mean that may mean more than one thing."""
        self.ensure_one()
        summary = self.env._("Amili Perintä: does Amili have to hear of this?")
        unclear = self.entry_ids.filtered(lambda e: e._waits_for_answer())
        if self.state not in LIVE_STATES:
            # Of a case that has ended only this still makes a difference.
            unclear = unclear.filtered(lambda e: e.kind == "maybe_payout")
        if not unclear:
            self.move_id._amili_end_activity(summary)
            return
        self._ask_sender(
            summary,
            self.env._(
                "Matched with the invoice, and Amili has not heard of it, for it may "
                "mean more than one thing: %s. Open the assignment, page "
                "Reconciliation, and say what it is.",
                "; ".join(entry._describe() for entry in unclear),
            ),
            "note",
        )
