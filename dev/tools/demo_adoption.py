"""The scenes of ``dev/demo`` on cases that were made elsewhere.

The manager finds, compares and adopts one; from then on it lives like all others.
"""

import uuid

from .console import say
from .demo_books import payment
from .demo_life import expect, expect_told
from .demo_sides import FellShort
from .rpc import RpcError

COLLECTED, PAST_AMILI = 200.0, 300.0
RECOGNISED = {
    "id": "by its Maventa ID",
    "facts": "by number, date, amount and Business ID",
}


def play(sides):
    """Adopt a case that was made at Maventa, and leave two others to be tried."""
    move = sides.invoice("Ålands Exempel Ab")
    left = sides.invoice("Muster GmbH")

    sides.headline("Cases were made without Odoo, by Maventa's older hand-over")
    make_elsewhere(sides, move, left)

    sides.headline("The manager looks for them")
    found = look(sides, move)

    sides.headline("The manager compares both sides, and adopts it")
    adopt(sides, found)
    move = sides.invoice("Ålands Exempel Ab")
    sides.wait(move, lambda: len(sides.events(move)) >= 2, "have its past")
    expect(sides.case(move, "state", "is_adopted"), state="active", is_adopted=True)
    sides.agree(move)
    expect_told(sides, move)

    sides.headline("A payment of an adopted case is told as for any other")
    payment(sides, move, PAST_AMILI)
    sides.agree(move)
    expect_told(sides, move, ("paid", PAST_AMILI))
    sides.show_chatter(move)


def make_elsewhere(sides, move, left):
    """Let Amili have cases that Odoo knows nothing of."""
    invoice_id = str(uuid.uuid4())
    sides.add_to_maventa(move, invoice_id)
    events = [{"action": "remind"}, {"action": "pay", "amount": COLLECTED}]
    sides.control("cases", invoice_ids=[invoice_id], by_v2=False, events=events)
    sides.tell(move, f"at Amili: reminded, {COLLECTED:.2f} EUR paid; no ID in Odoo")
    # For who tries it after the play: one that is ready, and one that nobody knows.
    sides.control(
        "cases",
        invoice_ids=[left["maventa_invoice_id"]],
        by_v2=False,
        events=[{"action": "remind"}, {"action": "demand"}],
    )
    sides.control("cases", count=1, by_v2=False)


def look(sides, move):
    """Press "Look for Cases"; return the one of an invoice, as a list of its id."""
    try:
        sides.clerk.call("amili.found.case", "action_look", [])
    except RpcError as problem:
        say(f"  The clerk may not: {problem}")
    else:
        raise FellShort("a clerk can look for cases made elsewhere")
    sides.manager.call("amili.found.case", "action_look", [])

    def status():
        return sides.manager.call("amili.found.case", "search_status")

    sides.wait_untouched(
        lambda: status()["level"] != "info", "the cases were not found"
    )
    say(f"  Odoo: {status()['text']}")
    domain = sides.manager.call("amili.found.case", "action_open")["domain"]
    cases = sides.manager.call(
        "amili.found.case",
        "search_read",
        domain,
        ["display_name", "state", "match", "move_id", "problem"],
    )
    for case in cases:
        known = RECOGNISED.get(case["match"])
        say(f"    {case['display_name']}: " + (known or case["problem"]))
    if sorted(case["state"] for case in cases) != ["not_found", "ready", "ready"]:
        raise FellShort("other cases were found than were made")
    [mine] = [c for c in cases if c["move_id"] and c["move_id"][0] == move["id"]]
    if mine["match"] != "facts":
        raise FellShort(f"{move['name']} was recognised by {mine['match']}")
    return [mine["id"]]


def adopt(sides, found):
    """Confirm the window that adopts a case, and see that it goes once only."""
    [case] = sides.manager.call(
        "amili.found.case",
        "read",
        found,
        ["number", "capital_amount", "paid_amount", "open_amount", "move_open"],
    )
    say(
        "  {number}: at Amili principal {capital_amount:.2f}, paid {paid_amount:.2f}, "
        "open {open_amount:.2f}; in Odoo open {move_open:.2f}".format(**case)
    )
    action = sides.manager.call("amili.found.case", "action_confirm", found)
    wizard = [action["res_id"]]
    [shown] = sides.manager.call(action["res_model"], "read", wizard, ["summary"])
    say(f"  {shown['summary']}")
    answer = sides.manager.call(action["res_model"], "action_adopt", wizard)
    say(f"  Odoo: {answer['params']['message']}")
    try:
        sides.manager.call("amili.found.case", "action_adopt", found)
    except RpcError as problem:
        say(f"  A second time: {problem}")
    else:
        raise FellShort("a case can be adopted twice")
