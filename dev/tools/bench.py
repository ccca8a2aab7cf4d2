"""dev/bench: what the addon costs, each figure beside the floor of the same run."""

import contextlib
import json
import re
import statistics
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

from . import environment, leaks, paths
from .console import SetupError, main, say, step
from .databases import NO_HTTP, Databases
from .stage import running_sandbox

LETTERS = set("abcdefghijklmn")
# Random lives of cases, after which everything is searched for keys and codes.
SECRETS_SEQUENCES = 500
CASES = 200
# A claim that nobody recorded would be dealt with after ten minutes.
QUEUE_LIMIT = 500  # seconds
SEQUENCES = 2000  # random days of (n)
# So many are one transaction, which would grow and grow.
SEQUENCES_AT_ONCE = 100


def query_ratio(measured, way, side):
    """Return the queries of (g), times those without the addon."""
    return measured[f"{way}_{side}_queries"] / measured[f"{way}_without_queries"]


def time_ratio(measured, way, side):
    """Return the time of (g), times that without the addon: of the middle batch."""
    pairs = zip(
        measured[f"{way}_{side}_seconds"],
        measured[f"{way}_without_seconds"],
        strict=True,
    )
    return statistics.median(mine / floor for mine, floor in pairs)


SIDE = "main(env, '%s')"
# What is printed: a text, the figure from what was measured, its limit.
FIGURES = [
    (
        "(a) 1,000 hand-overs, times the bare thread pool",
        lambda m: m["queue_seconds"] / m["bare_seconds"],
        1.25,
    ),
    ("(b) queries per hand-over, 100 of them", lambda m: m["queries_100"], 12),
    ("(b) queries per hand-over, 2,000 of them", lambda m: m["queries_2000"], 12),
    ("(c) requests to follow 10,000 cases", lambda m: m["feed_requests"], 3),
    ("(c) memory above idle, MB", lambda m: m["feed_memory_mb"], 50),
    ("(d) wizard on 1,000 invoices, seconds", lambda m: m["wizard_seconds_1000"], 2),
    (
        "(d) its queries, times those on 100",
        lambda m: m["wizard_queries_1000"] / m["wizard_queries_100"],
        None,
    ),
    (
        "(e) queries of the list of 80, times without the addon",
        lambda m: m["list_queries_with"] / m["list_queries_without"],
        1.05,
    ),
    (
        "(e) queries of the form, times without the addon",
        lambda m: m["form_queries_with"] / m["form_queries_without"],
        1.05,
    ),
    (
        "(f) 10,000 reports of payments, times the bare thread pool",
        lambda m: m["reports_seconds"] / m["reports_bare_seconds"],
        1.3,
    ),
    ("(f) queries per report", lambda m: m["reports_queries"], None),
    *(
        (
            f"(g) {what} of 1,000 {kind}, times without the addon",
            lambda m, way=way, side=side, ratio=ratio: ratio(m, way, side),
            limit,
        )
        for way, side, kind, limit in (
            ("register", "with", "payments by batches", 1.1),
            ("reconcile", "with", "payments matched singly", 1.1),
            ("reconcile", "at_amili", "payments matched at Amili", None),
        )
        for what, ratio in (("queries", query_ratio), ("seconds", time_ratio))
    ),
    (
        "(h) 200 uploads, times the bare thread pool",
        lambda m: m["uploads_seconds"] / m["uploads_bare_seconds"],
        1.3,
    ),
    ("(h) queries per upload", lambda m: m["uploads_queries"], 12),
    ("(i) workers killed, 100 answers after 10 seconds each", lambda m: m["killed"], 0),
    ("(i) answers that were not recorded", lambda m: m["not_recorded"], 0),
    ("(i) hand-overs that were not sent", lambda m: m["not_sent"], 0),
    ("(i) seconds until all was done", lambda m: m["slow_seconds"], None),
    ("(j) companies left out in an hour, of 60", lambda m: 60 - m["hour_served"], 0),
    ("(j) runs of the job", lambda m: m["hour_runs"], 2),
    ("(j) seconds of the longest run", lambda m: m["hour_longest_run"], 120),
    ("(k) requests to find 100 cases in 10,000", lambda m: m["look_requests"], 103),
    ("(k) seconds to find them", lambda m: m["look_seconds"], None),
    ("(k) queries to find them", lambda m: m["look_queries"], None),
    ("(k) queries to adopt one", lambda m: m["adopt_queries"], 12),
    (
        f"(l) secrets outside their field after {SECRETS_SEQUENCES} sequences",
        lambda m: m["leaks"],
        0,
    ),
    (
        f"(m) waits over their deadline in silence, 90 days of {CASES} cases",
        lambda m: sum(row["over it in silence"] for row in m["waits"]),
        0,
    ),
    ("(n) random sequences that ran", lambda m: m["sequences"], None),
    ("(n) of these, how many failed", lambda m: len(m["failed_sequences"]), 0),
    ("(n) seconds per sequence", lambda m: m["sequence_seconds"], None),
]


def bench(arguments):
    """Measure what is named by its letter, or all but (l), and print it.

    The exit status does not judge.
    """
    wanted = set(arguments) or LETTERS - set("lmn")
    if wanted - LETTERS:
        say(f"usage: dev/bench [{' '.join(sorted(LETTERS))}]")
        return 2
    with contextlib.ExitStack() as stack:
        databases = Databases(stack.enter_context(environment.prepare()))
        odoo = stack.enter_context(databases.temporary("bench"))
        odoo.configure()
        measured = {}

        def measure(letters, text, module, call):
            if wanted & set(letters):
                with step(text):
                    measured.update(run_in_shell(odoo, module, call))

        measure("e", "Reading screens without the addon", "screens", SIDE % "without")
        with step("Installing the addon"):
            command = odoo.run("install", "server", "-i", paths.ADDON, *NO_HTTP)
            if command.process.returncode:
                raise SetupError(f"it cannot be installed; the log is {command.log}")
        measure("e", "Reading screens with the addon", "screens", SIDE % "with")
        if "g" in wanted:
            without = stack.enter_context(databases.temporary("bare"))
            without.configure()
            with step("Paying without and with the addon in turns, some minutes"):
                measured.update(pay_in_turns(without, odoo))
        sandbox = stack.enter_context(running_sandbox(odoo))
        for letters, text, module, function in (
            ("abd", "Sending", "sending", "main"),
            ("c", "Making 10,000 cases", "following", "prepare"),
            ("c", "Following them", "following", "main"),
            ("f", "Putting 10,000 reports on the queue", "reporting", "prepare"),
            ("f", "Sending them, some minutes", "reporting", "main"),
            ("f", "Posting the same without Odoo", "reporting", "bare"),
            ("h", "Making the files of 200 invoices", "uploading", "prepare"),
            ("h", "Sending them to Maventa", "uploading", "main"),
            ("k", "Making 10,000 cases", "adopting", "prepare"),
            ("k", "Looking for those made elsewhere", "adopting", "main"),
        ):
            measure(letters, text, module, f"{function}(env, {sandbox!r})")
        for letter, measure_limits in (("i", send_slowly), ("j", serve_all)):
            if letter in wanted:
                odoo = stack.enter_context(databases.temporary(f"slow{letter}", True))
                measured.update(measure_limits(databases, odoo, sandbox))
        if "l" in wanted:
            odoo = stack.enter_context(databases.temporary("leaks", True))
            measured.update(search_for_secrets(databases, odoo))
        if "m" in wanted:
            odoo = stack.enter_context(databases.temporary("days", True))
            measured.update(wait_for_ninety_days(odoo))
        if "n" in wanted:
            measured.update(live_random_days(databases))
    for text, figure, limit in FIGURES:
        if text[1] in wanted:
            bound = "" if limit is None else f"   (at most {limit:g})"
            say(f"{text:<70}{figure(measured):>8.2f}{bound}")
    say("\n" + json.dumps(measured, indent=2))
    return 0


def send_slowly(databases, odoo, sandbox):
    """Measure (i): a server with one worker sends, under Odoo's default limits."""
    odoo.configure(crons=1)
    with step("Confirming 100 hand-overs"):
        run_in_shell(odoo, "limits", f"queue(env, {sandbox!r})")
    recorded = (
        "SELECT count(*) FROM amili_assignment WHERE state IN ('pending', 'active')"
    )
    start = time.monotonic()
    with (
        step("Sending them to a slow Maventa, some minutes"),
        odoo.start("slow", "server", "--workers=1", "--no-http") as command,
    ):
        done = 0
        while done < 100 and time.monotonic() < start + QUEUE_LIMIT:
            time.sleep(2)
            done = int(databases.sql(recorded, odoo.database)[0])
    with urllib.request.urlopen(f"{sandbox}/control/cases") as response:
        answered = len(json.load(response))
    return {
        "killed": command.log.read_text(errors="replace").count(" timeout after "),
        "not_recorded": answered - done,
        "not_sent": 100 - answered,
        "slow_seconds": time.monotonic() - start,
    }


def serve_all(_databases, odoo, sandbox):
    """Measure (j): an hour of the job that reads what Amili did."""
    odoo.configure()
    with step("Making 60 companies with a case each"):
        run_in_shell(odoo, "limits", f"companies(env, {sandbox!r})")
    with step("Following them for an hour without the waiting, some minutes"):
        return run_in_shell(odoo, "limits", f"hour(env, {sandbox!r})")


def search_for_secrets(databases, odoo):
    """Measure (l): what random sequences with faults leave outside its field."""
    odoo.configure()
    begin = leaks.log_size(databases)
    with running_sandbox(odoo) as sandbox:
        with step(f"Living through {SECRETS_SEQUENCES} sequences, some minutes"):
            call = f"main(env, {sandbox!r}, {SECRETS_SEQUENCES})"
            measured = run_in_shell(odoo, "leaking", call, level="info")
        with step("Searching everything for keys and identity codes"):
            found = leaks.look(databases, odoo, sandbox, begin)
    return {**measured, "leaks": found.report()}


def wait_for_ninety_days(odoo):
    """Measure (m): the test of that, with more cases; print what waited."""
    odoo.configure()
    odoo.environment.variables["AMILI_CASES"] = str(CASES)
    tag = f"/{paths.ADDON}:TestNinetyDays.test_nor_in_any_mood_of_maventa"
    with (
        step("Ninety days in every mood of Maventa, some minutes"),
        tempfile.TemporaryDirectory() as share,
    ):
        Path(share, "durations.json").write_text("{}")
        options = ["--stop-after-init", "--test-tags", tag]
        with odoo.start("days", "server", *options, share=share) as command:
            command.process.wait()
    measured = reported(command)
    columns = list(measured["waits"][0])[2:]
    say(f"{'':<70}" + "".join(f"{name:>22}" for name in columns))
    for row in measured["waits"]:
        place = f"{row['thing']}: {row['state']}"
        say(f"{place:<70.69}" + "".join(f"{row[name]:>22}" for name in columns))
    return measured


def run_in_shell(odoo, module, call, level="warn"):
    """Run a function of ``measures`` in a shell of Odoo; return what it reported.

    :param level: what is logged at least
    """
    with start_in_shell(odoo, module, call, level) as command:
        command.process.wait()
    return reported(command)


def live_random_days(databases):
    """Measure (n): the property test of the sums, for days that no run of tests has.

    Each sequence is a number: with AMILI_SEQUENCES=17-18 dev/test test_random_days
    repeats it.
    """
    start = time.monotonic()
    passed, failed = 0, set()
    with step(f"Living {SEQUENCES} random sequences, many minutes"):
        for first in range(0, SEQUENCES, 2 * SEQUENCES_AT_ONCE):
            with contextlib.ExitStack() as stack:
                commands = [
                    stack.enter_context(_start_sequences(databases, begin, stack))
                    for begin in (first, first + SEQUENCES_AT_ONCE)
                ]
                for command in commands:
                    command.process.wait()
            for command in commands:
                text = command.log.read_text(errors="replace")
                passed += text.count("Lived through sequence ")
                failed |= set(re.findall(r"Subtest .*\(number=(\d+)\)", text))
                if command.process.returncode and not failed:
                    raise SetupError(command.last_words())
    count = passed + len(failed)
    return {
        "sequences": count,
        "failed_sequences": sorted(map(int, failed)),
        "sequence_seconds": (time.monotonic() - start) / max(count, 1),
    }


def _start_sequences(databases, first, stack):
    """Start Odoo's tests with some of the sequences."""
    name = f"sums{first}"
    databases.install_problems(bundles=False)
    odoo = stack.enter_context(databases.temporary(name, installed=True))
    variables = odoo.environment.variables
    numbers = f"{first}-{first + SEQUENCES_AT_ONCE}"
    odoo = replace(
        odoo,
        environment=replace(
            odoo.environment, variables={**variables, "AMILI_SEQUENCES": numbers}
        ),
    )
    odoo.configure()
    share = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    (share / "durations.json").write_text("{}")
    tags = f"/{paths.ADDON}:TestRandomDays"
    return odoo.start(
        name, "server", "--stop-after-init", "--test-tags", tags, share=share
    )


def pay_in_turns(without, odoo):
    """Measure the two databases of (g) at the same time; return what they reported."""
    folder = str(odoo.folder)
    with contextlib.ExitStack() as stack:
        commands = [
            stack.enter_context(
                start_in_shell(side, "paying", f"main(env, {label!r}, {folder!r})")
            )
            for label, side in (("without", without), ("with", odoo))
        ]
        for command in commands:
            command.process.wait()
    return {**reported(commands[0]), **reported(commands[1])}


def start_in_shell(odoo, module, call, level="warn"):
    """Start a function of ``measures`` in a shell of Odoo."""
    script = (
        f"import sys; sys.path.insert(0, {str(paths.REPOSITORY / 'dev')!r})\n"
        f"from measures import {module}\n{module}.{call}\n"
    )
    name = f"{module}_{call.split('(')[0]}"
    level = f"--log-level={level}"
    return odoo.start(name, "shell", "--no-http", level, script=script)


def reported(command):
    """Return what a function of ``measures`` reported before it ended."""
    lines = command.log.read_text(errors="replace").splitlines()
    reports = [line.split("MEASURED ", 1)[1] for line in lines if "MEASURED " in line]
    # One before the last report was logged and lived through.
    last = max((n for n, line in enumerate(lines) if "MEASURED " in line), default=0)
    if (
        command.process.returncode
        or "Traceback (most recent call last):" in lines[last:]
    ):
        raise SetupError(
            f"it failed; the log is {command.log}:\n" + "\n".join(lines[-30:])
        )
    return {key: value for text in reports for key, value in json.loads(text).items()}


if __name__ == "__main__":
    main(bench)
