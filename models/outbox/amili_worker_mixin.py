"""How the scheduled actions work: company by company, batch by batch.

Each step is a transaction of its own: **claim, commit, call, record, commit**. A call
runs while nothing is locked and nothing can be rolled back, in threads that never
touch the ORM.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...maventa import errors

_logger = logging.getLogger(__name__)

BATCH_SIZE = 100
MAX_CONFLICTS = 5
# A claim that is older belongs to a process that died.
CLAIM_LIFETIME = timedelta(minutes=10)
# A call that has not begun this long after its claim is not begun any more (seconds):
# with two time-outs it still ends well within the life of the claim.
LATEST_START = 240
# Maventa may still be busy with a request whose answer was lost: only after this
# time does "there is none" mean that nothing arrived.
GRACE = timedelta(minutes=5)
# Who asks to try again at once is not asked again and again in the same run.
SHORTEST_DELAY = timedelta(seconds=10)
FIRST_DELAY = timedelta(minutes=2)
MAX_DELAY = timedelta(hours=4)
ACCESS_DELAY = timedelta(hours=1)
# How often a company may be held up before a person is asked.
HELD_UP_ATTEMPTS = 5


class AmiliWorkerMixin(models.AbstractModel):
    """What goes to Maventa in the background, and when its next step is due.

    A model that takes this has a ``state`` and a ``company_id``, and says in
    :meth:`_tell_changes` what people hear of a change. One with a queue has
    ``_send_batch``, ``_ask_batch`` (for what is unknown), ``_set_state``,
    ``_wake_next`` (run when the next step is due) and ``_tell_held_up`` (ask a person)
    as well.
    """

    _name = "amili.worker.mixin"
    _description = "Works with Maventa in the background"

    error_message = fields.Text(string="Problem", copy=False, readonly=True)
    attempt_count = fields.Integer(string="Attempts", copy=False, readonly=True)
    claimed_at = fields.Datetime(copy=False, readonly=True)
    next_try_at = fields.Datetime(
        string="Next Step", default=fields.Datetime.now, copy=False, readonly=True
    )

    # The loop -------------------------------------------------------------------------

    @api.model
    def _companies_with(self, domain):
        return [company for [company] in self._read_group(domain, ["company_id"])]

    @api.model
    def _for_each_company(self, companies, work):
        """Call ``work(company)`` for each of these companies.

        ``work`` does one batch, commits it and returns how many it did; a company
        takes its next turn when the others had theirs. The failure of one never stops
        the others.
        """
        todo = list(companies)
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
    def _wake_companies(self, companies):
        """Let all that these companies have on a queue be tried at once."""
        for name in self.env.registry.descendants([self._name], "_inherit"):
            model = self.env[name]
            if not model._abstract:
                queued = model.search(
                    [("company_id", "in", companies.ids), ("state", "=", "queued")]
                )
                queued.next_try_at = fields.Datetime.now()
                queued._wake_next()

    def _wake_next(self):
        """Let the scheduled action run when the first of these is due."""

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
    def _keep(self, write):
        """Call ``write`` in a transaction of its own and commit it.

        For what several workers may write at once, such as a company's own fields.
        """

        def attempt():
            self._commit()
            write()
            self._commit()

        self._retry_on_conflict(attempt)

    @api.model
    def _due_query(self, company, states):
        """Return what is due in a company, the oldest first, a batch at most."""
        domain = [("company_id", "=", company.id), *self._due(states)]
        return self._search(domain, order="id", limit=BATCH_SIZE)

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
        query = self._due_query(company, states)
        rows = self.env.execute_query(
            SQL(
                "%s FOR NO KEY UPDATE OF %s SKIP LOCKED",
                query.select(),
                SQL.identifier(query.table),
            )
        )
        self.env.invalidate_all()
        if account not in (None, company._amili_account()):
            rows = []
        # In the language of the company, which is that of its chatter.
        return self.browse(id_ for [id_] in rows).with_env(company.env)

    @api.model
    def _process_company(self, company):
        """Do one round of the queue; return how much was done."""
        lost = self._mark_lost(company)
        asked = self._ask_batch(company)
        sent = self._send_batch(company)
        return lost + asked + sent

    @api.model
    def _claim_to_send(self, company, account, values=None):
        """Claim a batch, drop what is unfit, and commit; return all and the fit ones.

        From here on a process that dies leaves ``sending`` behind, for all to see.

        :param account: as of :meth:`_claim`
        :param dict values: what else is written on what is about to be sent
        """
        claimed = self._claim(company, ("queued",), account)
        fit = claimed._drop_unfit()
        now = fields.Datetime.now()
        fit._set_state(
            "sending",
            error_message=False,
            claimed_at=now,
            next_try_at=now + CLAIM_LIFETIME,
            **(values or {}),
        )
        for record in fit:
            record.attempt_count += 1
        self._commit()
        return claimed, fit

    def _drop_unfit(self):
        """Take off the queue what may not go out any more; return the rest."""
        return self

    @api.model
    def _mark_lost(self, company):
        """Make claims of processes that died ``unknown``; return how many."""

        def mark():
            lost = self._claim(company, ("sending",))
            lost._set_state(
                "unknown",
                next_try_at=fields.Datetime.now(),
                error_message=lost.env._(
                    "The sending was interrupted before Maventa's answer was recorded."
                ),
            )
            lost._tell_lost()
            self._commit()
            return len(lost)

        return self._retry_on_conflict(mark)

    def _tell_lost(self):
        """Tell people, where they have to know, that it is not known what arrived."""

    @api.model
    def _postpone_all(self, company, problem):
        """Let all of a company that is queued wait, and give one person one task."""

        def postpone():
            self._commit()
            waiting = self.search(
                [("company_id", "=", company.id), ("state", "=", "queued")],
                order="id",
            ).with_env(company.env)
            waiting = waiting.try_lock_for_update(allow_referencing=True)
            oldest = waiting[:1]
            waiting.write(
                {
                    "error_message": waiting._explain_problem(problem),
                    "next_try_at": fields.Datetime.now() + oldest._delay(problem),
                }
            )
            is_access = isinstance(problem, errors.AccessProblem)
            if waiting and (is_access or oldest.attempt_count >= HELD_UP_ATTEMPTS):
                oldest._tell_held_up()
            oldest._wake_next()
            self._commit()

        self._retry_on_conflict(postpone)

    @api.model
    def _explain_problem(self, problem):
        """Return an error of Maventa in the words of who reads it here."""
        raise NotImplementedError

    def _lock(self):
        """Lock all of these as the first thing of a transaction, waiting if need be.

        An answer must be recorded, so what somebody holds for a moment is not skipped.
        """
        self._commit()
        ids = sorted(self.ids)
        if ids:
            self.env.execute_query(
                SQL(
                    "SELECT id FROM %s WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                    SQL.identifier(self._table),
                    tuple(ids),
                )
            )
        # What was read before may be older than the lock.
        self.env.invalidate_all()
        return self

    def _delay(self, error):
        """Return how long to wait after an error: as asked for, else ever longer."""
        if error.reason == "late":
            return timedelta()
        if error.retry_after is not None:
            asked_for = timedelta(seconds=error.retry_after)
            return min(max(asked_for, SHORTEST_DELAY), timedelta(days=1))
        if isinstance(error, errors.AccessProblem):
            return ACCESS_DELAY
        doubled = min(max(self.attempt_count - 1, 0), 10)
        return min(FIRST_DELAY * 2**doubled, MAX_DELAY)

    # Recording ------------------------------------------------------------------------

    def _record_all(self, outcomes, method):
        """Record what became of each call; one that fails does not spoil the others.

        What cannot be recorded at all stays as it is on disk, and Maventa is asked
        for it later.

        :return: how many were recorded
        """
        pairs = list(zip(self.ids, outcomes, strict=True))
        try:
            self._retry_on_conflict(lambda: self._record(pairs, method))
            return len(pairs)
        except Exception:
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("Amili: recording %s answers failed", len(pairs))
        recorded = 0
        for pair in pairs:
            try:
                self._retry_on_conflict(lambda pair=pair: self._record([pair], method))
                recorded += 1
            except Exception:
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.exception("Amili: recording the answer of %s failed", pair[0])
        return recorded

    @api.model
    def _record(self, pairs, method):
        """Write the outcomes of calls, tell people what changed, and commit.

        :param pairs: id of a record and what its call gave
        :param str method: the method that turns an outcome into a state
        """
        outcome_of = dict(pairs)
        # What was read before the call may have changed meanwhile.
        records = self.browse(outcome_of)._lock()
        before = records._states()
        for record in records:
            getattr(record, method)(outcome_of[record.id])
        records._tell_changes(before)
        self._commit()

    def _states(self):
        return {record.id: record.state for record in self}

    def _tell_changes(self, before):
        """Tell people what has changed, and wake who goes on.

        :param dict before: the states by id, before the change
        """


def is_held_up(outcome):
    """Whether a call was surely not made, for a reason that others may share."""
    return isinstance(outcome, errors.NotSent) and outcome.reason != "late"


def doubt_not_found(client, outcomes, scopes):
    """Keep a 404 only where the token is good for what was asked.

    Otherwise it means "no access" and tells nothing.

    :param scopes: what the question needs, of ``contract.SCOPES_OF_...``
    """
    if not any(isinstance(outcome, errors.NotFound) for outcome in outcomes):
        return outcomes
    try:
        client.check_access(scopes)
        return outcomes
    except errors.MaventaError as exc:
        return [exc if isinstance(o, errors.NotFound) else o for o in outcomes]


def check_is_on(cron, message):
    """Refuse what a scheduled action would have to go on with that is switched off.

    :param cron: the scheduled action
    :param str message: what is switched off, in the words of who confirms
    :raises UserError: for who can switch it on with a link to it
    """
    env = cron.env
    if cron.sudo().active:
        return
    if env.user.has_group("base.group_system"):
        raise RedirectWarning(
            message, cron._get_records_action(), env._("Open the action")
        )
    raise UserError(message + " " + env._("Ask your administrator."))
