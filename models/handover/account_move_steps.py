"""What stops or warns because of what Maventa says that happened to an invoice."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...const import MANAGER_GROUP
from ..connection.moments import CLOCK_SKEW


class AccountMove(models.Model):
    _inherit = "account.move"

    def _amili_check_steps(self, found):
        """Stop what somebody handed over elsewhere; warn of what is contested or paid.

        :param found: the alerts of this invoice
        """
        view = (self.env._("View invoice"), self)
        if self._amili_handed_over_elsewhere():
            found.stop(
                "handed_over_elsewhere",
                self.env._(
                    "Maventa says that this invoice went to a collector on %(day)s, "
                    "and not from here. If Amili has it, a manager takes the case over "
                    "under Amili Perintä > Cases Made Elsewhere; if nobody collects "
                    "it, a manager says so in the Actions menu of the invoice.",
                    day=self._amili_day_of(self.maventa_handed_over_at),
                ),
                *view,
            )
        if self.maventa_paid_at:
            found.warn(
                "paid_at_maventa",
                self.env._(
                    "Maventa says that this invoice was paid on %(day)s: look for the "
                    "payment, and match it first.",
                    day=self._amili_day_of(self.maventa_paid_at),
                ),
                *view,
            )

    def _amili_handed_over_elsewhere(self):
        """Whether Maventa noted a hand-over that none from here explains."""
        self.ensure_one()
        moment = self.maventa_handed_over_at
        checked_at = self.maventa_elsewhere_checked_at
        if not moment or (checked_at and moment <= checked_at):
            return False
        own = self._amili_assignments().filtered(
            lambda a: (
                # What was taken off the queue never came to Maventa.
                a.state not in ("queued", "cancelled") and (a.sent_at or a.claimed_at)
            )
        )
        now = fields.Datetime.now()
        ends = [case.closed_at or now for case in own]
        return not ends or moment > max(ends) + CLOCK_SKEW

    def action_amili_not_elsewhere(self):
        """Record that no collector has these, whatever Maventa noted until now.

        :raises UserError: the user is no manager
        """
        if not self.env.user.has_group(MANAGER_GROUP):
            raise UserError(
                self.env._(
                    "Only a manager of Amili Perintä says that nobody collects an "
                    "invoice elsewhere."
                )
            )
        self.check_access("write")
        marked = self.sudo().filtered(lambda move: move._amili_handed_over_elsewhere())
        for move in marked:
            move._amili_write_at_maventa(
                {"maventa_elsewhere_checked_at": move.maventa_handed_over_at}
            )
        marked._amili_log(
            {
                move.id: self.env._(
                    "%s made sure that no collector has this invoice.",
                    self.env.user.name,
                )
                for move in marked
            }
        )

    def _amili_day_of(self, moment):
        return format_date(self.env, self.company_id._amili_date(moment))

    def _amili_check_refused(self, found):
        """Warn of what Maventa refused last time, each beside what it is about.

        :param found: the alerts of this invoice
        """
        if self.amili_state != "rejected":
            return
        last = self._amili_assignments().filtered(lambda a: a.state == "rejected")[-1:]
        for number, line in enumerate(last.refused_lines or ()):
            label, record = last._place_of(line)
            found.warn(
                f"refused_{number}",
                self.env._(
                    "Refused by Maventa last time, %(field)s: %(text)s",
                    field=label,
                    text=line["text"],
                )
                if label
                else self.env._("Refused by Maventa last time: %s", line["text"]),
                self.env._("Correct it"),
                record.sudo(False),
            )
