"""What README, docs/ and CHANGELOG name exists, and README stays short."""

import ast
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.rst"
DOCUMENTS = [README, ROOT / "CHANGELOG.rst", *sorted((ROOT / "docs").glob("*.rst"))]
# Files and folders of the repository, as the documents name them.
NAMED = re.compile(r"``(?:\./)?((?:\.ci|dev|docs|maventa|sandbox|tests)/[\w./-]*)``")


class TestDocuments(unittest.TestCase):
    def test_what_is_named_exists(self):
        for document in DOCUMENTS:
            for name in NAMED.findall(document.read_text()):
                with self.subTest(document.name, name=name):
                    self.assertTrue((ROOT / name).exists())

    def test_pictures_exist_and_have_words(self):
        for document in DOCUMENTS:
            text = document.read_text()
            pictures = re.findall(r"\.\. image:: (\S+)\n(.*)", text)
            for picture, option in pictures:
                with self.subTest(document.name, picture=picture):
                    self.assertTrue((document.parent / picture).is_file())
                    self.assertRegex(option, r"^ +:alt: .{10}")

    def test_each_document_is_named_in_the_readme(self):
        text = README.read_text()
        for document in DOCUMENTS[1:]:
            self.assertIn(f"``{document.relative_to(ROOT)}``", text)

    def test_changelog_begins_with_this_version_or_the_next(self):
        manifest = ast.literal_eval((ROOT / "__manifest__.py").read_text())
        text = (ROOT / "CHANGELOG.rst").read_text()
        versions = re.findall(
            r"^(19\.0\.\d+\.\d+\.\d+)( \(in the making\))?\n=", text, re.M
        )
        self.assertIn(manifest["version"], [number for number, _mark in versions[:2]])
        numbers = [tuple(map(int, number.split("."))) for number, _mark in versions]
        self.assertEqual(numbers, sorted(numbers, reverse=True))


class TestReadme(unittest.TestCase):
    text = README.read_text()

    def test_it_has_no_more_than_600_lines(self):
        self.assertLessEqual(self.text.count("\n"), 600)

    def test_the_first_screen_answers_what_how_and_with_what(self):
        first = "\n".join(self.text.splitlines()[:60])
        for words in ("Amili Perintä", ".. image::", "Try it", "Install", "three keys"):
            self.assertIn(words, first)
        for command in ("dev/demo", "dev/test"):
            self.assertIn(f"./{command} ", first)

    def test_the_first_case_takes_ten_steps(self):
        part = self.text.split("First case in ten steps")[1].split("Configuration\n=")[
            0
        ]
        steps = [int(number) for number in re.findall(r"^(\d+)\. ", part, re.M)]
        self.assertEqual(steps, list(range(1, 11)))

    def test_links_lead_somewhere(self):
        titles = set(re.findall(r"^(.+)\n[=-]{3,}$", self.text, re.M))
        links = re.findall(r"`([^`<]+)`_", self.text) + re.findall(
            r" (\w+)_\b", self.text
        )
        for link in links:
            self.assertIn(" ".join(link.split()), titles)
