"""dev/demo: the main job done before your eyes, then Odoo for you to try it."""

import threading

from . import demo_day, environment, stage
from .console import main, say
from .databases import Databases
from .demo_sides import FellShort


def demo(arguments):
    """Play the life of some cases and serve the demo until Ctrl-C.

    With ``--once`` it ends after the play; the status is 1 if a step fell short.
    """
    if arguments not in ([], ["--once"]):
        say("usage: dev/demo [--once]")
        return 2
    with environment.prepare() as ready, stage.set_up(Databases(ready)) as running:
        try:
            demo_day.play(running)
        except FellShort as problem:
            say(f"\nFELL SHORT: {problem}")
            say(f"The logs are in {running.odoo.folder}")
            return 1
        if arguments:
            return 0
        say(
            f"""
Now you. Both sides answer on this machine alone:

  Odoo     {running.address}/odoo     clerk: kirsi, password kirsi
                                      administrator: admin, password admin
  Amili    {running.sandbox}/         the collector's desk

1. In Odoo open Invoicing > Customers > Invoices and choose the filter
   "Ready for Amili". Tick a few, press "Send to Amili Perintä", look, confirm.
2. At Amili's desk accept a case, send a reminder, ask a question.
3. Back on the invoice open the tab "Amili Perintä" and the messages. Odoo asks by
   itself now and then; "Ask Maventa Now" on the assignment does it at once.
4. The invoice of Rakennusliike Räystäs Oy is still at Amili: enter a payment or a
   credit note, or write to Amili from its assignment, and see it arrive at the desk.

Ctrl-C ends both and deletes the database."""
        )
        threading.Event().wait()


if __name__ == "__main__":
    main(demo)
