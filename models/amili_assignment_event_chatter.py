"""What people are told of the events of a case."""

from odoo import models
from odoo.tools import format_amount, format_date


class AmiliAssignmentEvent(models.Model):
    _inherit = "amili.assignment.event"

    def _explain(self):
        """Return a sentence on what happened; empty where the state tells it."""
        self.ensure_one()
        stage = self.assignment_id._stage_label(self.collection_status)
        values = {
            "day": format_date(self.env, self.date),
            "amount": format_amount(self.env, self.amount, self.currency_id),
            # A step forward without words has the stage for its text.
            "text": self.text if self.text and self.text != stage else "",
            "stage": stage or self.remote_type,
        }
        match self.type, self.direction:
            case "close", _direction:
                line = ""
            case "comment", "inbound":
                line = self.env._("Amili wrote on %(day)s: %(text)s", **values)
            case "comment", "outbound":
                line = self.env._("Written to Amili on %(day)s: %(text)s", **values)
            case "paid", "inbound":
                line = self.env._(
                    "Amili received a payment of %(amount)s on %(day)s. %(text)s",
                    **values,
                )
            case "paid", "outbound":
                line = self.env._(
                    "Amili was told of a payment of %(amount)s on %(day)s. %(text)s",
                    **values,
                )
            case "credit_note", "inbound":
                line = self.env._(
                    "Credit of %(amount)s on %(day)s at Amili. %(text)s", **values
                )
            case "credit_note", "outbound":
                line = self.env._(
                    "Amili was told of a credit of %(amount)s on %(day)s. %(text)s",
                    **values,
                )
            case "due_date", "outbound":
                line = self.env._(
                    "Amili was asked for a new due date: %(day)s. %(text)s", **values
                )
            case "pause", "outbound" if self.date:
                line = self.env._(
                    "Amili was asked to pause the case until %(day)s. %(text)s",
                    **values,
                )
            case "pause", "outbound":
                line = self.env._(
                    "Amili was asked to pause the case. %(text)s", **values
                )
            case "withdraw", "outbound":
                line = self.env._("Amili was asked to end the case. %(text)s", **values)
            case "payout", _direction:
                line = self.env._("Amili paid out %(amount)s on %(day)s.", **values)
            case _other:
                line = self.env._(
                    "Amili Perintä on %(day)s: %(stage)s. %(text)s", **values
                )
        return line.strip()

    def _describe(self):
        """Return in a few words what a report says, e.g. for a list of failures."""
        self.ensure_one()
        kinds = dict(self._fields["type"]._description_selection(self.env))
        parts = [
            kinds[self.type],
            self.amount and format_amount(self.env, self.amount, self.currency_id),
            self.date and format_date(self.env, self.date),
            # It stands within a sentence.
            (self.text or "").rstrip("."),
        ]
        return ", ".join(part for part in parts if part)

    def _notify_senders(self):
        """Show whoever asked for something what became of it."""
        for event in self.filtered("user_id"):
            if event.state == "done" and event.type != "seen":
                event.assignment_id._notify(event.user_id, "success", event._explain())
            elif event.state == "failed":
                event.assignment_id._notify(
                    event.user_id, "danger", event.error_message
                )
