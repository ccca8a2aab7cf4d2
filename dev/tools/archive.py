"""The zip that ``git archive`` makes of the addon, as it is in the working folder."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ADDON = "amili_perinta"


def make_zip(root):
    """Return the zip of what git tracks under ``root``, with what was edited."""
    with tempfile.TemporaryDirectory() as work:
        # Another index than the person's own, which stays as it is.
        index = Path(work) / "index"
        shutil.copy(
            _git(root, "rev-parse", "--path-format=absolute", "--git-path", "index")
            .decode()
            .strip(),
            index,
        )
        variables = {**os.environ, "GIT_INDEX_FILE": str(index)}
        _git(root, "add", "--update", ".", env=variables)
        tree = _git(root, "write-tree", env=variables).decode().strip()
    return _git(root, "archive", "--format=zip", f"--prefix={ADDON}/", tree)


def _git(root, *arguments, **options):
    return subprocess.run(
        ["git", "-C", root, *arguments],
        stdout=subprocess.PIPE,
        check=True,
        **options,
    ).stdout
