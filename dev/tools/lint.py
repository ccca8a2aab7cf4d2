"""dev/lint: check the code without running it."""

import subprocess
from pathlib import Path

from . import odoo, paths, venv
from .console import main, say

SYNTAX = Path(__file__).with_name("syntax.py")


def lint(_arguments):
    """Run every check, and return 1 if any found something."""
    python = venv.python()
    root = paths.REPOSITORY
    checks = {
        "ruff check": (["-m", "ruff", "check", "--no-cache", "--quiet", "."], root),
        "ruff format": (
            ["-m", "ruff", "format", "--no-cache", "--quiet", "--diff", "."],
            root,
        ),
        # pylint-odoo takes the addon's technical name from its folder.
        "pylint-odoo": (
            ["-m", "pylint", f"--rcfile={root / '.pylintrc'}", paths.ADDON],
            odoo.addons_folder(),
        ),
        "syntax of XML, YAML, PO and the documents": (["-P", SYNTAX, "."], root),
    }
    status = 0
    for name, (command, folder) in checks.items():
        done = subprocess.run([python, *command], cwd=folder)
        say(f"{name}: {'problems, see above' if done.returncode else 'fine'}")
        status |= bool(done.returncode)
    return status


if __name__ == "__main__":
    main(lint)
