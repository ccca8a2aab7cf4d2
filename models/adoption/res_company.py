"""When a company's cases were last looked for at Amili, and what came of it."""

from odoo import fields, models

from ...const import MANAGER_GROUP, SYSTEM_GROUP


class ResCompany(models.Model):
    _inherit = "res.company"

    amili_find_wanted = fields.Boolean(
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
        help="Somebody waits for the cases to be looked for.",
    )
    amili_find_user_id = fields.Many2one(
        "res.users",
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
        help="Who asked for it last.",
    )
    amili_found_at = fields.Datetime(
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
        help="When Amili's list of cases was last read whole, with the account that "
        "the company has now.",
    )
    amili_found_count = fields.Integer(
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
        help="How many cases the list had.",
    )
    amili_find_problem = fields.Char(
        copy=False,
        readonly=True,
        groups=SYSTEM_GROUP,
        help="Why the last look brought nothing.",
    )

    def _amili_forget_account(self):
        # EXTENDS the room connection
        result = super()._amili_forget_account()
        self.sudo().write({"amili_found_at": False, "amili_find_problem": False})
        return result

    def _amili_adopter(self):
        """Return who decides on cases made elsewhere."""
        self.ensure_one()
        company = self.sudo()
        for user in company.amili_responsible_user_id | company.amili_find_user_id:
            is_here = self in user.company_ids and user.active
            if is_here and user.has_group(MANAGER_GROUP):
                return user
        return self.env.ref("base.user_admin")
