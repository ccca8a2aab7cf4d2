from odoo import fields, models


class AmiliTransferWizard(models.TransientModel):
    _inherit = "amili.transfer.wizard"

    # It tells where the day of the own reminder comes from.
    sent_reminder = fields.Char(
        related="line_id.move_id.amili_sent_reminder", related_sudo=False
    )
