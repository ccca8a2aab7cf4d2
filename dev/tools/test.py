"""dev/test: run the tests and the other checks, and sum up."""

import json
import os
import signal
import subprocess
import tempfile
import time
import traceback
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import environment, events, life_cycle, paths, test_names
from .console import SetupError, main, say, step
from .databases import Databases
from .results import Results

# A test that is silent for so long hangs: a lock, or a browser that never answers.
SILENCE_LIMIT = 15 * 60
# A part of the tests is run in one database: a second one takes as long to start.
WHOLE = min(2, os.cpu_count() or 1)
OBSERVED_UNITTEST = Path(__file__).with_name("observed") / "unit.py"


def test(names):
    """Run :func:`run`; whatever happens, the last line is the sum."""
    try:
        return run(names).report()
    except SetupError as error:
        say(f"error: {error}")
    except Exception:
        traceback.print_exc()
    say("\n0 passed, 1 failed")
    return 1


def run(names):
    """Run the tests that ``names`` mean, or all of them with the other checks."""
    selection = test_names.select(names) if names else test_names.everything()
    results = Results()
    with environment.prepare() as ready:
        databases = Databases(ready)
        if selection.odoo_tags:
            problems = databases.install_problems(bundles=not names)
            if problems or not names:
                results.check("install", problems)
        with ExitStack() as stack:
            if selection.odoo_tags:
                running = stack.enter_context(
                    _odoo_tests(
                        databases, selection.odoo_tags, WHOLE if not names else 1
                    )
                )
            # What has an Odoo of its own, or none, goes on beside the tests.
            if selection.sandbox_names:
                _sandbox_tests(ready, selection.sandbox_names, results)
            if not names:
                life_cycle.check(databases, results)
                results.check("tests/__init__.py", _forgotten_files())
            if selection.odoo_tags:
                running.count(databases, results)
    return results


def _sandbox_tests(ready, names, results):
    problem = ""
    with step("Running the sandbox's tests"), tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.jsonl"
        try:
            done = subprocess.run(
                [ready.python, "-P", OBSERVED_UNITTEST, file, *names],
                cwd=paths.REPOSITORY,
                env=ready.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=SILENCE_LIMIT,
            )
        except subprocess.TimeoutExpired:
            problem = f"They were not done in {SILENCE_LIMIT // 60} minutes."
        tests = results.add_tests(file)
    if not problem and (done.returncode or not tests.ended) and not tests.failed:
        problem = done.stdout[-4000:]
    if problem:
        results.check("sandbox tests", [problem])


class Durations:
    """How long each class of tests took the last time, in seconds.

    The longest begin first, so that the databases end at about the same time.
    """

    def __init__(self):
        self.file = paths.cache() / "durations.json"
        try:
            self.known = json.loads(self.file.read_text())
        except (OSError, ValueError):
            self.known = {}

    def hand_to(self, folder):
        """Write them where the tests' own process reads them."""
        (folder / "durations.json").write_text(json.dumps(self.known))

    def take(self, file):
        """Take in the class of each event."""
        self.known.update(
            (event["test"], event["seconds"])
            for event in events.read(file)
            if event["event"] == "class"
        )

    def save(self):
        """Keep them for the next run."""
        with paths.locked("durations"):
            self.file.write_text(json.dumps(self.known, indent=1))


@contextmanager
def _odoo_tests(databases, tags, number):
    """Start the tests in so many databases, and yield them as :class:`Running`."""
    durations = Durations()
    with ExitStack() as stack:
        share = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        durations.hand_to(share)
        commands = []
        for place in range(number):
            odoo = stack.enter_context(
                databases.temporary(f"test{place}", installed=True)
            )
            odoo.configure()
            options = ["--stop-after-init", "--test-tags", ",".join(tags)]
            options += ["--screenshots", odoo.folder / "screenshots"]
            command = odoo.start("test", "server", *options, share=share)
            commands.append(stack.enter_context(command))
            say(f"   the log is {command.log}")
        yield Running(commands, durations)


@dataclass
class Running:
    """Processes of Odoo that share the tests."""

    commands: list
    durations: Durations

    def count(self, databases, results):
        """Wait for their ends, and count the tests."""
        hung = self._follow()
        count, problems = 0, []
        for command in self.commands:
            tests = results.add_tests(command.events, databases.known_warnings())
            self.durations.take(command.events)
            count += tests.count
            problems += tests.warnings
            if command in hung:
                problems.append(f"Nothing happened for {SILENCE_LIMIT // 60} minutes.")
            elif not tests.ended or command.process.returncode:
                if not tests.warnings and not tests.failed:
                    problems.append(command.last_words())
        self.durations.save()
        if not count and not problems:
            problems.append("No test fits.")
        if problems:
            results.check("Odoo with the tests", problems)

    def _follow(self):
        """Show each class as it starts, until all have ended.

        :return: the processes whose tests hung; then Odoo's log shows where
        """
        hung, shown = [], {}
        changed = {command: (0, time.monotonic()) for command in self.commands}
        with ExitStack() as stack:
            lines = {
                command: stack.enter_context(open(command.events, "a+"))
                for command in self.commands
            }
            for file in lines.values():
                file.seek(0)
            while running := [c for c in self.commands if c.process.poll() is None]:
                time.sleep(0.5)
                for command in running:
                    for event in map(json.loads, lines[command]):
                        group = (event.get("test") or "").rpartition(".")[0]
                        if event["event"] == "start" and shown.get(command) != group:
                            shown[command] = group
                            say(f"   {group}")
                    size = command.log.stat().st_size
                    if size != changed[command][0]:
                        changed[command] = (size, time.monotonic())
                    elif time.monotonic() - changed[command][1] > SILENCE_LIMIT:
                        command.process.send_signal(
                            signal.SIGQUIT
                        )  # it logs its stacks
                        time.sleep(5)
                        command.end()
                        hung.append(command)
        return hung


def _forgotten_files():
    return [
        f"{name} is not imported, so that Odoo never runs its tests."
        for name in test_names.forgotten_files()
    ]


if __name__ == "__main__":
    main(test)
