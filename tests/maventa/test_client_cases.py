"""Cases, events and reports: what each answer of the Receivables API means."""

import json
from decimal import Decimal

from odoo.tests import tagged

from ...maventa import answers, errors, reading
from ..client_case import (
    IDENTITY_CODE,
    PERSONAL,
    REPORT,
    STATUSES_OF_CHANGES,
    USELESS,
    ClientCase,
)


@tagged("post_install", "-at_install")
class TestCaseAnswers(ClientCase):
    """What is read of a case and of its events."""

    personal = PERSONAL

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

    def test_ids_under_other_keys(self):
        for body, case_id, event_id in (
            ({"id": 5}, "5", "5"),
            ({"uuid": "u"}, "u", "u"),
            ({"id": "", "_id": "u"}, "u", "u"),
            ({"id": "x" * 500, "uuid": "u"}, "u", "u"),
        ):
            self.assertEqual(answers.read_case(body).id, case_id)
            self.assertEqual(answers.read_event(body).id, event_id)
        self.assertEqual(answers.read_case({"assignment_id": "c"}).id, "c")
        event = answers.read_event({"event_id": "e", "assignment_id": "c"})
        self.assertEqual((event.id, event.assignment_id), ("e", "c"))
        for body in ({}, {"id": None}, {"id": ["e"]}, {"id": "x" * 500}):
            with self.subTest(body), self.assertRaises(reading.UnreadableAnswer):
                answers.read_event(body)

    def test_what_is_wrapped_in_an_object(self):
        for name in ("data", "assignment"):
            maventa = self.answering((200, {}, json.dumps({name: {"id": 1}}).encode()))
            self.assertEqual(maventa.case("1").id, "1")
        told = self.answering(
            (200, {}, b'{"assignment": {"status": "SENT", "assignment_id": "a"}}')
        ).transfer_status("1")
        self.assertEqual((told.meaning, told.assignment_id), ("sent", "a"))

    def test_words_in_another_spelling(self):
        case = answers.read_case(
            {
                "id": 1,
                "status": "CLOSED",
                "result": "Partly paid",
                "collection_type": "REMINDER-AND-COLLECTION",
                "receivables_type": "B2C_Rental",
            }
        )
        self.assertTrue(case.is_closed)
        self.assertEqual(case.result, "partly_paid")
        self.assertEqual(case.collection_type, "reminder_and_collection")
        self.assertEqual(case.receivables_type, "b2c_rental")
        body = {"id": 1, "type": "CREDIT NOTE", "origin": "Company"}
        event = answers.read_event(body)
        self.assertEqual((event.kind, event.is_ours), ("credit_note", True))

    def test_a_novel_is_cut_and_a_code_in_it_is_not_left_in_half(self):
        for pad in range(reading.MAX_PROSE - 30, reading.MAX_PROSE):
            text = "x" * pad + f" {IDENTITY_CODE} " + "y" * 300_000
            event = answers.read_event({"id": 1, "comment": text})
            self.assertLessEqual(len(event.text), reading.MAX_PROSE)
            self.assertTrue(event.text.endswith("…"))
            self.assertNotIn("131052", event.text)
        long = "x" * 300_000
        for read, body in (
            (answers.read_invoice_action, {"message": long}),
            (answers.read_invoice, {"id": 1, "number": long}),
            (answers.read_case, {"id": 1, "collection_status": long}),
            (answers.read_transfer_status, {"status": "error", "message": long}),
            (answers.read_transfer_status, {"status": long}),
            (answers.read_service, {"status": long, "message": long}),
        ):
            self.assertLess(len(repr(read(body))), 2 * reading.MAX_PROSE)

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


@tagged("post_install", "-at_install")
class TestReportAnswers(ClientCase):
    """What each answer to a report means."""

    personal = PERSONAL

    def test_what_each_status_means_for_a_report(self):
        for status, kind in {**STATUSES_OF_CHANGES, 409: errors.Conflict}.items():
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
                    self.assertEqual("ei kelpaa" in error.remote_text, status != 201)
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
        for status, kind in STATUSES_OF_CHANGES.items():
            with self.subTest(status):
                maventa = self.answering((status, {}, b""))
                self.assertOutcome(kind, maventa.mark_seen, "1", "2")


@tagged("post_install", "-at_install")
class TestLists(ClientCase):
    """Lists of any shape, with and without pages."""

    personal = PERSONAL

    def test_a_list_is_read_bare_and_wrapped(self):
        for body in (
            b'[{"id": 1}]',
            b'{"events": [{"id": 1}], "total": 1}',
            b'{"whatever": [{"id": 1}]}',
            b'{"data": {"events": [{"id": 1}]}, "meta": {"page": 1}}',
            b'{"items": [{"id": 1}], "errors": []}',
            b'{"links": [], "warnings": [], "results": [{"id": 1}]}',
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
            # Who has pages of its own length.
            (1, {}, json.dumps([{"id": n} for n in range(20)]).encode(), 2),
            (1, {}, json.dumps([{"id": n} for n in range(19)]).encode(), None),
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

    def test_who_passes_the_page_over_is_noticed(self):
        full = json.dumps([{"id": n} for n in range(100)]).encode()
        maventa = self.answering((200, {}, full))
        self.assertEqual(maventa.events(1, None).next_page, 2)
        again = maventa.events(2, None)
        self.assertEqual((again.items, again.next_page), ((), None))
        # The list of something else is not the same one.
        self.assertEqual(len(maventa.cases(2).items), 100)

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
