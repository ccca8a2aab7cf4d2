"""What Amili says a case is worth."""

from odoo import fields, models

from ..connection.moments import naive


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    def _take_figures(self, figures, told_at):
        """Keep what Amili says a case is worth; what it does not say stays.

        :param ~..maventa.answers.Figures figures: in EUR
        :param told_at: when they were so, as a moment in UTC, naive
        """
        self.ensure_one()
        told = {
            "open_amount": figures.open,
            "paid_amount": figures.paid,
            "credited_amount": figures.credited,
            "fee_amount": figures.fees,
            "interest_amount": figures.interest,
        }
        values = {
            name: float(amount) for name, amount in told.items() if amount is not None
        }
        if values:
            self.write(
                {"told_at": told_at and min(told_at, fields.Datetime.now()), **values}
            )

    def _take_event_figures(self, record, event):
        """Keep what an event makes of the sums.

        An event that comes late does not turn back what a newer one has told.

        :param record: the event as recorded
        :param ~..maventa.answers.Event event: the event as Amili has it
        """
        self.ensure_one()
        if record.is_doubtful:
            return
        now = fields.Datetime.now()
        told_at = min(naive(event.created_at) or now, now)
        if event.collection_status and told_at >= (self.stage_told_at or told_at):
            self.collection_status = event.collection_status
            self.stage_told_at = told_at
        figures = event.figures
        if told_at >= (self.told_at or told_at):
            if told_at == self.told_at:
                # Which came first nobody can tell: the whole case knows.
                self.case_read_at = False
            self._take_figures(figures, told_at)
        is_money = record.type in ("paid", "credit_note")
        if is_money and figures.open is None:
            self.open_amount = max(self.open_amount - record.amount, 0.0)
        if record.type == "paid" and figures.paid is None:
            self.paid_amount += record.amount
        if record.type == "credit_note" and figures.credited is None:
            self.credited_amount += record.amount

    def _differs_from(self, case):
        """Whether Amili's list tells something else of this case than we know."""
        self.ensure_one()
        words = (self.remote_status or "", self.collection_status or "")
        if not case or words != (case.status, case.collection_status):
            return True
        figures = case.figures
        pairs = (
            (self.open_amount, figures.open),
            (self.paid_amount, figures.paid),
            (self.credited_amount, figures.credited),
            (self.fee_amount, figures.fees),
            (self.interest_amount, figures.interest),
        )
        return any(
            told is not None and self.currency_id.compare_amounts(known, float(told))
            for known, told in pairs
        )
