"""Invoices that go to Maventa as the Finvoice file of account_edi_finvoice (OCA)."""

import base64

from odoo import api, models


class AmiliInvoiceUpload(models.Model):
    _inherit = "amili.invoice.upload"

    @api.model
    def _queue_values(self, move, *args, **kwargs):
        # EXTENDS the room invoice: all that was looked at is in this file as well
        values = super()._queue_values(move, *args, **kwargs)
        is_preferred = move.company_id.sudo().amili_prefers_finvoice
        finvoice = is_preferred and move._amili_finvoice()
        if finvoice:
            name, content = finvoice
            values |= {
                "file_format": "finvoice",
                "filename": name,
                "file": base64.b64encode(content),
            }
        return values
