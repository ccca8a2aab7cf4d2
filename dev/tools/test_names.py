"""From the names on the command line of dev/test to what the runners take."""

import ast
from dataclasses import dataclass, field

from . import paths
from .console import SetupError

ADDON_TESTS = paths.REPOSITORY / "tests"
SANDBOX_TESTS = paths.REPOSITORY / "sandbox" / "tests"


@dataclass
class Selection:
    """What to run: Odoo's test tags, and names for unittest."""

    odoo_tags: list = field(default_factory=list)
    sandbox_names: list = field(default_factory=list)


def everything():
    """Select all the tests that there are."""
    return Selection([f"/{paths.ADDON}"], _files(SANDBOX_TESTS, "sandbox.tests."))


def select(names):
    """Select the tests that ``names`` mean, each name in every place it fits.

    :raise SetupError: where a name fits nothing
    """
    selection = Selection()
    for name in names:
        tags = [tag for word, tag in _addon_words() if word == name]
        if not tags and name[0] in "/:.+-*":  # a tag as Odoo's own runner takes it
            tags = [name]
        unittest_names = [full for word, full in _sandbox_words() if word == name]
        if not tags and not unittest_names:
            raise SetupError(
                f"no test is called {name}. Give the name of a file (test_wizard), "
                "a class, a method, Class.method, or a test tag of Odoo "
                f"(/{paths.ADDON}:Class.method)."
            )
        selection.odoo_tags += tags
        selection.sandbox_names += unittest_names
    return selection


def forgotten_files():
    """Return the test files that tests/__init__.py does not import.

    Odoo would never run these, nor say so.
    """
    imported = set()
    start = ADDON_TESTS / "__init__.py"
    if start.is_file():
        for node in ast.walk(ast.parse(start.read_text())):
            if isinstance(node, ast.ImportFrom | ast.Import):
                imported.update(alias.name for alias in node.names)
    return [name for name in _files(ADDON_TESTS, "") if name not in imported]


def _files(folder, prefix):
    return [prefix + path.stem for path in sorted(folder.glob("test_*.py"))]


def _addon_words():
    """Yield each name that a person may use, with the tag that it stands for."""
    for file, class_name, method in _definitions(ADDON_TESTS):
        if class_name is None:
            yield file, f"/{paths.ADDON}/tests/{file}.py"
        elif method is None:
            yield class_name, f"/{paths.ADDON}:{class_name}"
        else:
            yield method, f"/{paths.ADDON}:{class_name}.{method}"
            yield f"{class_name}.{method}", f"/{paths.ADDON}:{class_name}.{method}"


def _sandbox_words():
    """Yield each name that a person may use, with unittest's name for it."""
    for file, class_name, method in _definitions(SANDBOX_TESTS):
        parts = [part for part in (file, class_name, method) if part]
        full = ".".join(["sandbox.tests", *parts])
        yield parts[-1], full
        if method:
            yield f"{class_name}.{method}", full


def _definitions(folder):
    """Yield (file, None, None), (file, class, None) and (file, class, method)."""
    for path in sorted(folder.glob("test_*.py")):
        yield path.stem, None, None
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            yield path.stem, node.name, None
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name.startswith("test"):
                    yield path.stem, node.name, item.name
