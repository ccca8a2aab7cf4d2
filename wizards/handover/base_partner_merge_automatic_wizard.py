"""Merging contacts: what the addon has of each of them stays.

Whoever merges may have rights to contacts alone, so all of it is done with all rights;
where the contacts contradict each other the merged one ends on the safe side."""

from odoo import api, models

# The stricter rules first.
CHOSEN_TYPES = ("b2c_rental", "b2b_rental", "b2c", "b2b")
CODE = "amili_personal_identity_code"


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS base: of rows that would collide it loses all, or fails
        debtors = (dst_partner | src_partners).sudo()
        debtors._amili_drop_double_co_debtors()
        debtors._amili_merge_identity_codes()
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _update_values(self, src_partners, dst_partner):
        # EXTENDS base: it takes what the user sees alone, and nothing computed
        debtors = (dst_partner | src_partners).sudo()
        values = debtors._amili_merged_values()
        result = super()._update_values(src_partners, dst_partner)
        # Not earlier: that it becomes a company would set the type anew.
        dst_partner.sudo().write(values)
        return result


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _amili_merged_values(self):
        """Return what a contact gets that takes the place of all of these.

        The first of these is the one that stays.
        """
        values = {}
        chosen = {
            debtor.amili_receivables_type
            for debtor in self
            if debtor.amili_receivables_type != ("b2c", "b2b")[debtor.is_company]
        }
        kind = next((kind for kind in CHOSEN_TYPES if kind in chosen), None)
        if kind:
            values["amili_receivables_type"] = kind
        blocked = self.filtered("amili_collection_block")
        if blocked:
            reasons = blocked.mapped("amili_collection_block_reason")
            values["amili_collection_block"] = True
            values["amili_collection_block_reason"] = "; ".join(
                dict.fromkeys(filter(None, reasons))
            )
        return values

    def _amili_merge_identity_codes(self):
        """Leave the first of these one identity code; block it where they differ."""
        codes = {debtor: (debtor[CODE] or "").strip().upper() for debtor in self}
        entered = list(dict.fromkeys(filter(None, codes.values())))
        if not entered:
            return
        self[1:][CODE] = False
        self[0][CODE] = entered[0]
        if len(entered) > 1:
            reason = self.env._(
                "Merged from contacts with different identity codes: find out whose "
                "it is"
            )
            reasons = (self[0].amili_collection_block_reason, reason)
            self[0].amili_collection_block = True
            self[0].amili_collection_block_reason = "; ".join(filter(None, reasons))

    def _amili_drop_double_co_debtors(self):
        """Drop standing co-debtors that would stand twice, or beside themselves.

        Of two who are liable from the same day on, the liability that ends first stays.
        """
        stays = self[:1]
        lines = self.env["amili.co.debtor"].search(
            ["|", ("debtor_id", "in", self.ids), ("partner_id", "in", self.ids)]
        )
        # Those that need no change come first.
        moved = lines.filtered(lambda x: (x.debtor_id | x.partner_id) & self[1:])
        lines = lines - moved + moved
        first = {}
        for line in lines:
            debtor = stays if line.debtor_id in self else line.debtor_id
            partner = stays if line.partner_id in self else line.partner_id
            key = (line.company_id, debtor, partner, line.date_from)
            if debtor == partner:
                line.unlink()
            elif key in first:
                ends = [end for end in (line.date_to, first[key].date_to) if end]
                first[key].date_to = min(ends) if ends else False
                line.unlink()
            else:
                first[key] = line
