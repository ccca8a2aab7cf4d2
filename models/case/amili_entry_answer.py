from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...const import MANAGER_GROUP
from .amili_assignment_entry import ENTRY_KINDS, ENTRY_MEANINGS

# What depends on the case, and not on the account, is asked each time.
NEVER_REMEMBERED = ("maybe_payout", "fee")


class AmiliEntryAnswer(models.Model):
    """What a person said that entries of a kind against an account mean to Amili."""

    _name = "amili.entry.answer"
    _description = "Remembered Meaning of Entries for Amili"
    _inherit = ["amili.derived.mixin"]
    _order = "company_id, account_id, kind"
    _rec_name = "account_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    account_id = fields.Many2one(
        "account.account", required=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection(ENTRY_KINDS, required=True, readonly=True)
    meaning = fields.Selection(ENTRY_MEANINGS, required=True, readonly=True)
    _one_per_account = models.Constraint(
        "UNIQUE (company_id, account_id, kind)",
        "Of this account it is remembered already what such entries mean.",
    )

    def action_forget(self):
        """Forget these: a person is asked about the next entry of the kind.

        :raises AccessError: only a manager may
        """
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._(
                    "You may not change what is remembered. Ask your administrator for "
                    "the right “Amili Perintä: Manager”."
                )
            )
        self.check_access("read")
        self.sudo().unlink()

    @api.model
    def _remember(self, entry):
        """Keep what an entry means, for the next of its kind."""
        if not entry.account_id or entry.kind in NEVER_REMEMBERED:
            return
        known = self.search(self._similar_domain(entry))
        if known:
            known.meaning = entry.meaning
            return
        self.create(
            {
                "company_id": entry.company_id.id,
                "account_id": entry.account_id.id,
                "kind": entry.kind,
                "meaning": entry.meaning,
            }
        )

    @api.model
    def _recall(self, entry):
        """Return what was said of the last of its kind, or nothing."""
        return self.search(self._similar_domain(entry)).meaning

    @api.model
    def _similar_domain(self, entry):
        return [
            ("company_id", "=", entry.company_id.id),
            ("account_id", "=", entry.account_id.id),
            ("kind", "=", entry.kind),
        ]
