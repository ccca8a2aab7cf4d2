import datetime

from sandbox.state import ALL_SCOPES, DEFAULT_COMPANY

from .support import SandboxCase, claim


class TestToken(SandboxCase):
    def test_a_token(self):
        answer = self.token_answer().json()
        self.assertEqual(answer["token_type"], "bearer")
        self.assertEqual(answer["expires_in"], 3600)
        self.assertIn("receivables:assignments", answer["scope"].split())

    def test_wrong_credentials(self):
        for name in ("client_id", "client_secret", "vendor_api_key"):
            with self.subTest(name):
                answer = self.token_answer(**{name: "wrong"})
                self.assertEqual(answer.status_code, 401)
                self.assertEqual(answer.json()["code"], "unauthorized")

    def test_incomplete_forms(self):
        for name in ("grant_type", "client_id", "client_secret", "vendor_api_key"):
            with self.subTest(name):
                answer = self.token_answer(**{name: None})
                self.assertEqual(answer.status_code, 400)
                self.assertEqual(answer.json()["details"], [f"{name} is missing"])
        answer = self.token_answer(grant_type="password", pin="1")
        self.assertEqual(
            answer.json()["details"],
            ["pin is not known", "grant_type must be one of: client_credentials"],
        )

    def test_a_field_that_stands_twice(self):
        pairs = [("grant_type", "client_credentials")] * 2
        pairs += [(n, DEFAULT_COMPANY[n]) for n in ("client_id", "client_secret")]
        pairs += [("vendor_api_key", DEFAULT_COMPANY["vendor_api_key"])]
        answer = self.session.post(f"{self.url}/oauth2/token", data=pairs, timeout=30)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(
            answer.json()["details"], ["grant_type is there more than once"]
        )

    def test_only_a_form_is_read(self):
        answer = self.session.post(
            f"{self.url}/oauth2/token", json=DEFAULT_COMPANY, timeout=30
        )
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(answer.json()["code"], "invalid_request")

    def test_scopes_that_are_not_granted_are_left_out(self):
        company = self.second_company(scopes=["company:read", "lookup"])
        answer = self.token_answer(company, scope="company:read invoice:send made:up")
        self.assertEqual(answer.json()["scope"], "company:read")

    def test_without_a_scope(self):
        self.assertEqual(
            self.token_answer(scope=None).json()["scope"], "global company"
        )

    def test_who_am_i(self):
        answer = self.get("/oauth2/current")
        self.assertEqual(answer["company"]["id"], DEFAULT_COMPANY["client_id"])
        self.assertEqual(answer["company"]["bid"], "2077474-0")
        self.assertLess(set(answer["scopes"]), set(ALL_SCOPES))


class TestAccess(SandboxCase):
    def assert_dead(self, token=None, **options):
        answer = self.api("GET", "/oauth2/current", token=token, **options)
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer.json()["code"], "unauthorized")
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_a_token_that_is_missing_or_wrong(self):
        token = self.token()
        header, payload, signature = token.split(".")
        for wrong in (
            "",
            "Basic abc",
            "Bearer",
            "Bearer x",
            "Bearer a.b.c",
            f"Bearer {token}x",
            f"Bearer {header}.{payload[:-2]}.{signature}",
            f"Bearer {token} {token}",
            "Bearer \xe4.\xe4.\xe4",
        ):
            with self.subTest(wrong):
                self.assert_dead(headers={"Authorization": wrong})

    def test_another_companys_payload_under_an_old_signature(self):
        other = self.token(self.second_company()).split(".")
        own = self.token().split(".")
        self.assert_dead(".".join([other[0], other[1], own[2]]))

    def test_a_token_expires(self):
        self.ctl("POST", "settings", {"now": "2026-11-02T08:00:00Z"})
        token = self.token()
        for now, status in (("08:59:59", 200), ("09:00:00", 401)):
            self.ctl("POST", "settings", {"now": f"2026-11-02T{now}Z"})
            answer = self.api("GET", "/oauth2/current", token=token)
            self.assertEqual(answer.status_code, status)

    def test_a_company_with_short_lived_tokens(self):
        company = self.second_company(token_lifetime=0)
        answer = self.token_answer(company).json()
        self.assertEqual(answer["expires_in"], 0)
        self.assert_dead(answer["access_token"])

    def test_a_reset_ends_every_token(self):
        token = self.token()
        self.ctl("POST", "reset")
        self.assert_dead(token)

    def test_each_scope_is_needed(self):
        invoice_id = self.seed()
        hand_over = f"/v2/invoices/{invoice_id}/assignment/amili"
        for method, path, scopes, status in (
            ("GET", "/v2/services/amili/receivables", "company:write", 403),
            ("GET", "/v2/services/amili/receivables", "company:read", 200),
            ("GET", "/v1/invoices", "receivables:assignments", 403),
            ("GET", "/oauth2/current", "company:read", 403),
            ("GET", "/oauth2/current", "global", 200),
            # An alias is as good as what it stands for, and no more.
            ("GET", "/v2/services/amili/receivables", "global", 200),
            ("DELETE", "/v2/services/amili/receivables", "global", 403),
            ("GET", "/v1/invoices", "invoice:receive", 403),
            ("GET", "/v1/invoices", "invoice:send", 403),
            ("GET", "/v1/invoices", "invoice:send invoice:receive", 200),
            ("POST", hand_over, "receivables:assignments", 403),
            ("POST", hand_over, "invoice:send", 202),
            ("GET", hand_over.removesuffix("/amili"), "invoice:send", 200),
            ("GET", "/v1/assignments", "invoice:send", 403),
            ("GET", "/v1/events", "invoice:send", 403),
            ("GET", "/v1/events", "receivables:assignments", 200),
        ):
            with self.subTest(path=path, scopes=scopes):
                body = claim() if method == "POST" else None
                token = self.token(scope=scopes)
                answer = self.api(method, path, body, token=token)
                self.assertEqual(answer.status_code, status, answer.text)
                if status == 403:
                    self.assertEqual(answer.json()["code"], "forbidden")

    def test_whoever_lacks_access_learns_nothing_about_the_body(self):
        path = f"/v2/invoices/{self.seed()}/assignment/amili"
        self.assertEqual(self.api("POST", path, {"x": 1}, token="x").status_code, 401)

    def test_the_clock_runs_again(self):
        self.ctl("POST", "settings", {"now": "2026-11-02T08:00:00Z"})
        self.assertEqual(self.ctl("GET", "settings")["now"], "2026-11-02T08:00:00Z")
        self.ctl("POST", "settings", {"now": None})
        year = datetime.datetime.now(datetime.timezone.utc).year
        self.assertEqual(self.state.now().year, year)
