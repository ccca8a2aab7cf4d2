"""What passed and what failed, and how that is told."""

import re
from dataclasses import dataclass, field

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

    def add_tests(self, tests):
        """Count the :class:`log.Tests` of one Odoo."""
        self.passed += len(tests.started - tests.skipped - set(tests.failed))
        self.skipped += len(tests.skipped - set(tests.failed))
        for test, texts in tests.failed.items():
            self.check(test, texts)

    def add_unittest(self, output, status):
        """Count what ``python -m unittest`` printed before it ended with a status."""
        report, _line, end = output.rpartition("-" * 70)
        broken = {}
        for block in report.split("=" * 70)[1:]:
            name = re.search(r"\w+: .*?\(([\w.]+)\)", block)
            broken.setdefault(name[1] if name else "sandbox", []).append(block)
        if status and not broken:
            broken["sandbox"] = [output[-4000:]]
        ran, skipped = (
            re.search(pattern, end) for pattern in (r"Ran (\d+)", r"skipped=(\d+)")
        )
        self.skipped += int(skipped[1]) if skipped else 0
        self.passed += int(ran[1]) - len(broken) if ran else 0
        self.passed -= int(skipped[1]) if skipped else 0
        for name, texts in broken.items():
            self.check(name, texts)

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
