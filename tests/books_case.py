"""What an accountant does with the invoice of a case, for tests of the books."""

from odoo import Command

from .collection_case import BadDayCase


class BooksCase(BadDayCase):
    def receivable(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def entry(self, move, amount, account, **values):
        """Return a draft entry that takes a sum off the claim."""
        return self.env["account.move"].create(
            {
                "date": "2026-10-19",
                "line_ids": [
                    Command.create({"account_id": account.id, "debit": amount}),
                    Command.create(
                        {
                            "account_id": self.receivable(move).account_id.id,
                            "partner_id": move.partner_id.id,
                            "currency_id": move.currency_id.id,
                            "amount_currency": -amount,
                            "credit": amount,
                        }
                    ),
                ],
                **values,
            }
        )

    def comments(self, move):
        return [event["comment"] for event in self.told(move, "comment")]

    def match(self, *moves):
        """Match what is open of entries with each other."""
        account = self.receivable(moves[0]).account_id
        lines = self.receivable(self.env["account.move"].union(*moves))
        lines.filtered(
            lambda line: line.account_id == account and not line.reconciled
        ).reconcile()

    def book(self, move, amount, account, **values):
        """Post an entry against an account and match it with the claim."""
        entry = self.entry(move, amount, account, **values)
        entry.action_post()
        self.match(move, entry)
        return entry

    def refund(self, move, amount):
        refund = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": move.partner_id.id,
                "currency_id": move.currency_id.id,
                "invoice_date": "2026-10-19",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Hyvitys", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        refund.action_post()
        return refund

    def bank_line_with(self, move, amount, claim, account, payer):
        """Book a bank line of ``amount`` on ``claim``, the rest on an account."""
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": "2026-10-19",
                "payment_ref": move.name,
                "partner_name": payer,
                "amount": amount,
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        rest = claim - amount
        values = {"account_id": self.receivable(move).account_id.id, "credit": claim}
        line.move_id.with_context(skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(suspense.id, {**values, "amount_currency": -claim}),
                    Command.create(
                        {
                            "account_id": account.id,
                            "debit": max(rest, 0),
                            "credit": max(-rest, 0),
                            "amount_currency": rest,
                        }
                    ),
                ]
            }
        )
        self.match(move, line.move_id)
        return line

    def assertBalanced(self, move):
        """Check that what Amili was told explains what is open on the claim."""
        case = self.case_of(move)
        told = sum(
            case.event_ids.filtered(
                lambda e: (
                    e.direction == "outbound"
                    and e.type in ("paid", "credit_note")
                    and e.state == "done"
                    and not e.is_undone
                )
            ).mapped("amount")
        )
        self.assertAlmostEqual(case.capital_amount - told, move.amount_residual, 2)
