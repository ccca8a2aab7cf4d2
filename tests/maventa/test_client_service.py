import json
from unittest.mock import patch
from uuid import UUID

from odoo.tests import tagged

from ...maventa import activation, answers, connection, contract, errors, tokens
from ...maventa.payload import Address
from ..client_case import STATUSES, ClientCase
from ..sandbox_process import DEFAULT_COMPANY, Sandbox

ACTIVATION = activation.Activation(
    iban="FI2112345600000785",
    bic="NDEAFIHH",
    contact_person="Mällinen Maija",
    contact_email="maija.mallinen@example.com",
    contact_phone="+358401234567",
    customer_service_email="laskutus@example.com",
    customer_service_phone="+358501234567",
    billing_address=Address(("Esimerkkikatu 2",), "33100", "Tampere", "FI"),
    authorization_email="johtaja@example.com",
    bank="Esimerkkipankki",
    accountable_party="vfsfi",
)
BODY = activation.build_activation(ACTIVATION)
PERSONAL = (
    *("FI2112345600000785", "llinen", "maija.", "40123456", "50123456"),
    *("laskutus@", "johtaja@", "Esimerkkikatu"),
)
ADDRESS = "https://odoo.example.com/amili/webhook/s3cret-T0ken"
SUBSCRIPTION = {
    "id": "a1",
    "destination_type": "WEBHOOK",
    "destination": ADDRESS,
    "events": ["DOCUMENTS.INVOICE.DELIVERED"],
}
NO_SERVICE = (
    *(b"", b"null", b"[]", b"17", b'"ACTIVE"', b'[{"status": "ACTIVE"}]', b"<html>"),
    *(b'{"status": null}', b'{"status": ["ACTIVE"]}', b'{"status": "ACTIVE"', b"{}"),
)


def service(**values):
    return (200, {}, json.dumps({"status": "PENDING", **values}).encode())


@tagged("post_install", "-at_install")
class TestActivation(ClientCase):
    """The body that asks for the service."""

    personal = PERSONAL

    def test_all_of_it(self):
        self.assertEqual(
            BODY,
            {
                "service_type": "express",
                "accountable_party": "vfsfi",
                "bank": "Esimerkkipankki",
                "authorization_email": "johtaja@example.com",
                "iban": "FI2112345600000785",
                "bic": "NDEAFIHH",
                "contact_person": "Mällinen Maija",
                "contact_email": "maija.mallinen@example.com",
                "contact_phone_number": "+358401234567",
                "customer_service_email": "laskutus@example.com",
                "customer_service_phone_number": "+358501234567",
                "billing_address": {
                    "streets": ["Esimerkkikatu 2"],
                    "zip_code": "33100",
                    "city": "Tampere",
                    "country": "FI",
                },
            },
        )

    def test_what_may_be_left_out(self):
        body = activation.build_activation(
            self.changed(authorization_email="", customer_service_phone="")
        )
        self.assertEqual(
            set(BODY) - set(body),
            {"authorization_email", "customer_service_phone_number"},
        )

    def test_what_is_missing_is_named_and_nothing_else(self):
        empty = Address((), "", "Tampere", "FI")
        with self.assertRaises(ValueError) as caught:
            activation.build_activation(self.changed(iban="", billing_address=empty))
        self.assertIn("iban, streets, zip_code", str(caught.exception))
        self.assertTellsNothing(str(caught.exception))
        for name in (
            *("bic", "contact_person", "contact_email", "contact_phone"),
            *("customer_service_email", "bank", "accountable_party"),
        ):
            with self.subTest(name), self.assertRaises(ValueError) as caught:
                activation.build_activation(self.changed(**{name: ""}))
            self.assertIn(name, str(caught.exception))

    def test_whose_account_the_debtors_pay_to(self):
        for party in ("vfsfi", "company"):
            body = activation.build_activation(self.changed(accountable_party=party))
            self.assertEqual(body["accountable_party"], party)
            self.assertEqual(
                activation.build_change(party), {"accountable_party": party}
            )
        for party in ("vfs", "amili", "", None):
            with self.subTest(party), self.assertRaises(ValueError):
                activation.build_change(party)

    def test_it_is_never_the_other_service(self):
        # Without a word it would be the one by which all invoices go to Amili.
        self.assertEqual(BODY["service_type"], "express")
        self.assertNotIn("service_type", activation.build_change("company"))

    def test_nothing_of_it_is_printed(self):
        self.assertTellsNothing(repr(ACTIVATION))

    def changed(self, **values):
        return activation.Activation(**{**vars(ACTIVATION), **values})


@tagged("post_install", "-at_install")
class TestServiceAnswers(ClientCase):
    """What each answer about the service means, by a server that says anything."""

    personal = PERSONAL

    def test_how_far_it_is(self):
        for word, state in (
            ("ACTIVE", "active"),
            ("pending", "pending"),
            (" Rejected ", "rejected"),
            ("DISABLED", "disabled"),
            ("SUSPENDED", ""),
            (17, ""),
        ):
            with self.subTest(word):
                told = self.answering(service(status=word)).service()
                self.assertEqual(told.state, state)
                self.assertEqual(told.word, str(word).strip().upper())
                self.assertEqual(told.is_active, state == "active")

    def test_which_service_it_is(self):
        for word, is_other in (
            *(("express", False), ("EXPRESS", False), (None, False), ("", False)),
            *(("full", True), ("Full", True), ("x", True), (["full"], False)),
        ):
            with self.subTest(word):
                told = self.answering(service(service_type=word)).service()
                self.assertEqual(told.is_other_service, is_other)
                is_word = isinstance(word, str)
                self.assertEqual(told.service_type, word.lower() if is_word else "")

    def test_whose_account_it_is(self):
        for word, party in (
            *(("vfsfi", "vfsfi"), ("VFS", "vfsfi"), ("company", "company")),
            *(("x", ""), (None, ""), ("", ""), (5, "")),
        ):
            with self.subTest(word):
                told = self.answering(service(accountable_party=word)).service()
                self.assertEqual(told.accountable_party, party)

    def test_a_change_and_an_end_are_answered_with_nothing(self):
        path = "/v2/services/amili/receivables"
        for status in (200, 202, 204):
            maventa = self.answering((status, {}, b""))
            maventa.change_service(activation.build_change("company"))
            maventa.end_service()
            self.assertEqual(self.requests, [("PATCH", path), ("DELETE", path)])
        self.answering((404, {}, b"")).end_service()
        error = self.assertOutcome(
            errors.NotFound, self.answering((404, {}, b"")).change_service, {}
        )
        self.assertEqual(error.status, 404)

    def test_whether_the_company_is_verified(self):
        for word, is_verified in (
            *(("VERIFIED", True), ("verified", True), ("UNVERIFIED", False)),
            *(("UNKNOWN", None), ("x", None)),
        ):
            body = {"company_state": word, "auth_state": "SENT", "auth_email": "a@b.fi"}
            maventa = self.answering((200, {}, json.dumps(body).encode()))
            told = maventa.company_status()
            self.assertEqual(told.is_verified, is_verified)
            path = f"/v1/companies/{DEFAULT_COMPANY['client_id']}/status"
            self.assertEqual(self.requests, [("GET", path)])
        for body in (b"", b"{}", b"[]", b'{"company_state": null}'):
            maventa = self.answering((200, {}, body))
            self.assertOutcome(errors.UnknownOutcome, maventa.company_status)

    def test_the_id_of_the_company_is_not_logged(self):
        records = self.log_records()
        self.answering(service(company_state="VERIFIED")).company_status()
        self.assertIn("/v1/companies/***/status: 200 in", "".join(records))
        self.assertTellsNothing("".join(records))

    def test_why_it_was_rejected(self):
        for body in (
            {"message": "Luottotiedot"},
            {"error": {"message": "Luottotiedot"}},
            {"details": ["Luottotiedot"]},
        ):
            told = self.answering(service(status="REJECTED", **body)).service()
            self.assertEqual(told.reason, "Luottotiedot")
        told = self.answering(service(message="Ei 131052-308T")).service()
        self.assertNotIn("131052", told.reason)

    def test_a_link_that_people_may_follow(self):
        for link in (
            "https://kyc.example.com/a?b=c#d",
            "https://kyc.example.com:8443/ä",
            "http://127.0.0.1:8069/kyc/1",
            "http://localhost/kyc/1",
            "http://[::1]:8069/kyc",
        ):
            with self.subTest(link):
                told = self.answering(service(activation_url=link)).service()
                self.assertEqual(told.activation_url, link)

    def test_a_link_that_nobody_may_follow(self):
        for link in (
            *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//x"),
            *("http://kyc.example.com/", "ftp://kyc.example.com/", "/kyc", "kyc"),
            *("http://127.0.0.1.example.com/", "http://localhost@example.com/"),
            "https://kyc.example.com/" + "x" * 3000,
            *("https://", "https:///x", "https://[", "https://a b", " ", None, 17),
            *("java\nscript:alert(1)", "https://a/\nb", "https://a/\u202eb", ["x"]),
        ):
            with self.subTest(link):
                told = self.answering(service(activation_url=link)).service()
                self.assertEqual(told.activation_url, "")
                self.assertEqual(told.state, "pending")

    def test_a_link_to_this_machine_is_for_the_sandbox_alone(self):
        maventa = self.answering(service())
        maventa._hosts = contract.HOSTS[contract.TEST]
        self.assertFalse(maventa._is_safe_link("http://127.0.0.1:8069/kyc/1"))
        self.assertTrue(maventa._is_safe_link("https://kyc.example.com/1"))

    def test_nothing_personal_is_printed(self):
        told = self.answering(
            service(
                authorization_email="johtaja@example.com",
                activation_url="https://kyc.example.com/s3cret",
                message="Mällinen",
            )
        ).service()
        self.assertEqual(told.authorization_email, "johtaja@example.com")
        self.assertTellsNothing(repr(told))
        self.assertNotIn("s3cret", repr(told))

    def test_what_each_status_means(self):
        for status, kind in {**STATUSES, 409: errors.Conflict}.items():
            with self.subTest(status):
                maventa = self.answering((status, {"Location": "/elsewhere"}, b""))
                error = self.assertOutcome(kind, maventa.service)
                self.assertEqual(error.status, status)
                kind = {403: errors.Forbidden}.get(status, kind)
                for call, *args in (
                    (maventa.activate_service, BODY),
                    (maventa.change_service, {}),
                    *([(maventa.end_service,)] if status != 404 else []),
                ):
                    error = self.assertOutcome(kind, call, *args)
                    self.assertEqual(error.status, status)
                methods = [method for method, _path in self.requests]
                times = 2 if status == 401 else 1
                asked = ("GET", "PUT", "PATCH", *(["DELETE"] if status != 404 else []))
                self.assertEqual(methods, [m for m in asked for _time in range(times)])

    def test_a_useless_answer_is_not_active(self):
        for body in NO_SERVICE:
            with self.subTest(body):
                maventa = self.answering((200, {}, body))
                error = self.assertOutcome(errors.UnknownOutcome, maventa.service)
                self.assertEqual(error.reason, "bad_answer")
                error = self.assertOutcome(
                    errors.UnknownOutcome, maventa.activate_service, BODY
                )
                self.assertEqual(error.reason, "bad_answer")

    def test_an_answer_that_says_nothing_makes_one_ask(self):
        for status, body in ((200, b""), (201, b"{}"), (202, b"null"), (204, b"")):
            with self.subTest(status):
                maventa = self.answering((status, {}, body), service())
                self.assertEqual(maventa.activate_service(BODY).state, "pending")
                path = "/v2/services/amili/receivables"
                self.assertEqual(self.requests, [("PUT", path), ("GET", path)])
        # Perhaps it was not taken, perhaps it is not there yet.
        maventa = self.answering((204, {}, b""), service(status="DISABLED"))
        self.assertOutcome(errors.UnknownOutcome, maventa.activate_service, BODY)
        for status in (404, 500, 403):
            maventa = self.answering((204, {}, b""), (status, {}, b""))
            self.assertOutcome(errors.UnknownOutcome, maventa.activate_service, BODY)

    def test_nothing_personal_is_in_an_error(self):
        said = json.dumps(
            {"code": "x", "message": str(BODY), "details": [*map(str, BODY.values())]}
        ).encode()
        for status in (200, 400, 409, 422, 500):
            with self.subTest(status):
                maventa = self.answering((status, {}, said))
                with self.assertRaises(errors.MaventaError) as caught:
                    maventa.activate_service(BODY)
                error = caught.exception
                self.assertTellsNothing(f"{error!r} {error.remote_text} {error.code}")


@tagged("post_install", "-at_install")
class TestWebhookAnswers(ClientCase):
    """What each answer about old webhooks means, which are only to be removed."""

    personal = ("s3cret", "T0ken")

    def test_what_each_status_means(self):
        for status, kind in {**STATUSES, 409: errors.Conflict}.items():
            with self.subTest(status):
                said = json.dumps({"message": f"{ADDRESS} no"}).encode()
                maventa = self.answering((status, {}, said))
                self.assertOutcome(kind, maventa.subscriptions)
                kind = {403: errors.Forbidden}.get(status, kind)
                if status != 404:
                    self.assertOutcome(kind, maventa.unsubscribe, "a1")

    def test_what_is_gone_is_removed(self):
        for status in (200, 202, 204, 404):
            maventa = self.answering((status, {}, b""))
            maventa.unsubscribe("a/1")
            path = "/v1/company/notifications/a%2F1"
            self.assertEqual(self.requests, [("DELETE", path)])

    def test_lists_of_any_shape(self):
        one = [SUBSCRIPTION]
        for body in (one, {"notifications": one}, {"items": one, "total": 1}):
            maventa = self.answering((200, {}, json.dumps(body).encode()))
            [told] = maventa.subscriptions()
            self.assertEqual((told.id, told.destination), ("a1", ADDRESS))
            self.assertTellsNothing(repr(told))
        for body in ({}, {"a": [], "b": []}, "x", None, [{}, {"destination": ADDRESS}]):
            with self.subTest(body):
                maventa = self.answering((200, {}, json.dumps(body).encode()))
                error = self.assertOutcome(errors.UnknownOutcome, maventa.subscriptions)
                # The list may hold the secrets of all subscriptions.
                self.assertEqual(error.remote_text, "")

    def test_all_pages_are_read_and_a_list_without_end_ends(self):
        def page(*ids):
            return json.dumps([{**SUBSCRIPTION, "id": i} for i in ids]).encode()

        maventa = self.answering(
            (200, {"X-Next-Page": "2"}, page("a", "b")),
            (200, {"X-Next-Page": ""}, page("b", "c")),
        )
        self.assertEqual([s.id for s in maventa.subscriptions()], ["a", "b", "c"])
        maventa = self.answering((200, {}, page(*map(str, range(100)))))
        self.assertEqual(len(maventa.subscriptions()), 100)
        self.assertEqual(len(self.requests), 2)


@tagged("post_install", "-at_install")
class TestServiceAgainstSandbox(ClientCase):
    """Service and old webhooks against the sandbox, which shares no code."""

    personal = (*PERSONAL, "s3cret", "T0ken")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        super().setUp()
        self.sandbox.reset()
        self.company(service_status=None)
        self.maventa = self.connect(self.sandbox.url)

    def company(self, **values):
        client_id = DEFAULT_COMPANY["client_id"]
        self.sandbox.control("companies", {"client_id": client_id, **values})

    def test_from_nothing_to_active(self):
        self.assertEqual(self.maventa.service().state, "disabled")
        told = self.maventa.activate_service(BODY)
        self.assertEqual((told.state, told.is_other_service), ("pending", False))
        self.assertEqual(told.accountable_party, "vfsfi")
        self.assertTrue(told.activation_url.startswith(self.sandbox.url))
        self.assertEqual(told.authorization_email, "johtaja@example.com")
        self.assertEqual(self.maventa.service(), told)
        self.company(service_status="ACTIVE")
        self.assertTrue(self.maventa.service().is_active)

    def test_whom_the_debtors_pay_to_can_be_changed_and_the_service_ended(self):
        self.maventa.activate_service(BODY)
        self.maventa.change_service(activation.build_change("company"))
        self.assertEqual(self.maventa.service().accountable_party, "company")
        self.maventa.end_service()
        self.assertEqual(self.maventa.service().state, "disabled")

    def test_a_company_that_is_not_verified(self):
        self.assertTrue(self.maventa.company_status().is_verified)
        self.company(company_state="UNVERIFIED")
        self.assertIs(self.maventa.company_status().is_verified, False)

    def test_the_words_that_may_come_as_well(self):
        self.sandbox.control("settings", {"moods": ["service_words"]})
        self.assertOutcome(errors.NotFound, self.maventa.service)
        self.company(service_status="REJECTED", service_reason="Ei käy")
        told = self.maventa.service()
        self.assertEqual((told.state, told.reason), ("rejected", "Ei käy"))

    def test_the_other_service_is_noticed(self):
        self.company(service_status="ACTIVE", service_type="full")
        self.assertTrue(self.maventa.service().is_other_service)

    def test_a_lost_answer_is_unknown_and_can_be_asked_for(self):
        for fault, state in (
            ("drop_after", "pending"),
            ("status_after", "pending"),
            ("drop_before", "disabled"),
            ("not_json", "disabled"),
        ):
            with self.subTest(fault):
                self.company(service_status=None)
                self.sandbox.fault(fault, method="PUT", **{"status": 502})
                self.assertOutcome(
                    errors.UnknownOutcome, self.maventa.activate_service, BODY
                )
                self.sandbox.clear_faults()
                self.assertEqual(self.maventa.service().state, state)

    def test_a_token_that_dies_is_renewed_once(self):
        self.maventa.current()
        self.sandbox.fault("token_dies", method="PUT")
        self.assertEqual(self.maventa.activate_service(BODY).state, "pending")
        statuses = [entry["status"] for entry in self.sandbox.log("PUT")]
        self.assertEqual(statuses, [401, 200])

    def test_the_scopes_are_checked(self):
        for scopes in (contract.SCOPES_OF_SERVICE, contract.SCOPES_OF_UPLOAD):
            self.maventa.check_access(scopes)
        self.company(scopes=["company:read", "invoice:send"])
        self.startPatcher(patch.object(connection, "_TOKENS", tokens.TokenCache()))
        self.maventa.check_access(contract.SCOPES_OF_UPLOAD)
        error = self.assertOutcome(
            errors.AccessProblem, self.maventa.check_access, contract.SCOPES_OF_SERVICE
        )
        self.assertEqual(error.details, ("company:write",))
        error = self.assertOutcome(
            errors.AccessProblem, self.maventa.activate_service, BODY
        )
        self.assertEqual(error.reason, "scope")

    def webhooks(self, count):
        """Let the company have webhooks; return what the client shall see of them."""
        given = [
            {"id": str(UUID(int=number + 1)), "destination": f"{ADDRESS}/{number}"}
            for number in range(count)
        ]
        rest = {"destination_type": "WEBHOOK", "events": ["DOCUMENTS.INVOICE.FAILED"]}
        self.company(subscriptions=[{**each, **rest} for each in given])
        return tuple(answers.Subscription(**each) for each in given)

    def test_webhooks_are_removed(self):
        self.assertEqual(self.maventa.subscriptions(), ())
        first, second = self.webhooks(2)
        self.assertEqual(self.maventa.subscriptions(), (first, second))
        for _time in range(2):
            self.maventa.unsubscribe(first.id)
        self.assertEqual(self.maventa.subscriptions(), (second,))

    def test_more_webhooks_than_a_page_holds(self):
        webhooks = self.webhooks(101)
        self.assertEqual(self.maventa.subscriptions(), webhooks)

    def test_nothing_secret_or_personal_is_logged_or_raised(self):
        records = self.log_records()
        self.maventa.activate_service(BODY)
        self.webhooks(1)
        self.maventa.subscriptions()
        for kind in ("drop_before", "status", "not_json", "truncate", "status_after"):
            for call, *given in (
                (self.maventa.activate_service, BODY),
                (self.maventa.subscriptions,),
            ):
                self.sandbox.fault(kind, path="/v[12]/", **{"status": 422})
                try:
                    call(*given)
                except errors.MaventaError as exc:
                    records.append(f"{exc} {exc!r} {exc.__cause__!r} {exc.remote_text}")
        told = "\n".join(records)
        self.assertIn("PUT", told)
        self.assertIn("/v1/company/notifications: 200 in", told)
        self.assertTellsNothing(told)
        self.assertNotIn("Bearer", told)
