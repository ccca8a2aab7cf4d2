"""Amili's account of a case and that of the books, which agree to the cent.

Told by balance: what Amili hears of the books is the difference, and never more. Both
sides are compared every day: whatever rule has missed something, a difference that
nothing explains asks a person."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ...const import LIVE_STATES, UNDER_WAY_STATES
from ..connection.moments import naive
from .amili_assignment_entry import CERTAIN

MONEY = ("paid", "credit_note")

HANDED_OVER_STATES = (*LIVE_STATES, "closed", "withdrawn")


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
    money_event_ids = fields.One2many(
        "amili.assignment.event",
        "assignment_id",
        string="Amili's Account",
        domain=[("type", "in", MONEY)],
        readonly=True,
    )

    entry_ids = fields.One2many(
        "amili.assignment.entry", "assignment_id", string="Entries", readonly=True
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
        events = self.event_ids.filtered(is_meant)
        return sum(events.mapped("amount")) - sum(events.mapped("extra_amount"))

    def _get_difference(self):
        """Return how much more is open at Amili than the books explain."""
        self.ensure_one()
        told = self.event_ids.filtered(lambda e: e.state == "done")
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
        theirs = self.amili_principal
        too_much = max(theirs - max(expected, 0.0), 0.0)
        too_little = max(expected - doubtful - theirs, 0.0)
        return self.currency_id.round(too_much - too_little)

    # Every day ------------------------------------------------------------------------

    @api.model
    def _compare_page(self, company, listed):
        cases = super()._compare_page(company, listed)
        # What is outdated is read whole, and compared then.
        cases.filtered(lambda a: a.case_read_at and not a.is_outdated)._compare_books()
        self._commit()
        return cases

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
                case._terms_summary(),
                case.env._(
                    "Confirmed here: %(ours)s. At Amili: %(theirs)s. Somebody has "
                    "handed the invoice over in another way before. If Amili shall "
                    "change it, open the assignment and choose Write to Amili.",
                    ours=", ".join(ours),
                    theirs=", ".join(theirs),
                ),
            )

    def _terms_summary(self):
        return self.env._("Amili Perintä: Amili works by other terms")

    def _compare_books(self):
        """Mark these where both sides differ, and ask a person where nothing tells why.

        What is undone or reopened has an activity of its own. Nothing differs any more
        where a case has ended: how it ended is told apart.
        """
        for case in self:
            is_zero = case.currency_id.is_zero
            is_active = case.state == "active"
            case._ask_difference(is_active and not is_zero(case.difference_amount))
            case.books_differ = is_active and not (
                is_zero(case.difference_amount)
                and is_zero(case.undone_amount)
                and is_zero(case.reopened_amount)
            )

    def _ask_difference(self, is_there):
        """Ask a person why both sides differ; end it where they do not."""
        self.ensure_one()
        case = self.with_context(lang=self.company_id._amili_lang())
        summary = case.env._("Amili Perintä: the open sums differ")
        if is_there:
            case._ask_sender(summary, case._explain_difference(), "now")
        else:
            case.move_id._amili_end_activity(summary)

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
        if self.books_differ:
            warnings.append(
                self.env._(
                    "Amili and the books differ: see the page Reconciliation of the "
                    "assignment."
                )
            )
        return warnings

    # Told by balance ------------------------------------------------------------------

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
            "now",
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
        case._ask_sender(summary, note, "now")

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
            "now",
        )

    # What Amili says a case is worth --------------------------------------------------

    def _take_figures(self, figures, told_at):
        """Keep what Amili says a case is worth; what it does not say stays.

        :param ~..maventa.answers.Figures figures: in EUR
        :param told_at: when they were so, as a moment in UTC, naive
        """
        self.ensure_one()
        told = {
            "open_amount": figures.open,
            "paid_amount": figures.paid,
            "credited_amount": figures.credited,
            "fee_amount": figures.fees,
            "interest_amount": figures.interest,
        }
        values = {
            name: float(amount) for name, amount in told.items() if amount is not None
        }
        if values:
            self.write(
                {"told_at": told_at and min(told_at, fields.Datetime.now()), **values}
            )

    def _take_event_figures(self, record, event):
        """Keep what an event makes of the sums.

        An event that comes late does not turn back what a newer one has told.

        :param record: the event as recorded
        :param ~..maventa.answers.Event event: the event as Amili has it
        """
        self.ensure_one()
        if record.is_doubtful:
            return
        now = fields.Datetime.now()
        told_at = min(naive(event.created_at) or now, now)
        if event.collection_status and told_at >= (self.stage_told_at or told_at):
            self.collection_status = event.collection_status
            self.stage_told_at = told_at
        figures = event.figures
        if told_at >= (self.told_at or told_at):
            if told_at == self.told_at:
                # Which came first nobody can tell: the whole case knows.
                self.case_read_at = False
            self._take_figures(figures, told_at)
        is_money = record.type in ("paid", "credit_note")
        if is_money and figures.open is None:
            self.open_amount = max(self.open_amount - record.amount, 0.0)
        if record.type == "paid" and figures.paid is None:
            self.paid_amount += record.amount
        if record.type == "credit_note" and figures.credited is None:
            self.credited_amount += record.amount

    def _differs_from(self, case):
        """Whether Amili's list tells something else of this case than we know."""
        self.ensure_one()
        words = (self.remote_status or "", self.collection_status or "")
        if not case or words != (case.status, case.collection_status):
            return True
        figures = case.figures
        pairs = (
            (self.open_amount, figures.open),
            (self.paid_amount, figures.paid),
            (self.credited_amount, figures.credited),
            (self.fee_amount, figures.fees),
            (self.interest_amount, figures.interest),
        )
        return any(
            told is not None and self.currency_id.compare_amounts(known, float(told))
            for known, told in pairs
        )
