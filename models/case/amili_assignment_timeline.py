"""What has happened in a case, step by step, as a small drawing."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date


class AmiliAssignment(models.Model):
    _inherit = "amili.assignment"

    # A list: so it is also read out. Points and line are those of the stylesheet.
    timeline = fields.Html(compute="_compute_timeline")

    @api.depends(
        "state",
        "sent_at",
        "closed_at",
        "result",
        "reminder_date",
        "collected_amount",
        "direct_amount",
        "payout_amount",
        "move_id.invoice_date_due",
        "event_ids.collection_status",
        "event_ids.date",
    )
    @api.depends_context("lang")
    def _compute_timeline(self):
        for case in self:
            case.timeline = case._draw_timeline()

    def _draw_timeline(self):
        self.ensure_one()
        today = self.company_id._amili_today()
        ahead = Markup('<span class="visually-hidden"> (%s)</span>') % self.env._(
            "still to come"
        )
        return Markup('<ol class="o_amili_timeline">%s</ol>') % Markup().join(
            Markup('<li class="%s"><b>%s</b> <span>%s</span>%s</li>')
            % (
                "o_amili_ahead" if day > today else "o_amili_past",
                format_date(self.env, day),
                label,
                ahead if day > today else "",
            )
            for day, label in self._get_steps()
        )

    def _get_steps(self):
        """Return what has happened, and what is known to come, in order.

        :rtype: list[tuple[datetime.date, str]]
        """
        self.ensure_one()
        to_day = self.company_id._amili_date
        ended_at = self.closed_at
        steps = [
            (self.move_id.invoice_date_due, self.env._("Invoice due")),
            (self.reminder_date, self.env._("Reminded by you")),
            (self.sent_at and to_day(self.sent_at), self.env._("Handed over")),
            *self._get_stage_steps(),
            *self._get_money_steps(),
            (ended_at and to_day(ended_at), self._describe_end()),
            self._get_payout_step(),
        ]
        # Of one day what stands first here comes first.
        return sorted(
            ((day, label) for day, label in steps if day), key=lambda step: step[0]
        )

    def _get_stage_steps(self):
        """Return when Amili came to each stage, and the due date that it has set."""
        began = {}
        for event in self.event_ids.sorted("date"):
            stage = event.collection_status
            if stage and stage != "received":
                began.setdefault(stage, event.date)
        new_due = self.event_ids.filtered(
            lambda e: e.type == "due_date" and e.direction == "inbound" and e.date
        ).sorted("id")
        return [
            *((day, self._stage_label(stage)) for stage, day in began.items()),
            (new_due[-1:].date, self.env._("New due date set")),
        ]

    def _get_money_steps(self):
        """Return when the last was paid, to Amili and to the company."""
        paid = self._get_counted("paid")
        inbound = paid.filtered(lambda e: e.direction == "inbound")
        direct = (paid - inbound).filtered(lambda e: not e.is_undone)
        return [
            (
                _last_day(inbound),
                self.env._("Paid to Amili: %s", self._format(self.collected_amount)),
            ),
            (
                _last_day(direct),
                self.env._("Paid to you: %s", self._format(self.direct_amount)),
            ),
        ]

    def _get_payout_step(self):
        return (
            _last_day(self._get_counted("payout")),
            self.env._("Paid out: %s", self._format(self.payout_amount)),
        )

    def _get_counted(self, kind):
        """Return the events of a type that count in the sums of the case."""
        return self.event_ids.filtered(
            lambda e: e.type == kind and e.state == "done" and not e.is_doubtful
        )

    def _describe_end(self):
        labels = self._fields["state"]._description_selection(self.env)
        if self.state == "closed" and self.result:
            labels = self._fields["result"]._description_selection(self.env)
            return self.env._("Closed: %s", dict(labels)[self.result])
        return dict(labels)[self.state]


def _last_day(events):
    return max(filter(None, events.mapped("date")), default=False)
