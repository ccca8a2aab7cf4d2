"""What people may say to Amili of a case, and who may."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .account_move import USER_GROUP

MANAGER_GROUP = "amili_perinta.group_amili_manager"
# Answering belongs to the daily work; changing the course of a case does not.
KINDS_OF_USERS = ("reply", "seen")
# The date of these is the day that was asked for, not the day of asking.
ASKED_FOR_A_DAY = ("due_date", "pause", "withdraw", "seen")


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    banner = fields.Text(compute="_compute_banner")
    question_id = fields.Many2one(
        "amili.assignment.event",
        string="Open Question",
        compute="_compute_question_id",
        help="The oldest question of Amili that nobody has answered or seen.",
    )
    question_text = fields.Text(compute="_compute_question_id")
    is_withdrawing = fields.Boolean(
        compute="_compute_is_withdrawing",
        help="Amili has been asked to end the case and has not said that it did.",
    )
    shown_event_ids = fields.One2many(
        "amili.assignment.event",
        "assignment_id",
        string="What Happened",
        domain=[("type", "!=", "seen")],
        readonly=True,
    )

    @api.depends("state", "error_message", "collection_status", "closed_at", "result")
    @api.depends_context("lang")
    def _compute_banner(self):
        for assignment in self:
            assignment.banner = bool(assignment.id) and assignment._banner()

    @api.depends("event_ids.is_question")
    @api.depends_context("lang")
    def _compute_question_id(self):
        for assignment in self:
            questions = assignment.event_ids.filtered("is_question")
            question = questions.sorted(lambda e: (e.date, e.id))[:1]
            assignment.question_id = question
            assignment.question_text = question and question._explain()

    @api.depends("state", "event_ids.type", "event_ids.state")
    def _compute_is_withdrawing(self):
        for assignment in self:
            assignment.is_withdrawing = (
                assignment.state == "active" and assignment._is_being_withdrawn()
            )

    def action_comment(self):
        """Open the window for a message to Amili."""
        return self._open_report("comment")

    def action_ask_due_date(self):
        """Open the window that asks for a new due date."""
        return self._open_report("due_date")

    def action_pause(self):
        """Open the window that asks Amili to wait."""
        return self._open_report("pause")

    def action_withdraw(self):
        """Open the window that ends the case."""
        return self._open_report("withdraw")

    def action_reply(self):
        """Open the window for the answer to the oldest open question."""
        return self._open_report("reply", self.question_id)

    def action_mark_seen(self):
        """Tell Amili that the oldest open question was seen; no answer follows."""
        self._check_may_report("seen")
        self.question_id.action_mark_seen()

    def _open_report(self, kind, question=None):
        """Open the window for what is told to Amili.

        :raises AccessError: the user may not say this
        :raises UserError: the case takes no reports
        """
        self.ensure_one()
        self._check_may_report(kind)
        self._check_takes_reports()
        self._check_not_withdrawing(kind)
        return self.env["amili.report.wizard"]._open(self, kind, question)

    def _check_may_report(self, kind):
        """Check the rights of the user for one kind of report.

        :raises AccessError: the user lacks the group, or may not read the case
        """
        group = USER_GROUP if kind in KINDS_OF_USERS else MANAGER_GROUP
        if not self.env.user.has_group(group):
            raise AccessError(
                self.env._(
                    "You may not answer Amili. Ask your administrator for the right "
                    "“Amili Perintä: User”."
                )
                if group == USER_GROUP
                else self.env._(
                    "You may not write to Amili or change the course of a case. Ask "
                    "your administrator for the right “Amili Perintä: Manager”."
                )
            )
        self.check_access("read")

    def _check_not_withdrawing(self, kind):
        """Amili is asked once to end a case, and not to do anything else after."""
        if kind in ("withdraw", "pause", "due_date") and self.is_withdrawing:
            raise UserError(
                self.env._(
                    "Amili has been asked to end %s already. It has not confirmed "
                    "that yet.",
                    self.name,
                )
            )


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    case_state = fields.Selection(related="assignment_id.state", string="Case")
    day = fields.Date(
        compute="_compute_said",
        help="The day on which it happened here or at Amili.",
    )
    said = fields.Text(string="Details", compute="_compute_said")
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
