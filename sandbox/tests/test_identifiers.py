import unittest

from sandbox.identifiers import is_business_id, is_identity_code, mask


class TestIdentifiers(unittest.TestCase):
    def test_business_ids(self):
        for good in ("2077474-0", "0112038-9", "1234567-1"):
            self.assertTrue(is_business_id(good), good)
        for bad in ("2077474-1", "20774740", "2077474 0", "207747-0", "", "FI20774740"):
            self.assertFalse(is_business_id(bad), bad)

    def test_identity_codes(self):
        for good in (
            "131052-308T",
            "010594Y9032",
            "010594Y9021",
            "020594X903P",
            "010516B903X",
        ):
            self.assertTrue(is_identity_code(good), good)
        for bad in (
            "131052-308U",
            "131052308T",
            "131052G308T",
            "131352-308T",
            "310252-308T",
            "131052-001A",
            "131052-308t",
            " 131052-308T",
            "",
        ):
            self.assertFalse(is_identity_code(bad), bad)

    def test_the_sign_tells_the_century(self):
        # 29 February: 1900 had none, 2000 had one. The check sign is the same.
        number = int("290200903") % 31
        check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[number]
        self.assertFalse(is_identity_code(f"290200-903{check}"))
        self.assertTrue(is_identity_code(f"290200A903{check}"))

    def test_mask(self):
        self.assertEqual(mask("a 131052-308T b"), "a ******-**** b")
        self.assertEqual(mask("010594y9032"), "******-****")
        for kept in ("2077474-0", "12345672", "INV/2026/00017", "+358401234567"):
            self.assertEqual(mask(kept), kept)
        uuid = "11111111-1111-4111-8111-111111111111"
        self.assertEqual(mask(uuid), uuid)
