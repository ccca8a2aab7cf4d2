from odoo import fields, models

from ...const import ENVIRONMENTS, SYSTEM_GROUP


class AmiliFeed(models.Model):
    """How far the news of a Maventa company have been read.

    Who comes back to one goes on where it was left, and nobody else writes here.
    """

    _name = "amili.feed"
    _description = "Reading of Amili's News"
    _inherit = ["amili.account.mixin", "amili.derived.mixin"]
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    maventa_company_uuid = fields.Char(
        required=True, readonly=True, groups=SYSTEM_GROUP
    )
    read_until = fields.Datetime(
        readonly=True,
        help="Everything that Amili did before this moment has been read.",
    )
    news_at = fields.Datetime(readonly=True, help="When it was last read to its end.")
    problem = fields.Char(readonly=True, help="Why it cannot be read now.")
    # Where the reading goes on that was broken off, for there was no more time.
    page = fields.Integer(readonly=True)
    newest_at = fields.Datetime(readonly=True)
    list_page = fields.Integer(readonly=True)
    list_started_at = fields.Datetime(readonly=True)

    _one_per_maventa_company = models.UniqueIndex(
        "(company_id, environment, maventa_company_uuid)"
    )
