import json
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import unquote

from odoo.tests import tagged

from ...maventa import answers, errors, upload
from ..client_case import EMAIL, INVOICE, STATUSES, ClientCase, an_upload

NO_INVOICE = (
    *(b"", b"null", b"[]", b"17", b"{}", b'"1"', b"<html>", b'{"id": ""}'),
    *(b'{"id": null}', b'{"id": ["1"]}', b'[{"id": "1"}]', b'{"id": "1"'),
)


def fields(sent):
    """Return the fields of the form, but for the file."""
    return [(name, value) for name, (_none, value, *_) in upload.build_form(sent)][1:]


@tagged("post_install", "-at_install")
class TestUploadForm(ClientCase):
    """The form that an invoice goes in."""

    def test_all_of_it(self):
        sent = an_upload(deliver=False, language="sv")
        [file, *_others] = upload.build_form(sent)
        self.assertEqual(
            file, ("file", ("INV_2026_00017.xml", INVOICE, "application/xml"))
        )
        self.assertEqual(
            fields(sent),
            [
                ("format", "PEPPOLBIS30"),
                ("uuid", sent.uuid),
                ("prevent_routing", "true"),
                ("recipient_email", EMAIL),
                ("lang", "SE"),
            ],
        )

    def test_what_is_left_out(self):
        for language in ("", "et", "xx", "suomi"):
            sent = an_upload(email="", language=language)
            self.assertEqual(
                fields(sent),
                [("format", "PEPPOLBIS30"), ("uuid", sent.uuid)],
            )

    def test_a_finvoice(self):
        sent = an_upload(format="finvoice")
        self.assertIn(("format", "FINVOICE30"), fields(sent))

    def test_languages(self):
        for own, word in (("FI", "FI"), ("sv", "SE"), ("nb", "NO"), ("en", "EN")):
            self.assertIn(("lang", word), fields(an_upload(language=own)))

    def test_what_must_not_be_missing(self):
        for name, value in (("uuid", ""), ("filename", ""), ("content", b"")):
            with self.subTest(name), self.assertRaises(ValueError):
                upload.build_form(an_upload(**{name: value}))

    def test_nothing_personal_is_printed(self):
        self.assertNotIn("mallinen", repr(an_upload()))
        self.assertNotIn("Esimerkki", repr(an_upload()))


@tagged("post_install", "-at_install")
class TestInvoiceAnswers(ClientCase):
    """What each answer about an invoice means, by a server that says anything."""

    personal = ("mallinen",)

    def calls(self, maventa):
        return {
            "GET": lambda: maventa.invoice("1"),
            "POST": lambda: maventa.upload_invoice(an_upload()),
        }

    def test_what_each_status_means(self):
        for status, of_questions in STATUSES.items():
            for method, path in (("GET", "/v1/invoices/1"), ("POST", "/v1/invoices")):
                is_forbidden = (status, method) == (403, "POST")
                kind = errors.Forbidden if is_forbidden else of_questions
                with self.subTest(f"{method} {status}"):
                    maventa = self.answering((status, {"Location": "/x"}, b""))
                    error = self.assertOutcome(kind, self.calls(maventa)[method])
                    self.assertEqual(error.status, status)
                    times = 2 if status == 401 else 1
                    self.assertEqual(self.requests, [(method, path)] * times)

    def test_a_useless_answer_leaves_the_outcome_unknown(self):
        for body in NO_INVOICE:
            for method in ("GET", "POST"):
                with self.subTest(f"{method} {body}"):
                    maventa = self.answering((201, {}, body))
                    error = self.assertOutcome(
                        errors.UnknownOutcome, self.calls(maventa)[method]
                    )
                    self.assertEqual(error.reason, "bad_answer")

    def test_an_invoice(self):
        body = {
            "id": "1",
            "number": "INV/1",
            "status": "delivered",
            "reference": "1232",
            "date": "2026-10-01",
            "created_at": "2026-10-01T09:30:00Z",
            "sum_tax": "1255.00",
            "currency": "eur",
            "recipient": {"name": "Mällinen Maija", "bid": "0112038-9"},
        }
        told = answers.read_invoice(body)
        self.assertEqual((told.number, told.reference), ("INV/1", "1232"))
        self.assertEqual((told.total, told.currency), (Decimal("1255.00"), "EUR"))
        self.assertEqual(
            told.created_at, datetime(2026, 10, 1, 9, 30, tzinfo=timezone.utc)
        )
        self.assertEqual(told.recipient_name, "Mällinen Maija")
        self.assertNotIn("llinen", repr(told))

    def test_how_far_an_invoice_is(self):
        for word, told in (
            ("DELIVERED", (True, False, False)),
            ("failed", (False, True, True)),
            ("PENDING", (False, False, True)),
            ("LOST", (False, False, True)),
            ("", (False, False, False)),
            (["DELIVERED"], (False, False, False)),
        ):
            with self.subTest(word):
                invoice = answers.read_invoice({"id": "1", "status": word})
                found = invoice.is_delivered, invoice.is_failed, invoice.is_undelivered
                self.assertEqual(found, told)

    def test_keys_of_a_wrong_type_are_as_good_as_missing(self):
        invoice = answers.read_invoice(
            {
                "id": 5,
                "number": ["1"],
                "reference": {},
                "date": 5,
                "created_at": "then",
                "sum_tax": "a lot",
                "currency": 3.5,
                "recipient": "Mällinen",
            }
        )
        self.assertEqual((invoice.id, invoice.number), ("5", ""))
        self.assertEqual((invoice.total, invoice.date, invoice.created_at), (None,) * 3)

    def test_a_uuid_that_is_taken_gives_the_invoice_that_has_it(self):
        sent = an_upload()
        taken = json.dumps({"id": sent.uuid, "number": "INV/1"}).encode()
        maventa = self.answering((409, {}, b""), (200, {}, taken))
        self.assertEqual(maventa.upload_invoice(sent).number, "INV/1")
        self.assertEqual(
            self.requests,
            [("POST", "/v1/invoices"), ("GET", f"/v1/invoices/{sent.uuid}")],
        )
        for status, kind in (
            (404, errors.Conflict),
            (500, errors.UnknownOutcome),
            (403, errors.UnknownOutcome),
        ):
            maventa = self.answering((409, {}, b""), (status, {}, b""))
            self.assertOutcome(kind, maventa.upload_invoice, sent)

    def test_why_an_invoice_is_refused(self):
        said = {
            "code": "invoice_create_api_error",
            "message": "Error while creating invoice",
            "details": ["ERROR: INVOICE DATE NOT FOUND", f"ERROR: {EMAIL}"],
        }
        for status in (400, 413, 422):
            maventa = self.answering((status, {}, json.dumps(said).encode()))
            error = self.assertOutcome(
                errors.Refused, maventa.upload_invoice, an_upload()
            )
            self.assertEqual(error.details[0], "ERROR: INVOICE DATE NOT FOUND")
            self.assertTellsNothing(f"{error!r} {error.remote_text}")

    def test_steps_of_an_invoice(self):
        body = [
            {
                "type": "ERROR",
                "channel": "EINVOICE",
                "message": "131052-308T ei löydy",
                "happened_at": "2026-10-01T09:30:00Z",
            },
            {"type": None, "channel": [], "message": {}, "happened_at": "x"},
            {},
        ]
        maventa = self.answering((200, {}, json.dumps(body).encode()))
        error, *others = maventa.invoice_actions("a/1")
        self.assertEqual((error.kind, error.channel), ("error", "einvoice"))
        self.assertEqual(error.message, "*********** ei löydy")
        self.assertNotIn("löydy", repr(error))
        self.assertEqual(others, [answers.InvoiceAction("", "", "", None)])
        for body in (b"{}", b"", b"17", b"[1, 2]"):
            maventa = self.answering((200, {}, body))
            self.assertOutcome(errors.UnknownOutcome, maventa.invoice_actions, "1")
        maventa = self.answering((404, {}, b""))
        self.assertOutcome(errors.NotFound, maventa.invoice_actions, "1")

    def test_steps_of_all_types_take_one_request(self):
        body = self.steps("SENT", "INFO")
        maventa = self.answering((200, {}, body))
        steps = maventa.invoice_actions("a/1")
        self.assertEqual([each.kind for each in steps], ["sent", "info"])
        [(method, path)] = self.requests
        path, _mark, query = unquote(path).partition("?type=")
        self.assertEqual((method, path), ("GET", "/v1/invoices/a/1/actions"))
        self.assertEqual(
            set(query.split(",")),
            {"RECEIVED", "CREATED", "SENT", "DELIVERED", "INFO", "ERROR"},
        )

    def test_where_types_are_not_understood_each_is_asked_for(self):
        for first in ((400, {}, b""), (422, {}, b""), (200, {}, b"[]")):
            with self.subTest(first[0]):
                maventa = self.answering(
                    first,
                    (200, {}, self.steps("SENT")),
                    (200, {}, self.steps("INFO")),
                )
                steps = maventa.invoice_actions("1")
                self.assertEqual([each.kind for each in steps], ["sent", "info"])
                path = "/v1/invoices/1/actions"
                self.assertEqual(
                    self.requests[1:], [("GET", path), ("GET", f"{path}?type=INFO")]
                )

    def test_what_says_nothing_of_types_is_asked_once(self):
        for status, kind in (
            *((404, errors.NotFound), (403, errors.AccessProblem)),
            *((500, errors.UnknownOutcome), (429, errors.NotSent)),
        ):
            with self.subTest(status):
                maventa = self.answering((status, {}, b""))
                self.assertOutcome(kind, maventa.invoice_actions, "1")
                self.assertEqual(len(self.requests), 1)

    def steps(self, *kinds):
        moment = "2026-10-01T09:30:00Z"
        return json.dumps([{"type": k, "happened_at": moment} for k in kinds]).encode()

    def test_what_a_step_bears_on_a_hand_over(self):
        for key, meaning in (
            ("action_collection", "handed_over"),
            ("ACTION_REMINDER_AND_COLLECTION", "handed_over"),
            ("action_disputed", "disputed"),
            ("action_paid", "paid"),
            ("action_reminder", ""),
            ("action_delivered", ""),
            (None, ""),
            (["action_paid"], ""),
        ):
            with self.subTest(key):
                step = answers.read_invoice_action({"type": "INFO", "key": key})
                self.assertEqual(step.meaning, meaning)

    # Looking invoices up --------------------------------------------------------------

    def page(self, *numbers, following=""):
        items = [{"id": f"i{n}{following}", "number": n} for n in numbers]
        return 200, {"X-Next-Page": following}, json.dumps(items).encode()

    def test_a_number_that_maventa_passed_over_is_noticed(self):
        maventa = self.answering(self.page("8", "9", following="2"))
        error = self.assertOutcome(errors.UnknownOutcome, maventa.find_invoices, "7")
        self.assertEqual(error.reason, "bad_answer")
        self.assertEqual(len(self.requests), 1)

    def test_what_was_passed_over_and_is_all_there_is_is_an_answer(self):
        maventa = self.answering(self.page("8", "9"))
        self.assertEqual(maventa.find_invoices("7"), [])
        maventa = self.answering(self.page("8", "7"))
        self.assertEqual([i.number for i in maventa.find_invoices("7")], ["7"])

    def test_a_list_of_all_invoices_is_not_read_through(self):
        maventa = self.answering(
            self.page("7", "9", following="2"), self.page("8", "9", following="3")
        )
        self.assertEqual([i.number for i in maventa.find_invoices("7")], ["7"])
        self.assertEqual(len(self.requests), 2)
