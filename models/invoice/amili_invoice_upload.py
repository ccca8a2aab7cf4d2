"""The sender of invoices: what is queued goes to Maventa, what is unknown is asked for.

Before an invoice goes out Maventa is asked whether it has exactly this one already,
by whatever way it came there: an invoice must not reach a customer twice."""

import base64
import uuid
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...const import (
    ENVIRONMENTS,
    MANAGER_GROUP,
    SYSTEM_GROUP,
    UNDER_WAY_STATES,
    UPLOAD_STATES,
)
from ...deadlines import HAS_IT_ARRIVED, UPLOADS_WAIT
from ...maventa import contract, errors
from ...maventa.parallel import WIDTH
from ...maventa.upload import Upload
from ..connection.maventa_errors import UPLOAD_SENTENCES, explain
from . import peppol_file

DELIVERIES = [
    ("deliver", "Maventa delivers it"),
    ("store", "Only store it (nothing is delivered)"),
]
# Seconds for each of the two calls that an upload is.
UPLOAD_TIMEOUT = 20


@dataclass(frozen=True)
class _Found:
    """Maventa has exactly this invoice already."""

    invoice: object


@dataclass(frozen=True)
class _Doubtful:
    """Maventa has invoices of this number and day, and none is this one for certain."""

    candidates: list
    matches: list


class AmiliInvoiceUpload(models.Model):
    """One upload of one invoice to Maventa, from the queue to its end.

    People read it; only the code of this addon writes it, so what was confirmed is
    what was sent. Source of the call: ``POST /v1/invoices`` (older client).
    """

    _name = "amili.invoice.upload"
    _description = "Invoice Sent to Maventa"
    _inherit = ["amili.outbox.mixin", "amili.derived.mixin"]
    _order = "id desc"
    _rec_name = "move_id"
    _check_company_auto = True
    _outbox_crons = {
        "queued": "uploads",
        "sending": "uploads",
        "unknown": "uploads",
    }
    _outbox_transitions = {
        "queued": {"sending", "cancelled"},
        "sending": {"sent", "rejected", "unknown", "queued"},
        "unknown": {"sent", "rejected", "queued", "cancelled"},
    }
    _progress_work = "upload"
    _outbox_scopes = contract.SCOPES_OF_UPLOAD
    # The files of a batch are in memory at once, and each may hold a PDF of megabytes.
    _outbox_batch_size = 3 * WIDTH

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
    language = fields.Char(readonly=True)
    # What goes out holds names and addresses: it is kept until it has arrived. After
    # that it stands on the invoice alone, where Odoo keeps it.
    email = fields.Char(readonly=True, groups=SYSTEM_GROUP)
    filename = fields.Char(required=True, readonly=True)
    file_format = fields.Selection(
        [("peppol", "Peppol BIS 3"), ("finvoice", "Finvoice 3.0")],
        required=True,
        default="peppol",
        readonly=True,
    )
    file = fields.Binary(attachment=True, readonly=True, groups=SYSTEM_GROUP)
    checksum = fields.Char(
        readonly=True,
        help="Of the electronic file that Odoo kept of the invoice when this was put "
        "on the queue: it may go out while that is the same.",
    )
    digest = fields.Char(
        readonly=True,
        help="What the file says: it may go out while Odoo would make it the same.",
    )
    # By these Maventa knows it, whatever becomes of the books and of the contact.
    file_total = fields.Char(readonly=True, help="The total with tax in the file.")
    file_business_id = fields.Char(
        readonly=True, help="The Business ID of the recipient in the file."
    )
    marks_sent = fields.Boolean(
        readonly=True,
        help="Odoo marks the invoice as sent because of this alone: where it does not "
        "reach the customer, the mark goes.",
    )
    _uuid_unique = models.UniqueIndex(
        "(uuid)", "Another invoice was sent to Maventa under this ID."
    )
    _one_live_per_invoice = models.UniqueIndex(
        "(move_id) WHERE state IN ('queued', 'sending', 'unknown')",
        "This invoice is on its way to Maventa already.",
    )
    _progress_index = models.Index("(user_id, create_date)")
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

        :param list choices: tuples of an invoice, whether Maventa delivers it, the id
            of the user who sends it, and what else :meth:`_queue_values` takes
        :return: the new uploads
        """
        uploads = self.sudo().create([self._queue_values(*each) for each in choices])
        uploads._log_queued()
        uploads._trigger_due()
        return uploads.sudo(False)

    @api.model
    def _queue_values(
        self, move, deliver, user_id, file=None, digest=False, marks_sent=False
    ):
        """Return the values of an upload.

        :param file: name and content of what goes out; else that of the invoice
        :param str digest: what the file says, where that is compared before it goes
        :param bool marks_sent: whether Odoo marks it as sent because of this alone
        """
        kept = move.ubl_cii_xml_id.sudo()
        filename, content = file or (kept.name, kept.raw)
        said = peppol_file.is_peppol(content) and peppol_file.read(content)
        partner = move.partner_id
        language = partner.lang or move.company_id.partner_id.lang or ""
        environment, uuid_ = move.company_id._amili_account()
        return {
            "move_id": move.id,
            "company_id": move.company_id.id,
            "user_id": user_id,
            "environment": environment,
            "maventa_company_uuid": uuid_,
            "deliver": deliver,
            "language": language.split("_")[0],
            "email": deliver and move._amili_delivery_email(),
            "filename": filename,
            "file": base64.b64encode(content),
            "checksum": kept.checksum,
            "digest": digest,
            "file_total": said and str(said.total or ""),
            "file_business_id": said and said.recipient.business_id,
            "marks_sent": marks_sent,
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
            email=upload.email or "",
            language=upload.language or "",
            format=upload.file_format,
        )

    # States ---------------------------------------------------------------------------

    def _forget_files(self):
        """Empty what has ended and needs no file any more.

        Of many at once: with each file that goes Odoo forgets all that it has read.
        """
        ended = self.filtered(lambda upload: upload.state not in UNDER_WAY_STATES)
        ended.write({"file": False, "email": False})

    def _cancel_queued(self, reason):
        """Take what is not under way yet off the queue."""
        queued = self.filtered(lambda upload: upload.state == "queued")
        queued._set_state("cancelled", error_message=reason)
        queued._forget_files()
        queued._take_mark_off()

    def _take_mark_off(self):
        """Let what has not reached the customer not count as sent."""
        not_sent = self.filtered("marks_sent").move_id.filtered(
            lambda move: not move._amili_is_at_maventa()
        )
        not_sent._amili_write_at_maventa({"is_move_sent": False})

    # Sending --------------------------------------------------------------------------

    @api.model
    def _cron_process(self):
        """Send what is queued, ask for what is unknown, follow what is delivered."""
        self._process_outbox("uploads")
        self.env["account.move"]._amili_follow_deliveries()

    @api.model
    def _connect(self, company):
        # EXTENDS amili.outbox.mixin: it is looked for there before it is sent
        client = super()._connect(company)
        client.timeout = min(client.timeout * 2 / 3, UPLOAD_TIMEOUT)
        return client

    @api.model
    def _get_call_limit(self, client):
        # EXTENDS amili.outbox.mixin
        return 2 * client.timeout

    def _get_send_call(self, client):
        # EXTENDS amili.outbox.mixin
        return _send, (client, self.move_id._amili_facts(), self._wire())

    def _get_ask_call(self, client):
        # EXTENDS amili.outbox.mixin
        return client.invoice, (self.uuid,)

    @api.model
    def _explain_problem(self, problem):
        # EXTENDS amili.outbox.mixin
        return explain(self.env, problem, UPLOAD_SENTENCES)

    # The last check -------------------------------------------------------------------

    def _cancel_unfit(self):
        # EXTENDS amili.outbox.mixin: what is no longer what was confirmed
        before = self._get_states()
        for upload in self:
            reason = upload._why_unfit()
            if reason:
                upload._cancel_queued(reason)
        unfit = self.filtered(lambda upload: upload.state == "cancelled")
        unfit._notify_changes(before)
        return unfit

    def _why_unfit(self):
        """Return why this may not go out any more; empty if it may."""
        self.ensure_one()
        move = self.move_id
        if self._get_account() != self.company_id._amili_account():
            return self.env._(
                "The company has moved to another environment of Maventa since it was "
                "put on the queue. Send it again if it is to go there."
            )
        if move.state != "posted":
            return self.env._("The invoice is not confirmed any more.")
        if move._amili_is_at_maventa():
            return self.env._("Its Maventa ID was found meanwhile.")
        if move.ubl_cii_xml_id.sudo().checksum != self.checksum:
            return self.env._(
                "The invoice has changed since it was put on the queue. Send it again."
            )
        return self._why_outdated()

    def _why_outdated(self):
        """Return why the file is not what Odoo would make today; empty if it is."""
        if not self.digest:
            return ""
        file, problems = self.move_id._amili_build_peppol_file()
        if problems:
            return self.move_id._amili_explain_no_file(problems)
        if peppol_file.digest(file) != self.digest:
            return self.env._(
                "The invoice, the customer or the company has changed since it was put "
                "on the queue, and the file does not say so. Send it again."
            )
        return ""

    # Outcomes -------------------------------------------------------------------------

    def _accept(self, outcome):
        # EXTENDS amili.outbox.mixin
        match outcome:
            case _Doubtful(candidates, matches):
                self._reject(self.move_id._amili_no_match_message(candidates, matches))
            case _Found(invoice):
                self._finish(invoice, was_there=True)
            case invoice:
                self._finish(invoice)

    def _refuse(self, error):
        # EXTENDS amili.outbox.mixin
        self._reject(self._explain_problem(error))

    def _reject(self, message):
        self._set_state("rejected", error_message=message)
        self._take_mark_off()

    def _finish(self, invoice, was_there=False):
        """Record that Maventa has it, on the invoice as well.

        :param answers.Invoice invoice: as Maventa has it
        :param bool was_there: it came there by another way
        """
        problem = self.move_id._amili_why_not_take(invoice)
        if problem:
            self._reject(problem)
            return
        # First, for the ID of an invoice that is under way cannot be changed.
        self._set_state("sent", error_message=False, was_there=was_there)
        self.move_id._amili_take_invoice(
            invoice,
            self._get_account(),
            is_stored_only=not self.deliver and not was_there,
        )

    def action_give_up(self):
        """Give up what has not got through for days: it can be sent anew.

        :raises AccessError: only a manager may
        :raises UserError: it is sent, or not waited for long enough
        """
        self.ensure_one()
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._(
                    "You may not give up what is on its way to Maventa. Ask your "
                    "administrator for the right “Amili Perintä: Manager”."
                )
            )
        self.check_access("read")
        upload = self.sudo().try_lock_for_update(allow_referencing=True)
        if not upload or upload.state == "sending" or not upload._overdue():
            raise UserError(
                self.env._(
                    "Odoo goes on with it by itself. What has not got through for days "
                    "can be given up."
                )
            )
        upload._set_state("cancelled", error_message=False)
        upload._forget_files()
        upload._log_state()

    def _explain_state(self):
        """Return where this invoice is on its way to Maventa, and whether for long."""
        waits = self._explain_waits()
        return " ".join([self._explain_progress(), *waits])

    def _explain_progress(self):
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
            lang = company._amili_lang()
            uploads = uploads.with_context(lang=lang)
            uploads.move_id._amili_log(
                {upload.move_id.id: upload._explain_state() for upload in uploads}
            )

    def _notify_changes(self, before):
        # EXTENDS amili.outbox.mixin
        changed = self.filtered(lambda u: u.state not in (before[u.id], "queued"))
        ended = changed.filtered(lambda u: u.state not in UNDER_WAY_STATES)
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
        ended._forget_files()

    def _ask_sender(self, summary, note=None, repeats=None):
        self.ensure_one()
        self.move_id._amili_give_task(
            summary,
            note or self.error_message,
            self.company_id._amili_responsible(self.user_id),
            repeats,
        )

    def _notify_left_behind(self):
        # EXTENDS amili.outbox.mixin
        for upload in self:
            upload._ask_sender(
                self.env._(HAS_IT_ARRIVED),
                repeats="summary",
            )

    def _notify_blocked(self):
        # EXTENDS amili.outbox.mixin
        self._ask_sender(self.env._(UPLOADS_WAIT), repeats="summary")

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


def _send(client, facts, sent):
    """Upload an invoice unless Maventa has it; runs in a thread.

    :param facts: what tells the invoice from others, see ``_amili_facts``
    :param Upload sent: what goes out
    :return: the invoice at Maventa, :class:`_Found` or :class:`_Doubtful`
    """
    try:
        candidates = client.find_invoices(facts.number)
    except errors.NotSent:
        raise
    except errors.MaventaError as exc:
        # Nothing has left yet.
        raise errors.NotSent(exc.reason, status=exc.status) from exc
    matches = [found for found in candidates if facts.match(found)]
    ours = [found for found in candidates if found.id.lower() == sent.uuid]
    if ours:
        # What seemed not to have arrived has.
        return ours[0]
    if len(matches) == 1:
        return _Found(matches[0])
    # The same number may return on another day; of the same day it is a mistake of
    # somebody, and to send another would make it worse.
    if any(found.date == facts.date for found in candidates):
        return _Doubtful(candidates, matches)
    return client.upload_invoice(sent)
