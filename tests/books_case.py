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


class MeaningCase(BooksCase):
    """A person says what an entry means to Amili."""

    def expense(self, code="AMLOSS", name="Luottotappiot"):
        accounts = self.env["account.account"]
        found = accounts.search([("code", "=", code)])
        return found or accounts.create(
            {"name": name, "code": code, "account_type": "expense"}
        )

    def asked(self, move):
        """Return what a person has to say the meaning of."""
        entries = self.case_of(move).entry_ids
        return entries.filtered(lambda e: e._waits_for_answer())

    def answer(self, move, action, user=None, **values):
        """Answer what is asked, in the window for it."""
        [entry] = self.asked(move)
        self.decide(entry, action, user, **values)

    def decide(self, entry, action, user=None, **values):
        """Say what an entry means, also where it was said before."""
        user = user or self.clerk
        wizard = (
            self.env["amili.entry.wizard"]
            .with_user(user)
            .with_context(**entry.with_user(user).action_decide()["context"])
            .create(values)
        )
        getattr(wizard, action)()

    def assertAsked(self, move, amount):
        """Check that Amili heard nothing and one person was asked."""
        self.run_queue()
        self.assertEqual(self.asked(move).mapped("amount"), [amount])
        self.assertEqual(self.summaries(move).count("have to hear"), 1)
        self.assertEqual(move.amili_state, "active")
