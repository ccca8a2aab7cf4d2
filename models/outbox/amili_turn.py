from odoo import api, fields, models
from odoo.tools import SQL


class AmiliTurn(models.Model):
    """What a scheduled action remembers of a company: when it last had its turn.

    A row of its own, so that nothing that people or other actions write to the company
    gets in the way.
    """

    _name = "amili.turn"
    _description = "Turn of a Company in a Scheduled Action"
    _order = "served_at NULLS FIRST, id"
    _log_access = False

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    served_at = fields.Datetime(readonly=True)
    is_left_over = fields.Boolean(
        readonly=True, help="A run ended before it was this company's turn."
    )

    _one_per_action = models.UniqueIndex("(name, company_id)")

    @api.model
    def _sort(self, name, companies, in_rounds):
        """Return companies, the one that waited longest first.

        :param bool in_rounds: where an earlier run of the action ended too early, only
            those that it left over have their turn
        """
        turns = self.search([("name", "=", name), ("company_id", "in", companies.ids)])
        left_over = in_rounds and turns.filtered("is_left_over").company_id
        return left_over or (companies - turns.company_id) + turns.company_id

    @api.model
    def _serve(self, name, company):
        """Note that it is a company's turn, whatever comes of it."""
        self._write_turns(name, company, fields.Datetime.now(), is_left_over=False)

    @api.model
    def _leave_over(self, name, companies):
        """Note that a run ended before it was these companies' turn."""
        self._write_turns(name, companies, None, is_left_over=True)

    @api.model
    def _write_turns(self, name, companies, served_at, is_left_over):
        # One statement that waits for nobody: another worker that writes the same row
        # says the same.
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO amili_turn (name, company_id, served_at, is_left_over)
                     SELECT %(name)s, id, %(served_at)s, %(left_over)s
                       FROM unnest(%(companies)s) AS id
                ON CONFLICT (name, company_id) DO UPDATE
                        SET served_at = COALESCE(
                                excluded.served_at, amili_turn.served_at
                            ),
                            is_left_over = excluded.is_left_over
                """,
                name=name,
                served_at=served_at,
                left_over=is_left_over,
                companies=companies.ids,
            ),
            log_exceptions=False,
        )
        self.invalidate_model()
