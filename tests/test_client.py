import json
import re
import socket
import threading
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import count
from unittest.mock import patch
from uuid import uuid4

from freezegun import freeze_time

from odoo.tests import BaseCase, tagged

from ..maventa import (
    answers,
    connection,
    contract,
    errors,
    masking,
    parallel,
    report,
    responses,
    tokens,
)
from .client_case import STATUSES, ClientCase
from .sandbox_process import DEFAULT_COMPANY, ROOT, Sandbox
from .stub_server import TOKEN, self_signed, stub_server

HAND_OVER = "/assignment/amili$"
NAME = 'Maija "Maikki" Mällinen'
IDENTITY_CODE = "131052-308T"
BODY = {
    "collection_type": "reminder_and_collection",
    "receivables_type": "b2c",
    "amounts": {"capital_amount": 1240.0, "reminder_amount": 0.0},
    "payers": [
        {
            "type": "main_debtor",
            "name": NAME,
            "ssn": IDENTITY_CODE,
            "email": "maija.mallinen@example.com",
            "phone": "+358401234567",
            "address": {
                "streets": ["Esimerkkikatu 2"],
                "zip_code": "33100",
                "city": "Tampere",
                "country": "FI",
            },
        }
    ],
    "assignment_summary": "Lasku 1",
}
REPORT = report.build_report(
    report.Report(
        "paid", f"{NAME} maksoi,\nmuuten", Decimal("500.10"), date(2026, 11, 2)
    )
)
REPORTS = "/v1/assignments/[^/]+/events$"
PERSONAL = (
    NAME,
    "Maikki",
    "llinen",
    IDENTITY_CODE,
    "maija.mallinen",
    "40123456",
    "Esimerkkikatu",
)
USELESS = (
    b"",
    b"null",
    b"true",
    b"17",
    b'"pending"',
    b"[]",
    b'[{"status": "pending"}]',
    b"{}",
    b'{"status": null}',
    b'{"status": ""}',
    b'{"status": {"status": "pending"}}',
    b'{"status": ["pending"]}',
    b'{"status": true}',
    b'{"status": NaN}',
    b'{"status": "pending"',
    b'{"status": "pend\xff"}',
    b"\xef\xbb\xbf",
    b"<html><h1>It works!</h1></html>",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"status": ' + b"9" * 10_000 + b"}",
)


@tagged("post_install", "-at_install")
class TestAnswers(ClientCase):
    """What each answer means, good and absurd, by a server that says anything."""

    personal = PERSONAL

    def test_what_each_status_means_for_a_hand_over(self):
        for status, kind in STATUSES.items():
            with self.subTest(status):
                maventa = self.answering((status, {"Location": "/elsewhere"}, b""))
                error = self.assertOutcome(kind, maventa.transfer, "1", BODY)
                self.assertEqual(error.status, status)
                self.assertEqual(len(self.requests), 2 if status == 401 else 1)

    def test_a_useless_answer_to_a_hand_over_leaves_the_outcome_unknown(self):
        for body in USELESS:
            with self.subTest(body[:40]):
                maventa = self.answering((200, {}, body))
                error = self.assertOutcome(
                    errors.UnknownOutcome, maventa.transfer, "1", BODY
                )
                self.assertEqual(error.reason, "bad_answer")

    def test_keys_of_a_wrong_type_are_as_good_as_missing(self):
        body = {
            "status": "PENDING ",
            "assignment_id": {"id": 1},
            "assignment": ["x"],
            "created_at": 5,
            "error": 5,
            "details": {"a": "b"},
            "errors": [None, {}, 1.5],
        }
        maventa = self.answering((201, {}, json.dumps(body).encode()))
        told = maventa.transfer("1", BODY)
        self.assertEqual((told.word, told.meaning), ("pending", "pending"))
        self.assertEqual((told.assignment_id, told.created_at), ("", None))

    def test_the_id_of_an_assignment_is_found_wherever_it_stands(self):
        for body in (
            {"assignment_id": "a"},
            {"assignment_id": None, "assignment": {"id": "a"}},
        ):
            text = json.dumps({"status": "sent", **body}).encode()
            told = self.answering((200, {}, text)).transfer_status("1")
            self.assertEqual((told.meaning, told.assignment_id), ("sent", "a"))

    def test_the_reason_of_an_error_is_found_wherever_it_stands(self):
        for body in (
            {"message": "Osoite puuttuu"},
            {"error": "Osoite puuttuu"},
            {"error": {"message": "Osoite puuttuu"}},
            {"details": "Osoite puuttuu"},
            {"errors": ["Osoite puuttuu"]},
            {"error": {"details": ["Osoite puuttuu"]}},
        ):
            with self.subTest(body):
                text = json.dumps({"status": "error", **body}).encode()
                told = self.answering((200, {}, text)).transfer_status("1")
                self.assertEqual(told.reason, "Osoite puuttuu")

    def test_an_unknown_status_word_has_no_meaning(self):
        told = self.answering((200, {}, b'{"status": "on_ice"}')).transfer_status("1")
        self.assertEqual((told.word, told.meaning), ("on_ice", ""))

    def test_signs_that_cannot_be_stored_are_left_out(self):
        body = rb'{"status": "error", "message": "A\u0000B\ud800C"}'
        told = self.answering((200, {}, body)).transfer_status("1")
        self.assertEqual(told.reason, "ABC")

    def test_absurd_dates_and_amounts_are_left_out(self):
        for moment in ("0001-01-01T00:00:00+14:00", "yesterday", "2026-13-01", 7):
            event = answers.read_event({"id": "1", "created_at": moment})
            self.assertIsNone(event.created_at)
        for amount in ("NaN", "1e400", "-Infinity", "1 000", True, [], 10**12):
            event = answers.read_event({"id": "1", "amount": amount})
            self.assertIsNone(event.amount)

    # Cases and events -----------------------------------------------------------------

    def read_both(self, **body):
        """Read a body as that of a case and as that of an event."""
        return answers.read_case({"id": "1", **body}), answers.read_event(
            {"id": "1", **body}
        )

    def test_the_figures_of_a_case_and_of_an_event(self):
        for told in self.read_both(
            currency="eur",
            open_amount=Decimal("1330.21"),
            paid_amount="18.20",
            credited_amount=0,
            fees=75,
            interest=Decimal("3.21"),
        ):
            self.assertEqual(
                told.figures,
                answers.Figures(
                    open=Decimal("1330.21"),
                    paid=Decimal("18.20"),
                    credited=Decimal(0),
                    fees=Decimal(75),
                    interest=Decimal("3.21"),
                ),
            )

    def test_each_figure_stands_for_itself(self):
        for told in self.read_both(open_amount=5, fees=-1, interest="paljon"):
            self.assertEqual(
                told.figures, answers.Figures(Decimal(5), None, None, None, None)
            )

    def test_absurd_figures_are_not_told(self):
        untold = answers.Figures(None, None, None, None, None)
        names = ("open_amount", "paid_amount", "credited_amount", "fees", "interest")
        for value in (
            *("NaN", "-NaN", "Infinity", "1e400", "1 000", "1,50", "kaikki", ""),
            *(-1, "-0.01", None, True, [5], {"amount": 5}, 10**12, float("nan")),
        ):
            with self.subTest(value):
                for told in self.read_both(**dict.fromkeys(names, value)):
                    self.assertEqual(told.figures, untold)

    def test_figures_in_another_currency_are_not_told(self):
        for told in self.read_both(open_amount=5, fees=1, currency="SEK"):
            self.assertIsNone(told.figures.open)
            self.assertIsNone(told.figures.fees)

    def test_how_a_case_ended(self):
        for word, result in (
            ("paid", "paid"),
            ("partly_paid", "partly_paid"),
            ("credit_loss", "credit_loss"),
            (" Withdrawn", "withdrawn"),
            ("sold", ""),
            (None, ""),
            (["paid"], ""),
        ):
            with self.subTest(word):
                for told in self.read_both(result=word):
                    self.assertEqual(told.result, result)

    def test_the_kind_of_an_event(self):
        for word, kind in (
            ("comment", "comment"),
            ("Paid", "paid"),
            ("credit_note", "credit_note"),
            ("close", "close"),
            ("due_date_change", "due_date"),
            ("collection_block", "pause"),
            ("cancellation", "withdraw"),
            ("status_change", "other"),
            ("due_date", "other"),
            ("", "other"),
        ):
            event = answers.read_event({"id": "1", "type": word})
            self.assertEqual((event.kind, event.word), (kind, word.lower()))

    def pages(self, *pages):
        """Return a client of a server with these lists of ids as pages."""
        numbered = enumerate(pages, 2)
        return self.answering(
            *(
                (
                    200,
                    {"X-Next-Page": number if number <= len(pages) else ""},
                    json.dumps([{"id": event_id} for event_id in page]).encode(),
                )
                for number, page in numbered
            )
        )

    def test_all_pages_of_the_events_of_a_case_are_read(self):
        maventa = self.pages("ab", "bc", "d")
        events = maventa.case_events("k/1")
        self.assertEqual([event.id for event in events], [*"abcd"])
        self.assertEqual({event.assignment_id for event in events}, {"k/1"})
        path = "/v1/assignments/k%2F1/events?page={}&per_page=100"
        self.assertEqual(self.requests, [("GET", path.format(n)) for n in (1, 2, 3)])

    def test_a_case_without_events(self):
        self.assertEqual(self.pages("").case_events("1"), ())

    def test_a_list_that_begins_anew_for_ever_ends(self):
        full = json.dumps([{"id": n} for n in range(100)]).encode()
        maventa = self.answering((200, {}, full))
        self.assertEqual(len(maventa.case_events("1")), 100)
        self.assertEqual(len(self.requests), 2)

    def test_fewer_events_than_there_are_is_no_answer(self):
        one = b'[{"id": 1}]'
        for total, is_good in ((1, True), ("x", True), ("", True), (2, False)):
            with self.subTest(total):
                maventa = self.answering((200, {"X-Total": total}, one))
                if is_good:
                    self.assertEqual(len(maventa.case_events("1")), 1)
                else:
                    error = self.assertOutcome(
                        errors.UnknownOutcome, maventa.case_events, "1"
                    )
                    self.assertEqual(error.reason, "bad_answer")

    def test_an_event_of_a_case_that_cannot_be_read_is_not_left_out(self):
        maventa = self.answering((200, {}, b'[{"id": 1}, {"type": "paid"}]'))
        self.assertOutcome(errors.UnknownOutcome, maventa.case_events, "1")

    def test_half_the_events_of_a_case_are_no_answer(self):
        for status, kind in ((500, errors.UnknownOutcome), (404, errors.NotFound)):
            maventa = self.answering(
                (200, {"X-Next-Page": "2"}, b'[{"id": 1}]'), (status, {}, b"")
            )
            self.assertOutcome(kind, maventa.case_events, "1")

    # Reports --------------------------------------------------------------------------

    def test_what_each_status_means_for_a_report(self):
        for status, kind in {**STATUSES, 409: errors.Conflict}.items():
            with self.subTest(status):
                maventa = self.answering((status, {"Location": "/elsewhere"}, b""))
                error = self.assertOutcome(kind, maventa.add_event, "1", REPORT)
                self.assertEqual(error.status, status)
                sent = [("POST", "/v1/assignments/1/events")]
                self.assertEqual(self.requests, sent * (2 if status == 401 else 1))

    def test_a_useless_answer_to_a_report_leaves_the_outcome_unknown(self):
        for body in (
            *USELESS,
            b'{"type": "paid"}',
            b'{"id": null, "type": "paid"}',
            b'{"id": "e", "type": "comment"}',
            # The case, and not the event.
            b'{"id": "1", "status": "open", "events": [{"id": "e", "type": "paid"}]}',
        ):
            with self.subTest(body[:40]):
                maventa = self.answering((201, {}, body))
                error = self.assertOutcome(
                    errors.UnknownOutcome, maventa.add_event, "1", REPORT
                )
                self.assertEqual(error.reason, "bad_answer")

    def test_the_event_that_a_report_became(self):
        for status, body in (
            (200, {"id": "e"}),
            (201, {"id": "e", "type": "PAID", "assignment_id": "1"}),
            (202, {"id": "e", "type": "paid", "amount": "500.10"}),
        ):
            text = json.dumps(body).encode()
            event = self.answering((status, {}, text)).add_event("1", REPORT)
            self.assertEqual((event.id, event.assignment_id), ("e", "1"))

    def test_what_maventa_echoes_of_a_report_is_masked(self):
        for status in (201, 400, 403, 409, 422, 500):
            for ensure_ascii in (True, False):
                echo = {
                    "code": REPORT["comment"],
                    "message": f"comment: {REPORT['comment']} ei kelpaa",
                    "details": [REPORT["comment"]],
                }
                body = json.dumps(echo, ensure_ascii=ensure_ascii).encode()
                with self.subTest(status=status, ensure_ascii=ensure_ascii):
                    maventa = self.answering((status, {}, body))
                    with self.assertRaises(errors.MaventaError) as caught:
                        maventa.add_event("1", REPORT)
                    error = caught.exception
                    self.assertIn("ei kelpaa", error.remote_text)
                    self.assertTellsNothing(f"{error.remote_text} {error.code}")
                    self.assertTellsNothing(f"{error} {error!r}")

    def test_any_good_answer_to_seen_will_do(self):
        for status in (200, 201, 204):
            for body in (b"", b"<html>", b"[", b'{"error": "no"}'):
                if status == 204 and body:
                    continue
                maventa = self.answering((status, {}, body))
                self.assertIsNone(maventa.mark_seen("a/b", "c?d"))
                path = "/v1/assignments/a%2Fb/events/c%3Fd/seen"
                self.assertEqual(self.requests, [("POST", path)])

    def test_what_each_status_means_for_seen(self):
        for status, kind in STATUSES.items():
            with self.subTest(status):
                maventa = self.answering((status, {}, b""))
                self.assertOutcome(kind, maventa.mark_seen, "1", "2")

    # Lists ----------------------------------------------------------------------------

    def test_a_list_is_read_bare_and_wrapped(self):
        for body in (
            b'[{"id": 1}]',
            b'{"events": [{"id": 1}], "total": 1}',
            b'{"whatever": [{"id": 1}]}',
        ):
            page = self.answering((200, {}, body)).events(1, None)
            self.assertEqual([event.id for event in page.items], ["1"])

    def test_no_list_is_not_an_empty_list(self):
        for body in (b"{}", b"null", b'{"a": [], "b": []}', b'"[]"', b"<html>"):
            with self.subTest(body):
                maventa = self.answering((200, {}, body))
                self.assertOutcome(errors.UnknownOutcome, maventa.events, 1, None)

    def test_one_broken_item_does_not_hide_the_others(self):
        body = b'[{"id": 1}, {"type": "paid"}, "x", null, {"id": 2}]'
        with self.assertLogs("odoo.addons.amili_perinta.maventa", "WARNING") as log:
            page = self.answering((200, {}, body)).events(1, None)
        self.assertEqual([event.id for event in page.items], ["1", "2"])
        self.assertIn("3 of 5", log.output[0])

    def test_a_list_of_nothing_readable_is_an_error(self):
        maventa = self.answering((200, {}, b'[{"key": 1}, {"key": 2}]'))
        self.assertOutcome(errors.UnknownOutcome, maventa.events, 1, None)

    def test_which_page_comes_next(self):
        full = json.dumps([{"id": n} for n in range(100)]).encode()
        for page, header, body, expected in (
            (1, {"X-Next-Page": "2"}, b'[{"id": 1}]', 2),
            (1, {"X-Next-Page": ""}, full, None),
            (1, {}, b'[{"id": 1}]', None),
            (1, {}, full, 2),
            # None is passed over.
            (1, {"X-Next-Page": "3"}, full, 2),
            (3, {"X-Next-Page": "3"}, full, None),
            (3, {"X-Next-Page": "2"}, full, None),
            (3, {"X-Next-Page": "next"}, full, None),
            (3, {"X-Next-Page": "\xb2"}, full, None),
            (3, {"X-Next-Page": "-4"}, full, None),
            (3, {"X-Next-Page": "4"}, b"[]", None),
        ):
            with self.subTest(header=header, page=page):
                maventa = self.answering((200, header, body))
                self.assertEqual(maventa.events(page, None).next_page, expected)

    def test_all_pages_of_a_search_are_read(self):
        one, two = (
            json.dumps([{"id": n, "number": "7"}, {"id": n + 10, "number": "77"}])
            for n in (1, 2)
        )
        maventa = self.answering(
            (200, {"X-Next-Page": "2"}, one.encode()),
            (200, {"X-Next-Page": ""}, two.encode()),
        )
        self.assertEqual([i.id for i in maventa.find_invoices("7")], ["1", "2"])
        self.assertIn("page=2", self.requests[-1][1])

    # Retry-After ----------------------------------------------------------------------

    @freeze_time("2026-10-20 09:00:00")
    def test_retry_after_is_a_number_or_a_date(self):
        for header, seconds in (
            ("120", 120),
            ("0", 0),
            ("Tue, 20 Oct 2026 09:05:00 GMT", 300),
            ("Tue, 20 Oct 2026 08:00:00 GMT", 0),
            ("9" * 500, 86400),
            ("Tue, 20 Oct 9999 08:00:00 GMT", 86400),
            ("soon", None),
            ("-5", None),
            ("\xb2", None),
            ("", None),
        ):
            with self.subTest(header):
                maventa = self.answering((429, {"Retry-After": header}, b""))
                error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
                self.assertEqual(error.retry_after, seconds)

    # What Maventa echoes --------------------------------------------------------------

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
        for status in (200, 400, 403, 422, 500):
            for body in (self.echo(True), self.echo(False), b"<p>" + self.echo(True)):
                with self.subTest(status=status, body=body[:20]):
                    maventa = self.answering((status, {}, body))
                    with self.assertRaises(errors.MaventaError) as caught:
                        maventa.transfer("1", BODY)
                    error = caught.exception
                    self.assertTellsNothing(f"{error.remote_text} {error.code}")
                    self.assertTellsNothing(f"{error} {error!r}")

    def test_a_cut_does_not_leave_half_a_name_or_code(self):
        for pad in range(responses.MAX_REMOTE_TEXT - 60, responses.MAX_REMOTE_TEXT + 1):
            maventa_said = responses.said(
                "x" * pad + f" {IDENTITY_CODE} {NAME}", [NAME]
            )
            self.assertNotIn("131052", maventa_said)
            self.assertNotIn("Maija", maventa_said)

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

    def test_codes_with_the_signs_of_2023_are_masked(self):
        for code in ("010594Y9032", "010516B903X", "131052-308T", "010100+002c"):
            self.assertNotIn(code, masking.mask_text(f"koodi {code}, katso"))

    def test_what_is_no_identity_code_is_left_alone(self):
        text = "RF18 5390 0754 7034, 2077474-0, 123456-78901234, 2026-10-20"
        self.assertEqual(masking.mask_text(text, ["", None and ""]), text)

    # Addresses ------------------------------------------------------------------------

    def test_an_id_cannot_change_the_address(self):
        maventa = self.answering((404, {}, b""))
        self.assertOutcome(errors.NotFound, maventa.transfer_status, "../a?b=c#d/e")
        path = "/v2/invoices/..%2Fa%3Fb%3Dc%23d%2Fe/assignment"
        self.assertEqual(self.requests, [("GET", path)])

    def test_a_redirect_is_not_followed(self):
        maventa = self.answering((302, {"Location": "/v1/events"}, b""))
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)
        self.assertEqual(len(self.requests), 1)


@tagged("post_install", "-at_install")
class TestTokens(ClientCase):
    """One token for as long as it lasts."""

    def tokens(self, *given):
        """Return a client of a server with these answers to requests for a token.

        The last is for ever. Everything else is answered with an empty list to a
        token that starts with ``good``, else with 401.
        """
        left = list(given)
        self.issued = 0

        def answer(request):
            if request.path != contract.PATH_TOKEN:
                shown = request.headers["Authorization"]
                return (200 if shown.startswith("Bearer good") else 401), {}, b"[]"
            self.issued += 1
            return left.pop(0) if len(left) > 1 else left[0]

        self.server = self.enterContext(stub_server(answer))
        return self.connect(self.server.url)

    def token(self, token="good", **values):
        body = {"access_token": token, "expires_in": 3600, **values}
        return 200, {}, json.dumps(body).encode()

    def test_one_token_serves_many_threads_and_clients(self):
        maventa = self.tokens(self.token())
        outcomes = call_all(maventa.events, [(1, None)] * 40)
        self.assertEqual({type(o) for o in outcomes}, {answers.Page})
        self.reconnect(self.server.url).events(1, None)
        self.assertEqual(self.issued, 1)

    def test_other_credentials_get_a_token_of_their_own(self):
        self.tokens(self.token()).events(1, None)
        other = self.reconnect(self.server.url, client_secret="another")
        other.events(1, None)
        self.assertEqual(self.issued, 2)

    def test_a_token_is_renewed_before_its_end(self):
        with freeze_time("2026-10-20 09:00:00") as clock:
            maventa = self.tokens(self.token(expires_in=3600))
            maventa.events(1, None)
            clock.tick(3600 - tokens.TOKEN_SKEW - 1)
            maventa.events(1, None)
            self.assertEqual(self.issued, 1)
            clock.tick(2)
            maventa.events(1, None)
            self.assertEqual(self.issued, 2)

    def test_a_short_lived_token_is_still_used_more_than_once(self):
        with freeze_time("2026-10-20 09:00:00") as clock:
            maventa = self.tokens(self.token(expires_in=60))
            maventa.events(1, None)
            clock.tick(20)
            maventa.events(1, None)
            self.assertEqual(self.issued, 1)
            clock.tick(20)
            maventa.events(1, None)
            self.assertEqual(self.issued, 2)

    def test_an_absurd_lifetime_does_no_harm(self):
        for lifetime in (0, -5, None, "3600", True, 1.5, [], 10**400):
            with self.subTest(str(lifetime)[:20]):
                self.tokens(self.token(expires_in=lifetime)).events(1, None)

    def test_a_refused_token_is_renewed_once(self):
        maventa = self.tokens(self.token("stale"), self.token("good"))
        maventa.events(1, None)
        self.assertEqual(self.issued, 2)

    def test_a_second_401_is_the_end(self):
        maventa = self.tokens(self.token("stale"))
        error = self.assertOutcome(errors.AccessProblem, maventa.events, 1, None)
        self.assertEqual((error.reason, self.issued), ("unauthorized", 2))

    def test_a_report_is_refused_by_a_second_401(self):
        maventa = self.tokens(self.token("stale"))
        error = self.assertOutcome(errors.AccessProblem, maventa.add_event, "1", REPORT)
        self.assertEqual((error.reason, self.issued), ("unauthorized", 2))

    def test_what_the_answer_to_a_request_for_a_token_means(self):
        for answer, kind, reason in (
            ((400, {}, b""), errors.AccessProblem, "credentials"),
            ((401, {}, b""), errors.AccessProblem, "credentials"),
            ((403, {}, b""), errors.AccessProblem, "credentials"),
            ((404, {}, b""), errors.NotSent, "token"),
            ((429, {"Retry-After": "60"}, b""), errors.NotSent, "token"),
            ((302, {}, b""), errors.NotSent, "token"),
            ((500, {}, b""), errors.NotSent, "token"),
            ((503, {}, b"<html>"), errors.NotSent, "token"),
            ((200, {}, b"<html>"), errors.NotSent, "token"),
            ((200, {}, b"[]"), errors.NotSent, "token"),
            ((200, {}, b"{}"), errors.NotSent, "token"),
            (self.token(token=""), errors.NotSent, "token"),
            (self.token(token=["good"]), errors.NotSent, "token"),
        ):
            with self.subTest(answer):
                maventa = self.tokens(answer)
                error = self.assertOutcome(kind, maventa.transfer, "1", BODY)
                self.assertEqual(error.reason, reason)
                if answer[0] == 429:
                    self.assertEqual(error.retry_after, 60)

    def test_one_threads_renewal_is_not_thrown_away_by_another(self):
        cache = tokens.TokenCache()
        cache.put("key", "new", 3600)
        cache.drop("key", "old")
        self.assertEqual(cache.get("key"), "new")


@tagged("post_install", "-at_install")
class TestConnection(ClientCase):
    """What a broken connection means: surely not sent, or who knows."""

    def broken(self, behave, timeout=5):
        """Return a client of a server that does ``behave(request)`` to a hand-over."""

        def answer(request):
            if request.path == contract.PATH_TOKEN:
                return TOKEN
            return behave(request)

        return self.connect(self.enterContext(stub_server(answer)).url, timeout)

    def test_a_closed_port_is_surely_not_sent(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        maventa = self.connect(f"http://127.0.0.1:{port}")
        error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_a_server_that_is_gone_after_the_token_is_surely_not_sent(self):
        status, _headers, body = TOKEN
        token = status, {"Connection": "close"}, body
        with stub_server(lambda request: token) as server:
            maventa = self.connect(server.url)
            maventa._token()
        error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_an_unknown_host_is_surely_not_sent(self):
        maventa = self.broken(lambda request: self.fail("it was sent"))
        maventa._token()
        maventa._session.close()
        with patch(
            "urllib3.util.connection.socket.getaddrinfo",
            side_effect=socket.gaierror(-2, "Name or service not known"),
        ):
            error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_a_time_out_while_connecting_is_surely_not_sent(self):
        maventa = self.broken(lambda request: self.fail("it was sent"))
        maventa._token()
        maventa._session.close()
        with patch(
            "urllib3.connection.connection.create_connection", side_effect=TimeoutError
        ):
            error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "connect")

    def test_connecting_gives_up_before_reading_does(self):
        seen = []

        def create_connection(address, timeout, **kwargs):
            seen.append(timeout)
            raise TimeoutError

        maventa = self.connect("http://127.0.0.1:9", timeout=30)
        with patch(
            "urllib3.connection.connection.create_connection", create_connection
        ):
            self.assertOutcome(errors.NotSent, maventa.current)
        self.assertEqual(seen, [connection.CONNECT_TIMEOUT])

    def test_a_bad_certificate_is_surely_not_sent(self):
        with self_signed(stub_server(lambda request: TOKEN)) as url:
            maventa = self.connect(url)
            error = self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "certificate")

    def test_no_answer_in_time_is_unknown(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def silent(request):
            release.wait(20)
            return 200, {}, b""

        maventa = self.broken(silent, timeout=0.2)
        error = self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)
        self.assertEqual(error.reason, "timeout")
        release.set()

    def test_a_connection_closed_without_answer_is_unknown(self):
        def hang_up(request):
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError

        maventa = self.broken(hang_up)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_an_answer_that_breaks_off_is_unknown(self):
        def half(request):
            request.close_connection = True
            return 201, {"Content-Length": 100}, b'{"status": "pending"}'

        maventa = self.broken(half)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_a_broken_compression_is_unknown(self):
        maventa = self.broken(
            lambda request: (200, {"Content-Encoding": "gzip"}, b"no gzip at all")
        )
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_what_is_no_http_is_unknown(self):
        def talk(request):
            request.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
            request.close_connection = True
            return 200, {}, b""

        maventa = self.broken(talk)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)

    def test_no_post_is_ever_repeated_by_the_library(self):
        seen = []

        def reset(request):
            seen.append(request.path)
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError

        maventa = self.broken(reset)
        self.assertOutcome(errors.UnknownOutcome, maventa.transfer, "1", BODY)
        self.assertEqual(len(seen), 1)

    def test_a_report_that_is_not_answered_is_unknown_and_not_repeated(self):
        seen = []
        release = threading.Event()
        self.addCleanup(release.set)

        def hang_up(request):
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError

        def silent(request):
            release.wait(20)
            return hang_up(request)

        for behave, reason in ((hang_up, "reset"), (silent, "timeout")):
            with self.subTest(reason):
                maventa = self.broken(
                    lambda request, behave=behave: (
                        seen.append(request.path) or behave(request)
                    ),
                    timeout=0.2,
                )
                error = self.assertOutcome(
                    errors.UnknownOutcome, maventa.add_event, "1", REPORT
                )
                self.assertEqual(error.reason, reason)
                self.assertTellsNothing(repr(error))
        self.assertEqual(len(seen), 2)

    def test_a_report_to_a_closed_port_is_surely_not_sent(self):
        with stub_server(lambda request: TOKEN) as server:
            maventa = self.connect(server.url)
            maventa._token()
            maventa._session.close()
        error = self.assertOutcome(errors.NotSent, maventa.add_event, "1", REPORT)
        self.assertEqual(error.reason, "connect")

    def test_a_trouble_with_the_token_is_surely_not_sent(self):
        def answer(request):
            if request.path == contract.PATH_TOKEN:
                request.close_connection = True
                request.connection.shutdown(socket.SHUT_RDWR)
                raise ConnectionAbortedError
            self.fail("it was sent")

        server = self.enterContext(stub_server(answer))
        maventa = self.connect(server.url)
        self.assertOutcome(errors.NotSent, maventa.transfer, "1", BODY)


def call_all(call, items, start_within=None, **options):
    """Return the outcomes of parallel calls in the order of the items."""
    if start_within is not None:
        options["deadline"] = parallel.time.monotonic() + start_within
    groups = parallel.call_in_groups(call, items, **options)
    outcomes = dict(pair for group in groups for pair in group)
    return [outcomes[index] for index in range(len(outcomes))]


@tagged("post_install", "-at_install")
class TestParallel(BaseCase):
    """Many calls at once."""

    def test_outcomes_come_in_the_order_of_the_calls(self):
        self.assertEqual(
            call_all(lambda n: n * 2, [(n,) for n in range(50)]),
            [n * 2 for n in range(50)],
        )
        self.assertEqual(call_all(lambda n: n, []), [])

    def test_one_failure_does_not_hide_the_others(self):
        def call(n):
            if n == 1:
                raise errors.NotSent("connect")
            if n == 2:
                raise KeyError(IDENTITY_CODE)
            return n

        with self.assertLogs("odoo.addons.amili_perinta.maventa", "ERROR") as log:
            outcomes = call_all(call, [(n,) for n in range(4)])
        self.assertEqual((outcomes[0], outcomes[3]), (0, 3))
        self.assertIs(type(outcomes[1]), errors.NotSent)
        self.assertIs(type(outcomes[2]), errors.UnknownOutcome)
        self.assertNotIn(IDENTITY_CODE, str(log.output))

    def test_what_has_not_begun_in_time_is_not_begun(self):
        with patch.object(parallel, "time") as clock:
            clock.monotonic.side_effect = count(0, 100)
            outcomes = call_all(
                lambda n: n, [(n,) for n in range(5)], width=1, start_within=340
            )
        self.assertEqual(outcomes[:3], [0, 1, 2])
        for outcome in outcomes[3:]:
            self.assertIs(type(outcome), errors.NotSent)
            self.assertEqual(outcome.reason, "late")

    def test_calls_are_under_way_at_once(self):
        together = threading.Barrier(parallel.WIDTH)
        calls = [(10,)] * parallel.WIDTH
        # Each waits for all the others: one after the other they would never end.
        self.assertEqual(
            sorted(call_all(together.wait, calls)), [*range(parallel.WIDTH)]
        )


@tagged("post_install", "-at_install")
class TestContract(BaseCase):
    """What nobody has confirmed is said openly."""

    def test_the_readme_lists_what_is_assumed(self):
        source = (ROOT / "maventa" / "contract.py").read_text()
        assumed = set(re.findall(r"^([A-Z_]+) = .*# .*ASSUMED", source, re.MULTILINE))
        self.assertIn("EVENT_PAUSE", assumed)
        readme = (ROOT / "README.rst").read_text()
        table = readme.partition("- In ``maventa/contract.py``")[2]
        table = table.partition("Assumed as well")[0]
        rows = re.findall(r"\n   \* - (.+?)\n     - ", table, re.DOTALL)
        listed = set(re.findall(r"``([A-Z_]+)", " ".join(rows)))
        self.assertEqual(assumed - listed, set())
        self.assertEqual(listed - set(vars(contract)), set())


@tagged("post_install", "-at_install")
class TestHosts(BaseCase):
    """Where credentials may go."""

    def test_the_sandbox_is_on_this_machine_or_behind_https(self):
        for url in (
            "http://localhost:8080",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080",
            "https://sandbox.example.com",
            "https://sandbox.example.com/maventa/",
        ):
            with self.subTest(url):
                hosts = contract.hosts_for("sandbox", url)
                self.assertEqual(hosts.ax, url.rstrip("/"))
                self.assertEqual(hosts.receivables, hosts.ax)

    def test_every_other_address_is_refused(self):
        for url in (
            None,
            "",
            "localhost:8080",
            "http://sandbox.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "http://127.0.0.1:80@example.com",
            "http://127.0.0.1\\@example.com",
            "http://user@localhost",
            "http://:secret@localhost",
            "https://user:secret@sandbox.example.com",
            "http://localhost?x=1",
            "http://localhost#x",
            "ftp://localhost",
            "file:///etc/passwd",
            "https://",
            "http://[",
            "http://10.0.0.1",
            "http://0.0.0.0",
        ):
            with self.subTest(url), self.assertRaises(ValueError):
                contract.hosts_for("sandbox", url)

    def test_a_sandbox_address_changes_no_other_environment(self):
        for environment in ("test", "production"):
            hosts = contract.hosts_for(environment, "http://localhost:1")
            for host in (hosts.ax, hosts.receivables):
                self.assertRegex(host, r"^https://[a-z-]+\.maventa\.com$")
        self.assertNotEqual(
            contract.hosts_for("test"), contract.hosts_for("production")
        )

    def test_an_unknown_environment_is_refused(self):
        with self.assertRaises(ValueError):
            contract.hosts_for("prod")


@tagged("post_install", "-at_install")
class TestAgainstSandbox(ClientCase):
    """The client against the sandbox, which shares no code with it."""

    personal = PERSONAL

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        super().setUp()
        self.sandbox.reset()
        self.invoice = str(uuid4())
        self.sandbox.control("invoices", {"id": self.invoice, "number": "17"})
        self.maventa = self.connect(self.sandbox.url)

    def transfer(self):
        return self.maventa.transfer(self.invoice, BODY)

    def test_a_hand_over_is_stored_once(self):
        told = self.transfer()
        self.assertEqual(told.meaning, "pending")
        self.assertIsInstance(told.created_at, datetime)
        [case] = self.sandbox.cases()
        self.assertEqual(case["request"], BODY)

    def test_a_second_hand_over_gives_the_first(self):
        first = self.transfer()
        self.assertEqual(self.transfer(), first)
        self.assertEqual(len(self.sandbox.cases()), 1)

    def test_a_conflict_without_a_hand_over_is_a_refusal(self):
        self.sandbox.fault("status", status=409, path=HAND_OVER)
        self.assertOutcome(errors.Conflict, self.transfer)

    def test_a_conflict_that_cannot_be_looked_into_is_unknown(self):
        self.sandbox.fault("status", status=409, path=HAND_OVER)
        self.sandbox.fault("status", status=500, method="GET", path="/assignment$")
        self.assertOutcome(errors.UnknownOutcome, self.transfer)

    def test_the_outcome_is_unknown_whether_it_was_processed_or_not(self):
        for fault, options, stored in (
            ("drop_before", {}, 0),
            ("drop_after", {}, 1),
            ("hang_before", {"seconds": 60}, 0),
            ("hang", {"seconds": 60}, 1),
            ("status", {"status": 502, "body": "<html>"}, 0),
            ("status_after", {"status": 503, "body": ""}, 1),
            ("truncate", {}, 1),
            ("not_json", {}, 0),
            ("json", {"body": ["pending"]}, 0),
        ):
            with self.subTest(fault):
                self.sandbox.reset()
                self.sandbox.control("invoices", {"id": self.invoice, "number": "17"})
                self.maventa = self.connect(self.sandbox.url, timeout=0.5)
                self.maventa.current()
                self.sandbox.fault(fault, path=HAND_OVER, **options)
                self.assertOutcome(errors.UnknownOutcome, self.transfer)
                self.sandbox.clear_faults()
                self.assertEqual(len(self.sandbox.cases()), stored)
                self.assertEqual(len(self.sandbox.log("POST", "/assignment/amili")), 1)

    def test_a_token_that_dies_early_is_renewed(self):
        self.maventa.current()
        self.sandbox.fault("token_dies", path=HAND_OVER)
        self.assertEqual(self.transfer().meaning, "pending")
        statuses = [e["status"] for e in self.sandbox.log("POST", "/assignment/amili")]
        self.assertEqual(statuses, [401, 201])
        self.assertEqual(len(self.sandbox.cases()), 1)

    def test_a_missing_scope_is_named(self):
        self.sandbox.control(
            "companies",
            {"client_id": DEFAULT_COMPANY["client_id"], "scopes": ["company:read"]},
        )
        error = self.assertOutcome(errors.AccessProblem, self.transfer)
        self.assertEqual(error.reason, "scope")
        error = self.assertOutcome(errors.AccessProblem, self.maventa.check_access)
        self.assertIn("receivables:assignments", error.remote_text)

    def test_a_good_token_passes_the_check(self):
        self.maventa.check_access()

    def test_details_name_the_field(self):
        broken = {**BODY, "receivables_type": "b2c_rent"}
        with self.assertRaises(errors.Refused) as caught:
            self.maventa.transfer(self.invoice, broken)
        self.assertIn("receivables_type", caught.exception.remote_text)
        self.assertTellsNothing(caught.exception.remote_text)

    def test_the_feed_begins_where_it_is_asked_to(self):
        self.sandbox.control("settings", {"now": "2026-10-20T09:00:00Z"})
        self.sandbox.control("cases", {"count": 1})
        invoice = self.sandbox.cases()[0]["invoice_id"]
        for moment in ("2026-10-20T09:10:00Z", "2026-10-20T09:20:00Z"):
            self.sandbox.control("settings", {"now": moment})
            self.sandbox.control(f"cases/{invoice}/comment", {"text": moment})
        since = datetime(2026, 10, 20, 9, 15, tzinfo=timezone.utc)
        page = self.maventa.events(1, since)
        self.assertEqual([e.text for e in page.items], ["2026-10-20T09:20:00Z"])

    # A case that is active ------------------------------------------------------------

    def active(self):
        """Return the id of a case that Amili took on: 1240 EUR are open."""
        [made] = self.sandbox.control("cases", {"invoice_ids": [self.invoice]})
        return made["assignment_id"]

    def stored(self):
        """Return the events that the sandbox has of the case."""
        return self.sandbox.control(f"cases/{self.invoice}")["events"]

    def test_every_kind_of_report_is_taken(self):
        day = date(2026, 11, 2)
        credit_note = report.Report("credit_note", "Hyvitys", Decimal(5), day, "HYV-3")
        for given, told in (
            (report.Report("comment", "Hei"), {"type": "comment", "comment": "Hei"}),
            (
                report.Report("paid", "Tilille", Decimal("500.10"), day),
                {"type": "paid", "amount": 500.1, "comment": "Tilille"},
            ),
            (report.Report("paid", amount=Decimal(5), day=day), {"amount": 5}),
            (
                credit_note,
                {"type": "credit_note", "amount": 5, "reference": "HYV-3"},
            ),
            (
                report.Report("due_date", "Sovittu", day=day),
                {"type": "due_date_change", "date": "2026-11-02"},
            ),
            (
                report.Report("pause", "Riita", day=day),
                {"type": "collection_block", "date": "2026-11-02"},
            ),
            (report.Report("pause"), {"type": "collection_block"}),
            (
                report.Report("withdraw", "Virhe"),
                {"type": "cancellation", "comment": "Virhe"},
            ),
        ):
            with self.subTest(given.kind):
                self.sandbox.reset()
                self.sandbox.control("invoices", {"id": self.invoice, "number": "17"})
                self.maventa = self.connect(self.sandbox.url)
                case = self.active()
                event = self.maventa.add_event(case, report.build_report(given))
                stored = self.stored()[0]
                self.assertEqual(stored, {**stored, **told})
                self.assertEqual(event.id, stored["id"])
                self.assertEqual((event.kind, event.is_ours), (given.kind, True))
                self.assertEqual((event.text, event.amount), (given.text, given.amount))
                self.assertIn(event, self.maventa.case_events(case))

    def test_the_figures_of_a_case_follow_what_happens(self):
        case = self.active()
        self.sandbox.control(
            f"cases/{self.invoice}/demand", {"fee": 70, "interest": 1.5}
        )
        self.sandbox.control(f"cases/{self.invoice}/pay", {"amount": 11.5})
        event = self.maventa.add_event(case, REPORT)
        figures = answers.Figures(
            *map(Decimal, ("799.9", "511.6", "0", "70", "1.5")),
        )
        self.assertEqual(event.figures, figures)
        self.assertEqual(self.maventa.case(case).figures, figures)
        newest = self.maventa.case_events(case)[0]
        self.assertEqual(newest.figures, figures)

    def test_each_result_is_known_again(self):
        for result in ("paid", "partly_paid", "credit_loss", "withdrawn"):
            case = self.active()
            self.sandbox.control(f"cases/{self.invoice}/close", {"result": result})
            told = self.maventa.case(case)
            self.assertEqual((told.is_closed, told.result), (True, result))
            self.assertEqual(self.maventa.case_events(case)[0].result, result)

    def test_a_closed_case_takes_no_report(self):
        case = self.active()
        self.sandbox.control(f"cases/{self.invoice}/close", {})
        error = self.assertOutcome(
            errors.Conflict, self.maventa.add_event, case, REPORT
        )
        self.assertEqual(error.code, "assignment_closed")

    def test_a_report_that_the_sandbox_does_not_know_is_refused(self):
        case = self.active()
        body = {**REPORT, "type": "payment"}
        error = self.assertOutcome(errors.Refused, self.maventa.add_event, case, body)
        self.assertEqual(error.status, 422)
        self.assertOutcome(
            errors.NotFound, self.maventa.add_event, str(uuid4()), REPORT
        )
        self.assertEqual(self.stored(), [])

    def test_a_report_whose_answer_is_lost_is_found_in_the_list(self):
        case = self.active()
        self.maventa = self.reconnect(self.sandbox.url, timeout=0.5)
        for fault, options, stored in (
            ("drop_before", {}, 0),
            ("hang_before", {"seconds": 60}, 0),
            ("status", {"status": 500}, 0),
            ("drop_after", {}, 1),
            ("hang", {"seconds": 60}, 1),
            ("status_after", {"status": 503}, 1),
            ("truncate", {}, 1),
        ):
            with self.subTest(fault):
                before = self.maventa.case_events(case)
                self.sandbox.fault(fault, method="POST", path=REPORTS, **options)
                body = report.build_report(report.Report("comment", f"Hei {fault}"))
                self.assertOutcome(
                    errors.UnknownOutcome, self.maventa.add_event, case, body
                )
                self.sandbox.clear_faults()
                found = set(self.maventa.case_events(case)) - set(before)
                self.assertEqual(
                    [event.text for event in found], [f"Hei {fault}"] * stored
                )

    def test_a_token_that_dies_does_not_double_a_report(self):
        case = self.active()
        self.maventa.current()
        self.sandbox.fault("token_dies", method="POST", path=REPORTS)
        self.maventa.add_event(case, REPORT)
        self.assertEqual(len(self.stored()), 1)
        statuses = [e["status"] for e in self.sandbox.log("POST", "/events")]
        self.assertEqual(statuses, [401, 201])

    def test_a_slow_answer_is_an_answer(self):
        case = self.active()
        self.sandbox.fault("delay", seconds=0.2, method="POST", path=REPORTS)
        self.assertEqual(self.maventa.add_event(case, REPORT).kind, "paid")

    def test_the_events_of_a_long_case_are_all_read(self):
        case = self.active()
        for number in range(250):
            self.sandbox.control(
                f"cases/{self.invoice}/comment", {"text": f"Viesti {number}"}
            )
        events = self.maventa.case_events(case)
        self.assertEqual(len({event.text for event in events}), 250)
        self.assertEqual(len(events), 250)

    def test_a_list_out_of_order_is_whole_or_no_answer(self):
        case = self.active()
        for number in range(120):
            self.sandbox.control(
                f"cases/{self.invoice}/comment", {"text": f"Viesti {number}"}
            )
        whole = set(self.maventa.case_events(case))
        path = {"method": "GET", "path": REPORTS, "times": 2}
        for fault in ("repeat_items", "reverse_items"):
            self.sandbox.fault(fault, **path)
            events = self.maventa.case_events(case)
            self.assertEqual((len(events), set(events)), (120, whole))
        for skip in (0, 1):
            self.sandbox.clear_faults()
            self.sandbox.fault("skip_page", method="GET", path=REPORTS, skip=skip)
            self.assertOutcome(errors.UnknownOutcome, self.maventa.case_events, case)

    def test_a_question_is_marked_as_seen(self):
        case = self.active()
        self.sandbox.control(f"cases/{self.invoice}/ask", {"text": "Osoite?"})
        [event] = self.maventa.case_events(case)
        self.assertEqual((event.kind, event.is_ours), ("comment", False))
        for _time in range(2):
            self.maventa.mark_seen(case, event.id)
        self.assertTrue(self.stored()[0]["seen"])
        self.assertFalse(event.is_seen)
        self.assertTrue(self.maventa.case_events(case)[0].is_seen)
        self.assertOutcome(errors.NotFound, self.maventa.mark_seen, case, str(uuid4()))

    def test_nothing_secret_or_personal_is_logged_or_raised(self):
        records = self.log_records()
        self.transfer()
        self.maventa.find_invoices("17")
        self.sandbox.control(f"cases/{self.invoice}/accept", {})
        case = self.sandbox.cases()[0]["id"]
        event = self.maventa.add_event(case, REPORT)
        self.maventa.mark_seen(case, event.id)
        self.maventa.case_events(case)
        for fault in ("drop_before", "status", "not_json", "status_after"):
            self.sandbox.fault(fault, method="POST", path=REPORTS, **{"status": 422})
            try:
                self.maventa.add_event(case, REPORT)
            except errors.MaventaError as exc:
                records.append(f"{exc} {exc!r} {exc.__cause__!r}")
        for fault in ("drop_before", "token_dies", "status", "not_json"):
            self.sandbox.fault(fault, path=HAND_OVER, **{"status": 422})
            try:
                self.transfer()
            except errors.MaventaError as exc:
                records.append(f"{exc} {exc!r} {exc.__cause__!r}")
        self.assertIn("/assignment/amili: 201 in", "\n".join(records))
        self.assertIn("/events: 201 in", "\n".join(records))
        self.assertTellsNothing("\n".join(records))
        self.assertNotIn("Bearer", "\n".join(records))

    def test_credentials_do_not_show_in_a_traceback(self):
        credentials = connection.Credentials(**DEFAULT_COMPANY)
        self.assertTellsNothing(repr(credentials))
