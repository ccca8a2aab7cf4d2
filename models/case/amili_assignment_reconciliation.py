"""Both sides, every day: Amili's account of a case against that of the books.

Whatever rule has missed something, a difference that nothing explains is found here
and asks a person."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ...const import UNDER_WAY_STATES

MONEY = ("paid", "credit_note")


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    books_differ = fields.Boolean(
        string="Amili and the Books Differ",
        copy=False,
        readonly=True,
        help="Of the principal another sum is open at Amili than on the invoice, and "
        "what waits to be told does not explain it.",
    )
    amili_principal = fields.Monetary(
        string="Principal Open at Amili",
        compute="_compute_principals",
        help="What is open at Amili without fees and interest, as Amili last told.",
    )
    books_principal = fields.Monetary(
        string="Open on the Invoice",
        compute="_compute_principals",
        help="What the posted entries have left open. Drafts take nothing off.",
    )
    waiting_amount = fields.Monetary(
        string="Amili Is Yet to Hear of",
        compute="_compute_principals",
        help="Events that are on the queue, under way or refused.",
    )
    undecided_amount = fields.Monetary(
        string="To Be Decided",
        compute="_compute_principals",
        help="Entries of which a person has to say what they mean.",
    )
    books_only_amount = fields.Monetary(
        string="Only in the Books",
        compute="_compute_principals",
        help="What was written off here, and Amili goes on collecting.",
    )
    not_paid_out_amount = fields.Monetary(
        string="Collected and Not Paid Out",
        compute="_compute_principals",
        help="What Amili has collected, less what it paid out or kept in the books.",
    )
    undone_amount = fields.Monetary(
        string="Told and Undone",
        compute="_compute_principals",
        help="What Amili was told of and does not stand any more.",
    )
    reopened_amount = fields.Monetary(
        string="Reopened",
        compute="_compute_principals",
        help="What had been taken off before the hand-over, and is not any more.",
    )
    difference_amount = fields.Monetary(
        string="Unexplained Difference",
        compute="_compute_principals",
        help="How much more is open at Amili than all this explains.",
    )
    payout_late_on = fields.Date(
        compute="_compute_payout_late_on",
        help="From this day on ask Amili where the payout is.",
    )
    money_event_ids = fields.One2many(
        "amili.assignment.event",
        "assignment_id",
        string="Amili's Account",
        domain=[("type", "in", MONEY)],
        readonly=True,
    )

    @api.depends(
        "open_amount",
        "fee_amount",
        "interest_amount",
        "collected_amount",
        "entry_ids.amount",
        "entry_ids.claim_amount",
        "entry_ids.meaning",
        "event_ids.state",
        "event_ids.amount",
        "event_ids.is_undone",
        "move_id.amount_total",
    )
    def _compute_principals(self):
        for case in self:
            entries = case.entry_ids
            known = case.open_amount - case.fee_amount - case.interest_amount
            case.amili_principal = max(known, 0.0)
            claim = sum(case.move_id._amili_claim_lines().mapped("amount_currency"))
            case.books_principal = claim - sum(entries.mapped("amount"))
            case.waiting_amount = case._sum_principal(
                lambda e: e.state in (*UNDER_WAY_STATES, "failed") and not e.is_undone
            )
            case.undone_amount = case._sum_principal(
                lambda e: e.state == "done" and e.is_undone
            )
            case.undecided_amount = case._sum_since("unclear")
            case.books_only_amount = case._sum_since("books")
            settled = case._sum_since("payout") + case._sum_since("kept")
            case.not_paid_out_amount = case.collected_amount - settled
            case.reopened_amount = max(-case._unreported(), 0.0)
            case.difference_amount = case._get_difference()

    @api.depends("closed_at", "not_paid_out_amount")
    def _compute_payout_late_on(self):
        for case in self:
            company = case.company_id.sudo()
            is_due = case.state == "closed" and case.closed_at
            if (
                is_due
                and case.currency_id.compare_amounts(case.not_paid_out_amount, 0) > 0
            ):
                ended_on = company._amili_date(case.closed_at)
                case.payout_late_on = ended_on + timedelta(company.amili_payout_days)
            else:
                case.payout_late_on = False

    def _explain_payout(self):
        """Return what is still to come of what Amili has collected, and by when."""
        self.ensure_one()
        if not self.payout_late_on:
            return ""
        return self.env._(
            "Still to come: %(amount)s less the commission of Amili; from %(day)s on "
            "it is late. The VAT on fees that the debtor paid Amili invoices later, "
            "and you may deduct it.",
            amount=self._format(self.not_paid_out_amount),
            day=format_date(self.env, self.payout_late_on),
        )

    def action_propose_loss(self):
        """Open the window that proposes the entry for the credit loss."""
        self.ensure_one()
        self.move_id._amili_check_user()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose the Credit Loss"),
            "res_model": "amili.loss.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_assignment_id": self.id},
        }

    def _sum_since(self, meaning):
        """Return what entries of a meaning took off since the hand-over."""
        entries = self.entry_ids.filtered(lambda e: e.meaning == meaning)
        return sum(max(entry._since(), 0.0) for entry in entries)

    def _sum_principal(self, is_meant):
        """Return the principal of the payments and credits of which Amili hears."""
        events = self.event_ids.filtered(
            lambda e: e.direction == "outbound" and e.type in MONEY and is_meant(e)
        )
        return sum(events.mapped("amount")) - sum(events.mapped("extra_amount"))

    def _get_difference(self):
        """Return how much more is open at Amili than the books explain."""
        self.ensure_one()
        told = self.event_ids.filtered(
            lambda e: (
                e.direction == "outbound" and e.type in MONEY and e.state == "done"
            )
        )
        expected = (
            self.books_principal
            + self.waiting_amount
            + self.undecided_amount
            + self.books_only_amount
            - self.not_paid_out_amount
            - self.undone_amount
            - self.reopened_amount
            - sum(told.mapped("extra_amount"))
        )
        # Of what is in doubt nobody knows whether Amili has counted it.
        doubtful = self._sum_principal(lambda e: e.state in ("sending", "unknown"))
        most = max(expected, 0.0)
        least = max(expected - doubtful, 0.0)
        theirs = self.amili_principal
        if theirs > most:
            return self.currency_id.round(theirs - most)
        return self.currency_id.round(min(theirs - least, 0.0))

    # Every day ------------------------------------------------------------------------

    @api.model
    def _compare_page(self, company, listed):
        result = super()._compare_page(company, listed)
        ids = [case.id for case in listed]
        cases = self._live_cases(company, ("remote_id", "in", ids))
        # What is outdated is read whole, and compared then.
        cases.filtered(lambda a: a.case_read_at and not a.is_outdated)._compare_books()
        self._commit()
        return result

    def _take_case(self, outcome):
        is_first_reading = not self.case_read_at
        result = super()._take_case(outcome)
        if is_first_reading:
            self._compare_terms(outcome)
        self._compare_books()
        return result

    def _compare_terms(self, outcome):
        """Ask a person where Amili works by other terms than were confirmed.

        Somebody may have handed the invoice over in another way before.
        """
        self.ensure_one()
        case = self.with_context(lang=self.company_id._amili_lang())
        ours, theirs = [], []
        for name in ("collection_type", "receivables_type"):
            word = getattr(outcome, name)
            if word and case[name] and word != case[name]:
                labels = dict(case._fields[name]._description_selection(case.env))
                ours.append(labels[case[name]])
                theirs.append(labels[word])
        if ours:
            case._ask_sender(
                case.env._("Amili Perintä: Amili works by other terms"),
                case.env._(
                    "Confirmed here: %(ours)s. At Amili: %(theirs)s. Somebody has "
                    "handed the invoice over in another way before. If Amili shall "
                    "change it, open the assignment and choose Write to Amili.",
                    ours=", ".join(ours),
                    theirs=", ".join(theirs),
                ),
            )

    def _compare_books(self):
        """Mark these where both sides differ, and ask a person where nothing tells why.

        What is undone or reopened has an activity of its own.
        """
        for case in self.filtered(lambda a: a.state == "active"):
            is_zero = case.currency_id.is_zero
            case._ask_difference()
            case.books_differ = not (
                is_zero(case.difference_amount)
                and is_zero(case.undone_amount)
                and is_zero(case.reopened_amount)
            )

    def _ask_difference(self):
        self.ensure_one()
        case = self.with_context(lang=self.company_id._amili_lang())
        summary = case.env._("Amili Perintä: the open sums differ")
        activities = case.move_id.activity_ids
        activity = activities.filtered(lambda a: a.summary == summary)
        if case.currency_id.is_zero(case.difference_amount):
            activity.unlink()
            return
        note = case._explain_difference()
        if activity:
            activity.note = note
        else:
            case._ask_sender(summary, note, "note")

    def _explain_difference(self):
        """Return both accounts line by line, and what to do."""
        sums = {
            "theirs": self._format(self.amili_principal),
            "ours": self._format(self.books_principal),
        }
        if self.difference_amount > 0:
            advice = self.env._(
                "Of the principal %(theirs)s is open at Amili, but only %(ours)s in "
                "Odoo. If you got a payment or made a credit note that Amili does not "
                "know of, it goes on collecting: open the assignment and choose Write "
                "to Amili.",
                **sums,
            )
        else:
            advice = self.env._(
                "In Odoo %(ours)s is open, but only %(theirs)s of the principal at "
                "Amili. Check whether a payment or credit note is missing in Odoo, or "
                "open the assignment and choose Write to Amili.",
                **sums,
            )
        return Markup("<br/>").join(
            [
                advice,
                Markup("<b>%s</b>") % self.env._("Amili's account"),
                *self._list_amili_account(),
                Markup("<b>%s</b>") % self.env._("The account of the books"),
                *self._list_books_account(),
            ]
        )

    def _list_amili_account(self):
        lines = [f"{self.env._('Principal')}: {self._format(self.capital_amount)}"]
        events = self.money_event_ids.filtered(
            lambda e: e.state == "done" and not e.is_doubtful
        )
        lines += [f"− {e._describe()}" for e in events.sorted(lambda e: (e.date, e.id))]
        open_line = self.env._("Open without fees and interest")
        return [*lines, f"= {open_line}: {self._format(self.amili_principal)}"]

    def _list_books_account(self):
        move = self.move_id
        lines = [f"{move.name}: {self._format(move.amount_total)}"]
        lines += [
            f"− {format_date(self.env, entry.date)} {entry._describe()}"
            for entry in self.entry_ids
            if entry.amount
        ]
        open_line = self.env._("Open on the invoice")
        return [*lines, f"= {open_line}: {self._format(self.books_principal)}"]

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _warnings(self):
        # EXTENDS the room handover
        warnings = super()._warnings()
        if self.state == "active" and self.books_differ:
            warnings.append(
                self.env._(
                    "Amili and the books differ: see the page Reconciliation of the "
                    "assignment."
                )
            )
        return warnings
