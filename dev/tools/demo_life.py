"""The later scenes of ``dev/demo``: money, credit, questions, and how cases end.

After each scene both sides must agree to the cent.
"""

from .console import say
from .demo_books import bank_line, credit_note, keep_bank_statements, payment, undo
from .demo_sides import FellShort
from .rpc import RpcError

REPLY = "Kyllä, sopimus päättyi lokakuun lopussa."
PAID_BEFORE = 300.0  # EUR
REASON = "Sovimme asiasta asiakkaan kanssa."
# What a company tells Amili: on the wire, in words.
WORDS = {
    "paid": "payment",
    "credit_note": "credit note",
    "comment": "message",
    "cancellation": "withdrawal",
}


def play(sides):
    """Play what happens to cases after their hand-over, to the end of most of them."""
    rent = sides.invoice("Teppo Testaaja")
    building = sides.invoice("Rakennusliike Räystäs Oy")
    agreed = sides.invoice("Esimerkki Oy", 1)
    table = sides.invoice("Maija Malli")

    keep_bank_statements(sides)
    sides.headline("A customer has paid a part before its invoice is handed over")
    payment(sides, building, PAID_BEFORE)

    sides.headline("Three more invoices are handed over at once, and accepted")
    hand_over(sides, building, agreed, table)

    sides.headline("A customer pays past Amili; a credit note is made")
    payment(sides, building, 1500.0)
    sides.agree(building)
    credit_note(sides, building, 180.0)
    sides.agree(building)
    expect_told(sides, building, ("paid", 1500.0), ("credit_note", 180.0))

    sides.headline("A payment that belonged elsewhere is told and then undone")
    mistake = bank_line(sides, building, 820.35, partner_id=building["partner_id"][0])
    sides.agree(building)
    undo(sides, building, mistake)
    sides.agree(building)
    expect_told(
        sides,
        building,
        ("paid", 1500.0),
        ("credit_note", 180.0),
        ("paid", 820.35),
        ("comment", None),
    )
    say(f"  Amili reads: {sides.told(building)[-1]['comment']}")
    sides.show_task(building, "undone")
    expect(sides.case(building, "direct_amount"), direct_amount=1500.0)
    sides.tell(building, "Odoo counts 1500.00 paid past Amili")

    sides.headline("The clerk answers the question about the rent")
    reply(sides, rent)

    sides.headline("The manager withdraws a case")
    withdraw(sides, agreed)

    sides.headline("A debtor pays Amili, and Amili pays out")
    collect(sides, table)

    sides.headline("Amili gives the rent up")
    sides.amili(rent, "close", result="credit_loss")
    sides.wait_for(rent, "closed")
    sides.agree(rent)
    expect(sides.case(rent, "result"), result="credit_loss")
    sides.show_task(rent, "the case has ended")

    sides.headline("The scheduled actions run once more, and nothing changes")
    cases = (building, rent, agreed, table)
    before = [sides.at_amili(move) for move in cases]
    sides.let_all_run_again()
    for move, was in zip(cases, before, strict=True):
        if sides.at_amili(move) != was:
            raise FellShort(f"{move['name']}: Amili was told more")
        sides.agree(move)

    sides.headline("What the messages on the invoices say")
    for move in cases:
        sides.show_chatter(move)


# The clerk and the manager ------------------------------------------------------------


def hand_over(sides, *moves):
    """Hand several invoices over through the window for many."""
    ids = [move["id"] for move in moves]
    action = sides.clerk.call("account.move", "action_amili_transfer", ids)
    wizard = [action["res_id"]]
    answer = sides.clerk.call("amili.transfer.wizard", "action_transfer", wizard)
    say(f"  Odoo: {answer['params']['message']}")
    for move in moves:
        sides.wait_for(move, "pending")
        sides.amili(move, "accept")
    for move in moves:
        sides.wait_for(move, "active")
        sides.agree(move)


def reply(sides, move):
    """Answer Amili's question; the task ends and Amili has the answer."""
    case = [sides.assignment(move)]
    action = sides.clerk.call("amili.assignment", "action_reply", case)
    report(sides.clerk, action, text=REPLY)
    sides.agree(move)
    expect_told(sides, move, ("comment", None))
    answer = sides.told(move)[0]["comment"]
    if REPLY not in answer:
        raise FellShort(f"Amili got another answer: {answer}")
    say(f"  Amili reads: {answer}")
    sides.wait(
        move,
        lambda: all(event["seen"] for event in sides.at_amili(move)["events"]),
        "have its question marked as seen",
    )
    if any("question" in task["summary"] for task in sides.tasks(move)):
        raise FellShort(f"the task on {move['name']} did not end with the answer")
    sides.tell(move, "the question is marked as seen, and the clerk's task is done")


def withdraw(sides, move):
    """End a case; without the second yes nothing happens."""
    case = [sides.assignment(move)]
    try:
        sides.clerk.call("amili.assignment", "action_withdraw", case)
    except RpcError as problem:
        say(f"  The clerk may not: {problem}")
    else:
        raise FellShort("a clerk can withdraw a case")
    action = sides.accountant.call("amili.assignment", "action_withdraw", case)
    try:
        report(sides.accountant, action, text=REASON)
    except RpcError as problem:
        say(f"  Not yet: {problem}")
    else:
        raise FellShort("a case is withdrawn without a second yes")
    report(sides.accountant, action, text=REASON, is_sure=True)
    sides.wait_for(move, "withdrawn")
    sides.agree(move)
    expect_told(sides, move, ("cancellation", None))
    expect(sides.case(move, "result"), result="withdrawn")


def report(session, action, **values):
    """Fill in the window that tells Amili something, and confirm it."""
    model, context = action["res_model"], action["context"]
    wizard = session.call(model, "create", [values], context=context)
    session.call(model, "action_confirm", wizard)


def collect(sides, move):
    """Let Amili collect everything; the payout is not reported back."""
    sides.amili(move, "remind", interest=3.21)
    sides.agree(move)
    owed = sides.at_amili(move)["assignment"]["open_amount"]
    sides.amili(move, "pay", amount=owed)
    sides.wait_for(move, "closed")
    sides.agree(move)
    expect(
        sides.case(move, "result", "collected_amount"),
        result="paid",
        collected_amount=owed,
    )
    # Amili keeps what the debtor paid on top of the invoice.
    invoice = move["amount_total"]
    bank_line(sides, move, invoice, partner_name="VISMA FINANCIAL SOLUTIONS OY")
    sides.let_all_run_again()
    expect_told(sides, move)
    sides.agree(move)
    case = sides.case(
        move, "collected_amount", "kept_amount", "payout_amount", "open_amount"
    )
    expect(
        case,
        collected_amount=owed,
        kept_amount=round(owed - invoice, 2),
        payout_amount=invoice,
        open_amount=0.0,
    )
    expect(sides.read(move, "amount_residual"), amount_residual=0.0)
    say(
        "  The invoice shows: collected {collected_amount:.2f}, kept by Amili "
        "{kept_amount:.2f}, paid out {payout_amount:.2f}, nothing open".format(**case)
    )


# What must be -------------------------------------------------------------------------


def expect(values, **wanted):
    """Compare fields of a record with what they should be."""
    for name, value in wanted.items():
        found = values[name]
        if isinstance(value, float):
            found = round(found, 2)
        if found != value:
            raise FellShort(f"{name} is {found} and not {value}")


def expect_told(sides, move, *wanted):
    """The company must have told Amili just this: no more, in this order."""
    told = [(event["type"], event.get("amount")) for event in sides.told(move)]
    if told != list(wanted):
        raise FellShort(f"{move['name']}: Amili was told {told}, not {list(wanted)}")
    words = ", ".join(
        " ".join(filter(None, (WORDS[kind], amount and f"{amount:.2f}")))
        for kind, amount in told
    )
    sides.tell(move, f"Amili was told, each once: {words or 'nothing'}")
