"""The electronic file of an invoice: made by Odoo, sent where it says what is true."""

import logging

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from . import peppol_file

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
