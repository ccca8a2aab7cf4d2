"""A user is a contact as well: what nobody sets there nobody sets here."""

from odoo import models


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users", "amili.derived.mixin"]
