"""One hand-over of one invoice: on the queue, sent, asked for, confirmed."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import (
    ASSIGNMENT_STATES,
    COLLECTION_TYPES,
    ENVIRONMENTS,
    IDENTITY_GROUP,
    LIVE_STATES,
    RECEIVABLES_TYPES,
)
from ...maventa import contract, errors
from ...maventa.parallel import call_all
from ...maventa.payload import Transfer, build_body, dump_body, mask_body
from ..connection.alerts import stops
from ..connection.maventa_errors import explain
from ..connection.money import exactly
from ..outbox.amili_worker_mixin import (
    BATCH_SIZE,
    FIRST_DELAY,
    GRACE,
    HELD_UP_ATTEMPTS,
    LATEST_START,
    MAX_DELAY,
    doubt_not_found,
    is_held_up,
)
from .amili_assignment_payer import payer_of

TRANSITIONS = {
    "queued": {"sending", "cancelled"},
    "sending": {"pending", "rejected", "unknown", "queued"},
    "unknown": {"pending", "active", "rejected", "queued"},
    "pending": {"active", "rejected"},
    "active": {"closed", "withdrawn"},
}
SERVICE_LIFETIME = timedelta(days=1)
_logger = logging.getLogger(__name__)
LONG_WAIT = timedelta(days=2)
# How often one invoice may be refused access before a person is asked.
MAX_REFUSALS = 12
CLOCK_SKEW = timedelta(minutes=5)
# Who goes on with an assignment in a state, at the time of its next step.
NEXT_CRON = {
    "queued": "ir_cron_amili_process_queue",
    "unknown": "ir_cron_amili_process_queue",
    "pending": "ir_cron_amili_poll_transfers",
}


class AmiliAssignment(models.Model):
    """One hand-over of one invoice to Amili Perintä, from the queue to its end.

    People read it; only the code of this addon writes it, so what was confirmed is
    what was sent.
    """

    _name = "amili.assignment"
    _description = "Amili Assignment"
    _inherit = ["mail.thread", "mail.activity.mixin", "amili.worker.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"
    name = fields.Char(required=True, readonly=True)
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, readonly=True
    )
    user_id = fields.Many2one("res.users", string="Sent By", readonly=True)
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        readonly=True,
        help="Where this case lives; it is never sent anywhere else.",
    )
    maventa_invoice_id = fields.Char(
        string="Maventa ID",
        compute="_compute_maventa_invoice_id",
        store=True,
        precompute=True,
        help="As it was when the hand-over was confirmed: what became of it is asked "
        "with this ID, whatever happens to the invoice.",
    )
    state = fields.Selection(
        ASSIGNMENT_STATES, required=True, default="queued", readonly=True
    )
    # Of a case that was made elsewhere Amili may not tell these.
    collection_type = fields.Selection(COLLECTION_TYPES, readonly=True)
    receivables_type = fields.Selection(RECEIVABLES_TYPES, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    capital_amount = fields.Monetary(string="Principal", readonly=True)
    reminder_amount = fields.Monetary(string="Reminder Fee", readonly=True)
    assignment_summary = fields.Char(string="Summary", readonly=True)
    reminder_date = fields.Date(string="Own Reminder Sent", readonly=True)
    payer_ids = fields.One2many(
        "amili.assignment.payer", "assignment_id", string="Debtors", readonly=True
    )
    payload = fields.Json(
        groups=IDENTITY_GROUP,
        copy=False,
        readonly=True,
        help="The body that is sent, frozen when it was confirmed.",
    )
    payload_text = fields.Text(
        string="What Is Sent",
        compute="_compute_payload_text",
        compute_sudo=True,
        help="Identity codes are masked.",
    )
    remote_id = fields.Char(
        string="ID at Amili", index="btree_not_null", copy=False, readonly=True
    )
    remote_status = fields.Char(
        string="Maventa's Status", copy=False, readonly=True, help="Maventa's own word."
    )
    sent_at = fields.Datetime(string="Handed Over", copy=False, readonly=True)
    closed_at = fields.Datetime(string="Ended", copy=False, readonly=True)
    _one_live_per_invoice = models.UniqueIndex(
        "(move_id) WHERE state IN "
        "('queued', 'sending', 'unknown', 'pending', 'active')",
        "This invoice has been handed over to Amili Perintä already.",
    )
    _remote_id_unique = models.UniqueIndex(
        "(company_id, remote_id) WHERE remote_id IS NOT NULL",
        "This case at Amili belongs to another assignment already.",
    )
    _work_index = models.Index(
        "(company_id, state, next_try_at) WHERE state IN "
        "('queued', 'sending', 'unknown', 'pending')"
    )

    @api.depends("move_id")
    def _compute_maventa_invoice_id(self):
        for assignment in self:
            entered = assignment.move_id.maventa_invoice_id or ""
            assignment.maventa_invoice_id = entered.lower()

    @api.depends("payload")
    def _compute_payload_text(self):
        for assignment in self:
            body = assignment.payload
            assignment.payload_text = body and dump_body(mask_body(body), indent=2)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        for assignment in self:
            if assignment.state not in ("rejected", "cancelled"):
                raise UserError(
                    self.env._(
                        "%s has been at Amili Perintä and stays for the records.",
                        assignment.name,
                    )
                )

    # What came before -----------------------------------------------------------------

    def _in_order(self):
        """Return these in the order in which they were handed over.

        One that is adopted late may be the oldest of an invoice.
        """
        now = fields.Datetime.now()
        return self.sorted(lambda a: (a.sent_at or a.create_date or now, a.id))

    # Making ---------------------------------------------------------------------------

    @api.model
    def _queue(self, moves, terms):
        """Freeze what was confirmed and put it on the queue.

        :param moves: invoices without a stop, locked by this transaction
        :param dict terms: by invoice id, as from ``_amili_default_terms``
        :return: the new assignments
        """
        values = [self._queue_values(move, terms[move.id]) for move in moves]
        assignments = self.sudo().create(values)
        assignments._log_state()
        assignments._wake_next()
        return assignments.sudo(False)

    @api.model
    def _queue_values(self, move, terms):
        debtor = move.commercial_partner_id
        payers = self._payers(debtor, terms)
        earlier = len(move.amili_assignment_ids)
        return {
            "name": f"{move.name} ({earlier + 1})" if earlier else move.name,
            "move_id": move.id,
            "company_id": move.company_id.id,
            "partner_id": debtor.id,
            "user_id": self.env.uid,
            "environment": move.company_id.amili_environment,
            "collection_type": terms["collection_type"],
            "receivables_type": terms["receivables_type"],
            "currency_id": move.currency_id.id,
            "capital_amount": terms["capital_amount"],
            "reminder_amount": terms["reminder_amount"],
            "assignment_summary": terms["assignment_summary"],
            "reminder_date": terms["reminder_date"],
            "payer_ids": [fields.Command.create(payer) for payer in payers],
            "payload": self._payload(move.currency_id, terms, payers),
        }

    @api.model
    def _payers(self, debtor, terms):
        """Return the values of all who owe, the main debtor first."""
        kind = terms["receivables_type"] or ""
        return [
            debtor._amili_payer_values("main_debtor", kind),
            *(
                co_debtor._amili_payer_values("co_debtor", kind)
                for co_debtor in terms["co_debtors"]
            ),
        ]

    @api.model
    def _payload(self, currency, terms, payers):
        """Return the body that hands an invoice over, as plain JSON values."""
        return build_body(
            Transfer(
                collection_type=terms["collection_type"],
                receivables_type=terms["receivables_type"],
                capital_amount=exactly(currency, terms["capital_amount"]),
                reminder_amount=exactly(currency, terms["reminder_amount"]),
                payers=tuple(map(payer_of, payers)),
                assignment_summary=terms["assignment_summary"],
                reminder_date=terms["reminder_date"] or None,
            )
        )

    # States ---------------------------------------------------------------------------

    def _set_state(self, state, **values):
        """Move to a state and write ``values``; an ended case forgets identity codes.

        :raises ValueError: where the table of transitions does not allow it
        """
        for assignment in self:
            if state not in TRANSITIONS.get(assignment.state, ()):
                raise ValueError(f"no way from {assignment.state} to {state}")
        self.write({"state": state, **values})
        if state not in LIVE_STATES:
            self._forget_identity_codes()

    def _forget_identity_codes(self):
        for assignment in self:
            assignment.payload = mask_body(assignment.payload or {})
        self.payer_ids.personal_identity_code = False

    @api.model
    def _cron_process_queue(self):
        """Send what is queued and ask for what is unknown, company by company."""
        self._for_each_company(
            self._companies_with(self._due(("sending", "queued", "unknown"))),
            self._process_company,
        )

    # Sending --------------------------------------------------------------------------

    @api.model
    def _send_batch(self, company):
        due = [("company_id", "=", company.id), *self._due(("queued",))]
        if not self.search_count(due, limit=1):
            return 0
        try:
            client = company._amili_client()
        except errors.AccessProblem as problem:
            self._postpone_queue(company, problem, is_counted=False)
            return 0
        with client:
            account = company._amili_account()
            problem = self._access_problem(company, client)
            if problem:
                self._postpone_queue(company, problem, is_counted=False)
                return 0
            return self._send_claimed(company, client, account)

    @api.model
    def _send_claimed(self, company, client, account):
        """Claim a batch, commit, call, record; return how many were claimed.

        :param account: which one the client works with, as of ``_amili_account``
        """
        claimed, fit = self._retry_on_conflict(
            lambda: self._claim_to_send(company, account)
        )
        calls = [(a.maventa_invoice_id, a.payload) for a in fit]
        # Nothing is open in the database while the calls run.
        self._commit()
        outcomes = call_all(client.transfer, calls, start_within=LATEST_START)
        held_up = [outcome for outcome in outcomes if is_held_up(outcome)]
        is_general = bool(held_up) and len(held_up) == len(outcomes)
        # One invoice alone may be the trouble; several have it in common.
        method = self._apply_transfer
        if is_general and len(held_up) > 1:
            method = self._apply_hold_up
        fit._record_all(outcomes, method.__name__)
        if is_general:
            self._postpone_queue(company, held_up[0])
        return len(claimed)

    @api.model
    def _access_problem(self, company, client):
        """Return the error that holds everything of this company up, or None.

        Asks once a day whether the service is active; nothing is locked meanwhile.
        """
        checked_at = company.amili_service_checked_at
        is_fresh = checked_at and checked_at > fields.Datetime.now() - SERVICE_LIFETIME
        if is_fresh and company.amili_service_active:
            return None
        self._commit()
        try:
            service = client.service()
        except errors.NotSent as exc:
            # A right that only this question needs is no reason to send nothing.
            return None if exc.reason == "scope" else exc
        except errors.MaventaError:
            # The service cannot be asked for: the hand-over itself will tell.
            return None
        self._keep(lambda: company._amili_set_service(service))
        return None if service.is_active else errors.AccessProblem("service")

    @api.model
    def _postpone_queue(self, company, problem, is_counted=True):
        """Let everything queued wait, say why, and give one person one task.

        The trouble is the company's, not that of a thousand invoices. The oldest
        stands for all of them.

        :param bool is_counted: claiming has counted this attempt already
        """

        def postpone():
            self._commit()
            domain = [("company_id", "=", company.id), ("state", "=", "queued")]
            queued = self.search(domain, order="id").with_env(company.env)
            queued = queued.try_lock_for_update(allow_referencing=True)
            if not is_counted:
                queued[:1].attempt_count += 1
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
            queued[:1]._wake_next()
            self._commit()

        self._retry_on_conflict(postpone)

    # The last check -------------------------------------------------------------------

    @api.model
    def _explain_problem(self, problem):
        # EXTENDS amili.worker.mixin
        return explain(self.env, problem)

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
        unfit._notify_users()
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
        move = self.move_id
        if self.currency_id.compare_amounts(move.amount_residual, 0) <= 0:
            return self.env._("Nothing is open on the invoice any more.")
        if self.currency_id.compare_amounts(move.amount_residual, self.capital_amount):
            return self.env._(
                "The open amount has changed since it was confirmed. Check the invoice "
                "and send it again."
            )
        if move.commercial_partner_id != self.partner_id:
            return self.env._(
                "The customer of the invoice has changed since it was confirmed. Check "
                "the invoice and send it again."
            )
        if (move.maventa_invoice_id or "").lower() != self.maventa_invoice_id:
            return self.env._(
                "The Maventa ID of the invoice has changed since it was confirmed. "
                "Check the invoice and send it again."
            )
        if self.environment != self.company_id.amili_environment:
            return self.env._(
                "The company has moved to another environment of Maventa since it was "
                "confirmed. Check the settings and send it again."
            )
        return " ".join(stops(alerts))

    # Asking for what is unknown -------------------------------------------------------

    def _tell_lost(self):
        # EXTENDS amili.worker.mixin
        self._log_state()

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
        ).with_env(company.env)
        if not assignments:
            return 0
        calls = [(a.maventa_invoice_id,) for a in assignments]
        asked_at = fields.Datetime.now()
        try:
            # Made in the transaction that chose the cases: another environment would
            # deny what it never had.
            with company._amili_client() as client:
                self._commit()
                outcomes = call_all(client.transfer_status, calls)
                outcomes = doubt_not_found(
                    client, outcomes, contract.SCOPES_OF_TRANSFER
                )
        except errors.AccessProblem as exc:
            outcomes = [exc] * len(calls)
        answers = [(asked_at, outcome) for outcome in outcomes]
        return assignments._record_all(answers, self._apply_answer.__name__)

    @api.model
    def _cron_poll_transfers(self):
        """Ask how the hand-overs went that Amili has not confirmed."""
        self._for_each_company(
            self._companies_with(self._due(("pending",))),
            lambda company: self._ask(company, "pending"),
        )

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

    def _apply_answer(self, answer):
        """Turn what the question for a hand-over gave into a state.

        :param answer: when it was asked, and what came of it
        """
        self.ensure_one()
        asked_at, outcome = answer
        if self.state not in ("unknown", "pending"):
            return
        now = fields.Datetime.now()
        is_error = isinstance(outcome, errors.MaventaError)
        is_absent = isinstance(outcome, errors.NotFound) or (
            not is_error and self._is_earlier(outcome)
        )
        if is_absent and self.state == "unknown":
            decided_at = (self.claimed_at or now) + GRACE
            # The answer is as old as its question: others of the batch may have
            # kept it waiting.
            if asked_at < decided_at:
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
        self._wait(error)

    def _apply_hold_up(self, error):
        """Turn a trouble of the whole company into a state; no invoice is to blame."""
        self.ensure_one()
        if self.state in ("sending", "unknown"):
            self._wait(error)

    def _wait(self, error):
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

    def _poll_delay(self, now, sent_at=None):
        """Ask again after half the time that it has taken so far."""
        waited = now - (sent_at or self.sent_at or now)
        return min(max(waited / 2, FIRST_DELAY), MAX_DELAY)

    # What follows from a change ------------------------------------------------------

    def _tell_changes(self, before):
        """Write changes of state into the chatter, give tasks, wake the next cron."""
        changed = self.filtered(lambda a: a.state not in (before[a.id], "queued"))
        changed._log_state()
        changed.filtered(lambda a: a.state == "rejected")._ask_sender(
            self.env._("Amili Perintä: correct and send again")
        )
        changed._notify_users()
        self.filtered(lambda a: a.state != before[a.id])._wake_next()
        self._tell_long_waits()

    def _wake_next(self):
        """Let who goes on with these run at the time of their next step."""
        for state, cron in NEXT_CRON.items():
            times = self.filtered(lambda a, s=state: a.state == s).mapped("next_try_at")
            if times:
                self.env.ref(f"amili_perinta.{cron}")._trigger(min(times))

    def _tell_long_waits(self):
        """Give a task where no answer has come for days: a machine cannot mend that."""
        limit = fields.Datetime.now() - LONG_WAIT
        self.filtered(
            lambda a: (
                a.state in ("unknown", "pending")
                and (a.sent_at or a.create_date) < limit
            )
        )._ask_sender(
            self.env._("Amili Perintä: not confirmed for days, ask Amili"),
            self.env._("The hand-over was made but Amili has not confirmed it."),
        )

    # What people do -------------------------------------------------------------------

    @api.model
    def _open(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amili_perinta.amili_assignment_action"
        )
        found = self.search(domain, limit=2)
        if len(found) == 1:
            return found._get_records_action()
        return {**action, "domain": domain}

    def action_cancel(self):
        """Take these off the queue; what is under way already stays."""
        self.move_id._amili_check_user()
        self.check_access("read")
        locked = self.sudo().try_lock_for_update(allow_referencing=True)
        queued = locked.filtered(lambda a: a.state == "queued")
        if queued != self.sudo():
            raise UserError(
                self.env._(
                    "It is being sent at this moment, or was sent already, so it can "
                    "no longer be taken off the queue."
                )
            )
        queued._set_state(
            "cancelled", error_message=False, closed_at=fields.Datetime.now()
        )
        queued._log_state()

    def action_check_now(self):
        """Let the next run of the scheduled actions look at these at once."""
        self.move_id._amili_check_user()
        self.check_access("read")
        self.sudo().filtered(
            lambda a: a.state in ("queued", "unknown", "pending")
        ).next_try_at = fields.Datetime.now()
        for name in ("process_queue", "poll_transfers"):
            self.env.ref(f"amili_perinta.ir_cron_amili_{name}").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Maventa is asked in the background. The answer appears here "
                    "within a minute."
                ),
            },
        }

    def action_send_again(self):
        """Open the wizard for the invoices of these assignments."""
        return self.move_id.action_amili_transfer()

    def action_open_invoice(self):
        """Open the invoice."""
        self.ensure_one()
        return {
            **self.move_id._get_records_action(),
            "views": [(self.env.ref("account.view_move_form").id, "form")],
        }
