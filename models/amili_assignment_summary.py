"""The printed summary of a case: what a lawyer or an auditor asks for."""

from odoo import models

from ..maventa.masking import mask_text


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    def _summary_events(self):
        """Return what happened, oldest first."""
        self.ensure_one()
        return self.shown_event_ids.sorted(lambda event: (event.day, event.id))

    def _summary_has_figures(self):
        """Whether Amili has told of any sum yet."""
        self.ensure_one()
        return self.state in ("active", "closed", "withdrawn") and bool(
            self.case_read_at
            or self.open_amount
            or self.paid_amount
            or self.credited_amount
        )

    def _summary_file_name(self):
        """Return the name of the file that is printed."""
        self.ensure_one()
        return self.env._("Case Summary %s", self.name).replace("/", "-")


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    def _summary_text(self):
        """Return the words of this event; paper shows nobody's identity code."""
        self.ensure_one()
        return mask_text("\n".join(filter(None, (self.said, self.remark))))
