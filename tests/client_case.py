"""What the tests of Maventa's client share."""

import logging
from datetime import date
from decimal import Decimal
from unittest.mock import patch
from uuid import uuid4

from odoo.tests import BaseCase
from odoo.tests.common import _super_send

from ..maventa import (
    client,
    connection,
    contract,
    errors,
    parallel,
    report,
    tokens,
    upload,
)
from .sandbox_process import DEFAULT_COMPANY, ROOT
from .stub_server import TOKEN, stub_server

HAND_OVER = "/assignment/amili$"
NAME = 'Maija "Maikki" Mällinen'
IDENTITY_CODE = "131052-308T"
BODY = {
    "collection_type": "reminder_and_collection",
    "receivables_type": "b2c",
    "amounts": {"capital_amount": 1240.0, "reminder_amount": 0.0},
    "payers": [
        {
            "type": "main_debtor",
            "name": NAME,
            "ssn": IDENTITY_CODE,
            "email": "maija.mallinen@example.com",
            "phone": "+358401234567",
            "address": {
                "streets": ["Esimerkkikatu 2"],
                "zip_code": "33100",
                "city": "Tampere",
                "country": "FI",
            },
        }
    ],
    "assignment_summary": "Lasku 1",
}
REPORT = report.build_report(
    report.Report(
        "paid", f"{NAME} maksoi,\nmuuten", Decimal("500.10"), date(2026, 11, 2)
    )
)
REPORTS = "/v1/assignments/[^/]+/events$"
PERSONAL = (
    NAME,
    "Maikki",
    "llinen",
    IDENTITY_CODE,
    "maija.mallinen",
    "40123456",
    "Esimerkkikatu",
)
USELESS = (
    b"",
    b"null",
    b"true",
    b"17",
    b'"pending"',
    b"[]",
    b'[{"status": "pending"}]',
    b"{}",
    b'{"status": null}',
    b'{"status": ""}',
    b'{"status": {"status": "pending"}}',
    b'{"status": ["pending"]}',
    b'{"status": true}',
    b'{"status": NaN}',
    b'{"status": "pending"',
    b'{"status": "pend\xff"}',
    b"\xef\xbb\xbf",
    b"<html><h1>It works!</h1></html>",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"status": ' + b"9" * 10_000 + b"}",
)
INVOICE = (ROOT / "sandbox" / "tests" / "bis3.xml").read_bytes()
EMAIL = "maija.mallinen@example.com"
SECRETS = tuple(DEFAULT_COMPANY.values())
# What each status means for a question.
STATUSES = {
    300: errors.UnknownOutcome,
    301: errors.UnknownOutcome,
    304: errors.UnknownOutcome,
    307: errors.UnknownOutcome,
    400: errors.Refused,
    401: errors.AccessProblem,
    402: errors.Refused,
    403: errors.AccessProblem,
    404: errors.NotFound,
    405: errors.Refused,
    408: errors.UnknownOutcome,
    410: errors.Refused,
    413: errors.Refused,
    415: errors.Refused,
    418: errors.Refused,
    422: errors.Refused,
    429: errors.NotSent,
    500: errors.UnknownOutcome,
    501: errors.UnknownOutcome,
    502: errors.UnknownOutcome,
    503: errors.UnknownOutcome,
    504: errors.UnknownOutcome,
    599: errors.UnknownOutcome,
}
# What it means for what changes something.
STATUSES_OF_CHANGES = {**STATUSES, 403: errors.Forbidden}


def call_all(call, items, start_within=None, **options):
    """Return the outcomes of parallel calls in the order of the items."""
    if start_within is not None:
        options["deadline"] = parallel.time.monotonic() + start_within
    groups = parallel.call_in_groups(call, items, **options)
    outcomes = dict(pair for group in groups for pair in group)
    return [outcomes[index] for index in range(len(outcomes))]


def an_upload(**values):
    given = {
        "uuid": str(uuid4()),
        "filename": "INV_2026_00017.xml",
        "content": INVOICE,
        "deliver": True,
        "email": EMAIL,
        "language": "fi",
    }
    return upload.Upload(**{**given, **values})


class ClientCase(BaseCase):
    """Maventa's client alone, without a database."""

    # What of the requests tells who somebody is.
    personal = ()

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo makes every time-out ten seconds; here they are what is tested.
        if not r.url.startswith(("http://127.0.0.1:", "https://127.0.0.1:")):
            raise AssertionError(f"a request to {r.url}")
        return _super_send(s, r, **kw)

    def connect(self, url, timeout=5, **credentials):
        """Return a client whose tokens no other test has."""
        self.startPatcher(patch.object(connection, "_TOKENS", tokens.TokenCache()))
        return self.reconnect(url, timeout, **credentials)

    def reconnect(self, url, timeout=5, **credentials):
        """Return another client, as the next cron run makes it."""
        maventa = client.MaventaClient(
            contract.hosts_for("sandbox", url),
            connection.Credentials(**{**DEFAULT_COMPANY, **credentials}),
            pool_size=8,
            timeout=timeout,
        )
        self.addCleanup(maventa.__exit__)
        return maventa

    def answering(self, *given, **options):
        """Return a client of a server that gives these answers, the last for ever.

        A token comes beside.
        """
        left = list(given)
        self.requests = []

        def answer(request):
            if request.path == contract.PATH_TOKEN:
                return TOKEN
            self.requests.append((request.command, request.path))
            return left.pop(0) if len(left) > 1 else left[0]

        server = self.enterContext(stub_server(answer))
        return self.connect(server.url, **options)

    def assertOutcome(self, kind, call, *args):
        """Expect exactly this class of error: a subclass means something else."""
        with self.assertRaises(errors.MaventaError) as caught:
            call(*args)
        self.assertIs(type(caught.exception), kind, repr(caught.exception))
        return caught.exception

    def log_records(self):
        """Return a list to which each line of the addon's log is added from now on."""
        records = []
        handler = logging.Handler(level=logging.DEBUG)
        formatter = logging.Formatter("%(name)s %(message)s")
        handler.emit = lambda record: records.append(formatter.format(record))
        root = logging.getLogger("odoo.addons.amili_perinta")
        self.startPatcher(patch.object(root, "propagate", False))
        level = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(handler)
        self.addCleanup(root.setLevel, level)
        self.addCleanup(root.removeHandler, handler)
        return records

    def assertTellsNothing(self, text):
        """Check that nothing secret and nothing of ``personal`` stands in a text."""
        for value in (*self.personal, *SECRETS, "stub-token"):
            self.assertNotIn(value, text)
