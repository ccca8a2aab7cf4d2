"""The search for keys and identity codes finds them in every form that they take."""

import base64
import unittest

from dev.tools.leaks import CODE, Found, Secrets, _search_row

CODES = ("131052-308T", "010594Y9032")
KEY = "sandbox-secret"
UUID = "11111111-1111-4111-8111-111111111111"


class TestLeaks(unittest.TestCase):
    def setUp(self):
        self.secrets = Secrets({"key": [KEY], "client ID": [UUID]}, CODES)

    def kinds(self, text):
        return set(self.secrets.find(text.encode()))

    def row(self, table, columns, *values):
        found = Found()
        line = "\t".join(values).encode() + b"\n"
        _search_row(found, self.secrets, table, columns, line)
        return found

    def test_spellings_of_a_code(self):
        for text in (
            "131052-308T",
            "131052–308t",
            "131052 \u2011 308 T",
            "131052308T",
            "13.10.52-308T",
            "velallinen131052-308Tmaksoi",
            "131052\\u2011308T",
            "131052&ndash;308T",
            "010594 y 9032",
        ):
            with self.subTest(text):
                self.assertEqual(self.kinds(text), {"identity code"})

    def test_what_is_none(self):
        for text in ("131052-309T", "131053-308T", "sandbox-secre", "1310 EUR, 52308"):
            with self.subTest(text):
                self.assertFalse(self.kinds(text))
        self.assertFalse(CODE.search(UUID), "a part of an ID is no code")

    def test_wrapped_by_a_program(self):
        for before in ("", "a", "ab"):
            packed = base64.b64encode(f"{before}{CODES[0]} {KEY}".encode()).decode()
            with self.subTest(packed):
                self.assertEqual(self.kinds(packed), {"identity code", "key"})
        self.assertEqual(self.kinds(KEY.encode().hex()), {"key"})

    def test_tokens_and_links_are_known_by_their_form(self):
        self.assertEqual(
            self.kinds("Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ"), {"token"}
        )
        self.assertEqual(
            self.kinds("http://localhost/kyc/abcdefghijklmnopqrstuv"), {"link to sign"}
        )

    def test_its_own_field_and_another(self):
        kept = r"\\x" + base64.b64encode(CODES[0].encode()).hex()
        own = self.row("amili_identity_code", ["id", "text"], "1", kept)
        self.assertFalse(own.leaks)
        self.assertEqual(own.at_home["identity code"], 1)
        other = self.row("res_partner", ["id", "comment"], "1", CODES[0])
        self.assertEqual(
            dict(other.leaks), {("res_partner.comment", "identity code"): 1}
        )
        wrong = self.row("amili_credentials", ["id", "client_secret"], "1", kept)
        self.assertTrue(wrong.leaks, "a code is nothing for the field of a key")

    def test_the_id_of_a_company_has_fields_of_its_own(self):
        frozen = self.row("amili_assignment", ["maventa_company_uuid"], UUID)
        self.assertFalse(frozen.leaks)
        self.assertTrue(self.row("mail_message", ["body"], UUID).leaks)
