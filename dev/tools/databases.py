"""Databases: a template with Odoo's own addons, and copies of it."""

import contextlib
import fcntl
import json
import os
import shutil

from . import log, paths
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
# Copies are made of few, and each takes 50 MB.
INSTALLED_KEPT = 5
# What browsers load: Odoo would make it before the first test that has one.
BUNDLES = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


def _installation(modules):
    return "server", "-i", ",".join(modules), *NO_HTTP


class Databases:
    """The databases of one environment.

    :param dict beside: the versions of further addons that they have installed, by name
    """

    def __init__(self, environment, beside=None):
        self.environment = environment
        self.beside = beside or {}

    def sql(self, statement, database="postgres"):
        """Run one statement and return the lines of its result."""
        return run(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database]
            + ["-c", statement],
            env=self.environment.variables,
            hint="PGHOST, PGPORT, PGUSER and PGPASSWORD name the server; its role "
            "must be allowed to create databases.",
        ).splitlines()

    def _copy(self, template, database):
        """Make ``database`` anew as a copy of a template."""
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
            log.normalised(warning)
            for file in logs.glob("*.log")
            for warning in log.warnings(file)
        }

    def install_problems(self, bundles):
        """Return the new warnings of the addon's installation.

        It is installed once for each state of its code.

        :param bundles: prepare all that browsers load too
        :raise SetupError: when it cannot be installed
        """
        name = self._installed_name()
        with paths.locked(name):
            problems = self._install(name)
            if bundles and not (paths.cache() / name / "bundles.log").exists():
                odoo = Odoo(self.environment, name, paths.cache() / name)
                odoo.configure()
                with step("Preparing what browsers load"):
                    odoo.run("bundles", "shell", "--no-http", script=BUNDLES)
            return problems

    def _installed_name(self):
        return "amili_installed_" + paths.key(self._template()[0], paths.addon_key())

    def _install(self, name):
        """Make the database ``name`` with the addon, if there is none."""
        logs = paths.cache() / name
        problems = logs / "problems.json"
        if self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            logs.touch()
            return json.loads(problems.read_text())
        building = f"{name}_building"
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir()
        self._drop_old_installed()
        odoo = Odoo(self.environment, building, logs)
        odoo.configure()
        with step("Installing the addon"):
            self._copy(self._template()[0], building)
            command = odoo.run("install", "server", "-i", paths.ADDON, *NO_HTTP)
            found = self.problems(command)
            wrong = self.wrong_state(odoo, "installed")
            if command.process.returncode or wrong:
                raise SetupError(
                    "\n".join(["the addon cannot be installed:", *found, *wrong])
                )
        if self._installed_name() != name:
            raise SetupError("the addon's code changed in the meantime: run it again.")
        problems.write_text(json.dumps(found))
        self._rename(building, name)
        return found

    def _drop_old_installed(self):
        """Drop the copies with the addon that were not used for longest."""
        unused = sorted(
            (p for p in paths.cache().glob("amili_installed_*") if p.is_dir()),
            key=lambda folder: folder.stat().st_mtime,
        )[:-INSTALLED_KEPT]
        for folder in unused:
            with open(paths.cache() / f"{folder.name}.lock", "w") as lock:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.drop(folder.name)
                    shutil.rmtree(folder)

    def problems(self, command):
        """Return the new warnings of a command, or its last words if it failed."""
        known = self.known_warnings()
        found = [
            warning
            for warning in log.warnings(command.log)
            if log.normalised(warning) not in known
        ]
        if command.process.returncode and not found:
            found.append(command.last_words())
        return found

    def wrong_state(self, odoo, expected):
        """Return a problem unless the addon has the state that is expected."""
        query = f"SELECT state FROM ir_module_module WHERE name = '{paths.ADDON}'"
        (state,) = self.sql(query, odoo.database) or ["unknown"]
        if state == expected:
            return []
        return [f"Odoo says that the addon is {state}, not {expected}."]

    def drop(self, database):
        """Delete a database with its files, if it exists."""
        self.sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        shutil.rmtree(self._filestore(database), ignore_errors=True)

    @contextlib.contextmanager
    def temporary(self, kind, installed=False):
        """Yield an :class:`Odoo` on a fresh copy of the template.

        :param installed: the addon is in it

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
            if installed:
                name = self._installed_name()
                with paths.locked(name):
                    self._install(name)
                    self._copy(name, database)
            else:
                self._copy(self._template()[0], database)
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
            BUNDLES,
            *(f"{name} {version}" for name, version in self.beside.items()),
        )
        logs = paths.cache() / template
        with paths.locked(template):
            if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{template}'"):
                self._build_template(template, logs)
        return template, logs

    def _build_template(self, template, logs):
        shutil.rmtree(logs, ignore_errors=True)
        odoo = Odoo(self.environment, f"{template}_building", logs)
        if self.beside:
            # What Odoo logs without them is known too.
            plain, plain_logs = Databases(self.environment)._template()
            shutil.copytree(plain_logs, logs)
            odoo.configure()
            with step(f"Installing beside Odoo's accounting: {', '.join(self.beside)}"):
                self._copy(plain, odoo.database)
                self._run(odoo, "beside", *_installation(self.beside))
        else:
            logs.mkdir()
            odoo.configure()
            with step("Creating a database with Odoo's accounting"):
                self.drop(odoo.database)
                self._run(odoo, "base", *_installation(["base"]))
                self._run(odoo, "country", "shell", "--no-http", script=COUNTRY)
                self._run(odoo, "modules", *_installation(MODULES))
                self._run(odoo, "bundles", "shell", "--no-http", script=BUNDLES)
        self._rename(odoo.database, template)

    def _run(self, odoo, name, *arguments, script=None):
        command = odoo.run(name, *arguments, script=script)
        if command.process.returncode:
            raise SetupError(
                f"Odoo cannot set up a database with {', '.join(MODULES)}"
                f"{''.join(f', {each}' for each in self.beside)}; "
                f"its log is {command.log}"
            )

    def _rename(self, database, name):
        shutil.rmtree(self._filestore(name), ignore_errors=True)
        self._filestore(database).rename(self._filestore(name))
        self.sql(f'ALTER DATABASE "{database}" RENAME TO "{name}"')

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
