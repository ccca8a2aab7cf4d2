import http.server
import threading

from sandbox.state import DEFAULT_COMPANY

from .support import NOBODY, SandboxCase

PATH = "/v1/company/notifications"
EVENTS = [
    "DOCUMENTS.INVOICE.DELIVERED",
    "DOCUMENTS.INVOICE.DELIVERY_CONFIRMED",
    "DOCUMENTS.INVOICE.FAILED",
]


class _Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers.get("Cookie"), body))
        self.send_response(204 if self.path != "/moved" else 302)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


class WebhookCase(SandboxCase):
    def subscribe(self, destination, status=201, company=DEFAULT_COMPANY, **changes):
        body = {
            "destination_type": "WEBHOOK",
            "destination": destination,
            "events": EVENTS,
        }
        answer = self.api("POST", PATH, body | changes, company)
        self.assertEqual(answer.status_code, status, answer.text)
        return answer.json()


class TestSubscriptions(WebhookCase):
    def test_made_found_and_ended(self):
        made = self.subscribe("https://odoo.example.com/amili/secret")
        self.assertEqual(made["events"], EVENTS)
        self.assertEqual(self.get(PATH), [made])
        self.assertEqual(self.get(f"{PATH}/{made['id']}"), made)
        answer = self.api("DELETE", f"{PATH}/{made['id']}")
        self.assertEqual((answer.status_code, answer.content), (204, b""))
        self.assertEqual(self.get(PATH), [])
        for method in ("GET", "DELETE"):
            answer = self.api(method, f"{PATH}/{made['id']}")
            self.assertEqual(answer.status_code, 404)
            self.assertEqual(answer.json()["code"], "notification_not_found")

    def test_they_come_in_pages(self):
        for number in range(12):
            self.subscribe(f"https://odoo.example.com/{number}")
        self.assertEqual(len(self.get(PATH)), 10)
        self.assertEqual(len(self.get(PATH, page=2)), 2)
        self.get(PATH, page=0, expected=422)

    def test_companies_are_kept_apart(self):
        made = self.subscribe("https://odoo.example.com/1")
        other = self.second_company()
        self.assertEqual(self.get(PATH, company=other), [])
        answer = self.api("DELETE", f"{PATH}/{made['id']}", company=other)
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.get(PATH), [made])

    def test_what_is_refused(self):
        for destination in (
            "http://odoo.example.com/x",
            "ftp://odoo.example.com",
            "http://127.0.0.1.example.com/",
            "https://",
            "https://a b",
            "javascript:alert(1)",
            "",
        ):
            with self.subTest(destination):
                details = self.subscribe(destination, 422)["details"]
                self.assertEqual(details, ["destination is not well formed"])
        good = "http://127.0.0.1:8069/amili/x"
        for changes, line in (
            ({"events": ["AMILI.ACTIVATED"]}, "events[0] must be one of"),
            ({"events": []}, "events is empty"),
            ({"destination_type": "EMAIL"}, "destination_type must be one of"),
            ({"secret": "x"}, "secret is not known"),
        ):
            with self.subTest(line):
                [detail] = self.subscribe(good, 422, **changes)["details"]
                self.assertTrue(detail.startswith(line), detail)
        self.assertEqual(self.get(PATH), [])
        self.api("GET", f"{PATH}/17", check=False)
        answer = self.api("DELETE", f"{PATH}/17")
        self.assertEqual(answer.status_code, 422)

    def test_the_scopes(self):
        token = self.token(scope="company:read")
        for method, path in (("POST", PATH), ("DELETE", f"{PATH}/{NOBODY}")):
            answer = self.api(method, path, token=token)
            self.assertEqual(answer.status_code, 403)


class TestCalls(WebhookCase):
    def setUp(self):
        super().setUp()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
        server.received = self.received = []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.here = f"http://127.0.0.1:{server.server_port}"
        self.invoice_id = self.seed(status="PENDING")

    def calls(self):
        return self.ctl("GET", "webhooks")

    def test_a_delivery_and_a_failure_are_told(self):
        self.subscribe(f"{self.here}/secret")
        self.ctl("POST", f"invoices/{self.invoice_id}/deliver", {})
        failed = self.seed(status="PENDING")
        self.ctl("POST", f"invoices/{failed}/fail", {"message": "x"})
        calls = self.calls()
        self.assertEqual(
            [(c["event"], c["invoice_id"], c["status"]) for c in calls],
            [(EVENTS[0], self.invoice_id, 204), (EVENTS[2], failed, 204)],
        )
        self.assertEqual({path for path, _c, _b in self.received}, {"/secret"})
        self.assertIn(self.invoice_id.encode(), self.received[0][2])

    def test_only_what_was_asked_for_is_told(self):
        self.subscribe(f"{self.here}/1", events=[EVENTS[2]])
        other = self.second_company()
        self.subscribe(f"{self.here}/2", company=other)
        self.ctl("POST", f"invoices/{self.invoice_id}/deliver", {})
        self.assertEqual(self.calls(), [])

    def test_nothing_is_called_when_it_did_not_happen(self):
        self.subscribe(f"{self.here}/secret")
        done = self.seed()
        self.ctl("POST", f"invoices/{done}/deliver", {}, 409)
        self.assertEqual(self.calls(), [])

    def test_a_storm(self):
        self.subscribe(f"{self.here}/secret")
        answer = self.ctl(
            "POST", "webhooks", {"times": 200, "headers": {"Cookie": "a=b"}}
        )
        self.assertEqual(answer, {"called": 200})
        self.assertEqual({call["status"] for call in self.calls()}, {204})
        self.assertEqual(len(self.received), 200)
        self.assertEqual({cookie for _p, cookie, _b in self.received}, {"a=b"})
        self.assertEqual(self.ctl("DELETE", "webhooks"), [])
        self.assertEqual(self.calls(), [])

    def test_addresses_that_do_not_answer(self):
        self.subscribe("http://127.0.0.1:1/x")
        self.subscribe("https://odoo.example.com/x")
        self.subscribe(f"{self.here}/moved")
        self.ctl("POST", "webhooks", {"invoice_id": self.invoice_id})
        gone, away, moved = self.calls()
        self.assertEqual((gone["status"], gone["problem"]), (None, "URLError"))
        self.assertIn("not called", away["problem"])
        self.assertEqual(moved["status"], 302)
        self.assertEqual(len(self.received), 1)

    def test_a_reset_forgets_them(self):
        self.subscribe(f"{self.here}/secret")
        self.ctl("POST", "webhooks", {})
        self.calls()
        self.ctl("POST", "reset")
        self.assertEqual(self.calls(), [])
        self.assertEqual(self.ctl("POST", "webhooks", {}), {"called": 0})
