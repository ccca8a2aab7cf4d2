"""Maventa as a way to send invoices, beside e-mail and others."""

from odoo import api, models

from ..connection.alerts import Alerts
from . import peppol_file
from .account_move_upload import EXPORTER_FAILURES, NO_SENDER_ADDRESS

# Ways by which the customer would get the invoice a second time.
OTHER_DELIVERIES = {"peppol", "snailmail"}


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    # What is shown --------------------------------------------------------------------

    @api.model
    def _get_alerts(self, moves, moves_data):
        # EXTENDS account
        alerts = super()._get_alerts(moves, moves_data)
        by_maventa = moves.filtered(
            lambda move: "maventa" in moves_data[move]["sending_methods"]
        )
        if by_maventa:
            alerts |= self._amili_alerts_by_maventa(by_maventa, moves, moves_data)
        return alerts

    @api.model
    def _amili_alerts_by_maventa(self, by_maventa, moves, moves_data):
        """Return what stands in the way of sending by Maventa, each thing once.

        Of several invoices those that are stopped are left out and named.
        """
        alerts = {}
        found = by_maventa._amili_get_upload_alerts()
        codes = dict.fromkeys(code for each in found.values() for code in each)
        # This one Odoo itself has, in words of its own.
        codes.pop(NO_SENDER_ADDRESS, None)
        for code in codes:
            affected = by_maventa.filtered(lambda m, c=code: c in found[m.id])
            alert = dict(found[affected[0].id][code])
            if len(moves) > 1:
                alert |= self._amili_merged_alert(affected, alert)
            alerts[f"amili_upload_{code}"] = alert
        twice = by_maventa.filtered(
            lambda move: (
                OTHER_DELIVERIES & set(moves_data[move]["sending_methods"])
                and self._amili_delivers(moves_data[move])
            )
        )
        if twice:
            alerts["amili_upload_twice"] = {
                "level": "warning",
                "message": self.env._(
                    "Delivered twice: %s. Choose one way, or let Maventa only store "
                    "it.",
                    ", ".join(twice.mapped("name")),
                ),
            }
        return alerts

    @api.model
    def _amili_merged_alert(self, moves, alert):
        """Return what changes where an alert is one of several invoices."""
        names = ", ".join(moves.mapped("name"))
        reason = alert["message"]
        # One that is stopped must not hold up all the others.
        message = (
            self.env._(
                "Not sent by Maventa: %(invoices)s. %(reason)s",
                invoices=names,
                reason=reason,
            )
            if alert["level"] == "danger"
            else f"{names}: {reason}"
        )
        return {
            "level": "warning",
            "message": message,
            "action_text": self.env._("View invoices"),
            "action": moves._get_records_action(),
        }

    @api.model
    def _amili_delivers(self, move_data):
        """Whether Maventa delivers what is sent with these settings."""
        return move_data.get("maventa_deliver", True)

    # How it is sent -------------------------------------------------------------------

    @api.model
    def _get_default_sending_methods(self, move):
        # EXTENDS account: what a person has put on Odoo's queue for Maventa alone
        if move.sending_data and move.sending_data.get("maventa_only"):
            return {"maventa"}
        return super()._get_default_sending_methods(move)

    @api.model
    def _get_default_invoice_edi_format(self, move, **kwargs):
        # EXTENDS account
        if "maventa" in kwargs.get("sending_methods", []):
            return "ubl_bis3"
        return super()._get_default_invoice_edi_format(move, **kwargs)

    @api.model
    def _get_default_sending_settings(self, move, from_cron=False, **custom_settings):
        # EXTENDS account
        settings = super()._get_default_sending_settings(
            move, from_cron=from_cron, **custom_settings
        )
        if "maventa" in settings["sending_methods"]:
            kept = (from_cron and move.sending_data) or {}
            given = {**kept, **custom_settings}
            settings["maventa_deliver"] = given.get("maventa_deliver", True)
            settings["maventa_digest"] = given.get("maventa_digest")
        return settings

    @api.model
    def _is_applicable_to_company(self, method, company):
        # EXTENDS account
        if method == "maventa":
            return company._amili_has_credentials()
        return super()._is_applicable_to_company(method, company)

    @api.model
    def _is_applicable_to_move(self, method, move, **move_data):
        # EXTENDS account
        if method == "maventa":
            return move._amili_check_way_to_maventa(Alerts(self.env))
        return super()._is_applicable_to_move(method, move, **move_data)

    @api.model
    def _hook_invoice_document_before_pdf_report_render(self, invoice, invoice_data):
        # EXTENDS account: what goes to Maventa says what is true now, and what cannot
        # be made stops alone
        if "maventa" not in invoice_data["sending_methods"]:
            return super()._hook_invoice_document_before_pdf_report_render(
                invoice, invoice_data
            )
        file, problems = invoice._amili_build_peppol_file()
        if problems:
            reason = invoice._amili_explain_no_file(problems)
            return self._amili_stop_sending(invoice_data, reason)
        digest = peppol_file.digest(file)
        if invoice_data.get("maventa_digest") not in (None, digest):
            return self._amili_stop_sending(
                invoice_data,
                self.env._(
                    "The invoice, the customer or the company has changed since "
                    "this was confirmed. Open the window again, look at what the file "
                    "says now, and send it."
                ),
            )
        invoice_data["maventa_digest"] = digest
        invoice_data["maventa_marks_sent"] = not invoice.is_move_sent
        invoice._amili_detach_old_files(digest)
        result = super()._hook_invoice_document_before_pdf_report_render(
            invoice, invoice_data
        )
        if not (
            invoice_data.get("ubl_cii_xml_attachment_values")
            or invoice._amili_has_peppol_file()
        ):
            # The other format stays the file of the invoice; this one goes beside it.
            invoice_data |= invoice._amili_file_beside(file)
        return result

    @api.model
    def _hook_invoice_document_after_pdf_report_render(self, invoice, invoice_data):
        # EXTENDS account: Odoo makes another kind of file there, which may fail
        try:
            return super()._hook_invoice_document_after_pdf_report_render(
                invoice, invoice_data
            )
        except EXPORTER_FAILURES as exc:
            if "maventa" not in invoice_data["sending_methods"]:
                raise
            reason = invoice._amili_explain_no_file(
                [invoice._amili_explain_exporter_failure(exc)]
            )
            self._amili_stop_sending(invoice_data, reason)

    @api.model
    def _amili_stop_sending(self, invoice_data, reason):
        """Let Odoo tell why this invoice is not sent, and go on with the others."""
        invoice_data["error"] = {
            "error_title": self.env._("Not sent by Maventa."),
            "errors": [reason],
        }

    @api.model
    def _call_web_service_after_invoice_pdf_render(self, invoices_data):
        # EXTENDS account: no web service is called here. This is the last moment
        # before the files are kept, and Odoo embeds the PDF only where it has just
        # made it: where the invoice had been printed or mailed before it is missing.
        result = super()._call_web_service_after_invoice_pdf_render(invoices_data)
        for move, data in invoices_data.items():
            if (
                "maventa" in data["sending_methods"]
                and data.get("ubl_cii_xml_attachment_values")
                and not data.get("pdf_attachment_values")
            ):
                self._postprocess_invoice_ubl_xml(move, data)
        return result

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        # EXTENDS account: the files are made and kept, so they can be put on the queue
        by_maventa = {
            move: data
            for move, data in moves_data.items()
            if "maventa" in data["sending_methods"]
        }
        if by_maventa:
            self._amili_queue_uploads(by_maventa)
        other_ways = self.env["account.move"].union(
            *(m for m, data in moves_data.items() if self._amili_other_ways(data))
        )
        other_ways.sudo().amili_upload_ids.marks_sent = False
        return super()._hook_if_success(moves_data, from_cron=from_cron)

    @api.model
    def _amili_other_ways(self, move_data):
        """Return the ways by which the customer gets it without Maventa."""
        return set(move_data["sending_methods"]) - {"maventa"}

    @api.model
    def _amili_queue_uploads(self, moves_data):
        """Queue what can go to Maventa, and say of the rest why it cannot."""
        queued, left_out = [], {}
        for move, data in moves_data.items():
            marks_sent = bool(
                data.get("maventa_marks_sent") and not self._amili_other_ways(data)
            )
            reason = move._amili_why_no_upload()
            file = self._amili_file_to_queue(move, data)
            deliver = data.get("maventa_deliver", True)
            if marks_sent:
                # Odoo marks as sent what it has only printed.
                is_sent = bool(deliver and file and not reason)
                move._amili_write_at_maventa({"is_move_sent": is_sent})
            if reason or not file:
                reason = reason or self.env._(
                    "There is no Peppol file of it. Send it once more by Maventa alone."
                )
                left_out[move.id] = self.env._("Not sent by Maventa. %s", reason)
                continue
            user_id = data.get("author_user_id") or self.env.uid
            digest = data["maventa_digest"]
            queued.append((move, deliver, user_id, file, digest, marks_sent))
        self.env["amili.invoice.upload"]._queue(queued)
        self.env["account.move"]._amili_log(left_out)

    @api.model
    def _amili_file_to_queue(self, move, data):
        """Return name and content of the file that goes out, or nothing."""
        if "maventa_marks_sent" not in data:
            # None could be made today; what is kept is not what is true.
            return None
        made = data.get("ubl_cii_xml_attachment_values")
        kept = move.ubl_cii_xml_id.sudo()
        files = ((made["name"], made["raw"]) if made else None, (kept.name, kept.raw))
        return next((f for f in files if f and peppol_file.is_peppol(f[1])), None)
