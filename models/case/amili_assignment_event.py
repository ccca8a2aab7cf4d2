"""The outbox: what happened here and Amili has to hear of, case by case in order.

The same rules as for a hand-over: claim, commit, call, record. A report whose answer
was lost is looked for among the events of its case before it may go out again."""

import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ...const import EVENT_STATES, EVENT_TYPES
from ...maventa import errors
from ...maventa.masking import mask_text
from ...maventa.report import Report, build_report
from ..connection.maventa_errors import EVENT_SENTENCES, explain
from ..connection.money import exactly
from ..connection.vault import door

# Maventa may not know a case everywhere yet that it has just named.
NEWNESS = timedelta(hours=1)
# How often Amili is asked again while a person is to compare two events.
SIMILAR_DELAY = timedelta(days=1)

# A reference has no digits: what looks like an identity code is masked when it comes
# back, and would not be found again.
_LETTERS = str.maketrans("0123456789", "ghijkmnpqr")


class AmiliAssignmentEvent(models.Model):
    """Something that happened in a case: inbound from Amili, outbound to Amili.

    What is outbound waits on a queue of its own, the outbox: one after the other
    within a case.
    """

    _name = "amili.assignment.event"
    _description = "Event of an Amili Assignment"
    _inherit = ["amili.outbox.mixin", "amili.derived.mixin", "amili.doors.mixin"]
    _outbox_crons = {
        "queued": "process_queue",
        "sending": "process_queue",
        "unknown": "process_queue",
    }
    _outbox_transitions = {
        # Amili may turn out to have it although that was denied before.
        "queued": {"sending", "cancelled", "done"},
        "sending": {"done", "failed", "unknown", "queued", "cancelled"},
        "unknown": {"done", "failed", "queued", "cancelled"},
        "failed": {"queued", "cancelled", "done"},
    }
    _outbox_not_found_denies = False
    # An event belongs to its case, wherever that is, and waits for it.
    _outbox_cancels_left = False
    _order = "date desc, id desc"
    assignment_id = fields.Many2one(
        "amili.assignment", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="assignment_id.company_id", store=True, precompute=True
    )
    environment = fields.Selection(
        related="assignment_id.environment", store=True, precompute=True
    )
    maventa_company_uuid = fields.Char(
        related="assignment_id.maventa_company_uuid", store=True, precompute=True
    )
    move_id = fields.Many2one(related="assignment_id.move_id")
    direction = fields.Selection(
        [("inbound", "From Amili"), ("outbound", "To Amili")],
        required=True,
        readonly=True,
    )
    remote_id = fields.Char(string="ID at Amili", readonly=True)
    type = fields.Selection(EVENT_TYPES, required=True, readonly=True)
    remote_type = fields.Char(
        string="Type at Amili", readonly=True, help="The word that Amili used."
    )
    collection_status = fields.Char(
        string="Amili's Stage", readonly=True, help="Amili's own word."
    )
    date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    text = fields.Text(readonly=True, help="Identity codes are masked.")
    # Only where somebody typed an identity code, and only as long as the case is live.
    wire_text = door(
        fields.Text,
        "wire_text",
        "amili.identity.code",
        "text",
        groups=NO_ACCESS,
        help="The text as Amili gets it.",
    )
    state = fields.Selection(
        EVENT_STATES, required=True, default="done", readonly=True, copy=False
    )
    is_doubtful = fields.Boolean(
        readonly=True,
        help="Its amount or date cannot be right, so it is not counted.",
    )
    user_id = fields.Many2one("res.users", string="Sent By", readonly=True)
    entry_id = fields.Many2one(
        "amili.assignment.entry",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="What in the books this tells of.",
    )
    extra_amount = fields.Monetary(
        string="Beyond the Principal",
        readonly=True,
        help="What of the amount goes to fees and interest.",
    )
    document = fields.Char(readonly=True, help="The number of the credit note.")
    reference = fields.Char(
        readonly=True,
        help="Stands in what Amili is told, so that a report whose answer was lost can "
        "be found again among the events of the case.",
    )
    similar_remote_id = fields.Char(
        copy=False,
        readonly=True,
        help="The event at Amili that may be this one, in other words.",
    )
    is_undone = fields.Boolean(
        string="Undone",
        readonly=True,
        help="The payment or credit that Amili was told of does not stand any more.",
    )
    is_lapsed = fields.Boolean(
        readonly=True,
        help="A withdrawal that Amili took, and did not follow for two weeks.",
    )
    undone_id = fields.Many2one(
        "amili.assignment.event",
        string="Takes Back",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    question_id = fields.Many2one(
        "amili.assignment.event",
        string="Answers",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    seen_at = fields.Datetime(
        string="Seen", readonly=True, help="When somebody here answered or saw it."
    )
    is_question = fields.Boolean(
        compute="_compute_is_question",
        store=True,
        help="Amili wrote, and nobody here has answered or seen it.",
    )
    partner_id = fields.Many2one(related="assignment_id.partner_id")
    case_state = fields.Selection(related="assignment_id.state", string="Case")
    _remote_unique = models.UniqueIndex(
        "(assignment_id, remote_id) WHERE remote_id IS NOT NULL",
        "This event has been recorded already.",
    )
    _outbox_index = models.Index(
        "(company_id, next_try_at) WHERE state IN ('queued', 'sending', 'unknown')"
    )
    _order_index = models.Index(
        "(assignment_id, id) WHERE state IN ('queued', 'sending', 'unknown')"
    )

    @api.depends("type", "direction", "seen_at")
    def _compute_is_question(self):
        for event in self:
            event.is_question = (
                event.type == "comment"
                and event.direction == "inbound"
                and not event.seen_at
            )

    @api.constrains("assignment_id", "question_id", "undone_id")
    def _check_same_case(self):
        for event in self:
            others = event.question_id | event.undone_id
            if others and others.assignment_id != event.assignment_id:
                raise ValidationError(
                    self.env._("An event refers to events of its own case alone.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            text = values.get("text") or ""
            shown = mask_text(text)
            if values.get("direction") == "outbound":
                values.setdefault(
                    "reference", uuid.uuid4().hex[:12].translate(_LETTERS)
                )
                values["wire_text"] = text if shown != text else False
            values["text"] = shown or False
        return super().create(vals_list)

    @api.model
    def _get_due_query(self, company, states):
        """Return what is due: of each case the oldest report that is not done.

        A case takes reports once Amili has it, in the environment it lives in.
        """
        query = super()._get_due_query(company, states)
        case = query.join(
            query.table, "assignment_id", "amili_assignment", "id", "case"
        )
        query.add_where(
            SQL(
                "%s IS NOT NULL AND (%s = 'active' OR %s != 'queued' OR %s = 'seen')",
                SQL.identifier(case, "remote_id"),
                SQL.identifier(case, "state"),
                SQL.identifier(query.table, "state"),
                SQL.identifier(query.table, "type"),
            )
        )
        query.add_where(
            SQL(
                """NOT EXISTS (
                    SELECT FROM amili_assignment_event AS earlier
                     WHERE earlier.assignment_id = %s
                       AND earlier.id < %s
                       AND earlier.state IN ('queued', 'sending', 'unknown')
                )""",
                SQL.identifier(query.table, "assignment_id"),
                SQL.identifier(query.table, "id"),
            )
        )
        return query

    # Sending and asking ---------------------------------------------------------------

    @api.model
    def _explain_problem(self, problem):
        # EXTENDS amili.outbox.mixin
        return explain(self.env, problem)

    def _get_send_call(self, client):
        # EXTENDS amili.outbox.mixin
        case_id = self.assignment_id.remote_id
        if self.type == "seen":
            return client.mark_seen, (case_id, self.question_id.remote_id)
        try:
            return client.add_event, (case_id, build_report(self._wire_report()))
        except ValueError:
            # A mistake of ours in one event must neither stop the others nor come
            # back for ever.
            return _raise_refused, ()

    def _get_ask_call(self, client):
        # EXTENDS amili.outbox.mixin: it is looked for among the events of its case
        return client.case_events, (self.assignment_id.remote_id,)

    def _wire_report(self):
        self.ensure_one()
        text = self.wire_text or self.text or ""
        return Report(
            kind=self.type,
            text=f"{text} [{self.reference}]".strip(),
            amount=exactly(self.currency_id, self.amount) if self.amount else None,
            day=self.date or None,
            document=self.document or "",
        )

    # Outcomes -------------------------------------------------------------------------

    def _find_in_answer(self, events):
        # EXTENDS amili.outbox.mixin
        found = next((event for event in events if self._is_shown_by(event)), None)
        similar = [event for event in events if not found and self._resembles(event)]
        if similar:
            self.similar_remote_id = similar[0].id
        else:
            self._end_comparing()
        return found

    def _record_denial(self, asked_at):
        # EXTENDS amili.outbox.mixin: what Amili may know is not sent again blindly
        if not self.similar_remote_id:
            super()._record_denial(asked_at)
            return
        similar = self._get_similar()
        self.write(
            {
                "error_message": self.env._(
                    "Amili may have been told: of the same day and sum it has an event "
                    "of yours in other words. Say whether it is this one."
                ),
                "next_try_at": fields.Datetime.now() + SIMILAR_DELAY,
            }
        )
        self.assignment_id._ask_sender(
            self._similar_summary(),
            self.env._(
                "Here: %(ours)s. At Amili: %(theirs)s. Open the assignment, page "
                "Events, and say whether both are the same.",
                ours=self._describe(),
                theirs=similar._describe() if similar else self.similar_remote_id,
            ),
            "note",
        )

    def _record_sent(self, outcome):
        # EXTENDS amili.outbox.mixin
        is_lost = isinstance(outcome, errors.UnknownOutcome)
        if is_lost and self.type == "seen" and self.state == "sending":
            # Twice does no harm.
            return self._requeue(outcome)
        return super()._record_sent(outcome)

    def _refuse(self, error):
        # EXTENDS amili.outbox.mixin
        message = explain(self.env, error, EVENT_SENTENCES)
        if isinstance(error, errors.NotFound) and self._is_case_new():
            self._requeue(error)
        elif isinstance(error, errors.Forbidden):
            # The case took events before: the right may come back, and what was paid
            # has to be told then.
            self._requeue(error)
            self._record_held_up(error)
        elif isinstance(error, errors.Conflict) and self._is_moot():
            self._give_up(message)
        else:
            self._fail(message)

    def _is_case_new(self):
        """Whether Maventa may not know everywhere yet what it has just named."""
        # That may be days after the hand-over.
        accepted_at = self.assignment_id.waiting_since
        return bool(accepted_at) and accepted_at > fields.Datetime.now() - NEWNESS

    def _requeue(self, error=None):
        # EXTENDS amili.outbox.mixin: unless it is void by now
        self.ensure_one()
        if self.is_undone:
            return self._cancel()
        if self.assignment_id.state != "active" and self.type != "seen":
            return self._end_with_case()
        return super()._requeue(error)

    def _is_moot(self):
        """Whether the case was withdrawn before this came to Amili."""
        return bool(
            self.assignment_id.event_ids.filtered(
                lambda e: (
                    e.type == "withdraw"
                    and e.direction == "outbound"
                    and e.state == "done"
                    and not e.is_lapsed
                )
            )
        )

    def _fail(self, message):
        if self.is_undone:
            # Nobody may send it anew.
            self._cancel(message)
            return
        self._set_state("failed", error_message=message)
        self._cancel_followers(message)

    def _record_reported(self, told):
        """Record that Amili has it, as its events tell, and what follows."""
        before = self._get_states()
        self._accept(told)
        self._notify_changes(before)

    def _accept(self, told):
        # EXTENDS amili.outbox.mixin; what is no event at Maventa is None there
        self.ensure_one()
        values = {"error_message": False}
        if told:
            values |= self._take_remote(told.id, told.word)
        if self.state == "done":
            # A person had said that Amili knows it.
            self.write(values)
        else:
            self._set_state("done", **values)
        if told:
            self.assignment_id._take_event_figures(self, told)

    def _cancel(self, message=False):
        """Take these off the queue, and what would only take them back as well."""
        self._set_state("cancelled", error_message=message)
        self._cancel_followers(message)

    def _cancel_followers(self, message):
        followers = self.search(
            [("undone_id", "in", self.ids), ("state", "=", "queued")]
        )
        followers._set_state("cancelled", error_message=message)

    # What follows from a change -------------------------------------------------------

    def _notify_changes(self, before):
        # EXTENDS amili.outbox.mixin
        changed = self.filtered(lambda event: event.state != before[event.id])
        done = changed.filtered(lambda e: e.state == "done" and e.type != "seen")
        self.env["amili.assignment"]._log(
            [(event.assignment_id, event._explain()) for event in done]
        )
        changed.filtered(lambda event: event.state == "failed")._tell_failures()
        changed._notify_senders()
        # What comes next in these cases; and what Amili makes of a withdrawal.
        if changed.filtered(lambda event: event.state in ("done", "failed")):
            cases = changed.assignment_id
            self.search(
                [("assignment_id", "in", cases.ids), ("state", "=", "queued")], limit=1
            )._trigger_due()
            if changed.filtered(lambda e: e.type == "withdraw" or e.state == "failed"):
                self._trigger_cron("sync_events")

    def _be_seen(self):
        """Note that somebody has dealt with these, and end the tasks for them."""
        self.filtered(lambda e: not e.seen_at).seen_at = fields.Datetime.now()
        cases = self.assignment_id
        cases.filtered(
            lambda a: not any(a.event_ids.mapped("is_question"))
        )._end_questions()

    def _end_with_case(self):
        """Give up what Amili has not heard of a case that has ended meanwhile."""
        self._give_up(self.env._("The case had ended before Amili was told."))

    def _give_up(self, message):
        """Take these off the queue for good, and have a person look.

        Money may have been collected twice, and who wrote waits for an answer.
        """
        self._cancel(message)
        for event in self.filtered(lambda e: not e.is_undone):
            case = event.assignment_id
            if case.state in ("rejected", "cancelled"):
                # Amili never had it.
                continue
            if event.type in ("paid", "credit_note"):
                note = self.env._(
                    "The case ended before Amili heard of this: %s. Check with Amili "
                    "whether the debtor has paid twice.",
                    event._describe(),
                )
            elif event.user_id:
                note = self.env._(
                    "The case ended before Amili got this: %s", event._describe()
                )
            else:
                continue
            case._ask_sender(
                self.env._("Amili Perintä: the case ended before Amili was told"), note
            )

    # The books ------------------------------------------------------------------------

    @api.model
    def _report_entry(self, entry, amount, extra):
        """Make the event that tells of an entry of the books.

        :param amount: what is told, with ``extra``, which is not of the principal
        """
        is_payout = entry.meaning == "payout"
        event = self.create(
            {
                "assignment_id": entry.assignment_id.id,
                "direction": "inbound" if is_payout else "outbound",
                "type": entry.meaning,
                "state": "done" if is_payout else "queued",
                "date": entry.date,
                "amount": amount,
                "extra_amount": extra,
                "currency_id": entry.currency_id.id,
                "entry_id": entry.id,
                "document": entry.meaning == "credit_note" and entry.name,
                "text": not is_payout and entry._event_text(),
            }
        )
        if is_payout:
            self.env["amili.assignment"]._log([(event.assignment_id, event._explain())])
        event._trigger_due()

    def _says_the_same(self, entry, amount):
        """Whether this was undone and says what is to be told of an entry now."""
        self.ensure_one()
        return (
            self.is_undone
            and self.state in ("sending", "unknown", "done")
            and self.type == entry.meaning
            and (self.entry_id == entry or self.date == entry.date)
            and self.currency_id.compare_amounts(self.amount, amount) == 0
        )

    def _undo(self):
        """A payment or credit does not stand any more: take back what was told."""
        for event in self:
            if event.state in ("queued", "failed"):
                event._cancel(
                    event.env._("It was undone in Odoo before Amili was told.")
                )
            elif event.type == "payout":
                event.state = "cancelled"
            elif event.state in ("sending", "unknown", "done"):
                event.is_undone = True
                event._put_right()
                event.assignment_id._ask_sender(
                    event._undone_summary(),
                    event.env._(
                        "Amili had been told of this: %s. As long as Amili has the "
                        "case, it is told that this does not stand. Check the "
                        "reconciliation, and with Amili that its books are right.",
                        event._describe(),
                    ),
                )

    def _stand_again(self, entry):
        """The same payment or credit is back, in this entry."""
        self.ensure_one()
        self.write({"is_undone": False, "entry_id": entry.id})
        self._put_right()
        case = self.assignment_id
        if not any(case.event_ids.mapped("is_undone")):
            case.move_id._amili_end_activity(self._undone_summary())

    def _put_right(self):
        """See to it that Amili's last word on this is whether it stands."""
        self.ensure_one()
        messages = self.search([("undone_id", "=", self.id)])
        messages.filtered(lambda e: e.state == "queued")._cancel()
        # Each message that left says the contrary of the one before.
        left = messages.filtered(lambda e: e.state in ("sending", "unknown", "done"))
        if self.is_undone == (len(left) % 2 == 1):
            return
        sentence = (
            "Ilmoittamamme {what} on peruttu, eikä se lyhennä saatavaa."
            if self.is_undone
            else "Perutuksi ilmoittamamme {what} on sittenkin voimassa. Sitä ei ole "
            "ilmoitettu toista kertaa."
        )
        case = self.assignment_id
        if case.state not in ("sending", "unknown", "pending", "active"):
            return
        kind = "hyvitys" if self.type == "credit_note" else "maksu"
        amount = f"{self.amount:.2f}".replace(".", ",")
        what = f"{kind} {amount} € ({self.date:%d.%m.%Y}, viite {self.reference})"
        self.create(
            {
                "assignment_id": case.id,
                "direction": "outbound",
                "type": "comment",
                "state": "queued",
                "date": case.company_id._amili_today(),
                "currency_id": self.currency_id.id,
                "text": sentence.format(what=what),
                "undone_id": self.id,
            }
        )._trigger_due()

    # What people do -------------------------------------------------------------------

    def action_retry(self):
        """Put refused reports on the queue again."""
        for event in self:
            # What only a manager may say, only a manager may say again.
            is_answer = event.question_id or not event.user_id
            kind = "reply" if is_answer else event.type
            event.assignment_id._check_may_report(kind)
        for event in self.sudo().filtered(lambda e: e.state == "failed"):
            event.assignment_id._check_takes_reports()
            event._set_state(
                "queued", error_message=False, next_try_at=fields.Datetime.now()
            )
            event._trigger_due()


def _raise_refused():
    raise errors.Refused("refused")
