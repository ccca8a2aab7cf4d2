"""Odoo on one database: its settings, and the commands that run with them."""

import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import paths

OWN_TESTS = Path(__file__).with_name("own_tests.py")
CONFIGURATION = """[options]
addons_path = {addons}
data_dir = {data}
db_name = {database}
dbfilter = ^{database}$
http_interface = 127.0.0.1
http_port = {port}
gevent_port = {gevent_port}
max_cron_threads = {crons}
"""


@dataclass(frozen=True)
class Odoo:
    """One database of one Odoo, with a folder for its logs.

    :param environment: what :func:`environment.prepare` made ready
    :param database: its name; it need not exist yet
    :param folder: takes the configuration, the logs and the screenshots
    """

    environment: object
    database: str
    folder: Path

    def configure(self, crons=0):
        """Write a configuration with free ports and return the web address."""
        port, gevent_port = _free_ports(2)
        self.configuration.write_text(
            CONFIGURATION.format(
                addons=self.environment.addons,
                data=self.environment.data,
                database=self.database,
                port=port,
                gevent_port=gevent_port,
                crons=crons,
            )
        )
        return f"http://127.0.0.1:{port}"

    @property
    def configuration(self):
        """The configuration file."""
        return self.folder / "odoo.conf"

    def start(self, name, *arguments, script=None, share=None):
        """Start a command of Odoo and return its :class:`Command`.

        :param name: of the file that takes its log
        :param arguments: the command's name and options, without the database
        :param script: text for the standard input
        :param share: a folder: its tests are shared with others that have the same
        """
        log = self.folder / f"{name}.log"
        program = [OWN_TESTS, share] if share else ["-m", "odoo"]
        command = [self.environment.python, "-P", *program, *arguments]
        with open(log, "w") as output:
            process = subprocess.Popen(
                [*map(str, command), "-c", str(self.configuration)],
                stdin=subprocess.PIPE if script else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment.variables,
                cwd=self.folder,
                # Ctrl-C is for the tool, which then ends Odoo in good order.
                start_new_session=True,
            )
        if script:
            process.stdin.write(script.encode())
            process.stdin.close()
        return Command(process, log)

    def run(self, name, *arguments, script=None):
        """Run a command of Odoo to its end; parameters as in :meth:`start`."""
        with self.start(name, *arguments, script=script) as command:
            command.process.wait()
        return command


class Command:
    """A command of Odoo, which ends with its ``with`` block at the latest."""

    def __init__(self, process, log):
        self.process = process
        self.log = log

    def __enter__(self):
        return self

    def __exit__(self, *_details):
        self.end()

    def last_words(self):
        """Return the end of the log."""
        lines = self.log.read_text(errors="replace").splitlines()[-40:]
        return "\n".join([f"Odoo ended with {self.process.returncode}:", *lines])

    def end(self):
        """Stop the program and what it started, first politely."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def _free_ports(count):
    """Return ports of the loopback interface that nobody uses now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def addons_folder():
    """Return a folder of addons that holds just this one.

    An addon's technical name is its folder's name, whatever the clone's is.
    """
    folder = paths.cache() / "addons" / paths.clone_key()
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / paths.ADDON
    if not link.is_symlink():
        link.symlink_to(paths.REPOSITORY)
    return folder
