"""An invoice with a case that waits to be adopted is not handed over beside it."""

from odoo import models


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
                        "by Odoo. A manager adopts it under Amili Perintä > Cases Made "
                        "Elsewhere."
                    ),
                )
        return alerts

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
                if environment == move.company_id.sudo().amili_environment
            )
        )
