"""What people are told of an assignment: sentences, chatter lines, tasks."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .amili_assignment import LIVE_STATES

QUESTION_TYPE = "amili_perinta.mail_activity_type_question"
# The look of the small notification for a state; all others are good news.
NOTIFICATION_TYPE = {
    "rejected": "danger",
    "unknown": "warning",
    "cancelled": "warning",
    "closed": "info",
    "withdrawn": "info",
}
LONG_WAIT = timedelta(days=2)
# Who goes on with an assignment in a state, at the time of its next step.
NEXT_CRON = {
    "queued": "ir_cron_amili_process_queue",
    "unknown": "ir_cron_amili_process_queue",
    "pending": "ir_cron_amili_poll_transfers",
    "active": "ir_cron_amili_sync_events",
}


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    def _banner(self):
        """Return where this case stands now and what comes next, for the invoice."""
        self.ensure_one()
        assignment = self.sudo()
        problem = assignment.error_message or ""
        day = assignment.sent_at and format_date(
            self.env, assignment.company_id._amili_date(assignment.sent_at)
        )
        match assignment.state:
            case "queued" if not problem:
                text = self.env._(
                    "Goes out to Amili Perintä within minutes. Until then it can be "
                    "taken off the queue in its assignment."
                )
            case "unknown":
                text = self.env._(
                    "It is not known yet whether Amili Perintä got this invoice. "
                    "%(problem)s Nothing is sent twice.",
                    problem=problem,
                )
            case "pending":
                text = self.env._(
                    "Handed over on %(day)s. Amili Perintä has not confirmed it yet. "
                    "%(problem)s",
                    day=day,
                    problem=problem,
                )
            case "active" if assignment.collection_stage:
                text = self.env._(
                    "At Amili Perintä since %(day)s. Stage: %(stage)s.",
                    day=day,
                    stage=assignment._stage_label(assignment.collection_status),
                )
            case "active":
                text = self.env._("At Amili Perintä since %s.", day)
            case _other:
                text = self._explain_state()
        return " ".join([text.strip(), *assignment._warnings()])

    def _warnings(self):
        """Return what else a person has to know of a case at Amili."""
        self.ensure_one()
        events = self.event_ids
        warnings = []
        company = self.sudo().company_id
        if self.state in LIVE_STATES and self.environment != company.amili_environment:
            labels = dict(self._fields["environment"]._description_selection(self.env))
            warnings.append(
                self.env._(
                    "This case is in %(theirs)s; it is not followed while the company "
                    "works with %(ours)s.",
                    theirs=labels[self.environment],
                    ours=labels[company.amili_environment],
                )
            )
        if events.filtered(lambda e: e.state == "failed"):
            warnings.append(
                self.env._("Amili refused a report: look at the events of the case.")
            )
        if events.filtered(lambda e: e.is_undone):
            warnings.append(
                self.env._("A payment that Amili had been told of was undone.")
            )
        return warnings

    def _explain_state(self):
        """Return a sentence on what has become of this case, for the chatter."""
        self.ensure_one()
        assignment = self.sudo()
        problem = assignment.error_message or ""
        claim = assignment._explain_claim()
        match assignment.state:
            case "queued" if problem:
                return self.env._("Not sent to Amili Perintä yet. %s", problem)
            case "queued":
                return self.env._(
                    "On the queue for Amili Perintä: %s. It is sent within minutes.",
                    claim,
                )
            case "sending":
                return self.env._("Being sent to Amili Perintä.")
            case "unknown":
                return self.env._(
                    "It is not known whether the hand-over to Amili Perintä arrived. "
                    "%s Nothing is sent twice.",
                    problem,
                )
            case "pending":
                return self.env._(
                    "Handed over to Amili Perintä: %(claim)s. Amili has not confirmed "
                    "it yet. %(problem)s",
                    claim=claim,
                    problem=problem,
                ).strip()
            case "active" if assignment.collection_stage:
                return self.env._(
                    "At Amili Perintä: %(claim)s. Stage: %(stage)s.",
                    claim=claim,
                    stage=assignment._stage_label(assignment.collection_status),
                )
            case "active":
                return self.env._(
                    "Amili Perintä has accepted the case: %s.",
                    claim,
                )
            case "rejected":
                return self.env._("Amili Perintä did not take the invoice. %s", problem)
            case "cancelled":
                return self.env._(
                    "Taken off the queue for Amili Perintä. %s", problem
                ).strip()
            case "withdrawn":
                text = self.env._(
                    "Withdrawn from Amili Perintä on %s.", assignment._ended_on()
                )
            case _other if assignment.result:
                labels = dict(self._fields["result"]._description_selection(self.env))
                text = self.env._(
                    "Amili Perintä closed the case on %(day)s: %(result)s.",
                    day=assignment._ended_on(),
                    result=labels[assignment.result],
                )
            case _other:
                text = self.env._(
                    "Amili Perintä closed the case on %s.", assignment._ended_on()
                )
        return " ".join(filter(None, [text, assignment._still_open()]))

    def _still_open(self):
        """Return what is left on the invoice of an ended case, and what to do."""
        move = self.move_id
        if self.currency_id.compare_amounts(move.amount_residual, 0) <= 0:
            return ""
        amount = format_amount(self.env, move.amount_residual, self.currency_id)
        return " ".join(
            [
                self.env._("Still open on the invoice: %s.", amount),
                self._suggestion(),
            ]
        )

    def _explain_claim(self):
        """Return the claim in words; a reminder fee only where there is one."""
        principal = format_amount(self.env, self.capital_amount, self.currency_id)
        if not self.reminder_amount:
            return principal
        return self.env._(
            "%(principal)s and a reminder fee of %(fee)s",
            principal=principal,
            fee=format_amount(self.env, self.reminder_amount, self.currency_id),
        )

    def _ended_on(self):
        moment = self.closed_at or fields.Datetime.now()
        return format_date(self.env, self.company_id._amili_date(moment))

    def _log_state(self):
        """Write where each case stands into its own chatter and its invoice's."""
        lines = []
        for company, assignments in self.grouped("company_id").items():
            lang = company.partner_id.lang or self.env.lang
            for assignment in assignments.with_context(lang=lang):
                lines.append((assignment, assignment._explain_state()))
        self._log(lines)

    @api.model
    def _log(self, lines):
        """Write lines of text into the chatter of assignments and their invoices.

        :param lines: pairs of an assignment and a text in the company's language
        """
        while lines:
            # One message a record and call: what is left goes into the next round.
            batch, later = {}, []
            for assignment, text in lines:
                if assignment.id in batch:
                    later.append((assignment, text))
                else:
                    batch[assignment.id] = Markup("<p>%s</p>") % text
            assignments = self.browse(batch)
            assignments._message_log_batch(bodies=batch)
            assignments.move_id._message_log_batch(
                bodies={a.move_id.id: batch[a.id] for a in assignments}
            )
            lines = later

    def _ask_sender(self, summary, note=None):
        """Give each sender a task on the invoice, unless it is there already.

        :param str summary: what to do, in the company's language
        :param str note: why; the problem of the assignment where left out
        """
        for assignment in self:
            assignment.move_id._amili_give_task(
                summary, note or assignment.error_message, assignment._responsible()
            )

    def _ask_question(self, event):
        """Give a task for what Amili asks; what it adds later joins the open one."""
        self.ensure_one()
        note = Markup("<p>%s</p>") % event.text
        link = Markup('<p><a class="btn btn-primary" href="/odoo/%s/%s">%s</a></p>') % (
            self._name,
            self.id,
            self.env._("Reply"),
        )
        move = self.move_id
        kind = self.env.ref(QUESTION_TYPE)
        task = move.activity_ids.filtered(lambda a: a.activity_type_id == kind)[:1]
        if task:
            task.note = note + task.note
            return
        move.with_context(mail_activity_quick_update=True).activity_schedule(
            QUESTION_TYPE,
            note=note + link,
            user_id=self._responsible().id,
            date_deadline=self.company_id._amili_today(),
        )

    def _end_questions(self):
        """End the tasks of these: Amili has its answers."""
        self.move_id.activity_feedback([QUESTION_TYPE])

    def _notify_users(self):
        """Show those who sent these what became of them, if their browser is open."""
        for user, cases in self.filtered("user_id").grouped("user_id").items():
            cases = cases.with_context(lang=user.lang)
            if len(cases) == 1:
                kind = NOTIFICATION_TYPE.get(cases.state, "success")
                cases._notify(user, kind, cases._explain_state())
                continue
            labels = dict(self._fields["state"]._description_selection(cases.env))
            for state, same in cases.grouped("state").items():
                message = cases.env._(
                    "%(count)s invoices: %(state)s",
                    count=len(same),
                    state=labels[state],
                )
                same._notify(user, NOTIFICATION_TYPE.get(state, "success"), message)

    def _notify(self, user, kind, message):
        """Show a small notification to a user whose browser is open.

        :param str kind: ``info``, ``success``, ``warning`` or ``danger``
        """
        user._bus_send(
            "amili_perinta/told",
            {
                "type": kind,
                "title": self.name if len(self) == 1 else "Amili Perintä",
                "message": message,
                "res_model": "account.move",
                "res_ids": self.move_id.ids,
            },
        )

    def _responsible(self):
        """Return who has to act: the sender, or who stands in for them."""
        self.ensure_one()
        return self.company_id._amili_responsible(self.user_id)

    # What follows from a change ------------------------------------------------------

    def _tell_changes(self, before):
        """Write changes of state into the chatter, give tasks, wake the next cron."""
        changed = self.filtered(lambda a: a.state not in (before[a.id], "queued"))
        changed._log_state()
        changed.filtered(lambda a: a.state == "rejected")._ask_sender(
            self.env._("Amili Perintä: correct and send again")
        )
        changed.filtered(
            lambda a: a.state in ("closed", "withdrawn") and a.move_id.amount_residual
        )._suggest()
        changed._notify_users()
        self.filtered(lambda a: a.state != before[a.id])._wake_next()
        self._tell_long_waits()

    def _suggest(self):
        """Give a task where an ended case leaves something to be decided."""
        for case in self.filtered(lambda a: a.result != "paid"):
            case._ask_sender(
                self.env._("Amili Perintä: the case has ended"), case._suggestion()
            )

    def _suggestion(self):
        """Return what to do in Odoo now that the case has ended; nothing is booked."""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.move_id.amount_residual, 0) <= 0:
            return ""
        match self.result:
            case "paid":
                return self.env._(
                    "Wait for the payout: it comes with the reference of the invoice "
                    "and is matched like any payment."
                )
            case "partly_paid":
                return self.env._(
                    "Wait for the payout of what was collected. Then write the rest "
                    "off, or go on collecting it yourself."
                )
            case "credit_loss":
                return self.env._(
                    "Nothing more is to be expected. Write the open amount off as a "
                    "credit loss if you agree."
                )
            case "withdrawn":
                return self.env._(
                    "Amili does not collect it any more. Collect it yourself, credit "
                    "it, or hand it over anew."
                )
            case _other:
                return self.env._("Look at the case at Amili to see how it ended.")

    def _wake_next(self):
        """Let who goes on with these run at the time of their next step."""
        self.filtered(lambda a: a.state == "active").event_ids._wake_next()
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
