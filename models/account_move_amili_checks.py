"""What stops a hand-over and what only warns: the one place that everybody asks.

The wizard, the list, the queue's last check and the automation ask
:meth:`AccountMove._amili_get_alerts` and show or obey what it says.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import format_amount, format_date

from .amili_assignment import LIVE_STATES

# Debt Collection Act, section 5: a consumer must have been reminded this long before.
CONSUMER_REMINDER_DAYS = 14
# Reminder fees that may be claimed without doubt, EUR a reminder.
REMINDER_FEE_LIMITS = {"b2c": 5.0, "b2b": 12.0}
# The general limitation of debts, Act 728/2003.
LIMITATION_YEARS = 3


class AccountMove(models.Model):
    _inherit = "account.move"

    def _amili_default_terms(self):
        """Return what would be handed over if nobody changed anything.

        :return: by invoice id: ``collection_type``, ``receivables_type``,
            ``capital_amount``, ``reminder_amount``, ``reminder_date``,
            ``assignment_summary``, ``co_debtors`` (contacts)
        :rtype: dict[int, dict]
        """
        terms = {}
        for move in self:
            reminder_date, reminder_amount = move._amili_get_reminder()
            terms[move.id] = {
                "collection_type": move.company_id.amili_default_collection_type,
                "receivables_type": move._amili_receivables_type(),
                "capital_amount": move.amount_residual,
                "reminder_amount": reminder_amount,
                "reminder_date": reminder_date,
                "assignment_summary": move._amili_summary(),
                "co_debtors": move.amili_co_debtor_partner_ids,
            }
        return terms

    def _amili_receivables_type(self):
        """Return the customer's type; where it is empty, what it would follow from."""
        partner = self.commercial_partner_id
        return partner.amili_receivables_type or (
            "b2b" if partner.is_company else "b2c"
        )

    def _amili_summary(self):
        """Return the company's summary with this invoice filled in."""
        self.ensure_one()
        template = self.company_id.amili_summary_template or ""
        # The letter goes out in Finland: its dates are written the Finnish way.
        values = {
            "number": self.name or "",
            "date": _finnish_date(self.invoice_date),
            "due_date": _finnish_date(self.invoice_date_due),
            "reference": self.payment_reference or "",
            "origin": self.invoice_origin or "",
        }
        # The lines are read only where the template asks for them.
        if "{description}" in template:
            lines = self.invoice_line_ids.filtered(lambda line: line.name)
            values["description"] = (lines[:1].name or "").split("\n")[0]
        return template.format(**values).strip()

    def _amili_get_alerts(self, terms=None, queued=False):
        """Return what stands in the way of handing these invoices over.

        :param dict terms: as from :meth:`_amili_default_terms`; the default is those
        :param bool queued: the invoices are on the queue already, which is then no
            hindrance
        :return: by invoice id and code, in the form that the widget
            ``actionable_errors`` shows: ``level`` (``danger`` stops, ``warning`` only
            warns), ``message``, and ``action_text`` with ``action`` to open the
            record to mend
        :rtype: dict[int, dict[str, dict]]
        """
        terms = terms or self._amili_default_terms()
        with_credit = self._amili_open_credits()
        at_amili = self._amili_with_case_elsewhere()
        alerts = {}
        for move in self:
            found = alerts[move.id] = Alerts(move.env)
            if move.move_type != "out_invoice" or move.state != "posted":
                # Of anything else there is nothing more to say.
                found.stop(
                    "not_posted_invoice",
                    self.env._("Only a confirmed customer invoice can be handed over."),
                )
                continue
            move._amili_check_company(found)
            move._amili_check_invoice(found, queued)
            move._amili_check_terms(found, terms[move.id])
            move._amili_check_debtors(found, terms[move.id])
            if move in at_amili:
                found.stop(
                    "case_elsewhere",
                    self.env._(
                        "Amili has a case of this invoice already that was not made "
                        "by Odoo. A manager adopts it under Amili Perintä > Cases Made "
                        "Elsewhere."
                    ),
                )
            partner = move.commercial_partner_id
            if (move.company_id.id, partner.id) in with_credit:
                found.warn(
                    "open_credits",
                    self.env._(
                        "%(customer)s has credit notes or payments that are not "
                        "matched with any invoice: match them first, if they belong "
                        "here.",
                        customer=partner.display_name,
                    ),
                    self.env._("View invoice"),
                    move,
                )
        return alerts

    # The company ----------------------------------------------------------------------

    def _amili_check_company(self, found):
        company = self.company_id
        if self._amili_check_credentials(found) and company._amili_service_is_off():
            found.stop(
                "service_inactive",
                company._amili_explain_service(),
            )

    def _amili_check_credentials(self, found):
        """Stop where nobody can ask Maventa; return whether somebody can."""
        company = self.company_id
        if company._amili_has_credentials():
            return True
        found.stop(
            "credentials_missing",
            self.env._(
                "%(company)s has no credentials for Maventa. An administrator "
                "enters them in Settings > Invoicing > Amili Perintä.",
                company=company.name,
            ),
        )
        return False

    # The invoice ----------------------------------------------------------------------

    def _amili_check_invoice(self, found, queued):
        open_invoice = self.env._("View invoice")
        if self.currency_id.name != "EUR":
            found.stop(
                "currency",
                self.env._(
                    "Amili collects euros only; this invoice is in %s.",
                    self.currency_id.name,
                ),
            )
        if self.currency_id.compare_amounts(self.amount_residual, 0) <= 0:
            found.stop("nothing_open", self.env._("Nothing is open on this invoice."))
        if self.amili_state in LIVE_STATES and not queued:
            found.stop(
                "already_live",
                self.env._("This invoice has been handed over already."),
                self.env._("View assignment"),
                self.amili_assignment_id,
            )
        last = self.amili_state and self.amili_assignment_ids._in_order()[-1:]
        if last and last.state == "closed" and last.result == "paid":
            found.stop(
                "collected",
                self.env._(
                    "Amili has collected this. Wait for the payout, or ask Amili where "
                    "it is."
                ),
                self.env._("View assignment"),
                last,
            )
        elif self.amili_state in ("closed", "withdrawn"):
            found.warn(
                "earlier_case",
                self.env._(
                    "This invoice has been at Amili before, and that case has ended. "
                    "Make sure that handing it over again is right."
                ),
                open_invoice,
                self,
            )
        if not self._amili_is_at_maventa():
            found.stop(
                "no_maventa_id",
                self._amili_explain_missing_id(),
                open_invoice,
                self,
            )
        if self.payment_state == "blocked" or self.no_followup:
            found.stop(
                "invoice_blocked",
                self.env._("This invoice is excluded from follow-up."),
                open_invoice,
                self,
            )
        partner = self.commercial_partner_id
        if partner.amili_collection_block:
            reason = partner.amili_collection_block_reason
            found.stop(
                "customer_blocked",
                self.env._(
                    "%(customer)s is never handed over: %(reason)s",
                    customer=partner.display_name,
                    reason=reason,
                )
                if reason
                else self.env._("%s is never handed over.", partner.display_name),
                self.env._("View customer"),
                partner,
            )
        if self.maventa_invoice_undelivered:
            found.warn(
                "not_delivered",
                self.env._(
                    "Maventa says that the invoice was not delivered (%s). Make sure "
                    "that the customer got it.",
                    self.maventa_delivery_problem or self.maventa_invoice_status,
                ),
                open_invoice,
                self,
            )

    def _amili_explain_missing_id(self):
        if self._amili_is_under_way():
            return self.env._(
                "The Maventa ID is missing. %s",
                self._amili_last_upload()._explain_state(),
            )
        if self.maventa_lookup_wanted:
            return self.env._(
                "The Maventa ID is missing; it is being looked up at this moment."
            )
        if self.maventa_lookup_problem:
            return self.env._(
                "The Maventa ID is missing. %s", self.maventa_lookup_problem
            )
        if self.maventa_invoice_id:
            return self._amili_explain_other_environment()
        return self.env._(
            "The Maventa ID is missing. Look the invoice up at Maventa if it was sent "
            "that way; else send it there."
        )

    # What is claimed ------------------------------------------------------------------

    def _amili_check_terms(self, found, terms):
        receivables_type = terms["receivables_type"] or ""
        is_consumer = receivables_type.startswith("b2c")
        today = self.company_id._amili_today()
        self._amili_check_due_date(found, is_consumer, today)
        if not terms["assignment_summary"]:
            found.stop(
                "no_summary",
                self.env._(
                    "Say in a few words what the claim is about: the summary is empty."
                ),
            )
        reminded = terms["reminder_date"]
        if reminded and reminded > today:
            found.stop(
                "reminder_in_future",
                self.env._("The date of your own reminder is in the future."),
                self.env._("View invoice"),
                self,
            )
        elif (
            is_consumer
            and terms["collection_type"] == "collection"
            and (not reminded or reminded > today - timedelta(CONSUMER_REMINDER_DAYS))
        ):
            found.stop(
                "reminder_missing",
                self.env._(
                    "A consumer's debt goes straight to collection only %(days)s days "
                    "after your own reminder. Enter its date on the invoice, or choose "
                    "reminders first.",
                    days=CONSUMER_REMINDER_DAYS,
                ),
                self.env._("View invoice"),
                self,
            )
        limit = REMINDER_FEE_LIMITS["b2c" if is_consumer else "b2b"]
        if terms["reminder_amount"] and terms["reminder_amount"] < 0:
            found.stop(
                "reminder_fee_negative", self.env._("The reminder fee is negative.")
            )
        elif self.currency_id.compare_amounts(terms["reminder_amount"] or 0, limit) > 0:
            found.warn(
                "reminder_fee_high",
                self.env._(
                    "The reminder fee is above %(limit)s, the most that may be asked "
                    "for one reminder.",
                    limit=format_amount(self.env, limit, self.currency_id),
                ),
                self.env._("View invoice"),
                self,
            )
        partner = self.commercial_partner_id
        if is_consumer == partner.is_company:
            found.warn(
                "unlikely_type",
                self.env._(
                    "%s is a company but claimed as a consumer.", partner.display_name
                )
                if partner.is_company
                else self.env._(
                    "%s is a person but claimed as a company.", partner.display_name
                ),
                self.env._("View customer"),
                partner,
            )

    def _amili_check_due_date(self, found, is_consumer, today):
        company = self.company_id
        due = self.invoice_date_due
        minimum = (
            company.amili_min_days_b2c if is_consumer else company.amili_min_days_b2b
        )
        # Due today is not overdue yet, whatever the company's own limit.
        first_day = due and due + timedelta(max(minimum, 1))
        if not due or today < first_day:
            found.stop(
                "not_due",
                self.env._(
                    "Not overdue for long enough: it can be handed over from %(day)s "
                    "on.",
                    day=format_date(self.env, first_day),
                )
                if due
                else self.env._("The invoice has no due date."),
            )
        elif due + relativedelta(years=LIMITATION_YEARS) < today:
            found.warn(
                "time_barred",
                self.env._(
                    "More than %(years)s years have passed since the due date: the "
                    "debt may be time-barred.",
                    years=LIMITATION_YEARS,
                ),
            )

    def _amili_open_credits(self):
        """Return the pairs of company id and customer id with unmatched credit."""
        groups = self.env["account.move.line"]._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", "<", 0),
            ],
            ["company_id", "partner_id"],
            ["__count"],
        )
        return {(company.id, partner.id) for company, partner, _count in groups}

    def _amili_with_case_elsewhere(self):
        """Return those of which Amili has an open case that waits to be adopted."""
        # Only managers may look into that list, but it concerns all who hand over.
        waiting = self.env["amili.found.case"].sudo()
        groups = waiting._read_group(
            [
                ("move_id", "in", self.ids),
                ("state", "=", "ready"),
                ("is_closed", "=", False),
            ],
            ["move_id", "environment"],
        )
        return self.browse().union(
            *(
                move
                for move, environment in groups
                if environment == move.company_id.amili_environment
            )
        )


class Alerts(dict):
    """Alerts of one invoice by code; knows the form that the widget wants."""

    def __init__(self, env):
        super().__init__()
        self._env = env

    def stop(self, code, message, action_text=None, record=None):
        self._add("danger", code, message, action_text, record)

    def warn(self, code, message, action_text=None, record=None):
        self._add("warning", code, message, action_text, record)

    def _add(self, level, code, message, action_text, record):
        self[code] = {"level": level, "message": message}
        if record:
            self[code] |= {
                "action_text": action_text,
                "action": record._get_records_action(context={}),
            }


def _finnish_date(day):
    return f"{day.day}.{day.month}.{day.year}" if day else ""


def stops(alerts):
    """Return the reasons of an invoice's alerts that stop it, in words."""
    return [a["message"] for a in alerts.values() if a["level"] == "danger"]
