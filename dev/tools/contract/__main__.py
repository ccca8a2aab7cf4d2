"""dev/contract: see there."""

import os

from .. import paths, venv
from ..console import main


def contract(arguments):
    """Go on in the virtual environment: only that has what the command needs."""
    python = venv.python()
    folders = (paths.REPOSITORY, paths.REPOSITORY / "dev")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, folders))
    os.execv(python, [python, "-P", "-m", "tools.contract.command", *arguments])


if __name__ == "__main__":
    main(contract)
