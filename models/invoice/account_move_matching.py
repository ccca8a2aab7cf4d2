"""Finding an invoice at Maventa: which one it is, by the file that went there."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr, format_date, formatLang

from ...maventa import errors
from ..connection.actions import RELOAD
from ..connection.maventa_errors import explain
from ..outbox.amili_cron_mixin import BATCH_SIZE, companies_with
from . import peppol_file
from .business_ids import business_ids_in


@dataclass(frozen=True)
class InvoiceFacts:
    """What tells an invoice from all others; known without the database.

    The books and the file may tell the total and the Business ID in different ways,
    as a total before and after cash rounding: each of these is that of the invoice.
    The file's, which Maventa reads, stands first.
    """

    number: str
    date: date
    totals: tuple
    business_ids: tuple

    def match(self, found):
        """Whether an invoice at Maventa is this one, beyond doubt.

        The number alone is not enough: Maventa lets it return with another date.
        """
        return (
            found.number == self.number
            and found.date == self.date
            and self.has_total(found)
            and self.has_business_id(found)
        )

    def has_total(self, found):
        return found.total in self.totals

    def has_business_id(self, found):
        return _bare(found.recipient_business_id) in map(_bare, self.business_ids)


class AccountMove(models.Model):
    _inherit = "account.move"

    # Looking up -----------------------------------------------------------------------

    def _amili_may_be_looked_up(self):
        """Return those of these that may be at Maventa without our knowing the ID."""
        return self.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and not move._amili_is_at_maventa()
                and not move._amili_is_under_way()
            )
        )

    def action_amili_look_up(self):
        """Look the invoice up at Maventa and take its id, if exactly one matches."""
        self.ensure_one()
        self._amili_check_user()
        self.check_access("write")
        try:
            with self.company_id._amili_client(timeout=10) as client:
                candidates = client.find_invoices(self.name)
        except errors.MaventaError as exc:
            raise UserError(explain(self.env, exc)) from exc
        problem = self._amili_take_match(candidates)
        if problem:
            raise UserError(problem)
        return True

    def _amili_want_look_up(self, is_same=False):
        """Have these looked up in the background; return how many.

        :param bool is_same: the user says that number and date are enough
        """
        self._amili_check_user()
        self.check_access("write")
        wanted = self._amili_may_be_looked_up()
        wanted.sudo().write(
            {
                "maventa_lookup_wanted": True,
                "maventa_lookup_problem": False,
                "maventa_is_same": is_same,
                "maventa_lookup_user_id": self.env.uid,
                "maventa_lookup_wanted_at": fields.Datetime.now(),
            }
        )
        self.env["amili.cron.mixin"]._trigger_cron("look_up")
        return len(wanted)

    @api.model
    def _cron_amili_look_up(self):
        """Look up at Maventa what people asked for."""
        self.env["amili.cron.mixin"]._for_each_company(
            "look_up",
            companies_with(self, [("maventa_lookup_wanted", "=", True)]),
            self._amili_look_up_batch,
        )

    @api.model
    def _amili_look_up_batch(self, company):
        crons = self.env["amili.cron.mixin"]
        moves = self.search(
            [("maventa_lookup_wanted", "=", True), ("company_id", "=", company.id)],
            order="id",
            limit=BATCH_SIZE,
        ).with_env(company.env)
        account = company._amili_account()
        try:
            client = company._amili_client()
        except errors.AccessProblem as exc:
            problems = [exc] * len(moves)
            crons._write_alone(lambda: moves._amili_record_look_up(problems), moves)
            return len(moves)
        calls = [(move.name,) for move in moves]
        with client:
            crons._check_time(client.timeout)
            # Asking changes nothing at Maventa, so nothing is locked for it.
            for group in crons._call_all(client.find_invoices, calls, client.timeout):
                asked = moves.browse(moves[index].id for index, _o in group)
                outcomes = [outcome for _index, outcome in group]

                def record(asked=asked, outcomes=outcomes):
                    # An ID is that of the Maventa company that was asked: the new one
                    # is asked anew.
                    if company._amili_account() == account:
                        asked._amili_record_look_up(outcomes)

                crons._write_alone(record, asked)
        return len(moves)

    def _amili_record_look_up(self, outcomes):
        for move, outcome in zip(self, outcomes, strict=True):
            if errors.is_late(outcome):
                continue
            says_same = move.maventa_is_same and move.maventa_lookup_user_id
            move.write({"maventa_lookup_wanted": False, "maventa_is_same": False})
            if isinstance(outcome, errors.MaventaError):
                move.maventa_lookup_problem = explain(self.env, outcome)
            elif move._amili_may_be_looked_up():
                move.maventa_lookup_problem = (
                    move._amili_take_same(outcome, says_same)
                    if says_same
                    else move._amili_take_match(outcome)
                )
            if says_same:
                move._amili_tell_look_up(says_same)

    # Which one it is ------------------------------------------------------------------

    def _amili_take_match(self, candidates):
        """Take the id of the one invoice that is this one; else return why not."""
        matches = [found for found in candidates if self._amili_is_same(found)]
        if len(matches) != 1:
            return self._amili_no_match_message(candidates, matches)
        [found] = matches
        problem = self._amili_why_not_take(found)
        if not problem:
            self._amili_take_invoice(found, self.company_id._amili_account())
        return problem

    def _amili_why_not_take(self, found):
        """Return why the ID of an invoice at Maventa cannot be taken; empty if it can.

        :param answers.Invoice found: the invoice at Maventa
        """
        namesake = self.search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("maventa_invoice_id", "=ilike", found.id),
                ("id", "!=", self.id),
            ]
        )
        if not namesake:
            return ""
        return self.env._("Another invoice has the ID that Maventa tells for this.")

    def _amili_take_invoice(self, found, account, is_stored_only=False):
        """Take the ID of an invoice at Maventa, and what is told of its delivery.

        :param answers.Invoice found: the invoice at Maventa
        :param account: environment and Maventa company that has it
        :param bool is_stored_only: Maventa was told not to deliver it
        """
        self._amili_write_at_maventa(
            {
                "maventa_invoice_id": found.id.lower(),
                "maventa_environment": account[0],
                "maventa_company_uuid": account[1],
                "maventa_lookup_problem": False,
                **self._amili_delivery_values(found, is_stored_only),
            }
        )

    def _amili_is_same(self, found):
        """Whether an invoice at Maventa is this one, beyond doubt.

        :param answers.Invoice found: the invoice at Maventa
        """
        return self._amili_facts().match(found)

    def _amili_facts(self):
        """Return what tells this invoice from all others at Maventa."""
        self.ensure_one()
        totals, business_ids = [], []
        went_out = self.sudo().amili_upload_ids.filtered(
            lambda u: u.file_total and u.state not in ("rejected", "cancelled")
        )
        for upload in went_out.sorted("id", reverse=True):
            totals.append(Decimal(upload.file_total))
            business_ids.append(upload.file_business_id or "")
        kept = self.sudo().ubl_cii_xml_id.raw
        if peppol_file.is_peppol(kept):
            file = peppol_file.read(kept)
            totals.append(file.total)
            business_ids.append(file.recipient.business_id)
        debtor = self.commercial_partner_id
        total = float_repr(self.amount_total, self.currency_id.decimal_places)
        business_ids.append(debtor._amili_business_id())
        if not debtor.is_company:
            # Of a person many systems tell none.
            business_ids.append("")
        return InvoiceFacts(
            number=self.name,
            date=self.invoice_date,
            totals=tuple(dict.fromkeys((*totals, Decimal(total)))),
            business_ids=tuple(dict.fromkeys(business_ids)),
        )

    def _amili_no_match_message(self, candidates, matches):
        if len(matches) > 1:
            return self.env._(
                "Maventa has %(count)s invoices that match %(invoice)s in number, "
                "date, amount and Business ID. Find out which one it is at Maventa "
                "and enter its ID here.",
                count=len(matches),
                invoice=self.name,
            )
        if not candidates:
            return self.env._(
                "Maventa has no invoice numbered %(invoice)s. Was it sent through "
                "Maventa, with the same company account?",
                invoice=self.name,
            )
        # Of several that of the day is the likely one.
        candidates = sorted(candidates, key=lambda c: c.date != self.invoice_date)
        message = self.env._(
            "Maventa has an invoice numbered %(invoice)s, but its date, amount or "
            "Business ID differs: %(differences)s.",
            invoice=self.name,
            differences=self._amili_differences(candidates[0]),
        )
        way_out = (
            self.env._(
                "Compare the two. If they are one and the same, press It Is the Same "
                "beside the Maventa ID; else correct the one that is wrong."
            )
            if candidates[0].date == self.invoice_date
            else self.env._(
                "An invoice of another day is another invoice. Compare the two, and "
                "enter the Maventa ID here only if they are one and the same."
            )
        )
        return f"{message} {way_out}"

    def _amili_differences(self, found):
        """Return in which values an invoice at Maventa differs, with both of each.

        :param answers.Invoice found: the invoice at Maventa
        """
        facts = self._amili_facts()
        nothing = self.env._("none")

        def day(value):
            return format_date(self.env, value) if value else nothing

        def amount(value):
            if value is None:
                return nothing
            return formatLang(self.env, float(value), digits=2)

        differences = []
        if found.date != facts.date:
            differences.append(
                self.env._(
                    "date %(theirs)s at Maventa, %(ours)s here",
                    theirs=day(found.date),
                    ours=day(facts.date),
                )
            )
        if not facts.has_total(found):
            differences.append(
                self.env._(
                    "total %(theirs)s at Maventa, %(ours)s here",
                    theirs=amount(found.total),
                    ours=amount(facts.totals[0]),
                )
            )
        if not facts.has_business_id(found):
            differences.append(
                self.env._(
                    "Business ID %(theirs)s at Maventa, %(ours)s here",
                    theirs=found.recipient_business_id or nothing,
                    ours=facts.business_ids[0] or nothing,
                )
            )
        return "; ".join(differences)

    def action_amili_is_the_same(self):
        """Have the one invoice at Maventa taken that has this number and day.

        A person has compared the two. Maventa is asked in the background; what comes of
        it stands on the invoice, and the person is told.

        :raises UserError: it is at Maventa already, or on its way
        """
        self.ensure_one()
        if not self._amili_want_look_up(is_same=True):
            raise UserError(
                self.env._("Maventa has this invoice already, or it is on its way.")
            )
        return RELOAD

    def _amili_take_same(self, candidates, user):
        """Take the one invoice of this number and day; else return why not.

        What differs stands in the chatter, with the name of who compared the two.

        :param candidates: what Maventa has under this number (``answers.Invoice``)
        :param user: who says that it is the same
        """
        fitting = [found for found in candidates if found.date == self.invoice_date]
        if len(fitting) != 1:
            return self.env._(
                "Maventa has %(count)s invoices with the number %(invoice)s and "
                "the date %(day)s. Only where there is exactly one can it be "
                "taken; else enter the Maventa ID here.",
                count=len(fitting),
                invoice=self.name,
                day=format_date(self.env, self.invoice_date),
            )
        [found] = fitting
        problem = self._amili_why_not_take(found)
        if problem:
            return problem
        differences = self._amili_differences(found)
        self._amili_take_invoice(found, self.company_id._amili_account())
        self.with_user(user).sudo()._amili_log(
            {
                self.id: self.env._(
                    "The invoice at Maventa was taken as the same by hand. What "
                    "differs: %s.",
                    differences or self.env._("nothing"),
                )
            }
        )
        return ""

    def _amili_tell_look_up(self, user):
        """Show a small notification to a user whose browser is open."""
        problem = self.maventa_lookup_problem
        user._bus_send(
            "amili_perinta/told",
            {
                "type": "warning" if problem else "success",
                "title": self.name,
                "message": problem
                or self.env._("The invoice at Maventa was taken as the same."),
                "res_model": "account.move",
                "res_ids": self.ids,
            },
        )


def _bare(business_id):
    """Return the digits that a Business ID and the numbers made of it share."""
    known = next(iter(business_ids_in(business_id)), business_id)
    return re.sub(r"\W", "", known or "").upper().removeprefix("FI")
