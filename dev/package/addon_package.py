"""Build the addon's package for pip, ``odoo-addon-amili-perinta``: PEP 517 by whool.

whool packs all that git tracks, under the name of the folder. So it is given a folder
of the right name, with what ``git archive`` would take.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ADDON = "amili_perinta"
ROOT = Path(__file__).resolve().parents[2]
EXPORT_IGNORE = " export-ignore"
# Odoo itself is on no index of packages, so that pip must not be made to look for it.
PYPROJECT = """[build-system]
requires = ["whool"]
build-backend = "whool.buildapi"

[tool.whool]
external_dependencies_only = true
post_version_strategy_override = "none"
"""


def contents(root):
    """Return the files under ``root`` that belong to an installation, as paths in it.

    These are the files that git tracks, or without git all that are not hidden; less
    those to which ``.gitattributes`` gives ``export-ignore``.
    """
    lines = (root / ".gitattributes").read_text().splitlines()
    left_out = {
        Path(line.removesuffix(EXPORT_IGNORE).strip("/"))
        for line in lines
        if line.endswith(EXPORT_IGNORE)
    }
    return sorted(
        path
        for path in _tracked(root) or _visible(root)
        if (root / path).is_file() and left_out.isdisjoint([path, *path.parents])
    )


def _tracked(root):
    try:
        names = subprocess.check_output(
            ["git", "ls-files", "-z"], cwd=root, text=True, stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        return []
    return [Path(name) for name in names.split("\0") if name]


def _visible(root):
    paths = [path.relative_to(root) for path in root.rglob("*")]
    return [
        path
        for path in paths
        if not any(part.startswith((".", "__pycache__")) for part in path.parts)
    ]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Make the wheel, and return its name."""
    from whool import buildapi

    with _addon():
        return buildapi.build_wheel(wheel_directory)


def build_sdist(sdist_directory, config_settings=None):
    """Make the source package, which whool alone can build, and return its name."""
    from whool import buildapi

    with _addon():
        return buildapi.build_sdist(Path(sdist_directory))


@contextlib.contextmanager
def _addon():
    """Work in a folder that holds the addon alone."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / ADDON
        for path in contents(ROOT):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / path)
        (folder / "pyproject.toml").write_text(PYPROJECT)
        before = os.getcwd()
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
