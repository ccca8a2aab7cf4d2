"""What ``dev/test --neighbours`` takes from its two lists."""

import unittest

from dev.tools import neighbours, test_names


class TestNeighboursTool(unittest.TestCase):
    def test_each_addon_has_a_version_for_this_odoo(self):
        lines = [
            line
            for line in neighbours.LIST.read_text().splitlines()
            if line and not line.startswith("#")
        ]
        versions = neighbours.versions()
        self.assertEqual(len(versions), len(lines))
        for name, version in versions.items():
            with self.subTest(name):
                self.assertTrue(version.startswith("19.0."))

    def test_each_test_exists(self):
        tags = test_names.select(neighbours.TESTS).odoo_tags
        self.assertEqual(len(tags), len(neighbours.TESTS))
