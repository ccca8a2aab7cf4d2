from odoo import api, fields, models
from odoo.exceptions import UserError

from ..maventa.payload import Transfer, build_body, dump_body, mask_body
from .amili_assignment_payer import payer_of
from .money import exactly
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


class AmiliAssignment(models.Model):
    """One hand-over of one invoice to Amili Perintä, from the queue to its end.

    People read it; only the code of this addon writes it, so what was confirmed is
    what was sent.
    """

    _name = "amili.assignment"
    _description = "Amili Assignment"
    _inherit = ["mail.thread", "mail.activity.mixin", "amili.worker.mixin"]
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
    maventa_invoice_id = fields.Char(
        string="Maventa ID",
        compute="_compute_maventa_invoice_id",
        store=True,
        precompute=True,
        help="As it was when the hand-over was confirmed: what became of it is asked "
        "with this ID, whatever happens to the invoice.",
    )
    state = fields.Selection(STATES, required=True, default="queued", readonly=True)
    # Of a case that was made elsewhere Amili may not tell these.
    collection_type = fields.Selection(COLLECTION_TYPES, readonly=True)
    receivables_type = fields.Selection(RECEIVABLES_TYPES, readonly=True)
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

    @api.depends("move_id")
    def _compute_maventa_invoice_id(self):
        for assignment in self:
            entered = assignment.move_id.maventa_invoice_id or ""
            assignment.maventa_invoice_id = entered.lower()

    @api.depends("payload")
    def _compute_payload_text(self):
        for assignment in self:
            body = assignment.payload
            assignment.payload_text = body and dump_body(mask_body(body), indent=2)

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
        assignments._wake_next()
        return assignments.sudo(False)

    @api.model
    def _queue_values(self, move, terms):
        debtor = move.commercial_partner_id
        payers = self._payers(debtor, terms)
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
            # Until Amili tells what it adds.
            "fee_amount": terms["reminder_amount"],
            "open_amount": terms["capital_amount"] + terms["reminder_amount"],
            "assignment_summary": terms["assignment_summary"],
            "reminder_date": terms["reminder_date"],
            "payer_ids": [fields.Command.create(payer) for payer in payers],
            "payload": self._payload(move.currency_id, terms, payers),
        }

    @api.model
    def _payers(self, debtor, terms):
        """Return the values of all who owe, the main debtor first."""
        kind = terms["receivables_type"] or ""
        return [
            debtor._amili_payer_values("main_debtor", kind),
            *(
                co_debtor._amili_payer_values("co_debtor", kind)
                for co_debtor in terms["co_debtors"]
            ),
        ]

    @api.model
    def _payload(self, currency, terms, payers):
        """Return the body that hands an invoice over, as plain JSON values."""
        return build_body(
            Transfer(
                collection_type=terms["collection_type"],
                receivables_type=terms["receivables_type"],
                capital_amount=exactly(currency, terms["capital_amount"]),
                reminder_amount=exactly(currency, terms["reminder_amount"]),
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
        if state in ("rejected", "cancelled"):
            # Amili never had it, so nothing is open there.
            values = {"open_amount": 0.0, "fee_amount": 0.0, **values}
        self.write({"state": state, **values})
        if state not in LIVE_STATES:
            self._forget_identity_codes()
            self._end_reports()

    def _forget_identity_codes(self):
        for assignment in self:
            assignment.payload = mask_body(assignment.payload or {})
        self.payer_ids.personal_identity_code = False

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
        queued._set_state(
            "cancelled", error_message=False, closed_at=fields.Datetime.now()
        )
        queued._log_state()

    def action_check_now(self):
        """Let the next run of the scheduled actions look at these at once."""
        self.move_id._amili_check_user()
        self.check_access("read")
        self.sudo().filtered(
            lambda a: a.state in ("queued", "unknown", "pending")
        ).next_try_at = fields.Datetime.now()
        self.sudo().event_ids.filtered(
            lambda e: e.state in ("queued", "unknown")
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
