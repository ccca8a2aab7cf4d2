"""dev/export_texts: bring i18n/ in step with the code, by Odoo's own exporter."""

from pathlib import Path

from . import environment, paths
from .console import SetupError, main, say, step
from .databases import NO_HTTP, Databases
from .shell import run

MERGE = Path(__file__).with_name("merge_texts.py")
FOLDER = paths.REPOSITORY / "i18n"


def export(_arguments):
    """Export the texts, merge them into each language, and say what is missing."""
    with environment.prepare() as ready, Databases(ready).temporary("texts") as odoo:
        odoo.configure()
        exported = odoo.folder / f"{paths.ADDON}.pot"
        for text, name, arguments in (
            ("Installing the addon", "install", ["server", "-i", paths.ADDON]),
            ("Exporting", "export", ["i18n", "export", paths.ADDON, "-o", exported]),
        ):
            with step(text):
                options = NO_HTTP if name == "install" else []
                command = odoo.run(name, *arguments, *options)
            if command.process.returncode or (
                name == "export" and not exported.exists()
            ):
                raise SetupError(f"it failed; the log is {command.log}")
        say(run([ready.python, "-P", MERGE, exported, FOLDER]).strip())
    return 0


if __name__ == "__main__":
    main(export)
