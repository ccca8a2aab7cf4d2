"""The worker of the service: asks for it once, and follows it from then on.

The same rules as for a hand-over: claim, commit, call, record. Asking for the service
twice would be the same as once; where the answer was lost Maventa is asked all the
same, for a link may have been mailed.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..maventa import answers, contract, errors
from ..maventa.parallel import call_all
from .amili_service import STATES, build_body
from .amili_worker_mixin import (
    CLAIM_LIFETIME,
    GRACE,
    HELD_UP_ATTEMPTS,
    LATEST_START,
)
from .maventa_errors import explain

# Maventa's word for a service that was never asked for: it has none.
NEVER = "NONE"
FOLLOWED = tuple(
    state for state, _label in STATES if state not in ("queued", "sending")
)
# Somebody sits there and waits for the link, then for the signature to be noticed.
OFTEN = (timedelta(hours=1), timedelta(minutes=2))
HOURLY = (timedelta(days=7), timedelta(hours=1))
DAILY = timedelta(days=1)


def ask_service(client):
    """Return what Maventa says of the service; where there is none, says that.

    :rtype: answers.Service
    :raises errors.MaventaError:
    """
    try:
        return client.service()
    except errors.NotFound:
        # Only with a good token does it mean that there is none.
        client.check_access(contract.SCOPES_OF_SERVICE)
        return answers.Service(word=NEVER, is_active=False, state="none")


def _request(client, body):
    """Ask for the service unless it is active already; return how far it is."""
    told = ask_service(client)
    return told if told.is_active else client.activate_service(body)


class AmiliService(models.Model):
    _inherit = "amili.service"

    @api.model
    def _cron_follow(self):
        """Send requests, ask how far each service is, and keep the webhooks."""
        self.env["amili.webhook"]._pass_on()
        self._for_each_company(
            self.env["res.company"].search([("amili_client_id", "!=", False)]),
            self._process_company,
        )
        self.env["amili.webhook"]._process()

    @api.model
    def _process_company(self, company):
        if company._amili_has_credentials() and not self._of(company):
            self._keep(lambda: self._make(company))
        self._mark_lost(company)
        self._send(company)
        self._ask(company)
        # All was done in one turn.
        return 0

    @api.model
    def _make(self, company):
        """Return the service of the account that a company works with, made if new."""
        found = self._of(company)
        if found:
            return found
        environment, account = company._amili_account()
        return self.sudo().create(
            {
                "company_id": company.id,
                "environment": environment,
                "account": account,
            }
        )

    @api.model
    def _due_query(self, company, states):
        """Return what is due of the account that the company works with."""
        query = super()._due_query(company, states)
        query.add_where(
            SQL(
                "%s = ANY(%s)",
                SQL.identifier(query.table, "id"),
                self._of(company).ids,
            )
        )
        return query

    # Sending --------------------------------------------------------------------------

    @api.model
    def _send(self, company):
        if not self._due_query(company, ("queued",)).get_result_ids():
            return
        service, client = self._retry_on_conflict(lambda: self._claim_to_send(company))
        if not service:
            return
        if isinstance(client, errors.MaventaError):
            outcomes = [client]
        else:
            calls = [(client, build_body(service.request))]
            self._commit()
            with client:
                outcomes = call_all(_request, calls, start_within=LATEST_START)
        service._record_all(outcomes, self._apply_sent.__name__)

    @api.model
    def _claim_to_send(self, company):
        """Claim the request and commit; whoever dies from here on leaves ``sending``.

        The connection is made of what the company has in the very transaction of the
        claim: who changes the account meanwhile never gets the old one's request sent
        to the new one.

        :return: the service, and a connection or the error of making one
        """
        service = self._claim(company, ("queued",))
        now = fields.Datetime.now()
        client = None
        if service:
            try:
                client = company._amili_client()
            except errors.AccessProblem as problem:
                client = problem
            service.write(
                {
                    "state": "sending",
                    "error_message": False,
                    "claimed_at": now,
                    "next_try_at": now + CLAIM_LIFETIME,
                    "attempt_count": service.attempt_count + 1,
                }
            )
        self._commit()
        return service, client

    @api.model
    def _mark_lost(self, company):
        """Make a claim of a process that died ``unknown``."""

        def mark():
            lost = self._claim(company, ("sending",))
            lost.write({"state": "unknown", "next_try_at": fields.Datetime.now()})
            self._commit()

        self._retry_on_conflict(mark)

    # Asking ---------------------------------------------------------------------------

    @api.model
    def _ask(self, company):
        """Ask how far the service is. Asking changes nothing, so nothing is claimed."""
        ids = self._due_query(company, FOLLOWED).get_result_ids()
        service = self.browse(ids).with_env(company.env)
        if not service:
            return
        asked_at = fields.Datetime.now()
        try:
            client = company._amili_client()
        except errors.AccessProblem as problem:
            outcomes = [problem]
        else:
            self._commit()
            with client:
                outcomes = call_all(ask_service, [(client,)])
        answered = [(asked_at, outcome) for outcome in outcomes]
        service._record_all(answered, self._apply_answer.__name__)

    # Outcomes -------------------------------------------------------------------------

    def _apply_sent(self, outcome):
        """Turn what came of the request into a state."""
        self.ensure_one()
        if self.state not in ("sending", "unknown"):
            return
        now = fields.Datetime.now()
        match outcome:
            case errors.NotSent():
                self._set_state(
                    "queued",
                    error_message=outcome.reason != "late"
                    and explain(self.env, outcome),
                    next_try_at=now + self._delay(outcome),
                )
                self._tell_held_up(outcome)
            case errors.Refused():
                self._set_state(
                    "refused",
                    reason=outcome.remote_text or explain(self.env, outcome),
                    error_message=False,
                    next_try_at=now + DAILY,
                )
            case errors.MaventaError():
                self._set_state(
                    "unknown",
                    error_message=explain(self.env, outcome),
                    # From here on nothing of it is under way any more.
                    claimed_at=now,
                    next_try_at=now + self._delay(outcome),
                )
            case told:
                self._take(told)

    def _apply_answer(self, answer):
        """Turn what the question for the service gave into a state.

        :param answer: when it was asked, and what came of it
        """
        self.ensure_one()
        asked_at, outcome = answer
        now = fields.Datetime.now()
        if isinstance(outcome, errors.MaventaError):
            self.attempt_count += 1
            self.write(
                {
                    "error_message": explain(self.env, outcome),
                    "next_try_at": now + self._delay(outcome),
                }
            )
            self._remind()
            return
        self._take_answer(outcome, asked_at)

    def _take_answer(self, told, asked_at):
        """Take over an answer to a question, unless the request is on its way."""
        if self.state in ("queued", "sending"):
            return
        if self.state == "unknown" and told.state not in ("pending", "active"):
            # The request did not arrive, or Maventa is still busy with it.
            decided_at = (self.claimed_at or asked_at) + GRACE
            if asked_at < decided_at:
                self.next_try_at = decided_at
            else:
                self._set_state("queued", next_try_at=fields.Datetime.now())
            self._remind()
            return
        if self.state == "refused" and told.state in ("none", "disabled", "rejected"):
            # What it was before the request that was refused.
            self._keep_checked(told)
            return
        self._take(told)

    def _take(self, told):
        """Take over how far the service is.

        :param answers.Service told: what Maventa says of it
        """
        self.ensure_one()
        self._set_state(
            told.state or "other",
            word=told.state != "none" and told.word,
            reason=told.reason,
            is_other_service=told.is_other_service,
            activation_url=told.state == "pending" and told.activation_url,
            error_message=False,
            attempt_count=0,
        )
        if self.state == "active":
            # It holds names and numbers of people, and has done its work.
            self.request = False
        self._keep_checked(told)
        self._remind()

    def _keep_checked(self, told):
        """Keep when Maventa was asked, here and at the company, and when it is next."""
        now = fields.Datetime.now()
        self.write(
            {
                "checked_at": now,
                "error_message": False,
                "attempt_count": 0,
                "next_try_at": now + self._pause(now),
            }
        )
        if self.is_current:
            self.company_id.sudo().write(
                {
                    "amili_service_status": told.word,
                    "amili_service_active": told.is_active,
                    "amili_service_checked_at": now,
                }
            )

    def _pause(self, now):
        """Return how long to wait until Maventa is asked again."""
        if self.state == "pending":
            age = now - (self.requested_at or self.since or now)
            for limit, pause in (OFTEN, HOURLY):
                if age < limit:
                    return pause
        return DAILY

    def _set_state(self, state, **values):
        if state != self.state:
            values["since"] = fields.Datetime.now()
        self.write({"state": state, **values})

    def _tell_held_up(self, problem):
        """Give a task where the request does not get through."""
        is_access = isinstance(problem, errors.AccessProblem)
        if (is_access or self.attempt_count >= HELD_UP_ATTEMPTS) and (
            not self._open_tasks()
        ):
            self._give_task(
                self.env._("Amili Perintä: the activation does not get through"),
                self._explain(),
            )
