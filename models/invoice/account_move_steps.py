"""What else happened to an invoice at Maventa: somebody collects it, or contests it."""

from odoo import api, fields, models

from ..connection.moments import naive
from .account_move import OF_THE_ID

# What a step says of the invoice, and where its moment stands here.
MOMENTS = {
    "handed_over": "maventa_handed_over_at",
    "disputed": "maventa_disputed_at",
    "paid": "maventa_paid_at",
}


class AccountMove(models.Model):
    _inherit = "account.move"

    maventa_handed_over_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa last noted that it went to a collector, from wherever.",
    )
    maventa_elsewhere_checked_at = fields.Datetime(
        **OF_THE_ID,
        help="Up to here somebody has made sure that no collector has it.",
    )
    maventa_disputed_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa last noted that the customer contests it.",
    )
    maventa_paid_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa last noted that it was paid.",
    )
    maventa_steps_at = fields.Datetime(
        **OF_THE_ID,
        help="When Maventa was last asked what happened to it.",
    )

    @api.depends("maventa_invoice_id")
    def _compute_maventa_delivery(self):
        result = super()._compute_maventa_delivery()
        for move in self:
            move.maventa_steps_at = False
            move.maventa_elsewhere_checked_at = False
            for name in MOMENTS.values():
                move[name] = False
        return result

    def _amili_record_steps(self, steps):
        """Keep when what bears on a hand-over happened last.

        :param steps: what became of the invoice (``answers.InvoiceAction``)
        """
        self.ensure_one()
        values = {"maventa_steps_at": fields.Datetime.now()}
        # What has no time came with the invoice: nothing was there before it.
        first = fields.Datetime.to_datetime(self.invoice_date) or self.create_date
        for step in steps:
            name = MOMENTS.get(step.meaning)
            if name:
                moment = naive(step.happened_at) or first
                values[name] = max(moment, values.get(name, moment))
        self._amili_write_at_maventa(values)
