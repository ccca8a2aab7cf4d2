"""Databases: a template with Odoo's own addons, and copies of it."""

import contextlib
import fcntl
import os
import shutil

from . import events, paths
from .console import SetupError, step
from .odoo import Odoo
from .shell import run

# With the company in Finland, Odoo installs the Finnish chart of accounts.
COUNTRY = """
env.ref("base.main_company").country_id = env.ref("base.fi")
env.cr.commit()
"""
MODULES = ["account", "l10n_fi", "account_edi_ubl_cii", "phone_validation"]
NO_HTTP = ["--stop-after-init", "--no-http"]
RUNS_KEPT = 10


class Databases:
    """The databases of one environment."""

    def __init__(self, environment):
        self.environment = environment

    def sql(self, statement, database="postgres"):
        """Run one statement and return the lines of its result."""
        return run(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database]
            + ["-c", statement],
            env=self.environment.variables,
            hint="PGHOST, PGPORT, PGUSER and PGPASSWORD name the server; its role "
            "must be allowed to create databases.",
        ).splitlines()

    def copy_template(self, database):
        """Make ``database`` anew as a copy of the template."""
        template, _logs = self._template()
        self.drop(database)
        self.sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        shutil.copytree(self._filestore(template), self._filestore(database))

    def known_warnings(self):
        """Return the warnings that Odoo gives without this addon, normalised.

        These are what it logged while it made the template. Any other warning
        is the addon's own.
        """
        _template, logs = self._template()
        return {
            events.normalised(warning)
            for file in logs.glob("*.jsonl")
            for warning in events.warnings(file)
        }

    def drop(self, database):
        """Delete a database with its files, if it exists."""
        self.sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        shutil.rmtree(self._filestore(database), ignore_errors=True)

    @contextlib.contextmanager
    def temporary(self, kind):
        """Yield an :class:`Odoo` on a fresh copy of the template.

        The database goes at the end; the folder with the logs stays, and with
        it those of the last few runs.
        """
        database = f"amili_{kind}_{paths.key(paths.REPOSITORY, os.getpid())}"
        folder = paths.cache() / "runs" / database
        with contextlib.ExitStack() as stack:
            with paths.locked("runs"):
                self._drop_left_over()
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                lock = stack.enter_context(open(folder / "lock", "w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            stack.callback(self.drop, database)
            with step("Copying the template database"):
                self.copy_template(database)
            yield Odoo(self.environment, database, folder)

    def _template(self):
        """Return the template's name and log folder, built when missing."""
        environment = self.environment
        template = "amili_template_" + paths.key(
            environment.source_version,
            environment.python,
            environment.data,
            *MODULES,
            COUNTRY,
        )
        logs = paths.cache() / template
        with paths.locked(template):
            if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{template}'"):
                with step("Creating a database with Odoo's accounting"):
                    self._build_template(template, logs)
        return template, logs

    def _build_template(self, template, logs):
        building = f"{template}_building"
        self.drop(building)
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir()
        odoo = Odoo(environment=self.environment, database=building, folder=logs)
        odoo.configure()
        for name, arguments, script in (
            ("base", ["server", "-i", "base", *NO_HTTP], None),
            ("country", ["shell", "--no-http"], COUNTRY),
            ("modules", ["server", "-i", ",".join(MODULES), *NO_HTTP], None),
        ):
            command = odoo.run(name, *arguments, script=script)
            if command.process.returncode:
                raise SetupError(
                    f"Odoo cannot set up a database with {', '.join(MODULES)}; "
                    f"its log is {command.log}"
                )
        shutil.rmtree(self._filestore(template), ignore_errors=True)
        self._filestore(building).rename(self._filestore(template))
        self.sql(f'ALTER DATABASE "{building}" RENAME TO "{template}"')

    def _drop_left_over(self):
        """Drop the databases of killed runs, and old logs.

        A run holds the lock in its folder, and the kernel frees it at its end.
        """
        runs = sorted(
            (paths.cache() / "runs").glob("amili_*"),
            key=lambda folder: folder.stat().st_mtime,
            reverse=True,
        )
        for index, folder in enumerate(runs):
            with open(folder / "lock", "w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                self.drop(folder.name)
                if index >= RUNS_KEPT:
                    shutil.rmtree(folder)

    def _filestore(self, database):
        return self.environment.data / "filestore" / database
