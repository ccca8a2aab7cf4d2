"""What people are told of the delivery of their invoices by Maventa."""

from odoo import models

# How many invoices a task for many of them names.
NAMED_IN_TASK = 20


class AccountMove(models.Model):
    _inherit = "account.move"

    def _amili_tell_delivery(self):
        """Tell what became of the delivery; what failed is a task for the sender."""
        self._amili_log(
            {
                move.id: self.env._("Maventa: %s", move._amili_explain_delivery_state())
                for move in self
            }
        )
        for move in self.filtered(lambda m: m.maventa_delivery_state == "failed"):
            move._amili_give_task(
                self.env._("Maventa could not deliver the invoice"),
                self.env._(
                    "%s Send it to the customer another way, and correct the "
                    "customer's addresses for the next one.",
                    move._amili_explain_delivery_state(),
                ),
                move._amili_uploader(),
            )
        for user, moves in self._amili_by_uploader().items():
            moves._amili_notify_delivery(user)

    def _amili_notify_delivery(self, user):
        failed = self.filtered(lambda m: m.maventa_delivery_state == "failed")
        moves = self.with_context(lang=user.lang)
        if len(self) == 1:
            message = moves._amili_explain_delivery_state()
        else:
            message = moves.env._(
                "Delivered by Maventa: %(delivered)s. Not delivered: %(failed)s.",
                delivered=len(self - failed),
                failed=len(failed),
            )
        self.env["amili.invoice.upload"]._show(
            user, "danger" if failed else "success", message, self
        )

    def _amili_tell_given_up(self):
        """Give each sender one task for all whose delivery is not followed any more."""
        for company, moves in self.grouped("company_id").items():
            for user, mine in moves.grouped(lambda m: m._amili_uploader()).items():
                names = ", ".join(mine[:NAMED_IN_TASK].mapped("name"))
                mine[0]._amili_give_task(
                    self.env._("Not delivered by Maventa for two weeks: ask Maventa"),
                    self.env._(
                        "Invoices that still wait for their delivery: %(count)s "
                        "(%(names)s). Odoo does not ask for them any more.",
                        count=len(mine),
                        names=names + ("…" if len(mine) > NAMED_IN_TASK else ""),
                    ),
                    company._amili_responsible(user),
                )

    def _amili_by_uploader(self):
        """Return these by the user who sent them to Maventa, leaving out the others."""
        senders = {move: move._amili_last_upload().user_id for move in self}
        sent = self.filtered(lambda move: senders[move])
        return sent.grouped(lambda move: senders[move])

    def _amili_uploader(self):
        """Return who has to act: who sent it to Maventa, or who stands in for them."""
        self.ensure_one()
        return self.company_id._amili_responsible(self._amili_last_upload().user_id)
