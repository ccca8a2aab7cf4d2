import base64
import pathlib
import tempfile

import requests

from sandbox.state import DEFAULT_COMPANY, State

from .support import NOBODY, SandboxCase

UUID = "aaaaaaaa-1111-4111-8111-111111111111"
ROUTES = ["print", "email", "einvoice"]
FOLDER = pathlib.Path(__file__).parent
INVOICE = (FOLDER / "bis3.xml").read_text(encoding="utf-8")
FINVOICE = (FOLDER / "finvoice.xml").read_text(encoding="utf-8")
BOMB = """<?xml version="1.0"?>
<!DOCTYPE Invoice [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Invoice>&b;</Invoice>"""


class UploadCase(SandboxCase):
    def upload(self, content=INVOICE, status=201, company=DEFAULT_COMPANY, **fields):
        filename = fields.pop("filename", "lasku.xml")
        form = {"format": "PEPPOLBIS30", "uuid": UUID} | fields
        parts = []
        for name, values in form.items():
            values = values if isinstance(values, list) else [values]
            parts += [(name, (None, v)) for v in values if v is not None]
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            parts.append(("file", (filename, data, "application/xml")))
        answer = self.api("POST", "/v1/invoices", company=company, files=parts)
        self.assertEqual(answer.status_code, status, answer.text)
        return answer.json()

    def wrong(self, old, new, count=1):
        """The complaints about an invoice in which something was replaced."""
        self.assertIn(old, INVOICE)
        answer = self.upload(INVOICE.replace(old, new, count), 400)
        self.assertEqual(answer["code"], "invoice_create_api_error")
        return answer["details"]


class TestUpload(UploadCase):
    def test_an_invoice(self):
        self.ctl("POST", "settings", {"now": "2026-11-02T09:30:00Z"})
        made = self.upload(lang="SE")
        self.assertEqual(
            made,
            {
                "id": UUID,
                "status": "PENDING",
                "direction": "SENT",
                "number": "INV/2026/00017",
                "reference": "1232",
                "date": "2026-10-01",
                "date_due": "2026-10-15",
                "currency": "EUR",
                "sum": 1000.0,
                "sum_tax": 1255.0,
                "sender": {
                    "name": "Mallikauppa Oy",
                    "bid": "2077474-0",
                    "eia": "003720774740",
                    "country": "FI",
                },
                "recipient": {
                    "name": "Esimerkki Oy",
                    "bid": "0112038-9",
                    "eia": "003701120389",
                    "country": "FI",
                },
                "source_format": "PEPPOLBIS30",
                "received_at": "2026-11-02T09:30:00Z",
                "created_at": "2026-11-02T09:30:00Z",
                "comment": None,
                "files": [],
                "actions": [
                    {
                        "type": "RECEIVED",
                        "channel": None,
                        "key": "action_created",
                        "message": "Invoice received",
                        "happened_at": "2026-11-02T09:30:00Z",
                    }
                ],
            },
        )
        self.assertEqual(self.get(f"/v1/invoices/{UUID}"), made)
        found = self.get("/v1/invoices", direction="SENT", number="INV/2026/00017")
        self.assertEqual(found, [made])

    def test_a_finvoice(self):
        made = self.upload(FINVOICE, format="FINVOICE30")
        self.assertEqual(made["source_format"], "FINVOICE30")
        self.assertEqual(made["sum_tax"], 1255.0)
        self.assertEqual(made["recipient"]["bid"], "0112038-9")

    def test_a_file_of_the_other_kind(self):
        self.upload(FINVOICE, 400)
        self.upload(INVOICE, 400, format="FINVOICE30")

    def test_what_the_control_tells_of_it(self):
        self.upload(recipient_email="a@example.com", disabled_routes=["print"])
        [invoice] = self.ctl("GET", "invoices")
        upload = invoice["upload"]
        self.assertEqual(upload["filename"], "lasku.xml")
        self.assertEqual(upload["recipient_email"], "a@example.com")
        self.assertEqual(upload["routes"], ["einvoice", "email"])
        self.assertEqual(upload["document"]["payable"], 1255.0)
        self.assertEqual(upload["document"]["kind"], "invoice")
        self.assertTrue(upload["document"]["has_pdf"])
        self.assertEqual(self.ctl("GET", f"invoices/{UUID}"), invoice)
        self.assertEqual(self.ctl("GET", f"invoices?client_id={NOBODY}"), [])
        file = self.session.get(f"{self.url}/control/invoices/{UUID}/file", timeout=30)
        self.assertEqual(file.content, INVOICE.encode())
        self.ctl("GET", f"invoices/{self.seed()}/file", status=404)
        self.ctl("GET", f"invoices/{NOBODY}", status=404)

    def test_a_uuid_is_taken_once(self):
        self.upload()
        answer = self.upload(status=409)
        self.assertEqual(answer["code"], "invoice_already_exists")
        self.upload(uuid=UUID.upper(), status=409)
        other = self.second_company()
        self.upload(INVOICE.replace("20774740", "01120389"), status=409, company=other)
        self.assertEqual(len(self.ctl("GET", "invoices")), 1)
        answer = self.api("GET", f"/v1/invoices/{UUID}", company=other)
        self.assertEqual(answer.status_code, 404)

    def test_without_a_uuid_it_gets_one(self):
        first, second = self.upload(uuid=None), self.upload(uuid=None)
        self.assertNotEqual(first["id"], second["id"])

    def test_found_by_ids(self):
        self.upload()
        self.seed()
        found = self.get("/v1/invoices", direction="SENT", ids=UUID)
        self.assertEqual([invoice["id"] for invoice in found], [UUID])

    def test_a_credit_note_has_no_due_date(self):
        credit = INVOICE.replace("Invoice-2", "CreditNote-2")
        credit = credit.replace("<Invoice", "<CreditNote").replace(
            "</Invoice", "</CreditNote"
        )
        credit = credit.replace("<cbc:DueDate>2026-10-15</cbc:DueDate>", "")
        self.assertEqual(self.upload(credit)["date_due"], None)

    def test_a_lost_answer_was_taken_all_the_same(self):
        self.fault(kind="drop_after", method="POST", path="/v1/invoices$")
        with self.assertRaises(requests.ConnectionError):
            self.upload()
        self.upload(status=409)
        self.assertEqual(self.get(f"/v1/invoices/{UUID}")["number"], "INV/2026/00017")

    def test_a_state_file_keeps_it(self):
        self.upload()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(folder) / "state.db"
        kept = State(path)
        self.addCleanup(kept.close)
        with kept.change():
            kept.save_invoice(self.state.invoices[UUID])
            kept.save_file(UUID, self.state.file(UUID))
        kept.close()
        again = State(path)
        self.addCleanup(again.close)
        self.assertEqual(again.file(UUID), INVOICE.encode())
        self.assertEqual(again.invoices[UUID], self.state.invoices[UUID])


class TestRefused(UploadCase):
    def test_fields(self):
        for fields, line in (
            ({"format": None}, "format is missing"),
            (
                {"format": "FINVOICE20"},
                "format must be one of: PEPPOLBIS30, FINVOICE30",
            ),
            ({"format": ["PEPPOLBIS30"] * 2}, "format is there more than once"),
            ({"uuid": "17"}, "uuid is not a UUID"),
            ({"disabled_routes": ["fax"]}, "disabled_routes[0] must be one of"),
            ({"disabled_routes[]": ["print"]}, "disabled_routes[] is not known"),
            ({"recipient_type": "b2c"}, "recipient_type must be one of"),
            ({"recipient_type": "consumer"}, "recipient_type is for Norway only"),
            ({"prevent_routing": "1"}, "prevent_routing must be one of"),
            ({"recipient_email": "x"}, "recipient_email is not an e-mail address"),
            ({"lang": "fi"}, "lang must be one of"),
            ({"content": None}, "file is missing"),
            ({"filename": None}, "file has no file name"),
            ({"colour": "red"}, "colour is not known"),
        ):
            with self.subTest(line):
                answer = self.upload(**{"status": 400, **fields})
                details = answer["details"]
                self.assertTrue(any(d.startswith(line) for d in details), details)
        self.assertEqual(self.ctl("GET", "invoices"), [])

    def test_a_file_in_the_wrong_place(self):
        answer = self.api("POST", "/v1/invoices", files={"uuid": ("x", b"x")})
        self.assertIn("uuid must not be a file", answer.json()["details"])

    def test_another_content_type(self):
        answer = self.api("POST", "/v1/invoices", {"format": "PEPPOLBIS30"})
        self.assertEqual(answer.status_code, 400)

    def test_a_broken_form(self):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        for data in (b"--x\r\nrubbish", b"\xff" * 1000, b"--x--\r\n"):
            answer = self.api("POST", "/v1/invoices", headers=headers, data=data)
            self.assertEqual(answer.status_code, 400)

    def test_what_is_missing_in_the_invoice(self):
        for old, new, line in (
            ("<cbc:ID>INV/2026/00017</cbc:ID>", "", "INVOICE NUMBER NOT FOUND"),
            ("<cbc:IssueDate>2026-10-01</cbc:IssueDate>", "", "INVOICE DATE NOT FOUND"),
            ("2026-10-01", "1.10.2026", "INVOICE DATE IS NOT A DATE"),
            ("2026-10-15", " ", "INVOICE DUE DATE NOT FOUND"),
            (">EUR<", "><", "INVOICE CURRENCY NOT FOUND"),
            (">1255.00<", ">a lot<", "INVOICE TOTAL IS NOT A NUMBER"),
            (">1255.00<", ">NaN<", "INVOICE TOTAL IS NOT A NUMBER"),
            (">1000.00<", ">1e400<", "INVOICE SUM IS NOT A NUMBER"),
            (">Mallikauppa Oy<", "><", "SENDER NAME NOT FOUND"),
            (">Esimerkki Oy<", "><", "RECIPIENT NAME NOT FOUND"),
            (">003720774740<", "><", "SENDER ID NOT FOUND"),
            ("003720774740", "003701120389", "SENDER IS ANOTHER COMPANY"),
            ("billing:3.0<", "billing:9.0<", "CUSTOMIZATION ID IS NOT PEPPOL"),
            ("billing:01:1.0", "selfbilling:01:1.0", "PROFILE ID IS NOT PEPPOL"),
            (">JVBERi0", ">%%%", "ATTACHMENT IS NOT BASE64"),
        ):
            with self.subTest(line):
                [detail] = self.wrong(old, new)
                self.assertTrue(detail.startswith(f"ERROR: {line}"), detail)
        self.assertEqual(self.ctl("GET", "invoices"), [])

    def test_a_party_that_is_not_there(self):
        start = INVOICE.index("<cac:AccountingCustomerParty>")
        end = INVOICE.index("</cac:AccountingCustomerParty>")
        lines = self.wrong(INVOICE[start:end], "<cac:AccountingCustomerParty>")
        self.assertEqual(lines, ["ERROR: RECIPIENT NOT FOUND"])

    def test_files_that_are_no_invoice(self):
        for content, line in (
            ("", "FILE IS NOT VALID XML"),
            ("<Invoice>", "FILE IS NOT VALID XML"),
            (b"\x00\xff\xfe", "FILE IS NOT VALID XML"),
            ('<?xml version="1.0" encoding="x-none"?><a/>', "FILE IS NOT VALID XML"),
            ("%PDF-1.7", "FILE IS NOT VALID XML"),
            ("<Invoice/>", "FILE IS NOT A UBL INVOICE"),
            (BOMB, "DOCTYPE IS NOT ALLOWED"),
            ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE IS NOT ALLOWED"),
            (BOMB.encode("utf-16"), "DOCTYPE IS NOT ALLOWED"),
            ("<a>" * 100_000, "FILE IS NOT VALID XML"),
        ):
            with self.subTest(line):
                [detail] = self.upload(content, 400)["details"]
                self.assertTrue(detail.startswith(f"ERROR: {line}"), detail)

    def test_an_attachment_that_is_no_pdf(self):
        text = base64.b64encode(b"GIF89a").decode()
        start = INVOICE.index("JVBERi0")
        end = INVOICE.index("<", start)
        self.upload(INVOICE[:start] + text + INVOICE[end:])
        self.assertFalse(
            self.ctl("GET", f"invoices/{UUID}")["upload"]["document"]["has_pdf"]
        )


class TestDelivery(UploadCase):
    def actions(self):
        return [
            (action["type"], action["channel"], action["key"], action["message"])
            for action in self.get(f"/v1/invoices/{UUID}/actions")
        ]

    def test_delivered(self):
        self.upload()
        self.ctl("POST", f"invoices/{UUID}/deliver", {"channel": "EMAIL"})
        self.assertEqual(self.get(f"/v1/invoices/{UUID}")["status"], "DELIVERED")
        self.assertEqual(
            self.actions(),
            [
                ("RECEIVED", None, "action_created", "Invoice received"),
                ("SENT", "EMAIL", "action_sent_email", "Invoice sent"),
                ("DELIVERED", "EMAIL", "action_delivered", "Invoice delivered"),
            ],
        )
        for action, body in (("deliver", {}), ("fail", {"message": "x"})):
            answer = self.ctl("POST", f"invoices/{UUID}/{action}", body, 409)
            self.assertEqual(answer["code"], "invoice_not_pending")

    def test_failed(self):
        self.upload()
        self.ctl("POST", f"invoices/{UUID}/fail", {}, 400)
        self.ctl("POST", f"invoices/{UUID}/fail", {"message": "Osoite puuttuu"})
        self.assertEqual(self.get(f"/v1/invoices/{UUID}")["status"], "FAILED")
        self.assertEqual(
            self.actions()[-1],
            ("ERROR", "EINVOICE", "action_delivery_failed", "Osoite puuttuu"),
        )

    def test_what_is_kept_without_routing(self):
        made = self.upload(prevent_routing="true")
        self.assertEqual(made["status"], "DELIVERED")
        self.assertEqual([a[0] for a in self.actions()], ["RECEIVED", "SENT"])
        self.ctl("POST", f"invoices/{UUID}/deliver", {}, 409)
        self.ctl("POST", "invoices", {"id": UUID, "date_due": "2026-01-01"})
        self.hand_over(UUID)

    def test_what_has_no_route_stays(self):
        self.upload(disabled_routes=ROUTES)
        answer = self.ctl("POST", f"invoices/{UUID}/deliver", {}, 409)
        self.assertEqual(answer["code"], "invoice_not_sent")
        self.assertEqual(self.get(f"/v1/invoices/{UUID}")["status"], "PENDING")

    def test_the_actions_of_another_companys_invoice(self):
        self.upload()
        other = self.second_company()
        answer = self.api("GET", f"/v1/invoices/{UUID}/actions", company=other)
        self.assertEqual(answer.status_code, 404)
