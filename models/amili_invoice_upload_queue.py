"""The sender of invoices: what is queued goes to Maventa, what is unknown is asked for.

Before an invoice goes out Maventa is asked whether it has exactly this one already,
by whatever way it came there: an invoice must not reach a customer twice.
"""

from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models

from ..maventa import contract, errors
from ..maventa.parallel import WIDTH, call_all
from .amili_invoice_upload import LIVE_UPLOADS
from .amili_worker_mixin import (
    GRACE,
    HELD_UP_ATTEMPTS,
    LATEST_START,
    doubt_not_found,
    is_held_up,
)
from .maventa_errors import explain

# The files of a batch are in memory at once, and each may hold a PDF of megabytes.
UPLOAD_BATCH_SIZE = 3 * WIDTH


@dataclass(frozen=True)
class _Found:
    """Maventa has exactly this invoice already."""

    invoice: object


@dataclass(frozen=True)
class _Doubtful:
    """Maventa has invoices of this number and day, and none is this one for certain."""

    candidates: list
    matches: list


class _Moved:
    """The company works with another account by now: nobody can be asked."""


class AmiliInvoiceUpload(models.Model):
    _inherit = "amili.invoice.upload"

    @api.model
    def _cron_process(self):
        """Send what is queued, ask for what is unknown, follow what is delivered."""
        self._for_each_company(
            self._companies_with(self._due(LIVE_UPLOADS)), self._process_company
        )
        self.env["account.move"]._amili_follow_deliveries()

    @api.model
    def _due_query(self, company, states):
        query = super()._due_query(company, states)
        query.limit = UPLOAD_BATCH_SIZE
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
            claimed, fit = self._retry_on_conflict(
                lambda: self._claim_to_send(company, account, {"account": account[1]})
            )
            calls = [(client, u.move_id._amili_facts(), u._wire()) for u in fit]
            # Nothing is open in the database while the calls run.
            self._commit()
            outcomes = call_all(_send, calls, start_within=LATEST_START)
        fit._record_all(outcomes, self._apply_sent.__name__)
        held_up = [outcome for outcome in outcomes if is_held_up(outcome)]
        if len(held_up) > 1 and len(held_up) == len(outcomes):
            # Not one invoice is the trouble, but what they have in common.
            self._postpone_all(company, held_up[0])
        return len(claimed)

    def _drop_unfit(self):
        """Take off the queue what is no longer what was confirmed; return the rest."""
        before = self._states()
        for upload in self:
            reason = upload._why_unfit()
            if reason:
                upload._cancel_queued(reason)
        dropped = self.filtered(lambda upload: upload.state == "cancelled")
        dropped._tell_changes(before)
        return self - dropped

    def _why_unfit(self):
        """Return why this may not go out any more; empty if it may."""
        self.ensure_one()
        move = self.move_id
        if self.environment != self.company_id.amili_environment:
            return self.env._(
                "The company has moved to another environment of Maventa since it was "
                "put on the queue. Send it again if it is to go there."
            )
        if move.state != "posted":
            return self.env._("The invoice is not confirmed any more.")
        if move._amili_is_at_maventa():
            return self.env._("Its Maventa ID was found meanwhile.")
        if move.ubl_cii_xml_id.sudo().checksum != self.checksum:
            return self.env._(
                "The invoice has changed since it was put on the queue. Send it again."
            )
        return ""

    @api.model
    def _explain_problem(self, problem):
        # EXTENDS amili.worker.mixin
        return explain(self.env, problem, is_upload=True)

    # Asking for what is unknown -------------------------------------------------------

    @api.model
    def _ask_batch(self, company):
        """Ask Maventa, by the ids that were chosen, for what may have arrived."""
        ids = self._due_query(company, ("unknown",)).get_result_ids()
        uploads = self.browse(ids).with_env(company.env)
        if not uploads:
            return 0
        here = company._amili_account()
        stayed = [upload for upload in uploads if upload._sent_to() == here]
        calls = [(upload.uuid,) for upload in stayed]
        asked_at = fields.Datetime.now()
        try:
            # Made in the transaction that chose them: another account would deny what
            # it never had.
            with company._amili_client() as client:
                self._commit()
                outcomes = call_all(client.invoice, calls)
                outcomes = doubt_not_found(client, outcomes, contract.SCOPES_OF_UPLOAD)
        except errors.AccessProblem as exc:
            outcomes = [exc] * len(calls)
        told = dict(zip([upload.id for upload in stayed], outcomes, strict=True))
        answers = [(asked_at, told.get(upload.id, _Moved)) for upload in uploads]
        return uploads._record_all(answers, self._apply_answer.__name__)

    def _sent_to(self):
        return self.environment, self.sudo().account

    # Outcomes -------------------------------------------------------------------------

    def _apply_sent(self, outcome):
        """Turn what came of sending an invoice into a state."""
        self.ensure_one()
        if self.state not in ("sending", "unknown"):
            # Somebody else has found it at Maventa meanwhile.
            return
        now = fields.Datetime.now()
        match outcome:
            case errors.NotSent():
                self._requeue(outcome)
                if self.attempt_count >= HELD_UP_ATTEMPTS:
                    self._tell_held_up()
            case errors.Refused():
                self._reject(self._explain_problem(outcome))
            case errors.MaventaError():
                if self.state == "sending":
                    self._set_state("unknown")
                self.write(
                    {
                        "error_message": self._explain_problem(outcome),
                        # From here on nothing of it is under way any more.
                        "claimed_at": now,
                        "next_try_at": now + self._delay(outcome),
                    }
                )
            case _Doubtful(candidates, matches):
                self._reject(self.move_id._amili_no_match_message(candidates, matches))
            case _Found(invoice):
                self._finish(invoice, was_there=True)
            case invoice:
                self._finish(invoice)

    def _apply_answer(self, answer):
        """Turn what the question for an uploaded invoice gave into a state.

        :param answer: when it was asked, and what came of it
        """
        self.ensure_one()
        asked_at, outcome = answer
        if self.state != "unknown":
            return
        now = fields.Datetime.now()
        decided_at = (self.claimed_at or now) + GRACE
        if outcome is _Moved:
            self._set_state(
                "cancelled",
                error_message=self.env._(
                    "It is not known whether it arrived: the company has moved to "
                    "another account of Maventa before the answer came. Look there "
                    "before you send it again."
                ),
            )
        elif isinstance(outcome, errors.NotFound) and asked_at >= decided_at:
            self._requeue()
        elif isinstance(outcome, errors.NotFound):
            self.next_try_at = decided_at
        elif isinstance(outcome, errors.MaventaError):
            self.write(
                {
                    "error_message": self._explain_problem(outcome),
                    "next_try_at": now + self._delay(outcome),
                }
            )
        else:
            self._finish(outcome)

    def _requeue(self, error=None):
        """Back on the queue, under the same id: it has surely not arrived."""
        is_told = error and error.reason != "late"
        delay = self._delay(error) if error else timedelta()
        self._set_state(
            "queued",
            error_message=is_told and self._explain_problem(error),
            next_try_at=fields.Datetime.now() + delay,
        )

    def _reject(self, message):
        self._set_state("rejected", error_message=message)

    def _finish(self, invoice, was_there=False):
        """Record that Maventa has it, on the invoice as well.

        :param answers.Invoice invoice: as Maventa has it
        :param bool was_there: it came there by another way
        """
        problem = self.move_id._amili_why_not_take(invoice)
        if problem:
            self._reject(problem)
            return
        # First, for the ID of an invoice that is under way cannot be changed.
        self._set_state("sent", error_message=False, was_there=was_there)
        self.move_id._amili_take_invoice(
            invoice,
            environment=self.environment,
            is_stored_only=not self.deliver and not was_there,
        )


def _send(client, facts, sent):
    """Upload an invoice unless Maventa has it; runs in a thread.

    :param facts: what tells the invoice from others, see ``_amili_facts``
    :param Upload sent: what goes out
    :return: the invoice at Maventa, :class:`_Found` or :class:`_Doubtful`
    """
    try:
        candidates = client.find_invoices(facts.number)
    except errors.NotSent:
        raise
    except errors.MaventaError as exc:
        # Nothing has left yet.
        raise errors.NotSent(exc.reason, status=exc.status) from exc
    matches = [found for found in candidates if facts.match(found)]
    ours = [found for found in candidates if found.id.lower() == sent.uuid]
    if ours:
        # What seemed not to have arrived has.
        return ours[0]
    if len(matches) == 1:
        return _Found(matches[0])
    # The same number may return on another day; of the same day it is a mistake of
    # somebody, and to send another would make it worse.
    if any(found.date == facts.date for found in candidates):
        return _Doubtful(candidates, matches)
    return client.upload_invoice(sent)
