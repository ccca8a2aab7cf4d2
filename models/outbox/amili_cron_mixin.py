"""How the scheduled actions work: company by company, each step a transaction.

Everything that runs in the background goes through here: whose turn it is, how much
time there is, where it commits, and what happens where two workers meet.
"""

import logging
import time

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, RedirectWarning, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...maventa import errors
from ...maventa.parallel import call_in_groups
from .ir_cron import OutOfTime, seconds_left

_logger = logging.getLogger(__name__)

BATCH_SIZE = 100
MAX_CONFLICTS = 5
# Answers that come within so many seconds of each other are recorded together.
GATHERING_TIME = 0.5


class AmiliCronMixin(models.AbstractModel):
    """Work that is done in the background, for one company after the other."""

    _name = "amili.cron.mixin"
    _description = "Works in the Background"

    # Turns ----------------------------------------------------------------------------

    @api.model
    def _for_each_company(self, name, companies, work, in_rounds=False):
        """Call ``work(company)`` for each company, the one that waited longest first.

        ``work`` does one small unit, commits it and returns how much it did; a company
        that may have more takes its next turn when the others had theirs. It raises
        :class:`OutOfTime` where it would have to begin what may not end in time. The
        failure of one never stops the others, and moves its turn on like success.

        :param str name: of the scheduled action
        :param companies: those for which there may be something to do
        :param bool in_rounds: nothing in the database tells who was served: a run that
            ends too early remembers who was left over, and the next one serves these
            and nobody twice
        """
        turns = self.env["amili.turn"].sudo()
        waiting = list(turns._sort(name, companies, in_rounds))
        while waiting:
            company = waiting.pop(0)
            done = 0
            try:
                self._retry_conflicts(lambda c=company: turns._serve(name, c))
                self._commit()
                lang = company._amili_lang()
                done = work(company.with_context(lang=lang))
            except OutOfTime:
                self._roll_back()
                self._end_early(name, [company, *waiting], in_rounds)
                return
            except Exception:
                self._roll_back()
                _logger.exception("Amili: the work for company %s failed", company.id)
            if done:
                waiting.append(company)
            if not self._commit(done, remaining=len(waiting)) and waiting:
                self._end_early(name, waiting, in_rounds)
                return

    @api.model
    def _end_early(self, name, waiting, in_rounds):
        """Remember who is left over, and have the action go on as soon as it may."""
        companies = self.env["res.company"].union(*waiting)
        turns = self.env["amili.turn"].sudo()
        if in_rounds:
            self._retry_conflicts(lambda: turns._leave_over(name, companies))
        self._trigger_cron(name)
        # Else Odoo calls the action up to ten times in a row, whatever the time.
        self._commit(remaining=0)

    @api.model
    def _seconds_left(self):
        """Return how long this run may still work before the host ends it."""
        is_run = "ir_cron_progress_id" in self.env.context
        return seconds_left() if is_run else float("inf")

    @api.model
    def _trigger_cron(self, name, at=None):
        """Let a scheduled action run at a moment; what was asked for twice is one."""
        cron = self.env.ref(f"amili_perinta.ir_cron_amili_{name}").sudo()
        now = fields.Datetime.now()
        at = at or now
        earlier = [("cron_id", "=", cron.id), ("call_at", "<=", at)]
        if self.env.context.get("cron_id") == cron.id:
            # Those that have made this run go are deleted when it ends.
            earlier.append(("call_at", ">", now))
        if not self.env["ir.cron.trigger"].sudo().search_count(earlier, limit=1):
            cron._trigger(at)

    @api.model
    def _check_time(self, seconds):
        """Make sure that what may last so long still ends within the host's limits.

        :raises OutOfTime: else
        """
        if self._seconds_left() < seconds:
            raise OutOfTime

    # Transactions ---------------------------------------------------------------------

    @api.model
    def _commit(self, processed=0, remaining=0):
        """Commit; return the seconds that are left for this run.

        The only place that commits: what Maventa was told must be on disk whatever
        happens next.
        """
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    @api.model
    def _roll_back(self):
        """Undo what is not committed, and forget what was read."""
        self.env.cr.rollback()
        self.env.invalidate_all()

    @api.model
    def _retry_conflicts(self, work):
        """Call ``work`` again where another transaction came in between."""
        for attempt in range(1, MAX_CONFLICTS + 1):
            try:
                return work()
            except (
                *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
                ConcurrencyError,
                UniqueViolation,
            ):
                # Another worker may just have made what was not there when this began.
                self._roll_back()
                if attempt == MAX_CONFLICTS:
                    raise

    @api.model
    def _write_alone(self, write, records=None):
        """Call ``write`` in a transaction of its own and commit it.

        :param records: what it writes, locked first
        """

        def attempt():
            if records is None:
                self._commit()
            else:
                self._lock_rows(records)
            write()
            self._commit()

        self._retry_conflicts(attempt)

    @api.model
    def _lock_rows(self, records):
        """Lock records as the first thing of a transaction, waiting if need be.

        Nothing that was read can be older than the lock. Where another transaction
        comes in between all the same, the caller begins again; that is no error.
        """
        self._commit()
        ids = sorted(records.ids)
        if ids:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM %s WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                    SQL.identifier(records._table),
                    tuple(ids),
                ),
                log_exceptions=False,
            )
        self.env.invalidate_all()
        return records

    # Calls ----------------------------------------------------------------------------

    @api.model
    def _call_all(self, call, items, limit):
        """Call Maventa in threads; yield groups of outcomes as they come.

        Nothing is open in the database while the calls run, and none begins that could
        last beyond what the host allows.

        :param items: argument tuples for ``call``
        :param float limit: seconds that one call may last
        :return: yields lists of pairs of an index and an outcome
        """
        self._commit()
        deadline = time.monotonic() + self._seconds_left() - limit
        yield from call_in_groups(call, items, deadline=deadline, pause=GATHERING_TIME)


def companies_with(model, domain):
    """Return the companies that have records of a model in a domain."""
    groups = model._read_group(domain, ["company_id"])
    return model.env["res.company"].union(*(company for [company] in groups))


def check_active(cron, message):
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


def is_held_up(outcome):
    """Whether a call was surely not made, for a reason that others may share."""
    return isinstance(outcome, errors.NotSent) and not errors.is_late(outcome)


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
