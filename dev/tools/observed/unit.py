"""unittest, with the same record of its tests as Odoo's; see odoo.py here.

Run as ``python -P unit.py EVENTS NAME...`` in the folder from which NAMEs are
imported.
"""

import faulthandler
import json
import sys
import unittest

# A test that takes so long hangs: the program ends and shows where it was.
SECONDS_PER_TEST = 120


class Result(unittest.TextTestResult):
    """A result that also writes events."""

    events = None

    def emit(self, event, test, text=""):
        """Write one event."""
        if isinstance(test, unittest.TestCase):
            # Not test.id(): a test may have data of its own called "id".
            name = unittest.TestCase.id(test)
        else:  # a class's or a module's set-up
            name = test.id()
        name = name.removeprefix("sandbox.tests.")
        line = {"event": event, "test": f"sandbox.{name}", "text": text}
        self.events.write(json.dumps(line) + "\n")

    def startTest(self, test):
        super().startTest(test)
        faulthandler.dump_traceback_later(SECONDS_PER_TEST, exit=True)
        self.emit("start", test)

    def stopTest(self, test):
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()
        self.emit("stop", test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.emit("success", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.emit("failure", test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.emit("error", test, self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.emit("skip", test, reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.emit("failure", test, self._exc_info_to_string(err, test))

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.emit("failure", test, "It passed, though it is expected to fail.")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.emit("success", test)


def main():
    """Run the tests and exit with 1 if any failed."""
    events_file, *names = sys.argv[1:]
    sys.path.insert(0, "")
    with open(events_file, "a", buffering=1) as Result.events:
        runner = unittest.TextTestRunner(resultclass=Result, verbosity=2)
        outcome = runner.run(unittest.defaultTestLoader.loadTestsFromNames(names))
        Result.events.write('{"event": "end"}\n')
    sys.exit(not outcome.wasSuccessful())


if __name__ == "__main__":
    main()
