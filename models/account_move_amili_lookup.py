"""Finding the invoice at Maventa, where somebody else than Odoo sent it."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr

from ..maventa import errors
from ..maventa.parallel import call_all
from .amili_worker_mixin import BATCH_SIZE
from .maventa_errors import explain
from .res_partner import ACCOUNTING_GROUPS


@dataclass(frozen=True)
class InvoiceFacts:
    """What tells an invoice from all others; known without the database."""

    number: str
    date: date
    total: Decimal
    business_id: str

    def match(self, found):
        """Whether an invoice at Maventa is this one, beyond doubt.

        The number alone is not enough: Maventa lets it return with another date.
        """
        return (
            found.number == self.number
            and found.date == self.date
            and found.total == self.total
            and _bare(found.recipient_business_id) == _bare(self.business_id)
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    maventa_lookup_wanted = fields.Boolean(
        string="To Be Looked Up at Maventa",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    maventa_lookup_problem = fields.Char(
        string="Look-up at Maventa",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
        help="Why it was not found.",
    )

    _maventa_lookup_index = models.Index("(company_id) WHERE maventa_lookup_wanted")

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

    def _amili_want_look_up(self):
        """Have these looked up in the background; return how many."""
        self._amili_check_user()
        self.check_access("write")
        wanted = self._amili_may_be_looked_up()
        wanted.write({"maventa_lookup_wanted": True, "maventa_lookup_problem": False})
        self.env.ref("amili_perinta.ir_cron_amili_look_up").sudo()._trigger()
        return len(wanted)

    @api.model
    def _cron_amili_look_up(self):
        """Look up at Maventa what people asked for."""
        wanted = self._read_group(
            [("maventa_lookup_wanted", "=", True)], ["company_id"]
        )
        self.env["amili.assignment"]._for_each_company(
            [company for [company] in wanted], self._amili_look_up_batch
        )

    @api.model
    def _amili_look_up_batch(self, company):
        assignments = self.env["amili.assignment"]
        moves = self.search(
            [("maventa_lookup_wanted", "=", True), ("company_id", "=", company.id)],
            order="id",
            limit=BATCH_SIZE,
        ).with_env(company.env)
        calls = [(move.name,) for move in moves]
        account = company._amili_account()
        try:
            with company._amili_client() as client:
                # Asking changes nothing at Maventa, so nothing is locked for it.
                assignments._commit()
                outcomes = call_all(client.find_invoices, calls)
        except errors.AccessProblem as exc:
            outcomes = [exc] * len(calls)

        def record():
            assignments._commit()
            # An ID is that of the account that was asked: the new one is asked anew.
            if company._amili_account() == account:
                moves._amili_record_look_up(outcomes)

        assignments._retry_on_conflict(record)
        return len(moves)

    def _amili_record_look_up(self, outcomes):
        for move, outcome in zip(self, outcomes, strict=True):
            move.maventa_lookup_wanted = False
            if isinstance(outcome, errors.MaventaError):
                move.maventa_lookup_problem = explain(self.env, outcome)
            elif move._amili_may_be_looked_up():
                move.maventa_lookup_problem = move._amili_take_match(outcome)
        self.env["amili.assignment"]._commit()

    # Matching -------------------------------------------------------------------------

    def _amili_take_match(self, candidates):
        """Take the id of the one invoice that is this one; else return why not."""
        matches = [found for found in candidates if self._amili_is_same(found)]
        if len(matches) != 1:
            return self._amili_no_match_message(candidates, matches)
        [found] = matches
        problem = self._amili_why_not_take(found)
        if not problem:
            self._amili_take_invoice(found, self.company_id.amili_environment)
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

    def _amili_take_invoice(self, found, environment, is_stored_only=False):
        """Take the ID of an invoice at Maventa, and what is told of its delivery.

        :param answers.Invoice found: the invoice at Maventa
        :param str environment: where it is
        :param bool is_stored_only: Maventa was told not to deliver it
        """
        self._amili_write_at_maventa(
            {
                "maventa_invoice_id": found.id.lower(),
                "maventa_environment": environment,
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
        debtor = self.commercial_partner_id
        return InvoiceFacts(
            number=self.name,
            date=self.invoice_date,
            total=Decimal(
                float_repr(self.amount_total, self.currency_id.decimal_places)
            ),
            business_id=debtor._amili_business_id() if debtor.is_company else "",
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
        if candidates:
            return self.env._(
                "Maventa has an invoice numbered %(invoice)s, but its date, amount or "
                "Business ID differs. Compare the two, correct the customer's Business "
                "ID if it is wrong, or enter the Maventa ID here.",
                invoice=self.name,
            )
        return self.env._(
            "Maventa has no invoice numbered %(invoice)s. Was it sent through "
            "Maventa, with the same company account?",
            invoice=self.name,
        )


def _bare(business_id):
    """Return the digits that a Business ID and the VAT number made of it share."""
    return re.sub(r"\W", "", business_id or "").upper().removeprefix("FI")
