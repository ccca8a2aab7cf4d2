"""Money in ``dev/demo``: what Amili does not hear of, and both accounts of one case."""

from .console import say
from .demo_books import Books, credit_loss, edit, net_payout
from .demo_life import PAID_BEFORE, expect

# The page Reconciliation: its sums, in words and by the names of their fields.
SUMS = (
    ("Principal open at Amili", "amili_principal"),
    ("Open on the invoice", "books_principal"),
    ("To be decided", "undecided_amount"),
    ("Only in the books", "books_only_amount"),
    ("Collected and not paid out", "not_paid_out_amount"),
    ("Told and undone", "undone_amount"),
    ("Unexplained difference", "difference_amount"),
)


def play(sides):
    """Play on the case that Amili still has."""
    move = sides.invoice("Rakennusliike Räystäs Oy")
    [before] = Books(sides, move).search(
        "account.payment", ["amount", "=", PAID_BEFORE]
    )
    told = len(sides.told(move))
    sides.headline("The payment from before the hand-over is edited: no news for Amili")
    edit(sides, move, before)
    sides.let_all_run_again()
    expect_silence(sides, move, told)

    sides.headline("A part is written off; a person says what that means to Amili")
    credit_loss(sides, move, 120.0)
    sides.show_task(move, "have to hear")
    decide(sides, move, "action_books")
    sides.let_all_run_again()
    expect_silence(sides, move, told)

    sides.headline("The debtor pays Amili a part, which comes less the commission")
    sides.amili(move, "pay", amount=620.0)
    sides.agree(move)
    net_payout(sides, move, 620.0, 31.0)
    sides.let_all_run_again()
    expect_silence(sides, move, told)
    case = sides.case(move, "payout_amount", "kept_amount")
    expect(case, payout_amount=589.0, kept_amount=31.0)

    sides.headline("The page Reconciliation of the assignment")
    show_reconciliation(sides, move)


def decide(sides, move, action):
    """Say in the window for it what the entry means of which a person is asked."""
    [entry] = sides.clerk.call(
        "amili.assignment.entry",
        "search",
        [
            ["assignment_id", "=", sides.assignment(move)],
            ["meaning", "=", "unclear"],
        ],
    )
    window = sides.clerk.call("amili.assignment.entry", "action_decide", [entry])
    model, context = window["res_model"], window["context"]
    wizard = sides.clerk.call(model, "create", [{}], context=context)
    sides.clerk.call(model, action, wizard)
    sides.tell(move, "it is only in the books: Amili goes on collecting")


def show_reconciliation(sides, move):
    """Show both accounts, line by line; nothing may be left unexplained."""
    case = sides.case(move, *(name for _words, name in SUMS))
    for model, words in (
        ("amili.assignment.entry", ("date", "name", "kind", "amount", "meaning")),
        ("amili.assignment.event", ("date", "type", "amount", "state")),
    ):
        of_case = [["assignment_id", "=", sides.assignment(move)]]
        for line in sides.clerk.call(model, "search_read", of_case, list(words)):
            say("  " + "  ".join(str(line[word]) for word in words))
    for words, name in SUMS:
        say(f"  {words:<28}{case[name]:>10.2f}")
    expect(case, difference_amount=0.0)


def expect_silence(sides, move, told):
    """Amili must have heard of nothing more."""
    expect({"told": len(sides.told(move))}, told=told)
    sides.tell(move, "Amili was told nothing")
