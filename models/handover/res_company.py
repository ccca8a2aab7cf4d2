"""What becomes of hand-overs when a company changes its environment."""

from odoo import models

from ...const import LIVE_STATES


class ResCompany(models.Model):
    _inherit = "res.company"

    def _amili_explain_end(self):
        # EXTENDS the room connection
        # An administrator need not read the books.
        cases = (
            self.env["amili.assignment"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", self.id),
                    ("environment", "=", self.sudo().amili_environment),
                    ("state", "in", LIVE_STATES),
                ]
            )
        )
        if not cases:
            return ""
        return self.env._(
            "Cases under way: %s. Ask Amili first what becomes of them: Odoo follows "
            "them as long as Maventa tells of them, and what is on the queue is not "
            "sent.",
            cases,
        )

    def _amili_explain_switch(self, environment):
        # EXTENDS the room connection
        cases = self.env["amili.assignment"]._read_group(
            [
                ("company_id", "=", self.id),
                ("environment", "!=", environment),
                ("state", "in", LIVE_STATES),
            ],
            ["environment"],
            ["__count"],
        )
        labels = dict(
            self._fields["amili_environment"]._description_selection(self.env)
        )
        return "\n".join(
            self.env._(
                "Cases under way in %(environment)s: %(count)s. They stay there: while "
                "the company works with %(chosen)s they are neither followed nor told "
                "of payments. Change back to go on with them.",
                count=count,
                environment=labels[theirs],
                chosen=labels[environment],
            )
            for theirs, count in cases
        )
