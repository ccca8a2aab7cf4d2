"""The virtual environment in which Odoo, the sandbox and the checks run."""

import shutil
import sys

from . import paths
from .console import step
from .shell import run

REQUIREMENTS = paths.REPOSITORY / "dev" / "requirements.txt"


def python():
    """Return the environment's Python, built first when it is missing.

    A change of the requirements or of Python itself makes a new environment.
    """
    name = f"venv-{paths.key(REQUIREMENTS.read_text(), sys.version, sys.executable)}"
    folder = paths.cache() / name
    executable = folder / "bin" / "python"
    # An environment cannot be moved, so the mark of a whole one comes last.
    complete = folder / "complete"
    with paths.locked(name):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            with step("Installing Python packages (about 300 MB)"):
                run([sys.executable, "-m", "venv", folder])
                run(
                    [executable, "-m", "pip", "install", "--quiet"]
                    + ["--disable-pip-version-check", "--requirement", REQUIREMENTS],
                    hint="The packages of dev/requirements.txt come from the Python "
                    "package index: is it in reach, or does PIP_INDEX_URL name "
                    "one that is?",
                )
            complete.touch()
    return executable
