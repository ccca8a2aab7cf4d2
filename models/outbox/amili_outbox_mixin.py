"""The one life of everything that goes to Maventa once.

::

    queued ──► sending ──► (accepted)
      ▲ ▲         │ │
      │ └─────────┘ ├────► (refused)
      │  surely not │
      │  taken      ▼
      └────────── unknown ─► (accepted), (refused)
       denied twice

Each step is a transaction of its own: **claim, commit, call, record, commit**. A call
runs while nothing is locked and nothing can be rolled back. What left and was not
answered is asked for, never sent again blindly.
"""

import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import SYSTEM_GROUP, UNDER_WAY_STATES
from ...maventa import errors
from ...maventa.parallel import WIDTH
from .amili_cron_mixin import BATCH_SIZE, companies_with, doubt_not_found, is_held_up

_logger = logging.getLogger(__name__)

# Seconds that a call of each model has taken lately, in this process.
_pace = {}
# A claim that is older belongs to a process that died.
CLAIM_LIFETIME = timedelta(minutes=10)
# Maventa may still be busy with a request whose answer was lost: a denial counts from
# the first moment on, and is believed when it comes again after the second.
FIRST_DENIAL_AFTER = timedelta(minutes=5)
DENIAL_BELIEVED_AFTER = timedelta(minutes=30)
# Who asks to try again at once is not asked again and again in the same run.
SHORTEST_DELAY = timedelta(seconds=10)
FIRST_DELAY = timedelta(minutes=2)
MAX_DELAY = timedelta(hours=4)
ACCESS_DELAY = timedelta(hours=1)
# How often a company may be held up before a person is asked.
HELD_UP_ATTEMPTS = 5


class AmiliOutboxMixin(models.AbstractModel):
    """Something that is sent to Maventa once, and asked for where that is in doubt.

    A model that takes this names its scheduled action and its transitions, and says

    - what is called to send and to ask: :meth:`_get_send_call`, :meth:`_get_ask_call`
    - what an answer to the question means: :meth:`_find_in_answer`
    - what accepting and refusing mean: :meth:`_accept`, :meth:`_refuse`
    - why it may not go any more: :meth:`_cancel_unfit`
    - what people hear: :meth:`_notify_changes`, :meth:`_notify_blocked`
    """

    _name = "amili.outbox.mixin"
    _description = "Is Sent to Maventa Once"
    _inherit = ["amili.deadline.mixin", "amili.progress.mixin"]

    # The scheduled action that goes on with each state that waits, by its name.
    _outbox_crons = {}
    # The place of these among others of the same action.
    _outbox_sequence = 10
    # What follows each state; a state may not go where this does not say so.
    _outbox_transitions = {}
    # What Maventa is asked for when it is due.
    _outbox_asked_states = ("unknown",)
    # Whether a 404 to the question says that Maventa does not have it.
    _outbox_not_found_denies = True
    # What a question needs, of ``contract.SCOPES_OF_...``; empty where any token does.
    _outbox_scopes = ()
    _outbox_batch_size = BATCH_SIZE
    # Whether what is queued for a Maventa company that was left is cancelled.
    _outbox_cancels_left = True

    # Where it goes, together with ``environment``, which each model has.
    maventa_company_uuid = fields.Char(
        readonly=True,
        copy=False,
        groups=SYSTEM_GROUP,
        help="The Maventa company for which it is sent; never for another one.",
    )
    error_message = fields.Text(string="Problem", copy=False, readonly=True)
    attempt_count = fields.Integer(string="Attempts", copy=False, readonly=True)
    claimed_at = fields.Datetime(copy=False, readonly=True)
    denied_at = fields.Datetime(
        copy=False, readonly=True, help="When Maventa first said that it has none."
    )
    next_try_at = fields.Datetime(
        string="Next Step", default=fields.Datetime.now, copy=False, readonly=True
    )
    retry_after_at = fields.Datetime(
        copy=False, readonly=True, help="Maventa asked not to come before this."
    )

    # The engine -----------------------------------------------------------------------

    @api.model
    def _outbox_models(self):
        """Return the models that are sent, in the order in which they go."""
        names = self.env.registry.descendants(["amili.outbox.mixin"], "_inherit")
        found = [self.env[name] for name in names if not self.env[name]._abstract]
        return sorted(found, key=lambda model: model._outbox_sequence)

    @api.model
    def _process_outbox(self, cron):
        """Send what is queued and ask for what is in doubt, company by company.

        :param str cron: the scheduled action that runs
        """
        work = [
            (model, states)
            for model in self._outbox_models()
            if (states := [s for s, c in model._outbox_crons.items() if c == cron])
        ]
        companies = self.env["res.company"].union(
            *(companies_with(m, m._get_due_domain(states)) for m, states in work)
        )
        self._for_each_company(
            cron,
            companies,
            lambda company: sum(
                model._process_company(company, states) for model, states in work
            ),
        )
        for model, states in work:
            model._trigger_next_due(cron, states)

    @api.model
    def _process_company(self, company, states):
        """Do one round for a company; return how much was done."""
        done = self._expire_claims(company) if "sending" in states else 0
        self._postpone_left_behind(company, states)
        asked = [state for state in states if state in self._outbox_asked_states]
        done += self._ask_due(company, asked) if asked else 0
        done += self._send_due(company) if "queued" in states else 0
        return done

    @api.model
    def _get_due_domain(self, states):
        return [
            ("state", "in", states),
            ("next_try_at", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _account_domain(self, company):
        """Return the domain of what belongs to the Maventa company of a company."""
        environment, uuid = company._amili_account()
        return [
            ("company_id", "=", company.id),
            ("environment", "=", environment),
            # Older records do not know it, nor does what waits for its first claim.
            ("maventa_company_uuid", "in", (uuid, False)),
        ]

    @api.model
    def _get_due_query(self, company, states):
        """Return what is due for the Maventa company that a company works with now.

        The oldest first, a batch at most. What is queued for another Maventa company
        comes as well, to be cancelled.
        """
        of_company = [("company_id", "=", company.id)]
        if "queued" not in states or not self._outbox_cancels_left:
            of_company = self._account_domain(company)
        domain = [*of_company, *self._get_due_domain(states)]
        return self._search(domain, order="id", limit=self._get_batch_size())

    @api.model
    def _get_batch_size(self):
        """Return how many can be sent before the time is over, at the last pace."""
        seconds = _pace.get(self._name)
        if not seconds or self._seconds_left() == float("inf"):
            return self._outbox_batch_size
        rounds = max(int(self._seconds_left() // seconds), 1)
        return min(self._outbox_batch_size, rounds * WIDTH)

    @api.model
    def _trigger_next_due(self, cron, states):
        """Let the action run when the first of all these is due."""
        [[next_try_at]] = self._read_group(
            [("state", "in", states), ("next_try_at", ">", fields.Datetime.now())],
            [],
            ["next_try_at:min"],
        )
        if next_try_at:
            self._trigger_cron(cron, next_try_at)

    def _trigger_due(self):
        """Let the actions that go on with these run when the first of them is due."""
        for cron, records in self.grouped(
            lambda r: self._outbox_crons.get(r.state)
        ).items():
            if cron:
                self._trigger_cron(cron, min(records.mapped("next_try_at")))

    def _set_due(self):
        """Let the next step of these come now, or when Maventa allows it."""
        now = fields.Datetime.now()
        waiting = self.filtered(lambda r: r.retry_after_at and r.retry_after_at > now)
        (self - waiting).next_try_at = now
        for moment, records in waiting.grouped("retry_after_at").items():
            records.next_try_at = moment
        self._trigger_due()

    @api.model
    def _retry_queued(self, companies):
        """Let all that these companies have queued be tried now."""
        for model in self._outbox_models():
            queued = model.search(
                [("company_id", "in", companies.ids), ("state", "=", "queued")]
            )
            queued.write(
                {"next_try_at": fields.Datetime.now(), "retry_after_at": False}
            )
            queued._trigger_due()

    # Claiming -------------------------------------------------------------------------

    @api.model
    def _claim(self, company, states, account=None):
        """Lock a batch that is due and nobody else works on, oldest first.

        Searching and locking are one statement, the first of its transaction: so
        nothing that was read can be older than the lock. Where another transaction
        comes in between all the same, the caller has to begin again.

        :param account: the one that a connection has been made to (``_amili_account``);
            nothing is claimed for it that the company has left since
        """
        self._commit()
        query = self._get_due_query(company, states)
        self.env.cr.execute(
            SQL(
                # Skip locked rows: the worker that holds the lock handles these.
                "%s FOR NO KEY UPDATE OF %s SKIP LOCKED",
                query.select(),
                SQL.identifier(query.table),
            ),
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        self.env.invalidate_all()
        if account not in (None, company._amili_account()):
            rows = []
        # In the language of the company, which is that of its chatter.
        return self.browse(id_ for [id_] in rows).with_env(company.env)

    @api.model
    def _expire_claims(self, company):
        """Make claims of processes that died ``unknown``; return how many."""

        def expire():
            expired = self._claim(company, ("sending",))
            before = expired._get_states()
            expired._set_state(
                "unknown",
                next_try_at=fields.Datetime.now(),
                error_message=expired.env._(
                    "The sending was interrupted before Maventa's answer was recorded."
                ),
            )
            expired._notify_changes(before)
            self._commit()
            return len(expired)

        return self._retry_conflicts(expire)

    # Sending --------------------------------------------------------------------------

    @api.model
    def _send_due(self, company):
        """Claim what is queued, commit, call, record; return how many were claimed."""
        if not self._get_due_query(company, ("queued",)).get_result_ids():
            return 0
        try:
            client = self._connect(company)
        except errors.AccessProblem as problem:
            self._block_queue(company, problem, is_claimed=False)
            return 0
        with client:
            account = company._amili_account()
            problem = self._get_access_problem(company, client)
            if problem:
                self._block_queue(company, problem, is_claimed=False)
                return 0
            self._ask_before_sending(company, client, account)
            limit = self._get_call_limit(client)
            self._check_time(limit)
            claimed, fit = self._retry_conflicts(
                lambda: self._claim_to_send(company, account)
            )
            calls = [record._get_send_call(client) for record in fit]
            began, made, held_up = time.monotonic(), 0, []
            for group in self._call_all(_call, calls, limit):
                pairs = [(fit[index].id, outcome) for index, outcome in group]
                self._record_all(pairs, self._record_sent)
                made += sum(not errors.is_late(outcome) for _id, outcome in pairs)
                held_up += [pair for pair in pairs if is_held_up(pair[1])]
            if made:
                rounds = -(-made // WIDTH)
                _pace[self._name] = (time.monotonic() - began) / rounds
        if held_up and len(held_up) == len(fit):
            # Not one record is the trouble, but what they have in common.
            self._block_queue(company, held_up[0][1])
        elif held_up:
            self._record_all(held_up, self._record_held_up)
        return len(claimed)

    @api.model
    def _connect(self, company):
        """Return the connection by which these are sent.

        :raises errors.AccessProblem: there can be none
        """
        return company._amili_client()

    @api.model
    def _get_access_problem(self, company, client):
        """Return the error that blocks everything of this company, or None."""
        return None

    @api.model
    def _ask_before_sending(self, company, client, account):
        """Ask Maventa what the last check has to know; nothing is claimed yet."""

    @api.model
    def _get_call_limit(self, client):
        """Return how many seconds one call of these may last."""
        return client.timeout

    @api.model
    def _claim_to_send(self, company, account):
        """Claim a batch, cancel what is unfit, and commit; return all and the fit ones.

        From here on a process that dies leaves ``sending`` behind, for all to see.

        :param account: as of :meth:`_claim`
        """
        claimed = self._claim(company, ("queued",), account)
        fit = claimed - claimed._cancel_unfit()
        now = fields.Datetime.now()
        fit._set_state(
            "sending",
            error_message=False,
            claimed_at=now,
            denied_at=False,
            next_try_at=now + CLAIM_LIFETIME,
            maventa_company_uuid=account[1],
        )
        for count, records in fit.grouped("attempt_count").items():
            records.attempt_count = count + 1
        self._commit()
        return claimed, fit

    @api.model
    def _block_queue(self, company, problem, is_claimed=True):
        """Let all of a company that is queued wait, say why, and ask one person.

        The trouble is the company's, not that of a thousand records. The oldest stands
        for all of them.

        :param bool is_claimed: claiming has counted this attempt already
        """

        def block():
            queued = self.search(
                [("company_id", "=", company.id), ("state", "=", "queued")], order="id"
            )
            self._lock_rows(queued)
            queued = queued.filtered(lambda r: r.state == "queued")
            if not queued:
                return
            queued = queued.with_env(company.env)
            oldest = queued[:1]
            if not is_claimed:
                oldest.attempt_count += 1
            queued.write(
                {
                    "error_message": queued._explain_problem(problem),
                    **oldest._get_delay_values(problem),
                }
            )
            is_access = isinstance(problem, errors.AccessProblem)
            if is_access or oldest.attempt_count >= HELD_UP_ATTEMPTS:
                oldest._notify_blocked()
            oldest._trigger_due()
            self._commit()

        self._retry_conflicts(block)

    # Asking ---------------------------------------------------------------------------

    @api.model
    def _ask_due(self, company, states):
        """Ask Maventa for what is due; record the answers. Return how many.

        Asking changes nothing at Maventa, so nothing is claimed for it.
        """
        query = self._get_due_query(company, states)
        records = self.browse(query.get_result_ids()).with_env(company.env)
        if not records:
            return 0
        asked_at = fields.Datetime.now()
        try:
            # Made in the transaction that chose the records: another Maventa company
            # would deny what it never had.
            client = company._amili_client()
        except errors.AccessProblem as problem:
            pairs = [(id_, (asked_at, problem)) for id_ in records.ids]
            return self._record_all(pairs, self._record_answer)
        with client:
            limit = client.timeout
            self._check_time(limit)
            asked = 0
            calls = [record._get_ask_call(client) for record in records]
            for group in self._call_all(_call, calls, limit):
                outcomes = [outcome for _index, outcome in group]
                if self._outbox_scopes:
                    outcomes = doubt_not_found(client, outcomes, self._outbox_scopes)
                pairs = [
                    (records[index].id, (asked_at, outcome))
                    for (index, _o), outcome in zip(group, outcomes, strict=True)
                ]
                asked += self._record_all(pairs, self._record_answer)
        return asked

    @api.model
    def _postpone_left_behind(self, company, states):
        """Leave in peace what is in doubt at a Maventa company that was left.

        The present one would deny what it never had. It waits, and a person is asked.
        """
        left = self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "in", ("unknown", "pending"))
            & Domain(self._get_due_domain(states))
            & ~Domain(self._account_domain(company))
        )
        if left:
            self._lock_rows(left)
            left = left.with_env(company.env)
            left.next_try_at = fields.Datetime.now() + timedelta(days=1)
            left._notify_left_behind()
            self._commit()

    def _get_account(self):
        """Return the environment and the Maventa company that this belongs to."""
        self.ensure_one()
        here = self.company_id._amili_account()
        # Older records do not know their Maventa company.
        return self.environment, self.sudo().maventa_company_uuid or here[1]

    # Recording ------------------------------------------------------------------------

    @api.model
    def _record_all(self, pairs, record):
        """Record what became of each call; one that fails does not spoil the others.

        What cannot be recorded at all stays as it is on disk, and Maventa is asked
        for it later.

        :param pairs: id of a record and what its call gave
        :param record: a method that turns an outcome into a state
        :return: how many were recorded
        """
        try:
            self._retry_conflicts(lambda: self._record(pairs, record))
            return len(pairs)
        except Exception:
            self._roll_back()
            _logger.exception("Amili: recording %s answers failed", len(pairs))
        if len(pairs) == 1:
            return 0
        return sum(self._record_all([pair], record) for pair in pairs)

    @api.model
    def _record(self, pairs, record):
        """Write the outcomes of calls, notify people of changes, and commit."""
        outcome_of = dict(pairs)
        # What was read before the call may have changed meanwhile.
        records = self.browse(outcome_of)
        self._lock_rows(records)
        before = records._get_states()
        for each in records:
            record.__func__(each, outcome_of[each.id])
        records._notify_changes(before)
        records._trigger_due()
        self._commit()

    def _record_sent(self, outcome):
        """Turn what came of sending into a state."""
        self.ensure_one()
        if self.state not in ("sending", "unknown"):
            # Somebody found out in another way meanwhile.
            return
        match outcome:
            case errors.NotSent():
                self._requeue(outcome)
            case errors.Refused():
                self._refuse(outcome)
            case errors.MaventaError():
                if self.state == "sending":
                    self._set_state("unknown")
                self.write(
                    {
                        "error_message": self._explain_problem(outcome),
                        # From here on nothing of it is under way any more.
                        "claimed_at": fields.Datetime.now(),
                        "denied_at": False,
                        **self._get_delay_values(outcome),
                    }
                )
            case _:
                self._accept(outcome)

    def _record_held_up(self, _problem):
        """Ask a person about one that is held up again and again, and it alone."""
        self.ensure_one()
        if self.state == "queued" and self.attempt_count >= HELD_UP_ATTEMPTS:
            self._notify_blocked()

    def _record_answer(self, answer):
        """Turn what the question for something unknown gave into a state.

        :param answer: when it was asked, and what came of it
        """
        self.ensure_one()
        asked_at, outcome = answer
        if self.state not in self._outbox_asked_states:
            return
        if isinstance(outcome, errors.MaventaError):
            is_denial = self._outbox_not_found_denies and isinstance(
                outcome, errors.NotFound
            )
            problem = outcome
            outcome = None
        else:
            outcome = self._find_in_answer(outcome)
            is_denial, problem = outcome is None, errors.NotFound("not_found")
        if outcome is not None:
            self._accept(outcome)
        elif is_denial and self.state == "unknown":
            self._record_denial(asked_at)
        else:
            self.write(
                {
                    "error_message": self._explain_problem(problem),
                    **self._get_asking_delay(problem),
                }
            )

    def _record_denial(self, asked_at):
        """Maventa says that it has none: believed when it was said twice.

        An answer is as old as its question, for others of the batch may have kept it
        waiting.
        """
        claimed_at = self.claimed_at or asked_at
        if asked_at < claimed_at + FIRST_DENIAL_AFTER:
            self.next_try_at = claimed_at + FIRST_DENIAL_AFTER
        elif not self.denied_at or asked_at < claimed_at + DENIAL_BELIEVED_AFTER:
            self.denied_at = self.denied_at or asked_at
            self.next_try_at = max(
                claimed_at + DENIAL_BELIEVED_AFTER, asked_at + FIRST_DELAY
            )
        else:
            self._requeue()

    def _requeue(self, error=None):
        """Back on the queue: it was surely not taken.

        :param error: why it was not; None where Maventa denied to have it
        """
        self.ensure_one()
        is_problem = error is not None and not errors.is_late(error)
        now = fields.Datetime.now()
        self._set_state(
            "queued",
            error_message=is_problem and self._explain_problem(error),
            **(
                self._get_delay_values(error)
                if is_problem
                else {"next_try_at": now, "retry_after_at": False}
            ),
        )

    def _set_state(self, state, **values):
        """Move to a state and write ``values``.

        :raises ValueError: where the table of transitions does not allow it
        """
        for record in self:
            if state not in self._outbox_transitions.get(record.state, ()):
                raise ValueError(f"no way from {record.state} to {state}")
        self._restart_wait(state)
        self.write({"state": state, **values})

    def _restart_wait(self, state):
        """Let the wait begin anew where these come to another state.

        To be tried again and again is one wait.
        """
        self.filtered(
            lambda r: r.state != state and not {r.state, state} <= set(UNDER_WAY_STATES)
        )._begin_wait()

    def _get_states(self):
        return {record.id: record.state for record in self}

    # Delays ---------------------------------------------------------------------------

    def _get_delay_values(self, error):
        """Return when to try again after an error: as asked for, else ever later."""
        now = fields.Datetime.now()
        if error.retry_after is not None:
            asked_for = timedelta(seconds=error.retry_after)
            moment = now + min(max(asked_for, SHORTEST_DELAY), timedelta(days=1))
            return {"next_try_at": moment, "retry_after_at": moment}
        if isinstance(error, errors.AccessProblem):
            delay = ACCESS_DELAY
        else:
            doubled = min(max(self.attempt_count - 1, 0), 10)
            delay = min(FIRST_DELAY * 2**doubled, MAX_DELAY)
        return {"next_try_at": now + delay, "retry_after_at": False}

    def _get_asking_delay(self, error=None):
        """Return when to ask again: after half the time that it has taken so far.

        An answer that is long in coming comes no sooner for being asked for often.
        """
        if error is not None and error.retry_after is not None:
            return self._get_delay_values(error)
        now = fields.Datetime.now()
        waited = now - (self.claimed_at or now)
        delay = min(max(waited / 2, FIRST_DELAY), MAX_DELAY)
        return {"next_try_at": now + delay, "retry_after_at": False}

    # Hooks ----------------------------------------------------------------------------

    def _get_send_call(self, client):
        """Return what to call to send this, and with what; a thread needs no ORM.

        :rtype: tuple[Callable, tuple]
        """
        raise NotImplementedError

    def _get_ask_call(self, client):
        """Return what to call to ask for this, and with what.

        :rtype: tuple[Callable, tuple]
        """
        raise NotImplementedError

    def _find_in_answer(self, outcome):
        """Return this as Maventa has it, from what a question gave; None if not there.

        What was asked for one by one is the answer itself.
        """
        return outcome

    def _accept(self, outcome):
        """Record that Maventa has it."""
        raise NotImplementedError

    def _refuse(self, error):
        """Record that Maventa looked at it and said no."""
        raise NotImplementedError

    def _cancel_unfit(self):
        """Take off the queue what may not go out any more; return it."""
        return self.browse()

    @api.model
    def _explain_problem(self, problem):
        """Return an error of Maventa in the words of who reads it here."""
        raise NotImplementedError

    def _notify_changes(self, before):
        """Notify people of what has changed.

        :param dict before: the states by id, before the change
        """

    def _notify_left_behind(self):
        """Ask a person about what is in doubt where nobody asks any more."""

    def _notify_blocked(self):
        """Ask a person, for the oldest of those that do not get through."""


def _call(call, arguments):
    return call(*arguments)
