"""What Odoo's log says: its warnings, and how each test went."""

import re
from dataclasses import dataclass, field

RECORD = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ "
    r"(?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)"
)
WARNINGS = {"WARNING", "ERROR", "CRITICAL"}
STARTING = re.compile(r"Starting (\w+\.\w+) \.\.\.\s*")
SKIPPED = re.compile(r"skipped (\w+\.\w+) :.*", re.DOTALL)
FAILED = re.compile(
    r"(?:FAIL|ERROR): (?:Subtest )?(\w+\.\w+|\w+ \([\w.]+\)).*", re.DOTALL
)
TOOK = re.compile(r"(\w+\.\w+) took ([\d.]+) s\s*")
# What Odoo says in the end, when any test failed or there was none.
SUMMARY = re.compile(
    r"\d+ failed, \d+ error\(s\) of \d+ tests when loading database .*"
    r"|Module \S+: \d+ failures, \d+ errors of \d+ tests"
    r"|At least one test failed when loading the modules\."
)


def records(file):
    """Yield the level, the logger and the text of each record."""
    record = None
    for line in file.read_text(errors="replace").splitlines():
        match = RECORD.fullmatch(line)
        if match:
            if record:
                yield record
            record = match.groups()
        elif record:
            record = (*record[:2], f"{record[2]}\n{line}")
    if record:
        yield record


def warnings(file):
    """Return the warnings and errors, as readable texts."""
    return [
        warning(level, logger, text)
        for level, logger, text in records(file)
        if level in WARNINGS
    ]


def warning(level, logger, text):
    """Return the text of one record; of a Python warning's long stack the ends do."""
    lines = text.splitlines()
    if logger == "py.warnings" and len(lines) > 8:
        lines[1:-6] = ["  ..."]
    return f"{level} {logger}: " + "\n".join(lines)


def normalised(text):
    """Return what two warnings have in common that say the same thing.

    Numbers are ids, lines, times or the names of databases.
    """
    return re.sub(
        r"\d+", "#", re.sub(r"amili_[a-z0-9]+_[0-9a-f]{10}\w*", "DATABASE", text)
    )


def name_of(logger, described):
    """Return ``file.Class.method`` for the tests' own words and their logger."""
    return f"{logger.rpartition('.')[2]}.{described}"


@dataclass
class Tests:
    """What a log says about tests, each known by its name.

    A test passed only if nothing about it failed and Odoo logged no warning while it
    ran: one that provokes a warning says so with assertLogs or mute_logger, which keep
    it out of the log.

    :param warnings: those that Odoo logged before the first test
    :param seconds: how long each class took
    :param ended: whether Odoo came to the end of them
    """

    started: set = field(default_factory=set)
    skipped: set = field(default_factory=set)
    failed: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)
    seconds: dict = field(default_factory=dict)
    ended: bool = False


def tests(file, known_warnings):
    """Return the :class:`Tests` of a log.

    :param known_warnings: those that Odoo gives without the addon
    """
    found, running = Tests(), None
    for level, logger, text in records(file):
        if SUMMARY.fullmatch(text):
            found.ended = True
        elif match := STARTING.fullmatch(text):
            running = name_of(logger, match[1])
            found.started.add(running)
        elif match := SKIPPED.fullmatch(text):
            found.skipped.add(name_of(logger, match[1]))
        elif match := TOOK.fullmatch(text):
            found.seconds[match[1]] = float(match[2])
        elif level in WARNINGS:
            failed = FAILED.fullmatch(text)
            said = warning(level, logger, text)
            if failed:
                name = name_of(logger, failed[1])
                found.failed.setdefault(name, []).append(text)
            elif normalised(said) in known_warnings:
                continue
            elif running:
                found.failed.setdefault(running, []).append(f"It logged {said}")
            else:
                found.warnings.append(said)
    if running and not found.ended:
        found.failed.setdefault(running, []).append("It ended without a result.")
    return found
