from odoo import models

from ...const import USER_GROUP


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        # EXTENDS web: a browser that is opened while work goes on shows how far it is
        result = super().session_info()
        user = self.env.user
        if user.has_group(USER_GROUP):
            works = self.env["amili.progress.mixin"]._get_all_progress(user)
            result["amili_progress"] = works
        return result
