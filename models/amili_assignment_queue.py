"""The sender: what is queued goes out, what is unknown is asked for.

Each step is a transaction of its own: **claim, commit, call, record, commit**. A call
runs while nothing is locked and nothing can be rolled back, in threads that never
touch the ORM. A process that dies leaves ``sending`` behind, which counts as
``unknown`` after ten minutes and is asked for, never sent again blindly.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..maventa import errors
from ..maventa.parallel import call_all
from .maventa_errors import explain

_logger = logging.getLogger(__name__)

BATCH_SIZE = 100
# A claim that is older belongs to a process that died.
CLAIM_LIFETIME = timedelta(minutes=10)
# A call that has not begun this long after its claim is not begun any more (seconds):
# with two time-outs it still ends well within the life of the claim.
LATEST_START = 240
# Maventa may still be busy with a request whose answer was lost: only after this
# time does "there is none" mean that nothing arrived.
GRACE = timedelta(minutes=5)
FIRST_DELAY = timedelta(minutes=2)
MAX_DELAY = timedelta(hours=4)
ACCESS_DELAY = timedelta(hours=1)
# How often an invoice may be refused access, or the company be held up, before a
# person is asked.
MAX_REFUSALS = 12
HELD_UP_ATTEMPTS = 5
MAX_CONFLICTS = 5
SERVICE_LIFETIME = timedelta(days=1)
CLOCK_SKEW = timedelta(minutes=5)
# Who goes on with an assignment in a state, at the time of its next step.
NEXT_CRON = {
    "unknown": "ir_cron_amili_process_queue",
    "pending": "ir_cron_amili_poll_transfers",
    "active": "ir_cron_amili_sync_events",
}


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    @api.model
    def _cron_process_queue(self):
        """Send what is queued and ask for what is unknown, company by company."""
        self._for_each_company(
            self._due(("sending", "queued", "unknown")), self._process_company
        )

    @api.model
    def _process_company(self, company):
        lost = self._mark_lost(company)
        asked = self._ask_batch(company)
        sent = self._send_batch(company)
        return lost + asked + sent

    # The loop -------------------------------------------------------------------------

    @api.model
    def _for_each_company(self, domain, work):
        """Call ``work(company)`` for each company with assignments in ``domain``.

        ``work`` does one batch, commits it and returns how many it did; a company
        takes its next turn when the others had theirs. The failure of one never stops
        the others.
        """
        todo = [company for [company] in self._read_group(domain, ["company_id"])]
        while todo:
            company = todo.pop(0)
            lang = company.partner_id.lang or self.env.lang
            try:
                done = work(company.with_context(lang=lang))
            except Exception:
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.exception("Amili: the work for company %s failed", company.id)
                continue
            if done:
                todo.append(company)
            if not self._commit(done, remaining=len(todo)):
                return

    @api.model
    def _commit(self, processed=0, remaining=0):
        """Commit; return the seconds that are left for this run.

        The only place that commits: what Maventa was told must be on disk whatever
        happens next.
        """
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    @api.model
    def _due(self, states):
        return [
            ("state", "in", states),
            ("next_try_at", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _retry_on_conflict(self, work):
        """Call ``work`` again where another transaction came in between."""
        for attempt in range(1, MAX_CONFLICTS + 1):
            try:
                return work()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                self.env.invalidate_all()
                if attempt == MAX_CONFLICTS:
                    raise

    @api.model
    def _claim(self, company, states):
        """Lock a batch that is due and nobody else works on, oldest first.

        Searching and locking are one statement, the first of its transaction: so
        nothing that was read can be older than the lock.
        """

        def lock():
            self._commit()
            domain = [("company_id", "=", company.id), *self._due(states)]
            query = self._search(domain, order="id", limit=BATCH_SIZE)
            return self.env.execute_query(
                SQL("%s FOR NO KEY UPDATE SKIP LOCKED", query.select())
            )

        rows = self._retry_on_conflict(lock)
        # In the language of the company, which is that of its chatter.
        return self.browse(id_ for [id_] in rows).with_context(company.env.context)

    # Sending --------------------------------------------------------------------------

    @api.model
    def _send_batch(self, company):
        due = [("company_id", "=", company.id), *self._due(("queued",))]
        if not self.search_count(due, limit=1):
            return 0
        problem = self._access_problem(company)
        if problem:
            self._postpone_queue(company, problem)
            return 0
        claimed = self._claim(company, ("queued",))
        fit = claimed._drop_unfit()
        now = fields.Datetime.now()
        fit._set_state(
            "sending",
            error_message=False,
            claimed_at=now,
            next_try_at=now + CLAIM_LIFETIME,
        )
        for assignment in fit:
            assignment.attempt_count += 1
        calls = [(a.move_id.maventa_invoice_id.lower(), a.payload) for a in fit]
        self._commit()
        with company._amili_client() as client:
            outcomes = call_all(client.transfer, calls, start_within=LATEST_START)
        fit._record_all(outcomes, self._apply_transfer.__name__)
        held_up = [outcome for outcome in outcomes if _is_held_up(outcome)]
        if held_up and len(held_up) == len(outcomes):
            self._postpone_queue(company, held_up[0])
        return len(claimed)

    @api.model
    def _access_problem(self, company):
        """Return the error that holds everything of this company up, or None.

        Asks once a day whether the service is active; nothing is locked meanwhile.
        """
        checked_at = company.amili_service_checked_at
        is_fresh = checked_at and checked_at > fields.Datetime.now() - SERVICE_LIFETIME
        if is_fresh and company.amili_service_active:
            return None
        self._commit()
        try:
            with company._amili_client() as client:
                service = client.service()
        except errors.NotSent as exc:
            return exc
        except errors.MaventaError:
            # The service cannot be asked for: the hand-over itself will tell.
            return None
        company._amili_set_service(service)
        self._commit()
        return None if service.is_active else errors.AccessProblem("service")

    @api.model
    def _postpone_queue(self, company, problem):
        """Let everything queued wait, say why, and give one person one task.

        The trouble is the company's, not that of a thousand invoices.
        """

        def postpone():
            self._commit()
            domain = [("company_id", "=", company.id), ("state", "=", "queued")]
            queued = self.search(domain, order="id").with_context(company.env.context)
            queued = queued.try_lock_for_update(allow_referencing=True)
            delay = queued[:1]._delay(problem)
            queued.write(
                {
                    "error_message": explain(queued.env, problem),
                    "next_try_at": fields.Datetime.now() + delay,
                }
            )
            is_access = isinstance(problem, errors.AccessProblem)
            if is_access or queued[:1].attempt_count >= HELD_UP_ATTEMPTS:
                queued[:1]._ask_sender(
                    queued.env._("Amili Perintä: invoices wait on the queue")
                )
            self._commit()

        self._retry_on_conflict(postpone)

    # The last check -------------------------------------------------------------------

    def _drop_unfit(self):
        """Take off the queue what is no longer what was confirmed; return the rest."""
        alerts = self.move_id._amili_get_alerts(self._terms(), queued=True)
        unfit = self.browse()
        for assignment in self:
            reason = assignment._why_unfit(alerts[assignment.move_id.id])
            if reason:
                unfit += assignment
                assignment._set_state(
                    "cancelled",
                    error_message=reason,
                    closed_at=fields.Datetime.now(),
                )
        unfit._log_state()
        # An invoice that was paid needs nobody's attention.
        unfit.filtered(lambda a: a.move_id.amount_residual > 0)._ask_sender(
            self.env._("Amili Perintä: not sent, confirm again")
        )
        return self - unfit

    def _terms(self):
        """Return what was confirmed, in the form of ``_amili_default_terms``."""
        return {
            a.move_id.id: {
                "collection_type": a.collection_type,
                "receivables_type": a.receivables_type,
                "capital_amount": a.capital_amount,
                "reminder_amount": a.reminder_amount,
                "reminder_date": a.reminder_date,
                "assignment_summary": a.assignment_summary,
                "co_debtors": a.payer_ids.filtered(
                    lambda payer: payer.role == "co_debtor"
                ).partner_id,
            }
            for a in self
        }

    def _why_unfit(self, alerts):
        """Return why this may not be sent as it was confirmed; empty if it may."""
        self.ensure_one()
        _ = self.env._
        move = self.move_id
        if self.currency_id.compare_amounts(move.amount_residual, 0) <= 0:
            return _("Nothing is open on the invoice any more.")
        if self.currency_id.compare_amounts(move.amount_residual, self.capital_amount):
            return _(
                "The open amount has changed since it was confirmed. Check the invoice "
                "and send it again."
            )
        if move.commercial_partner_id != self.partner_id:
            return _(
                "The customer of the invoice has changed since it was confirmed. Check "
                "the invoice and send it again."
            )
        if self.environment != self.company_id.amili_environment:
            return _(
                "The company has moved to another environment of Maventa since it was "
                "confirmed. Check the settings and send it again."
            )
        return " ".join(a["message"] for a in alerts.values() if a["level"] == "danger")

    # Asking for what is unknown -------------------------------------------------------

    @api.model
    def _mark_lost(self, company):
        """Make claims of processes that died ``unknown``."""
        lost = self._claim(company, ("sending",))
        lost._set_state(
            "unknown",
            next_try_at=fields.Datetime.now(),
            error_message=lost.env._(
                "The sending was interrupted before Maventa's answer was recorded."
            ),
        )
        lost._log_state()
        self._commit()
        return len(lost)

    @api.model
    def _ask_batch(self, company):
        """Ask Maventa how the hand-overs went whose answer was lost."""
        return self._ask(company, "unknown")

    @api.model
    def _ask(self, company, state):
        """Ask Maventa for the hand-overs in a state that are due; record the answers.

        Asking changes nothing at Maventa, so nothing is claimed for it.
        """
        assignments = self.search(
            [
                ("company_id", "=", company.id),
                ("environment", "=", company.amili_environment),
                *self._due((state,)),
            ],
            order="next_try_at, id",
            limit=BATCH_SIZE,
        ).with_context(company.env.context)
        if not assignments:
            return 0
        calls = [(a.move_id.maventa_invoice_id.lower(),) for a in assignments]
        self._commit()
        try:
            with company._amili_client() as client:
                outcomes = call_all(client.transfer_status, calls)
                if any(isinstance(o, errors.NotFound) for o in outcomes):
                    outcomes = _doubt_not_found(client, outcomes)
        except errors.AccessProblem as exc:
            outcomes = [exc] * len(calls)
        assignments._record_all(outcomes, self._apply_answer.__name__)
        return len(assignments)

    # Recording ------------------------------------------------------------------------

    def _record_all(self, outcomes, method):
        """Record what became of each call; one that fails does not spoil the others.

        What cannot be recorded at all stays as it is on disk, and Maventa is asked
        for it later.
        """
        pairs = list(zip(self.ids, outcomes, strict=True))
        try:
            self._retry_on_conflict(lambda: self._record(pairs, method))
            return
        except Exception:
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("Amili: recording %s answers failed", len(pairs))
        for pair in pairs:
            try:
                self._retry_on_conflict(lambda pair=pair: self._record([pair], method))
            except Exception:
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.exception("Amili: recording the answer of %s failed", pair[0])

    @api.model
    def _record(self, pairs, method):
        """Write the outcomes of calls, tell people what changed, and commit.

        :param pairs: id of an assignment and what its call gave
        :param str method: the method that turns an outcome into a state
        """
        outcome_of = dict(pairs)
        # What was read before the call may have changed meanwhile.
        self._commit()
        assignments = self.browse(outcome_of).try_lock_for_update(
            allow_referencing=True
        )
        before = assignments._states()
        for assignment in assignments:
            getattr(assignment, method)(outcome_of[assignment.id])
        assignments._tell_changes(before)
        self._commit()

    def _states(self):
        return {assignment.id: assignment.state for assignment in self}

    def _tell_changes(self, before):
        """Write changes of state into the chatter, give tasks, wake the next cron."""
        changed = self.filtered(lambda a: a.state not in (before[a.id], "queued"))
        changed._log_state()
        changed.filtered(lambda a: a.state == "rejected")._ask_sender(
            self.env._("Amili Perintä: correct and send again")
        )
        for state, cron in NEXT_CRON.items():
            times = changed.filtered(lambda a, s=state: a.state == s).mapped(
                "next_try_at"
            )
            if times:
                self.env.ref(f"amili_perinta.{cron}")._trigger(min(times))

    def _apply_transfer(self, outcome):
        """Turn what a POST gave into a state."""
        self.ensure_one()
        if self.state not in ("sending", "unknown"):
            # Somebody found out in another way meanwhile.
            return
        now = fields.Datetime.now()
        match outcome:
            case errors.NotSent():
                self._hold(outcome)
            case errors.Refused():
                self._reject(explain(self.env, outcome))
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
            case status if self._is_earlier(status):
                self._reject(explain(self.env, errors.Conflict("conflict")))
            case status:
                self._adopt(status)

    def _apply_answer(self, outcome):
        """Turn what the question for a hand-over gave into a state."""
        self.ensure_one()
        if self.state not in ("unknown", "pending"):
            return
        now = fields.Datetime.now()
        is_error = isinstance(outcome, errors.MaventaError)
        is_absent = isinstance(outcome, errors.NotFound) or (
            not is_error and self._is_earlier(outcome)
        )
        if is_absent and self.state == "unknown":
            decided_at = (self.claimed_at or now) + GRACE
            if now < decided_at:
                self.next_try_at = decided_at
            else:
                self._set_state("queued", error_message=False, next_try_at=now)
        elif is_error or is_absent:
            error = outcome if is_error else errors.NotFound("not_found")
            self.write(
                {
                    "error_message": explain(self.env, error),
                    "next_try_at": now + self._delay(error),
                }
            )
        else:
            self._adopt(outcome)

    def _hold(self, error):
        """Back on the queue: it was surely not sent."""
        is_refused = error.reason in ("unauthorized", "scope")
        if is_refused and self.attempt_count >= MAX_REFUSALS:
            self._reject(explain(self.env, error))
            return
        is_late = error.reason == "late"
        self._set_state(
            "queued",
            error_message=False if is_late else explain(self.env, error),
            next_try_at=fields.Datetime.now() + self._delay(error),
        )

    def _reject(self, message, **values):
        self._set_state(
            "rejected",
            error_message=message,
            closed_at=fields.Datetime.now(),
            **values,
        )

    def _adopt(self, status):
        """Take over what Maventa says of this hand-over."""
        now = fields.Datetime.now()
        values = {"remote_status": status.word}
        if status.meaning == "error":
            error = errors.Refused("refused", message=status.reason)
            self._reject(explain(self.env, error), **values)
            return
        if not status.meaning and self.remote_status != status.word:
            _logger.info("Amili: unknown status of a hand-over (%s)", self.id)
        if self.state != "pending":
            values["sent_at"] = self.claimed_at or now
            self._set_state("pending")
        if status.assignment_id:
            values["remote_id"] = status.assignment_id
        if status.meaning == "sent":
            self._set_state("active")
        self.write(
            {
                **values,
                "error_message": False,
                "next_try_at": now + self._poll_delay(now, values.get("sent_at")),
            }
        )

    def _is_earlier(self, status):
        """Whether Maventa speaks of an earlier hand-over of the same invoice."""
        earlier = self.move_id.amili_assignment_ids - self
        if status.assignment_id and status.assignment_id in earlier.mapped("remote_id"):
            return True
        created_at = status.created_at and status.created_at.replace(tzinfo=None)
        return bool(
            earlier
            and status.meaning == "error"
            and created_at
            and self.claimed_at
            and created_at < self.claimed_at - CLOCK_SKEW
        )

    def _delay(self, error):
        """Return how long to wait after an error: as asked for, else ever longer."""
        if error.reason == "late":
            return timedelta()
        if error.retry_after is not None:
            return min(timedelta(seconds=error.retry_after), timedelta(days=1))
        if isinstance(error, errors.AccessProblem):
            return ACCESS_DELAY
        doubled = min(max(self.attempt_count - 1, 0), 10)
        return min(FIRST_DELAY * 2**doubled, MAX_DELAY)

    def _poll_delay(self, now, sent_at=None):
        """Ask again after half the time that it has taken so far."""
        waited = now - (sent_at or self.sent_at or now)
        return min(max(waited / 2, FIRST_DELAY), MAX_DELAY)


def _is_held_up(outcome):
    return isinstance(outcome, errors.NotSent) and outcome.reason != "late"


def _doubt_not_found(client, outcomes):
    """Keep a 404 only where the token is good for hand-overs: else it means "no access"."""
    try:
        client.check_access()
        return outcomes
    except errors.MaventaError as exc:
        return [exc if isinstance(o, errors.NotFound) else o for o in outcomes]
