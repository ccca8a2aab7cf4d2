"""What stops or warns because of what Maventa says that happened to an invoice."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...const import ACCOUNTING_GROUPS, MANAGER_GROUP
from ..connection.moments import CLOCK_SKEW


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "amili.refused.mixin"]
    _amili_refusable = ("amili_reminder_date", "amili_reminder_amount")

    amili_refused = fields.Json(groups=ACCOUNTING_GROUPS)

    @api.depends("amili_state")
    def _compute_amili_refused(self):
        return super()._compute_amili_refused()

    def _amili_check_steps(self, found):
        """Stop what somebody handed over elsewhere; warn of what is paid.

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
                    day=self._amili_local_day(self.maventa_handed_over_at),
                ),
                *view,
            )
        if self.maventa_paid_at:
            found.warn(
                "paid_at_maventa",
                self.env._(
                    "Maventa says that this invoice was paid on %(day)s: look for the "
                    "payment, and match it first.",
                    day=self._amili_local_day(self.maventa_paid_at),
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

    def _amili_local_day(self, moment):
        return format_date(self.env, self.company_id._amili_date(moment))

    def _amili_check_refused(self, found):
        """Warn of what Maventa refused last time, each beside what it is about.

        :param found: the alerts of this invoice
        """
        for number, (holder, _name, text) in enumerate(self._amili_refusals()):
            is_payer = holder._name == "amili.assignment.payer"
            record = (is_payer and holder.partner_id) or self
            found.warn(
                f"refused_{number}", text, self.env._("Correct it"), record.sudo(False)
            )

    def _amili_refusals(self):
        """Return what Maventa refused of this, where that is how it stands.

        What has been corrected on a contact since is left out.

        :return: as from ``amili.assignment._refusals``
        """
        if self.amili_state != "rejected":
            return []
        last = self._amili_assignments().filtered(lambda a: a.state == "rejected")[-1:]
        return [
            (holder, name, text)
            for holder, name, text in last._refusals()
            if holder == last or holder._is_as_named(name)
        ]

    def _amili_refused_texts(self):
        # EXTENDS amili.refused.mixin
        own = {
            "reminder_date": "amili_reminder_date",
            "reminder_amount": "amili_reminder_amount",
        }
        return [(own.get(name), text) for _h, name, text in self._amili_refusals()]
