from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.connection.actions import CLOSE, show_notice
from ...models.connection.alerts import stops
from ...models.invoice import peppol_file
from ...models.invoice.amili_invoice_upload import DELIVERIES
from ...models.outbox.amili_cron_mixin import check_active


class AmiliUploadWizard(models.TransientModel):
    """What a clerk sees and confirms before invoices go to Maventa.

    Made from the context (``active_model`` ``account.move``, ``active_ids``). Makes no
    remote call: Odoo makes the files, and the scheduled action sends them.
    """

    _name = "amili.upload.wizard"
    _description = "Send to Maventa"

    line_ids = fields.One2many(
        "amili.upload.wizard.line", "wizard_id", string="Invoices"
    )
    line_id = fields.Many2one(
        "amili.upload.wizard.line", compute="_compute_line_id", store=True
    )
    # One invoice is shown whole: these are its line's fields.
    move_id = fields.Many2one(related="line_id.move_id", related_sudo=False)
    partner_id = fields.Many2one(related="line_id.partner_id", related_sudo=False)
    delivery = fields.Selection(
        related="line_id.delivery", readonly=False, string="What Maventa Does"
    )
    alerts = fields.Json(compute="_compute_alerts")
    file_text = fields.Text(related="line_id.file_text")
    ready_count = fields.Integer(compute="_compute_alerts")
    can_correct = fields.Boolean(compute="_compute_can_correct")
    summary = fields.Text(compute="_compute_alerts")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        context = self.env.context
        is_ours = context.get("active_model") == "account.move"
        if is_ours and "line_ids" in fields_list and "line_ids" not in values:
            moves = self.env["account.move"].browse(context.get("active_ids", ()))
            tried = moves._amili_try_uploads()
            # What needs a hand stands first.
            moves = moves.sorted(lambda move: not tried[move.id][0])
            values["line_ids"] = [
                fields.Command.create(
                    {
                        "move_id": move.id,
                        # Whoever has the invoice already does not want it twice.
                        "delivery": "store" if move.is_move_sent else "deliver",
                        **self._file_values(move, *tried[move.id]),
                    }
                )
                for move in moves
            ]
        return values

    @api.model
    def _file_values(self, move, alerts, file):
        """Return what a line shows of what would go out.

        :param bytes file: as from ``_amili_try_uploads``
        """
        return {
            "alerts": alerts or False,
            "file_text": file and move._amili_describe_file(peppol_file.read(file)),
            "digest": file and peppol_file.digest(file),
        }

    @api.depends("line_ids")
    def _compute_line_id(self):
        for wizard in self:
            lines = wizard.line_ids
            wizard.line_id = lines if len(lines) == 1 else False

    @api.depends("line_ids.alerts")
    def _compute_can_correct(self):
        for wizard in self:
            moves = wizard.line_ids.filtered("alerts").move_id
            wizard.can_correct = any(moves._amili_to_correct())

    @api.depends("line_ids.level", "line_ids.delivery", "delivery")
    def _compute_alerts(self):
        for wizard in self:
            lines = wizard.line_ids
            ready = lines.filtered(lambda line: line.level != "stopped")
            wizard.alerts = wizard.line_id.alerts
            wizard.ready_count = len(ready)
            wizard.summary = wizard._summarise(ready, len(lines) - len(ready))

    def _summarise(self, ready, stopped_count):
        """Return what will happen, in a sentence or two."""
        if not ready:
            return self.env._("Nothing can be sent to Maventa yet.")
        stored = len(ready.filtered(lambda line: line.delivery == "store"))
        sentences = []
        if self.line_id:
            if self.move_id.is_move_sent:
                sentences.append(
                    self.env._(
                        "The invoice was sent from Odoo before: a customer who has it "
                        "already does not need it again."
                    )
                )
            sentences.append(self.env._("Maventa may charge for it."))
        else:
            sentences.append(
                self.env._(
                    "Delivered by Maventa: %(delivered)s. Only stored: %(stored)s. "
                    "Maventa may charge for each.",
                    delivered=len(ready) - stored,
                    stored=stored,
                )
            )
        if stopped_count:
            sentences.append(
                self.env._("%s cannot be sent yet and will be left out.", stopped_count)
            )
        return "\n".join(sentences)

    def action_correct(self):
        """Correct on the spot what can be, and show what the files say then."""
        self.ensure_one()
        moves = self.line_ids.move_id
        moves._amili_check_user()
        moves.check_access("write")
        self.line_ids.filtered("alerts").move_id._amili_correct()
        tried = moves._amili_try_uploads()
        for line in self.line_ids:
            line.write(self._file_values(line.move_id, *tried[line.move_id.id]))
        return self._open()

    def action_upload(self):
        """Let the files of what is ready be made and put on the queue.

        :raises UserError: where nothing can be sent, with the reasons
        """
        self.ensure_one()
        moves = self.line_ids.move_id
        moves._amili_check_user()
        moves.check_access("write")
        # Whoever confirms the same invoices at this moment waits for neither of us.
        locked = moves.try_lock_for_update(allow_referencing=True)
        alerts = locked._amili_get_upload_alerts()
        ready = self.line_ids.filtered(
            lambda line: line.move_id in locked and not stops(alerts[line.move_id.id])
        )
        if not ready:
            reasons = dict.fromkeys(
                reason for found in alerts.values() for reason in stops(found)
            )
            raise UserError(
                "\n".join(
                    [
                        self.env._("Nothing can be sent to Maventa yet:"),
                        *list(reasons)[:20],
                    ]
                )
            )
        self._queue_in_odoo(ready)
        if len(ready) == 1:
            # Odoo says at once if the file cannot be made.
            self.env["account.move.send"]._generate_and_send_invoices(
                ready.move_id,
                maventa_deliver=ready.delivery == "deliver",
                maventa_digest=ready.digest or None,
            )
        else:
            self._wake_odoos_queue()
        return self._confirmation(len(ready), len(self.line_ids) - len(ready))

    @api.model
    def _queue_in_odoo(self, lines):
        """Let Odoo send these by Maventa and in no other way, as it sends many."""
        for line in lines:
            line.move_id.sending_data = {
                "maventa_only": True,
                "maventa_deliver": line.delivery == "deliver",
                "maventa_digest": line.digest or None,
                "author_user_id": self.env.uid,
                "author_partner_id": self.env.user.partner_id.id,
            }

    @api.model
    def _wake_odoos_queue(self):
        """Let Odoo make the files of many invoices in the background."""
        cron = self.env.ref("account.ir_cron_account_move_send")
        check_active(
            cron,
            self.env._(
                "Many invoices at once are sent by a scheduled action of Odoo that is "
                "switched off."
            ),
        )
        cron.sudo()._trigger()

    def _confirmation(self, sent, left_out):
        message = (
            self.env._("The invoice goes to Maventa within minutes.")
            if sent == 1
            else self.env._("%s invoices go to Maventa within minutes.", sent)
        )
        if left_out:
            message += " " + self.env._(
                "Left out because something is missing: %s. Nothing happened there.",
                left_out,
            )
        return show_notice(
            "warning" if left_out else "success",
            message,
            title=self.env._("Maventa"),
            sticky=bool(left_out),
            next=CLOSE,
        )

    def _open(self):
        size = "medium" if self.line_id else "extra-large"
        return self._get_records_action(
            name=self.env._("Send to Maventa"),
            target="new",
            context={"dialog_size": size},
        )


class AmiliUploadWizardLine(models.TransientModel):
    """One invoice in the wizard, with what stands in its way."""

    _name = "amili.upload.wizard.line"
    _description = "Invoice to Send to Maventa"

    wizard_id = fields.Many2one(
        "amili.upload.wizard", required=True, index=True, ondelete="cascade"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    # Read with the rights of the clerk, as all that is the invoice's own.
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", string="Customer", related_sudo=False
    )
    currency_id = fields.Many2one(related="move_id.currency_id", related_sudo=False)
    amount_total = fields.Monetary(
        related="move_id.amount_total", string="Total", related_sudo=False
    )
    is_move_sent = fields.Boolean(related="move_id.is_move_sent", related_sudo=False)
    delivery = fields.Selection(
        DELIVERIES, string="What Maventa Does", required=True, default="deliver"
    )
    # As they were when this was opened; what counts is looked at again in the end.
    alerts = fields.Json(readonly=True)
    file_text = fields.Text(string="The File Says", readonly=True)
    digest = fields.Char(readonly=True)
    level = fields.Selection(
        [("ready", "Ready"), ("warning", "Check"), ("stopped", "Stopped")],
        compute="_compute_problem",
        string="State",
    )
    problem = fields.Text(compute="_compute_problem")

    @api.depends("alerts")
    def _compute_problem(self):
        for line in self:
            found = line.alerts or {}
            line.problem = "\n".join(alert["message"] for alert in found.values())
            if stops(found):
                line.level = "stopped"
            else:
                line.level = "warning" if found else "ready"

    def action_fix(self):
        """Open what needs correcting first on this line."""
        self.ensure_one()
        alerts = self.move_id._amili_get_upload_alerts()[self.move_id.id]
        for alert in sorted(alerts.values(), key=lambda a: a["level"] != "danger"):
            if "action" in alert:
                return alert["action"]
        return self.move_id._get_records_action()
