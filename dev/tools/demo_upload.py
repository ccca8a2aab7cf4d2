"""The scenes of ``dev/demo`` in which an invoice comes to Maventa.

The clerk sends it there, Maventa reads the file and delivers it, and Odoo asks how that
went.
"""

import textwrap

from .console import say
from .demo_sides import COMPANY, FellShort

MISSING = "Maventa ID is missing"


def play(sides):
    """Send the first invoice to Maventa, and let it be delivered."""
    move = sides.invoice("Esimerkki Oy")

    sides.headline("An invoice that Maventa does not know is stopped")
    stopped(sides, move)

    sides.headline("The clerk sends it to Maventa")
    send(sides, move)
    move = sides.invoice("Esimerkki Oy")
    compare_file(sides, move)

    sides.headline("Maventa delivers it, and Odoo notices")
    deliver(sides, move)


def stopped(sides, move):
    """Look at the invoice in the window that hands over."""
    action = sides.clerk.call("account.move", "action_amili_transfer", [move["id"]])
    [shown] = sides.clerk.call(
        "amili.transfer.wizard", "read", [action["res_id"]], ["alerts"]
    )
    alerts = [alert["message"] for alert in (shown["alerts"] or {}).values()]
    if not any(MISSING in message for message in alerts):
        raise FellShort(f"{move['name']} is not stopped: {alerts}")
    say(f"\n{move['name']}, {move['partner_id'][1]}: stopped")
    for message in alerts:
        say(textwrap.indent(message, "    "))


def send(sides, move):
    """Confirm the window that sends the invoice to Maventa, and wait for it there."""
    action = sides.clerk.call("account.move", "action_amili_upload", [move["id"]])
    wizard = [action["res_id"]]
    model = action["res_model"]
    sides.clerk.call(model, "write", wizard, {"delivery": "deliver"})
    [shown] = sides.clerk.call(model, "read", wizard, ["alerts", "summary"])
    for alert in (shown["alerts"] or {}).values():
        say(f"  {alert['level']}: {alert['message']}")
    say(f"  {shown['summary']}")
    answer = sides.clerk.call(model, "action_upload", wizard)
    say(f"  Odoo: {answer['params']['message']}")
    sides.wait_untouched(
        lambda: sides.read(move, "amili_upload_state")["amili_upload_state"] == "sent",
        f"{move['name']} did not come to Maventa",
    )
    sides.tell(move, sides.read(move, "amili_upload_text")["amili_upload_text"])


def compare_file(sides, move):
    """What Maventa read in the file must be what stands in Odoo."""
    upload = sides.control(f"invoices/{move['maventa_invoice_id']}")["upload"]
    document = upload["document"]
    found = {
        "number": document["number"],
        "date": document["date"],
        "due date": document["date_due"],
        "total": document["sum_tax"],
        "seller": document["sender"]["name"],
        "buyer": document["recipient"]["name"],
    }
    ours = {
        "number": move["name"],
        "date": move["invoice_date"],
        "due date": move["invoice_date_due"],
        "total": move["amount_total"],
        "seller": COMPANY,
        "buyer": move["partner_id"][1],
    }
    if found != ours:
        raise FellShort(f"Maventa read {found}, but Odoo has {ours}")
    if not document["has_pdf"]:
        raise FellShort(f"there is no PDF in {upload['filename']}")
    say(f"  Maventa read in {upload['filename']}, the same as in Odoo:")
    for name, value in found.items():
        say(f"    {name:<9} {value}")
    say(f"    PDF       inside, the file has {upload['size'] // 1000} kB")


def deliver(sides, move):
    """Let Maventa deliver the invoice; Odoo asks for that by itself."""
    sides.control(f"invoices/{move['maventa_invoice_id']}/deliver")
    sides.tell(move, "Maventa has delivered it")
    # Odoo asks after five minutes, which is too long for a play.
    sides.stage.databases.sql(
        "UPDATE account_move SET maventa_follow_at = now() AT TIME ZONE 'UTC' "
        f"WHERE id = {move['id']} AND maventa_follow_at IS NOT NULL",
        sides.stage.odoo.database,
    )
    sides.note("five minutes pass (on the clock of the database alone)")
    sides.administrate("ir.cron", "method_direct_trigger", [sides.cron("uploads")])
    sides.wait_untouched(
        lambda: (
            sides.read(move, "maventa_delivery_state")["maventa_delivery_state"]
            == "delivered"
        ),
        f"Odoo did not notice the delivery of {move['name']}",
    )
    sides.tell(move, sides.read(move, "amili_upload_text")["amili_upload_text"])
