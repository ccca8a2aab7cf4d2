"""Nothing personal and no key comes back out of what Maventa writes."""

import json
import re

from odoo.tests import BaseCase, tagged

from ...maventa import (
    answers,
    errors,
    masking,
    reading,
    responses,
)
from ..client_case import (
    BODY,
    IDENTITY_CODE,
    NAME,
    PERSONAL,
    REPORT,
    ClientCase,
)
from ..sandbox_process import DEFAULT_COMPANY


@tagged("post_install", "-at_install")
class TestEchoes(ClientCase):
    """What Maventa repeats of people, keys and codes."""

    personal = PERSONAL

    def echo(self, ensure_ascii, pad=0):
        return json.dumps(
            {
                "code": f"bad {IDENTITY_CODE}",
                "message": "x" * pad + f" {NAME} {IDENTITY_CODE} ei kelpaa",
                "details": [f"payers[0].{k}: {v}" for k, v in BODY["payers"][0].items()]
                + [f"street {BODY['payers'][0]['address']['streets'][0]}"],
            },
            ensure_ascii=ensure_ascii,
        ).encode()

    def test_what_maventa_echoes_of_people_is_masked(self):
        for status in (400, 403, 422, 500):
            for body in (self.echo(True), self.echo(False), b"<p>" + self.echo(True)):
                with self.subTest(status=status, body=body[:20]):
                    maventa = self.answering((status, {}, body))
                    with self.assertRaises(errors.MaventaError) as caught:
                        maventa.transfer("1", BODY)
                    error = caught.exception
                    self.assertTellsNothing(f"{error.remote_text} {error.code}")
                    self.assertTellsNothing(f"{error} {error!r}")
        for status in (200, 202):
            told = self.answering((status, {}, self.echo(True))).transfer("1", BODY)
            self.assertIn("ei kelpaa", told.reason)
            self.assertTellsNothing(repr(told))

    def test_an_answer_that_cannot_be_read_is_not_kept(self):
        for body in (b"<p>" + self.echo(True), b"[]", b'"Terveisin P."', b"{}"):
            maventa = self.answering((200, {}, body))
            for call, *args in (
                *((maventa.service,), (maventa.current,), (maventa.company_status,)),
                *((maventa.invoice, "1"), (maventa.case, "1")),
                *((maventa.transfer_status, "1"), (maventa.subscriptions,)),
                (maventa.add_event, "1", REPORT),
            ):
                try:
                    call(*args)
                except errors.UnknownOutcome as error:
                    self.assertEqual(
                        (error.reason, error.status, error.remote_text, error.code),
                        ("bad_answer", 200, "", ""),
                    )

    def test_keys_and_tokens_are_masked_wherever_maventa_repeats_them(self):
        told = [
            "Authorization: Bearer stub-token",
            *(f"{name}={value}" for name, value in DEFAULT_COMPANY.items()),
        ]
        refusal = {"code": told[2], "message": " ".join(told), "details": told}
        event = {"id": "1", "comment": " ".join(told), "collection_status": told[0]}
        for status in (400, 401, 403, 404, 409, 422, 429, 500, 503):
            with self.subTest(status):
                maventa = self.answering((status, {}, json.dumps(refusal).encode()))
                with self.assertRaises(errors.MaventaError) as caught:
                    maventa.add_event("1", REPORT)
                error = caught.exception
                self.assertIn("Authorization", error.remote_text)
                self.assertTellsNothing(f"{error.remote_text} {error.code} {error!r}")
        maventa = self.answering((200, {}, json.dumps([event]).encode()))
        [read] = maventa.events(1, None).items
        self.assertIn("Authorization", read.text)
        self.assertTellsNothing(f"{read!r} {read.text}")

    def test_a_key_with_signs_that_json_escapes(self):
        for secret in ('s"3/c\\ret-with-signs', "avain-ä-ö-avain"):
            for ascii in (True, False):
                body = json.dumps({"message": f"x {secret} y"}, ensure_ascii=ascii)
                for text in (body, body.replace("/", "\\/")):
                    maventa = self.answering(
                        (400, {}, text.encode()), client_secret=secret
                    )
                    error = self.assertOutcome(
                        errors.Refused, maventa.transfer, "1", BODY
                    )
                    self.assertEqual(error.message, "x *** y")

    def test_a_key_with_which_a_token_begins(self):
        key, token = "first-half", "first-half.second-half"
        for secrets in ((key, token), (token, key)):
            masked = masking.mask_secrets(f"{token}, {key}".encode(), secrets)
            self.assertEqual(masked, b"***, ***")

    def test_a_token_of_somebody_else_is_masked(self):
        for text in ("Bearer eyJhbGci.eyJz-dWI_.SflKxw", "bearer: abcdefgh12345"):
            masked = masking.mask_text(f"Authorization: {text}, ei kelpaa")
            self.assertNotIn(text[-8:], masked)
            self.assertIn("ei kelpaa", masked)

    def test_what_maventa_writes_is_cut(self):
        long = "x" * 300_000
        body = {"code": long, "message": long, "details": [long] * 500}
        error = self.assertOutcome(
            errors.Refused,
            self.answering((400, {}, json.dumps(body).encode())).transfer,
            "1",
            BODY,
        )
        self.assertLess(len(error.remote_text) + len(error.code), 25_000)

    def test_a_cut_does_not_leave_half_a_name_or_code(self):
        for pad in range(responses.MAX_REMOTE_TEXT - 60, responses.MAX_REMOTE_TEXT + 1):
            cut = reading.read_prose(
                "x" * pad + f" {IDENTITY_CODE} {NAME}",
                [NAME],
                responses.MAX_REMOTE_TEXT,
            )
            self.assertNotIn("131052", cut)
            self.assertNotIn("Maija", cut)

    def test_identity_codes_in_a_status_are_masked(self):
        body = {"status": "error", "error": {"message": f"{IDENTITY_CODE} on väärä"}}
        for method in ("transfer_status", "transfer"):
            maventa = self.answering((200, {}, json.dumps(body).encode()))
            args = ("1", BODY) if method == "transfer" else ("1",)
            reason = getattr(maventa, method)(*args).reason
            self.assertNotIn(IDENTITY_CODE, reason)
            self.assertIn("on väärä", reason)

    def test_identity_codes_in_comments_are_masked(self):
        event = answers.read_event({"id": "1", "comment": f"Onko {IDENTITY_CODE}?"})
        self.assertNotIn(IDENTITY_CODE, event.text)


@tagged("post_install", "-at_install")
class TestIdentityCodes(BaseCase):
    """Identity codes, however somebody spells them."""

    def assertMasked(self, text, *words):
        masked = masking.mask_text(text)
        digits = re.sub(r"\D", "", text)
        self.assertNotEqual(masked, text)
        self.assertNotIn(digits[:4], re.sub(r"\D", "", masked), text)
        for word in words:
            self.assertIn(word, masked)

    def test_signs_of_each_century_in_either_case(self):
        for sign in "-+ABCDEFUVWXY":
            code = f"131052{sign}308T"
            for text in (code, code.lower(), f"({code})", f"koodi {code}, katso"):
                with self.subTest(text):
                    self.assertMasked(text)
        for code in ("010594Y9032", "010516B903X", "010100+002c"):
            self.assertMasked(f"koodi {code}, katso", "koodi ", ", katso")

    def test_dashes_of_other_kinds(self):
        for code in (0xAD, *range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D):
            dash = chr(code)
            with self.subTest(f"{code:x}"):
                self.assertMasked(f"131052{dash}308T")
                self.assertMasked(f"koodi 131052 {dash} 308t.", "koodi ")

    def test_blanks_within(self):
        for text in (
            *("131052 -308T", "131052- 308T", "131052 - 308T", "131052\u00a0-308T"),
            *("131052 308T", "13 10 52-308T", "13 10 52 308 T", "131052-\n308T"),
            *("131052\u200b-308T", "010594 Y 9032", "131052-308 T", "131052--308T"),
            *("1 3 1 0 5 2 - 3 0 8 T", "131052-3 08T", "0 1 0 5 9 4 Y 9 0 3 2"),
            *("131052&nbsp;- 308T", "131052&#8209;308T"),
        ):
            with self.subTest(text):
                self.assertMasked(text)

    def test_with_its_date_as_dates_are_written(self):
        for text in (
            *("13.10.52-308T", "13.10.1952-308T", "13101952-308T", "13. 10. 52 - 308T"),
            *("13-10-52-308T", "13/10/52-308T", "13.10.1952 308T", "01.05.1994Y9032"),
        ):
            with self.subTest(text):
                self.assertMasked(f"hetu {text}, katso", "hetu ", ", katso")

    def test_behind_other_digits(self):
        for text in ("10.20 131052-308T", "12 10 131052-308T", "1. 1. 131052-308T"):
            with self.subTest(text):
                self.assertEqual(masking.mask_text(text), text[:-11] + masking.MASK)

    def test_glued_to_a_word(self):
        for text, word in (
            ("hetu131052-308T", "hetu"),
            ("131052-308Tmaksoi", "maksoi"),
            ("Hetu:131052-308T;", "Hetu:"),
            ("x010594Y9032y", "x"),
            ("hetu_131052-308T_", "hetu_"),
            ("131052308T", ""),
            ("131052_308T", ""),
        ):
            with self.subTest(text):
                self.assertMasked(text, word)

    def test_with_a_mistake_in_it(self):
        for text in ("131052-308U", "131052–308 U", "991399A3080", "hetu131052-3081"):
            with self.subTest(text):
                self.assertNotEqual(masking.mask_text(text), text)

    def test_with_something_personal_within(self):
        for value in ("308", "13", "1052", "T"):
            masked = masking.mask_text("131052\u2013308T ei kelpaa", [value])
            self.assertNotRegex(masked, r"\d", value)

    def test_several_in_one_text(self):
        masked = masking.mask_text("131052-308T, 010594Y9032 ja 131052–308t")
        self.assertEqual(masked, ", ".join([masking.MASK] * 2) + f" ja {masking.MASK}")

    def test_what_is_no_identity_code_is_left_alone(self):
        for text in (
            "RF18 5390 0754 7034, 2077474-0, 123456-78901234, 2026-10-20",
            "550e8400-e29b-41d4-a716-446655440000",
            "ab010101-1234-41d4-a716-0101012345ab",
            "+358 40 123 4567, 0401234567, FI21 1234 5600 0007 85",
            "INV/2026/00017, 1 240.00 EUR, 12345672, 2026-10-20T17:00:00Z",
            "123456.7890",
            # Right by their check digits, if these were codes.
            "12.09.2025 - 5130,21 EUR, 03.09.2023 -5008,38 EUR, 23.06.2024 5022 EUR",
            "23.06.24 -5000 ja 040 512 3190",
        ):
            with self.subTest(text):
                self.assertEqual(masking.mask_text(text, ["", None and ""]), text)
