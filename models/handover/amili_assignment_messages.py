"""What people are told of an assignment: sentences, chatter lines, tasks."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ...const import LIVE_STATES
from ..connection.notes import check_are_no_notes, write_notes

# The look of the small notification for a state; all others are good news.
NOTIFICATION_TYPE = {
    "rejected": "danger",
    "unknown": "warning",
    "cancelled": "warning",
    "closed": "info",
    "withdrawn": "info",
}


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    banner = fields.Text(compute="_compute_banner")

    @api.depends("state", "error_message", "closed_at")
    @api.depends_context("lang")
    def _compute_banner(self):
        for assignment in self:
            assignment.banner = bool(assignment.id) and assignment._banner()

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
            case "active":
                text = self._explain_active(day)
            case _other:
                text = self._explain_state()
        return " ".join([text.strip(), *assignment._warnings()])

    def _warnings(self):
        """Return what else a person has to know of a case at Amili."""
        self.ensure_one()
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
        return warnings + self._explain_waits()

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
                    "Withdrawn from Amili Perintä on %s.", assignment._end_date_text()
                )
            case _other:
                return self.env._(
                    "Amili Perintä closed the case on %s.", assignment._end_date_text()
                )

    def _explain_active(self, day):
        """Return where a case stands that Amili has had since ``day`` (a text)."""
        return self.env._("At Amili Perintä since %s.", day)

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

    def _end_date_text(self):
        moment = self.closed_at or fields.Datetime.now()
        return format_date(self.env, self.company_id._amili_date(moment))

    def _log_state(self):
        """Write where each case stands into its own chatter and its invoice's."""
        lines = []
        for company, assignments in self.grouped("company_id").items():
            lang = company._amili_lang()
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
            write_notes(assignments, batch)
            write_notes(
                assignments.move_id, {a.move_id.id: batch[a.id] for a in assignments}
            )
            lines = later

    def _check_can_update_message_content(self, messages):
        # EXTENDS mail
        check_are_no_notes(messages)
        return super()._check_can_update_message_content(messages)

    def _ask_sender(self, summary, note=None, repeats=None):
        """Give each sender a task on the invoice.

        :param str summary: what to do, in the company's language
        :param str note: why; the problem of the assignment where left out
        :param str repeats: what is the same matter, as of ``_amili_give_task``
        """
        for assignment in self:
            assignment.move_id._amili_give_task(
                summary,
                note or assignment.error_message,
                assignment._responsible(),
                repeats,
            )

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
