from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

from ...models.connection.actions import CLOSE, show_notice

# Maventa takes 2000 characters; a reference is appended to what people write.
MAX_TEXT = 2000 - 60
NEEDS_TEXT = ("comment", "contact", "reply", "pause", "withdraw", "end")
KINDS = [
    ("comment", "Message"),
    ("contact", "Change of a debtor"),
    ("reply", "Answer"),
    ("due_date", "New due date"),
    ("pause", "Pause"),
    ("withdraw", "Withdrawal"),
    # Amili hears nothing of it: it has no such case.
    ("end", "End in Odoo"),
]


class AmiliReportWizard(models.TransientModel):
    """What a person says to Amili of one case, before it is queued.

    Makes no remote call. Who may say what is checked by
    ``amili.assignment._check_may_report``.
    """

    _name = "amili.report.wizard"
    _description = "Tell Amili Perintä"
    _inherit = ["amili.derived.mixin"]

    # What is needed the window itself says: the database would print a message that it
    # refuses, with all that somebody typed.
    assignment_id = fields.Many2one(
        "amili.assignment", readonly=True, ondelete="cascade"
    )
    # Read with the rights of the user, as all that is the case's own.
    company_id = fields.Many2one(related="assignment_id.company_id", related_sudo=False)
    move_id = fields.Many2one(related="assignment_id.move_id", related_sudo=False)
    partner_id = fields.Many2one(related="assignment_id.partner_id", related_sudo=False)
    kind = fields.Selection(KINDS, readonly=True)
    question_id = fields.Many2one(
        "amili.assignment.event", readonly=True, ondelete="cascade"
    )
    question_text = fields.Text(compute="_compute_question_text")
    text = fields.Text(string="Message")
    date = fields.Date(string="Day")
    is_sure = fields.Boolean(string="Yes, withdraw this case")
    is_again = fields.Boolean(
        readonly=True, help="The question had been dealt with before this was opened."
    )
    is_done = fields.Boolean(readonly=True, help="It has been queued already.")

    @api.model
    def _open(self, assignment, kind, question=None, text=None):
        """Return the action that opens this window for a case.

        :param str kind: one of ``KINDS``
        :param question: the event that is answered
        :param str text: what is proposed to be written
        """
        titles = {
            "comment": self.env._("Write to Amili"),
            "contact": self.env._("Tell Amili of a Change"),
            "reply": self.env._("Reply to Amili"),
            "due_date": self.env._("Ask for a New Due Date"),
            "pause": self.env._("Ask for a Pause"),
            "withdraw": self.env._("Withdraw the Case"),
            "end": self.env._("End the Case in Odoo"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": titles[kind],
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_assignment_id": assignment.id,
                "default_kind": kind,
                "default_question_id": bool(question) and question.id,
                "default_is_again": bool(question and question.seen_at),
                "default_text": text
                or (kind == "contact" and assignment.contact_change)
                or False,
            },
        }

    @api.depends("question_id")
    def _compute_question_text(self):
        for wizard in self:
            question = wizard.question_id
            wizard.question_text = question and question._explain()

    def action_confirm(self):
        """Queue what is said, once; nothing is sent from a click.

        :raises AccessError: the user may not say this
        :raises UserError: something is missing, or the case takes no reports
        """
        self.ensure_one()
        # The defaults of this window are not those of what is made now.
        self = self.with_env(self.env(context=clean_context(self.env.context)))
        if not (self.assignment_id and self.kind):
            raise UserError(self.env._("Open the case and choose what to say."))
        self.assignment_id._check_may_report(self.kind)
        self._check_once()
        self._check_question()
        self._check_text()
        self._check_date()
        self.assignment_id._check_not_withdrawing(self.kind)
        if self.kind == "withdraw" and not self.is_sure:
            raise UserError(
                self.env._("Tick “Yes, withdraw this case” if that is what you want.")
            )
        self.sudo().is_done = True
        if self.kind == "end":
            self.assignment_id._end_here(self._values()["text"])
        else:
            self.assignment_id._report(
                "comment" if self.kind in ("contact", "reply") else self.kind,
                **self._values(),
            )
        if self.kind == "contact":
            self.assignment_id._settle_change()
        # It has gone where it belongs.
        self.text = False
        return show_notice(
            "success",
            self._confirmation(),
            title=self.env._("Amili Perintä"),
            next=CLOSE,
        )

    def _values(self):
        values = {"text": (self.text or "").strip()}
        if self.kind in ("due_date", "pause"):
            values["date"] = self.date
        if self.kind == "reply":
            values["question_id"] = self.question_id.id
        return values

    def _check_once(self):
        """A second click must not say it a second time."""
        # A click that comes at the same moment waits for neither of us.
        if self.is_done or not self.try_lock_for_update():
            raise UserError(self.env._("This has been sent already."))

    def _check_question(self):
        question = self.question_id
        if self.kind != "reply":
            return
        if (
            question.assignment_id != self.assignment_id
            or question.type != "comment"
            or question.direction != "inbound"
        ):
            raise UserError(self.env._("There is no question of Amili to answer."))
        if question.seen_at and not self.is_again:
            raise UserError(
                self.env._(
                    "Somebody else has dealt with this question meanwhile. Look at the "
                    "events of the case, then answer again if there is more to say."
                )
            )

    def _check_text(self):
        text = (self.text or "").strip()
        if not text and self.kind in NEEDS_TEXT:
            raise UserError(
                self.env._("Write what Amili is to know.")
                if self.kind in ("comment", "contact", "reply")
                else self.env._("Write the reason.")
            )
        if len(text) > MAX_TEXT:
            raise UserError(
                self.env._(
                    "Amili takes %(limit)s characters at most, and this has "
                    "%(count)s. Make it shorter.",
                    limit=MAX_TEXT,
                    count=len(text),
                )
            )

    def _check_date(self):
        if self.kind == "due_date" and not self.date:
            raise UserError(self.env._("Choose the new due date."))
        if self.kind in ("due_date", "pause") and self.date:
            if self.date <= self.company_id._amili_today():
                raise UserError(self.env._("Choose a day after today."))

    def _confirmation(self):
        if self.kind == "withdraw":
            return self.env._(
                "The withdrawal goes to Amili within minutes. The case goes on until "
                "Amili has taken it."
            )
        if self.kind == "end":
            return self.env._("The case has ended here. Amili was told nothing.")
        if self.kind in ("due_date", "pause"):
            return self.env._(
                "Your request goes to Amili within minutes. How Amili takes it appears "
                "in the events of the case."
            )
        return self.env._("Your message goes to Amili within minutes.")
