"""The outbox: what happened here and Amili has to hear of, case by case in order.

The same rules as for a hand-over: claim, commit, call, record. A report whose answer
was lost is looked for among the events of its case before it may go out again.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..maventa import errors
from ..maventa.parallel import call_all
from ..maventa.report import Report, build_report
from .amili_assignment_chatter import LONG_WAIT
from .amili_assignment_event import OPEN_EVENT_STATES
from .amili_worker_mixin import (
    GRACE,
    HELD_UP_ATTEMPTS,
    LATEST_START,
    is_held_up,
)
from .maventa_errors import explain
from .money import exactly


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    @api.model
    def _process_outbox(self):
        """Send what is queued and look for what is unknown, company by company."""
        self._for_each_company(
            self._companies_with(self._due(OPEN_EVENT_STATES)), self._process_company
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
        self.filtered(lambda event: event.state in OPEN_EVENT_STATES)._wake_next()
        # What comes next in these cases; and what Amili makes of a withdrawal.
        if changed.filtered(lambda event: event.state in ("done", "failed")):
            cases = changed.assignment_id
            self.search(
                [("assignment_id", "in", cases.ids), ("state", "=", "queued")], limit=1
            )._wake_next()
            if changed.filtered(lambda e: e.type == "withdraw" or e.state == "failed"):
                self.env.ref("amili_perinta.ir_cron_amili_sync_events")._trigger()
        self._tell_long_waits()

    def _tell_failures(self):
        for event in self:
            line = self.env._(
                "Amili Perintä did not take this: %(what)s. %(problem)s",
                what=event._describe(),
                problem=event.error_message,
            )
            self.env["amili.assignment"]._log([(event.assignment_id, line)])
            if event.type != "seen":
                event.assignment_id._ask_sender(
                    self.env._("Amili Perintä: a report was refused, tell Amili"), line
                )

    def _tell_held_up(self):
        """Give a task where what was paid does not get through to Amili."""
        self.ensure_one()
        self.assignment_id._ask_sender(
            self.env._("Amili Perintä: Amili cannot be told of payments"),
            self.error_message,
        )

    def _tell_long_waits(self):
        limit = fields.Datetime.now() - LONG_WAIT
        for event in self:
            if event.state == "unknown" and event.claimed_at < limit:
                event.assignment_id._ask_sender(
                    self.env._("Amili Perintä: ask Amili whether a report arrived"),
                    event._describe(),
                )

    def _wake_next(self):
        """Let the sender run when the first of these is due."""
        times = self.filtered(lambda e: e.state in OPEN_EVENT_STATES).mapped(
            "next_try_at"
        )
        if times:
            cron = self.env.ref("amili_perinta.ir_cron_amili_process_queue").sudo()
            cron._trigger(min(times))

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


_LATE = errors.NotSent("late")


def _make(call, arguments):
    return call(*arguments)


def _refuse():
    raise errors.Refused("refused")
