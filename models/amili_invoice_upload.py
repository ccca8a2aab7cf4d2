import base64
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..maventa.upload import Upload
from .res_company import ENVIRONMENTS, SYSTEM_GROUP

UPLOAD_STATES = [
    ("queued", "On the queue"),
    ("sending", "Being sent"),
    ("unknown", "Outcome unknown"),
    ("sent", "At Maventa"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]
LIVE_UPLOADS = ("queued", "sending", "unknown")
DELIVERIES = [
    ("deliver", "Maventa delivers it"),
    ("store", "Only store it (nothing is delivered)"),
]
TRANSITIONS = {
    "queued": {"sending", "cancelled"},
    "sending": {"sent", "rejected", "unknown", "queued"},
    "unknown": {"sent", "rejected", "queued", "cancelled"},
}


class AmiliInvoiceUpload(models.Model):
    """One upload of one invoice to Maventa, from the queue to its end.

    People read it; only the code of this addon writes it, so what was confirmed is
    what was sent. Source of the call: ``POST /v1/invoices`` (older client).
    """

    _name = "amili.invoice.upload"
    _description = "Invoice Sent to Maventa"
    _inherit = ["amili.worker.mixin"]
    _order = "id desc"
    _rec_name = "move_id"
    _check_company_auto = True

    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    user_id = fields.Many2one("res.users", string="Sent By", readonly=True)
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        readonly=True,
        help="Where it goes; it is never sent anywhere else.",
    )
    account = fields.Char(
        readonly=True,
        groups=SYSTEM_GROUP,
        help="The company's UUID at Maventa, with which it was sent.",
    )
    uuid = fields.Char(
        required=True,
        readonly=True,
        default=lambda self: str(uuid.uuid4()),
        help="Chosen before anything is sent: under this ID Maventa has the invoice, "
        "so that one whose answer was lost is found again.",
    )
    state = fields.Selection(
        UPLOAD_STATES, required=True, default="queued", readonly=True
    )
    deliver = fields.Boolean(
        readonly=True, help="Maventa delivers it; otherwise it only keeps it."
    )
    was_there = fields.Boolean(
        readonly=True, help="Maventa had it already, so nothing was sent."
    )
    is_consumer = fields.Boolean(readonly=True)
    language = fields.Char(readonly=True)
    # What goes out holds names and addresses: it is kept until it has arrived. After
    # that it stands on the invoice alone, where Odoo keeps it.
    email = fields.Char(readonly=True, groups=SYSTEM_GROUP)
    filename = fields.Char(required=True, readonly=True)
    file = fields.Binary(attachment=True, readonly=True, groups=SYSTEM_GROUP)
    checksum = fields.Char(
        readonly=True,
        help="Of the file: it may go out while it still is that of the invoice.",
    )

    _uuid_unique = models.UniqueIndex(
        "(uuid)", "Another invoice was sent to Maventa under this ID."
    )
    _one_live_per_invoice = models.UniqueIndex(
        "(move_id) WHERE state IN ('queued', 'sending', 'unknown')",
        "This invoice is on its way to Maventa already.",
    )
    _work_index = models.Index(
        "(company_id, state, next_try_at) WHERE state IN "
        "('queued', 'sending', 'unknown')"
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        for upload in self:
            if upload.state in ("sending", "unknown"):
                raise UserError(upload.move_id._amili_uploading_message())

    # Making ---------------------------------------------------------------------------

    @api.model
    def _queue(self, choices):
        """Freeze the files of these invoices and put them on the queue.

        :param list choices: triples of an invoice with its Peppol file made, whether
            Maventa delivers it, and the id of the user who sends it
        :return: the new uploads
        """
        uploads = self.sudo().create([self._queue_values(*each) for each in choices])
        uploads._log_queued()
        uploads._wake_next()
        return uploads.sudo(False)

    @api.model
    def _queue_values(self, move, deliver, user_id):
        file = move.ubl_cii_xml_id.sudo()
        partner = move.partner_id
        language = partner.lang or move.company_id.partner_id.lang or ""
        return {
            "move_id": move.id,
            "company_id": move.company_id.id,
            "user_id": user_id,
            "environment": move.company_id.amili_environment,
            "deliver": deliver,
            "is_consumer": move._amili_receivables_type().startswith("b2c"),
            "language": language.split("_")[0],
            "email": deliver and move._amili_delivery_email(),
            "filename": file.name,
            "file": base64.b64encode(file.raw),
            "checksum": file.checksum,
        }

    def _wire(self):
        """Return what goes out, so that a thread needs no database."""
        self.ensure_one()
        upload = self.sudo().with_context(bin_size=False)
        return Upload(
            uuid=upload.uuid,
            filename=upload.filename,
            content=base64.b64decode(upload.file),
            deliver=upload.deliver,
            is_consumer=upload.is_consumer,
            email=upload.email or "",
            language=upload.language or "",
        )

    # States ---------------------------------------------------------------------------

    def _set_state(self, state, **values):
        """Move to a state and write ``values``.

        :raises ValueError: where the table of transitions does not allow it
        """
        for upload in self:
            if state not in TRANSITIONS.get(upload.state, ()):
                raise ValueError(f"no way from {upload.state} to {state}")
        self.write({"state": state, **values})

    def _forget_files(self):
        """Empty what has ended and needs no file any more.

        Of many at once: with each file that goes Odoo forgets all that it has read.
        """
        ended = self.filtered(lambda upload: upload.state not in LIVE_UPLOADS)
        ended.write({"file": False, "email": False})

    def _cancel_queued(self, reason):
        """Take what is not under way yet off the queue."""
        queued = self.filtered(lambda upload: upload.state == "queued")
        queued._set_state("cancelled", error_message=reason)
        queued._forget_files()
