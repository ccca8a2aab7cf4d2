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
    """Enter a payment, as the button "Pay" does."""
    books = Books(sides, move)
    context = {"active_model": "account.move", "active_ids": [move["id"]]}
    wizard = books.call(
        "account.payment.register", "create", {"amount": amount}, **context
    )
    books.call("account.payment.register", "action_create_payments", [wizard])
    sides.tell(move, f"payment of {amount:.2f} EUR from {move['partner_id'][1]}")


def bank_line(sides, move, amount, **payer):
    """Enter a line of the bank statement and reconcile it with the invoice.

    :return: the id of the reconciliation
    """
    books = Books(sides, move)
    before = set(books.partials())
    line = books.call(
        "account.bank.statement.line",
        "create",
        {
            "journal_id": books.search("account.journal", ["type", "=", "bank"])[0],
            "date": datetime.now(ZoneInfo("Europe/Helsinki")).date().isoformat(),
            "payment_ref": move["name"],
            "amount": amount,
            **payer,
        },
    )
    receivable = books.receivable_line()
    [waiting] = books.search(
        "account.move.line",
        ["move_id.statement_line_ids", "=", line],
        ["account_type", "!=", "asset_cash"],
    )
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

    def partials(self):
        """Return the reconciliations of the invoice."""
        return self.call(
            "account.partial.reconcile",
            "search",
            [["debit_move_id.move_id", "=", self.move["id"]]],
        )
