"""dev/demo: Odoo with the addon and its demo data, talking to the sandbox."""

import threading

from . import environment, stage
from .console import main, say
from .databases import Databases


def demo(_arguments):
    """Serve the demo until Ctrl-C."""
    with environment.prepare() as ready, stage.set_up(Databases(ready)) as running:
        say(f"\nOdoo:    {running.address}/odoo  (admin, password admin)")
        say(f"Sandbox: {running.sandbox}/  (the other side: Amili's desk)")
        say("Ctrl-C ends both and deletes the database.")
        threading.Event().wait()


if __name__ == "__main__":
    main(demo)
