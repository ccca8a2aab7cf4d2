"""The outbox: what happened here and Amili has to hear of, case by case in order.

The same rules as for a hand-over: claim, commit, call, record. A report whose answer
was lost is looked for among the events of its case before it may go out again."""

import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import EVENT_STATES, EVENT_TYPES, UNDER_WAY_STATES
from ...maventa import errors
from ...maventa.parallel import call_all
from ...maventa.report import Report, build_report
from ..connection.maventa_errors import explain
from ..connection.money import exactly
from ..outbox.amili_worker_mixin import (
    GRACE,
    HELD_UP_ATTEMPTS,
    LATEST_START,
    is_held_up,
)

EVENT_TRANSITIONS = {
    # Amili may turn out to have it although that was denied before.
    "queued": {"sending", "cancelled", "done"},
    "sending": {"done", "failed", "unknown", "queued", "cancelled"},
    "unknown": {"done", "failed", "queued", "cancelled"},
    "failed": {"queued", "cancelled"},
}
_LATE = errors.NotSent("late")


class AmiliAssignmentEvent(models.Model):
    """Something that happened in a case: inbound from Amili, outbound to Amili.

    What is outbound waits on a queue of its own, the outbox: one after the other
    within a case.
    """

    _name = "amili.assignment.event"
    _description = "Event of an Amili Assignment"
    _inherit = ["amili.worker.mixin"]
    _order = "date desc, id desc"
    assignment_id = fields.Many2one(
        "amili.assignment", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="assignment_id.company_id", store=True, precompute=True
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
    text = fields.Text(readonly=True)
    state = fields.Selection(
        EVENT_STATES, required=True, default="done", readonly=True, copy=False
    )
    is_doubtful = fields.Boolean(
        readonly=True,
        help="Its amount or date cannot be right, so it is not counted.",
    )
    user_id = fields.Many2one("res.users", string="Sent By", readonly=True)
    partial_id = fields.Integer(
        string="Reconciliation",
        readonly=True,
        help="The partial reconciliation that this tells of.",
    )
    document = fields.Char(readonly=True, help="The number of the credit note.")
    reference = fields.Char(
        readonly=True,
        help="Stands in what Amili is told, so that a report whose answer was lost can "
        "be found again among the events of the case.",
    )
    is_undone = fields.Boolean(
        string="Undone",
        readonly=True,
        help="The payment or credit that Amili was told of does not stand any more.",
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
    _one_per_partial = models.UniqueIndex(
        "(partial_id) WHERE partial_id > 0",
        "This reconciliation has been reported to Amili already.",
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

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            if values.get("direction") == "outbound":
                values.setdefault("reference", uuid.uuid4().hex[:12])
        return super().create(vals_list)

    def _set_state(self, state, **values):
        """Move to a state and write ``values``.

        :raises ValueError: where the table of transitions does not allow it
        """
        for event in self:
            if state not in EVENT_TRANSITIONS.get(event.state, ()):
                raise ValueError(f"no way from {event.state} to {state}")
        self.write({"state": state, **values})

    @api.model
    def _process_outbox(self):
        """Send what is queued and look for what is unknown, company by company."""
        self._for_each_company(
            self._companies_with(self._due(UNDER_WAY_STATES)), self._process_company
        )

    @api.model
    def _due_query(self, company, states):
        """Return what is due: of each case the oldest report that is not done.

        A case takes reports once Amili has it, in the environment it lives in.
        """
        query = super()._due_query(company, states)
        case = query.join(
            query.table, "assignment_id", "amili_assignment", "id", "case"
        )
        query.add_where(
            SQL(
                "%s = %s AND %s IS NOT NULL"
                " AND (%s = 'active' OR %s != 'queued' OR %s = 'seen')",
                SQL.identifier(case, "environment"),
                company.amili_environment,
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

    # Sending --------------------------------------------------------------------------

    @api.model
    def _send_batch(self, company):
        if not self._due_query(company, ("queued",)).get_result_ids():
            return 0
        try:
            client = company._amili_client()
        except errors.AccessProblem as problem:
            self._postpone_all(company, problem)
            return 0
        account = company._amili_account()
        with client:
            _claimed, events = self._retry_on_conflict(
                lambda: self._claim_to_send(company, account)
            )
            calls = [event._call(client) for event in events]
            # Nothing is open in the database while the calls run.
            self._commit()
            outcomes = call_all(_make, calls, start_within=LATEST_START)
        events._record_all(outcomes, self._apply_sent.__name__)
        pairs = zip(events, outcomes, strict=True)
        held_up = [(event, out) for event, out in pairs if is_held_up(out)]
        if len(held_up) > 1 and len(held_up) == len(outcomes):
            # Not one report is the trouble, but what they have in common.
            self._postpone_all(company, held_up[0][1])
        else:
            for event, _outcome in held_up:
                if event.attempt_count >= HELD_UP_ATTEMPTS:
                    self._keep(event._tell_held_up)
        return len(events)

    @api.model
    def _explain_problem(self, problem):
        # EXTENDS amili.worker.mixin
        return explain(self.env, problem)

    def _call(self, client):
        """Return what to call, and with what, so that a thread needs no database."""
        self.ensure_one()
        case_id = self.assignment_id.remote_id
        if self.type == "seen":
            return client.mark_seen, (case_id, self.question_id.remote_id)
        try:
            return client.add_event, (case_id, build_report(self._wire_report()))
        except ValueError:
            # A mistake of ours in one report must neither stop the others nor come
            # back for ever.
            return _refuse, ()

    def _wire_report(self):
        self.ensure_one()
        text = self.text or ""
        return Report(
            kind=self.type,
            text=f"{text} [{self.reference}]".strip(),
            amount=exactly(self.currency_id, self.amount) if self.amount else None,
            day=self.date or None,
            document=self.document or "",
        )

    # Asking for what is unknown -------------------------------------------------------

    @api.model
    def _ask_batch(self, company):
        """Look for what is unknown among the events of its case."""
        ids = self._due_query(company, ("unknown",)).get_result_ids()
        events = self.browse(ids).with_env(company.env)
        if not events:
            return 0
        calls = [(event.assignment_id.remote_id,) for event in events]
        asked_at = fields.Datetime.now()
        try:
            with company._amili_client() as client:
                self._commit()
                outcomes = call_all(client.case_events, calls)
        except errors.AccessProblem as exc:
            outcomes = [exc] * len(calls)
        answers = [(asked_at, outcome) for outcome in outcomes]
        return events._record_all(answers, self._apply_answer.__name__)

    # Outcomes -------------------------------------------------------------------------

    def _apply_sent(self, outcome):
        """Turn what came of sending a report into a state."""
        self.ensure_one()
        if self.state not in ("sending", "unknown"):
            # The feed told of it before.
            return
        now = fields.Datetime.now()
        match outcome:
            case errors.NotSent():
                # Credentials can be mended: a payment stays on the queue until then.
                self._requeue(outcome)
            case errors.Conflict() if self._is_moot():
                self._cancel(explain(self.env, outcome, is_report=True))
            case errors.Refused():
                self._fail(explain(self.env, outcome, is_report=True))
            case errors.MaventaError() if self.type == "seen":
                # Twice does no harm.
                self._requeue(outcome)
            case errors.MaventaError():
                if self.state == "sending":
                    self._set_state("unknown")
                self.write(
                    {
                        "error_message": explain(self.env, outcome),
                        # From here on nothing of it is under way any more.
                        "claimed_at": now,
                        "next_try_at": now + self._delay(outcome),
                    }
                )
            case told:
                self._finish(told)

    def _apply_answer(self, answer):
        """Turn what the question for the events of a case gave into a state.

        :param answer: when it was asked, and what came of it
        """
        self.ensure_one()
        asked_at, outcome = answer
        if self.state != "unknown":
            return
        now = fields.Datetime.now()
        if isinstance(outcome, errors.MaventaError):
            self.write(
                {
                    "error_message": explain(self.env, outcome),
                    "next_try_at": now + self._delay(outcome),
                }
            )
            return
        told = next((event for event in outcome if self._is_told_by(event)), None)
        decided_at = (self.claimed_at or now) + GRACE
        if told:
            self._finish(told)
        elif asked_at < decided_at:
            self.next_try_at = decided_at
        else:
            self._requeue()

    def _is_told_by(self, event):
        """Whether an event of the case is this report.

        By the reference in its text; where Maventa kept no text, by all else.
        """
        self.ensure_one()
        if self.reference and self.reference in event.text:
            return True
        if event.text or not event.is_ours or event.kind != self.type:
            return False
        recorded = self.assignment_id.event_ids.mapped("remote_id")
        return (
            event.id not in recorded
            and event.date == (self.date or None)
            and float(event.amount or 0) == self.amount
        )

    def _requeue(self, error=None):
        """Back on the queue: it was surely not taken; unless it is void by now."""
        self.ensure_one()
        if self.is_undone:
            self._cancel()
            return
        if self.assignment_id.state != "active" and self.type != "seen":
            self._end_with_case()
            return
        self._set_state(
            "queued",
            error_message=error and error.reason != "late" and explain(self.env, error),
            next_try_at=fields.Datetime.now() + (self._delay(error or _LATE)),
        )

    def _is_moot(self):
        """Whether the case was withdrawn before this came to Amili."""
        return bool(
            self.assignment_id.event_ids.filtered(
                lambda e: (
                    e.type == "withdraw"
                    and e.direction == "outbound"
                    and e.state == "done"
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

    def _record_told(self, told):
        """Record that Amili has it, as its events tell, and what follows."""
        before = self._states()
        self._finish(told)
        self._tell_changes(before)

    def _finish(self, told):
        """Record that Amili has it.

        :param told: the event as Maventa has it; None for what is no event there
        """
        self.ensure_one()
        values = {"error_message": False}
        if told:
            # The feed may have brought it already, as something new.
            self.assignment_id.event_ids.filtered(
                lambda event: event.remote_id == told.id and event != self
            ).unlink()
            values["remote_id"] = told.id
            values["remote_type"] = told.word
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

    def _tell_changes(self, before):
        """Tell people what became of reports, and wake who goes on."""
        changed = self.filtered(lambda event: event.state != before[event.id])
        done = changed.filtered(lambda e: e.state == "done" and e.type != "seen")
        self.env["amili.assignment"]._log(
            [(event.assignment_id, event._explain()) for event in done]
        )
        changed.filtered(lambda event: event.state == "failed")._tell_failures()
        changed._notify_senders()
        self.filtered(lambda event: event.state in UNDER_WAY_STATES)._wake_next()
        # What comes next in these cases; and what Amili makes of a withdrawal.
        if changed.filtered(lambda event: event.state in ("done", "failed")):
            cases = changed.assignment_id
            self.search(
                [("assignment_id", "in", cases.ids), ("state", "=", "queued")], limit=1
            )._wake_next()
            if changed.filtered(lambda e: e.type == "withdraw" or e.state == "failed"):
                self.env.ref("amili_perinta.ir_cron_amili_sync_events")._trigger()
        self._tell_long_waits()

    def _wake_next(self):
        """Let the sender run when the first of these is due."""
        times = self.filtered(lambda e: e.state in UNDER_WAY_STATES).mapped(
            "next_try_at"
        )
        if times:
            cron = self.env.ref("amili_perinta.ir_cron_amili_process_queue").sudo()
            cron._trigger(min(times))

    def _be_seen(self):
        """Note that somebody has dealt with these, and end the tasks for them."""
        self.filtered(lambda e: not e.seen_at).seen_at = fields.Datetime.now()
        cases = self.assignment_id
        cases.filtered(
            lambda a: not any(a.event_ids.mapped("is_question"))
        )._end_questions()

    def _end_with_case(self):
        """Give up what Amili has not heard of a case that has ended meanwhile.

        Money may have been collected twice, and who wrote waits for an answer: a person
        looks.
        """
        self._cancel(self.env._("The case had ended before Amili was told."))
        for event in self.filtered(lambda e: not e.is_undone):
            case = event.assignment_id
            if event.type in ("paid", "credit_note") and case.state == "closed":
                note = self.env._(
                    "Amili closed the case before it heard of this: %s. Check whether "
                    "the debtor has paid twice.",
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

    # Reconciliations ------------------------------------------------------------------

    @api.model
    def _report_partials(self, reports):
        """Queue what came of reconciliations.

        What was told and then undone stands again where the same comes back: Amili
        must not count it twice.

        :param reports: values of events, each with ``partial_id``
        """
        if not reports:
            return
        known = self.search(
            [("partial_id", "in", [values["partial_id"] for values in reports])]
        ).mapped("partial_id")
        undone = self.search(
            [
                (
                    "assignment_id",
                    "in",
                    [values["assignment_id"] for values in reports],
                ),
                ("is_undone", "=", True),
                ("state", "in", ("sending", "unknown", "done")),
            ],
            order="id",
        )
        new = []
        for values in reports:
            if values["partial_id"] in known:
                continue
            same = undone.filtered(lambda e, v=values: e._tells_the_same(v))[:1]
            if same:
                same._stand_again(values["partial_id"])
                undone -= same
            else:
                new.append(values)
        events = self.create(new)
        self.env["amili.assignment"]._log(
            [
                (event.assignment_id, event._explain())
                for event in events
                if event.type == "payout"
            ]
        )
        events._wake_next()

    def _tells_the_same(self, values):
        return (
            self.assignment_id.id == values["assignment_id"]
            and self.type == values["type"]
            and self.date == values["date"]
            and self.currency_id.compare_amounts(self.amount, values["amount"]) == 0
        )

    def _undo(self):
        """A payment or credit does not stand any more: take back what was told."""
        for event in self:
            event.partial_id = False
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
                    event.env._("Amili Perintä: a reported payment was undone"),
                    event.env._(
                        "Amili had been told of this: %s. As long as Amili has the "
                        "case, it is told that this does not stand. Check the "
                        "reconciliation, and with Amili that its books are right.",
                        event._describe(),
                    ),
                )

    def _stand_again(self, partial_id):
        """The same payment or credit is back."""
        self.ensure_one()
        self.write({"is_undone": False, "partial_id": partial_id})
        self._put_right()

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
        )._wake_next()

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
            event._wake_next()

    def action_reply(self):
        """Open the window for the answer to this question."""
        self.ensure_one()
        self.assignment_id._check_may_report("reply")
        return self.assignment_id._open_report("reply", self)

    def action_mark_seen(self):
        """Tell Amili that these were seen, and end the tasks for them."""
        self.assignment_id._check_may_report("seen")
        for event in self.filtered("is_question"):
            event.assignment_id._report("seen", question_id=event.id)

    def action_open_assignment(self):
        """Open the case to which this belongs."""
        self.ensure_one()
        return self.assignment_id._get_records_action()


def _make(call, arguments):
    return call(*arguments)


def _refuse():
    raise errors.Refused("refused")
