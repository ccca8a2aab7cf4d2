import requests

from sandbox.state import DEFAULT_COMPANY

from .support import SandboxCase, address, service_request

SERVICE = "/v2/services/amili/receivables"


class ServiceCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.company(service_status=None)

    def company(self, **fields):
        given = {"client_id": DEFAULT_COMPANY["client_id"], **fields}
        return self.ctl("POST", "companies", given)[0]

    def ask(self, status=200, company=DEFAULT_COMPANY, **changes):
        answer = self.api("PUT", SERVICE, service_request(**changes), company)
        self.assertEqual(answer.status_code, status, answer.text)
        return answer.json()


class TestService(ServiceCase):
    def test_a_service_that_nobody_asked_for(self):
        self.assertEqual(self.get(SERVICE), {"status": "DISABLED"})

    def test_asking_for_it(self):
        told = self.ask()
        self.assertEqual(told["status"], "PENDING")
        self.assertEqual(told["service_type"], "express")
        self.assertEqual(told["iban"], "FI2112345600000785")
        self.assertEqual(told["bank"], "Nordea")
        self.assertNotIn("authorization_email", told)
        self.assertTrue(told["activation_url"].startswith(f"{self.url}/kyc/"))
        self.assertEqual(self.get(SERVICE), told)

    def test_what_is_left_out_is_maventas_choice(self):
        told = self.ask(service_type=None)
        self.assertEqual(
            (told["service_type"], told["accountable_party"]), ("full", "vfsfi")
        )
        told = self.ask(accountable_party="company")
        self.assertEqual(
            (told["service_type"], told["accountable_party"]), ("express", "company")
        )

    def test_asking_again_keeps_the_link_and_mails_it(self):
        link = self.ask()["activation_url"]
        told = self.ask(authorization_email="johtaja@example.com")
        self.assertEqual(told["activation_url"], link)
        self.assertEqual(told["authorization_email"], "johtaja@example.com")
        self.assertNotIn("authorization_email", self.ask())

    def test_asking_when_it_is_active_changes_no_state(self):
        self.company(service_status="ACTIVE")
        told = self.ask(bic="OKOYFIHH")
        self.assertEqual((told["status"], told["bic"]), ("ACTIVE", "OKOYFIHH"))
        self.assertEqual(told["activation_url"], None)

    def test_asking_anew_after_no(self):
        for status in ("REJECTED", "DISABLED"):
            self.company(service_status=status, service_reason="Ei käy")
            self.assertEqual(self.get(SERVICE)["status"], "DISABLED")
            self.assertEqual(self.ask()["status"], "PENDING")

    def test_changing_the_choices(self):
        self.company(service_status="ACTIVE", service_type="full")
        for change in ({"service_type": "express"}, {"accountable_party": "company"}):
            answer = self.api("PATCH", SERVICE, change)
            self.assertEqual((answer.status_code, answer.content), (204, b""))
            self.assertLessEqual(change.items(), self.get(SERVICE).items())
        self.assertEqual(self.get(SERVICE)["service_type"], "express")
        for change, line in (
            ({"iban": "FI2112345600000785"}, "iban is not known"),
            ({"service_type": "perinta"}, "service_type must be one of: full"),
        ):
            answer = self.api("PATCH", SERVICE, change)
            self.assertEqual(answer.status_code, 400)
            self.assertTrue(answer.json()["details"][0].startswith(line))

    def test_ending_it(self):
        self.company(service_status="ACTIVE")
        for _time in range(2):
            self.assertEqual(self.api("DELETE", SERVICE).status_code, 204)
            self.assertEqual(self.get(SERVICE)["status"], "DISABLED")
        answer = self.api("PATCH", SERVICE, {"service_type": "express"})
        self.assertEqual(answer.json()["code"], "forbidden")

    def test_a_company_that_is_not_verified(self):
        path = f"/v1/companies/{DEFAULT_COMPANY['client_id']}/status"
        self.assertEqual(self.get(path)["company_state"], "VERIFIED")
        for state in ("UNVERIFIED", "UNKNOWN"):
            self.company(company_state=state)
            self.assertEqual(self.get(path)["company_state"], state)
            self.assertEqual(self.ask(403)["code"], "forbidden")
        self.assertEqual(self.get(SERVICE)["status"], "DISABLED")
        other = self.second_company()
        self.assertEqual(self.api("GET", path, company=other).status_code, 404)

    def test_companies_are_kept_apart(self):
        other = self.second_company(service_status=None)
        self.ask()
        answer = self.api("GET", SERVICE, company=other)
        self.assertEqual(answer.json()["status"], "DISABLED")

    def test_what_is_refused(self):
        for changes, line in (
            ({"service_type": "perinta"}, "service_type must be one of: full, express"),
            ({"accountable_party": "vfs"}, "accountable_party must be one of: vfsfi"),
            ({"bank": None}, "bank is missing"),
            ({"iban": None}, "iban is missing"),
            ({"iban": "12"}, "iban is not well formed"),
            ({"contact_person": " "}, "contact_person is empty"),
            ({"contact_email": "x"}, "contact_email is not an e-mail address"),
            ({"authorization_email": ""}, "authorization_email is not an e-mail"),
            ({"contact_phone_number": "040"}, "contact_phone_number is not well"),
            ({"billing_address": address(country="Suomi")}, "billing_address.country"),
            ({"language": "fi"}, "language is not known"),
        ):
            with self.subTest(line):
                [detail] = self.ask(400, **changes)["details"]
                self.assertTrue(detail.startswith(line), detail)
        self.assertEqual(self.get(SERVICE), {"status": "DISABLED"})

    def test_the_scopes(self):
        token = self.token(scope="company:read")
        answer = self.api("PUT", SERVICE, service_request(), token=token)
        self.assertEqual(answer.status_code, 403)
        answer = self.api("GET", SERVICE, token=self.token(scope="company:write"))
        self.assertEqual(answer.status_code, 403)

    def test_a_lost_answer_was_taken_all_the_same(self):
        self.fault(kind="drop_after", method="PUT", path=SERVICE)
        with self.assertRaises(requests.ConnectionError):
            self.ask()
        self.assertEqual(self.get(SERVICE)["status"], "PENDING")


class TestSigning(ServiceCase):
    def setUp(self):
        super().setUp()
        self.link = self.ask()["activation_url"]

    def press(self, action, status=303, link=None, headers=None, **fields):
        answer = self.session.post(
            f"{link or self.link}/{action}",
            data=fields,
            headers=headers,
            allow_redirects=False,
            timeout=30,
        )
        self.assertEqual(answer.status_code, status)
        return answer

    def page(self, link, status=200):
        answer = self.session.get(link, timeout=30)
        self.assertEqual(answer.status_code, status)
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        return answer.text

    def test_what_it_shows(self):
        text = self.page(self.link)
        for shown in ("Mallikauppa Oy", "2077474-0", "Amili Perintä", "Malli Maija"):
            self.assertIn(shown, text)

    def test_signing(self):
        answer = self.press("sign")
        page = self.page(self.url + answer.headers["Location"])
        self.assertIn("The service is active", page)
        told = self.get(SERVICE)
        self.assertEqual((told["status"], told["activation_url"]), ("ACTIVE", None))
        self.assertIn("has been used", self.page(self.link, 404))
        self.press("reject", 404)
        self.assertEqual(self.get(SERVICE)["status"], "ACTIVE")

    def test_rejecting(self):
        answer = self.press("reject", reason="Luottotiedot")
        self.assertIn("Rejected", self.page(self.url + answer.headers["Location"]))
        self.assertEqual(self.get(SERVICE), {"status": "DISABLED"})

    def test_nothing_but_the_link_leads_there(self):
        self.page(f"{self.url}/kyc/", 404)
        self.page(f"{self.url}/kyc/guess", 404)
        self.press("sign", 404, link=f"{self.url}/kyc/guess")
        self.press("sign/x", 404)
        self.press("sell", 404)
        self.press("sign", 403, headers={"Origin": "https://evil.example"})
        self.assertEqual(self.session.get(f"{self.link}/sign").status_code, 405)
        self.assertEqual(self.session.post(self.link).status_code, 405)
        self.assertEqual(self.get(SERVICE)["status"], "PENDING")


class TestWithoutControl(SandboxCase):
    control = False

    def test_nobody_can_sign(self):
        with self.state.change():
            company = self.state.companies[DEFAULT_COMPANY["client_id"]]
            self.state.save_company(company | {"service_status": "DISABLED"})
        told = self.api("PUT", SERVICE, service_request()).json()
        answer = self.session.get(told["activation_url"], timeout=30)
        self.assertEqual(answer.status_code, 404)
