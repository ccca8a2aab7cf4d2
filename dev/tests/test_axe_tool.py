"""axe-core comes from npm once, and is what was tried; without npm nothing stops."""

import base64
import contextlib
import hashlib
import io
import os
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from dev.tools import axe

# It stands in for npm: it "packs" the archive that lies beside it.
NPM = """#!/bin/sh
[ -e "{packed}" ] || exit 1
cp "{packed}" "$5"
"""


class TestAxeTool(unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.packed = self.folder / "axe-core-4.14.1.tgz"
        with tarfile.open(self.packed, "w:gz") as archive:
            script = tarfile.TarInfo("package/axe.min.js")
            script.size = 3
            archive.addfile(script, io.BytesIO(b"axe"))
        digest = hashlib.sha512(self.packed.read_bytes()).digest()
        trusted = base64.b64encode(digest).decode()
        self.enterContext(patch.object(axe, "SHA512", trusted))
        npm = self.folder / "npm"
        npm.write_text(NPM.format(packed=self.packed))
        npm.chmod(0o755)
        self.set(
            AMILI_CACHE=str(self.folder / "cache"),
            PATH=os.pathsep.join((str(self.folder), os.environ["PATH"])),
        )

    def set(self, **variables):
        self.enterContext(patch.dict(os.environ, variables))

    def variables(self):
        """Return what the tests are told, and what is said about it."""
        with contextlib.redirect_stdout(io.StringIO()) as said:
            return axe.variables(), said.getvalue()

    def test_fetched_once_and_found_again_without_npm(self):
        variables, said = self.variables()
        self.assertEqual(Path(variables["AMILI_AXE"]).read_text(), "axe")
        self.assertIn("from npm", said)
        self.packed.unlink()
        self.set(PATH=str(self.folder / "nowhere"))
        self.assertEqual(self.variables(), (variables, ""))

    def test_without_npm_it_is_said_and_nothing_stops(self):
        self.set(PATH=str(self.folder / "nowhere"))
        variables, said = self.variables()
        self.assertFalse(variables)
        self.assertIn("there is no npm", said)

    def test_out_of_reach_it_is_said_and_nothing_stops(self):
        self.packed.unlink()
        variables, said = self.variables()
        self.assertFalse(variables)
        self.assertIn("in reach", said)

    def test_what_was_not_tried_is_not_taken(self):
        self.enterContext(patch.object(axe, "SHA512", "another"))
        variables, said = self.variables()
        self.assertFalse(variables)
        self.assertIn("not what was tried", said)
        self.assertFalse((self.folder / "cache" / axe.PACKAGE).exists())
