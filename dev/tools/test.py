"""dev/test: run the tests and the other checks, and sum up."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import traceback
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import (
    axe,
    environment,
    installed,
    life_cycle,
    log,
    neighbours,
    paths,
    test_names,
    upgrade,
)
from .console import SetupError, main, say, step
from .databases import Databases
from .results import Results

# A test that is silent for so long hangs: a lock, or a browser that never answers.
SILENCE_LIMIT = 15 * 60
STARTING = re.compile(r" (\S+): Starting (\w+\.\w+) \.\.\.")
# A part of the tests is run in one database: a second one takes as long to start.
WHOLE = min(2, os.cpu_count() or 1)
BESIDE = "--neighbours"


def test(arguments):
    """Run :func:`run`; whatever happens, the last line is the sum."""
    try:
        if arguments[:1] == [BESIDE]:
            return run_beside(arguments[1:]).report()
        return run(arguments).report()
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
            for folder, options in selection.unittests.items():
                _unittests(ready, folder, options, results)
            if not names:
                life_cycle.check(databases, results)
                upgrade.check(databases, results)
                installed.check(databases, results)
                results.check("tests/__init__.py", _forgotten_files())
            if selection.odoo_tags:
                running.count(databases, results)
    return results


def run_beside(names):
    """Run tests where other addons are installed too: those for that, or ``names``."""
    selection = test_names.select(names or neighbours.TESTS)
    results = Results()
    with environment.prepare() as ready:
        databases = neighbours.databases(ready)
        problems = databases.install_problems(bundles=not names)
        results.check("install beside others", problems)
        number = 1 if names else WHOLE
        with _odoo_tests(databases, selection.odoo_tags, number) as running:
            running.count(databases, results)
    return results


def _unittests(ready, folder, options, results):
    with step(f"Running the tests of {folder.parent.name}/"):
        done = subprocess.run(
            [ready.python, "-m", "unittest", "discover", "-s", folder]
            + ["-t", ".", *options],
            cwd=paths.REPOSITORY,
            env=ready.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SILENCE_LIMIT,
        )
    results.add_unittest(done.stdout, done.returncode)


@contextmanager
def _odoo_tests(databases, tags, number):
    """Start the tests in so many databases, and yield them as :class:`Running`."""
    databases.environment.variables.update(axe.variables())
    with ExitStack() as stack:
        share = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (share / "durations.json").write_text(json.dumps(_durations()))
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
        yield Running(commands)


@dataclass
class Running:
    """Processes of Odoo that share the tests."""

    commands: list

    def count(self, databases, results):
        """Wait for their ends, and count the tests."""
        hung = self._follow()
        count, problems, durations = 0, [], _durations()
        for command in self.commands:
            tests = log.tests(command.log, databases.known_warnings())
            results.add_tests(tests)
            durations.update(tests.seconds)
            count += len(tests.started)
            problems += tests.warnings
            if command in hung:
                problems.append(f"Nothing happened for {SILENCE_LIMIT // 60} minutes.")
            elif not tests.ended or (command.process.returncode and not tests.failed):
                problems.append(command.last_words())
        _durations_file().write_text(json.dumps(durations, indent=1))
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
                command: stack.enter_context(open(command.log, errors="replace"))
                for command in self.commands
            }
            while running := [c for c in self.commands if c.process.poll() is None]:
                time.sleep(0.5)
                for command in running:
                    for logger, test in STARTING.findall(lines[command].read()):
                        group = log.name_of(logger, test).rpartition(".")[0]
                        if shown.get(command) != group:
                            shown[command] = group
                            say(f"   {group}")
                    size = command.log.stat().st_size
                    if size != changed[command][0]:
                        changed[command] = (size, time.monotonic())
                    elif time.monotonic() - changed[command][1] > SILENCE_LIMIT:
                        # It logs its stacks.
                        command.process.send_signal(signal.SIGQUIT)
                        time.sleep(5)
                        command.end()
                        hung.append(command)
        return hung


def _durations_file():
    return paths.cache() / "durations.json"


def _durations():
    """Return the seconds that each class of tests took the last time."""
    try:
        return json.loads(_durations_file().read_text())
    except (OSError, ValueError):
        return {}


def _forgotten_files():
    return [
        f"{name} is not imported, so that Odoo never runs its tests."
        for name in test_names.forgotten_files()
    ]


if __name__ == "__main__":
    main(test)
