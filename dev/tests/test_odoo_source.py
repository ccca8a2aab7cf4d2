"""Odoo comes from Debian, and where that has it no more from Odoo's own branch."""

import contextlib
import io
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from dev.tools import odoo_source
from dev.tools.console import SetupError

RELEASE = "version_info = (19, 0, 0, FINAL, 0, '')\n"
GONE = "the package odoo-19 is gone"


class TestOdooSource(unittest.TestCase):
    def setUp(self):
        super().setUp()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.repository = folder / "odoo.git"
        variables = {
            **{k: v for k, v in os.environ.items() if k != "ODOO_PATH"},
            "AMILI_CACHE": str(folder / "cache"),
            "AMILI_ODOO_GIT": f"file://{self.repository}",
        }
        self.enterContext(patch.dict(os.environ, variables, clear=True))
        self.debian = self.enterContext(
            patch.object(odoo_source, "_fetch", side_effect=SetupError(GONE))
        )

    def publish(self, release=RELEASE, branch="19.0"):
        """Make the local repository that stands for Odoo's."""
        (self.repository / "odoo").mkdir(parents=True)
        (self.repository / "odoo" / "release.py").write_text(release)
        who = ["-c", "user.name=x", "-c", "user.email=x@odoo.example"]
        for command in (["init", "-q", "-b", branch], ["add", "."]):
            subprocess.run(["git", *command], cwd=self.repository, check=True)
        subprocess.run(
            ["git", *who, "commit", "-qm", "x"], cwd=self.repository, check=True
        )

    def locate(self):
        """Locate Odoo; return its folder and what was said."""
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            folder = odoo_source.locate()
        return folder, printed.getvalue()

    def test_without_the_debian_package_it_is_cloned_and_said(self):
        self.publish()
        folder, said = self.locate()
        self.assertEqual((folder / "odoo" / "release.py").read_text(), RELEASE)
        self.assertIn(GONE, said)
        self.assertIn(f"Odoo's branch 19.0 from file://{self.repository}", said)

    def test_the_second_time_nothing_is_fetched(self):
        self.publish()
        first, _said = self.locate()
        self.assertEqual(self.locate(), (first, ""))
        self.debian.assert_called_once()

    def test_with_the_debian_package_nothing_is_cloned(self):
        self.debian.side_effect = lambda target: target.mkdir(parents=True)
        folder, _said = self.locate()
        self.assertEqual(folder.parts[-5:-3], ("odoo-19", "usr"))

    def test_another_branch_or_version_is_not_taken(self):
        for release, branch in ((RELEASE, "18.0"), ("version_info = (18, 0,", "19.0")):
            with self.subTest(branch=branch, release=release):
                self.publish(release, branch)
                with self.assertRaisesRegex(SetupError, "AMILI_ODOO_GIT"):
                    self.locate()
                cache = Path(os.environ["AMILI_CACHE"])
                self.assertFalse([p for p in cache.iterdir() if p.is_dir()])
                subprocess.run(["rm", "-rf", self.repository], check=True)
