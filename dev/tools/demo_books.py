"""The books in the play of ``dev/demo``, kept as an accountant does it by hand.

Payments, bank lines, a credit note, and the buttons of the invoice that reconcile and
undo, all by RPC.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from .demo_sides import ACCOUNTANT, FellShort


def keep_bank_statements(sides):
    """Give the accountant Odoo's right to bank statements."""
    [group] = sides.accountant.call(
        "ir.model.data",
        "search_read",
        [["module", "=", "account"], ["name", "=", "group_account_user"]],
        ["res_id"],
    )
    [user] = sides.accountant.call("res.users", "search", [["login", "=", ACCOUNTANT]])
    sides.accountant.call(
        "res.users", "write", [user], {"group_ids": [[4, group["res_id"]]]}
    )


def payment(sides, move, amount):
    """Enter a payment, as the button "Pay" does; return its id."""
    books = Books(sides, move)
    context = {"active_model": "account.move", "active_ids": [move["id"]]}
    wizard = books.call(
        "account.payment.register", "create", {"amount": amount}, **context
    )
    action = books.call("account.payment.register", "action_create_payments", [wizard])
    sides.tell(move, f"payment of {amount:.2f} EUR from {move['partner_id'][1]}")
    return action["res_id"]


def edit(sides, move, payment_id):
    """Reset a payment to draft, give it another text, and post it again."""
    books = Books(sides, move)
    books.call("account.payment", "action_draft", [payment_id])
    books.call("account.payment", "write", [payment_id], {"memo": "Osamaksu"})
    books.call("account.payment", "action_post", [payment_id])
    [values] = books.call("account.payment", "read", [payment_id], ["amount"])
    sides.tell(move, f"the payment of {values['amount']:.2f} EUR is edited")


def credit_loss(sides, move, amount):
    """Write a part of the invoice off, by an entry of the accountant's own."""
    books = Books(sides, move)
    claim = {"credit": amount, "partner_id": move["partner_id"][0]}
    receivable = books.receivable_line()
    entry = books.call(
        "account.move",
        "create",
        {
            "ref": "Luottotappio",
            "line_ids": [
                [0, 0, {"account_id": books.costs(), "debit": amount}],
                [0, 0, {"account_id": receivable["account_id"][0], **claim}],
            ],
        },
    )
    books.call("account.move", "action_post", [entry])
    books.match(entry)
    sides.tell(move, f"credit loss of {amount:.2f} EUR")


def net_payout(sides, move, claim, kept):
    """Book what Amili pays out on a part of the claim, less what it keeps."""
    books = Books(sides, move)
    line, waiting = books.bank_line(claim - kept, partner_name="Amili Oy")
    receivable = books.receivable_line()["account_id"][0]
    [entry] = books.call("account.bank.statement.line", "read", [line], ["move_id"])
    books.call(
        "account.move",
        "write",
        [entry["move_id"][0]],
        {
            "line_ids": [
                [1, waiting, {"account_id": receivable, "credit": claim}],
                [0, 0, {"account_id": books.costs(), "debit": kept}],
            ]
        },
        skip_readonly_check=True,
    )
    books.match(entry["move_id"][0])
    sides.tell(move, f"Amili pays {claim - kept:.2f} EUR out and keeps {kept:.2f} EUR")


def bank_line(sides, move, amount, **payer):
    """Enter a line of the bank statement and reconcile it with the invoice.

    :return: the id of the reconciliation
    """
    books = Books(sides, move)
    before = set(books.partials())
    _line, waiting = books.bank_line(amount, **payer)
    receivable = books.receivable_line()
    books.call(
        "account.move.line",
        "write",
        [waiting],
        {"account_id": receivable["account_id"][0]},
    )
    books.call("account.move", "js_assign_outstanding_line", [move["id"]], waiting)
    [partial] = set(books.partials()) - before
    who = payer.get("partner_name") or move["partner_id"][1]
    sides.tell(move, f"bank line of {amount:.2f} EUR from {who}")
    return partial


def credit_note(sides, move, amount):
    """Credit a part of the invoice, as the button "Credit Note" does."""
    books = Books(sides, move)
    wizard = books.call(
        "account.move.reversal",
        "create",
        {"reason": "Rahti hyvitetään", "journal_id": books.journal_of(move)},
        active_model="account.move",
        active_ids=[move["id"]],
    )
    action = books.call("account.move.reversal", "refund_moves", [wizard])
    refund = action["res_id"]
    lines = books.search(
        "account.move.line",
        ["move_id", "=", refund],
        ["display_type", "=", "product"],
    )
    kept, *others = lines
    books.call(
        "account.move",
        "write",
        [refund],
        {
            "invoice_line_ids": [
                [1, kept, {"price_unit": amount}],
                *([2, line, 0] for line in others),
            ]
        },
    )
    # Odoo reconciles it with the invoice that it takes back.
    books.call("account.move", "action_post", [refund])
    [posted] = books.call("account.move", "read", [refund], ["name", "amount_total"])
    if posted["amount_total"] != amount:
        raise FellShort(f"{posted['name']} is one of {posted['amount_total']}")
    sides.tell(move, f"credit note {posted['name']} of {amount:.2f} EUR")


def undo(sides, move, partial):
    """Press "Unreconcile" in the payments of the invoice."""
    Books(sides, move).call(
        "account.move", "js_remove_outstanding_partial", [move["id"]], partial
    )
    sides.tell(move, "the last payment is undone")


class Books:
    """The books of the company of an invoice, as its accountant keeps them."""

    def __init__(self, sides, move):
        self.session = sides.accountant
        self.move = move
        self.company = move["company_id"][0]

    def call(self, model, method, *args, **context):
        """Call a model's method in the company."""
        context = {"allowed_company_ids": [self.company], **context}
        return self.session.call(model, method, *args, context=context)

    def search(self, model, *domain):
        """Return the ids of the company's records."""
        return self.call(model, "search", [["company_id", "=", self.company], *domain])

    def journal_of(self, move):
        """Return the journal of an invoice."""
        [values] = self.call("account.move", "read", [move["id"]], ["journal_id"])
        return values["journal_id"][0]

    def receivable_line(self):
        """Return the journal item of the invoice that is to be paid."""
        [line] = self.search(
            "account.move.line",
            ["move_id", "=", self.move["id"]],
            ["account_type", "=", "asset_receivable"],
        )
        [values] = self.call("account.move.line", "read", [line], ["account_id"])
        return values

    def bank_line(self, amount, **payer):
        """Enter a line of the bank statement.

        :return: its id, and that of the journal item in suspense
        """
        line = self.call(
            "account.bank.statement.line",
            "create",
            {
                "journal_id": self.search("account.journal", ["type", "=", "bank"])[0],
                "date": datetime.now(ZoneInfo("Europe/Helsinki")).date().isoformat(),
                "payment_ref": self.move["name"],
                "amount": amount,
                **payer,
            },
        )
        [waiting] = self.search(
            "account.move.line",
            ["move_id.statement_line_ids", "=", line],
            ["account_type", "!=", "asset_cash"],
        )
        return line, waiting

    def costs(self):
        """Return an account for costs."""
        return self.call(
            "account.account", "search", [["account_type", "=", "expense"]]
        )[0]

    def match(self, entry):
        """Match an entry with the invoice, as the button "Add" of the invoice does."""
        [item] = self.search(
            "account.move.line",
            ["move_id", "=", entry],
            ["account_type", "=", "asset_receivable"],
        )
        self.call("account.move", "js_assign_outstanding_line", [self.move["id"]], item)

    def partials(self):
        """Return the reconciliations of the invoice."""
        return self.call(
            "account.partial.reconcile",
            "search",
            [["debit_move_id.move_id", "=", self.move["id"]]],
        )
