"""Cases that were made elsewhere and adopted: what came before, told in one line."""

from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ...maventa import errors
from ..connection.maventa_errors import explain

ENDED = ("closed", "withdrawn")


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    is_adopted = fields.Boolean(
        string="Made Elsewhere",
        copy=False,
        readonly=True,
        help="It was handed over without Odoo, found at Amili, and adopted here. What "
        "was said at the hand-over stands at Maventa alone.",
    )
    is_past_read = fields.Boolean(
        copy=False,
        readonly=True,
        help="What happened before it was adopted has been read.",
    )
    # Odoo's own hand-overs always say what is asked of Amili.
    _terms_unless_adopted = models.Constraint(
        "CHECK (is_adopted OR"
        " (collection_type IS NOT NULL AND receivables_type IS NOT NULL))",
        "A hand-over needs a collection type and a receivables type.",
    )

    # Making ---------------------------------------------------------------------------

    @api.model
    def _take_over(self, found):
        """Make an assignment of each found case, and have its events read.

        :param found: cases with an invoice, both locked by this transaction
        :return: the assignments, in the same order
        """
        values, counts = [], Counter()
        for case in found:
            values.append(self._take_over_values(case, counts[case.move_id]))
            counts[case.move_id] += 1
        assignments = self.sudo().create(values)
        now = fields.Datetime.now()
        for company in found.company_id:
            feed = self.env["amili.feed"]._get_or_create(company)
            if not feed.read_until:
                # What came before is read with each case: the feed goes on from here.
                feed.read_until = now
        lines = []
        for company, mine in assignments.grouped("company_id").items():
            lang = company._amili_lang()
            for assignment in mine.with_context(lang=lang):
                lines.append((assignment, assignment._explain_adoption()))
        self.sudo()._log(lines)
        self._trigger_cron("sync_events")
        return assignments

    @api.model
    def _take_over_values(self, found, earlier):
        """Return the values of an assignment for a found case.

        :param int earlier: how many cases of the invoice are taken over before it
        """
        move = found.move_id
        debtor = move.commercial_partner_id
        earlier += len(move.amili_assignment_ids)
        payer = debtor._amili_payer_values(
            "main_debtor", found.receivables_type or debtor.amili_receivables_type
        )
        state = "active"
        if found.is_closed:
            state = "withdrawn" if found.result == "withdrawn" else "closed"
        return {
            "name": f"{move.name} ({earlier + 1})" if earlier else move.name,
            "is_adopted": True,
            "move_id": move.id,
            "company_id": found.company_id.id,
            "partner_id": debtor.id,
            "user_id": self.env.uid,
            "environment": found.environment,
            "maventa_company_uuid": found.company_id._amili_account()[1],
            "maventa_invoice_id": found.maventa_invoice_id,
            "remote_id": found.remote_id,
            "state": state,
            "result": found.result,
            "remote_status": found.remote_status,
            "collection_status": found.collection_status,
            "collection_type": found.collection_type,
            "receivables_type": found.receivables_type,
            "currency_id": found.currency_id.id,
            # Where Amili does not tell, no more than the invoice can be claimed.
            "capital_amount": found.capital_amount or move.amount_total,
            "reminder_amount": found.reminder_amount,
            "fee_amount": found.fee_amount,
            "interest_amount": found.interest_amount,
            "paid_amount": found.paid_amount,
            "credited_amount": found.credited_amount,
            "open_amount": found.open_amount,
            "sent_at": found.started_at or fields.Datetime.now(),
            "closed_at": found.is_closed and (found.closed_at or fields.Datetime.now()),
            # Nothing is sent from here, so nobody's identity code is needed.
            "payer_ids": [
                fields.Command.create({**payer, "personal_identity_code": False})
            ],
        }

    def _explain_adoption(self):
        """Return a sentence on where the case stood when it was adopted."""
        self.ensure_one()
        day = self.company_id._amili_date(self.sent_at)
        values = {
            "day": format_date(self.env, day),
            "claim": self._explain_claim(),
            "stage": self._stage_label(self.collection_status) or "–",
        }
        if self.state == "active":
            return self.env._(
                "A case that was made elsewhere was adopted: at Amili Perintä since "
                "%(day)s, %(claim)s. Stage: %(stage)s.",
                **values,
            )
        return self.env._(
            "A case that was made elsewhere was adopted: at Amili Perintä from "
            "%(day)s, %(claim)s. %(end)s",
            **values,
            end=self._explain_state(),
        )

    @api.model
    def _unread_domain(self):
        """Return the domain of ended cases whose past is to be read."""
        return Domain(
            [
                ("is_adopted", "=", True),
                ("is_past_read", "=", False),
                ("state", "in", ENDED),
                ("next_try_at", "<=", fields.Datetime.now()),
            ]
        )

    @api.model
    def _followed_domain(self):
        # EXTENDS the room case
        return super()._followed_domain() | self._unread_domain()

    @api.model
    def _unread_cases(self, company):
        # EXTENDS the room case: ended cases have a past as well
        ended = self.search(
            Domain(self._account_domain(company)) & self._unread_domain(),
            order="id",
        ).with_env(company.env)
        return super()._unread_cases(company) + ended

    def _takes_feed(self):
        # EXTENDS the room case: the past comes first, and holds these events as well
        return not self._has_unread_past() and super()._takes_feed()

    def _apply_case(self, outcome):
        # EXTENDS the room case
        if self._has_unread_past():
            return self._apply_past(outcome)
        return super()._apply_case(outcome)

    @api.model
    def _announce_events(self, pairs):
        # EXTENDS the room case
        past = [r for _e, r in pairs if r.assignment_id._has_unread_past()]
        self._record_past(past)
        return super()._announce_events([p for p in pairs if p[1] not in past])

    def _has_unread_past(self):
        """Whether what Amili tells of this case happened before it was adopted."""
        self.ensure_one()
        return self.is_adopted and not self.is_past_read

    def _apply_past(self, outcome):
        """Take over a case with all that came before its adoption, or why it cannot be.

        :param outcome: the case with its events, or an error
        """
        self.ensure_one()
        if errors.is_late(outcome):
            return
        if isinstance(outcome, errors.MaventaError):
            self._postpone_past(outcome)
            return
        if self.state == "active":
            self._take_case(outcome)
        else:
            self._apply_events([(self, event) for event in outcome.events])
            self._take_figures(outcome.figures, self.closed_at)
            self.error_message = False
            self.case_read_at = fields.Datetime.now()
        if outcome.capital_amount:
            self.capital_amount = float(outcome.capital_amount)
        self._fill_figures(outcome.figures)
        self.is_past_read = True
        self._tell_past()
        if outcome.capital_amount:
            self._compare_books()

    def _postpone_past(self, error):
        """Read the past later; what ended and Amili keeps no longer, never."""
        self.attempt_count += 1
        self.write(
            {
                "error_message": explain(self.env, error),
                **self._get_delay_values(error),
            }
        )
        if self.state in ENDED and isinstance(error, errors.NotFound):
            self.is_past_read = True

    @api.model
    def _record_past(self, events):
        """Settle what happened before the adoption: nobody has to hear of it now.

        Only what Amili asked last, and nobody answered, still waits.

        :param events: records in the order in which they happened
        """
        last_answer = {}
        for event in events:
            if event.type == "comment" and event.direction == "outbound":
                last_answer[event.assignment_id] = event.id
        for event in events:
            case = event.assignment_id
            if not event.is_question:
                continue
            if case.state == "active" and event.id > last_answer.get(case, 0):
                case._ask_question(event)
            else:
                event.seen_at = fields.Datetime.now()

    def _fill_figures(self, figures):
        """Sum up from the events what Amili does not tell itself."""
        if figures.paid is None:
            self.paid_amount = self.collected_amount + self.direct_amount
        if figures.credited is None:
            credits = self.event_ids.filtered(
                lambda e: e.type == "credit_note" and not e.is_doubtful
            )
            self.credited_amount = sum(credits.mapped("amount"))
        if figures.open is None and self.state == "active":
            claim = self.capital_amount + self.fee_amount + self.interest_amount
            settled = self.paid_amount + self.credited_amount
            self.open_amount = max(claim - settled, 0.0)

    def _tell_past(self):
        """Write one line on all that happened before."""
        events = self.event_ids
        if not events:
            return
        oldest = min(filter(None, events.mapped("date")), default=None)
        if oldest and oldest < self.company_id._amili_date(self.sent_at):
            # Amili did not tell when the case was made.
            self.sent_at = fields.Datetime.to_datetime(oldest)
        paid, direct, credited = (
            format_amount(self.env, amount, self.currency_id)
            for amount in (
                self.collected_amount,
                self.direct_amount,
                self.credited_amount,
            )
        )
        line = self.env._(
            "What came before was read, events: %(count)s. Paid to Amili: %(paid)s. "
            "Paid to you and told to Amili: %(direct)s. Credited: %(credited)s.",
            count=len(events),
            paid=paid,
            direct=direct,
            credited=credited,
        )
        self._log([(self, line)])

    def _compare_books(self):
        # EXTENDS the room case: what came before the adoption is read first
        read = self.filtered(lambda a: not a._has_unread_past())
        return super(AmiliAssignment, read)._compare_books()

    def _sum_since(self, meaning):
        # EXTENDS the room case: what Amili had collected before the adoption counts,
        # and so does what it had paid out of it.
        if not self.is_adopted or meaning not in ("payout", "kept"):
            return super()._sum_since(meaning)
        entries = self.entry_ids.filtered(lambda e: e.meaning == meaning)
        return sum(entries.mapped("amount"))
