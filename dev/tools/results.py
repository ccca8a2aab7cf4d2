"""What passed and what failed, and how that is told."""

from dataclasses import dataclass, field

from . import events
from .console import say


@dataclass
class Results:
    """The sum of a run.

    :param failed: the texts of the failures, by the name of the test or check
    """

    passed: int = 0
    skipped: int = 0
    failed: dict = field(default_factory=dict)

    def check(self, name, problems):
        """Count one check, which passed when there are no problems."""
        if problems:
            self.failed.setdefault(name, []).extend(problems)
        else:
            self.passed += 1

    def add_tests(self, file, known_warnings=()):
        """Count the tests of an event file.

        A test passed only if its success was recorded, nothing about it failed,
        and Odoo logged no warning while it ran: a test that provokes one says so
        with assertLogs or mute_logger, which keep it out of the log.

        :param known_warnings: those that Odoo gives without the addon
        :return: the :class:`Tests`
        """
        tests = Tests()
        for event in events.read(file):
            tests.take(event, known_warnings)
        failures = tests.failures()
        self.passed += len(tests.passed - set(failures))
        self.skipped += len(tests.skipped - set(failures))
        for test, texts in failures.items():
            self.failed.setdefault(test, []).extend(texts)
        return tests

    def report(self):
        """Print the failures, then the sum as the last line; return the status."""
        for name, texts in sorted(self.failed.items()):
            say(f"\n{'=' * 70}\nFAILED {name}")
            for text in texts:
                say(text.rstrip())
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        if not self.failed and not self.passed:
            say("\nNothing ran.")
            self.failed["nothing ran"] = []
        say(f"\n{self.passed} passed, {len(self.failed)} failed{skipped}")
        return 1 if self.failed else 0


@dataclass
class Tests:
    """What an event file says about tests, each known by its name.

    :param warnings: those that Odoo logged while no test ran
    :param ended: whether the program came to its end
    """

    started: set = field(default_factory=set)
    passed: set = field(default_factory=set)
    skipped: set = field(default_factory=set)
    failed: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)
    running: str = None
    ended: bool = False

    @property
    def count(self):
        """The number of tests that there were, skipped ones included."""
        return len(self.started | self.skipped | set(self.failed))

    def take(self, event, known_warnings):
        """Take in the next event."""
        kind, test = event["event"], event.get("test")
        if kind == "start":
            self.running = test
            self.started.add(test)
        elif kind == "stop":
            self.running = None
        elif kind == "success":
            self.passed.add(test)
        elif kind == "skip":
            self.skipped.add(test)
        elif kind in ("failure", "error"):
            self._fail(test, event["text"])
        elif kind == "end":
            self.ended = True
        elif kind == "log":
            warning = events.warning(event)
            if events.normalised(warning) in known_warnings:
                return
            if self.running:
                self._fail(self.running, f"It logged {warning}")
            else:
                self.warnings.append(warning)

    def failures(self):
        """Return the texts of all failures by the test's name."""
        for test in self.started - self.passed - self.skipped - set(self.failed):
            self._fail(test, "It ended without a result.")
        return self.failed

    def _fail(self, test, text):
        self.failed.setdefault(test, []).append(text)
