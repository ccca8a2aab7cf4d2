"""The day of ``dev/demo``, and its main scenes: a clerk hands over, Amili takes it.

Everything goes through Odoo's own RPC as a clerk and through the sandbox's control
API; the transcript prints what either side says.
"""

import re
import textwrap
import uuid

from . import demo_adoption, demo_life, demo_money, demo_setup, demo_upload
from .console import say, step
from .demo_sides import FellShort, Sides
from .rpc import RpcError

IDENTITY_CODE = re.compile(r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]\b")


def play(stage):
    """Play it from the company's first key to the ends of cases; print a transcript.

    :param stage: from :func:`stage.set_up`
    :raise FellShort: when a step does not come out as it should
    """
    try:
        sides = Sides(stage)
        demo_setup.play(sides)
        demo_upload.play(sides)
        _play(sides)
        demo_life.play(sides)
        demo_money.play(sides)
        demo_adoption.play(sides)
    except (RpcError, OSError, LookupError) as problem:
        raise FellShort(f"{type(problem).__name__}: {problem}") from problem
    say("\nAll went as it should.")


def _play(sides):
    with step("Telling the sandbox of the other invoices"):
        seed(sides)
    overdue = sides.invoice("Esimerkki Oy")
    rent = sides.invoice("Teppo Testaaja")
    faulty = sides.invoice("Pohjolan Putki Oy")

    sides.headline("The clerk opens the wizard on overdue invoices")
    confirm(sides, overdue)
    confirm(sides, rent, with_co_debtors=True)
    refused(sides, faulty)

    sides.headline("Odoo's scheduled actions send what is on the queue")
    for move in (overdue, rent):
        sides.wait_for(move, "pending")
        compare_with_sandbox(sides, move)

    sides.headline("Amili accepts both cases")
    for move in (overdue, rent):
        sides.amili(move, "accept")
        sides.wait_for(move, "active")

    sides.headline("Amili reminds, and is paid a part")
    sides.amili(overdue, "remind")
    sides.amili(overdue, "pay", amount=400.0)
    show_events(sides, overdue, 2)
    sides.agree(overdue)

    sides.headline("Amili asks the clerk something about the rent")
    sides.amili(rent, "ask", text="Onko vuokrasopimus päättynyt?")
    show_events(sides, rent, 1)
    sides.show_task(rent, "answer a question")

    sides.headline("The rest is paid and the first case closes")
    sides.amili(overdue, "close", result="paid")
    sides.wait_for(overdue, "closed")
    sides.agree(overdue)

    sides.headline("What the messages on the invoices say so far")
    for move in (overdue, rent):
        sides.show_chatter(move)


# The clerk ----------------------------------------------------------------------------


def confirm(sides, move, with_co_debtors=False):
    """Hand one invoice over, and show what is sent."""
    action = sides.clerk.call("account.move", "action_amili_transfer", [move["id"]])
    wizard = [action["res_id"]]
    if with_co_debtors:
        sides.clerk.call(
            "amili.transfer.wizard", "action_use_standing_co_debtors", wizard
        )
    [shown] = sides.clerk.call(
        "amili.transfer.wizard", "read", wizard, ["alerts", "payload_text"]
    )
    say(f"\n{move['name']}, {move['partner_id'][1]}: what will be sent")
    say(textwrap.indent(shown["payload_text"], "    "))
    if IDENTITY_CODE.search(shown["payload_text"]):
        raise FellShort("the preview shows an identity code")
    for alert in (shown["alerts"] or {}).values():
        say(f"  {alert['level']}: {alert['message']}")
    answer = sides.clerk.call("amili.transfer.wizard", "action_transfer", wizard)
    say(f"  Odoo: {answer['params']['message']}")
    sides.tell(move, sides.state(move))


def refused(sides, move):
    """Try to hand over what lacks something."""
    action = sides.clerk.call("account.move", "action_amili_transfer", [move["id"]])
    try:
        sides.clerk.call("amili.transfer.wizard", "action_transfer", [action["res_id"]])
    except RpcError as problem:
        say(f"\n{move['name']}, {move['partner_id'][1]}: stopped")
        say(textwrap.indent(str(problem), "    "))
        return
    raise FellShort("an invoice without a street was not stopped")


def show_events(sides, move, count):
    """Wait until Odoo has so many events of a case, and show them."""
    sides.wait(move, lambda: len(sides.events(move)) >= count, f"show {count} events")
    for event in sides.events(move):
        amount = f"{event['amount']:.2f} EUR" if event["amount"] else ""
        sides.tell(
            move, event["remote_type"], event["date"], amount, event["text"] or ""
        )


# Maventa ------------------------------------------------------------------------------


def seed(sides):
    """Let Maventa know the invoices that it has by other ways, one without our ID."""
    to_look_up = sides.invoice("Maija Malli", 1)
    for move in sides.invoices():
        if move["maventa_invoice_id"]:
            sides.add_to_maventa(move, move["maventa_invoice_id"])
    sides.add_to_maventa(to_look_up, str(uuid.uuid4()))


def compare_with_sandbox(sides, move):
    """Both sides must agree to the cent on what was handed over."""
    case = sides.at_amili(move)
    amount = case["request"]["amounts"]["capital_amount"]
    if amount != move["amount_total"]:
        raise FellShort(f"Maventa got {amount} for {move['name']}")
    names = ", ".join(payer["name"] for payer in case["request"]["payers"])
    say(f"  Maventa has it: {amount:.2f} EUR from {names}")
