import pathlib
import unittest

from sandbox import bis3, finvoice

FOLDER = pathlib.Path(__file__).parent
INVOICE = (FOLDER / "finvoice.xml").read_text(encoding="utf-8")


class TestFinvoice(unittest.TestCase):
    """The same invoice reads the same in both kinds of file."""

    def wrong(self, old, new):
        """The complaints about a file in which something was replaced."""
        self.assertIn(old, INVOICE)
        with self.assertRaises(bis3.UnreadableInvoice) as caught:
            finvoice.read(INVOICE.replace(old, new, 1).encode())
        return caught.exception.lines

    def test_it_says_what_peppol_says(self):
        peppol = bis3.read((FOLDER / "bis3.xml").read_bytes())
        self.assertEqual(finvoice.read(INVOICE.encode()), peppol | {"has_pdf": False})

    def test_a_credit_note(self):
        note = finvoice.read(INVOICE.replace("INV01", "INV02").encode())
        self.assertEqual(note["kind"], "credit_note")

    def test_what_is_none(self):
        for old, new, line in (
            ("Finvoice ", "Invoice ", "ERROR: FILE IS NOT VALID XML"),
            ('"3.0"', '"2.0"', "ERROR: VERSION IS NOT 3.0"),
            ("INV01", "TES01", "ERROR: INVOICE TYPE IS NOT AN INVOICE"),
            ("INV/2026/00017", "", "ERROR: INVOICE NUMBER NOT FOUND"),
            ("20261001", "2026-10-01", "ERROR: INVOICE DATE IS NOT A DATE"),
            ("1255,00", "1255.00", "ERROR: INVOICE TOTAL IS NOT A NUMBER"),
            ("Esimerkki Oy", "", "ERROR: RECIPIENT NAME NOT FOUND"),
        ):
            with self.subTest(line):
                self.assertIn(line, self.wrong(old, new))

    def test_a_sender_whom_nobody_knows(self):
        for number in ("2077474-0", "FI20774740", "003720774740"):
            self.assertIn(number, INVOICE)
        nobody = INVOICE
        for number in ("2077474-0", "FI20774740", "003720774740"):
            nobody = nobody.replace(number, "")
        with self.assertRaises(bis3.UnreadableInvoice) as caught:
            finvoice.read(nobody.encode())
        self.assertEqual(caught.exception.lines, ["ERROR: SENDER ID NOT FOUND"])

    def test_peppol_is_no_finvoice(self):
        with self.assertRaises(bis3.UnreadableInvoice):
            finvoice.read((FOLDER / "bis3.xml").read_bytes())
