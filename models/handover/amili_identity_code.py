from odoo import fields, models


class AmiliIdentityCode(models.Model):
    """A personal identity code, of a contact or of a debtor as named to Amili."""

    _name = "amili.identity.code"
    _description = "Personal Identity Code"
    _inherit = ["amili.vault.mixin"]
    _log_access = False

    partner_id = fields.Many2one("res.partner", ondelete="cascade")
    payer_id = fields.Many2one("amili.assignment.payer", ondelete="cascade")
    text = fields.Binary(attachment=False)
    _one_of_a_partner = models.UniqueIndex("(partner_id) WHERE partner_id IS NOT NULL")
    _one_of_a_payer = models.UniqueIndex("(payer_id) WHERE payer_id IS NOT NULL")
