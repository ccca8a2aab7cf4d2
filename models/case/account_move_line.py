"""What a journal item that is matched with a claim may be: how it looks."""

from odoo import models

LOSS = {"income", "expense"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _amili_shares(self, amount, currency):
        """Return what this item takes off a claim, by what it looks like.

        Of an entry that is money only in part, such as a payment with a write-off or a
        payout less Amili's commission, the item is money in the same part.

        :param float amount: what is matched with the claim
        :param currency: that of ``amount``
        :rtype: dict[str, float] by kind, as in ``amili.assignment.entry``
        """
        self.ensure_one()
        if self.move_id.move_type == "out_refund":
            return {"credit_note": amount}
        is_payout = self._amili_is_payout()
        money, other = self._amili_counterparts()
        whole = sum((money + other).mapped("balance"))
        rest = sum(other.mapped("balance"))
        rest = currency.round(amount * rest / whole) if whole else amount
        kind = "kept" if is_payout else self._amili_classify(other)
        shares = {"payout" if is_payout else "paid": amount - rest, kind: rest}
        return {k: v for k, v in shares.items() if currency.compare_amounts(v, 0) > 0}

    def _amili_counterparts(self):
        """Return what this entry debits: the items of money, and all others."""
        entry = self.move_id
        debits = entry.line_ids.filtered(lambda line: line.balance > 0)
        if entry.origin_payment_id:
            liquidity, _counterpart, _write_off = (
                entry.origin_payment_id._seek_for_lines()
            )
        elif entry.statement_line_id:
            liquidity, suspense, _other = entry.statement_line_id._seek_for_lines()
            liquidity += suspense
        else:
            liquidity = debits.filtered(lambda line: line._amili_is_money())
        money = debits & liquidity
        return money, debits - money

    def _amili_is_money(self):
        """Whether an entry by hand books money here: in the bank, or on its way."""
        account = self.account_id
        return account.account_type in ("asset_cash", "liability_credit_card") or (
            account.account_type == "asset_current" and account.reconcile
        )

    def _amili_classify(self, counterparts):
        """Return what an item looks like that brought no money."""
        accounts = counterparts.account_id
        types = set(accounts.mapped("account_type"))
        if LOSS & set(accounts.mapped("internal_group")):
            return "loss"
        if "liability_payable" in types:
            return "set_off"
        return "moved" if types == {"asset_receivable"} else "other"

    def _amili_is_payout(self):
        """Whether the money comes from Amili itself: by the partner or the name."""
        bank_line = self.move_id.statement_line_id
        payment = self.move_id.origin_payment_id
        payers = self.partner_id | bank_line.partner_id | payment.partner_id
        return self.company_id._amili_pays_out(
            payers.commercial_partner_id, bank_line.partner_name
        )

    def _amili_excess(self, currency):
        """Return what came in this entry beyond what its items are matched with.

        What is still open on the item, and what was booked as income beside it: a
        reminder fee, most likely. In ``currency``.
        """
        self.ensure_one()
        income = self.move_id.line_ids.filtered(
            lambda line: line.balance < 0 and line.account_id.internal_group == "income"
        )
        return sum(
            (
                -self._amili_in(currency, self.amount_residual_currency),
                *(-line._amili_in(currency, line.amount_currency) for line in income),
            )
        )

    def _amili_matched_elsewhere(self, move):
        """Return what of this is matched with other documents than an invoice.

        In the currency of the invoice.
        """
        self.ensure_one()
        others = self.matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id.move_id != move
        )
        amount = sum(others.mapped("credit_amount_currency"))
        return self._amili_in(move.currency_id, amount)

    def _amili_in(self, currency, amount):
        """Return an amount of this item's currency in another, as of its day."""
        self.ensure_one()
        return self.currency_id._convert(amount, currency, self.company_id, self.date)
