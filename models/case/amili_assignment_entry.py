"""The account of the books: what each journal item takes off a claim, and means."""

from odoo import api, fields, models
from odoo.tools import format_amount

ENTRY_KINDS = [
    ("paid", "Payment"),
    ("credit_note", "Credit note"),
    ("payout", "Payout of Amili"),
    ("kept", "Commission of Amili"),
    ("loss", "Credit loss or write-off"),
    ("set_off", "Set-off against a bill"),
    ("moved", "Moved to another receivable"),
    ("maybe_payout", "Payment or payout"),
    ("fee", "Paid along for fees"),
    ("other", "Another entry"),
]
ENTRY_MEANINGS = [
    ("paid", "Payment: Amili is told"),
    ("credit_note", "Credit: Amili is told"),
    ("payout", "Payout of Amili"),
    ("kept", "Kept by Amili"),
    ("books", "Only in the books: Amili goes on collecting"),
    ("unclear", "To be decided"),
]
# What looks like this is this; of all else a person says what it means.
CERTAIN = ("paid", "credit_note", "payout", "kept")
# What Amili hears of, or what has an event here.
WITH_EVENTS = ("paid", "credit_note", "payout")
# Of these Amili was told, or is about to be.
STANDING = ("queued", "sending", "unknown", "done", "failed")


class AmiliAssignmentEntry(models.Model):
    """One journal item, or a part of it, that is matched with the claim of a case.

    ``amount`` is what it takes off the claim now, ``claim_amount`` what it had taken
    off when the hand-over was confirmed: of that Amili never hears.
    """

    _name = "amili.assignment.entry"
    _description = "Journal Item of an Amili Assignment"
    _inherit = ["amili.derived.mixin"]
    _order = "date, id"

    assignment_id = fields.Many2one(
        "amili.assignment", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="assignment_id.company_id")
    currency_id = fields.Many2one(related="assignment_id.currency_id")
    # A bank line whose matching is undone loses its items.
    item_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    name = fields.Char(string="Document", readonly=True)
    date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True, help="What it takes off the claim now.")
    claim_amount = fields.Monetary(
        string="Before the Hand-over",
        readonly=True,
        help="What it had taken off when the hand-over was confirmed.",
    )
    extra_amount = fields.Monetary(
        string="Beyond the Principal",
        readonly=True,
        help="What the debtor paid along for the fees and interest of the case.",
    )
    kind = fields.Selection(ENTRY_KINDS, required=True, readonly=True)
    meaning = fields.Selection(ENTRY_MEANINGS, required=True, readonly=True)
    account_id = fields.Many2one(
        "account.account", ondelete="set null", readonly=True, string="Against"
    )
    event_ids = fields.One2many("amili.assignment.event", "entry_id", readonly=True)
    event_amount = fields.Monetary(
        string="Amili Was Told", compute="_compute_event_amount"
    )
    _one_per_item = models.UniqueIndex(
        "(assignment_id, item_id, kind)",
        "This journal item stands in the account of the case already.",
    )

    @api.depends("event_ids.state", "event_ids.is_undone", "event_ids.amount")
    def _compute_event_amount(self):
        for entry in self:
            entry.event_amount = sum(entry._standing().mapped("amount"))

    # What it comes to -----------------------------------------------------------------

    def _take(self, values):
        """Keep what the books say of this now."""
        self.ensure_one()
        changed = {name: v for name, v in values.items() if self[name] != v}
        if changed:
            self.write(changed)

    def _since(self):
        """Return what this took off the claim since the hand-over was confirmed."""
        self.ensure_one()
        return self.currency_id.round(self.amount - self.claim_amount)

    def _standing(self):
        """Return the events of this that stand, oldest first."""
        return self.event_ids.filtered(
            lambda e: (
                e.type == e.entry_id.meaning and e.state in STANDING and not e.is_undone
            )
        ).sorted("id")

    def _reported(self):
        """Return what of the principal the standing events of these come to."""
        events = self.event_ids.filtered(lambda e: e in e.entry_id._standing())
        return sum(events.mapped("amount")) - sum(events.mapped("extra_amount"))

    def _shrink(self):
        """Take back what does not stand any more."""
        for entry in self:
            standing = entry._standing()
            # What it was taken for before somebody said what it is.
            other = entry.event_ids.filtered(
                lambda e: e.state in STANDING and not e.is_undone
            )
            (other - standing)._undo()
            left = max(entry._since(), 0.0)
            compare = entry.currency_id.compare_amounts
            for event in standing.sorted("id", reverse=True):
                is_told = compare(entry._reported(), left) <= 0
                if is_told and compare(entry._unreported_extra(), 0) >= 0:
                    break
                event._undo()

    def _grow(self, allowed):
        """Queue what is missing, at most ``allowed``; return what is left of that."""
        for entry in self.filtered(lambda e: e.meaning in WITH_EVENTS):
            compare = entry.currency_id.compare_amounts
            missing = max(entry._since() - entry._reported(), 0.0)
            told = entry.currency_id.round(min(missing, allowed))
            is_fee = not missing and compare(entry._unreported_extra(), 0) > 0
            if compare(told, 0) > 0 or is_fee:
                entry._tell(told)
                allowed -= told
        return allowed

    def _unreported_extra(self):
        """Return what came along with this and Amili has not heard of."""
        self.ensure_one()
        told = sum(self._standing().mapped("extra_amount"))
        return self.currency_id.round(self.extra_amount - told)

    def _tell(self, amount):
        """Let an event tell ``amount`` of the principal, and what came along."""
        self.ensure_one()
        extra = self._unreported_extra()
        whole = self.currency_id.round(amount + extra)
        undone = self.assignment_id.event_ids.filtered(
            lambda e: e._says_the_same(self, whole)
        )
        same = undone.filtered(lambda e: e.entry_id == self) or undone
        if same:
            same[0]._stand_again(self)
        else:
            self.env["amili.assignment.event"]._report_entry(self, whole, extra)

    def _waits_for_answer(self):
        """Whether a person has to say what this means."""
        self.ensure_one()
        compare = self.currency_id.compare_amounts
        return self.meaning == "unclear" and (
            compare(self._since(), 0) > 0 or compare(self.extra_amount, 0) > 0
        )

    # What a person says ---------------------------------------------------------------

    def action_decide(self):
        """Open the window in which a person says what this means."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Does It Mean?"),
            "res_model": "amili.entry.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_entry_id": self.id},
        }

    def _mean(self, meaning):
        """Let this mean something, and Amili hear of it if it has to.

        :param str meaning: as in ``meaning``
        """
        for entry in self.sudo():
            entry.meaning = meaning
            entry._log_meaning()
            entry.assignment_id.move_id._amili_settle()

    def _recall(self):
        """Let new ones mean what a person said of the last of their kind."""
        answers = self.env["amili.entry.answer"].sudo()
        for entry in self.filtered(lambda e: e.meaning == "unclear"):
            entry.meaning = answers._recall(entry) or "unclear"
            entry._log_meaning()

    def _log_meaning(self):
        """Say on the case where Amili goes on collecting what is off the books."""
        lines = []
        for entry in self.filtered(lambda e: e.meaning == "books"):
            case = entry.assignment_id
            lang = case.company_id._amili_lang()
            entry = entry.with_context(lang=lang)
            text = entry.env._(
                "Only written off in the books, Amili goes on collecting: %s",
                entry._describe(),
            )
            lines.append((case, text))
        self.env["amili.assignment"].sudo()._log(lines)

    def _event_text(self):
        """Return what Amili reads of this, in Finnish."""
        self.ensure_one()
        if self.meaning == "credit_note":
            word = "Hyvitys" if self.kind == "credit_note" else "Velkoja luopuu"
            return f"{word}, tosite {self.name}."
        if self.kind == "set_off":
            return f"Maksu kuittaamalla velkojan velkaa vastaan, tosite {self.name}."
        return "Maksu suoraan velkojan tilille."

    def _describe(self):
        """Return in a few words which entry this is."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        amount = self.amount or self.claim_amount or self.extra_amount
        amount = format_amount(self.env, amount, self.currency_id)
        return f"{self.name} ({kinds[self.kind]}), {amount}"
