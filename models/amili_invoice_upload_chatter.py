"""What people are told of an invoice on its way to Maventa."""

from datetime import timedelta

from odoo import fields, models

from .amili_invoice_upload import LIVE_UPLOADS

LONG_WAIT = timedelta(days=2)


class AmiliInvoiceUpload(models.Model):
    _inherit = "amili.invoice.upload"

    def _explain_state(self):
        """Return a sentence on where this invoice is on its way to Maventa."""
        self.ensure_one()
        problem = self.error_message or ""
        match self.state:
            case "queued" if problem:
                return self.env._("Not sent to Maventa yet. %s", problem)
            case "queued" if self.deliver:
                return self.env._(
                    "Goes to Maventa within minutes. Maventa delivers it."
                )
            case "queued":
                return self.env._(
                    "Goes to Maventa within minutes. Maventa only stores it."
                )
            case "sending":
                return self.env._("Being sent to Maventa.")
            case "unknown":
                return self.env._(
                    "It is not known yet whether the invoice has arrived at Maventa. "
                    "%s Nothing is sent twice.",
                    problem,
                )
            case "sent" if self.was_there:
                return self.env._(
                    "Maventa had this invoice already, so it was not sent again. %s",
                    self.move_id._amili_explain_delivery_state(),
                ).strip()
            case "sent":
                return self.env._(
                    "The invoice is at Maventa. %s",
                    self.move_id._amili_explain_delivery_state(),
                ).strip()
            case "rejected":
                return self.env._("Maventa did not take the invoice. %s", problem)
            case "cancelled":
                return self.env._("Not sent to Maventa. %s", problem).strip()

    # Chatter, tasks, notifications ----------------------------------------------------

    def _log_queued(self):
        """Write who sent these to Maventa into the chatter, as what they do."""
        for user, uploads in self.grouped("user_id").items():
            uploads.with_user(user).sudo()._log_state()

    def _log_state(self):
        """Write where each is into the chatter of its invoice."""
        for company, uploads in self.grouped("company_id").items():
            lang = company.partner_id.lang or self.env.lang
            uploads = uploads.with_context(lang=lang)
            uploads.move_id._amili_log(
                {upload.move_id.id: upload._explain_state() for upload in uploads}
            )

    def _tell_changes(self, before):
        """Tell people what became of these, and wake who goes on."""
        changed = self.filtered(lambda u: u.state not in (before[u.id], "queued"))
        ended = changed.filtered(lambda u: u.state not in LIVE_UPLOADS)
        (ended | changed.filtered(lambda u: u.state == "unknown"))._log_state()
        for upload in ended.filtered(lambda u: u.state == "rejected"):
            upload._ask_sender(self.env._("Maventa: correct it and send it again"))
        # What a person has reset to draft needs no task.
        for upload in ended.filtered(
            lambda u: (
                u.state == "cancelled"
                and u.move_id.state == "posted"
                and not u.move_id._amili_is_at_maventa()
            )
        ):
            upload._ask_sender(self.env._("Maventa: the invoice was not sent"))
        ended._notify_users()
        ended.move_id._amili_wake_following()
        self._wake_next()
        self._tell_long_waits()
        ended._forget_files()

    def _ask_sender(self, summary):
        self.ensure_one()
        self.move_id._amili_give_task(
            summary,
            self.error_message,
            self.company_id._amili_responsible(self.user_id),
        )

    def _tell_held_up(self):
        """Give a task where invoices do not get through to Maventa."""
        self._ask_sender(self.env._("Maventa: invoices wait on the queue"))

    def _tell_long_waits(self):
        """Give a task where nobody knows for days: a machine cannot mend that."""
        limit = fields.Datetime.now() - LONG_WAIT
        for upload in self:
            if upload.state == "unknown" and upload.claimed_at < limit:
                upload._ask_sender(
                    self.env._("Maventa: look whether the invoice has arrived")
                )

    def _notify_users(self):
        """Show those who sent these what became of them, if their browser is open."""
        for user, uploads in self.filtered("user_id").grouped("user_id").items():
            uploads = uploads.with_context(lang=user.lang)
            arrived = uploads.filtered(lambda u: u.state == "sent")
            kind = "success" if arrived == uploads else "warning"
            if uploads.filtered(lambda u: u.state == "rejected"):
                kind = "danger"
            if len(uploads) == 1:
                message = uploads._explain_state()
            else:
                message = uploads.env._(
                    "Invoices that are at Maventa now: %(arrived)s. Not sent: "
                    "%(rest)s.",
                    arrived=len(arrived),
                    rest=len(uploads - arrived),
                )
            self._show(user, kind, message, uploads.move_id)

    def _show(self, user, kind, message, moves):
        """Show a small notification to a user whose browser is open.

        :param str kind: ``info``, ``success``, ``warning`` or ``danger``
        :param moves: the invoices that it is about
        """
        user._bus_send(
            "amili_perinta/told",
            {
                "type": kind,
                "title": moves.name if len(moves) == 1 else "Maventa",
                "message": message,
                "res_model": "account.move",
                "res_ids": moves.ids,
            },
        )

    def _wake_next(self):
        """Let the sender run when the first of these is due."""
        live = self.filtered(lambda upload: upload.state in LIVE_UPLOADS)
        if live:
            cron = self.env.ref("amili_perinta.ir_cron_amili_uploads").sudo()
            cron._trigger(min(live.mapped("next_try_at")))
