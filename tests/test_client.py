import json
import logging
import socket
import ssl
import threading
from datetime import datetime, timezone
from unittest.mock import patch
from uuid import uuid4

import requests
from freezegun import freeze_time
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NameResolutionError

from odoo.tests import BaseCase, tagged

from ..maventa import answers, client, contract, errors, masking, parallel
from .sandbox_process import DEFAULT_COMPANY, Sandbox
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
PERSONAL = (
    NAME,
    json.dumps(NAME)[1:-1],
    IDENTITY_CODE,
    "maija.mallinen",
    "40123456",
    "Esimerkkikatu",
)
SECRETS = (DEFAULT_COMPANY["client_secret"], DEFAULT_COMPANY["vendor_api_key"])


class ClientCase(BaseCase):
    """Maventa's client alone, without database."""

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo makes every time-out ten seconds; here they are what is tested.
        if not r.url.startswith("http://127.0.0.1:"):
            raise AssertionError(f"a request to {r.url}")
        return HTTPAdapter.send(s.get_adapter(r.url), r, **_sendable(kw)) and None

    def connect(self, url, timeout=5, **credentials):
        """Return a client whose tokens no other test has."""
        tokens = patch.object(client, "_TOKENS", client.TokenCache())
        tokens.start()
        self.addCleanup(tokens.stop)
        found = client.MaventaClient(
            contract.hosts_for("sandbox", url),
            client.Credentials(**{**DEFAULT_COMPANY, **credentials}),
            pool_size=8,
            timeout=timeout,
        )
        self.addCleanup(found.__exit__)
        return found

    def assertRaisesOutcome(self, kind, reason=None, status=None):
        """Expect exactly this class of error: a subclass means something else."""
        return _Outcome(self, kind, reason, status)
