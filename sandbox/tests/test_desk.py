import html.parser
import re

from sandbox.state import DEFAULT_COMPANY

from .support import (
    FOLDER,
    SandboxCase,
    claim,
    company_payer,
    person_payer,
    service_request,
)

EVIL = "<script>alert('x')</script>\"&$nonce{0}"


class Forms(html.parser.HTMLParser):
    """The page's forms: where they lead and their fields."""

    def __init__(self, text):
        super().__init__()
        self.actions, self.fields, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "form":
            self.actions.append(attributes["action"])
        elif tag in ("input", "select"):
            self.fields.append(attributes)


class DeskCase(SandboxCase):
    def page(self, path="/", status=200):
        answer = self.session.get(self.url + path, timeout=30)
        self.assertEqual(answer.status_code, status)
        return answer.text

    def press(self, case_id, action, status=303, headers=None, **fields):
        answer = self.session.post(
            f"{self.url}/desk/cases/{case_id}/{action}",
            data=fields,
            headers=headers,
            allow_redirects=False,
            timeout=30,
        )
        self.assertEqual(answer.status_code, status, answer.text)
        return answer


class TestDesk(DeskCase):
    def setUp(self):
        super().setUp()
        self.ctl("POST", "settings", {"now": "2026-11-02T09:30:00Z"})
        self.invoice_id = self.seed(number="INV/7")
        self.hand_over(
            self.invoice_id,
            claim(payers=[company_payer(), person_payer(type="co_debtor")]),
        )
        self.case_id = self.ctl("GET", f"cases/{self.invoice_id}")["id"]

    def case(self):
        return self.ctl("GET", f"cases/{self.invoice_id}")

    def test_what_it_shows(self):
        self.act(self.invoice_id, "accept")
        self.act(self.invoice_id, "remind")
        self.act(self.invoice_id, "pay", amount=500)
        text = self.page()
        for shown in (
            "Esimerkki Oy",
            "INV/7",
            "Mallikauppa Oy",
            "Malli Maija",
            "co-debtor",
            "1\u202f240,00\u00a0€",
            "5,00\u00a0€",
            "757,00\u00a0€",
            "Lasku 20260017, konsultointi 8/2026",
            "Reminder sent",
            "From Amili",
            "Mannerheimintie 1 A 2, 00100 Helsinki, FI",
            "17.09.2026",
        ):
            self.assertIn(shown, text)

    def test_no_identity_code(self):
        self.act(self.invoice_id, "accept")
        self.act(self.invoice_id, "comment", text="Onko 010594Y9032 oikein?")
        text = self.page()
        self.assertNotIn("308T", text)
        self.assertNotIn("9032", text)
        self.assertIn("Onko ******-**** oikein?", text)

    def test_everything_is_escaped(self):
        fields = {
            "name": EVIL,
            "address": {
                "streets": [EVIL],
                "zip_code": EVIL[:20],
                "city": EVIL,
                "country": "FI",
            },
        }
        self.second_company(name=EVIL)
        self.ctl(
            "POST", "companies", {"client_id": self.case()["client_id"], "name": EVIL}
        )
        body = claim(payers=[company_payer(**fields)], assignment_summary=EVIL)
        refused = self.seed(number=EVIL)
        self.hand_over(refused, body)
        self.act(refused, "refuse", reason=EVIL, details=[EVIL])
        invoice_id, _ = self.active_case(body, number=EVIL)
        self.act(invoice_id, "stage", collection_status=EVIL, comment=EVIL)
        self.act(
            invoice_id, "event", type=EVIL, comment=EVIL, date=EVIL, created_at=EVIL
        )
        self.act(invoice_id, "event", type="paid", date=EVIL, amount=EVIL)
        self.act(invoice_id, "event", type="close", result=[EVIL], comment={"a": EVIL})
        text = self.page()
        self.assertNotIn("<script>alert", text)
        self.assertEqual(Forms(text).tags.count("script"), 1)
        self.assertIn("$nonce{0}", text)

    def test_only_its_own_script_runs(self):
        answer = self.session.get(self.url, timeout=30)
        policy = answer.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        nonce = re.search("script-src 'nonce-(.+?)'", policy)[1]
        self.assertIn(f'<script nonce="{nonce}">', answer.text)

    def test_a_whole_life_by_hand(self):
        self.press(self.case_id, "accept")
        self.press(self.case_id, "remind")
        self.press(self.case_id, "demand")
        self.press(self.case_id, "pay", amount="500,10")
        self.press(self.case_id, "ask", text="Osoite?")
        answer = self.press(self.case_id, "close", result="credit_loss", show="active")
        self.assertEqual(
            answer.headers["Location"], f"/?show=active#case-{self.case_id}"
        )
        found = self.case()
        self.assertEqual(found["assignment"]["paid_amount"], 500.10)
        self.assertEqual(found["assignment"]["result"], "credit_loss")
        self.assertEqual(
            [event["type"] for event in found["events"]],
            ["status_change", "status_change", "paid", "comment", "close"],
        )
        self.assertEqual(Forms(self.page()).actions, [])

    def test_refuse(self):
        self.press(self.case_id, "refuse", reason="Osoite puuttuu")
        self.assertEqual(self.case()["error"]["message"], "Osoite puuttuu")
        self.assertIn("Osoite puuttuu", self.page())

    def test_what_cannot_be_done_says_so(self):
        answer = self.press(self.case_id, "refuse", reason=" ", status=400)
        self.assertIn("reason is empty", answer.text)
        answer = self.press(self.case_id, "remind", status=409)
        self.assertIn("Not done: Amili has not accepted this case.", answer.text)
        self.press(self.case_id, "accept")
        for amount in ("", "abc", "0", "-5", "1e3", "5.001", "99999"):
            answer = self.press(self.case_id, "pay", amount=amount, status=400)
            self.assertIn('role="alert"', answer.text)
        self.press(self.case_id, "close", result="won", status=400)
        self.press(self.case_id, "inject", status=404)
        self.press(self.invoice_id, "remind", status=404)
        self.assertEqual(self.case()["events"], [])

    def test_the_forms_of_each_stage(self):
        def actions():
            return [a.rpartition("/")[2] for a in Forms(self.page()).actions]

        self.assertEqual(actions(), ["accept", "refuse"])
        self.press(self.case_id, "accept")
        self.assertEqual(actions(), ["remind", "demand", "pay", "ask", "close"])

    def test_every_field_has_a_name_for_screen_readers(self):
        self.act(self.invoice_id, "accept")
        self.hand_over(self.seed())
        for field in Forms(self.page()).fields:
            if field.get("type") != "hidden":
                self.assertTrue(field["aria-label"])

    def test_forms_of_other_sites_are_refused(self):
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Host": "evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            self.press(self.case_id, "accept", status=403, headers=headers)
        answer = self.session.get(
            self.url, headers={"Host": "evil.example"}, timeout=30
        )
        self.assertEqual(answer.status_code, 403)
        self.press(self.case_id, "accept", headers={"Origin": self.url})

    def test_it_tells_when_something_changed(self):
        before = self.page("/desk/version")
        self.assertIn(f'data-version="{before}"', self.page())
        self.assertEqual(self.page("/desk/version"), before)
        self.act(self.invoice_id, "accept")
        self.assertNotEqual(self.page("/desk/version"), before)

    def test_tabs_and_pages(self):
        self.ctl("POST", "cases", {"count": 30})
        self.act(self.seed_and_refuse(), "comment", text="x", status=409)
        text = self.page()
        for tab in ("All 32", "To decide 1", "Active 30", "Ended 1", "Page 1 of 2"):
            self.assertIn(tab, text)
        # What waits for a decision comes first.
        self.assertIn(self.case_id, text.split("<article")[1])
        self.assertEqual(text.count("<article"), 20)
        self.assertEqual(self.page("/?page=2").count("<article"), 12)
        self.assertEqual(self.page("/?show=pending").count("<article"), 1)
        self.assertEqual(self.page("/?show=ended").count("<article"), 1)
        for odd in ("/?page=0", "/?page=x", "/?page=99", "/?show=%3Cb%3E"):
            self.page(odd)

    def seed_and_refuse(self):
        invoice_id = self.seed()
        self.hand_over(invoice_id)
        self.act(invoice_id, "refuse", reason="Ei")
        return invoice_id

    def test_other_paths(self):
        self.page("/desk/", 404)
        self.page(f"/desk/cases/{self.case_id}/accept", 405)
        self.assertEqual(self.session.post(self.url, timeout=30).status_code, 405)


class TestReadOnly(DeskCase):
    control = False

    def test_no_forms_and_no_acting(self):
        self.assertIn("No case yet", self.page())
        self.assertIn("Only for looking", self.page())
        self.assertEqual(Forms(self.page()).actions, [])
        self.press("x", "accept", status=404)


class TestMaventa(DeskCase):
    """What waits at Maventa itself."""

    def setUp(self):
        super().setUp()
        file = ("lasku.xml", (FOLDER / "tests" / "bis3.xml").read_bytes())
        form = {"format": "PEPPOLBIS30", "recipient_email": "maija@example.com"}
        answer = self.api("POST", "/v1/invoices", files={"file": file}, data=form)
        self.invoice_id = answer.json()["id"]

    def press_invoice(self, action, status=303, **fields):
        answer = self.session.post(
            f"{self.url}/desk/invoices/{self.invoice_id}/{action}",
            data={"show": "invoices", **fields},
            allow_redirects=False,
            timeout=30,
        )
        self.assertEqual(answer.status_code, status, answer.text)
        return answer

    def status(self):
        return self.get(f"/v1/invoices/{self.invoice_id}")["status"]

    def test_an_uploaded_invoice(self):
        self.assertIn("Invoices 1", self.page())
        text = self.page("/?show=invoices")
        for shown in (
            *("INV/2026/00017", "Mallikauppa Oy", "Esimerkki Oy", "0112038-9"),
            *("1\u202f255,00\u00a0€", "15.10.2026", "PDF inside", "On its way"),
            *("maija@example.com", "Invoice received", "lasku.xml"),
        ):
            self.assertIn(shown, text)

    def test_delivering_it(self):
        answer = self.press_invoice("deliver")
        self.assertEqual(
            answer.headers["Location"], f"/?show=invoices#invoice-{self.invoice_id}"
        )
        self.assertEqual(self.status(), "DELIVERED")
        text = self.page("/?show=invoices")
        self.assertIn("Delivered", text)
        self.assertEqual(Forms(text).actions, [])
        self.assertIn("not on its way", self.press_invoice("deliver", 409).text)

    def test_letting_it_fail(self):
        self.assertIn("message is empty", self.press_invoice("fail", 400).text)
        self.press_invoice("fail", message="Osoite puuttuu")
        self.assertEqual(self.status(), "FAILED")
        self.assertIn("Osoite puuttuu", self.page("/?show=invoices"))

    def test_what_is_only_stored_has_no_button(self):
        routes = ["print", "email", "einvoice"]
        file = ("lasku.xml", (FOLDER / "tests" / "bis3.xml").read_bytes())
        form = {"format": "PEPPOLBIS30", "disabled_routes": routes}
        self.press_invoice("deliver")
        self.api("POST", "/v1/invoices", files={"file": file}, data=form)
        text = self.page("/?show=invoices")
        self.assertIn("Only stored", text)
        self.assertEqual(Forms(text).actions, [])

    def test_nothing_else_can_be_pressed(self):
        for path in ("deliver/x", "sell", "../cases/1/accept"):
            self.press_invoice(path, 404)
        self.invoice_id = "x"
        self.press_invoice("deliver", 404)

    def test_an_activation_that_waits(self):
        self.assertNotIn("/kyc/", self.page())
        self.ctl(
            "POST",
            "companies",
            {"client_id": DEFAULT_COMPANY["client_id"], "service_status": None},
        )
        path = "/v2/services/amili/receivables"
        link = self.api("PUT", path, service_request()).json()["activation_url"]
        text = self.page()
        self.assertIn("Mallikauppa Oy asks for the service", text)
        self.assertIn(link, text)
