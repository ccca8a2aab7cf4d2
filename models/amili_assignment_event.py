from odoo import fields, models

EVENT_TYPES = [
    ("comment", "Message"),
    ("paid", "Payment"),
    ("credit_note", "Credit note"),
    ("close", "Closed"),
    ("other", "Other"),
]


class AmiliAssignmentEvent(models.Model):
    """Something that happened in a case: inbound from Amili, outbound to Amili."""

    _name = "amili.assignment.event"
    _description = "Event of an Amili Assignment"
    _order = "date desc, id desc"

    assignment_id = fields.Many2one(
        "amili.assignment", required=True, index=True, ondelete="cascade", readonly=True
    )
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
    date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    text = fields.Text(readonly=True)
    state = fields.Selection(
        [("done", "Done")],
        required=True,
        default="done",
        readonly=True,
    )

    _remote_unique = models.UniqueIndex(
        "(assignment_id, remote_id) WHERE remote_id IS NOT NULL",
        "This event has been recorded already.",
    )
