"""Which invoice in Odoo a case belongs to: beyond doubt, or not at all."""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, float_repr

from ..maventa.answers import Invoice
from .amili_found_case import SETTLED_STATES

CUSTOMER_TYPES = ("out_invoice", "out_refund")


class AmiliFoundCase(models.Model):
    _inherit = "amili.found.case"

    def _match(self):
        """Find the invoices of these as the books stand now; a few queries for all."""
        for company, cases in self.grouped("company_id").items():
            cases._match_adopted(company)
            open_cases = cases.filtered(lambda c: c.state not in SETTLED_STATES)
            known = open_cases._match_by_id(company)
            (open_cases - known)._match_by_facts(company)

    def _match_adopted(self, company):
        """What an assignment knows by now was adopted, whatever way."""
        assignments = self.env["amili.assignment"].search(
            [
                ("company_id", "=", company.id),
                ("remote_id", "in", self.mapped("remote_id")),
            ]
        )
        by_remote_id = {a.remote_id: a for a in assignments}
        for case in self:
            assignment = by_remote_id.get(case.remote_id)
            if assignment and case.assignment_id != assignment:
                case.write(
                    {
                        "state": "adopted",
                        "assignment_id": assignment.id,
                        "move_id": assignment.move_id.id,
                    }
                )

    # By the Maventa ID ----------------------------------------------------------------

    def _match_by_id(self, company):
        """Place those whose Maventa ID stands on an invoice of the database."""
        found = self._moves_with_ids(
            set(filter(None, self.mapped("maventa_invoice_id")))
        )
        by_id = {}
        for move in found:
            key = move.maventa_invoice_id.lower()
            if key not in by_id or move.company_id == company:
                by_id[key] = move
        placed = self.browse()
        for case in self:
            move = by_id.get(case.maventa_invoice_id)
            if not move:
                continue
            placed += case
            if move.company_id != company:
                case._place("other_company")
            else:
                case._place(case._fitness(move), move, "id")
        return placed

    @api.model
    def _moves_with_ids(self, maventa_ids):
        """Return the entries of all companies with these ids, in small letters."""
        moves = self.env["account.move"].sudo()
        if not maventa_ids:
            return moves
        moves.flush_model(["maventa_invoice_id"])
        # The company stands first in the index of the ids.
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM account_move"
                " WHERE company_id IN (SELECT id FROM res_company)"
                " AND lower(maventa_invoice_id) IN %s",
                tuple(maventa_ids),
            )
        )
        return moves.browse(id_ for [id_] in rows)

    # By number, date, amount and Business ID ------------------------------------------

    def _match_by_facts(self, company):
        """Place those by what Maventa tells of their invoices."""
        numbers = sorted(set(filter(None, self.mapped("number"))))
        named = self._moves_named(numbers)
        ours = named.filtered(lambda move: move.company_id == company)
        ours = ours.grouped("name")
        theirs = (named.filtered(lambda move: move.company_id != company)).grouped(
            "name"
        )
        claimed = {}
        for case in self:
            none = self.env["account.move"]
            case._place_by_facts(
                ours.get(case.number, none), theirs.get(case.number, none)
            )
            if case.state == "ready":
                claims = claimed.setdefault(case.move_id, {})
                claims.setdefault(case.maventa_invoice_id, self.browse())
                claims[case.maventa_invoice_id] += case
        for claims in claimed.values():
            # Maventa has two invoices that are the same as this one.
            if len(claims) > 1:
                for case in self.browse().union(*claims.values()):
                    case._place("ambiguous")

    @api.model
    def _moves_named(self, numbers):
        """Return what customers got under these numbers, of all companies."""
        return (
            self.env["account.move"]
            .sudo()
            .search([("name", "in", numbers), ("move_type", "in", CUSTOMER_TYPES)])
        )

    def _place_by_facts(self, ours, theirs):
        """Place one among the entries of its number.

        :param ours: of its own company
        :param theirs: of other companies
        """
        self.ensure_one()
        invoices = ours.filtered(_is_posted_invoice)
        same = invoices.filtered(lambda move: move._amili_is_same(self._as_invoice()))
        if len(same) == 1:
            self._place(self._fitness(same), same, "facts")
        elif same:
            self._place("ambiguous")
        elif invoices:
            self._place("differs", invoices if len(invoices) == 1 else None)
        elif ours:
            self._place("unfit", ours[:1])
        elif theirs.filtered(
            lambda move: (
                _is_posted_invoice(move) and move._amili_is_same(self._as_invoice())
            )
        ):
            self._place("other_company")
        else:
            self._place("not_found")

    def _as_invoice(self):
        """Return the invoice as Maventa has it."""
        self.ensure_one()
        places = self.currency_id.decimal_places
        return Invoice(
            id=self.maventa_invoice_id,
            number=self.number,
            status="",
            is_undelivered=False,
            date=self.invoice_date or None,
            total=Decimal(float_repr(self.total_amount, places)),
            recipient_business_id=self.business_id or "",
        )

    def _fitness(self, move):
        """Return whether an invoice takes this case: ``ready``, ``live``, ``unfit``."""
        self.ensure_one()
        if not _is_posted_invoice(move) or move.currency_id != self.currency_id:
            return "unfit"
        if self._has_other_id(move):
            return "unfit"
        if not self.is_closed and move.amili_assignment_id:
            return "live"
        return "ready"

    def _has_other_id(self, move):
        """Whether Maventa has that invoice under another id.

        An id of another environment says nothing of this one.
        """
        self.ensure_one()
        entered = (move.maventa_invoice_id or "").lower()
        is_elsewhere = (move.maventa_environment or "") not in ("", self.environment)
        return bool(entered) and entered != self.maventa_invoice_id and not is_elsewhere

    def _place(self, state, move=None, match=False):
        """Note where this stands; nothing is written where nothing changed."""
        self.ensure_one()
        move = move or self.env["account.move"]
        if (self.state, self.move_id, self.match) != (state, move, match):
            self.write({"state": state, "move_id": move.id, "match": match})


def _is_posted_invoice(move):
    return move.move_type == "out_invoice" and move.state == "posted"
