from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ...const import USER_GROUP
from ...models.automation.account_move import READY

# To go to a list and back needs no new look at all that is overdue.
LOOK_LIFETIME = timedelta(minutes=10)
SOON = Domain("time_barred_on", ">", "today") & Domain(
    "time_barred_on", "<=", "today +90d"
)


class AmiliDesk(models.AbstractModel):
    _inherit = "amili.desk"

    @api.model
    def get_figures(self, look=False):
        # EXTENDS the room case: who hands over sees what could go
        can_look = self.env.user.has_group(USER_GROUP)
        candidates = self.env["amili.candidate"]
        if can_look and (look or not candidates._is_fresh(LOOK_LIFETIME)):
            candidates._refresh()
        return {**super().get_figures(look), "can_look": can_look}

    @api.model
    def _get_to_do(self):
        # EXTENDS the room case
        figures = super()._get_to_do()
        if not self.env.user.has_group(USER_GROUP):
            return figures
        shown = self.env["amili.candidate"]._domain()
        ready = self._make_figure(
            "ready",
            self.env._("Ready to go to Amili"),
            "amili_candidate_action",
            shown & Domain("level", "=", READY),
            "amount",
        )
        soon = self._make_figure(
            "time_barred_soon",
            self.env._("Time-barred within 90 days"),
            "amili_candidate_action",
            shown & SOON,
            "amount",
            is_urgent=True,
        )
        return [ready, *figures, soon]
