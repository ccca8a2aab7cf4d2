"""Adopting cases: each becomes an assignment that lives on like all others."""

from odoo import models
from odoo.exceptions import UserError

from .amili_found_case import CHOICE_STATES, SETTLED_STATES


class AmiliFoundCase(models.Model):
    _inherit = "amili.found.case"

    def action_adopt(self):
        """Adopt these; who pressed the button has both sides' sums before them.

        :raises UserError: none of them can be adopted as the books stand now
        """
        adopted = self._adopt()
        return adopted._confirmation(len(self) - len(adopted))

    def _adopt(self, chosen=None):
        """Make an assignment of each of these that can be adopted as things stand now.

        :param chosen: the invoice that a person has chosen for this one case
        :return: those that were adopted
        :raises AccessError: the user is no manager, or may not change the invoices
        :raises UserError: none can be adopted
        """
        self._check_may_adopt()
        # Whoever adopts the same at this moment waits for neither of us.
        cases = self.sudo().try_lock_for_update(allow_referencing=True)
        cases = cases.filtered(
            lambda c: c.state not in SETTLED_STATES and c._is_of_this_account()
        )
        cases._match()
        if chosen:
            cases._check_choice(chosen)
            cases._place(cases._fitness(chosen), chosen, "person")
        ready = cases.filtered(lambda case: case.state == "ready")
        ready.move_id.sudo(False).check_access("write")
        moves = ready.move_id.try_lock_for_update(allow_referencing=True)
        ready = ready.filtered(lambda case: case.move_id in moves)._one_open_per_move()
        if not ready:
            raise UserError(self._nothing_to_adopt(cases))
        ready._keep_maventa_ids()
        assignments = self.env["amili.assignment"]._take_over(ready)
        for case, assignment in zip(ready, assignments, strict=True):
            case.write({"state": "adopted", "assignment_id": assignment.id})
        ready._end_tasks()
        return ready.sudo(False)

    def _is_of_this_account(self):
        company = self.company_id
        return company.amili_found_at and self.environment == company.amili_environment

    def _one_open_per_move(self):
        """Leave out what would be a second live case of an invoice."""
        taken = self.env["account.move"]
        fit = self.browse()
        for case in self:
            if case.is_closed or case.move_id not in taken:
                fit += case
            if not case.is_closed:
                taken += case.move_id
        return fit

    def _keep_maventa_ids(self):
        """Let the invoices know by which id Maventa has them."""
        for case in self:
            values = {
                "maventa_invoice_id": case.maventa_invoice_id,
                "maventa_environment": case.environment,
            }
            move = case.move_id
            if any((move[name] or "").lower() != values[name] for name in values):
                move.write(values)

    # Choosing by hand -----------------------------------------------------------------

    def _choices(self):
        """Return the invoices that a person may choose for this case.

        Those with its very number alone: for another, the Maventa ID on the invoice
        says beyond doubt what no list can.
        """
        self.ensure_one()
        if self.state not in CHOICE_STATES:
            return self.env["account.move"]
        named = self._moves_named([self.number]).filtered(
            lambda move: move.company_id == self.company_id
        )
        return named.filtered(lambda move: self._fitness(move) == "ready")

    def _check_choice(self, chosen):
        if len(self) != 1 or chosen not in self._choices():
            raise UserError(
                self.env._(
                    "This invoice cannot be chosen for this case. Look for cases "
                    "again: things have changed meanwhile."
                )
            )

    # In words -------------------------------------------------------------------------

    def _nothing_to_adopt(self, cases):
        problems = list(dict.fromkeys(filter(None, cases.mapped("problem"))))
        return "\n".join(
            [
                self.env._(
                    "Nothing can be adopted as things stand now. Somebody else may "
                    "have done it already."
                ),
                *problems[:10],
            ]
        )

    def _confirmation(self, left_out):
        """Return the small notification on what was adopted."""
        count = len(self)
        message = (
            self.env._(
                "The case is adopted. Its events are read within minutes and stand in "
                "its assignment."
            )
            if count == 1
            else self.env._(
                "%s cases are adopted. Their events are read within minutes and stand "
                "in their assignments.",
                count,
            )
        )
        if left_out:
            message += " " + self.env._(
                "Left out because something has changed: %s.", left_out
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left_out else "success",
                "title": self.env._("Amili Perintä"),
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
