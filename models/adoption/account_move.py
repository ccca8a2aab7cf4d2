"""An invoice with a case that nobody has decided on is not handed over beside it."""

from odoo import models
from odoo.fields import Domain


class AccountMove(models.Model):
    _inherit = "account.move"

    def _amili_get_alerts(self, terms=None, queued=False):
        # EXTENDS the room handover
        alerts = super()._amili_get_alerts(terms, queued=queued)
        for move in self._amili_with_case_elsewhere():
            if "not_posted_invoice" not in alerts[move.id]:
                alerts[move.id].stop(
                    "case_elsewhere",
                    self.env._(
                        "Amili has a case of this invoice already that was not made "
                        "by Odoo. A manager adopts or ignores it under Amili Perintä > "
                        "Cases Made Elsewhere."
                    ),
                )
        return alerts

    def _amili_with_case_elsewhere(self):
        """Return those of which Amili has an open case that nobody has decided on.

        Whatever the last look made of it, the facts of this moment count: the invoice
        that the case is of, and the ID by which Maventa has the invoice now.
        """
        # Only managers may look into that list, but it concerns all who hand over.
        waiting = self.env["amili.found.case"].sudo()
        stopped = self.browse()
        for company, moves in self.grouped("company_id").items():
            of_id = {(move.maventa_invoice_id or "").lower(): move for move in moves}
            of_id.pop("", None)
            found = waiting.search(
                waiting._undecided_domain(company)
                & (
                    Domain("move_id", "in", moves.ids)
                    | Domain("maventa_invoice_id", "in", list(of_id))
                )
            )
            for case in found._not_ours():
                stopped |= of_id.get(case.maventa_invoice_id) or case.move_id & moves
        return stopped
