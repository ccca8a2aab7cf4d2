from odoo import fields, models

# What a letter to a debtor shows, and how else Amili reaches them.
ADDRESS = ("name", "street", "street2", "zip", "city", "country_code")
REACHED_BY = (*ADDRESS, "email", "phone")


class AmiliAssignmentPayer(models.Model):
    _inherit = "amili.assignment.payer"

    settled_as = fields.Json(
        readonly=True,
        help="How the debtor was reached when a person last told Amili, or decided "
        "that Amili need not know.",
    )

    def _reached_now(self):
        """Return how the contact is reached by now, in the words of these fields."""
        self.ensure_one()
        now = self.partner_id._amili_payer_values(self.role, "")
        return {name: now[name] or "" for name in REACHED_BY}

    def _change(self):
        """Return in words how a debtor is reached now; empty where Amili knows it."""
        self.ensure_one()
        if not self.partner_id:
            return ""
        before = self.settled_as or {name: self[name] or "" for name in REACHED_BY}
        now = self._reached_now()
        changed = {name for name in REACHED_BY if now[name] != before[name]}
        if not changed:
            return ""
        parts = [now["name"]]
        if not changed.isdisjoint(ADDRESS):
            place = " ".join(filter(None, (now["zip"], now["city"])))
            parts += [now["street"], now["street2"], place, now["country_code"]]
        parts += [now[name] for name in ("email", "phone") if name in changed]
        return self.env._(
            "%(debtor)s is now reached at: %(now)s",
            debtor=self.name,
            now=", ".join(filter(None, parts)),
        )
