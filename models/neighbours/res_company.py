from odoo import fields, models

from ...const import SYSTEM_GROUP


class ResCompany(models.Model):
    _inherit = "res.company"

    amili_prefers_finvoice = fields.Boolean(
        string="Finvoice to Maventa",
        groups=SYSTEM_GROUP,
        help="An invoice of which Odoo has made a Finvoice file goes to Maventa as "
        "that file, and else as Peppol BIS 3.",
    )
