"""PostgreSQL: the server that PGHOST names, or a private one on a unix socket."""

import contextlib
import fcntl
import os
import shutil
import time
from pathlib import Path

from . import paths
from .console import SetupError, main, step
from .shell import run

# Odoo refuses to work as the role "postgres".
ROLE = "odoo"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
unix_socket_permissions = 0700
max_connections = 300
shared_buffers = 256MB
# The newest commits may be lost in a power cut; the database stays sound.
synchronous_commit = off
max_wal_size = 2GB
jit = off
"""
# Who searches the log knows the lines of one database among those of others.
LOG_LINES = "-c log_line_prefix='%m [%p] %d '"


@contextlib.contextmanager
def server():
    """Yield the environment variables that lead any client to the server.

    A private server is shared by all runs with the same cache folder. The last
    of them stops it. After a killed run it goes on, and the next run uses it.
    """
    if os.environ.get("PGHOST"):
        yield {}
        return
    cluster = _Cluster()
    with open(paths.cache() / "postgres-users.lock", "w") as users:
        with paths.locked("postgres"):
            fcntl.flock(users, fcntl.LOCK_SH)
            cluster.start()
        try:
            yield cluster.address
        finally:
            with paths.locked("postgres"), contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop()


class _Cluster:
    """The private cluster of one cache folder."""

    def __init__(self):
        self.programs = _programs()
        self.folder = _cluster_folder() / self.programs.parent.name
        # The length that the kernel allows a socket's path.
        if len(str(self.folder / ".s.PGSQL.5432.lock")) > 107:
            raise SetupError(
                f"{self.folder} is too long for a unix socket: "
                "set AMILI_CACHE to a folder with a shorter path."
            )
        self.data = self.folder / "data"
        self.address = {"PGHOST": str(self.folder), "PGPORT": "5432", "PGUSER": ROLE}

    def start(self):
        """Make the cluster when there is none, and start it when it is down."""
        if not self.data.exists():
            self._create()
        if self._answers():
            return
        self._forget_dead_server()
        log = self.folder / "log"
        self._run("pg_ctl", "start", "-w", "-D", self.data, "-l", log, "-o", LOG_LINES)

    def stop(self):
        """Stop the server, if it runs."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data)

    def _create(self):
        with step("Creating a private PostgreSQL cluster"):
            self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            if os.geteuid() == 0:
                shutil.chown(self.folder, "postgres", "postgres")
            new = self.data.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            self._run(
                *("initdb", "-D", new, "--username", ROLE, "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            )
            with open(new / "postgresql.conf", "a") as settings:
                settings.write(SETTINGS.format(folder=self.folder))
            new.rename(self.data)

    def _answers(self):
        with contextlib.suppress(SetupError):
            self._run("pg_isready", "-h", self.folder)
            return True
        return False

    def _forget_dead_server(self):
        """Remove the traces of a server that was killed.

        PostgreSQL does so itself unless the process number in its file belongs
        to another program by now, which is usual after a restart of a container.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = pid_file.read_text().split("\n")[0]
        deadline = time.monotonic() + 30
        while _works_in(pid, self.data):  # it is starting or stopping
            if time.monotonic() > deadline:
                raise SetupError(
                    f"the PostgreSQL server {pid} does not answer; "
                    f"its log is {self.folder}/log"
                )
            time.sleep(0.2)
            if self._answers():
                return
        for trace in (pid_file, *self.folder.glob(".s.PGSQL.*")):
            trace.unlink(missing_ok=True)

    def _run(self, program, *arguments):
        # PostgreSQL refuses to run as root.
        other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return run(
            [*other, self.programs / program, *arguments],
            cwd=self.folder,
            hint=f"The server's log is {self.folder}/log",
        )


def _cluster_folder():
    """Return the cluster's folder: in the cache, but for root.

    Root's server runs as the user postgres, who cannot reach root's home.
    """
    if os.geteuid() != 0:
        return paths.cache() / "postgres"
    return Path("/var/cache") / f"{paths.ADDON}-{paths.key(paths.cache())}"


def _works_in(pid, folder):
    """Tell whether the process ``pid`` lives and has ``folder`` as its own."""
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(folder)
    except OSError:
        return False


def _programs():
    """Return the folder of the newest PostgreSQL server's programs."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
    if newest is None:
        raise SetupError(
            "no PostgreSQL server is installed. Install Debian's package "
            "postgresql, or set PGHOST (and PGUSER, PGPASSWORD, PGPORT) to a "
            "server on which you may create databases."
        )
    return newest.parent


def _remove(_arguments):
    """Stop the private server of this cache folder and delete its databases."""
    with paths.locked("postgres"):
        if _cluster_folder().exists():
            _Cluster().stop()
            shutil.rmtree(_cluster_folder())


if __name__ == "__main__":
    main(_remove)
