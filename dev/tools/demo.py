"""dev/demo: the main job done before your eyes, then Odoo for you to try it."""

import threading

from . import demo_day, environment, leaks, stage
from .console import main, say, step
from .databases import Databases
from .demo_setup import KEYS
from .demo_sides import FellShort


def demo(arguments):
    """Play the life of some cases and serve the demo until Ctrl-C.

    With ``--once`` it ends after the play; the status is 1 if a step fell short, or if
    a key or an identity code stands anywhere but in its own field after it.
    """
    if arguments not in ([], ["--once"]):
        say("usage: dev/demo [--once]")
        return 2
    with environment.prepare() as ready:
        return _demo(Databases(ready), is_once=bool(arguments))


def _demo(databases, is_once):
    log_begin = leaks.log_size(databases)
    with stage.set_up(databases) as running:
        try:
            demo_day.play(running)
        except FellShort as problem:
            say(f"\nFELL SHORT: {problem}")
            say(f"The logs are in {running.odoo.folder}")
            return 1
        with step("Searching everything for keys and identity codes"):
            found = leaks.look(databases, running.odoo, running.sandbox, log_begin)
        if found.report():
            return 1
        if is_once:
            return 0
        say(
            f"""
Now you. Both sides answer on this machine alone:

  Odoo     {running.address}/odoo     clerk: kirsi, password kirsi
                                      manager: matti, password matti
                                      administrator: admin, password admin
  Maventa and Amili
           {running.sandbox}/         their desk

1. As the clerk open Invoicing > Customers > Invoices and choose the filter "Ready for
   Amili". Tick a few, press "Send to Amili Perintä", look, confirm.
2. At the desk accept a case, send a reminder, ask a question.
3. Back on the invoice open the tab "Amili Perintä" and the messages. Odoo asks by
   itself now and then; "Update from Amili" on the assignment does it at once.
4. The invoice of Rakennusliike Räystäs Oy is still at Amili: enter a payment or a
   credit note, or write to Amili from its assignment, and see it arrive at the desk.
5. Make and confirm an invoice for Esimerkki Oy with VAT, press "Send" and tick "by
   Maventa". At the desk deliver it, or let it fail: Odoo knows within a moment.
6. As the manager open Amili Perintä > Cases Made Elsewhere: one can be adopted, and one
   is of an invoice that Odoo does not have.
7. As the administrator, company Mallikauppa Oy, open Settings > Invoicing > Amili
   Perintä: the service.
   To activate it once more, let Maventa forget it and press "Test Connection":
   curl -H "Content-Type: application/json" {running.sandbox}/control/companies \\
     -d '{{"client_id": "{KEYS["amili_client_id"]}", "service_status": null}}'
   Whoever signs finds the link in Odoo, and at the desk.

Ctrl-C ends both and deletes the database."""
        )
        threading.Event().wait()


if __name__ == "__main__":
    main(demo)
