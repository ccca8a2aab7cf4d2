"""Sending an invoice to Maventa: what stands in its way, and what may not be done."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...const import ACCOUNTING_GROUPS, UNDER_WAY_STATES, UPLOAD_STATES
from ..connection.alerts import Alerts, stops
from . import peppol_file
from .res_partner import emails_in

# To make the Peppol file of an invoice takes a while: of more invoices at once Odoo
# says what is wrong with them when it makes the files.
MAX_FILES_TRIED = 100
NO_SENDER_ADDRESS = "no_sender_address"


class AccountMove(models.Model):
    _inherit = "account.move"

    amili_upload_ids = fields.One2many(
        "amili.invoice.upload",
        "move_id",
        string="Sent to Maventa",
        readonly=True,
        groups=ACCOUNTING_GROUPS,
    )
    # Stored, so that the form of an invoice that was never sent costs no query.
    amili_upload_id = fields.Many2one(
        "amili.invoice.upload",
        string="Last Sent to Maventa",
        compute="_compute_amili_upload_id",
        store=True,
        copy=False,
        index="btree_not_null",
        groups=ACCOUNTING_GROUPS,
    )
    amili_upload_state = fields.Selection(
        UPLOAD_STATES, compute="_compute_amili_upload", groups=ACCOUNTING_GROUPS
    )
    amili_can_upload = fields.Boolean(
        compute="_compute_amili_upload", groups=ACCOUNTING_GROUPS
    )
    amili_upload_text = fields.Text(
        string="At Maventa", compute="_compute_amili_upload", groups=ACCOUNTING_GROUPS
    )

    @api.depends("amili_upload_ids")
    def _compute_amili_upload_id(self):
        for move in self:
            move.amili_upload_id = move.sudo().amili_upload_ids.sorted("id")[-1:]

    @api.depends(
        "state",
        "move_type",
        "amili_upload_id.state",
        "amili_upload_id.error_message",
        "maventa_invoice_id",
        "maventa_environment",
        "maventa_delivery_state",
    )
    @api.depends_context("lang")
    def _compute_amili_upload(self):
        for move in self:
            upload = move._amili_last_upload()
            is_missing = not move._amili_is_at_maventa()
            is_live = upload.state in UNDER_WAY_STATES
            move.amili_upload_state = upload.state
            move.amili_can_upload = (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and is_missing
                and not is_live
            )
            # What went wrong with an earlier upload no longer matters once it is there.
            is_told = is_live or (
                is_missing and upload.state in ("rejected", "cancelled")
            )
            move.amili_upload_text = (
                upload._explain_state() if is_told else move._amili_explain_delivery()
            )

    def _amili_last_upload(self):
        """Return what became, or becomes, of sending this invoice to Maventa."""
        self.ensure_one()
        return self.sudo().amili_upload_id

    def _amili_is_under_way(self):
        """Whether the invoice is on its way to Maventa, by the uploads themselves."""
        self.ensure_one()
        states = self.sudo().amili_upload_ids.mapped("state")
        return not set(UNDER_WAY_STATES).isdisjoint(states)

    # What stands in the way -----------------------------------------------------------

    def _amili_get_upload_alerts(self):
        """Return what stands in the way of sending these invoices to Maventa.

        :return: by invoice id and code, as from :meth:`_amili_get_alerts`
        :rtype: dict[int, dict[str, dict]]
        """
        return {id_: found for id_, (found, _file) in self._amili_try_uploads().items()}

    def _amili_try_uploads(self):
        """Return what stands in the way of each, and the file that would go out.

        :return: by invoice id: alerts as from :meth:`_amili_get_alerts`, and the file
            without its PDF; ``None`` where none can be made, or none was tried
        :rtype: dict[int, tuple[dict, bytes | None]]
        """
        alerts, files = {}, {}
        for move in self:
            found = alerts[move.id] = Alerts(move.env)
            if move._amili_check_way_to_maventa(found):
                move._amili_check_sender(found)
                move._amili_check_recipient(found)
        tried = self.filtered(lambda move: not stops(alerts[move.id]))
        for move in tried[:MAX_FILES_TRIED]:
            files[move.id] = move._amili_check_peppol_file(alerts[move.id])
        return {move.id: (alerts[move.id], files.get(move.id)) for move in self}

    def _amili_why_no_upload(self):
        """Return why this invoice may not be queued; empty if it may."""
        self.ensure_one()
        found = Alerts(self.env)
        self._amili_check_way_to_maventa(found)
        return " ".join(stops(found))

    def _amili_check_way_to_maventa(self, found):
        """Stop what cannot go there, whatever its file; return whether it can."""
        if self.move_type != "out_invoice" or self.state != "posted":
            found.stop(
                "not_posted_invoice",
                self.env._("Only a confirmed customer invoice can be sent to Maventa."),
            )
        elif not self._amili_check_credentials(found):
            return False
        elif self._amili_is_at_maventa():
            found.stop(
                "at_maventa",
                self.env._("Maventa has this invoice already: nothing is sent twice."),
            )
        elif self._amili_is_under_way():
            found.stop(
                "under_way",
                self.env._("This invoice is on its way to Maventa already."),
            )
        return not found

    def _amili_check_sender(self, found):
        partner = self.company_id.partner_id
        if not (partner.peppol_eas and partner.peppol_endpoint):
            found.warn(
                NO_SENDER_ADDRESS,
                self.env._(
                    "%s has no e-invoice address: Maventa, or who receives the "
                    "invoice, may refuse it.",
                    self.company_id.name,
                ),
                self.env._("View company"),
                partner,
            )

    def _amili_check_recipient(self, found):
        """Warn where Maventa may have no way to deliver the invoice by."""
        partner = self.partner_id
        has_address = partner.street and partner.zip and partner.city
        debtor = self.commercial_partner_id
        if debtor.peppol_endpoint or self._amili_delivery_email() or has_address:
            return
        found.warn(
            "no_way_to_deliver",
            self.env._(
                "%s has neither an e-invoice address nor an e-mail address nor a "
                "complete postal address: Maventa may be unable to deliver.",
                partner.display_name,
            ),
            self.env._("View customer"),
            partner,
        )

    def _amili_delivery_email(self):
        """Return the address to which Maventa may mail the invoice, or False."""
        self.ensure_one()
        partners = self.partner_id | self.commercial_partner_id
        emails = (email for partner in partners for email in emails_in(partner.email))
        return next(emails, False)

    def _amili_check_peppol_file(self, found):
        """Stop where Odoo cannot make the file; return what it made."""
        file, problems = self._amili_build_peppol_file()
        if problems:
            found.stop(
                "no_peppol_file",
                self._amili_explain_no_file(problems),
                self.env._("View invoice"),
                self,
            )
        else:
            self._amili_check_identifiers(found, peppol_file.read(file))
        return file

    # What may and may not be done -----------------------------------------------------

    @api.constrains("state")
    def _check_amili_upload(self):
        """Whatever way an invoice would leave the books, it may not be under way."""
        for move in self.sudo():
            if move.state != "posted" and move._amili_is_leaving():
                raise ValidationError(move._amili_uploading_message())

    @api.constrains("maventa_invoice_id")
    def _check_upload_maventa_invoice_id(self):
        """Its ID comes from Maventa in a moment."""
        for move in self.sudo():
            if move._amili_is_leaving():
                raise ValidationError(move._amili_uploading_message())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_uploading(self):
        for move in self.sudo():
            if move._amili_is_leaving():
                raise UserError(move._amili_uploading_message())

    def button_draft(self):
        # EXTENDS account: what goes out next is another file
        result = super().button_draft()
        uploads = self.sudo().amili_upload_ids
        uploads._cancel_queued(self.env._("The invoice was reset to draft."))
        return result

    def _amili_is_leaving(self):
        """Whether the invoice may be at Maventa without our knowing."""
        self.ensure_one()
        states = self.sudo().amili_upload_ids.mapped("state")
        return not {"sending", "unknown"}.isdisjoint(states)

    def _amili_uploading_message(self):
        self.ensure_one()
        return self.env._(
            "%s is on its way to Maventa, and it is not known yet whether it has "
            "arrived. Try again in a few minutes.",
            self.name,
        )

    # What people do -------------------------------------------------------------------

    def action_amili_upload(self):
        """Open the wizard that sends these invoices to Maventa."""
        self._amili_check_user()
        self.check_access("write")
        wizard = (
            self.env["amili.upload.wizard"]
            .with_context(active_model="account.move", active_ids=self.ids)
            .create({})
        )
        return wizard._open()

    def action_amili_cancel_upload(self):
        """Take the invoice off the queue for Maventa."""
        self._amili_check_user()
        self.check_access("write")
        for move in self:
            upload = move.sudo().amili_upload_ids.sorted("id")[-1:]
            if upload.state == "unknown":
                upload.sudo(False).action_give_up()
                continue
            locked = upload.try_lock_for_update(allow_referencing=True)
            if locked.state != "queued":
                raise UserError(
                    self.env._(
                        "It is being sent at this moment, or was sent already, so it "
                        "can no longer be taken off the queue."
                    )
                )
            locked._cancel_queued(False)
            locked._log_state()

    def _amili_explain_missing_id(self):
        upload = self._amili_last_upload()
        is_under_way = self._amili_is_under_way()
        if self.maventa_lookup_wanted and not is_under_way:
            return self.env._(
                "The Maventa ID is missing; it is being looked up at this moment."
            )
        if is_under_way or upload.state == "rejected":
            return self.env._("The Maventa ID is missing. %s", upload._explain_state())
        if self.maventa_lookup_problem:
            return self.env._(
                "The Maventa ID is missing. %s", self.maventa_lookup_problem
            )
        if self.maventa_invoice_id:
            return self._amili_explain_other_environment()
        return self.env._(
            "The Maventa ID is missing. Look the invoice up at Maventa if it was sent "
            "that way; else send it there."
        )
