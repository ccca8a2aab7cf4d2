"""Where things are: the repository, and the cache folder outside it."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

ADDON = "amili_perinta"
# Folders and files that have no part in an installation.
NOT_INSTALLED = {
    "tests",
    "dev",
    "sandbox",
    ".git",
    ".ci",
    "docs",
    ".gitattributes",
    "requirements.txt",
    "__pycache__",
    "README.rst",
    "CHANGELOG.rst",
}
REPOSITORY = Path(__file__).resolve().parents[2]


def cache():
    """Return the cache folder, made when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("AMILI_CACHE") or Path(base) / ADDON).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def key(*values):
    """Return a short name for ``values`` that is fit for a folder or a database."""
    return hashlib.sha256("\0".join(map(str, values)).encode()).hexdigest()[:10]


def clone_key():
    """Tell this clone of the repository from any other that shares the cache."""
    return key(REPOSITORY)


def addon_key():
    """Return a name for the state of all that Odoo installs of the addon."""
    files = {
        path.relative_to(REPOSITORY): path
        for path in sorted(REPOSITORY.rglob("*"))
        if path.is_file()
    }
    return key(
        *(
            f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
            for name, path in files.items()
            if NOT_INSTALLED.isdisjoint(name.parts)
        )
    )


@contextlib.contextmanager
def locked(name):
    """Keep other runs, of this clone or of another, out of a step.

    The kernel drops the lock of a killed process, so none is ever left over.
    """
    with open(cache() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def built_whole(target):
    """Yield an empty folder that becomes ``target`` only when all went well."""
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield work
        work.chmod(0o755)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
