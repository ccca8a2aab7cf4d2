"""The events that the programs of the folder observed/ write down."""

import json
import re


def read(file):
    """Yield the events of ``file``; a killed program may leave half of the last."""
    if not file.exists():
        return
    for line in file.read_text().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def warnings(file):
    """Return the warnings and errors that Odoo logged, as readable texts."""
    return [warning(event) for event in read(file) if event["event"] == "log"]


def warning(event):
    """Return the text of one event of the log.

    Of a Python warning with its long stack, the place and the last calls do.
    """
    lines = event["text"].splitlines()
    if event["logger"] == "py.warnings" and len(lines) > 8:
        lines[1:-6] = ["  ..."]
    return f"{event['level']} {event['logger']}: " + "\n".join(lines)


def normalised(text):
    """Return what two warnings have in common that say the same thing.

    Numbers are ids, lines, times or the names of databases.
    """
    return re.sub(
        r"\d+", "#", re.sub(r"amili_[a-z0-9]+_[0-9a-f]{10}\w*", "DATABASE", text)
    )
