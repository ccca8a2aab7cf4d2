"""Maventa may call Odoo: the address, its registration, its removal, its calls.

A call is a hint and nothing else: nothing of it is read, and whoever makes it can do
no more than let the next look at Maventa come earlier.
"""

import secrets
from datetime import timedelta

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL, consteq

from ..const import ENVIRONMENTS, SYSTEM_GROUP
from ..maventa import errors
from ..maventa.parallel import call_all
from .connection.maventa_errors import explain
from .outbox.amili_outbox_mixin import CLAIM_LIFETIME

GRACE = timedelta(minutes=5)
LATEST_START = 60

PATH = "/amili_perinta/webhook/"
# A whole look at Maventa costs some requests: calls make one a minute at most.
PAUSE = timedelta(minutes=1)
STATES = [
    ("wanted", "Being registered"),
    ("registered", "Registered"),
    ("refused", "Refused"),
    ("leaving", "Being removed"),
]
# How long removing is tried with keys that may have ended.
LEAVING_LIMIT = timedelta(days=7)
SECRET_BYTES = 32


class AmiliWebhook(models.Model):
    """An address of this Odoo that Maventa calls when an invoice is delivered.

    Each registration has an address of its own. One that is not wanted any more keeps
    the credentials of its account until Maventa has removed it, then it is deleted.
    """

    _name = "amili.webhook"
    _description = "Amili Webhook"
    _inherit = ["amili.cron.mixin"]
    error_message = fields.Text()
    next_try_at = fields.Datetime(default=fields.Datetime.now)
    attempt_count = fields.Integer()
    claimed_at = fields.Datetime()
    _rec_name = "company_id"
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, default="wanted", readonly=True)
    secret = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups=SYSTEM_GROUP,
        default=lambda _self: secrets.token_urlsafe(SECRET_BYTES),
    )
    destination = fields.Char(
        string="Address", readonly=True, copy=False, groups=SYSTEM_GROUP
    )
    remote_id = fields.Char(
        string="ID at Maventa", readonly=True, copy=False, groups=SYSTEM_GROUP
    )
    client_id = fields.Char(readonly=True, copy=False, groups=SYSTEM_GROUP)
    client_secret = fields.Char(readonly=True, copy=False, groups=SYSTEM_GROUP)
    vendor_api_key = fields.Char(readonly=True, copy=False, groups=SYSTEM_GROUP)
    left_at = fields.Datetime(
        readonly=True, help="Since when Maventa has to remove it."
    )
    woken_at = fields.Datetime(
        string="Last Call", readonly=True, help="When a call last made Odoo look."
    )
    passed_on_at = fields.Datetime(readonly=True)

    _one_of_a_company = models.UniqueIndex(
        "(company_id) WHERE state != 'leaving'",
        "Somebody else is just registering with Maventa. Load the page again.",
    )

    # Being called ---------------------------------------------------------------------

    @api.model
    def _wake(self, key):
        """Let the workers look at Maventa soon, if a call knows the secret.

        What a call finds within a minute of the last look waits for the end of that
        minute: so a thousand calls make one look at once and one a minute later, and
        nothing that happened in between is overlooked.

        :param str key: the last part of the address that was called
        """
        number, _dot, given = key.partition(".")
        is_number = number.isascii() and number.isdecimal() and len(number) < 10
        webhook = self.sudo().search(
            [("id", "=", int(number) if is_number else 0), ("state", "!=", "leaving")]
        )
        # Whoever guesses learns nothing from the time that it takes.
        known = webhook.secret or "-" * 43
        if not consteq(known.encode(), given.encode(errors="replace")) or not webhook:
            return
        moment = webhook._next_look()
        if moment:
            self.env.ref("amili_perinta.ir_cron_amili_service").sudo()._trigger(moment)

    def _next_look(self):
        """Take note of a call; return when to look, None if that is settled already.

        Nobody waits for anybody here: who comes second leaves it to the first.
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        """
                        UPDATE amili_webhook
                           SET woken_at = GREATEST(%(now)s, woken_at + %(pause)s)
                         WHERE id IN (
                                SELECT id
                                  FROM amili_webhook
                                 WHERE id = %(id)s
                                   AND COALESCE(woken_at <= %(now)s, TRUE)
                            FOR NO KEY UPDATE SKIP LOCKED
                               )
                     RETURNING woken_at
                        """,
                        now=fields.Datetime.now(),
                        pause=PAUSE,
                        id=self.id,
                    ),
                    # On a busy day this is nothing to be written down.
                    log_exceptions=False,
                )
                rows = self.env.cr.fetchall()
        except (SerializationFailure, LockNotAvailable):
            return None
        self.invalidate_recordset(["woken_at"])
        return rows[0][0] if rows else None

    @api.model
    def _pass_on(self):
        """Let everything that is open be asked for now where Maventa has called."""
        now = fields.Datetime.now()
        called = self.search([("woken_at", "<=", now)]).filtered(
            lambda w: not w.passed_on_at or w.passed_on_at < w.woken_at
        )
        for webhook in called:

            def pass_on(webhook=webhook):
                webhook.passed_on_at = fields.Datetime.now()
                webhook.company_id._amili_look_now()

            self._keep(pass_on)

    # The worker -----------------------------------------------------------------------

    @api.model
    def _process(self):
        """Register what is wanted and remove what is not, company by company."""
        self._for_each_company(
            self._companies_with(self._due(("wanted", "leaving"))),
            self._process_company,
        )

    @api.model
    def _process_company(self, company):
        claimed, calls = self._retry_on_conflict(lambda: self._claim_all(company))
        if claimed:
            self._commit()
            outcomes = call_all(_call, calls, start_within=LATEST_START)
            done = [
                (work, outcome)
                for (work, *_arguments), outcome in zip(calls, outcomes, strict=True)
            ]
            claimed._record_all(done, self._apply.__name__)
        return 0

    @api.model
    def _claim_all(self, company):
        """Claim what is due and commit; return it with what to call for each.

        The connections are made of what stands in the very transaction of the claim.
        """
        claimed = self._claim(company, ("wanted", "leaving"))
        now = fields.Datetime.now()
        calls = [webhook._work() for webhook in claimed]
        for webhook in claimed:
            webhook.write(
                {
                    "claimed_at": now,
                    "next_try_at": now + CLAIM_LIFETIME,
                    "attempt_count": webhook.attempt_count + 1,
                }
            )
        self._commit()
        return claimed, calls

    def _work(self):
        """Return what to call, on which connection, so that a thread needs no ORM."""
        self.ensure_one()
        company = self.company_id
        try:
            if self.state == "leaving":
                client = company._amili_connect(
                    self.environment,
                    self.client_id,
                    self.client_secret,
                    self.vendor_api_key,
                )
                return _remove, client, self.destination
            return _register, company._amili_client(), self.destination
        except errors.AccessProblem as problem:
            return _fail, None, problem

    def _apply(self, done):
        """Turn what came of a call into a state.

        :param done: what was called, and its outcome
        """
        self.ensure_one()
        work, outcome = done
        if self.state == "leaving":
            # Where it was just being registered it is yet to be removed.
            if work != _register:
                self._apply_removal(outcome)
        else:
            self._apply_registration(outcome)

    def _apply_registration(self, outcome):
        now = fields.Datetime.now()
        match outcome:
            case errors.NotSent():
                self.write(
                    {
                        "error_message": explain(self.env, outcome),
                        "next_try_at": now + self._delay(outcome),
                    }
                )
            case errors.Refused():
                self.write(
                    {
                        "state": "refused",
                        "error_message": outcome.remote_text
                        or explain(self.env, outcome),
                    }
                )
            case errors.MaventaError():
                # It may have been taken: looked for in Maventa's list before another
                # attempt, when Maventa is surely done with this one.
                self.write(
                    {
                        "error_message": explain(self.env, outcome),
                        "claimed_at": now,
                        "next_try_at": now + max(GRACE, self._delay(outcome)),
                    }
                )
            case subscription:
                self.write(
                    {
                        "state": "registered",
                        "remote_id": subscription.id,
                        "error_message": False,
                        "attempt_count": 0,
                    }
                )

    def _apply_removal(self, outcome):
        """Delete what Maventa has removed; what it does not let go ends by itself.

        The secret has ended already, so a call to the old address does nothing.
        """
        now = fields.Datetime.now()
        if not isinstance(outcome, errors.MaventaError):
            # A registration may still be on its way that this list did not have.
            decided_at = (self.left_at or now) + GRACE
            if outcome or self.remote_id or now >= decided_at:
                self.unlink()
            else:
                self.next_try_at = decided_at
        elif now >= self.left_at + LEAVING_LIMIT:
            self.company_id._amili_tell_webhook_left(explain(self.env, outcome))
            self.unlink()
        else:
            self.write(
                {
                    "error_message": explain(self.env, outcome),
                    "next_try_at": now + self._delay(outcome),
                }
            )

    def _tell_changes(self, before):
        self.exists()._wake_worker()

    def _wake_worker(self):
        """Let the worker run when the next step is due."""
        waiting = self.filtered(lambda w: w.state in ("wanted", "leaving"))
        if waiting:
            cron = self.env.ref("amili_perinta.ir_cron_amili_service").sudo()
            cron._trigger(min(waiting.mapped("next_try_at")))

    # Coming and going -----------------------------------------------------------------

    @api.model
    def _make(self, company, base_url):
        """Make an address for a company, to be registered with Maventa."""
        webhook = self.sudo().create(
            {"company_id": company.id, "environment": company.amili_environment}
        )
        webhook.destination = f"{base_url}{PATH}{webhook.id}.{webhook.secret}"
        webhook._wake_worker()
        return webhook

    def _leave(self, credentials):
        """Have these removed at Maventa, with the credentials of their account.

        :param dict credentials: by company id; empty values where there are none, and
            so nothing can be removed
        """
        now = fields.Datetime.now()
        for webhook in self.sudo():
            known = credentials[webhook.company_id.id]
            was_told = webhook.remote_id or webhook.attempt_count
            if not was_told or not all(known.values()):
                # Maventa never heard of it, or cannot be told.
                webhook.unlink()
                continue
            webhook.write(
                {
                    **known,
                    "state": "leaving",
                    "left_at": now,
                    "next_try_at": now,
                    "attempt_count": 0,
                    "error_message": False,
                }
            )
            webhook._wake_worker()
        # Another may be made now: of those that stay there is one.
        self.env.flush_all()


def _call(work, client, argument):
    if client is None:
        return work(argument)
    with client:
        return work(client, argument)


def _register(client, destination):
    """Register an address once, whatever became of earlier attempts."""
    ours = _ours(client, destination)
    if not ours:
        return client.subscribe(destination)
    for another in ours[1:]:
        client.unsubscribe(another.id)
    return ours[0]


def _remove(client, destination):
    """Remove an address; return how many registrations of it there were."""
    ours = _ours(client, destination)
    for subscription in ours:
        client.unsubscribe(subscription.id)
    return len(ours)


def _ours(client, destination):
    return [s for s in client.subscriptions() if s.destination == destination]


def _fail(problem):
    raise problem
