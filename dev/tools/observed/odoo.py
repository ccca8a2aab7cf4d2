"""Odoo, with a record of its tests and warnings that a program can read.

Run as ``python -P odoo.py EVENTS COMMAND...`` with Odoo on the Python path. It
is Odoo's own command line; what it adds is the file EVENTS, one JSON object a
line:

- ``start``, ``success``, ``failure``, ``error``, ``skip``, ``stop`` with the
  ``test``, and the ``text`` of a traceback or reason;
- ``log`` for each record of level WARNING or above;
- ``class`` with the ``seconds`` that its tests took, set-up included;
- ``end`` unless the program was killed.

Of other addons it runs no tests. Where the environment's SHARED_TESTS names a
folder, each class of tests is run by one of the processes that got the same
folder, those first that took longest the last time.

A record made where the result is known is worth more than a guess from the
text of a log, whose lines a test can also write.
"""

import json
import logging
import os
import sys
import threading
from pathlib import Path

ADDON = "amili_perinta"

events_file, *command = sys.argv[1:]
events = open(events_file, "a", buffering=1)  # noqa: SIM115 open until the end
lock = threading.Lock()
# Odoo logs each failure of a test as an error, which is recorded as the failure.
reporting = threading.local()
# Likewise what Odoo says in the end, when any test failed.
SUMMARIES = {
    "Module %s: %d failures, %d errors of %d tests",
    "At least one test failed when loading the modules.",
    "%s when loading database %r",
}


def emit(**event):
    """Write one event."""
    with lock:
        events.write(json.dumps(event) + "\n")


class Recorder(logging.Handler):
    """Writes down each warning."""

    def emit(self, record):
        """Write down ``record``, unless it only repeats a test's failure."""
        if getattr(reporting, "failure", False) or record.msg in SUMMARIES:
            return
        emit(
            event="log",
            level=record.levelname,
            logger=record.name,
            text=self.format(record),
        )


def name_of(test):
    """Return ``file.Class.method``, or the words for a class's set-up."""
    if type(test).__name__ == "_SubTest":
        test = test.test_case
    if not hasattr(test, "_testMethodName"):
        return str(test)
    file = type(test).__module__.rpartition(".")[2]
    return f"{file}.{type(test).__qualname__}.{test._testMethodName}"


def observe(result_class):
    """Make Odoo's class of test results write events."""

    def wrap(method_name, event):
        original = getattr(result_class, method_name)

        def wrapped(self, test, *details):
            text = str(details[0]) if event == "skip" else ""
            if event in ("failure", "error"):
                text = self._exc_info_to_string(details[0], test)
            emit(event=event, test=name_of(test), text=text, seconds=clock())
            reporting.failure = event in ("failure", "error")
            try:
                return original(self, test, *details)
            finally:
                reporting.failure = False

        setattr(result_class, method_name, wrapped)

    wrap("startTest", "start")
    wrap("addSuccess", "success")
    wrap("addFailure", "failure")
    wrap("addError", "error")
    wrap("addSkip", "skip")
    wrap("stopTest", "stop")


def clock():
    """Return seconds of a clock that no test stops and no other program slows down."""
    return sum(os.times()[:2])


def class_of(test):
    """Return ``file.Class``."""
    return name_of(test).rpartition(".")[0]


def shared(tests, folder):
    """Yield those of ``tests`` that fall to this process."""
    durations = json.loads((folder / "durations.json").read_text())
    classes = {}
    for test in tests:
        classes.setdefault(class_of(test), []).append(test)

    # Of a new class only the number of its tests is known.
    def rank(name):
        first = classes[name][0]
        guess = durations.get(name, 5 + len(classes[name]))
        return getattr(first, "test_sequence", 0), -guess

    for name in sorted(classes, key=rank):
        try:
            (folder / name).touch(exist_ok=False)
        except FileExistsError:
            continue
        start = clock()
        yield from classes[name]
        emit(event="class", test=name, seconds=round(clock() - start, 1))


def run_own_share(loader, suite_class):
    """Make Odoo run only this addon's tests, and of them only its share."""
    original_modules, original_run = loader.get_test_modules, suite_class.run

    def get_test_modules(module):
        return original_modules(module) if module == ADDON else []

    def run(self, result, debug=False):
        self._tests = shared(self._tests, Path(os.environ["SHARED_TESTS"]))
        return original_run(self, result, debug)

    loader.get_test_modules = get_test_modules
    suite_class.run = run


def main():
    """Run Odoo's command line."""
    recorder = Recorder(logging.WARNING)
    recorder.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(recorder)

    from odoo.cli.command import main as odoo_main
    from odoo.tests import loader
    from odoo.tests.result import OdooTestResult
    from odoo.tests.suite import OdooSuite

    observe(OdooTestResult)
    if os.environ.get("SHARED_TESTS"):
        run_own_share(loader, OdooSuite)
    sys.argv[1:] = command
    try:
        odoo_main()
    finally:
        emit(event="end")


if __name__ == "__main__":
    main()
