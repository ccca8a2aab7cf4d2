import urllib.parse

from sandbox.contract import Contract
from sandbox.state import DEFAULT_COMPANY

from .support import FOLDER, NOBODY, SandboxCase, claim, person_payer


class TestControl(SandboxCase):
    def test_reset(self):
        self.second_company()
        self.hand_over(self.seed())
        self.fault(kind="status", status=500, times=None)
        self.ctl("POST", "settings", {"auto_accept": True})
        self.ctl("POST", "reset")
        self.assertEqual(self.ctl("GET", "cases"), [])
        self.assertEqual(self.ctl("GET", "faults"), [])
        self.assertEqual(self.ctl("GET", "log"), [])
        self.assertEqual(
            self.ctl("GET", "settings"),
            {"auto_accept": False, "moods": [], "now": None},
        )
        companies = self.ctl("GET", "companies")
        self.assertEqual(len(companies), 1)
        self.assertLessEqual(DEFAULT_COMPANY.items(), companies[0].items())

    def test_companies(self):
        made = self.ctl("POST", "companies", {"name": "Uusi Oy", "bid": "1234567-1"})[0]
        self.assertEqual(self.token_answer(made).status_code, 200)
        changed = {"client_id": made["client_id"], "client_secret": "other"}
        self.ctl("POST", "companies", changed)
        self.assertEqual(self.token_answer(made).status_code, 401)
        self.assertEqual(self.token_answer(made | changed).status_code, 200)
        answer = self.ctl("POST", "companies", {"name": "X"}, status=400)
        self.assertEqual(answer["details"], ["bid is missing"])

    def test_invoices(self):
        made = self.ctl(
            "POST",
            "invoices",
            [
                {"number": "INV/1", "sum_tax": 10.5, "recipient": {"name": "A"}},
                {"id": NOBODY, "status": "PENDING"},
            ],
        )
        self.assertEqual(made[0]["number"], "INV/1")
        self.assertEqual(made[0]["sum_tax"], 10.5)
        self.assertEqual(made[0]["sender"]["name"], "Mallikauppa Oy")
        self.assertEqual(made[1]["id"], NOBODY)
        self.ctl("POST", "invoices", {"id": NOBODY, "status": "DELIVERED"})
        self.assertEqual(self.get(f"/v1/invoices/{NOBODY}")["status"], "DELIVERED")
        self.assertEqual(len(self.get("/v1/invoices", direction="SENT")), 2)
        company = self.second_company()
        fields = {"id": NOBODY, "client_id": company["client_id"]}
        self.ctl("POST", "invoices", fields, status=409)
        self.ctl("POST", "invoices", {"client_id": NOBODY}, status=404)
        answer = self.ctl("POST", "invoices", [{}, {"sum": "1", "x": 1}], status=400)
        self.assertEqual(
            sorted(answer["details"]),
            ["[1].sum must be a number", "[1].x is not known"],
        )

    def test_cases(self):
        first, second = self.seed(), self.seed()
        body = claim(receivables_type="b2c", payers=[person_payer()])
        self.hand_over(first)
        self.hand_over(second, body)
        cases = self.ctl("GET", "cases")
        self.assertEqual([case["invoice_id"] for case in cases], [first, second])
        self.assertEqual(cases[1]["request"], body)
        self.assertEqual(cases[1]["status"], "pending")
        self.assertEqual(cases[1]["company"], "Mallikauppa Oy")
        self.assertEqual(cases[1]["invoice"]["id"], second)
        self.assertEqual(self.ctl("GET", f"cases/{second}"), cases[1])
        self.assertEqual(self.ctl("GET", f"cases?client_id={NOBODY}"), [])
        answer = self.ctl("GET", f"cases/{NOBODY}", status=404)
        self.assertEqual(answer["code"], "not_found")
        answer = self.ctl("GET", f"cases/{self.seed()}", status=404)
        self.assertEqual(answer["code"], "not_found")

    def test_cases_made_elsewhere(self):
        invoice_id = self.seed(sum_tax=500)
        steps = [
            {"action": "remind", "fee": 5},
            {"action": "comment", "text": "Hei"},
            {"action": "pay", "amount": 100},
            {"action": "close", "result": "credit_loss"},
        ]
        [made] = self.ctl(
            "POST",
            "cases",
            {
                "invoice_ids": [invoice_id],
                "by_v2": False,
                "capital_amount": 450,
                "reminder_amount": 5,
                "events": steps,
            },
        )
        found = self.get(f"/v1/assignments/{made['assignment_id']}")
        self.assertEqual(found["invoice_id"], invoice_id)
        self.assertEqual((found["status"], found["result"]), ("closed", "credit_loss"))
        self.assertEqual((found["capital_amount"], found["fees"]), (450, 10))
        for name in ("collection_type", "receivables_type", "reminder_amount"):
            self.assertNotIn(name, found)
        self.assertEqual(
            [event["type"] for event in found["events"]],
            ["status_change", "comment", "paid", "close"],
        )
        self.assertEqual(len(self.get("/v1/assignments")), 1)

    def test_cases_with_types(self):
        given = {"receivables_type": "b2c", "collection_type": "collection"}
        [made] = self.ctl("POST", "cases", {"count": 1, **given})
        found = self.get(f"/v1/assignments/{made['assignment_id']}")
        self.assertLessEqual(given.items(), found.items())
        self.assertEqual(found["reminder_amount"], 0)

    def test_events_that_a_case_cannot_have(self):
        for step in ({"action": "accept"}, {"action": "pay"}, {"amount": 1}):
            self.ctl("POST", "cases", {"count": 1, "events": [step]}, status=400)
        self.assertEqual(self.ctl("GET", "cases"), [])

    def test_many_cases(self):
        made = self.ctl("POST", "cases", {"count": 1000})
        self.assertEqual(len({case["assignment_id"] for case in made}), 1000)
        answer = self.api("GET", "/v1/assignments", params={"per_page": 100})
        self.assertEqual(answer.headers["X-Total"], "1000")
        # They are active already; nothing happened to them yet.
        self.assertEqual(self.get("/v1/events"), [])

    def test_typing_mistakes(self):
        invoice_id = self.seed()
        self.hand_over(invoice_id)
        for action, options, line in (
            ("refuse", {}, "reason is missing"),
            ("pay", {"amount": "5"}, "amount must be a number"),
            ("pay", {"amount": 0}, "amount must be more than 0"),
            ("pay", {"amount": 0.001}, "amount has more than two decimals"),
            ("ask", {"text": ""}, "text is empty"),
            ("close", {"result": "won"}, "result must be one of: "),
            ("accept", {"x": 1}, "x is not known"),
        ):
            answer = self.act(invoice_id, action, status=400, **options)
            self.assertTrue(answer["details"][0].startswith(line), answer)
        self.act(invoice_id, "sell", status=404)
        self.ctl("POST", "settings", {"auto_accpet": True}, status=400)
        self.ctl("POST", "settings", {"now": "2026-11-02T08:00:00.5Z"}, status=400)

    def test_an_action_needs_no_body(self):
        invoice_id = self.seed()
        self.hand_over(invoice_id)
        self.assertEqual(
            self.ctl("POST", f"cases/{invoice_id}/accept")["status"], "sent"
        )

    def test_the_log(self):
        self.ctl("DELETE", "log")
        self.get("/v1/invoices", number="INV/1")
        self.get("/v1/assignments", debtor_name="131052-308T")
        self.api("GET", "/v1/events?secret=hush")
        self.api("GET", "/131052-308T", check=False)
        log = self.ctl("GET", "log")
        hidden = urllib.parse.quote("******-****")
        self.assertEqual(
            [(e["method"], e["path"], e["query"], e["status"]) for e in log],
            [
                ("POST", "/oauth2/token", "", 200),
                ("GET", "/v1/invoices", "number=INV%2F1", 200),
                ("GET", "/v1/assignments", f"debtor_name={hidden}", 200),
                ("GET", "/v1/events", "secret=%2A%2A%2A", 400),
                ("GET", "/******-****", "", 404),
            ],
        )
        ids = {entry["client_id"] for entry in log[:4]}
        self.assertEqual(ids, {DEFAULT_COMPANY["client_id"]})
        self.assertTrue(all(entry["fault"] is None for entry in log))

    def test_neither_log_nor_error_output_holds_secrets(self):
        invoice_id = self.seed()
        self.hand_over(
            invoice_id, claim(receivables_type="b2c", payers=[person_payer()])
        )
        log = str(self.ctl("GET", "log"))
        for secret in ("131052-308T", "sandbox-secret", "sandbox-vendor", "Maija"):
            self.assertNotIn(secret, log)

    def test_pages_of_other_sites_are_refused(self):
        own = self.url
        for headers, status in (
            ({}, 200),
            ({"Origin": own}, 200),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": own.replace("http", "https")}, 403),
            ({"Host": "evil.example"}, 403),
            ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
            ({"Host": f"localhost:{self.server.port}"}, 200),
            ({"Host": f"[::1]:{self.server.port}"}, 200),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-origin"}, 200),
        ):
            with self.subTest(headers):
                answer = self.session.post(
                    f"{own}/control/reset", headers=headers, timeout=30
                )
                self.assertEqual(answer.status_code, status)
        answer = self.session.get(
            f"{own}/control/cases", headers={"Host": "evil.example"}, timeout=30
        )
        self.assertEqual(answer.status_code, 403)

    def test_the_description_is_complete(self):
        contract = Contract(FOLDER / "control.yaml")
        answer = self.session.get(f"{self.url}/control/openapi.yaml", timeout=30)
        self.assertEqual(answer.text, contract.text)
        for operation in contract.operations.values():
            path = operation.path.replace("{invoice_id}", NOBODY)
            answer = self.session.request(operation.method, self.url + path, timeout=30)
            with self.subTest(operation.id):
                self.assertIn(answer.status_code, (200, 400, 404))
                if answer.status_code == 404:
                    self.assertEqual(answer.json()["code"], "not_found")


class TestWithoutControl(SandboxCase):
    control = False

    def test_it_is_not_there(self):
        for path in ("reset", "cases", "log", "openapi.yaml"):
            for method in ("GET", "POST"):
                answer = self.session.request(
                    method, f"{self.url}/control/{path}", timeout=30
                )
                self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.token_answer().status_code, 200)
