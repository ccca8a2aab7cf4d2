from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...const import MANAGER_GROUP
from ...models.case.amili_entry_answer import NEVER_REMEMBERED


class AmiliEntryWizard(models.TransientModel):
    """A person says what an entry of the books means to Amili.

    What gives the claim up, in whole or in part, only a manager may say.
    """

    _name = "amili.entry.wizard"
    _description = "What an Entry Means to Amili"

    entry_id = fields.Many2one(
        "amili.assignment.entry", required=True, readonly=True, ondelete="cascade"
    )
    # Read with the rights of the user, as all that is the case's own.
    assignment_id = fields.Many2one(
        related="entry_id.assignment_id", related_sudo=False
    )
    move_id = fields.Many2one(related="assignment_id.move_id", related_sudo=False)
    currency_id = fields.Many2one(related="entry_id.currency_id", related_sudo=False)
    kind = fields.Selection(related="entry_id.kind", related_sudo=False)
    name = fields.Char(related="entry_id.name", related_sudo=False)
    date = fields.Date(related="entry_id.date", related_sudo=False)
    account_id = fields.Many2one(related="entry_id.account_id", related_sudo=False)
    amount = fields.Monetary(compute="_compute_amount")
    is_remembered = fields.Boolean(
        string="The same for the next one",
        default=True,
        help="Entries of this kind against the same account mean the same from now on.",
    )
    may_remember = fields.Boolean(compute="_compute_amount")

    @api.depends("entry_id")
    def _compute_amount(self):
        for wizard in self:
            entry = wizard.entry_id
            wizard.amount = entry._since() or entry.extra_amount
            wizard.may_remember = (
                bool(entry.account_id) and entry.kind not in NEVER_REMEMBERED
            )

    def action_given_up(self):
        """Tell Amili that this much of the claim is given up."""
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._(
                    "Only a manager may give a claim up. Ask your administrator for "
                    "the right “Amili Perintä: Manager”."
                )
            )
        return self._answer("credit_note")

    def action_books(self):
        """Tell Amili nothing: it goes on collecting."""
        return self._answer("books")

    def action_paid(self):
        """Tell Amili that this was paid."""
        return self._answer("paid")

    def action_payout(self):
        """It is what Amili has collected and paid out."""
        return self._answer("payout")

    def action_kept(self):
        """It is what Amili has collected and kept."""
        return self._answer("kept")

    def _answer(self, meaning):
        """Let the entry mean this, and remember it if that is asked for.

        :raises AccessError: the user may not say this
        :raises UserError: nothing is there to be said any more
        """
        self.ensure_one()
        self.env["account.move"]._amili_check_user()
        entry = self.entry_id
        if entry.kind in ("paid", "credit_note", "payout"):
            raise UserError(self.env._("What this entry means is certain."))
        entry._mean(meaning)
        if self.is_remembered:
            self.env["amili.entry.answer"].sudo()._remember(entry.sudo())
        return {"type": "ir.actions.act_window_close"}
