"""dev/test: run the tests and the other checks, and sum up."""

import json
import signal
import subprocess
import tempfile
import time
import traceback
from pathlib import Path

from . import environment, life_cycle, paths, test_names
from .console import SetupError, main, say, step
from .databases import Databases
from .results import Results

# A test that is silent for so long hangs: a lock, or a browser that never answers.
SILENCE_LIMIT = 15 * 60
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
        if selection.sandbox_names:
            _sandbox_tests(ready, selection.sandbox_names, results)
        if selection.odoo_tags:
            with databases.temporary("test") as odoo:
                whole = not names
                _odoo_tests(databases, odoo, selection.odoo_tags, results, whole)
        if not names:
            life_cycle.check(databases, results)
            results.check("tests/__init__.py", _forgotten_files())
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


def _odoo_tests(databases, odoo, tags, results, whole):
    """Install the addon with its tests, and count these.

    :param whole: count the installation too, even when all is well with it
    """
    odoo.configure()
    options = ["-i", paths.ADDON, "--test-tags", ",".join(tags)]
    options += ["--screenshots", odoo.folder / "screenshots"]
    with step("Installing the addon and running its tests"):
        with odoo.start("test", "server", *options) as command:
            hung = _follow(command)
    say(f"   the log is {command.log}")
    tests = results.add_tests(command.events, databases.known_warnings())
    problems = tests.warnings
    if hung:
        problems.append(f"Nothing happened for {SILENCE_LIMIT // 60} minutes.")
    elif not tests.ended or command.process.returncode:
        if not problems and not tests.failed:
            problems.append(life_cycle.last_words(command))
    elif not tests.count:
        problems.append(f"No test fits {', '.join(tags)}.")
    problems += life_cycle.wrong_state(databases, odoo, "installed")
    if whole or problems:
        results.check("install", problems)


def _follow(command):
    """Wait for the tests to end, and show each class as it starts.

    :return: whether the tests hung; then Odoo's log shows where
    """
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
                return True
    return False


def _forgotten_files():
    return [
        f"{name} is not imported, so that Odoo never runs its tests."
        for name in test_names.forgotten_files()
    ]


if __name__ == "__main__":
    main(test)
