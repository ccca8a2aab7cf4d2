"""What people may say to Amili of a case, and who may."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount, format_date

from ...const import (
    ASSIGNMENT_STATES,
    LIVE_STATES,
    MANAGER_GROUP,
    UNDER_WAY_STATES,
    USER_GROUP,
)
from ..connection.activities import done_lately
from .amili_assignment import QUESTION_TYPE
from .res_partner import REACHED_BY

# Answering belongs to the daily work; changing the course of a case does not.
KINDS_OF_USERS = ("contact", "reply", "seen", "similar", "dispute")


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    state = fields.Selection(group_expand="_expand_states")
    move_task = fields.Char(
        related="move_id.activity_summary",
        string="Task",
        help="What somebody has to do about the invoice next.",
    )
    days_since_sent = fields.Integer(
        string="Days at Amili",
        compute="_compute_days_since_sent",
        help="From the hand-over until today, or until the case ended.",
    )
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

    contact_change = fields.Text(
        string="Debtor Changed",
        compute="_compute_contact_change",
        help="How the debtors are reached now, where Amili knows it otherwise.",
    )

    payout_late_on = fields.Date(
        compute="_compute_payout_late_on",
        help="From this day on ask Amili where the payout is.",
    )

    @api.depends("event_ids.is_question")
    @api.depends_context("lang")
    def _compute_question_id(self):
        for assignment in self:
            questions = assignment.event_ids.filtered("is_question")
            question = questions.sorted(lambda e: (e.date, e.id))[:1]
            assignment.question_id = question
            assignment.question_text = question and question._explain()

    @api.depends("state", "event_ids.type", "event_ids.state", "event_ids.is_lapsed")
    def _compute_is_withdrawing(self):
        for assignment in self:
            assignment.is_withdrawing = (
                assignment.state == "active" and assignment._is_being_withdrawn()
            )

    @api.depends("sent_at", "closed_at")
    def _compute_days_since_sent(self):
        for assignment in self:
            company = assignment.company_id
            sent_at = assignment.sent_at
            until = assignment.closed_at or fields.Datetime.now()
            assignment.days_since_sent = (
                (company._amili_date(until) - company._amili_date(sent_at)).days
                if sent_at
                else 0
            )

    @api.depends("closed_at", "not_paid_out_amount")
    def _compute_payout_late_on(self):
        for case in self:
            company = case.company_id.sudo()
            is_to_come = (
                case.currency_id.compare_amounts(case.not_paid_out_amount, 0) > 0
            )
            if case.closed_at and is_to_come and not case._pays_to_us():
                ended_on = company._amili_date(case.closed_at)
                case.payout_late_on = ended_on + timedelta(company.amili_payout_days)
            else:
                case.payout_late_on = False

    @api.model
    def _expand_states(self, states, _domain):
        """Return the columns of the kanban in the order in which a case meets them."""
        return [state for state, _label in ASSIGNMENT_STATES if state in states]

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS base: a case that was not paid has no days to payment, not 0 of them.
        selected = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "days_to_payment:avg":
            return selected
        return SQL(
            "%s FILTER (WHERE %s IN ('paid', 'partly_paid'))",
            selected,
            self._field_to_sql(self._table, "result", query),
        )

    @api.model
    def _sum_by_partner(self, partners):
        """Return count of all cases, count and open amount of the live ones.

        :param partners: customers
        :rtype: dict[int, tuple[int, int, float]] by id of the customer
        """
        sums = {}
        for partner, state, count, amount in self._read_group(
            [("partner_id", "in", partners.ids)],
            ["partner_id", "state"],
            ["__count", "open_amount:sum"],
        ):
            cases, live, open_amount = sums.get(partner.id, (0, 0, 0.0))
            if state in LIVE_STATES:
                live, open_amount = live + count, open_amount + amount
            sums[partner.id] = (cases + count, live, open_amount)
        return sums

    # What a case adds to a hand-over ------------------------------------------------

    @api.model
    def _queue_values(self, move, terms):
        # EXTENDS the room handover: until Amili tells what it adds
        return {
            **super()._queue_values(move, terms),
            "fee_amount": terms["reminder_amount"],
            "open_amount": terms["capital_amount"] + terms["reminder_amount"],
        }

    def _set_state(self, state, **values):
        # EXTENDS the room handover
        if state in ("rejected", "cancelled"):
            # Amili never had it, so nothing is open there.
            values = {"open_amount": 0.0, "fee_amount": 0.0, **values}
        result = super()._set_state(state, **values)
        if state not in LIVE_STATES:
            self._end_reports()
            self._end_tasks()
        return result

    def _end_tasks(self):
        """End what was asked about these: of an ended case it can be done no more."""
        for case in self.sudo():
            case = case.with_context(lang=case.company_id._amili_lang())
            case._ask_meanings()
            case._ask_reopened(0.0)
            case._ask_in_process(self.env["account.payment"])
            case._compare_books()
            move = case.move_id
            move._amili_end_activity(
                case._terms_summary(),
                case._change_summary(),
                case.event_ids._not_followed_summary(),
                move._amili_disputed_summary(),
                move._amili_settled_summary(),
            )

    def _forget_identity_codes(self):
        # EXTENDS the room handover: also those that somebody wrote to Amili
        result = super()._forget_identity_codes()
        self.event_ids.wire_text = False
        return result

    def action_check_now(self):
        # EXTENDS the room handover
        action = super().action_check_now()
        self.sudo()._get_open_events()._set_due()
        self.sudo().filtered(lambda a: a.state == "active").is_outdated = True
        self._trigger_cron("sync_events")
        return action

    def _get_open_events(self):
        """Return what is on its way to Amili of these."""
        return self.env["amili.assignment.event"].search(
            [("assignment_id", "in", self.ids), ("state", "in", UNDER_WAY_STATES)]
        )

    def _notify_changes(self, before):
        # EXTENDS the room handover
        result = super()._notify_changes(before)
        new = self.filtered(lambda a: a.state == "active" != before[a.id])
        if new:
            # Amili takes events of these from now on, and has some.
            new._get_open_events()._trigger_due()
            self._trigger_cron("sync_events")
        self.filtered(
            lambda a: (
                a.state != before[a.id]
                and a.state in ("closed", "withdrawn")
                and a.move_id.amount_residual
            )
        )._suggest()
        return result

    @api.depends("collection_status", "result")
    def _compute_banner(self):
        return super()._compute_banner()

    def _stage_label(self, word):
        """Return a stage in plain words; one that nobody knows as Amili spells it."""
        labels = dict(self._fields["collection_stage"]._description_selection(self.env))
        return labels.get(word, word)

    def _explain_active(self, day):
        # EXTENDS the room handover
        if not self.sudo().collection_stage:
            return super()._explain_active(day)
        return self.env._(
            "At Amili Perintä since %(day)s. Stage: %(stage)s.",
            day=day,
            stage=self._stage_label(self.sudo().collection_status),
        )

    def _explain_state(self):
        # EXTENDS the room handover
        self.ensure_one()
        case = self.sudo()
        if case.state == "active" and case.collection_stage:
            return self.env._(
                "At Amili Perintä: %(claim)s. Stage: %(stage)s.",
                claim=case._explain_claim(),
                stage=case._stage_label(case.collection_status),
            )
        if case.state not in ("closed", "withdrawn"):
            return super()._explain_state()
        text = super()._explain_state()
        if case.state == "closed" and case.result:
            labels = dict(self._fields["result"]._description_selection(self.env))
            text = self.env._(
                "Amili Perintä closed the case on %(day)s: %(result)s.",
                day=case._end_date_text(),
                result=labels[case.result],
            )
        return " ".join(filter(None, [text, case._still_open()]))

    def _warnings(self):
        # EXTENDS the room handover
        warnings = super()._warnings()
        if self.event_ids.filtered(lambda e: e.state == "failed"):
            warnings.append(
                self.env._("Amili refused a report: look at the events of the case.")
            )
        if self.event_ids.filtered(lambda e: e.is_undone):
            warnings.append(
                self.env._("A payment that Amili had been told of was undone.")
            )
        return warnings

    # What people say of a case -------------------------------------------------------

    def _report(self, kind, **values):
        """Queue what a person has to tell Amili; return the event.

        :param str kind: ``comment``, ``due_date``, ``pause``, ``withdraw`` or ``seen``
        :param values: ``text``, ``date``, ``question_id`` as fields of the event
        :raises UserError: the case takes no reports
        """
        self.ensure_one()
        self._check_takes_reports(("active", "closed") if kind == "seen" else ())
        self._check_not_withdrawing(kind)
        event = (
            self.env["amili.assignment.event"]
            .sudo()
            .create(
                {
                    "assignment_id": self.id,
                    "direction": "outbound",
                    "type": kind,
                    "state": "queued",
                    "date": kind == "comment" and self.company_id._amili_today(),
                    "currency_id": self.currency_id.id,
                    "user_id": self.env.uid,
                    **values,
                }
            )
        )
        question = event.question_id
        if kind == "comment" and question and not question.seen_at:
            self._report("seen", question_id=question.id)
        question._be_seen()
        if kind == "pause":
            self.move_id._amili_end_dispute_tasks()
        event._trigger_due()
        return event.sudo(False)

    def _is_being_withdrawn(self):
        return bool(
            self.event_ids.filtered(
                lambda e: (
                    e.type == "withdraw"
                    and e.direction == "outbound"
                    and e.state not in ("failed", "cancelled")
                    and not e.is_lapsed
                )
            )
        )

    def _check_takes_reports(self, states=()):
        for assignment in self.sudo():
            is_fit = assignment.state in (states or ("active",))
            if not is_fit or not assignment.remote_id:
                raise UserError(
                    self.env._(
                        "%s is not in the hands of Amili at the moment, so nothing can "
                        "be reported of it.",
                        assignment.name,
                    )
                )

    def _end_reports(self):
        """Take off the queue what an ended case does not take any more."""
        queued = self.env["amili.assignment.event"].search(
            [
                ("assignment_id", "in", self.ids),
                ("state", "=", "queued"),
                ("type", "!=", "seen"),
            ]
        )
        queued._end_with_case()

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

    def _open_report(self, kind, question=None, text=None):
        """Open the window for what is told to Amili.

        :param str text: what it proposes to write
        :raises AccessError: the user may not say this
        :raises UserError: the case takes no reports
        """
        self.ensure_one()
        self._check_may_report(kind)
        self._check_takes_reports()
        self._check_not_withdrawing(kind)
        return self.env["amili.report.wizard"]._open(self, kind, question, text)

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

    def _ask_question_again(self, event):
        """Give the task for a question anew, if a person has ended it long ago."""
        self.ensure_one()
        kind = self.env.ref(QUESTION_TYPE)
        move = self.move_id
        is_open = kind in move.activity_ids.activity_type_id
        done = done_lately(move, kind.with_context(lang=False).summary)
        done |= done_lately(move, kind.summary)
        if not is_open and not done:
            self._ask_question(event)

    def _end_questions(self):
        """End the tasks of these: Amili has its answers."""
        self.move_id.activity_feedback([QUESTION_TYPE])

    def _suggest(self):
        """Give a task where an ended case leaves something to be decided."""
        for case in self.filtered(lambda a: a.result != "paid"):
            case._ask_sender(
                self.env._("Amili Perintä: the case has ended"), case._suggestion()
            )

    def _accountable_party(self):
        """Return to whose account the debtors of this case pay, as Maventa last said.

        :return: ``vfsfi`` (Amili's), ``company``, or False where it is not known
        """
        self.ensure_one()
        return self.company_id._amili_accountable_party(self._get_account())

    def _pays_to_us(self):
        """Whether the debtors pay to the company's own account."""
        return self._accountable_party() == "company"

    def _suggestion(self):
        """Return what to do in Odoo now that the case has ended; nothing is booked."""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.move_id.amount_residual, 0) <= 0:
            return ""
        return " ".join(filter(None, [self._advice(), self._explain_payout()]))

    def _explain_payout(self):
        """Return what is still to come of what Amili has collected, and by when."""
        self.ensure_one()
        if not self.payout_late_on:
            return ""
        return self.env._(
            "Still to come: %(amount)s less the commission of Amili; from %(day)s on "
            "it is late. The VAT on fees that the debtor paid Amili invoices later, "
            "and you may deduct it.",
            amount=self._format(self.not_paid_out_amount),
            day=format_date(self.env, self.payout_late_on),
        )

    def _advice(self):
        """Return what to do with what is open after a case."""
        match self.result:
            case "paid" if self._pays_to_us():
                return self.env._(
                    "The debtor has paid to your own account: match the payment with "
                    "the invoice. If it has not come, ask Amili."
                )
            case "partly_paid" if self._pays_to_us():
                return self.env._(
                    "What was collected has come to your own account: match it with "
                    "the invoice. Then write the rest off, or go on collecting it "
                    "yourself."
                )
            case "paid":
                return self.env._(
                    "Wait for the payout: it comes with the reference of the "
                    "invoice and is matched like any payment."
                )
            case "partly_paid":
                return self.env._(
                    "Wait for the payout of what was collected. Then write the "
                    "rest off, or go on collecting it yourself."
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

    def _summary_events(self):
        """Return what happened, oldest first."""
        self.ensure_one()
        return self.shown_event_ids.sorted(lambda event: (event.day, event.id))

    def _summary_has_figures(self):
        """Whether Amili has told of any sum yet."""
        self.ensure_one()
        return self.state in ("active", "closed", "withdrawn") and bool(
            self.case_read_at
            or self.open_amount
            or self.paid_amount
            or self.credited_amount
        )

    def _summary_file_name(self):
        """Return the name of the file that is printed."""
        self.ensure_one()
        return self.env._("Case Summary %s", self.name).replace("/", "-")

    # What changes of a debtor ---------------------------------------------------------

    @api.depends(
        "state",
        "payer_ids.settled_as",
        *(f"payer_ids.partner_id.{name}" for name in sorted(REACHED_BY)),
    )
    @api.depends_context("lang")
    def _compute_contact_change(self):
        for case in self:
            changes = [
                payer._change()
                for payer in case.sudo().payer_ids
                if case.state in ("pending", "active")
            ]
            case.contact_change = "\n".join(filter(None, changes))

    def _change_summary(self):
        return self.env._("Amili Perintä: a debtor has changed, tell Amili")

    def _settle_change(self):
        """Ask no more of what is offered at this moment."""
        for case in self.sudo():
            lang = case.company_id._amili_lang()
            case = case.with_context(lang=lang)
            for payer in case.payer_ids.filtered(lambda payer: payer._change()):
                payer.settled_as = payer._reached_now()
            case.move_id._amili_end_activity(case._change_summary())

    def action_tell_change(self):
        """Open the window for a message on what has changed of a debtor."""
        self.ensure_one()
        return self._open_report("contact")

    def action_settle_change(self):
        """Leave it: Amili need not know."""
        self._check_may_report("contact")
        self.check_access("read")
        self._settle_change()
