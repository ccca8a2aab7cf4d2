"""What people are told of an assignment: sentences, chatter lines, tasks."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

ACTIVITY_TYPE = "mail.mail_activity_data_warning"
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
            case "closed" if assignment.move_id.amount_residual:
                text = self.env._(
                    "Amili Perintä closed the case on %(day)s. Still open on the "
                    "invoice: %(amount)s.",
                    day=assignment._ended_on(),
                    amount=format_amount(
                        self.env,
                        assignment.move_id.amount_residual,
                        assignment.currency_id,
                    ),
                )
            case _other:
                text = self._explain_state()
        return text.strip()

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
                return self.env._(
                    "Withdrawn from Amili Perintä on %s.", assignment._ended_on()
                )
            case _other:
                return self.env._(
                    "Amili Perintä closed the case on %s.", assignment._ended_on()
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
            move = assignment.move_id
            if summary in move.activity_ids.mapped("summary"):
                continue
            # Without an e-mail for each: a bad day may bring hundreds of them.
            move.with_context(mail_activity_quick_update=True).activity_schedule(
                ACTIVITY_TYPE,
                summary=summary,
                note=Markup("<p>%s</p>") % (note or assignment.error_message or ""),
                user_id=assignment._responsible().id,
            )

    def _responsible(self):
        """Return who has to act: the sender, or who stands in for them."""
        self.ensure_one()
        for user in (self.user_id, self.company_id.amili_responsible_user_id):
            if user.active and not user.share and self.company_id in user.company_ids:
                return user
        return self.env.ref("base.user_admin")

    # What follows from a change ------------------------------------------------------

    def _tell_changes(self, before):
        """Write changes of state into the chatter, give tasks, wake the next cron."""
        changed = self.filtered(lambda a: a.state not in (before[a.id], "queued"))
        changed._log_state()
        changed.filtered(lambda a: a.state == "rejected")._ask_sender(
            self.env._("Amili Perintä: correct and send again")
        )
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
