"""What the law of Finland lets nobody collect, or charge; which rule each stop follows.

The rules and their sources stand in a table of the README. What is stopped here nobody
hands over; what only warns a person has to look at.
"""

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount, format_date

from ...const import ACCOUNTING_GROUPS
from ..connection.masked import MaskedChar, MaskedText
from ..connection.moments import naive

# A consumer must have been reminded this long before the debt goes to collection.
CONSUMER_REMINDER_DAYS = 14
# A consumer's reminder may be charged so long after the due date, or after the one
# before it; a business's so long after the one before it.
CONSUMER_FEE_DAYS = 14
BUSINESS_FEE_DAYS = 10
# Reminder fees that may be claimed without doubt, EUR a reminder.
REMINDER_FEE_LIMITS = {"b2c": 5.0, "b2b": 12.0}
LIMITATION = relativedelta(years=3)
# So long before a debt becomes time-barred people are warned.
NOTICE = timedelta(90)
# In the books of these a debtor's payment is booked.
MONEY_JOURNALS = ("bank", "cash", "credit")


class AccountMove(models.Model):
    _inherit = "account.move"

    amili_earlier_reminder_date = fields.Date(
        string="Reminder Before That",
        copy=False,
        help="The day of the own reminder before the last one, if there was one: from "
        "it depends whether the last one may be charged.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_time_barred_on = fields.Date(
        string="Time-barred From",
        compute="_compute_amili_time_barred_on",
        help="Three years after the last of the due date, your own reminder, the last "
        "payment, and the interruption that was entered.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_interruption_date = fields.Date(
        string="Limitation Interrupted",
        copy=False,
        help="The day on which the debtor acknowledged the debt, or you claimed it in "
        "court or in writing: the three years begin anew.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_interruption_reason = MaskedChar(
        string="Interrupted By",
        copy=False,
        help="What happened on that day, so that it can be shown later.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_disputed_on = fields.Date(
        string="Disputed Since",
        copy=False,
        help="The day on which the debtor contested the debt. While it stands here "
        "nothing is handed over.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_dispute_reason = MaskedText(
        string="Reason of the Dispute",
        copy=False,
        help="Who contests what, and why.",
        groups=ACCOUNTING_GROUPS,
    )
    amili_disputed_by_id = fields.Many2one(
        "res.users",
        string="Dispute Entered By",
        readonly=True,
        copy=False,
        groups=ACCOUNTING_GROUPS,
    )

    @api.depends(
        "state",
        "move_type",
        "invoice_date_due",
        "amount_residual",
        "amili_reminder_date",
        "amili_earlier_reminder_date",
        "amili_interruption_date",
    )
    def _compute_amili_time_barred_on(self):
        for move in self:
            move.amili_time_barred_on = (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and move.amount_residual > 0
                and _barred_from(
                    move._amili_limitation_days(move._amili_get_reminder()[0])
                )
            )

    @api.constrains("amili_disputed_on", "amili_dispute_reason")
    def _check_amili_dispute(self):
        self._amili_check_explained(
            "amili_disputed_on",
            "amili_dispute_reason",
            self.env._("Write who contests what, and why: a dispute needs a reason."),
        )

    @api.constrains("amili_interruption_date", "amili_interruption_reason")
    def _check_amili_interruption(self):
        self._amili_check_explained(
            "amili_interruption_date",
            "amili_interruption_reason",
            self.env._("Write what interrupted the limitation on that day."),
        )

    def _amili_check_explained(self, day_name, reason_name, message):
        """Refuse a day without its reason, and a day that has not come yet."""
        for move in self.filtered(day_name):
            if not (move[reason_name] or "").strip():
                raise ValidationError(message)
            if move[day_name] > move.company_id._amili_today():
                raise ValidationError(
                    self.env._(
                        "%(field)s: the day is in the future.",
                        field=move._fields[day_name]._description_string(self.env),
                    )
                )

    def write(self, vals):
        if "amili_reminder_date" in vals and "amili_earlier_reminder_date" not in vals:
            self._amili_store_reminder(fields.Date.to_date(vals["amili_reminder_date"]))
        if "amili_disputed_on" not in vals:
            return super().write(vals)
        before = {move: bool(move.amili_disputed_on) for move in self}
        result = super().write(vals)
        changed = self.filtered(
            lambda move: bool(move.amili_disputed_on) != before[move]
        )
        for is_disputed, moves in changed.grouped(
            lambda move: bool(move.amili_disputed_on)
        ).items():
            moves.sudo().amili_disputed_by_id = is_disputed and self.env.user
        changed._amili_note_dispute()
        return result

    def _amili_store_reminder(self, day):
        """The reminder that a later one follows stays known."""
        for move in self:
            before = move.amili_reminder_date
            if before and day and before < day:
                move.amili_earlier_reminder_date = before

    # Limitation -----------------------------------------------------------------------

    def _amili_limitation_days(self, reminded):
        """Return the due date, and what interrupted the limitation since, in order.

        Of instalments the oldest that is open counts: it must not be collected either.

        :param datetime.date reminded: the day of the last own reminder, if any
        :rtype: list[datetime.date]
        """
        self.ensure_one()
        today = self.company_id._amili_today()
        items = self._amili_claim_lines().filtered(lambda line: not line.reconciled)
        due = min(
            filter(None, items.mapped("date_maturity")), default=self.invoice_date_due
        )
        if not due:
            return []
        signs = {self.amili_interruption_date, *self._amili_payment_days()}
        if reminded:
            known = self._amili_reminder_days() | {reminded}
            signs |= {day for day in known if day <= reminded}
        return [due, *sorted(day for day in signs if day and due < day <= today)]

    def _amili_reminder_days(self):
        """Return the days of own reminders that Odoo knows of; a hook as the last one.

        :rtype: set[datetime.date]
        """
        self.ensure_one()
        days = (self.amili_earlier_reminder_date, self._amili_get_reminder()[0])
        return set(filter(None, days))

    def _amili_payment_days(self):
        """Return the days on which the debtor paid a part: a credit is no payment."""
        # Who hands over may not read every journal.
        return [
            item.date
            for item in self._amili_matched()
            if item.parent_state == "posted"
            and item.sudo().journal_id.type in MONEY_JOURNALS
        ]

    def _amili_check_limitation(self, found, reminded):
        """Stop what is time-barred; warn of what will be soon, or may have been."""
        days = self._amili_limitation_days(reminded)
        today = self.company_id._amili_today()
        first_day = _barred_from(days)
        if not first_day:
            return
        view = (self.env._("View invoice"), self)
        if first_day <= today:
            found.stop(
                "time_barred",
                self.env._(
                    "Time-barred since %s: nobody may collect it. If it was "
                    "interrupted before, by a reminder, a payment, an acknowledgement "
                    "or in court, enter that day on the invoice. (Act on the "
                    "Limitation of Debts, 728/2003)",
                    format_date(self.env, first_day),
                ),
                *view,
            )
            return
        for before, after in zip(days, days[1:], strict=False):
            if _barred_from([before]) <= after:
                found.warn(
                    "time_barred_between",
                    self.env._(
                        "From %(before)s to %(after)s nothing interrupted the "
                        "limitation, as far as Odoo knows, and what comes after three "
                        "years revives no debt. Make sure that it was not time-barred "
                        "then. (Act on the Limitation of Debts, 728/2003)",
                        before=format_date(self.env, before),
                        after=format_date(self.env, after),
                    ),
                    *view,
                )
        if first_day <= today + NOTICE:
            found.warn(
                "time_barred_soon",
                self.env._(
                    "Becomes time-barred on %s. Hand it over well before that day. "
                    "(Act on the Limitation of Debts, 728/2003)",
                    format_date(self.env, first_day),
                ),
                *view,
            )

    # Disputes -------------------------------------------------------------------------

    def _amili_check_dispute(self, found):
        if self.amili_disputed_on:
            found.stop(
                "disputed",
                self.env._(
                    "Disputed since %(day)s: %(reason)s. Settle it with the customer "
                    "or in court; a collector may not collect it. When it is settled, "
                    "clear that day on the invoice. (Debt Collection Act, section 4 b)",
                    day=format_date(self.env, self.amili_disputed_on),
                    reason=(self.amili_dispute_reason or "").rstrip(". "),
                ),
                self.env._("View invoice"),
                self,
            )

    def _amili_dispute(self, day, reason):
        """Note that the debtor contests these, where nobody has yet.

        :param datetime.date day: the day of contesting, today where it is not known
        :param str reason: without the identity code of anybody
        """
        for move in self.filtered(lambda move: not move.amili_disputed_on):
            today = move.company_id._amili_today()
            move.write(
                {
                    "amili_disputed_on": min(day or today, today),
                    "amili_dispute_reason": reason,
                }
            )

    def _amili_note_dispute(self):
        """Write down that these are disputed, or are not any more."""
        for company, moves in self.grouped("company_id").items():
            lang = company._amili_lang()
            lines = {}
            for move in moves.with_context(lang=lang):
                if move.amili_disputed_on:
                    lines[move.id] = move.env._(
                        "Disputed since %(day)s: %(reason)s",
                        day=format_date(move.env, move.amili_disputed_on),
                        reason=move.amili_dispute_reason or "",
                    )
                else:
                    lines[move.id] = move.env._("Not disputed any more.")
            moves._amili_log(lines)

    def _amili_record_steps(self, steps):
        # EXTENDS the room invoice: take over that the debtor contests this, each time
        # that Maventa notes it; what a person has cleared since does not come back
        before = self.maventa_disputed_at
        result = super()._amili_record_steps(steps)
        if self.maventa_disputed_at and self.maventa_disputed_at != before:
            # Maventa may list them in any order.
            last = max(
                (step for step in steps if step.meaning == "disputed"),
                key=lambda step: naive(step.happened_at) or datetime.min,
            )
            moment = naive(last.happened_at)
            self._amili_dispute(
                moment and self.company_id._amili_date(moment),
                last.message
                or self.env._("Maventa says that the recipient disputes it."),
            )
        return result

    # Reminders ------------------------------------------------------------------------

    def _amili_check_terms(self, found, terms):
        result = super()._amili_check_terms(found, terms)
        self._amili_check_reminder(found, terms)
        self._amili_check_reminder_fee(found, terms)
        self._amili_check_limitation(found, terms["reminder_date"])
        self._amili_check_dispute(found)
        return result

    def _amili_check_reminder(self, found, terms):
        """Stop, or warn, where a consumer's reminder does not count."""
        if not _is_consumer(terms) or "reminder_in_future" in found:
            return
        reminded = terms["reminder_date"]
        is_needed = terms["collection_type"] == "collection"
        view = (self.env._("View invoice"), self)
        today = self.company_id._amili_today()
        due = self.invoice_date_due
        if reminded and due and reminded <= due:
            (found.stop if is_needed else found.warn)(
                "reminder_too_early",
                self.env._(
                    "Your own reminder of %s was not sent after the due date, so it "
                    "does not count for a consumer. Remind anew, or choose reminders "
                    "first. (Debt Collection Act, section 5)",
                    format_date(self.env, reminded),
                ),
                *view,
            )
        elif is_needed and (
            not reminded or reminded > today - timedelta(CONSUMER_REMINDER_DAYS)
        ):
            found.stop(
                "reminder_missing",
                self.env._(
                    "A consumer's debt goes straight to collection only %(days)s days "
                    "after your own reminder. Enter its date, or choose reminders "
                    "first. (Debt Collection Act, section 5)",
                    days=CONSUMER_REMINDER_DAYS,
                ),
                *view,
            )

    def _amili_check_reminder_fee(self, found, terms):
        """Warn of a fee that may not be charged, or not so much of it."""
        amount = terms["reminder_amount"] or 0.0
        if self.currency_id.compare_amounts(amount, 0) <= 0:
            return
        view = (self.env._("View invoice"), self)
        is_consumer = _is_consumer(terms)
        limit = REMINDER_FEE_LIMITS["b2c" if is_consumer else "b2b"]
        reminded = terms["reminder_date"]
        earlier = self._amili_earlier_reminder(reminded)
        reminders = 2 if earlier else 1
        if self.currency_id.compare_amounts(amount, limit * reminders) > 0:
            found.warn(
                "reminder_fee_high",
                self.env._(
                    "The reminder fee is above %(limit)s, the most that may be asked "
                    "for one reminder. (Debt Collection Act, %(rule)s)",
                    limit=format_amount(self.env, limit, self.currency_id),
                    rule=self.env._("section 10 a")
                    if is_consumer
                    else self.env._("section 10 as amended in 2022"),
                ),
                *view,
            )
        due = self.invoice_date_due
        since = max(filter(None, (earlier, due)), default=None)
        if not (reminded and since):
            return
        if is_consumer and reminded < since + timedelta(CONSUMER_FEE_DAYS):
            found.warn(
                "reminder_fee_early",
                self.env._(
                    "A consumer's reminder may be charged only %(days)s days after the "
                    "due date and after the reminder before it; this one was sent on "
                    "%(day)s. Leave the fee out. (Debt Collection Act, section 10 b)",
                    days=CONSUMER_FEE_DAYS,
                    day=format_date(self.env, reminded),
                ),
                *view,
            )
        elif earlier and reminded < earlier + timedelta(BUSINESS_FEE_DAYS):
            found.warn(
                "reminder_fee_early",
                self.env._(
                    "A second reminder may be charged only %(days)s days after the one "
                    "before it, which was sent on %(day)s. Leave its fee out. (Debt "
                    "Collection Act, section 10 as amended in 2022)",
                    days=BUSINESS_FEE_DAYS,
                    day=format_date(self.env, earlier),
                ),
                *view,
            )

    def _amili_earlier_reminder(self, reminded):
        """Return the day of the last own reminder before another one; False if none.

        What the wizard is about to enter as the last one has the invoice's before it.
        """
        known = self._amili_reminder_days()
        return max((day for day in known if reminded and day < reminded), default=False)


def _is_consumer(terms):
    return (terms["receivables_type"] or "").startswith("b2c")


def _barred_from(days):
    """Return the first day on which a debt is time-barred; False if it is not due."""
    return bool(days) and days[-1] + LIMITATION + timedelta(1)
