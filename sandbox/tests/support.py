"""A running sandbox for each test class, and shortcuts to talk to it."""

import pathlib
import re
import threading
import unittest

import requests

from sandbox.app import Sandbox
from sandbox.contract import Contract
from sandbox.server import serve
from sandbox.state import DEFAULT_COMPANY, State

FOLDER = pathlib.Path(__file__).parents[1]
CONTRACT = Contract(FOLDER / "openapi.yaml")
SCOPES = (
    "global company:read company:write invoice:send invoice:receive"
    " receivables:assignments"
)
SECOND_COMPANY = {
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "second-secret",
    "vendor_api_key": "second-vendor",
    "name": "Toinen Kauppa Oy",
    "bid": "0112038-9",
}
NOBODY = "99999999-9999-4999-8999-999999999999"


def address(**changes):
    return {
        "streets": ["Mannerheimintie 1 A 2"],
        "zip_code": "00100",
        "city": "Helsinki",
        "country": "FI",
    } | changes


def company_payer(**changes):
    payer = {"type": "main_debtor", "name": "Esimerkki Oy", "bid": "0112038-9"}
    return payer | {"address": address()} | changes


def person_payer(**changes):
    payer = {"type": "main_debtor", "name": "Malli Maija", "ssn": "131052-308T"}
    return payer | {"address": address()} | changes


def claim(**changes):
    return {
        "collection_type": "reminder_and_collection",
        "receivables_type": "b2b",
        "amounts": {"capital_amount": 1240.00, "reminder_amount": 5.00},
        "payers": [company_payer()],
        "assignment_summary": "Lasku 20260017, konsultointi 8/2026",
    } | changes


def service_request(**changes):
    request = {
        "service_type": "express",
        "iban": "FI2112345600000785",
        "bic": "NDEAFIHH",
        "bank": "Nordea",
        "contact_person": "Malli Maija",
        "contact_email": "maija.malli@example.com",
        "contact_phone_number": "+358401234567",
        "customer_service_email": "talous@example.com",
        "billing_address": address(),
    } | changes
    return {name: value for name, value in request.items() if value is not None}


def described(request):
    """The operation of openapi.yaml that a sent request is for, or None."""
    parts = request.path_url.partition("?")[0].split("/")
    for operation in CONTRACT.operations.values():
        pattern = operation.path.split("/")
        if operation.method == request.method and len(pattern) == len(parts):
            pairs = zip(pattern, parts, strict=True)
            if all(want.startswith("{") or want == part for want, part in pairs):
                return operation
    return None


def check_by_contract(response):
    """Complain if an answer is not one that openapi.yaml describes."""
    operation = described(response.request)
    if not operation:
        return
    answer = CONTRACT._target(operation.responses[str(response.status_code)])
    errors = [
        f"header {name}"
        for name, header in answer.get("headers", {}).items()
        if not re.fullmatch(
            "[0-9]+"
            if CONTRACT._target(header)["schema"]["type"] == "integer"
            else ".*",
            response.headers.get(name, "\n"),
        )
    ]
    if "content" in answer:
        schema = answer["content"]["application/json"]["schema"]
        errors += CONTRACT.validator(schema).iter_errors(response.json())
    elif response.content:
        errors.append("a body")
    if errors:
        raise AssertionError(f"{operation.id}: {errors}")


class SandboxCase(unittest.TestCase):
    """Starts a sandbox on a free port; each test begins with the seed."""

    control = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.state = State()
        cls.server = serve(Sandbox(cls.state, cls.control), "127.0.0.1", 0)
        cls.url = f"http://127.0.0.1:{cls.server.port}"
        thread = threading.Thread(
            target=cls.server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.shutdown)

    def setUp(self):
        super().setUp()
        self.session = requests.Session()
        self.addCleanup(self.session.close)
        self.state.reset()
        self._tokens = {}
        if self.control:
            self.ctl("POST", "reset")

    # ------------------------------------------------------------ control

    def ctl(self, method, path, body=None, status=200):
        answer = self.session.request(
            method, f"{self.url}/control/{path}", json=body, timeout=30
        )
        self.assertEqual(answer.status_code, status, answer.text)
        return answer.json()

    def seed(self, **fields):
        return self.ctl("POST", "invoices", fields)[0]["id"]

    def act(self, invoice_id, action, status=200, **options):
        return self.ctl("POST", f"cases/{invoice_id}/{action}", options, status)

    def fault(self, **fields):
        return self.ctl("POST", "faults", fields)

    def second_company(self, **changes):
        self.ctl("POST", "companies", SECOND_COMPANY | changes)
        return SECOND_COMPANY

    # ------------------------------------------------------------ Maventa

    def token_answer(self, company=DEFAULT_COMPANY, **changes):
        names = ("client_id", "client_secret", "vendor_api_key")
        form = {"grant_type": "client_credentials", "scope": SCOPES}
        form |= {name: company[name] for name in names} | changes
        form = {name: value for name, value in form.items() if value is not None}
        answer = self.session.post(f"{self.url}/oauth2/token", data=form, timeout=30)
        check_by_contract(answer)
        return answer

    def token(self, company=DEFAULT_COMPANY, **changes):
        answer = self.token_answer(company, **changes)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()["access_token"]

    def api(self, method, path, body=None, company=DEFAULT_COMPANY, **options):
        token = options.pop("token", None) or self._tokens.get(company["client_id"])
        if not token:
            token = self._tokens[company["client_id"]] = self.token(company)
        headers = {"Authorization": f"Bearer {token}"}
        headers |= options.pop("headers", {})
        check = options.pop("check", True)
        if body is not None:
            options["json"] = body
        answer = self.session.request(
            method,
            self.url + path,
            headers=headers,
            timeout=options.pop("timeout", 30),
            **options,
        )
        if check:
            check_by_contract(answer)
        return answer

    def get(self, path, company=DEFAULT_COMPANY, expected=200, **parameters):
        answer = self.api("GET", path, company=company, params=parameters)
        self.assertEqual(answer.status_code, expected, answer.text)
        return answer.json()

    def post(self, path, body=None, company=DEFAULT_COMPANY, status=201):
        answer = self.api("POST", path, body, company=company)
        self.assertEqual(answer.status_code, status, answer.text)
        return answer.json() if answer.content else None

    def hand_over(self, invoice_id, body=None, status=202, **options):
        return self.post(
            f"/v2/invoices/{invoice_id}/assignment/amili",
            claim() if body is None else body,
            status=status,
            **options,
        )

    def not_allowed(self, invoice_id):
        """Hand over what may not be handed over; why not."""
        answer = self.hand_over(invoice_id, status=403)
        self.assertEqual((answer["code"], answer["details"]), ("forbidden", []))
        return answer["message"]

    def transfer(self, invoice_id, **options):
        return self.get(f"/v2/invoices/{invoice_id}/assignment", **options)

    def refused(self, invoice_id, body):
        """Hand over what must be refused as invalid; its details."""
        answer = self.hand_over(invoice_id, body, status=400)
        self.assertEqual(answer["code"], "invalid_parameters")
        return answer["details"]

    def active_case(self, body=None, **invoice):
        """Hand an invoice over and accept it; the invoice's and assignment's id."""
        invoice_id = self.seed(**invoice)
        self.hand_over(invoice_id, body)
        return invoice_id, self.act(invoice_id, "accept")["assignment"]["id"]
