"""Reminders that account_credit_control sends, files that account_edi_finvoice makes.

Both are of the OCA. Their models and fields are looked for when Odoo has loaded all
addons of the database: without them nothing here does anything.
"""

import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...const import ACCOUNTING_GROUPS

POLICY = "credit.control.policy"
# What it would still send.
UNSENT_STATES = ("draft", "to_be_sent", "error", "email_error")
FINVOICE = "finvoice_3_0"
# What tells when a Finvoice file was made, and what was open then.
_MADE_THEN = re.compile(
    rb"<(MessageTimeStamp|EpiDate|EpiInstructedAmount)\b[^>]*>[^<]*</\1>|\s+"
)


def _without_cases(origin):
    """Return a method for the policy that finds no item of what Amili has."""

    def _move_lines_domain(self, credit_control_run):
        live = [("amili_assignment_id", "!=", False)]
        # Who makes reminders need not be allowed to see cases.
        others = Domain("move_id", "not any!", live)
        return [*origin(self, credit_control_run), others]

    return _move_lines_domain


class AccountMove(models.Model):
    _inherit = "account.move"

    amili_sent_reminder = fields.Char(
        string="Last Reminder of Credit Control",
        compute="_compute_amili_sent_reminder",
        help="It counts as your own reminder, with nothing to enter.",
        groups=ACCOUNTING_GROUPS,
    )

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_amili_sent_reminder(self):
        for move in self:
            sent, day = move._amili_last_sent_reminder()
            move.amili_sent_reminder = sent and self.env._(
                "Level %(level)s of %(policy)s, sent on %(day)s",
                level=sent.level,
                policy=sent.policy_id.name,
                day=format_date(self.env, day),
            )

    def _amili_get_reminder(self):
        # EXTENDS the room handover: the later one counts
        day, fee = super()._amili_get_reminder()
        _sent, sent_day = self._amili_last_sent_reminder()
        return max(filter(None, (day, sent_day)), default=False), fee

    def _amili_reminder_days(self):
        # EXTENDS the room handover: each that was sent
        return super()._amili_reminder_days() | set(
            self._amili_sent_reminders().values()
        )

    def _amili_sent_reminders(self):
        """Return each reminder that credit control has sent, with its day."""
        if "credit_control_line_ids" not in self._fields:
            return {}
        lines = self.sudo().credit_control_line_ids
        return {
            line: self._amili_reminder_day(line)
            for line in lines
            if line.state == "sent"
        }

    def _amili_last_sent_reminder(self):
        """Return the last reminder that credit control has sent of this invoice.

        :return: the ``credit.control.line`` and its day, or twice ``False``
        :rtype: tuple
        """
        self.ensure_one()
        days = self._amili_sent_reminders()
        if not days:
            return False, False
        last = max(days, key=lambda line: (days[line], line.level, line.id))
        return last, days[last]

    def _amili_reminder_day(self, line):
        """Return the day on which a line of credit control was sent.

        Its own date is that of the run, which may be long before. Where only a person
        said that it was sent it is the day of that, rather later than too early: a
        debtor has time to pay from then on.
        """
        day = line.date_sent or line.communication_id.report_date
        return day or self.company_id._amili_date(line.write_date)

    def _amili_pause_reminders(self, is_paused):
        # EXTENDS the room handover: what waits to be sent is ignored, as
        # account_credit_control calls it; a later run makes it anew where need be
        if is_paused and "credit_control_line_ids" in self._fields:
            lines = self.sudo().credit_control_line_ids
            unsent = lines.filtered(lambda line: line.state in UNSENT_STATES)
            unsent.write({"state": "ignored"})
        return super()._amili_pause_reminders(is_paused)

    # The run of credit control --------------------------------------------------------

    def _register_hook(self):
        # EXTENDS base: without a dependency no class can extend that model
        super()._register_hook()
        policy = self.env.registry.models.get(POLICY)
        if policy and "_move_lines_domain" not in vars(policy):
            policy._move_lines_domain = _without_cases(policy._move_lines_domain)

    def _unregister_hook(self):
        # EXTENDS base
        policy = self.env.registry.models.get(POLICY)
        if policy and "_move_lines_domain" in vars(policy):
            del policy._move_lines_domain
        return super()._unregister_hook()

    # Finvoice -------------------------------------------------------------------------

    @api.model
    def _amili_supports_finvoice(self):
        """Whether an addon that makes Finvoice files is installed."""
        formats = self.env.registry.models.get("account.edi.format")
        return hasattr(formats, "_edi_content_invoice_edi_finvoice")

    def _amili_finvoice(self):
        """Return the Finvoice file of this invoice, or ``None`` where there is none.

        One that no longer says what Odoo says today is made anew.

        :return: its name and content
        :rtype: tuple[str, bytes] | None
        """
        self.ensure_one()
        if not self._amili_supports_finvoice():
            return None
        documents = self.sudo().edi_document_ids.filtered(
            lambda document: document.edi_format_id.code == FINVOICE
        )
        kept = documents.attachment_id[-1:]
        if not kept:
            return None
        edi_format = documents.edi_format_id[-1:]
        today = edi_format._edi_content_invoice_edi_finvoice(self.sudo())
        today = today.encode() if isinstance(today, str) else bytes(today)
        is_same = _MADE_THEN.sub(b"", kept.raw) == _MADE_THEN.sub(b"", today)
        return kept.name, kept.raw if is_same else today
