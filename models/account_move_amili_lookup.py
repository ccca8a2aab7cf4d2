"""Finding the invoice at Maventa, where somebody else than Odoo sent it."""

import re
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr

from ..maventa import errors
from ..maventa.parallel import call_all
from .amili_worker_mixin import BATCH_SIZE
from .maventa_errors import explain
from .res_partner import ACCOUNTING_GROUPS


class AccountMove(models.Model):
    _inherit = "account.move"

    maventa_invoice_status = fields.Char(
        string="Status at Maventa",
        copy=False,
        readonly=True,
        groups=ACCOUNTING_GROUPS,
        help="What Maventa said of the delivery when the invoice was looked up.",
    )
    maventa_invoice_undelivered = fields.Boolean(
        copy=False, readonly=True, groups=ACCOUNTING_GROUPS
    )
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
        wanted = self.filtered(lambda move: not move.maventa_invoice_id)
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
        # Asking changes nothing at Maventa, so nothing is locked for it.
        assignments._commit()
        try:
            with company._amili_client() as client:
                outcomes = call_all(client.find_invoices, calls)
        except errors.AccessProblem as exc:
            outcomes = [exc] * len(calls)
        assignments._retry_on_conflict(lambda: moves._amili_record_look_up(outcomes))
        return len(moves)

    def _amili_record_look_up(self, outcomes):
        for move, outcome in zip(self, outcomes, strict=True):
            move.maventa_lookup_wanted = False
            if isinstance(outcome, errors.MaventaError):
                move.maventa_lookup_problem = explain(self.env, outcome)
            elif not move.maventa_invoice_id:
                move.maventa_lookup_problem = move._amili_take_match(outcome)
        self.env["amili.assignment"]._commit()

    # Matching -------------------------------------------------------------------------

    def _amili_take_match(self, candidates):
        """Take the id of the one invoice that is this one; else return why not."""
        matches = [found for found in candidates if self._amili_is_same(found)]
        if len(matches) != 1:
            return self._amili_no_match_message(candidates, matches)
        [found] = matches
        namesake = self.search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("maventa_invoice_id", "=ilike", found.id),
                ("id", "!=", self.id),
            ]
        )
        if namesake:
            return self.env._("Another invoice has the ID that Maventa tells for this.")
        self.write(
            {
                "maventa_invoice_id": found.id.lower(),
                "maventa_invoice_status": found.status,
                "maventa_invoice_undelivered": found.is_undelivered,
                "maventa_lookup_problem": False,
            }
        )
        return ""

    def _amili_is_same(self, found):
        """Whether an invoice at Maventa is this one, beyond doubt.

        The number alone is not enough: Maventa lets it return with another date.
        """
        self.ensure_one()
        total = Decimal(float_repr(self.amount_total, self.currency_id.decimal_places))
        debtor = self.commercial_partner_id
        business_id = debtor._amili_business_id() if debtor.is_company else ""
        return (
            found.date == self.invoice_date
            and found.total == total
            and _bare(found.recipient_business_id) == _bare(business_id)
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
