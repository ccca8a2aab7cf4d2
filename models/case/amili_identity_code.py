from odoo import fields, models


class AmiliIdentityCode(models.Model):
    """Also a message to Amili as it goes out, where somebody typed a code into it."""

    _inherit = "amili.identity.code"

    event_id = fields.Many2one("amili.assignment.event", ondelete="cascade")
    _one_of_an_event = models.UniqueIndex("(event_id) WHERE event_id IS NOT NULL")
