"""dev/test: run the tests and the other checks, and sum up."""

import json
import os
import signal
import subprocess
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from . import environment, events, life_cycle, paths, test_names
from .console import SetupError, main, say, step
from .databases import Databases
from .results import Results

# A test that is silent for so long hangs: a lock, or a browser that never answers.
SILENCE_LIMIT = 15 * 60
WORKERS = min(2, os.cpu_count() or 1)
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
        with ThreadPoolExecutor() as pool:
            others = [pool.submit(_other_checks, databases, selection, results, names)]
            if selection.odoo_tags:
                others.append(
                    pool.submit(_odoo_tests, databases, selection.odoo_tags, results)
                )
            for other in others:
                other.result()
    return results


def _other_checks(databases, selection, results, names):
    """What has an Odoo of its own, or none, and so goes on beside the tests."""
    if selection.sandbox_names:
        _sandbox_tests(databases.environment, selection.sandbox_names, results)
    if not names:
        life_cycle.check(databases, results)
        results.check("tests/__init__.py", _forgotten_files())


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


def _odoo_tests(databases, tags, results):
    """Run tests in as many databases as there are cores, and count them."""
    durations = Durations()
    with ExitStack() as stack:
        share = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        durations.hand_to(share)
        odoos = [
            stack.enter_context(databases.temporary(f"test{number}", installed=True))
            for number in range(WORKERS)
        ]
        commands = []
        for odoo in odoos:
            odoo.configure()
            options = ["--stop-after-init", "--test-tags", ",".join(tags)]
            options += ["--screenshots", odoo.folder / "screenshots"]
            command = odoo.start("test", "server", *options, share=share)
            commands.append(stack.enter_context(command))
            say(f"   the log is {command.log}")
        hung = _follow(commands)
    count, problems = 0, []
    for command in commands:
        tests = results.add_tests(command.events, databases.known_warnings())
        durations.take(command.events)
        count += tests.count
        problems += tests.warnings
        if command in hung:
            problems.append(f"Nothing happened for {SILENCE_LIMIT // 60} minutes.")
        elif not tests.ended or command.process.returncode:
            if not tests.warnings and not tests.failed:
                problems.append(command.last_words())
    durations.save()
    if not count and not problems:
        problems.append(f"No test fits {', '.join(tags)}.")
    if problems:
        results.check("Odoo with the tests", problems)


def _follow(commands):
    """Wait for the tests to end, and show each class as it starts.

    :return: the commands whose tests hung; then Odoo's log shows where
    """
    with ThreadPoolExecutor() as pool:
        return {
            command
            for command, hung in zip(commands, pool.map(_follow_one, commands))
            if hung
        }


def _follow_one(command):
    shown, size, changed = None, 0, time.monotonic()
    with open(command.events, "a+") as lines:
        lines.seek(0)
        while command.process.poll() is None:
            time.sleep(0.5)
            for event in map(json.loads, lines):
                group = (event.get("test") or "").rpartition(".")[0]
                if event["event"] == "start" and group != shown:
                    shown = group
                    say(f"   {group}")
            if command.log.stat().st_size != size:
                size, changed = command.log.stat().st_size, time.monotonic()
            elif time.monotonic() - changed > SILENCE_LIMIT:
                command.process.send_signal(signal.SIGQUIT)  # it logs its stacks
                time.sleep(5)
                command.end()
                return True
    return False


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


def _forgotten_files():
    return [
        f"{name} is not imported, so that Odoo never runs its tests."
        for name in test_names.forgotten_files()
    ]


if __name__ == "__main__":
    main(test)
