"""Sending an invoice to Maventa: what stands in its way, and what may not be done."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date, formatLang

from ...const import ACCOUNTING_GROUPS, UNDER_WAY_STATES, UPLOAD_STATES
from ..connection.alerts import Alerts, stops
from . import peppol_file
from .res_partner import emails_in

# To make the Peppol file of an invoice takes a while: of more invoices at once Odoo
# says what is wrong with them when it makes the files.
MAX_FILES_TRIED = 100
NO_SENDER_ADDRESS = "no_sender_address"

# What a fault in the data makes of Odoo's exporter, beside what it says in words.
EXPORTER_FAILURES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
# Where texts of an electronic invoice stand.
TEXTS = {
    # Not its number, which nobody changes.
    "account.move": ("ref", "payment_reference", "narration"),
    "account.move.line": ("name",),
    "account.payment.term": ("note",),
    "product.product": ("name",),
    "res.partner": (
        *("name", "street", "street2", "city", "zip", "email", "phone"),
        *("ref", "vat", "company_registry"),
    ),
}
_logger = logging.getLogger(__name__)


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

    # The file -------------------------------------------------------------------------

    def _amili_build_peppol_file(self):
        """Return the electronic file as Odoo makes it today, and what is in its way.

        :return: the file without its PDF, or ``None``; and the problems, in words
        :rtype: tuple[bytes | None, list[str]]
        """
        self.ensure_one()
        try:
            file, problems = self.env["account.edi.xml.ubl_bis3"]._export_invoice(self)
        except UserError as exc:
            problems = exc.args
        except EXPORTER_FAILURES as exc:
            problems = [self._amili_explain_exporter_failure(exc)]
        problems = sorted(map(str, problems))
        return (None if problems else file), problems

    def _amili_explain_exporter_failure(self, exc):
        """Return what a failure of Odoo's exporter means for who sends the invoice."""
        illegal = self._amili_find_illegal_texts()
        if not illegal:
            # Neither the text of the error nor what it ran over: both may hold names.
            _logger.warning(
                "No electronic file of invoice %s: %s", self.id, type(exc).__name__
            )
            return self.env._("Odoo's own export fails (%s).", type(exc).__name__)
        places = ", ".join(
            f"{record.display_name} ({field._description_string(self.env)})"
            for record, field in ((r, r._fields[name]) for r, name in illegal)
        )
        return self.env._(
            "A character that no electronic file can hold stands in: %s. It is often "
            "not visible. Type that text anew.",
            places,
        )

    def _amili_explain_no_file(self, problems):
        """Return why there is no file, and what can be done about it."""
        self.ensure_one()
        reason = self.env._(
            "Odoo cannot make the electronic invoice yet: %s", " ".join(problems)
        )
        if self._amili_can_be_corrected():
            way_out = self.env._(
                "Correct what it names on the contact; where it is the invoice, reset "
                "the invoice to draft, correct it (with a tax of zero where none is "
                "due) and confirm it again."
            )
            return f"{reason} {way_out}"
        way_out = self.env._(
            "The invoice itself can no longer be reset to draft (its period is "
            "closed, or its journal is secured). What is wrong on a contact can be "
            "corrected there; otherwise enter the invoice at Maventa by hand, and then "
            "its Maventa ID here."
        )
        return f"{reason} {way_out}"

    def _amili_can_be_corrected(self):
        """Whether the invoice can be reset to draft and confirmed on the same day."""
        return self.show_reset_to_draft_button and not self._get_violated_lock_dates(
            self.date, bool(self.line_ids.tax_ids)
        )

    def _amili_find_illegal_texts(self):
        """Return which texts hold a character that no XML holds.

        :return: pairs of a record and the name of its field
        """
        partners = (
            self.partner_id | self.partner_shipping_id | self.company_id.partner_id
        )
        places = (
            *(self, *self.invoice_line_ids, *self.invoice_line_ids.product_id),
            *(self.invoice_payment_term_id, *partners, *partners.commercial_partner_id),
        )
        return [
            (record, name)
            for record in dict.fromkeys(places)
            for name in TEXTS[record._name]
            if record and peppol_file.ILLEGAL.search(record[name] or "")
        ]

    def _amili_describe_file(self, file):
        """Return what a file says, for who confirms it.

        :param PeppolFile file: as it would go out
        """
        day = fields.Date.to_date(file.date)
        sentences = [
            self.env._(
                "%(number)s of %(day)s, total %(total)s %(currency)s",
                number=file.number,
                day=format_date(self.env, day),
                total=formatLang(self.env, float(file.total or 0), digits=2),
                currency=file.currency,
            ),
            self.env._("From: %s", self._amili_describe_party(file.sender)),
            self.env._("To: %s", self._amili_describe_party(file.recipient)),
        ]
        return "\n".join(sentences)

    def _amili_describe_party(self, party):
        endpoint = party.endpoint and f"{party.scheme}:{party.endpoint}"
        return ", ".join(
            filter(
                None,
                (
                    party.name,
                    party.business_id or next(iter(party.ids), ""),
                    endpoint or self.env._("no e-invoice address"),
                    " ".join(party.address),
                ),
            )
        )

    # Who sends and who receives ---------------------------------------------------

    def _amili_check_identifiers(self, found, file):
        """Warn where the file does not tell who a Finnish company is.

        Maventa finds sender and recipient by their Business ID and e-invoice address.

        :param PeppolFile file: as it would go out
        """
        for role, partner, party in self._amili_parties(file):
            if not partner._amili_is_finnish():
                continue
            known = partner._amili_valid_business_id()
            if not known and not partner.is_company:
                continue
            warning = (
                self._amili_explain_missing_business_id(partner, party, known),
                self._amili_explain_old_address(partner, party, known),
            )
            text = " ".join(filter(None, warning))
            if text:
                found.warn(
                    f"{role}_identifiers", text, self.env._("View contact"), partner
                )

    def _amili_parties(self, file):
        """Yield role, contact and what the file says of sender and recipient."""
        sender = self.company_id.partner_id.commercial_partner_id
        yield "sender", sender, file.sender
        yield "recipient", self.commercial_partner_id, file.recipient

    def _amili_explain_missing_business_id(self, partner, party, known):
        if party.business_id == known and known:
            return ""
        if not known:
            return self.env._(
                "%s has no Business ID, so Maventa may not know who it is. Enter it on "
                "the contact.",
                partner.display_name,
            )
        if party.business_id:
            return self.env._(
                "The file names %(theirs)s as the Business ID of %(name)s, and the "
                "contact has %(ours)s. Correct the one that is wrong.",
                theirs=party.business_id,
                name=partner.display_name,
                ours=known,
            )
        if partner._amili_may_take_ovt():
            return self.env._(
                "The Business ID of %(name)s (%(number)s) is not in the file, so "
                "Maventa may not know who it is. Fill in the e-invoice address "
                "0216:%(ovt)s, which holds it.",
                name=partner.display_name,
                number=known,
                ovt=peppol_file.build_ovt(known),
            )
        return self.env._(
            "The Business ID of %(name)s (%(number)s) is not in the file, so Maventa "
            "may not know who it is. A VAT number or an OVT code (%(ovt)s) as the "
            "e-invoice address would tell it.",
            name=partner.display_name,
            number=known,
            ovt=peppol_file.build_ovt(known),
        )

    def _amili_explain_old_address(self, partner, party, known):
        if not party.business_id or party.scheme not in peppol_file.OLD_SCHEMES:
            return ""
        return self.env._(
            "The e-invoice address of %(name)s is of a kind that Finland does not use "
            "(%(scheme)s:%(endpoint)s). Fill in 0216:%(ovt)s.",
            name=partner.display_name,
            scheme=party.scheme,
            endpoint=party.endpoint,
            ovt=peppol_file.build_ovt(known or party.business_id),
        )

    # What can be corrected at once --------------------------------------------------

    def _amili_to_correct(self):
        """Return what of these a click corrects, for whoever asks.

        :return: contacts whose e-invoice address can be filled in, and pairs of a
            record and its field with a character that no file holds
        """
        partners = self.commercial_partner_id | self.company_id.partner_id
        partners = partners.filtered(lambda partner: partner._amili_may_take_ovt())
        texts = [pair for move in self for pair in move._amili_find_illegal_texts()]
        writable = {
            record: record.has_access("write")
            for record in (*partners, *(record for record, _name in texts))
        }
        return (
            partners.filtered(lambda partner: writable[partner]),
            [(record, name) for record, name in texts if writable[record]],
        )

    def _amili_correct(self):
        """Correct what :meth:`_amili_to_correct` names, with the rights of the user."""
        partners, texts = self._amili_to_correct()
        for partner in partners:
            partner._amili_take_ovt()
        for record, name in texts:
            record[name] = peppol_file.ILLEGAL.sub("", record[name])

    # Keeping it -------------------------------------------------------------------

    def _amili_has_peppol_file(self):
        """Whether the file that Odoo keeps of the invoice is the kind that goes out."""
        return peppol_file.is_peppol(self.sudo().ubl_cii_xml_id.raw)

    def _amili_detach_old_files(self, digest):
        """Take the files off that no longer say what is true, so that Odoo makes new.

        They stay among the attachments, as when an invoice is reset to draft. The PDF
        goes with the file that it stands in.

        :param str digest: what the file says today
        """
        move = self.sudo()
        kept = move.ubl_cii_xml_id.raw
        if peppol_file.is_peppol(kept) and peppol_file.digest(kept) != digest:
            move._detach_attachments()
            move.invalidate_recordset(
                [
                    *("ubl_cii_xml_id", "ubl_cii_xml_file"),
                    *("invoice_pdf_report_id", "invoice_pdf_report_file"),
                ]
            )

    def _amili_file_beside(self, file):
        """Return the values by which Odoo keeps a Peppol file beside another kind.

        :param bytes file: without its PDF, which Odoo puts inside
        """
        builder = self.env["account.edi.xml.ubl_bis3"]
        return {
            "ubl_cii_xml_attachment_values": {
                "name": builder._export_invoice_filename(self),
                "raw": file,
                "mimetype": "application/xml",
                "res_model": self._name,
                "res_id": self.id,
            },
            "ubl_cii_xml_options": {"ubl_cii_format": "ubl_bis3", "builder": builder},
        }
