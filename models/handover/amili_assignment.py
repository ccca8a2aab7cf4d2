"""One hand-over of one invoice: on the queue, sent, asked for, confirmed."""

import logging
from dataclasses import replace
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
from ...deadlines import DEADLINES, HAND_OVERS_WAIT, HAS_IT_BEEN_TAKEN
from ...maventa import contract, errors
from ...maventa.payload import Transfer, build_body, dump_body, fill_body, mask_body
from ...maventa.refusals import read_problems
from ..connection.actions import show_notice
from ..connection.alerts import stops
from ..connection.maventa_errors import explain
from ..connection.moments import CLOCK_SKEW, naive
from ..connection.money import exactly
from .amili_assignment_payer import build_payer

SERVICE_LIFETIME = timedelta(days=1)
_logger = logging.getLogger(__name__)
# A refusal in an earlier one's words is of this one when it still stands then.
SAME_WORDS_FOR = timedelta(hours=1)
# What Maventa said of an invoice is good so long for its hand-over.
STEPS_LIFETIME = timedelta(hours=1)
# How each datum is called that has another name among the fields of a payer.
OTHER_NAMES = {
    "identity_code": "personal_identity_code",
    "country": "country_code",
}


class AmiliAssignment(models.Model):
    """One hand-over of one invoice to Amili Perintä, from the queue to its end.

    People read it; only the code of this addon writes it, so what was confirmed is
    what was sent.
    """

    _name = "amili.assignment"
    _description = "Amili Assignment"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "amili.outbox.mixin",
        "amili.derived.mixin",
        "amili.doors.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"
    _outbox_crons = {
        "queued": "process_queue",
        "sending": "process_queue",
        "unknown": "process_queue",
        "pending": "poll_transfers",
    }
    _outbox_sequence = 20
    _outbox_transitions = {
        "queued": {"sending", "cancelled"},
        "sending": {"pending", "rejected", "unknown", "queued"},
        "unknown": {"pending", "active", "rejected", "queued"},
        "pending": {"active", "rejected"},
        "active": {"closed", "withdrawn"},
    }
    _outbox_asked_states = ("unknown", "pending")
    _progress_work = "hand_over"
    _outbox_scopes = contract.SCOPES_OF_TRANSFER
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
    frozen_payload = fields.Json(
        groups=IDENTITY_GROUP,
        copy=False,
        readonly=True,
        help="The body as it was confirmed, without the identity codes.",
    )
    payload = fields.Json(
        compute="_compute_payload",
        compute_sudo=True,
        groups=IDENTITY_GROUP,
        exportable=False,
        help="The body that is sent, frozen when it was confirmed.",
    )
    payload_text = fields.Text(
        string="Message Preview",
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
    is_followup_paused = fields.Boolean(
        copy=False,
        readonly=True,
        help="Odoo's own follow-up leaves the invoice alone because of this case, and "
        "gets it back when the case has ended.",
    )
    _one_live_per_invoice = models.UniqueIndex(
        "(move_id) WHERE state IN "
        "('queued', 'sending', 'unknown', 'pending', 'active')",
        "This invoice has been handed over to Amili Perintä already.",
    )
    _remote_id_unique = models.UniqueIndex(
        "(company_id, remote_id) WHERE remote_id IS NOT NULL",
        "This case at Amili belongs to another assignment already.",
    )
    _progress_index = models.Index("(user_id, create_date)")
    _work_index = models.Index(
        "(company_id, state, next_try_at) WHERE state IN "
        "('queued', 'sending', 'unknown', 'pending')"
    )

    refused_lines = fields.Json(
        copy=False,
        readonly=True,
        help="What Maventa said of each thing that it refused.",
    )

    @api.depends("move_id")
    def _compute_maventa_invoice_id(self):
        for assignment in self:
            entered = assignment.move_id.maventa_invoice_id or ""
            assignment.maventa_invoice_id = entered.lower()

    @api.depends("frozen_payload", "payer_ids.personal_identity_code")
    def _compute_payload(self):
        for assignment in self:
            codes = [(p.role, p.personal_identity_code) for p in assignment.payer_ids]
            body = assignment.frozen_payload
            assignment.payload = body and fill_body(body, codes)

    @api.depends("frozen_payload")
    def _compute_payload_text(self):
        for assignment in self:
            body = assignment.frozen_payload
            assignment.payload_text = body and dump_body(body, indent=2)

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
        assignments._trigger_due()
        return assignments.sudo(False)

    @api.model
    def _queue_values(self, move, terms):
        debtor = move.commercial_partner_id
        payers = self._payers(debtor, terms)
        earlier = len(move.amili_assignment_ids)
        environment, uuid = move.company_id._amili_account()
        return {
            "name": f"{move.name} ({earlier + 1})" if earlier else move.name,
            "move_id": move.id,
            "company_id": move.company_id.id,
            "partner_id": debtor.id,
            "user_id": self.env.uid,
            "environment": environment,
            "maventa_company_uuid": uuid,
            "collection_type": terms["collection_type"],
            "receivables_type": terms["receivables_type"],
            "currency_id": move.currency_id.id,
            "capital_amount": terms["capital_amount"],
            "reminder_amount": terms["reminder_amount"],
            "assignment_summary": terms["assignment_summary"],
            "reminder_date": terms["reminder_date"],
            "payer_ids": [fields.Command.create(payer) for payer in payers],
            "frozen_payload": mask_body(self._payload(move.currency_id, terms, payers)),
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
                payers=tuple(map(build_payer, payers)),
                assignment_summary=terms["assignment_summary"],
                reminder_date=terms["reminder_date"] or None,
            )
        )

    # States ---------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        assignments = super().create(vals_list)
        assignments.filtered(lambda a: a.state in LIVE_STATES)._pause_reminders()
        return assignments

    def _set_state(self, state, **values):
        # EXTENDS amili.outbox.mixin: what has ended forgets identity codes
        result = super()._set_state(state, **values)
        if state not in LIVE_STATES:
            self._forget_identity_codes()
            self._resume_reminders()
        return result

    def _pause_reminders(self):
        """Let nothing but Amili remind of these invoices."""
        mine = self.filtered(lambda a: not a.move_id.no_followup)
        mine.is_followup_paused = True
        mine.move_id._amili_set_no_followup(True)
        self.move_id._amili_pause_reminders(True)

    def _resume_reminders(self):
        """Let others remind of these again, but for what a person has excluded."""
        mine = self.filtered("is_followup_paused")
        mine.is_followup_paused = False
        mine.move_id._amili_set_no_followup(False)
        self.move_id._amili_pause_reminders(False)

    def _forget_identity_codes(self):
        self.payer_ids.personal_identity_code = False

    # Sending and asking ---------------------------------------------------------------

    @api.model
    def _cron_process_queue(self):
        """Send what is queued and ask for what is unknown."""
        self._process_outbox("process_queue")

    @api.model
    def _cron_poll_transfers(self):
        """Ask how the hand-overs went that Amili has not confirmed."""
        self._process_outbox("poll_transfers")

    def _get_send_call(self, client):
        # EXTENDS amili.outbox.mixin
        return client.transfer, (self.maventa_invoice_id, self.payload)

    def _get_ask_call(self, client):
        # EXTENDS amili.outbox.mixin
        return client.transfer_status, (self.maventa_invoice_id,)

    @api.model
    def _get_access_problem(self, company, client):
        # EXTENDS amili.outbox.mixin: asks once a day whether the service is active;
        # nothing is locked meanwhile
        service = self.env["amili.service"]._for_company(company)
        yesterday = fields.Datetime.now() - SERVICE_LIFETIME
        is_fresh = service.checked_at and service.checked_at > yesterday
        if is_fresh and service._may_hand_over():
            return None
        self._commit()
        try:
            answer = client.service()
        except errors.NotSent as exc:
            # A right that only this question needs is no reason to send nothing.
            return None if exc.reason == "scope" else exc
        except errors.MaventaError:
            # The service cannot be asked for: the hand-over itself will tell.
            return None
        self._write_alone(lambda: company._amili_set_service(answer))
        is_usable = answer.is_active and not answer.is_other_service
        return None if is_usable else errors.AccessProblem("service")

    @api.model
    def _explain_problem(self, problem):
        # EXTENDS amili.outbox.mixin
        service = self.company_id.sudo().amili_service_id
        if problem.reason == "service" and service.is_other_service:
            return service._explain_other()
        return explain(self.env, problem)

    # Before it goes -------------------------------------------------------------------

    @api.model
    def _ask_before_sending(self, company, client, account):
        # EXTENDS amili.outbox.mixin: whether somebody else has handed an invoice over,
        # for the last check to know it. Who cannot be asked is no hindrance: the
        # hand-over itself will tell.
        due = self.browse(self._get_due_query(company, ("queued",)).get_result_ids())
        long_ago = fields.Datetime.now() - STEPS_LIFETIME
        moves = due.filtered(lambda a: a._get_account() == account).move_id.filtered(
            lambda move: (
                move.maventa_invoice_id
                and (move.maventa_steps_at or long_ago) <= long_ago
            )
        )
        if not moves:
            return
        calls = [(move.maventa_invoice_id.lower(),) for move in moves]
        self._check_time(client.timeout)
        for group in self._call_all(client.invoice_actions, calls, client.timeout):
            steps = {
                moves[index].id: outcome
                for index, outcome in group
                if not isinstance(outcome, errors.MaventaError)
            }
            asked = moves.browse(steps)
            if asked:
                self._write_alone(lambda a=asked, s=steps: _record(a, s), asked)

    # The last check -------------------------------------------------------------------

    def _cancel_unfit(self):
        # EXTENDS amili.outbox.mixin: what is no longer what was confirmed
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
        unfit.filtered(lambda a: a.move_id._amili_open_principal() > 0)._ask_sender(
            self.env._("Amili Perintä: not sent, confirm again")
        )
        return unfit

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
        principal = move._amili_open_principal()
        if self.currency_id.compare_amounts(principal, 0) <= 0:
            return self.env._("Nothing is open on the invoice any more.")
        if self.currency_id.compare_amounts(principal, self.capital_amount):
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
        if self._get_account() != self.company_id._amili_account():
            return self.env._(
                "The company has moved to another environment of Maventa since it was "
                "confirmed. Check the settings and send it again."
            )
        return " ".join(stops(alerts))

    # Outcomes -------------------------------------------------------------------------

    def _find_in_answer(self, status):
        # EXTENDS amili.outbox.mixin
        return None if self._is_earlier(status) else status

    def _record_answer(self, answer):
        # EXTENDS amili.outbox.mixin
        result = super()._record_answer(answer)
        _asked_at, outcome = answer
        if self.state == "pending" and isinstance(outcome, errors.NotFound):
            # Taken, and not there yet: that takes a while, and is no mistake.
            self.error_message = self.env._(
                "Maventa has taken the hand-over and does not show it yet."
            )
        return result

    def _refuse(self, error):
        # EXTENDS amili.outbox.mixin
        self._reject(explain(self.env, error))
        self.refused_lines = [vars(problem) for problem in read_problems(error)]

    def _reject(self, message, **values):
        self._set_state(
            "rejected",
            error_message=message,
            closed_at=fields.Datetime.now(),
            **values,
        )

    def _accept(self, status):
        # EXTENDS amili.outbox.mixin: take over what Maventa says of this hand-over
        if status.unexpected_host:
            service = self.env["amili.service"]._get_or_create(self.company_id)
            service.with_env(self.env)._note_case_host(status.unexpected_host)
        if self._is_earlier(status):
            if status.is_conflict:
                self._reject(explain(self.env, errors.Conflict("conflict")))
                return
            # Maventa has taken it, and shows what it has of the earlier one: asked for.
            status = replace(
                status, word="", meaning="pending", assignment_id="", reason=""
            )
        now = fields.Datetime.now()
        values = {"remote_status": status.word}
        if status.meaning == "error":
            self._reject(self._explain_refusal(status), **values)
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
                **self._get_asking_delay(),
            }
        )

    def _refusals(self):
        """Yield what Maventa refused of each datum.

        :return: triples of the assignment or the payer that holds it, the name of its
            field there, empty where nothing tells, and a sentence
        """
        self.ensure_one()
        debtors = self.payer_ids
        for line in self.refused_lines or ():
            name = OTHER_NAMES.get(line["datum"], line["datum"])
            payer = line["payer"]
            is_of_one = payer is not None and payer < len(debtors)
            holder = debtors[payer] if is_of_one else self
            field = holder._fields.get(name)
            label = field._description_string(self.env) if field else ""
            if is_of_one:
                label = ", ".join(filter(None, [holder.name, label]))
            text = (
                self.env._(
                    "Refused by Maventa last time, %(field)s: %(text)s",
                    field=label,
                    text=line["text"],
                )
                if label
                else self.env._("Refused by Maventa last time: %s", line["text"])
            )
            yield holder, field.name if field else "", text

    def _is_earlier(self, status):
        """Whether Maventa speaks of an earlier hand-over of the same invoice."""
        earlier = self.move_id.amili_assignment_ids - self
        if status.assignment_id and status.assignment_id in earlier.mapped("remote_id"):
            return True
        if not earlier or status.meaning != "error" or not self.claimed_at:
            return False
        created_at = naive(status.created_at)
        if created_at and created_at >= self.claimed_at - CLOCK_SKEW:
            return False
        if created_at and self.state == "unknown":
            return True
        # Of one that was taken moments alone do not tell: they may be those of the
        # first one. An error in other words than before is no error of before.
        if self._explain_refusal(status) not in earlier.mapped("error_message"):
            return False
        if created_at:
            # Who has said that this one is under way says how this one ended.
            return not self.remote_status
        # Without a moment the same words are those of the earlier one: of one that may
        # not have arrived they prove nothing, and of one that was taken not at once.
        now = fields.Datetime.now()
        return self.state == "unknown" or (
            self.state == "pending" and now < self.claimed_at + SAME_WORDS_FOR
        )

    def _explain_refusal(self, status):
        error = errors.Refused("refused", message=status.reason)
        return explain(self.env, error)

    # What follows from a change -------------------------------------------------------

    def _notify_changes(self, before):
        # EXTENDS amili.outbox.mixin
        changed = self.filtered(lambda a: a.state not in (before[a.id], "queued"))
        changed._log_state()
        changed.filtered(lambda a: a.state == "rejected")._ask_sender(
            self.env._("Amili Perintä: correct and send again")
        )
        changed._notify_users()

    def _notify_blocked(self):
        # EXTENDS amili.outbox.mixin
        self._ask_sender(self.env._(HAND_OVERS_WAIT), repeats="summary")

    def _begin_wait(self):
        # EXTENDS amili.deadline.mixin
        self._end_wait_tasks()
        return super()._begin_wait()

    def _end_wait_tasks(self):
        """End what people were asked about waits of these that are over."""
        for assignment in self.sudo():
            lang = assignment.company_id._amili_lang()
            assignment = assignment.with_context(lang=lang)
            matters = [d.matter for d in DEADLINES[self._name]] + [HAS_IT_BEEN_TAKEN]
            assignment.move_id._amili_end_activity(*map(assignment.env._, matters))

    def _notify_left_behind(self):
        # EXTENDS amili.outbox.mixin
        self._ask_sender(
            self.env._(HAS_IT_BEEN_TAKEN),
            self.env._(
                "The company has moved to another Maventa company before it was known "
                "whether the hand-over arrived. Look for it where it was sent, or "
                "change back to go on with it."
            ),
            "summary",
        )

    # What people do -------------------------------------------------------------------

    @api.model
    def _get_list_action(self, domain):
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
        self.sudo().filtered(lambda a: a.state in self._outbox_crons)._set_due()
        return show_notice(
            "info",
            self.env._(
                "Maventa is asked in the background. The answer appears here within a "
                "minute."
            ),
        )

    def action_send_again(self):
        """Open the wizard for the invoices of these assignments."""
        return self.move_id.action_amili_transfer()

    def action_open_invoice(self):
        """Open the invoice."""
        return self.move_id._amili_open()


def _record(moves, steps):
    for move in moves:
        move._amili_record_steps(steps[move.id])
