"""axe-core, with which the browser tests look for what shuts people out of a screen."""

import base64
import hashlib
import shutil
import tarfile

from . import paths
from .console import SetupError, say, step
from .shell import run

VARIABLE = "AMILI_AXE"
PACKAGE = "axe-core@4.14.1"
SCRIPT = "axe.min.js"
SHA512 = (
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37Og"
    "udVGtQ=="
)


def variables():
    """Return what tells the tests where axe-core is, fetched when it is missing.

    Empty where it cannot be had; the tests that need it are skipped then.
    """
    try:
        return {VARIABLE: str(_fetch() / SCRIPT)}
    except SetupError as error:
        say(f"   note: without {PACKAGE} nobody checks the accessibility: {error}")
        return {}


def _fetch():
    target = paths.cache() / PACKAGE
    with paths.locked(PACKAGE):
        if target.is_dir():
            return target
        if not shutil.which("npm"):
            raise SetupError("there is no npm")
        with (
            step(f"Fetching {PACKAGE} from npm"),
            paths.built_whole(target) as work,
        ):
            command = ["npm", "pack", "--silent", PACKAGE, "--pack-destination", work]
            run(command, cwd=work, hint="It comes from npm: is its registry in reach?")
            (packed,) = work.glob("*.tgz")
            digest = hashlib.sha512(packed.read_bytes()).digest()
            if base64.b64encode(digest).decode() != SHA512:
                raise SetupError(f"{packed.name} is not what was tried")
            with tarfile.open(packed) as archive:
                script = archive.extractfile(f"package/{SCRIPT}").read()
            (work / SCRIPT).write_bytes(script)
            packed.unlink()
    return target
