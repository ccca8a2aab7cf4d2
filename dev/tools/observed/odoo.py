"""Odoo, with a record of its tests and warnings that a program can read.

Run as ``python -P odoo.py EVENTS COMMAND...`` with Odoo on the Python path. It
is Odoo's own command line; what it adds is the file EVENTS, one JSON object a
line:

- ``start``, ``success``, ``failure``, ``error``, ``skip``, ``stop`` with the
  ``test``, and the ``text`` of a traceback or reason;
- ``log`` for each record of level WARNING or above;
- ``end`` unless the program was killed.

A record made where the result is known is worth more than a guess from the
text of a log, whose lines a test can also write.
"""

import json
import logging
import sys
import threading

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
            emit(event=event, test=name_of(test), text=text)
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


def main():
    """Run Odoo's command line."""
    recorder = Recorder(logging.WARNING)
    recorder.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(recorder)

    from odoo.cli.command import main as odoo_main
    from odoo.tests.result import OdooTestResult

    observe(OdooTestResult)
    sys.argv[1:] = command
    try:
        odoo_main()
    finally:
        emit(event="end")


if __name__ == "__main__":
    main()
