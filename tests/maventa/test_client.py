"""Hand-overs: what each answer means, and whether Maventa has it."""

import json

from freezegun import freeze_time

from odoo.tests import tagged

from ...maventa import answers, contract, errors, upload
from ..client_case import (
    BODY,
    NAME,
    PERSONAL,
    REPORT,
    STATUSES_OF_CHANGES,
    USELESS,
    ClientCase,
)
from ..stub_server import stub_server


@tagged("post_install", "-at_install")
class TestHandOverAnswers(ClientCase):
    """What each answer to a hand-over means, by a server that says anything."""

    personal = PERSONAL

    def test_what_each_status_means_for_a_hand_over(self):
        for status, kind in STATUSES_OF_CHANGES.items():
            with self.subTest(status):
                maventa = self.answering((status, {"Location": "/elsewhere"}, b""))
                error = self.assertOutcome(kind, maventa.transfer, "1", BODY)
                self.assertEqual(error.status, status)
                self.assertEqual(len(self.requests), 2 if status in (401, 403) else 1)

    def test_any_good_answer_means_that_maventa_has_it(self):
        for status in (200, 201, 202, 204):
            for body in USELESS if status != 204 else (b"",):
                with self.subTest(status=status, body=body[:40]):
                    maventa = self.answering((status, {}, body))
                    told = maventa.transfer("1", BODY)
                    self.assertEqual((told.word, told.meaning), ("", "pending"))
                    self.assertEqual(len(self.requests), 1)

    def test_a_useless_answer_to_the_question_says_nothing(self):
        for body in USELESS:
            with self.subTest(body[:40]):
                maventa = self.answering((200, {}, body))
                error = self.assertOutcome(
                    errors.UnknownOutcome, maventa.transfer_status, "1"
                )
                self.assertEqual(error.reason, "bad_answer")

    def test_what_is_told_without_a_status_is_kept(self):
        body = b'{"assignment_id": "a", "message": "Jonossa"}'
        told = self.answering((202, {}, body)).transfer("1", BODY)
        self.assertEqual((told.assignment_id, told.reason), ("a", "Jonossa"))
        self.assertEqual(told.meaning, "pending")

    def test_status_words_in_capitals(self):
        for word, meaning in (("SENT", "sent"), ("Pending", "pending")):
            body = json.dumps({"status": word}).encode()
            told = self.answering((200, {}, body)).transfer_status("1")
            self.assertEqual(told.meaning, meaning)

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
            {"url": "https://receivables.example/v1/assignments/a"},
            {"url": "https://receivables.example/v1/assignments/a/?x=1#y"},
            {"url": "/v1/assignments/a", "assignment_id": "x" * 500},
            {"url": "https://receivables.example/z", "assignment_id": "a"},
        ):
            text = json.dumps({"status": "sent", **body}).encode()
            told = self.answering((200, {}, text)).transfer_status("1")
            self.assertEqual((told.meaning, told.assignment_id), ("sent", "a"))

    def test_no_url_is_no_id(self):
        for url in ("", "http://127.0.0.1/", "https://[", None, ["a"], {"a": 5}):
            with self.subTest(url):
                body = json.dumps({"status": "sent", "url": url}).encode()
                told = self.answering((200, {}, body)).transfer_status("1")
                self.assertEqual((told.assignment_id, told.unexpected_host), ("", ""))

    def test_the_host_of_a_case_is_noted_where_it_is_another_and_never_called(self):
        for url, host in (
            ("http://127.0.0.1:1/v1/assignments/a", ""),
            ("/v1/assignments/a", ""),
            ("https://receivables-eu.maventa.com/v1/assignments/a", "receivables-eu"),
            ("https://user:key@evil.example/a", "evil"),
        ):
            for method, args in (("transfer_status", "1"), ("transfer", ("1", BODY))):
                with self.subTest(url=url, method=method):
                    body = json.dumps({"status": "sent", "url": url}).encode()
                    maventa = self.answering((200, {}, body))
                    told = getattr(maventa, method)(*args)
                    self.assertEqual(told.unexpected_host.partition(".")[0], host)
                    self.assertEqual(told.assignment_id, "a")
                    self.assertEqual(len(self.requests), 1)

    def test_the_reason_of_an_error_is_found_wherever_it_stands(self):
        for body in (
            {"message": "Osoite puuttuu"},
            {"error": "Osoite puuttuu"},
            {"error": {"message": "Osoite puuttuu"}},
            {"details": "Osoite puuttuu"},
            {"errors": ["Osoite puuttuu"]},
            {"error": {"details": ["Osoite puuttuu"]}},
            {"error_reason": "Osoite puuttuu"},
            {"error_reason": "Osoite puuttuu", "message": "Osoite puuttuu"},
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
class TestForbidden(ClientCase):
    """A 403 is about this invoice, unless the token lacks what the deed needs."""

    personal = PERSONAL

    def forbidding(self, granted, *current, method="POST"):
        """Return a client with these scopes whose every request of a method is a 403.

        :param granted: the ``scope`` of the token, None where it is not told
        :param current: status and scopes that "who am I" tells
        """
        token = {"access_token": "stub-token", "expires_in": 3600, "scope": granted}
        self.asked = []

        def answer(request):
            if request.path == contract.PATH_TOKEN:
                return 200, {}, json.dumps(token).encode()
            self.asked.append(request.path)
            if request.path == contract.PATH_CURRENT:
                status, scopes = current
                return status, {}, json.dumps({"scopes": scopes}).encode()
            body = {"code": "forbidden", "message": f"Ei käy, {NAME}"}
            return 403, {}, json.dumps(body).encode()

        return self.connect(self.enterContext(stub_server(answer)).url)

    def deeds(self, maventa):
        form = upload.Upload("1", "a.xml", b"x", False, "", "")
        return {
            "invoice:send": (
                lambda: maventa.transfer("1", BODY),
                lambda: maventa.upload_invoice(form),
            ),
            "receivables:assignments": (
                lambda: maventa.add_event("1", REPORT),
                lambda: maventa.mark_seen("1", "2"),
            ),
            "company:write": (
                lambda: maventa.activate_service({}),
                lambda: maventa.change_service({}),
                lambda: maventa.end_service(),
            ),
        }

    def test_with_the_scope_it_is_a_refusal_in_maventas_words(self):
        maventa = self.forbidding("company invoice:send receivables:assignments")
        for calls in self.deeds(maventa).values():
            for call in calls:
                error = self.assertOutcome(errors.Forbidden, call)
                self.assertIsInstance(error, errors.Refused)
                self.assertEqual((error.reason, error.status), ("forbidden", 403))
                self.assertIn("Ei käy", error.remote_text)
        self.assertNotIn(contract.PATH_CURRENT, self.asked)
        error = self.assertOutcome(
            errors.Forbidden, self.deeds(maventa)["invoice:send"][0]
        )
        self.assertTellsNothing(error.remote_text)

    def test_without_the_scope_the_company_has_to_wait(self):
        everything = ("company:read", *self.deeds(None))
        for missing, calls in self.deeds(None).items():
            others = [scope for scope in everything if scope != missing]
            for index in range(len(calls)):
                with self.subTest(missing=missing, index=index):
                    maventa = self.forbidding(" ".join(others))
                    error = self.assertOutcome(
                        errors.AccessProblem, self.deeds(maventa)[missing][index]
                    )
                    self.assertEqual(error.reason, "scope")
                    self.assertIn(missing, error.details)

    def test_where_the_token_does_not_tell_maventa_is_asked_once(self):
        maventa = self.forbidding(None, 200, ["invoice:send"])
        for _time in range(3):
            self.assertOutcome(errors.Forbidden, maventa.transfer, "1", BODY)
        self.assertEqual(self.asked.count(contract.PATH_CURRENT), 1)
        maventa = self.forbidding(None, 200, ["company"])
        self.assertOutcome(errors.AccessProblem, maventa.transfer, "1", BODY)

    def test_what_is_told_nowhere_is_as_it_was_asked_for(self):
        for status, scopes in ((200, []), (200, None), (403, None), (404, None)):
            with self.subTest(status=status, scopes=scopes):
                maventa = self.forbidding("", status, scopes)
                self.assertOutcome(errors.Forbidden, maventa.transfer, "1", BODY)

    def test_what_cannot_be_found_out_for_now_refuses_nothing_for_good(self):
        for status in (500, 429):
            maventa = self.forbidding(None, status, None)
            error = self.assertOutcome(
                errors.AccessProblem, maventa.transfer, "1", BODY
            )
            self.assertEqual(error.reason, "scope")

    def test_a_question_that_is_refused_makes_the_company_wait(self):
        maventa = self.forbidding(" ".join(contract.SCOPES), 403, None)
        for call in (
            *(lambda: maventa.transfer_status("1"), lambda: maventa.case("1")),
            *(maventa.service, lambda: maventa.invoice("1")),
        ):
            error = self.assertOutcome(errors.AccessProblem, call)
            self.assertEqual(error.reason, "scope")


@tagged("post_install", "-at_install")
class TestScopes(ClientCase):
    """What the token is good for."""

    def granted(self, scope, current=None):
        token = {"access_token": "stub-token", "expires_in": 3600, "scope": scope}

        def answer(request):
            body = token if request.path == contract.PATH_TOKEN else current
            status = 200 if body is not None else 403
            return status, {}, json.dumps(body).encode()

        return self.connect(self.enterContext(stub_server(answer)).url)

    def test_all_that_is_needed_is_asked_for(self):
        needed = {s for scopes in contract.SCOPES_OF_DEEDS.values() for s in scopes}
        self.assertEqual(needed, set(contract.SCOPES))
        self.assertIn("global", contract.SCOPES)

    def test_each_deed_that_lacks_something_is_named(self):
        maventa = self.granted("company invoice:send")
        self.assertEqual(
            maventa.missing_scopes(),
            {
                "current": ("global",),
                "cases": ("receivables:assignments",),
                "invoices": ("invoice:receive",),
            },
        )
        self.assertEqual(self.granted(" ".join(contract.SCOPES)).missing_scopes(), {})
        self.assertEqual(self.granted("eui").missing_scopes(), {"current": ("global",)})

    def test_a_token_that_may_not_ask_who_it_is_still_counts_as_good(self):
        maventa = self.granted("invoice:send")
        maventa.check_access(contract.SCOPES_OF_TRANSFER)
        error = self.assertOutcome(
            errors.AccessProblem, maventa.check_access, contract.SCOPES_OF_CASES
        )
        self.assertEqual(error.details, ("receivables:assignments",))

    def test_what_maventa_tells_now_counts_more_than_what_the_token_came_with(self):
        maventa = self.granted("global invoice:send", {"scopes": ["global"]})
        self.assertOutcome(errors.AccessProblem, maventa.check_access)

    def test_a_scope_that_the_credentials_may_not_ask_for_is_no_wrong_key(self):
        answer = 400, {}, b'{"error": "invalid_scope"}'
        server = self.enterContext(stub_server(lambda request: answer))
        error = self.assertOutcome(
            errors.AccessProblem, self.connect(server.url).current
        )
        self.assertEqual(error.reason, "scope")
