from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr, format_amount, format_date

from ..maventa.payload import Transfer, build_body, dump_body, mask_body
from .amili_assignment_payer import payer_of
from .res_company import COLLECTION_TYPES, ENVIRONMENTS
from .res_partner import IDENTITY_GROUP, RECEIVABLES_TYPES

STATES = [
    ("queued", "On the queue"),
    ("sending", "Being sent"),
    ("unknown", "Outcome unknown"),
    ("pending", "Sent, not confirmed"),
    ("active", "At Amili"),
    ("closed", "Closed"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("withdrawn", "Withdrawn"),
]
LIVE_STATES = ("queued", "sending", "unknown", "pending", "active")
TRANSITIONS = {
    "queued": {"sending", "cancelled"},
    "sending": {"pending", "rejected", "unknown", "queued"},
    "unknown": {"pending", "active", "rejected", "queued"},
    "pending": {"active", "rejected"},
    "active": {"closed", "withdrawn"},
}
ACTIVITY_TYPE = "mail.mail_activity_data_warning"


class AmiliAssignment(models.Model):
    """One hand-over of one invoice to Amili Perintä, from the queue to its end.

    People read it; only the code of this addon writes it, so what was confirmed is
    what was sent.
    """

    _name = "amili.assignment"
    _description = "Amili Assignment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(required=True, readonly=True)
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
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, readonly=True
    )
    user_id = fields.Many2one("res.users", string="Sent By", readonly=True)
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        readonly=True,
        help="Where this case lives; it is never sent anywhere else.",
    )
    state = fields.Selection(STATES, required=True, default="queued", readonly=True)
    collection_type = fields.Selection(COLLECTION_TYPES, required=True, readonly=True)
    receivables_type = fields.Selection(
        RECEIVABLES_TYPES, required=True, readonly=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    capital_amount = fields.Monetary(string="Principal", readonly=True)
    reminder_amount = fields.Monetary(string="Reminder Fee", readonly=True)
    assignment_summary = fields.Char(string="Summary", readonly=True)
    reminder_date = fields.Date(string="Own Reminder Sent", readonly=True)
    payer_ids = fields.One2many(
        "amili.assignment.payer", "assignment_id", string="Debtors", readonly=True
    )
    payload = fields.Json(
        groups=IDENTITY_GROUP,
        copy=False,
        readonly=True,
        help="The body that is sent, frozen when it was confirmed.",
    )
    payload_text = fields.Text(
        string="What Is Sent",
        compute="_compute_payload_text",
        compute_sudo=True,
        help="Identity codes are masked.",
    )
    remote_id = fields.Char(
        string="ID at Amili", index="btree_not_null", copy=False, readonly=True
    )
    remote_status = fields.Char(
        string="Maventa's Status", copy=False, readonly=True, help="Maventa's own word."
    )
    collection_status = fields.Char(
        string="Amili's Stage", copy=False, readonly=True, help="Amili's own word."
    )
    collection_stage = fields.Char(
        string="Stage", compute="_compute_collection_stage", help="How far Amili is."
    )
    error_message = fields.Text(string="Problem", copy=False, readonly=True)
    attempt_count = fields.Integer(string="Attempts", copy=False, readonly=True)
    claimed_at = fields.Datetime(copy=False, readonly=True)
    next_try_at = fields.Datetime(
        string="Next Step", default=fields.Datetime.now, copy=False, readonly=True
    )
    sent_at = fields.Datetime(string="Handed Over", copy=False, readonly=True)
    closed_at = fields.Datetime(string="Ended", copy=False, readonly=True)
    case_read_at = fields.Datetime(
        copy=False,
        readonly=True,
        help="When the whole case was last read from Amili.",
    )
    event_ids = fields.One2many(
        "amili.assignment.event", "assignment_id", string="Events", readonly=True
    )

    _one_live_per_invoice = models.UniqueIndex(
        "(move_id) WHERE state IN "
        "('queued', 'sending', 'unknown', 'pending', 'active')",
        "This invoice has been handed over to Amili Perintä already.",
    )
    _remote_id_unique = models.UniqueIndex(
        "(company_id, remote_id) WHERE remote_id IS NOT NULL",
        "This case at Amili belongs to another assignment already.",
    )
    _work_index = models.Index(
        "(company_id, state, next_try_at) WHERE state IN "
        "('queued', 'sending', 'unknown', 'pending')"
    )

    @api.depends("payload")
    def _compute_payload_text(self):
        for assignment in self:
            body = assignment.payload
            assignment.payload_text = body and dump_body(mask_body(body), indent=2)

    @api.depends("collection_status")
    @api.depends_context("lang")
    def _compute_collection_stage(self):
        for assignment in self:
            assignment.collection_stage = assignment._stage_label(
                assignment.collection_status
            )

    def _stage_label(self, word):
        """Return a stage in plain words; Amili's list of them is not published."""
        labels = {
            "registered": self.env._("Received"),
            "reminder_sent": self.env._("Reminder sent"),
            "payment_demand_sent": self.env._("Payment demand sent"),
            "legal_collection": self.env._("Legal collection"),
        }
        return labels.get(word, word)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        for assignment in self:
            if assignment.state not in ("rejected", "cancelled"):
                raise UserError(
                    self.env._(
                        "%s has been at Amili Perintä and stays for the records.",
                        assignment.name,
                    )
                )

    # Making ---------------------------------------------------------------------------

    @api.model
    def _queue(self, moves, terms):
        """Freeze what was confirmed and put it on the queue.

        :param moves: invoices without a stop, locked by this transaction
        :param dict terms: by invoice id, as from ``_amili_default_terms``
        :return: the new assignments
        """
        values = [self._queue_values(move, terms[move.id]) for move in moves]
        assignments = self.sudo().create(values)
        assignments._log_state()
        self.env.ref("amili_perinta.ir_cron_amili_process_queue").sudo()._trigger()
        return assignments.sudo(False)

    @api.model
    def _queue_values(self, move, terms):
        debtor = move.commercial_partner_id
        payers = [
            debtor._amili_payer_values("main_debtor"),
            *(
                co_debtor._amili_payer_values("co_debtor")
                for co_debtor in terms["co_debtors"]
            ),
        ]
        earlier = len(move.amili_assignment_ids)
        return {
            "name": f"{move.name} ({earlier + 1})" if earlier else move.name,
            "move_id": move.id,
            "company_id": move.company_id.id,
            "partner_id": debtor.id,
            "user_id": self.env.uid,
            "environment": move.company_id.amili_environment,
            "collection_type": terms["collection_type"],
            "receivables_type": terms["receivables_type"],
            "currency_id": move.currency_id.id,
            "capital_amount": terms["capital_amount"],
            "reminder_amount": terms["reminder_amount"],
            "assignment_summary": terms["assignment_summary"],
            "reminder_date": terms["reminder_date"],
            "payer_ids": [fields.Command.create(payer) for payer in payers],
            "payload": self._payload(move.currency_id, terms, payers),
        }

    @api.model
    def _payload(self, currency, terms, payers):
        """Return the body that hands an invoice over, as plain JSON values."""

        def exactly(amount):
            # A float says nothing exact: the currency's own rounding does.
            return Decimal(float_repr(currency.round(amount or 0.0), 2))

        return build_body(
            Transfer(
                collection_type=terms["collection_type"],
                receivables_type=terms["receivables_type"],
                capital_amount=exactly(terms["capital_amount"]),
                reminder_amount=exactly(terms["reminder_amount"]),
                payers=tuple(map(payer_of, payers)),
                assignment_summary=terms["assignment_summary"],
                reminder_date=terms["reminder_date"] or None,
            )
        )

    # States ---------------------------------------------------------------------------

    def _set_state(self, state, **values):
        """Move to a state and write ``values``; an ended case forgets identity codes.

        :raises ValueError: where the table of transitions does not allow it
        """
        for assignment in self:
            if state not in TRANSITIONS.get(assignment.state, ()):
                raise ValueError(f"no way from {assignment.state} to {state}")
        self.write({"state": state, **values})
        if state not in LIVE_STATES:
            self._forget_identity_codes()

    def _forget_identity_codes(self):
        for assignment in self:
            assignment.payload = mask_body(assignment.payload or {})
        self.payer_ids.personal_identity_code = False

    def _explain_state(self):
        """Return a sentence on where this case stands, for the banner and chatter."""
        self.ensure_one()
        assignment = self.sudo()
        _ = self.env._
        problem = assignment.error_message or ""
        amounts = {
            "capital": format_amount(
                self.env, assignment.capital_amount, assignment.currency_id
            ),
            "reminder": format_amount(
                self.env, assignment.reminder_amount, assignment.currency_id
            ),
            "problem": problem,
        }
        match assignment.state:
            case "queued" if problem:
                return _("Not sent to Amili Perintä yet. %s", problem)
            case "queued":
                return _(
                    "On the queue for Amili Perintä: principal %(capital)s, reminder "
                    "fee %(reminder)s. It is sent within minutes.",
                    **amounts,
                )
            case "sending":
                return _("Being sent to Amili Perintä.")
            case "unknown":
                return _(
                    "It is not known whether the hand-over to Amili Perintä arrived. "
                    "%s Nothing is sent twice.",
                    problem,
                )
            case "pending":
                return _(
                    "Handed over to Amili Perintä: principal %(capital)s, reminder fee "
                    "%(reminder)s. Amili has not confirmed it yet. %(problem)s",
                    **amounts,
                ).strip()
            case "active" if assignment.collection_stage:
                return _(
                    "At Amili Perintä: principal %(capital)s, reminder fee "
                    "%(reminder)s. Stage: %(stage)s.",
                    stage=assignment.collection_stage,
                    **amounts,
                )
            case "active":
                return _(
                    "At Amili Perintä, which has accepted the case: principal "
                    "%(capital)s, reminder fee %(reminder)s.",
                    **amounts,
                )
            case "rejected":
                return _("Amili Perintä did not take the invoice. %s", problem)
            case "cancelled":
                return _("Taken off the queue for Amili Perintä. %s", problem).strip()
            case "withdrawn":
                return _(
                    "Withdrawn from Amili Perintä on %s.", assignment._ended_on()
                )
            case _other:
                return _(
                    "Amili Perintä closed the case on %s.", assignment._ended_on()
                )

    def _ended_on(self):
        return format_date(self.env, self.closed_at or fields.Datetime.now())

    # Telling people -------------------------------------------------------------------

    def _log_state(self):
        """Write where each case stands into its own chatter and its invoice's."""
        lines = []
        for company, assignments in self.grouped("company_id").items():
            lang = company.partner_id.lang or self.env.lang
            for assignment in assignments.with_context(lang=lang):
                lines.append((assignment, assignment._explain_state()))
        self._log(lines)

    @api.model
    def _log(self, lines):
        """Write lines of text into the chatter of assignments and their invoices.

        :param lines: pairs of an assignment and a text in the company's language
        """
        while lines:
            # One message a record and call: what is left goes into the next round.
            batch, later = {}, []
            for assignment, text in lines:
                if assignment.id in batch:
                    later.append((assignment, text))
                else:
                    batch[assignment.id] = Markup("<p>%s</p>") % text
            assignments = self.browse(batch)
            assignments._message_log_batch(bodies=batch)
            assignments.move_id._message_log_batch(
                bodies={a.move_id.id: batch[a.id] for a in assignments}
            )
            lines = later

    def _ask_sender(self, summary, note=None):
        """Give each sender a task on the invoice, unless it is there already.

        :param str summary: what to do, in the company's language
        :param str note: why; the problem of the assignment where left out
        """
        for assignment in self:
            move = assignment.move_id
            if summary in move.activity_ids.mapped("summary"):
                continue
            move.activity_schedule(
                ACTIVITY_TYPE,
                summary=summary,
                note=Markup("<p>%s</p>") % (note or assignment.error_message or ""),
                user_id=assignment._responsible().id,
            )

    def _responsible(self):
        """Return who has to act: the sender, or who stands in for them."""
        self.ensure_one()
        for user in (self.user_id, self.company_id.amili_responsible_user_id):
            if user.active and not user.share and self.company_id in user.company_ids:
                return user
        return self.env.ref("base.user_admin")

    # What people do -------------------------------------------------------------------

    @api.model
    def _open(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amili_perinta.amili_assignment_action"
        )
        found = self.search(domain, limit=2)
        if len(found) == 1:
            return found._get_records_action()
        return {**action, "domain": domain}

    def action_cancel(self):
        """Take these off the queue; what is under way already stays."""
        self.move_id._amili_check_user()
        self.check_access("read")
        locked = self.sudo().try_lock_for_update(allow_referencing=True)
        queued = locked.filtered(lambda a: a.state == "queued")
        if queued != self.sudo():
            raise UserError(
                self.env._(
                    "It is being sent at this moment, or was sent already, so it can "
                    "no longer be taken off the queue."
                )
            )
        queued._set_state("cancelled", error_message=False, closed_at=fields.Datetime.now())
        queued._log_state()

    def action_check_now(self):
        """Let the next run of the scheduled actions look at these at once."""
        self.move_id._amili_check_user()
        self.check_access("read")
        self.sudo().filtered(
            lambda a: a.state in ("queued", "unknown", "pending")
        ).next_try_at = fields.Datetime.now()
        for name in ("process_queue", "poll_transfers", "sync_events"):
            self.env.ref(f"amili_perinta.ir_cron_amili_{name}").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Maventa is asked in the background. The answer appears here "
                    "within a minute."
                ),
            },
        }

    def action_send_again(self):
        """Open the wizard for the invoices of these assignments."""
        return self.move_id.action_amili_transfer()

    def action_open_invoice(self):
        """Open the invoice."""
        self.ensure_one()
        return {
            **self.move_id._get_records_action(),
            "views": [(self.env.ref("account.view_move_form").id, "form")],
        }
