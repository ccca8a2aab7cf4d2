"""dev/contract --try: calls of the client in Maventa's test environment."""

import os
import re
import time
import uuid
from dataclasses import replace
from decimal import Decimal
from getpass import getpass
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import requests

from maventa import contract, errors, payload, upload
from maventa.client import MaventaClient
from maventa.connection import Credentials

from .. import paths
from ..console import say
from . import samples
from .recording import exchange_of

KEYS = ("AMILI_CLIENT_ID", "AMILI_CLIENT_SECRET", "AMILI_VENDOR_API_KEY")
HELP = f"""make each call in Maventa's test environment. Keys are read from
{", ".join(KEYS)} or asked for; the invoice, as Peppol BIS Billing 3.0 and from this
company, from the file that AMILI_INVOICE names. AMILI_SANDBOX_URL takes the sandbox
instead"""
# Names of which the value is a word of Maventa's, where it looks like one.
TELLING = {
    *("status", "type", "code", "channel", "scopes", "origin", "result", "currency"),
    *("token_type", "service_type", "accountable_party", "company_state", "format"),
    *("collection_type", "receivables_type", "collection_status", "error"),
}
# How often, and after how many seconds, what was just taken is asked for once more.
PATIENCE = 3
PAUSE = 10
FORMS = {
    "uuid": "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "day": r"\d{4}-\d\d-\d\d",
    "moment": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*",
    "number as text": r"-?\d+([.,]\d+)?",
}


class Declined(Exception):
    """Somebody does not want this request to be sent."""


def run(is_asked=True):
    """Make the calls one after the other, and return 1 if one of them failed.

    :param bool is_asked: ask before each request
    """
    keys = Credentials(*(os.environ.get(each) or getpass(f"{each}: ") for each in KEYS))
    sandbox = os.environ.get("AMILI_SANDBOX_URL")
    environment = contract.SANDBOX if sandbox else contract.TEST
    hosts = contract.hosts_for(environment, sandbox)
    send = _shown(requests.Session.send, is_asked)
    status = 0
    # The time that somebody takes to answer is none of Maventa's.
    with (
        patch.object(requests.Session, "send", send),
        MaventaClient(hosts, keys, timeout=3600) as client,
    ):
        for title, call in _steps(client).items():
            say(f"\n== {title}")
            try:
                outcome = call()
                say(f"   The client reads: {type(outcome).__name__}")
            except Declined:
                say("   Not sent.")
            except errors.MaventaError as error:
                say(f"   The client makes of it: {type(error).__name__}, {error}")
                status = 1
    return status


def _steps(client):
    invoice_id = str(uuid.uuid4())
    default = paths.REPOSITORY / "sandbox" / "tests" / "bis3.xml"
    file = Path(os.environ.get("AMILI_INVOICE") or default)
    stored = replace(
        samples.full(upload.Upload),
        uuid=invoice_id,
        content=file.read_bytes(),
        deliver=False,
    )
    payer = replace(
        samples.full(payload.Payer), role="main_debtor", personal_identity_code=""
    )
    transfer = replace(
        samples.full(payload.Transfer),
        receivables_type="b2b",
        capital_amount=Decimal("1.00"),
        reminder_amount=Decimal("0.00"),
        payers=(payer,),
    )
    body = payload.build_body(transfer)
    return {
        "A token, and whose it is": client.current,
        "The service": client.service,
        "An invoice, only stored": lambda: client.upload_invoice(stored),
        "Its hand-over: Amili gets a case": lambda: client.transfer(invoice_id, body),
        "How the hand-over went": lambda: _how_it_went(client, invoice_id),
        "What became of the invoice": lambda: client.invoice_actions(invoice_id),
        "Cases": lambda: client.cases(1),
        "Events": lambda: client.events(1, None),
    }


def _how_it_went(client, invoice_id):
    """Ask for a hand-over that was just taken: for a while Maventa may not know it."""
    for _time in range(PATIENCE):
        try:
            return client.transfer_status(invoice_id)
        except errors.NotFound:
            say(f"   Not there yet: it is asked again in {PAUSE} seconds.")
            time.sleep(PAUSE)
    return client.transfer_status(invoice_id)


def _shown(real_send, is_asked):
    """Return a ``Session.send`` that shows shapes, and asks before it sends."""

    def send(session, request, **options):
        exchange = exchange_of(request)
        url = re.sub(FORMS["uuid"], "{id}", request.url.partition("?")[0])
        say(f"   {exchange.method} {url}")
        for sent in filter(None, (exchange.query, exchange.body)):
            _say_shape(">", sent)
        if is_asked and input("   Send it? [y/N] ").strip().lower() not in ("y", "yes"):
            raise Declined
        response = real_send(session, request, **options)
        names = [name for name in response.headers if name.lower().startswith("x-")]
        media = response.headers.get("Content-Type", "no content type")
        say(f"   {response.status_code}, {media}, {', '.join(names)}")
        try:
            _say_shape("<", response.json())
        except ValueError:
            say(f"     < {len(response.content)} bytes, no JSON")
        return response

    return send


def _say_shape(arrow, value):
    for line in dict.fromkeys(shape(value)):
        say(f"     {arrow} {line}")


def shape(value, path=""):
    """Yield the names and types of a JSON text; values only where they are words."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            # A name may be data as well.
            name = name if re.fullmatch(r"[A-Za-z_-]{1,40}", name) else "(name)"
            yield from shape(each, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list) and value:
        for each in value:
            yield from shape(each, f"{path}[]")
    else:
        yield f"{path}: {_kind(value, path)}"


def _kind(value, path):
    if not isinstance(value, str):
        return "null" if value is None else f"{type(value).__name__}"
    name = path.rpartition(".")[2].removesuffix("[]")
    if name in TELLING and re.fullmatch("[A-Za-z_:.]{1,40}", value):
        return value
    if re.match("https?://", value):
        return f"address at {urlsplit(value).hostname}"
    fitting = (name for name, form in FORMS.items() if re.fullmatch(form, value))
    return next(fitting, "text" if value else "empty text")
