"""What people are told of the events of a case."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ...const import MANAGER_GROUP
from ...deadlines import WAS_AMILI_TOLD
from ...maventa.masking import mask_text
from ..connection.actions import RELOAD, show_notice

# The date of these is the day that was asked for, not the day of asking.
ASKED_FOR_A_DAY = ("due_date", "pause", "withdraw", "seen")


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    day = fields.Date(
        compute="_compute_said",
        help="The day on which it happened here or at Amili.",
    )
    said = fields.Text(string="Details", compute="_compute_said")
    can_be_known = fields.Boolean(compute="_compute_can_be_known")
    remark = fields.Text(
        compute="_compute_remark",
        help="What else to know of this event.",
    )

    @api.depends("type", "direction", "date", "text")
    @api.depends_context("lang")
    def _compute_said(self):
        for event in self:
            asked = event.direction == "outbound" and event.type in ASKED_FOR_A_DAY
            made = event.create_date or fields.Datetime.now()
            event.day = not asked and event.date
            if not event.day:
                event.day = event.assignment_id.company_id._amili_date(made)
            until = asked and event.date and format_date(self.env, event.date)
            if until and event.type == "pause":
                until = self.env._("Until %s.", until)
            elif until:
                until = f"{until}."
            event.said = " ".join(filter(None, (until, event.text)))

    @api.depends("state", "waiting_since")
    def _compute_can_be_known(self):
        """What was refused or is late a person may have told Amili in another way."""
        for event in self:
            event.can_be_known = event.state == "failed" or (
                event.state in ("queued", "unknown") and bool(event._overdue())
            )

    @api.depends("error_message", "is_doubtful", "is_undone", "is_question")
    @api.depends_context("lang")
    def _compute_remark(self):
        for event in self:
            if event.error_message:
                remark = event.error_message
            elif event.is_undone:
                remark = self.env._("Undone later. Amili is told that it is not valid.")
            elif event.is_doubtful:
                remark = self.env._(
                    "Not counted: its amount or its date cannot be right."
                )
            else:
                remark = event.is_question and self.env._("Waits for an answer.")
            event.remark = remark

    def _explain(self):
        """Return a sentence on what happened; empty where the state tells it."""
        self.ensure_one()
        stage = self.assignment_id._stage_label(self.collection_status)
        values = {
            "day": format_date(self.env, self.date),
            "amount": format_amount(self.env, self.amount, self.currency_id),
            # A step forward without words has the stage for its text.
            "text": self.text if self.text and self.text != stage else "",
            "stage": stage or self.remote_type,
        }
        match self.type, self.direction:
            case "close", _direction:
                line = ""
            case "comment", "inbound":
                line = self.env._("Amili wrote on %(day)s: %(text)s", **values)
            case "comment", "outbound":
                line = self.env._("Written to Amili on %(day)s: %(text)s", **values)
            case "paid", "inbound":
                line = self.env._(
                    "Amili received a payment of %(amount)s on %(day)s. %(text)s",
                    **values,
                )
            case "paid", "outbound":
                line = self.env._(
                    "Amili was told of a payment of %(amount)s on %(day)s. %(text)s",
                    **values,
                )
            case "credit_note", "inbound":
                line = self.env._(
                    "Credit of %(amount)s on %(day)s at Amili. %(text)s", **values
                )
            case "credit_note", "outbound":
                line = self.env._(
                    "Amili was told of a credit of %(amount)s on %(day)s. %(text)s",
                    **values,
                )
            case "due_date", "outbound":
                line = self.env._(
                    "Amili was asked for a new due date: %(day)s. %(text)s", **values
                )
            case "pause", "outbound" if self.date:
                line = self.env._(
                    "Amili was asked to pause the case until %(day)s. %(text)s",
                    **values,
                )
            case "pause", "outbound":
                line = self.env._(
                    "Amili was asked to pause the case. %(text)s", **values
                )
            case "withdraw", "outbound":
                line = self.env._("Amili was asked to end the case. %(text)s", **values)
            case "payout", _direction:
                line = self.env._("Amili paid out %(amount)s on %(day)s.", **values)
            case _other:
                line = self.env._(
                    "Amili Perintä on %(day)s: %(stage)s. %(text)s", **values
                )
        return line.strip()

    def _describe(self):
        """Return in a few words what a report says, e.g. for a list of failures."""
        self.ensure_one()
        kinds = dict(self._fields["type"]._description_selection(self.env))
        parts = [
            kinds[self.type],
            self.amount and format_amount(self.env, self.amount, self.currency_id),
            self.date and format_date(self.env, self.date),
            # It stands within a sentence.
            (self.text or "").rstrip("."),
        ]
        return ", ".join(part for part in parts if part)

    def _notify_senders(self):
        """Show whoever asked for something what became of it."""
        for event in self.filtered("user_id"):
            if event.state == "done" and event.type != "seen":
                event.assignment_id._notify(event.user_id, "success", event._explain())
            elif event.state == "failed":
                event.assignment_id._notify(
                    event.user_id, "danger", event.error_message
                )

    def _tell_failures(self):
        for event in self:
            line = self.env._(
                "Amili Perintä did not take this: %(what)s. %(problem)s",
                what=event._describe(),
                problem=event.error_message,
            )
            self.env["amili.assignment"]._log([(event.assignment_id, line)])
            if event.type != "seen":
                event.assignment_id._ask_sender(
                    self.env._("Amili Perintä: a report was refused, tell Amili"), line
                )

    def _notify_blocked(self):
        # EXTENDS amili.outbox.mixin: what was paid does not get through to Amili
        self.ensure_one()
        self.assignment_id._ask_sender(
            self.env._("Amili Perintä: Amili cannot be told of payments"),
            self.error_message,
            "summary",
        )

    def _notify_left_behind(self):
        # EXTENDS amili.outbox.mixin
        for event in self:
            event.assignment_id._ask_sender(
                self.env._(WAS_AMILI_TOLD),
                event._describe(),
                "note",
            )

    def _ask_about_wait(self, deadline, count):
        # EXTENDS amili.deadline.mixin
        case = self.assignment_id
        if self.is_question:
            case._ask_question_again(self)
            return
        note = f"{self._describe()}. {self._explain_wait(deadline, count)}"
        case._ask_sender(
            self.env._(deadline.matter), note, "note" if count < 2 else "summary"
        )

    def _lapse(self):
        """Let withdrawals end that Amili did not follow; a person hears of it."""
        for event in self:
            event.is_lapsed = True
            line = event.env._(
                "Amili did not follow the withdrawal of %s within two weeks, and goes "
                "on collecting. Ask Amili why. Pause, new due date and withdrawal are "
                "possible again.",
                format_date(event.env, event.create_date),
            )
            case = event.assignment_id
            self.env["amili.assignment"]._log([(case, line)])
            case._ask_sender(event._not_followed_summary(), line)

    def _not_followed_summary(self):
        return self.env._("Amili Perintä: a withdrawal was not followed")

    def _similar_summary(self):
        return self.env._("Amili Perintä: was Amili told of this already?")

    def _undone_summary(self):
        return self.env._("Amili Perintä: a reported payment was undone")

    def _summary_text(self):
        """Return the words of this event; paper shows nobody's identity code."""
        self.ensure_one()
        return mask_text("\n".join(filter(None, (self.said, self.remark))))

    # What people do with a message of Amili -------------------------------------------

    def action_reply(self):
        """Open the window for the answer to this question."""
        self.ensure_one()
        self.assignment_id._check_may_report("reply")
        return self.assignment_id._open_report("reply", self)

    def action_mark_seen(self):
        """Tell Amili that these were seen, and end the tasks for them."""
        self.assignment_id._check_may_report("seen")
        for event in self.filtered("is_question"):
            event.assignment_id._report("seen", question_id=event.id)

    def action_dispute(self):
        """Mark the invoice as disputed, in the words of this message of Amili.

        Where the user may ask Amili to wait, the window for that opens.
        """
        self.ensure_one()
        case = self.assignment_id
        case._check_may_report("dispute")
        if self.type != "comment" or self.direction != "inbound":
            raise UserError(self.env._("This is no message of Amili."))
        move = case.move_id
        move._amili_dispute(
            self.day, self.text or self.env._("Amili says that it is disputed.")
        )
        if move.amili_can_ask_pause and self.env.user.has_group(MANAGER_GROUP):
            return move.action_amili_ask_pause()
        return show_notice(
            "success",
            self.env._("%s is marked as disputed.", move.name),
            title=self.env._("Amili Perintä"),
            next=RELOAD,
        )

    def action_open_assignment(self):
        """Open the case to which this belongs."""
        self.ensure_one()
        return self.assignment_id._get_records_action()
