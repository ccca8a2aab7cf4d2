"""What the summary of a hand-over looks like, shown where its template is entered."""

from odoo import api, fields, models

from ...maventa.contract import SUMMARY_LENGTHS
from ...maventa.payload import is_summary


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    amili_summary_preview = fields.Text(compute="_compute_amili_summary_preview")
    amili_summary_is_off = fields.Boolean(compute="_compute_amili_summary_preview")

    @api.depends("amili_summary_template", "company_id")
    def _compute_amili_summary_preview(self):
        shortest, longest = SUMMARY_LENGTHS
        for settings in self:
            move = settings._amili_example()
            settings.amili_summary_is_off = False
            settings.amili_summary_preview = False
            if not move:
                continue
            try:
                text = move._amili_summary(settings.amili_summary_template or "")
            except (ValueError, LookupError, AttributeError):
                # What may stand in braces is said when it is saved.
                settings.amili_summary_is_off = True
                continue
            settings.amili_summary_is_off = not is_summary(text)
            settings.amili_summary_preview = self.env._(
                "%(invoice)s: “%(text)s” (%(count)s characters; %(shortest)s to "
                "%(longest)s are taken)",
                invoice=move.name,
                text=text,
                count=len(text),
                shortest=shortest,
                longest=longest,
            )

    def _amili_example(self):
        """Return an invoice of the company, such as could be handed over; or none."""
        moves = self.env["account.move"]
        if not moves.has_access("read"):
            return moves
        return moves.search(
            [
                ("company_id", "=", self.company_id.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
            ],
            order="invoice_date desc, id desc",
            limit=1,
        )
