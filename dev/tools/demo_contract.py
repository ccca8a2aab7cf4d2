"""The scene of ``dev/demo`` in which an administrator checks the API contract."""

from .console import say
from .demo_sides import FellShort

SHOWN = 6


def play(sides):
    """Compare what Odoo sends and reads with the sandbox's own description."""
    sides.headline("The administrator checks the API contract with the sandbox's own")
    check = [sides.administrate("amili.contract.check", "create", {"source": "host"})]
    sides.administrate("amili.contract.check", "action_check", check)
    [shown] = sides.administrate(
        "amili.contract.check", "read", check, ["told", "summary", "count_breaks"]
    )
    say("\n".join(f"  {line}" for line in shown["told"].splitlines()))
    say(f"  {shown['summary']}")
    lines = sides.administrate(
        "amili.contract.check.line",
        "search_read",
        [["check_id", "=", check[0]]],
        ["severity", "operation", "place", "field", "ours"],
    )
    for line in lines[:SHOWN]:
        words = (line[name] for name in ("operation", "place", "field", "ours"))
        say(f"    {line['severity']}: " + "  ".join(filter(None, words)))
    say(f"    … and {len(lines) - SHOWN} more lines")
    if shown["count_breaks"]:
        raise FellShort("the sandbox would not understand all that Odoo sends")
