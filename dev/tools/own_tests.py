"""Odoo's own command line, but of all tests only this addon's, shared with others.

Run as ``python -P own_tests.py FOLDER COMMAND...`` with Odoo on the Python path. Each
class of tests is run by one of the processes that got the same FOLDER; those that took
longest the last time, by the folder's ``durations.json``, come first.
"""

import gc
import json
import logging
import os
import sys
from pathlib import Path

from odoo.cli.command import main
from odoo.tests import loader
from odoo.tests.suite import OdooSuite

ADDON = "amili_perinta"
FOLDER = Path(sys.argv.pop(1))

original_modules, original_run = loader.get_test_modules, OdooSuite.run


def get_test_modules(module):
    """Return the modules with tests of this addon, and none of another."""
    return original_modules(module) if module == ADDON else []


def run(self, result, debug=False):
    """Run those of a suite's tests that fall to this process."""
    # What is there by now stays: looking through it again and again takes long.
    gc.collect()
    gc.freeze()
    self._tests = mine(self._tests)
    return original_run(self, result, debug)


def mine(tests):
    """Yield the tests of each class that no other process has taken."""
    durations = json.loads((FOLDER / "durations.json").read_text())
    classes = {}
    for test in tests:
        file = type(test).__module__.rpartition(".")[2]
        classes.setdefault(f"{file}.{type(test).__name__}", []).append(test)

    def rank(name):
        # Of a new class only the number of its tests is known, and what it says itself.
        first = classes[name][0]
        expected = getattr(first, "expected_seconds", 5 + len(classes[name]))
        seconds = durations.get(name, expected)
        return getattr(first, "test_sequence", 0), -seconds

    for name in sorted(classes, key=rank):
        try:
            (FOLDER / name).touch(exist_ok=False)
        except FileExistsError:
            continue
        start = clock()
        yield from classes[name]
        logging.getLogger(__name__).info("%s took %.1f s", name, clock() - start)


def clock():
    """Return the seconds of a clock that no test stops."""
    return os.times().elapsed


loader.get_test_modules = get_test_modules
OdooSuite.run = run
main()
