"""From the names on the command line of dev/test to what the runners take."""

import re
from dataclasses import dataclass, field

from . import paths
from .console import SetupError

ADDON_TESTS = paths.REPOSITORY / "tests"
# Those that need no Odoo.
UNITTESTS = [paths.REPOSITORY / folder / "tests" for folder in ("sandbox", "dev")]


@dataclass
class Selection:
    """What to run: Odoo's test tags, and options of ``unittest discover`` by folder."""

    odoo_tags: list = field(default_factory=list)
    unittests: dict = field(default_factory=dict)


def everything():
    """Select all the tests that there are."""
    return Selection([f"/{paths.ADDON}"], {folder: [] for folder in UNITTESTS})


def select(names):
    """Select the tests that ``names`` mean, each name in every place it fits.

    :raise SetupError: where a name fits nothing
    """
    selection = Selection()
    for name in names:
        if name[0] in "/:.+-*":  # a tag as Odoo's own runner takes it
            selection.odoo_tags.append(name)
            continue
        in_addon = _fits(ADDON_TESTS, name)
        folders = [folder for folder in UNITTESTS if _fits(folder, name)]
        if not in_addon and not folders:
            raise SetupError(
                f"no test is called {name}. Give the name of a file (test_wizard), "
                "a class, a method, Class.method, or a test tag of Odoo "
                f"(/{paths.ADDON}:Class.method)."
            )
        if in_addon:
            selection.odoo_tags.append(_tag(name))
        for folder in folders:
            options = selection.unittests.setdefault(folder, [])
            options += ["-k", f"*.{name}", "-k", f"*.{name}.*"]
    return selection


def forgotten_files():
    """Return the test files that no ``__init__.py`` of their folder imports.

    Odoo would never run these, nor say so.
    """
    forgotten = []
    for init in ADDON_TESTS.rglob("__init__.py"):
        imported = re.findall(r"import (\w+)|^from \.(\w+)", init.read_text(), re.M)
        names = {path.stem for path in init.parent.glob("test_*.py")}
        names |= {folder.parent.name for folder in init.parent.glob("*/__init__.py")}
        forgotten += names - {name for pair in imported for name in pair}
    return sorted(forgotten)


def _files(folder):
    return {path.stem: path for path in folder.rglob("test_*.py")}


def _fits(folder, name):
    """Whether a file, a class, a method or Class.method of a folder is called so."""
    files = _files(folder)
    return name in files or any(
        all(re.search(rf"\b(class|def) {part}\b", text) for part in name.split("."))
        for text in (path.read_text() for path in files.values())
    )


def _tag(name):
    if file := _files(ADDON_TESTS).get(name):
        return f"/{paths.ADDON}/{file.relative_to(paths.REPOSITORY)}"
    return f"/{paths.ADDON}{':' if name.startswith('Test') else '.'}{name}"
