"""What stops a hand-over and what only warns: the one place that everybody asks.

The wizard, the list, the queue's last check and the automation ask
:meth:`AccountMove._amili_get_alerts` and show or obey what it says."""

from collections import Counter
from datetime import timedelta

import pycountry

from odoo import models
from odoo.tools import format_amount, format_date

from ...const import IDENTITY_GROUP
from ...maventa.contract import LETTER_LINE_LENGTH, PRODUCTION, SUMMARY_LENGTHS
from ...maventa.masking import mask_text
from ...maventa.payload import is_summary
from ..connection.alerts import Alerts
from ..invoice.res_partner import emails_in
from .res_partner import (
    has_five_digits,
    is_valid_business_id,
    is_valid_identity_code,
    phones_in,
)

# Fewer letters and digits of a reference may stand in a bank line by chance.
SHORTEST_REFERENCE = 4


class AccountMove(models.Model):
    _inherit = "account.move"

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
        bank_lines = self._amili_unmatched_bank_lines()
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
            move._amili_check_unmatched(found, bank_lines)
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
        self._amili_check_paid(found)
        live = self._amili_live_assignment().sudo(False)
        if live and not queued:
            found.stop(
                "already_live",
                self.env._("This invoice has been handed over already."),
                self.env._("View assignment"),
                live,
            )
        self._amili_check_earlier_case(found)
        self._amili_check_steps(found)
        self._amili_check_refused(found)
        if not self._amili_is_at_maventa():
            found.stop(
                "no_maventa_id",
                self._amili_explain_missing_id(),
                open_invoice,
                self,
            )
        if self.payment_state == "blocked" or self._amili_is_excluded():
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

    def _amili_check_paid(self, found):
        """Stop where the invoice is paid, or nearly so, by any sign that Odoo has."""
        view = (self.env._("View invoice"), self)
        if self.currency_id.compare_amounts(self._amili_open_principal(), 0) <= 0:
            found.stop("nothing_open", self.env._("Nothing is open on this invoice."))
        elif self._amili_payments_in_process():
            found.stop(
                "in_payment",
                self.env._(
                    "A payment of this invoice has been registered and waits for the "
                    "bank: match it with its bank line, or cancel it."
                ),
                *view,
            )
        elif self.payment_state in ("in_payment", "paid", "reversed"):
            found.stop(
                "paid", self.env._("Odoo counts this invoice as paid already."), *view
            )
        drafts = self._amili_matched_drafts()
        if drafts:
            items = self.env["account.move.line"].union(*drafts)
            found.stop(
                "draft_entry",
                self.env._(
                    "Matched with this invoice and still a draft: %s. Post it, or take "
                    "it off the invoice.",
                    ", ".join(items.move_id.mapped("display_name")),
                ),
                self.env._("View entry"),
                items.move_id,
            )
        self._amili_check_online_payment(found)

    def _amili_payments_in_process(self):
        """Return the payments of these that have no journal entry yet."""
        # Who hands over may not read every journal.
        payments = self.sudo().matched_payment_ids
        return payments.filtered(lambda p: not p.move_id and p.state == "in_process")

    def _amili_check_online_payment(self, found):
        # Odoo's online payments are installed together with account, as a rule.
        if "transaction_ids" not in self._fields:
            return
        transactions = self.sudo().transaction_ids
        states = set(
            transactions.filtered(
                lambda t: t.state != "done" or not t.is_post_processed
            ).mapped("state")
        )
        if {"authorized", "done"} & states:
            found.stop(
                "online_payment",
                self.env._(
                    "The customer has paid this invoice online, and the payment is not "
                    "booked yet."
                ),
                self.env._("View invoice"),
                self,
            )
        elif "pending" in states:
            found.warn(
                "online_payment_pending",
                self.env._(
                    "The customer has begun to pay this invoice online: wait for what "
                    "becomes of it."
                ),
                self.env._("View invoice"),
                self,
            )

    def _amili_check_unmatched(self, found, lines):
        """Warn of money of the debtor that nobody has matched with an invoice yet."""
        lines = lines.filtered(self._amili_may_be_paid_by)
        if lines:
            found.warn(
                "unmatched_money",
                self.env._(
                    "On the bank account, and not matched yet: %s. If it pays this "
                    "invoice, match it first.",
                    ", ".join(
                        f"{format_date(self.env, line.date)} "
                        f"{format_amount(self.env, line.amount, line.currency_id)}"
                        for line in lines
                    ),
                ),
                self.env._("View bank line"),
                lines,
            )

    def _amili_may_be_paid_by(self, line):
        """Whether a bank line names the customer or the invoice."""
        if line.company_id != self.company_id:
            return False
        partner = line.partner_id.commercial_partner_id
        if partner and partner == self.commercial_partner_id:
            return True
        label = _plain(line.payment_ref)
        return any(
            len(word) >= SHORTEST_REFERENCE and word in label
            for word in (_plain(self.payment_reference), _plain(self.name))
        )

    def _amili_check_earlier_case(self, found):
        if self.amili_state in ("closed", "withdrawn"):
            found.warn(
                "earlier_case",
                self.env._(
                    "This invoice has been at Amili before, and that case has ended. "
                    "Make sure that handing it over again is right."
                ),
                self.env._("View invoice"),
                self,
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
        elif not is_summary(terms["assignment_summary"]):
            shortest, longest = SUMMARY_LENGTHS
            found.stop(
                "summary_length",
                self.env._(
                    "The summary has %(count)s characters; Maventa takes %(shortest)s "
                    "to %(longest)s. It is printed on the letters to the debtor.",
                    count=len(terms["assignment_summary"]),
                    shortest=shortest,
                    longest=longest,
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
        if terms["reminder_amount"] and terms["reminder_amount"] < 0:
            found.stop(
                "reminder_fee_negative", self.env._("The reminder fee is negative.")
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
        company = self.company_id.sudo()
        due = self.invoice_date_due
        minimum = (
            company.amili_min_days_b2c if is_consumer else company.amili_min_days_b2b
        )
        # Due today is not overdue yet, whatever the company's own limit.
        first_day = due and due + timedelta(max(minimum, 1))
        if not due:
            found.stop("not_due", self.env._("The invoice has no due date."))
        elif today < first_day:
            found.stop("not_due", self._amili_explain_not_due(first_day))

    def _amili_explain_not_due(self, first_day):
        """Return from when on the invoice can go, and what of it is overdue before.

        :param datetime.date first_day: the first on which it can be handed over
        """
        day = format_date(self.env, first_day)
        overdue = self.invoice_date_due > self.company_id._amili_today() and sum(
            self._amili_overdue_items().mapped("amount_residual_currency")
        )
        if overdue:
            return self.env._(
                "Overdue of its instalments: %(amount)s. The whole invoice can be "
                "handed over from %(day)s on, once its last instalment is overdue.",
                amount=format_amount(self.env, overdue, self.currency_id),
                day=day,
            )
        return self.env._(
            "Not overdue for long enough: it can be handed over from %(day)s on.",
            day=day,
        )

    def _amili_open_credits(self):
        """Return the pairs of company id and customer id with unmatched credit.

        On any contact of the customer; payments without an entry count as well.
        """
        customers = self.commercial_partner_id.ids
        credits = self.env["account.move.line"]._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("partner_id.commercial_partner_id", "in", customers),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                # Says nothing more, and lets PostgreSQL use an index of Odoo's.
                ("reconciled", "=", False),
                ("amount_residual", "<", 0),
            ],
            ["company_id", "partner_id"],
        )
        payments = (
            self.env["account.payment"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("partner_id.commercial_partner_id", "in", customers),
                    ("payment_type", "=", "inbound"),
                    ("state", "=", "in_process"),
                    ("move_id", "=", False),
                    ("invoice_ids", "=", False),
                ],
                ["company_id", "partner_id"],
            )
        )
        return {
            (company.id, partner.commercial_partner_id.id)
            for company, partner in credits + payments
        }

    def _amili_unmatched_bank_lines(self):
        """Return the money that came in and nobody has matched yet."""
        return (
            self.env["account.bank.statement.line"]
            .sudo()
            .search_fetch(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("is_reconciled", "=", False),
                    ("amount", ">", 0),
                ],
                ["company_id", "partner_id", "payment_ref", "date", "amount"],
            )
        )

    # Who owes -------------------------------------------------------------------------

    def _amili_check_debtors(self, found, terms):
        partner = self.commercial_partner_id
        co_debtors = terms["co_debtors"]
        for debtor in partner + co_debtors:
            self._amili_check_contact_data(found, debtor)
            debtor_found = self._amili_debtor_problems(debtor, terms)
            if debtor_found:
                found.stop(
                    f"debtor_{debtor.id}",
                    self.env._(
                        "%(debtor)s: %(problems)s.",
                        debtor=debtor.display_name,
                        problems=", ".join(debtor_found),
                    ),
                    self.env._("View contact"),
                    debtor,
                )
            if debtor.country_id and not debtor._amili_is_finnish():
                found.warn(
                    f"foreign_{debtor.id}",
                    self.env._(
                        "%(debtor)s lives or is registered in %(country)s: ask Amili "
                        "how it collects there.",
                        debtor=debtor.display_name,
                        country=debtor.country_id.name,
                    ),
                )
        if partner in co_debtors:
            found.stop(
                "same_debtor_twice",
                self.env._("The same debtor is named twice: remove one of them."),
                self.env._("View invoice"),
                self,
            )
        elif self._amili_same_identifier(partner + co_debtors):
            found.stop(
                "same_debtor_twice",
                self.env._(
                    "Two debtors have the same Business ID or identity code: are they "
                    "one and the same?"
                ),
                self.env._("View contacts"),
                partner + co_debtors,
            )

    def _amili_check_contact_data(self, found, debtor):
        """Warn of what Amili cannot use as it was entered, or gets only a part of."""
        view = (self.env._("View contact"), debtor)
        remarks = [
            *self._amili_several(
                debtor.email, emails_in(debtor.email), self.env._("e-mail address")
            ),
            *self._amili_several(
                debtor.phone,
                phones_in(debtor.phone, debtor.country_id.code),
                self.env._("telephone number"),
            ),
            *self._amili_long_lines(debtor),
        ]
        if has_five_digits(debtor.zip):
            remarks += self._amili_proposed_place(debtor)
        if remarks:
            found.warn(
                f"contact_{debtor.id}",
                self.env._(
                    "%(debtor)s: %(problems)s.",
                    debtor=debtor.display_name,
                    problems=", ".join(remarks),
                ),
                *view,
            )
        if not debtor.active:
            found.warn(
                f"archived_{debtor.id}",
                self.env._(
                    "%s is archived. If this debtor no longer owes, take them off.",
                    debtor.display_name,
                )
                if debtor != self.commercial_partner_id
                else self.env._(
                    "%s is archived. Make sure that this is still the debtor.",
                    debtor.display_name,
                ),
                *view,
            )

    def _amili_several(self, entered, usable, kind):
        """Return which of several is named to Amili, or that none can be."""
        entered = (entered or "").strip()
        if len(usable) > 1:
            return [
                self.env._(
                    "%(kind)s: several are entered, and Amili gets %(first)s",
                    kind=kind,
                    first=usable[0],
                )
            ]
        if entered and not usable:
            return [
                self.env._(
                    "%(kind)s: “%(entered)s” is not valid, and Amili gets none",
                    entered=mask_text(entered),
                    kind=kind,
                )
            ]
        return []

    def _amili_long_lines(self, debtor):
        names = [
            name
            for name in ("name", "street", "street2", "city")
            if len((debtor[name] or "").strip()) > LETTER_LINE_LENGTH
        ]
        if not names:
            return []
        labels = debtor.fields_get(names, ["string"])
        return [
            self.env._(
                "longer than the %(limit)s characters that a line of a letter may "
                "take: %(names)s",
                limit=LETTER_LINE_LENGTH,
                names=", ".join(labels[name]["string"] for name in names),
            )
        ]

    def _amili_proposed_place(self, debtor):
        place = debtor._amili_corrected_place()
        return [self.env._("proposed instead: %s", place)] if place else []

    def _amili_postal_code_problems(self, debtor):
        entered = (debtor.zip or "").strip()
        if not debtor._amili_is_finnish() or has_five_digits(entered):
            return []
        problems = []
        if entered:
            problems.append(
                self.env._("the postal code “%s” does not have five digits", entered)
            )
        return problems + self._amili_proposed_place(debtor)

    def _amili_debtor_problems(self, debtor, terms):
        """Return what is missing or wrong in a contact, as words for a list."""
        labels = {
            "name": self.env._("the name is missing"),
            "street": self.env._("the street is missing"),
            "zip": self.env._("the postal code is missing"),
            "city": self.env._("the city is missing"),
            "country_id": self.env._("the country is missing"),
        }
        problems = [
            label
            for name, label in labels.items()
            if not (
                debtor[name].strip() if isinstance(debtor[name], str) else debtor[name]
            )
        ]
        code = debtor.country_id.code
        if debtor.country_id and not (code and pycountry.countries.get(alpha_2=code)):
            problems.append(self.env._("the country is not in ISO 3166"))
        return [
            *problems,
            *self._amili_postal_code_problems(debtor),
            *self._amili_identifier_problems(debtor, terms),
        ]

    def _amili_identifier_problems(self, debtor, terms):
        receivables_type = terms["receivables_type"] or ""
        is_main = debtor == self.commercial_partner_id
        problems = []
        number = debtor._amili_business_id()
        needs_number = debtor.is_company
        if is_main:
            needs_number = receivables_type.startswith("b2b")
        if debtor._amili_is_finnish():
            if needs_number and not number:
                problems.append(self.env._("the Business ID is missing"))
            elif number and not is_valid_business_id(number):
                problems.append(self.env._("the Business ID is not valid"))
            problems += self._amili_contradicting_numbers(debtor)
        code = debtor._amili_identity_code()
        if is_main and receivables_type == "b2c_rental" and not code:
            problems.append(
                self.env._("rent needs the personal identity code")
                if self.env.user.has_group(IDENTITY_GROUP)
                else self.env._(
                    "rent needs the personal identity code, which a colleague enters "
                    "who may see identity codes"
                )
            )
        allow_temporary = self.company_id.sudo().amili_environment != PRODUCTION
        if code and not is_valid_identity_code(code, allow_temporary):
            problems.append(self.env._("the personal identity code is not valid"))
        return problems

    def _amili_contradicting_numbers(self, debtor):
        numbers = debtor._amili_business_ids()
        if len(numbers) < 2:
            return []
        labels = debtor.fields_get(set(numbers.values()), ["string"])
        return [
            self.env._(
                "its Business IDs differ: %s (correct the wrong one; if both are "
                "right, as in a VAT group, enter the one that owes as the Business ID "
                "of the Debtor)",
                ", ".join(
                    f"{number} ({labels[name]['string']})"
                    for number, name in numbers.items()
                ),
            )
        ]

    def _amili_same_identifier(self, debtors):
        """Whether two of these debtors have the same Business ID or identity code.

        Each kind is compared with its own: a guess that is entered as a Business ID is
        not answered. That two codes are equal learns who may see them alone.
        """
        identifiers = [[debtor._amili_business_id() for debtor in debtors]]
        if self.env.user.has_group(IDENTITY_GROUP):
            identifiers.append([debtor._amili_identity_code() for debtor in debtors])
        return any(
            count > 1
            for kind in identifiers
            for count in Counter(filter(None, kind)).values()
        )


def _plain(text):
    """Return a reference as it can be compared, however a bank spaced it."""
    return "".join(filter(str.isalnum, text or "")).casefold()
