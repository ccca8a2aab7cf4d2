import uuid

from odoo import api, fields, models

EVENT_TYPES = [
    ("comment", "Message"),
    ("paid", "Payment"),
    ("credit_note", "Credit note"),
    ("due_date", "New due date"),
    ("pause", "Pause"),
    ("withdraw", "Withdrawal"),
    ("payout", "Payout"),
    ("seen", "Marked as seen"),
    ("close", "Closed"),
    ("other", "Other"),
]
EVENT_STATES = [
    ("queued", "On the queue"),
    ("sending", "Being sent"),
    ("unknown", "Outcome unknown"),
    ("done", "Done"),
    ("failed", "Refused"),
    ("cancelled", "Cancelled"),
]
OPEN_EVENT_STATES = ("queued", "sending", "unknown")
EVENT_TRANSITIONS = {
    # Amili may turn out to have it although that was denied before.
    "queued": {"sending", "cancelled", "done"},
    "sending": {"done", "failed", "unknown", "queued", "cancelled"},
    "unknown": {"done", "failed", "queued", "cancelled"},
    "failed": {"queued", "cancelled"},
}


class AmiliAssignmentEvent(models.Model):
    """Something that happened in a case: inbound from Amili, outbound to Amili.

    What is outbound waits on a queue of its own, the outbox: one after the other
    within a case.
    """

    _name = "amili.assignment.event"
    _description = "Event of an Amili Assignment"
    _inherit = ["amili.worker.mixin"]
    _order = "date desc, id desc"

    assignment_id = fields.Many2one(
        "amili.assignment", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="assignment_id.company_id", store=True, precompute=True
    )
    move_id = fields.Many2one(related="assignment_id.move_id")
    direction = fields.Selection(
        [("inbound", "From Amili"), ("outbound", "To Amili")],
        required=True,
        readonly=True,
    )
    remote_id = fields.Char(string="ID at Amili", readonly=True)
    type = fields.Selection(EVENT_TYPES, required=True, readonly=True)
    remote_type = fields.Char(
        string="Type at Amili", readonly=True, help="The word that Amili used."
    )
    collection_status = fields.Char(
        string="Amili's Stage", readonly=True, help="Amili's own word."
    )
    date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    text = fields.Text(readonly=True)
    state = fields.Selection(
        EVENT_STATES, required=True, default="done", readonly=True, copy=False
    )
    is_doubtful = fields.Boolean(
        readonly=True,
        help="Its amount or date cannot be right, so it is not counted.",
    )
    user_id = fields.Many2one("res.users", string="Sent By", readonly=True)
    partial_id = fields.Integer(
        string="Reconciliation",
        readonly=True,
        help="The partial reconciliation that this tells of.",
    )
    document = fields.Char(readonly=True, help="The number of the credit note.")
    reference = fields.Char(
        readonly=True,
        help="Stands in what Amili is told, so that a report whose answer was lost can "
        "be found again among the events of the case.",
    )
    is_undone = fields.Boolean(
        string="Undone",
        readonly=True,
        help="The payment or credit that Amili was told of does not stand any more.",
    )
    undone_id = fields.Many2one(
        "amili.assignment.event",
        string="Takes Back",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    question_id = fields.Many2one(
        "amili.assignment.event",
        string="Answers",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    seen_at = fields.Datetime(
        string="Seen", readonly=True, help="When somebody here answered or saw it."
    )

    is_question = fields.Boolean(
        compute="_compute_is_question",
        store=True,
        help="Amili wrote, and nobody here has answered or seen it.",
    )

    _remote_unique = models.UniqueIndex(
        "(assignment_id, remote_id) WHERE remote_id IS NOT NULL",
        "This event has been recorded already.",
    )
    _one_per_partial = models.UniqueIndex(
        "(partial_id) WHERE partial_id > 0",
        "This reconciliation has been reported to Amili already.",
    )
    _outbox_index = models.Index(
        "(company_id, next_try_at) WHERE state IN ('queued', 'sending', 'unknown')"
    )
    _order_index = models.Index(
        "(assignment_id, id) WHERE state IN ('queued', 'sending', 'unknown')"
    )

    @api.depends("type", "direction", "seen_at")
    def _compute_is_question(self):
        for event in self:
            event.is_question = (
                event.type == "comment"
                and event.direction == "inbound"
                and not event.seen_at
            )

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            if values.get("direction") == "outbound":
                values.setdefault("reference", uuid.uuid4().hex[:12])
        return super().create(vals_list)

    def _set_state(self, state, **values):
        """Move to a state and write ``values``.

        :raises ValueError: where the table of transitions does not allow it
        """
        for event in self:
            if state not in EVENT_TRANSITIONS.get(event.state, ()):
                raise ValueError(f"no way from {event.state} to {state}")
        self.write({"state": state, **values})
