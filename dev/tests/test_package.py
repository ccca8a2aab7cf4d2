"""The package for pip, the zip and requirements.txt hold what an installation needs."""

import ast
import io
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from unittest.mock import patch

from dev.package import addon_package
from dev.tools import archive

ROOT = Path(__file__).parents[2]
MANIFEST = ast.literal_eval((ROOT / "__manifest__.py").read_text())
REQUIREMENTS = (ROOT / "requirements.txt").read_text().splitlines()
INSIDE = "odoo/addons/amili_perinta/"


class PackageCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.wheel = cls.build(ROOT)

    @classmethod
    def build(cls, root):
        """Build the wheel of what is under ``root``; return it as a zip file."""
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        with patch.object(addon_package, "ROOT", root):
            name = addon_package.build_wheel(folder)
        return cls.enterClassContext(zipfile.ZipFile(folder / name))

    def files(self, wheel):
        """The addon's files in a wheel, as paths in the addon."""
        names = wheel.namelist()
        return {n.removeprefix(INSIDE) for n in names if n.startswith(INSIDE)}

    def metadata(self, wheel):
        [name] = [n for n in wheel.namelist() if n.endswith("/METADATA")]
        return HeaderParser().parsestr(wheel.read(name).decode())


class TestRequirements(unittest.TestCase):
    def test_they_are_those_of_the_manifest(self):
        self.assertEqual(REQUIREMENTS, MANIFEST["external_dependencies"]["python"])


class TestWheel(PackageCase):
    def test_its_name_does_not_depend_on_the_folder(self):
        metadata = self.metadata(self.wheel)
        name = metadata["Name"].replace("_", "-")
        self.assertEqual(name, "odoo-addon-amili-perinta")
        self.assertEqual(metadata["Version"], MANIFEST["version"])

    def test_it_needs_what_the_addon_needs_and_not_odoo(self):
        needs = self.metadata(self.wheel).get_all("Requires-Dist")
        self.assertEqual(needs, REQUIREMENTS)

    def test_it_has_what_odoo_loads(self):
        files = self.files(self.wheel)
        for name in ("__init__.py", *MANIFEST["data"], *MANIFEST["images"]):
            self.assertIn(name, files)
        apps_page = (ROOT / "static/description/index.html").read_text()
        for name in files:
            if name.startswith("static/description/") and name.endswith(".png"):
                picture = name.removeprefix("static/description/")
                self.assertTrue(
                    picture in apps_page
                    or name in MANIFEST["images"]
                    or picture == "icon.png",
                    f"the apps page does not show {picture}",
                )

    def test_it_has_nothing_for_developers(self):
        for name in self.files(self.wheel):
            first, _slash, _rest = name.partition("/")
            self.assertNotIn(first, ("dev", "docs", "sandbox", "tests", ".ci"))
            self.assertFalse(first.startswith("."), name)

    def test_without_git_it_is_the_same(self):
        copy = self.folder / "another_name"
        for path in addon_package.contents(ROOT):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, copy / path)
        shutil.copy(ROOT / ".gitattributes", copy)
        for name in ("tests/test_x.py", "dev/x", ".git_not/x", "models/__pycache__/x"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_text("")
        self.assertEqual(self.files(self.build(copy)), self.files(self.wheel))

    def test_the_source_package_becomes_the_same(self):
        name = addon_package.build_sdist(self.folder)
        shutil.unpack_archive(self.folder / name, self.folder / "unpacked")
        [source] = (self.folder / "unpacked").iterdir()
        built = subprocess.run(
            [
                sys.executable,
                "-c",
                "from whool import buildapi as b; b.build_wheel('.')",
            ],
            cwd=source,
            capture_output=True,
            text=True,
        )
        self.assertEqual(built.returncode, 0, built.stderr)
        [wheel] = source.glob("*.whl")
        self.assertEqual(
            self.files(self.enterContext(zipfile.ZipFile(wheel))),
            self.files(self.wheel),
        )


@unittest.skipUnless((ROOT / ".git").exists(), "this is no clone")
class TestZip(PackageCase):
    def test_it_has_the_same_files_as_the_wheel(self):
        content = zipfile.ZipFile(io.BytesIO(archive.make_zip(ROOT)))
        prefix = "amili_perinta/"
        names = {n for n in content.namelist() if not n.endswith("/")}
        self.assertTrue(all(n.startswith(prefix) for n in names))
        names = {n.removeprefix(prefix) for n in names}
        self.assertEqual(names, self.files(self.wheel))


class TestAppsPage(unittest.TestCase):
    """What the list of apps shows: the manifest, the banner and index.html."""

    folder = ROOT / "static" / "description"
    page = (folder / "index.html").read_text()

    def test_nothing_comes_from_elsewhere_and_nothing_runs(self):
        self.assertNotRegex(
            self.page, r"(?i)https?:|//\w|<script|<link|<iframe|@import"
        )

    def test_each_picture_is_there_and_has_words(self):
        pictures = re.findall(r"<img ([^>]*)>", self.page)
        self.assertTrue(pictures)
        for attributes in pictures:
            name = re.search(r'src="([^"]+)"', attributes)[1]
            self.assertTrue((self.folder / name).is_file(), name)
            self.assertRegex(attributes, r'alt="[^"]{10}')

    def test_banner_and_icon_have_the_sizes_of_the_list(self):
        self.assertEqual(MANIFEST["images"], ["static/description/banner.png"])
        self.assertEqual(size(self.folder / "banner.png"), (1120, 560))
        self.assertEqual(size(self.folder / "icon.png"), (256, 256))

    def test_the_manifest_says_what_the_list_wants(self):
        self.assertLessEqual(len(MANIFEST["name"]), 25)
        self.assertEqual(MANIFEST["license"], "LGPL-3")
        self.assertTrue(MANIFEST["summary"] and MANIFEST["author"])
        # Free of charge, and whoever publishes it adds the address for support.
        self.assertTrue({"price", "currency", "support"}.isdisjoint(MANIFEST))


def size(picture):
    """The width and height of a PNG file in pixels."""
    return struct.unpack(">II", picture.read_bytes()[16:24])
