"""Each mood of control.yaml changes what it says, and nothing without it."""

from sandbox.contract import Contract
from sandbox.control import CONTROL
from sandbox.state import DEFAULT_COMPANY

from .support import SandboxCase, service_request

SERVICE = "/v2/services/amili/receivables"
MOODS = Contract(CONTROL).document["components"]["schemas"]["Mood"]


class MoodCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.at("09:00:00")
        self.invoice_id, self.id = self.active_case()
        self.path = f"/v1/assignments/{self.id}"

    def at(self, clock):
        self._tokens.clear()
        self.ctl("POST", "settings", {"now": f"2026-11-02T{clock}Z"})

    def be(self, *moods):
        self.ctl("POST", "settings", {"moods": list(moods)})

    def get(self, path, expected=200, **parameters):
        # What a mood answers is not what openapi.yaml assumes.
        answer = self.api("GET", path, params=parameters, check=False)
        self.assertEqual(answer.status_code, expected, answer.text)
        return answer.json()

    def report(self, text):
        event = {"type": "comment", "comment": text}
        answer = self.api("POST", f"{self.path}/events", event, check=False)
        self.assertEqual(answer.status_code, 201)
        return answer.json()


class TestMoods(MoodCase):
    def test_each_has_a_line_and_a_test(self):
        names = MOODS["enum"]
        lines = [
            line.split()[1]
            for line in MOODS["description"].splitlines()
            if line[:2] == "- "
        ]
        self.assertEqual(lines, [f"{name}:" for name in names])
        cases = (TestForms, TestLists, TestTexts, TestCases)
        tests = {name.removeprefix("test_") for case in cases for name in dir(case)}
        self.assertEqual([name for name in names if name not in tests], [])

    def test_none_is_known_by_another_name(self):
        answer = self.ctl("POST", "settings", {"moods": ["merry"]}, status=400)
        self.assertIn("moods[0] must be one of", answer["details"][0])

    def test_a_reset_goes_back_to_those_of_the_start(self):
        self.be("capitals")
        self.assertEqual(self.ctl("GET", "settings")["moods"], ["capitals"])
        self.ctl("POST", "reset")
        self.assertEqual(self.ctl("GET", "settings")["moods"], [])


class TestForms(MoodCase):
    def test_wrapped(self):
        self.report("Hei")
        self.be("wrapped")
        self.assertEqual(len(self.get("/v1/assignments")["assignments"]), 1)
        for path in ("/v1/events", f"{self.path}/events"):
            self.assertEqual(len(self.get(path)["events"]), 1)
        self.assertEqual(self.get(self.path)["id"], self.id)

    def test_wrapped_data(self):
        self.report("Hei")
        self.be("wrapped_data")
        for path in ("/v1/assignments", "/v1/events", f"{self.path}/events"):
            self.assertEqual(len(self.get(path)["data"]), 1)

    def test_ids_named(self):
        self.be("ids_named", "wrapped")
        event = self.report("Hei")
        self.assertEqual(event["assignment_id"], self.id)
        [listed] = self.get("/v1/assignments")["assignments"]
        for found in (listed, self.get(self.path)):
            self.assertEqual(found["assignment_id"], self.id)
            self.assertNotIn("id", found)
        [inner] = found["events"]
        self.assertEqual(inner, event)
        self.assertIn("event_id", event)

    def test_ids_uuid(self):
        self.be("ids_uuid")
        event = self.report("Hei")
        self.assertEqual(event["assignment_id"], self.id)
        self.assertEqual(self.get("/v1/assignments")[0]["uuid"], self.id)
        self.assertEqual(self.get("/v1/events"), [event])
        answer = self.api(
            "POST", f"{self.path}/events/{event['uuid']}/seen", check=False
        )
        self.assertEqual(answer.json()["uuid"], event["uuid"])

    def test_capitals(self):
        self.be("capitals")
        self.assertEqual(
            self.get(f"/v2/invoices/{self.invoice_id}/assignment")["status"], "SENT"
        )
        self.act(self.invoice_id, "remind")
        self.act(self.invoice_id, "close", result="withdrawn")
        found = self.get(self.path)
        self.assertEqual((found["status"], found["result"]), ("CLOSED", "WITHDRAWN"))
        self.assertEqual(found["events"][0]["collection_status"], "REMINDER_SENT")
        self.be()
        self.assertEqual(self.get(self.path)["status"], "closed")

    def test_no_page_headers(self):
        answer = self.api("GET", "/v1/assignments")
        self.assertIn("X-Next-Page", answer.headers)
        self.be("no_page_headers")
        for path in ("/v1/assignments", "/v1/events", "/v1/invoices"):
            answer = self.api("GET", path, check=False)
            self.assertEqual([n for n in answer.headers if n.startswith("X-")], [])


class TestLists(MoodCase):
    def feed(self, **query):
        return "".join(e["comment"] for e in self.get("/v1/events", **query))

    def orders(self):
        for text in "abc":
            self.report(text)
        return [self.feed(order=order) for order in ("asc", "desc")]

    def test_newest_first(self):
        self.be("newest_first")
        self.assertEqual(self.orders(), ["cba", "cba"])

    def test_oldest_first(self):
        self.be("oldest_first")
        self.assertEqual(self.orders(), ["abc", "abc"])

    def test_filters_ignored(self):
        self.be("filters_ignored")
        self.report("a")
        later = {"created_at_start": "2999-01-01T00:00:00Z"}
        self.assertEqual(self.feed(**later), "a")
        for query in (later, {"debtor_name": "Nobody"}):
            self.assertEqual(len(self.get("/v1/assignments", **query)), 1)
        for query in (later, {"number": "none"}, {"ids": self.id}):
            query = {"direction": "SENT", **query}
            self.assertEqual(len(self.get("/v1/invoices", **query)), 1)
        self.assertEqual(self.get("/v1/invoices", number="none"), [])

    def test_events_late(self):
        self.be("events_late")
        self.report("a")
        self.at("09:09:59")
        self.assertEqual(self.feed(), "")
        # The case itself tells it at once.
        self.assertEqual(len(self.get(self.path)["events"]), 1)
        self.at("09:10:00")
        self.assertEqual(self.feed(), "a")
        self.assertEqual(
            self.get("/v1/events")[0]["created_at"], "2026-11-02T09:00:00Z"
        )


class TestTexts(MoodCase):
    TEXT = "Ohisuoritus tilille,\nviite 1232 [m-17]"

    def told(self):
        """The comment as it is answered, which is also how it is listed."""
        event = self.report(self.TEXT)
        self.assertEqual(self.get("/v1/events"), [event])
        self.assertEqual(self.get(self.path)["events"], [event])
        [kept] = self.ctl("GET", f"cases/{self.invoice_id}")["events"]
        self.assertEqual(kept["comment"], self.TEXT)
        return event.get("comment")

    def test_texts_cut(self):
        self.be("texts_cut")
        self.assertEqual(self.told(), self.TEXT[:20])

    def test_texts_prefixed(self):
        self.be("texts_prefixed")
        self.assertEqual(self.told(), f"Yritys kirjoitti: {self.TEXT}")

    def test_texts_spaced(self):
        self.be("texts_spaced")
        told = self.told()
        self.assertNotIn(self.TEXT, told)
        self.assertEqual(told.split(), self.TEXT.split())

    def test_texts_dropped(self):
        self.be("texts_dropped")
        self.assertIsNone(self.told())
        self.be("texts_dropped", "texts_cut")
        self.assertNotIn("comment", self.get("/v1/events")[0])


class TestCases(MoodCase):
    def test_forgotten(self):
        self.be("forgotten")
        self.report("a")
        self.at("09:59:59")
        self.assertEqual(self.get(self.path)["id"], self.id)
        self.at("10:00:00")
        for path in (self.path, f"{self.path}/events"):
            self.get(path, expected=404)
        self.assertEqual(self.get("/v1/assignments"), [])
        event = {"type": "comment", "comment": "Hei"}
        self.assertEqual(
            self.api("POST", f"{self.path}/events", event).status_code, 404
        )
        self.assertEqual(self.transfer(self.invoice_id)["status"], "sent")

    def test_case_late(self):
        self.be("case_late")
        invoice_id = self.seed()
        self.hand_over(invoice_id)
        self.at("09:00:19")
        self.transfer(invoice_id, expected=404)
        self.at("09:00:20")
        self.assertEqual(self.transfer(invoice_id)["status"], "pending")

    def test_second_case(self):
        self.be("second_case")
        self.hand_over(self.invoice_id)
        self.assertEqual(self.transfer(self.invoice_id)["status"], "pending")
        self.assertEqual(len(self.ctl("GET", "cases")), 2)
        self.act(self.invoice_id, "accept")
        self.assertEqual(len(self.get("/v1/assignments")), 2)

    def test_conflict(self):
        self.be("conflict")
        answer = self.api(
            "POST",
            f"/v2/invoices/{self.invoice_id}/assignment/amili",
            self.ctl("GET", "cases")[0]["request"],
            check=False,
        )
        self.assertEqual(answer.status_code, 409)
        self.assertEqual(answer.json()["code"], "assignment_already_exists")

    def test_older_hand_over(self):
        self.be("older_hand_over", "capitals")
        invoice_id = self.seed()
        request = self.ctl("GET", "cases")[0]["request"]
        path = f"/v2/invoices/{invoice_id}/assignment"
        answer = self.api("POST", f"{path}/amili", request, check=False)
        pending = {
            "status": "PENDING",
            "service": "amili",
            "created_at": "2026-11-02T09:00:00Z",
        }
        self.assertEqual((answer.status_code, answer.json()), (200, pending))
        self.act(invoice_id, "refuse", reason="Ei käy", code="no", details=["a"])
        error = {"code": "no", "message": "Ei käy", "details": ["a"]}
        self.assertEqual(self.get(path), pending | {"status": "ERROR", "error": error})
        self.assertEqual(self.transfer(self.invoice_id)["assignment_id"], self.id)

    def test_types_singly(self):
        path = f"/v1/invoices/{self.invoice_id}/actions"
        self.assertTrue(self.get(path, type="SENT,INFO"))
        self.be("types_singly")
        self.get(path, type="SENT,INFO", expected=400)
        self.assertTrue(self.get(path, type="INFO"))

    def test_service_words(self):
        self.be("service_words")
        company = {"client_id": DEFAULT_COMPANY["client_id"], "service_status": None}
        self.ctl("POST", "companies", company)
        self.get(SERVICE, expected=404)
        link = self.api("PUT", SERVICE, service_request()).json()["activation_url"]
        self.session.post(f"{link}/reject", data={"reason": "Luottotiedot"}, timeout=30)
        told = self.get(SERVICE)
        self.assertEqual(
            (told["status"], told["message"]), ("REJECTED", "Luottotiedot")
        )
