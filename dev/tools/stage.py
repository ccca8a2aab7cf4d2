"""A running Odoo with the addon, and the sandbox that it talks to."""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import life_cycle, paths
from .console import SetupError, step
from .databases import Databases
from .odoo import Odoo

ANSWER_LIMIT = 120
SANDBOX_GREETING = "Sandbox listening on "
STAND_INS = Path(__file__).with_name("stand_in")


@dataclass(frozen=True)
class Stage:
    """What :func:`set_up` started.

    :param databases: for what no user of Odoo can do
    :param odoo: the database and its logs
    :param address: of Odoo's web server
    :param sandbox: the sandbox's address
    """

    databases: Databases
    odoo: Odoo
    address: str
    sandbox: str


@contextlib.contextmanager
def set_up(databases):
    """Yield a :class:`Stage` with the demo data; stop everything afterwards.

    The addon's requests go to the sandbox, and Odoo's cron jobs run.
    """
    with contextlib.ExitStack() as stack:
        odoo = stack.enter_context(databases.temporary("demo"))
        odoo.configure()
        with step("Installing the addon with its demo data"):
            command = life_cycle.install_with_demo(databases, odoo)
            problems = databases.problems(command)
            problems += databases.wrong_state(odoo, "installed")
        if problems:
            raise SetupError("the addon cannot be installed:\n" + "\n".join(problems))
        with step("Starting the sandbox and Odoo"):
            sandbox = stack.enter_context(running_sandbox(odoo))
            set_parameter(databases, odoo, f"{paths.ADDON}.sandbox_url", sandbox)
            address = stack.enter_context(running_odoo(odoo))
        yield Stage(databases, odoo, address, sandbox)


def set_parameter(databases, odoo, key, value):
    """Set a system parameter of Odoo, as text, before Odoo starts."""
    databases.sql(
        f"INSERT INTO ir_config_parameter (key, value) VALUES ('{key}', '{value}') "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        odoo.database,
    )


@contextlib.contextmanager
def running_odoo(odoo):
    """Start the web server with its cron jobs, and yield its address."""
    # The real program for printing comes first, where the machine has it. The one that
    # stands in for it needs the Python that runs Odoo.
    variables = odoo.environment.variables
    folders = (odoo.environment.python.parent, variables["PATH"], STAND_INS)
    variables["PATH"] = os.pathsep.join(map(str, folders))
    address = odoo.configure(crons=2)
    with odoo.start("server", "server") as command:
        _wait_until(
            lambda: _answers(f"{address}/web/health"), command.process, command.log
        )
        yield address


@contextlib.contextmanager
def running_sandbox(odoo, *options):
    """Start the sandbox with its control interface, and yield its address.

    :param options: further ones of ``python -m sandbox``
    """
    log = odoo.folder / "sandbox.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            [odoo.environment.python, "-m", "sandbox", "--port", "0", "--control"]
            + list(options),
            cwd=paths.REPOSITORY,
            env={**odoo.environment.variables, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until(lambda: SANDBOX_GREETING in log.read_text(), process, log)
        greeting = log.read_text().split(SANDBOX_GREETING)[1]
        yield greeting.split()[0].rstrip("/")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _wait_until(ready, process, log):
    """Wait for a program to be ready; say so if it ends or takes too long."""
    deadline = time.monotonic() + ANSWER_LIMIT
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(errors="replace")[-3000:]
            raise SetupError(f"a program did not start; its log is {log}:\n{words}")
        time.sleep(0.2)
