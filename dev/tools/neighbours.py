"""Other addons that companies have beside this one: fetched, and in a database."""

import re
from dataclasses import replace

from . import paths
from .console import step
from .databases import Databases
from .shell import run

LIST = paths.REPOSITORY / "dev" / "neighbours.txt"
# What has to work beside them: the main flow, what people do in the browser, the
# rules of money, and what is about them.
TESTS = [
    "test_neighbours",
    "test_flow",
    "test_desk_tours",
    "test_upload_tours",
    "test_balance",
    "test_both_sides",
    "test_meaning",
    "test_payment_signs",
]


def databases(environment):
    """Return the :class:`Databases` in which the neighbours are installed too."""
    folder = _fetch(environment.python)
    addons = f"{environment.addons},{folder}"
    return Databases(replace(environment, addons=addons), beside=versions())


def versions():
    """Return the version of each addon of dev/neighbours.txt by its technical name."""
    pattern = r"^odoo-addon-(\w+)==(\S+)$"
    return dict(re.findall(pattern, LIST.read_text(), re.MULTILINE))


def _fetch(python):
    """Return the folder with the neighbours, filled when it is missing."""
    target = paths.cache() / f"neighbours_{paths.key(LIST.read_text())}"
    with paths.locked(target.name):
        if not target.is_dir():
            with step("Fetching the addons of dev/neighbours.txt"):
                with paths.built_whole(target) as work:
                    # Odoo itself, on which each of them depends, is on no index.
                    run(
                        [python, "-m", "pip", "install", "--quiet", "--no-deps"]
                        + ["--disable-pip-version-check", "--no-compile"]
                        + ["--target", work, "--requirement", LIST],
                        hint="They come from the Python package index: is it in "
                        "reach, or does PIP_INDEX_URL name one that is?",
                    )
    return target / "odoo" / "addons"
