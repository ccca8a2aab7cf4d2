"""Odoo 19.0 itself: the folder of ODOO_PATH, Debian's package unpacked, or Odoo's git.

Odoo is on no Python index. Debian's suite "sid" has all of Odoo 19.0 Community
as the package odoo-19. Its dependencies are sid's, so that it cannot be
installed on a stable release, but it can be unpacked there. Where Debian has it no
more, there is Odoo's own branch 19.0.
"""

import os
import platform
from pathlib import Path

from . import paths
from .console import SetupError, say, step
from .shell import run

PACKAGE = "odoo-19"
# Debian replaced files in Odoo by links into these packages.
LINKED_SID = [
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
]
# In sid, fonts-font-awesome has another layout than the one Odoo links to.
LINKED_STABLE = ["fonts-font-awesome", "fonts-inconsolata"]
# Not in Debian's package, and each page that asks for it logs an error.
MISSING_FILE = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
HINT = "The Debian archive is out of reach, or one of these packages is gone from it."
BRANCH = "19.0"
CHECKOUT = f"odoo-{BRANCH}-git"
GIT_VARIABLE = "AMILI_ODOO_GIT"
GIT_ADDRESS = "https://github.com/odoo/odoo.git"
GIT_HINT = (
    f"{GIT_VARIABLE} is the address of a git repository with Odoo's branch {BRANCH}. "
    f"Or set ODOO_PATH to a checkout of Odoo {BRANCH} to do without any download."
)


def locate():
    """Return the folder that holds the Python package ``odoo``."""
    given = os.environ.get("ODOO_PATH")
    if given:
        folder = Path(given).absolute()
        if not (folder / "odoo" / "release.py").is_file():
            raise SetupError(
                f"ODOO_PATH is {folder}, which has no odoo/release.py: "
                "set it to a checkout of Odoo 19.0."
            )
        return folder
    target, checkout = paths.cache() / PACKAGE, paths.cache() / CHECKOUT
    with paths.locked(PACKAGE):
        if not target.is_dir() and not checkout.is_dir():
            try:
                with step("Fetching Odoo 19.0 from the Debian archive (120 MB)"):
                    _fetch(target)
            except SetupError as error:
                say(f"   Debian does not give it: {error}")
                _clone(checkout)
    return checkout if checkout.is_dir() else target / "usr/lib/python3/dist-packages"


def version(folder):
    """Return a word that changes whenever the code of ``folder`` may have.

    That is the version of Debian's package, or for a checkout its path with
    the time of its last commit or update.
    """
    stamp = folder.parents[3] / "VERSION" if len(folder.parents) > 3 else folder
    if stamp.is_file():
        return stamp.read_text().strip()
    head = folder / ".git" / "logs" / "HEAD"
    changed = head if head.is_file() else folder / "odoo" / "release.py"
    return f"{folder} {changed.stat().st_mtime_ns}"


def _fetch(target):
    """Download, unpack and mend Odoo, through a private state of apt.

    The machine's own set-up of apt stays as it is. It only lends the address
    of its archive, so that a local mirror is respected.
    """
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    address = _archive(codename)
    with paths.built_whole(target) as work:
        apt = work / "apt"
        for folder in ("lists/partial", "cache/archives/partial", "debs"):
            (apt / folder).mkdir(parents=True)
        (apt / "sources.list").write_text(
            "".join(f"deb {address} {suite} main\n" for suite in ("sid", codename))
        )
        options = [
            f"-oDir::Etc::sourcelist={apt}/sources.list",
            "-oDir::Etc::sourceparts=-",
            f"-oDir::State::lists={apt}/lists",
            f"-oDir::Cache={apt}/cache",
            # The folder may be out of reach for apt's own download user.
            "-oAPT::Sandbox::User=root",
            # A local mirror may lag behind; the signature is checked all the same.
            "-oAcquire::Check-Valid-Until=false",
            "-oAcquire::Retries=3",
            "-oAcquire::Languages=none",
        ]
        run(["apt-get", *options, "update"], hint=HINT)
        wanted = [f"{name}/sid" for name in [PACKAGE, *LINKED_SID]]
        wanted += [f"{name}/{codename}" for name in LINKED_STABLE]
        run(["apt-get", *options, "download", *wanted], cwd=apt / "debs", hint=HINT)
        for package in sorted((apt / "debs").iterdir()):
            run(["dpkg", "-x", package, work])
        (odoo_package,) = (apt / "debs").glob(f"{PACKAGE}_*.deb")
        (work / "VERSION").write_text(odoo_package.name.split("_")[1])
        run(["rm", "-rf", apt])
        missing = work / "usr/lib/python3/dist-packages" / MISSING_FILE
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.touch()
        for link in run(["find", work, "-xtype", "l"]).splitlines():
            say(f"   note: Odoo's file {link.removeprefix(str(work))} is missing")


def _clone(checkout):
    """Take Odoo's own branch, without its history.

    :raise SetupError: where there is no such branch, or something else in it
    """
    address = os.environ.get(GIT_VARIABLE) or GIT_ADDRESS
    with (
        step(f"Fetching Odoo's branch {BRANCH} from {address} (300 MB)"),
        paths.built_whole(checkout) as work,
    ):
        run(
            ["git", "clone", "--quiet", "--depth", "1", "--branch", BRANCH]
            + [address, work],
            hint=GIT_HINT,
        )
        release = work / "odoo" / "release.py"
        numbers = ", ".join(BRANCH.split("."))
        if not release.is_file() or f"version_info = ({numbers}," not in (
            release.read_text()
        ):
            raise SetupError(f"{address} has no Odoo {BRANCH}. {GIT_HINT}")


def _archive(codename):
    """Return the address of the Debian archive that this machine uses."""
    targets = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(CODENAME)"],
        hint=HINT,
    )
    for line in targets.splitlines():
        address, *suites = line.split()
        if codename and codename in suites:
            return address
    raise SetupError(
        "this machine has no package lists of a Debian release. "
        f"Run apt-get update on Debian 12 or 13. {HINT}"
    )
