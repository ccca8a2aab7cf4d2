"""The sender: what is queued goes out, what is unknown is asked for.

A process that dies leaves ``sending`` behind, which counts as ``unknown`` after ten
minutes and is asked for, never sent again blindly.
"""

from datetime import timedelta

from odoo import api, fields, models

from ..maventa import contract, errors
from ..maventa.parallel import call_all
from .account_move_amili_checks import stops
from .amili_worker_mixin import (
    BATCH_SIZE,
    HELD_UP_ATTEMPTS,
    LATEST_START,
    doubt_not_found,
    is_held_up,
)
from .maventa_errors import explain

SERVICE_LIFETIME = timedelta(days=1)


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    @api.model
    def _cron_process_queue(self):
        """Send what is queued and ask for what is unknown, company by company.

        Reports go first: what was paid must not be collected.
        """
        self.env["amili.assignment.event"]._process_outbox()
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
