from odoo import fields, models


class AmiliFeed(models.Model):
    _inherit = "amili.feed"

    # Where the look for cases made elsewhere goes on that was broken off, for there was
    # no more time: on which page, none where the list has been read.
    looking_since = fields.Datetime(readonly=True)
    found_page = fields.Integer(readonly=True)
    found_count = fields.Integer(readonly=True)
    found_after_id = fields.Integer(
        readonly=True, help="What has a higher number was found by this look."
    )
