"""The calls as data are the calls that are made: nothing more, nothing less."""

import ast
import re
from contextlib import suppress
from datetime import datetime, timezone
from decimal import Decimal
from itertools import combinations
from urllib.parse import unquote

from odoo.tests import BaseCase, tagged

from ..maventa import activation, answers, contract, errors, payload, report, upload
from ..maventa.client import MaventaClient
from ..maventa.connection import Credentials
from ..maventa.description import plain_path
from ..maventa.operations import FORM, OPERATIONS
from ..maventa.wire_fields import flat, normal_name
from .sandbox_process import ROOT

ADDRESS = payload.Address(("Katu 1",), "00100", "Helsinki", "FI")
TRANSFER = {
    "collection_type": "collection",
    "receivables_type": "b2b",
    "capital_amount": Decimal("10"),
    "reminder_amount": Decimal("0"),
    "assignment_summary": "Lasku",
}
ACTIVATION = {
    "iban": "FI2112345600000785",
    "bic": "NDEAFIHH",
    "contact_person": "Maija Malli",
    "contact_email": "a@example.com",
    "contact_phone": "+358401234567",
    "customer_service_email": "b@example.com",
    "billing_address": ADDRESS,
}
# How each method is called; the braces stand for what varies in a path.
CALLS = {
    "activate_service": ({},),
    "add_event": ("{}", {}),
    "case": ("{}",),
    "case_events": ("{}",),
    "cases": (1,),
    "check_access": (),
    "current": (),
    "events": (1, datetime(2026, 1, 1, tzinfo=timezone.utc)),
    "find_invoices": ("INV/1",),
    "invoice": ("{}",),
    "invoice_actions": ("{}",),
    "invoices": (["{}"],),
    "mark_seen": ("{}", "{}"),
    "service": (),
    "subscriptions": (),
    "transfer": ("{}", {}),
    "transfer_status": ("{}",),
    "unsubscribe": ("{}",),
    "upload_invoice": (upload.Upload("{}", "a.xml", b"x", True, False, "", "fi"),),
}
READERS = {
    "activate_service": answers.read_service,
    "add_event": answers.read_event,
    "case": answers.read_case,
    "case_events": answers.read_event,
    "cases": answers.read_case,
    "current": answers.read_identity,
    "events": answers.read_event,
    "invoice": answers.read_invoice,
    "invoice_actions": answers.read_invoice_action,
    "invoices": answers.read_invoice,
    "service": answers.read_service,
    "subscriptions": answers.read_subscription,
    "transfer": answers.read_transfer_status,
    "transfer_status": answers.read_transfer_status,
    "upload_invoice": answers.read_invoice,
}
# Where a refusal is explained is not documented: all of these are looked at.
NAMES_OF_ERRORS = {"code", "message", "details", "error", "errors"}
BY_KEY = {operation.key: operation for operation in OPERATIONS}


class Recorder(dict):
    """An object of an answer that notes which of its names are read."""

    def __init__(self, values, read, above=""):
        super().__init__(
            {
                key: self._inner(value, read, above + key)
                for key, value in values.items()
            }
        )
        self._read = read
        self._above = above

    @staticmethod
    def _inner(value, read, name):
        if isinstance(value, dict):
            return Recorder(value, read, f"{name}.")
        if isinstance(value, list):
            return [Recorder._inner(each, read, f"{name}[]") for each in value]
        return value

    def get(self, key, default=None):
        self._read.add(self._above + key)
        return super().get(key, default)


class Listening(MaventaClient):
    """A client that notes what it would call, and calls nothing."""

    def __init__(self):
        super().__init__(
            contract.Hosts("https://ax.example", "https://receivables.example"),
            Credentials("a", "b", "c"),
        )
        self.calls = []

    def _call(self, method, url, private=(), **kwargs):
        self.calls.append((method, url, kwargs))
        raise errors.UnknownOutcome("reset")

    def _send(self, method, url, auth, **kwargs):
        self.calls.append((method, url, kwargs))
        raise errors.NotSent("connect")


def names_of(body, above=""):
    """Return the dotted names of a body."""
    names = set()
    for key, value in body.items():
        names.add(above + key)
        if isinstance(value, dict):
            names |= names_of(value, f"{above}{key}.")
        for each in value if isinstance(value, list) else ():
            if isinstance(each, dict):
                names |= names_of(each, f"{above}{key}[].")
    return names


def sample_of(fields):
    """Return an answer that has all of these fields."""
    values = {
        "string": "x",
        "number": 1,
        "integer": 1,
        "boolean": True,
        "array": ["x"],
    }
    return {
        field.name.text: [sample_of(field.inside)]
        if field.kind == "objects"
        else sample_of(field.inside)
        if field.kind == "object"
        else field.values[0].text
        if field.values
        else values[field.kind]
        for field in fields
    }


def sample_of_least(fields):
    """Return the same answer with nothing in it that is not needed."""
    return {
        field.name.text: sample_of_least(field.inside)
        if field.kind == "object"
        else sample_of([field])[field.name.text]
        if field.is_needed
        else None
        for field in fields
    }


def sample_of_others(fields):
    """Return the same answer with the names that are read where others are missing."""
    found = {}
    for field in fields:
        for other in field.instead:
            inner = found
            *above, last = other.split(".")
            for part in above:
                inner = inner.setdefault(part, {})
            inner[last] = "1"
        if not field.instead:
            found.update(sample_of([field]))
    return found


@tagged("post_install", "-at_install")
class TestOperations(BaseCase):
    """``maventa/operations.py`` says what the client, the bodies and readers do."""

    def test_marks_are_those_of_the_contract(self):
        marks = self.marks_of_the_contract()
        self.assertEqual(marks["PAYER_NAME"], "ASSUMED")
        self.assertEqual(marks["REMINDER_DATE"], "documented")
        self.assertEqual(marks["FORMAT_PEPPOL"], "older client")
        used = set()
        for module in ("operations", "shared_fields"):
            source = (ROOT / "maventa" / f"{module}.py").read_text()
            used |= set(
                re.findall(
                    r"\b(documented|older_client|assumed)\b\W+"
                    r"(?:dict\.fromkeys\()?contract\.([A-Z_]+)",
                    source,
                )
            )
        self.assertGreater(len(used), 80)
        wrong = {
            (name, mark)
            for mark, name in used
            if marks[name].lower() != mark.replace("_", " ")
        }
        self.assertFalse(wrong)

    def marks_of_the_contract(self):
        """Return the first mark in the comments of each constant."""
        source = (ROOT / "maventa" / "contract.py").read_text()
        lines = source.splitlines()
        marks = {}
        for node in ast.parse(source).body:
            if not isinstance(node, ast.Assign):
                continue
            own = lines[node.lineno - 1 : node.end_lineno]
            above = []
            for line in reversed(lines[: node.lineno - 1]):
                if not line.startswith("# ") or line.endswith("---"):
                    break
                above.insert(0, line)
            comments = " ".join(part.partition("#")[2] for part in own + above)
            found = re.search(r"\b(documented|older client|ASSUMED)\b", comments)
            marks[node.targets[0].id] = found[0] if found else ""
        return marks

    def test_each_path_of_the_contract_is_called(self):
        paths = {
            value
            for name, value in vars(contract).items()
            if name.startswith("PATH_") and name != "PATH_DESCRIPTION"
        }
        self.assertEqual(paths, {operation.path.text for operation in OPERATIONS})

    def test_each_call_of_the_client_is_an_operation(self):
        methods = {
            name
            for name in dir(MaventaClient)
            if not name.startswith("_") and callable(getattr(MaventaClient, name))
        }
        self.assertEqual(methods, set(CALLS))
        asked = {}
        for name, arguments in CALLS.items():
            for host, path, method, query in self.calls(name, arguments):
                asked.setdefault((host, method, path), set()).update(query)
        known = {
            (
                f"https://{operation.api}.example",
                operation.method,
                plain_path(operation.path.text),
            ): {name for name, _field in flat(operation.query)}
            for operation in OPERATIONS
            if operation.key != "token"
        }
        self.assertEqual(asked, known)

    def calls(self, name, arguments):
        client = Listening()
        with suppress(errors.MaventaError):
            getattr(client, name)(*arguments)
        for method, url, kwargs in client.calls:
            host, path = re.match("(https://[^/]+)(.*)", unquote(url)).groups()
            query = {normal_name(key) for key in kwargs.get("params", {})}
            yield host, plain_path(path), method, query

    def test_the_token_is_asked_for_as_told(self):
        client = Listening()
        with suppress(errors.MaventaError):
            client._new_token()
        ((method, url, kwargs),) = client.calls
        operation = BY_KEY["token"]
        self.assertEqual(url, "https://ax.example" + operation.path.text)
        self.assertEqual((method, operation.place), (operation.method, FORM))
        self.assertSends("token", set(kwargs["data"]), set(kwargs["data"]))

    def test_a_hand_over_sends_what_is_told(self):
        payer = {"role": "main_debtor", "name": "Maija Malli", "address": ADDRESS}
        least = payload.Transfer(**TRANSFER, payers=(payload.Payer(**payer),))
        most = payload.Transfer(
            **TRANSFER,
            payers=(
                payload.Payer(
                    **payer,
                    business_id="2077474-0",
                    personal_identity_code="131052-308T",
                    email="a@example.com",
                    phone="+358401234567",
                ),
            ),
            reminder_date=datetime(2026, 1, 1).date(),
        )
        self.assertSends(
            "transfer",
            names_of(payload.build_body(most)),
            names_of(payload.build_body(least)),
        )

    def test_reports_send_what_is_told(self):
        day = datetime(2026, 1, 1).date()
        bodies = [
            names_of(
                report.build_report(report.Report(kind, text, Decimal("1"), day, "1"))
            )
            for kind in contract.REPORT_TYPES
            for text in ("text", "")
            if text or kind != "comment"
        ]
        self.assertSends("add_event", set().union(*bodies), set.intersection(*bodies))

    def test_an_activation_sends_what_is_told(self):
        least = activation.build_activation(activation.Activation(**ACTIVATION))
        most = activation.build_activation(
            activation.Activation(
                **ACTIVATION,
                customer_service_phone="+358401234567",
                authorization_email="c@example.com",
            )
        )
        self.assertSends("activate_service", names_of(most), names_of(least))

    def test_an_upload_sends_what_is_told(self):
        bodies = []
        for deliver, email, language in (
            (False, "a@example.com", "fi"),
            (True, "", ""),
        ):
            form = upload.build_form(
                upload.Upload("u", "a.xml", b"x", deliver, False, email, language)
            )
            bodies.append({name for name, _value in form})
        self.assertSends("upload_invoice", *bodies)

    def assertSends(self, key, most, least):
        fields = dict(flat(BY_KEY[key].sends))
        # Where something stands in a list of payers, it is always in that one.
        self.assertEqual(most, set(fields))
        needed = {name for name, field in fields.items() if field.is_needed}
        self.assertEqual(least, needed)

    def test_answers_are_read_as_told(self):
        unread = {"token", "unsubscribe", "mark_seen"}
        self.assertEqual(set(BY_KEY) - unread, set(READERS))
        for key, reader in READERS.items():
            with self.subTest(key):
                fields = BY_KEY[key].reads
                read = set()
                for make in (sample_of, sample_of_others, sample_of_least):
                    reader(Recorder(make(fields), read))
                declared = {name for name, _field in flat(fields)}
                others = {name for field in fields for name in field.instead}
                others |= {name.partition(".")[0] for name in others}
                self.assertEqual(declared - read, set(), "told and not read")
                if BY_KEY[key].is_list:
                    # A list of cases has no events; each of them has, read alone.
                    read = {name for name in read if not name.startswith("events")}
                self.assertEqual(
                    read - declared - others - NAMES_OF_ERRORS, set(), "read, not told"
                )

    def test_no_name_is_told_twice(self):
        for operation in OPERATIONS:
            for fields in (operation.query, operation.sends, operation.reads):
                names = [name for name, _field in flat(fields)]
                for one, other in combinations(names, 2):
                    self.assertNotEqual(one, other, operation.key)

    def test_names_are_compared_in_one_spelling(self):
        for name, same in (
            ("ids[]", "ids"),
            ("payers[][name]", "payers[].name"),
            ("amounts[capital_amount]", "amounts.capital_amount"),
            ("payers[][address][streets][]", "payers[].address.streets"),
            ("number", "number"),
        ):
            self.assertEqual(normal_name(name), same)
