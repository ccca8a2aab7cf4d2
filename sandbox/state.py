"""What the sandbox remembers: companies, invoices and their files, cases, settings.

Everything lives in memory as plain JSON values. Where a state file was asked for,
each change is also written to it before the change is answered. The file is an
SQLite database with one row per thing: a change then costs the same however much
there is, and a killed process leaves a file that can be read. (After a power cut
the last changes may be missing; the file never breaks.)
"""

import base64
import contextlib
import datetime
import json
import os
import secrets
import sqlite3
import threading
import uuid
from zoneinfo import ZoneInfo

FINLAND = ZoneInfo("Europe/Helsinki")
DEFAULT_COMPANY = {
    "client_id": "11111111-1111-4111-8111-111111111111",
    "client_secret": "sandbox-secret",
    "vendor_api_key": "sandbox-vendor",
    "name": "Mallikauppa Oy",
    "bid": "2077474-0",
}
ALL_SCOPES = [
    "global",
    "company",
    "lookup",
    "company:read",
    "company:write",
    "invoice:send",
    "invoice:receive",
    "receivables:assignments",
]


def timestamp(moment):
    """A moment as the wire writes it.

    :param datetime.datetime moment: UTC.
    :returns: such as ``2026-11-02T09:30:00Z``.
    """
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id():
    """A fresh UUID as text."""
    return str(uuid.uuid4())


class StateFileError(Exception):
    """The state file cannot be used; the message says why."""


class State:
    """All data, behind one lock.

    Read and write below ``with state.lock`` or ``with state.change()``.

    :param str path: the state file; None keeps everything in memory alone.
    :param moods: names of the moods to begin with, also after a reset. Without any,
        those of the state file stay.
    :raises StateFileError: when the file is not a state file or is in use.
    """

    def __init__(self, path=None, moods=()):
        self.lock = threading.RLock()
        # Grows with every change, so that the page knows when to look again.
        self.version = 0
        self._file = _StateFile(path) if path else None
        self._moods = list(moods)
        self._clear()
        rows = self._file.rows() if self._file else []
        if rows:
            self._load(rows)
            self.settings["moods"] = self._moods or self.settings.get("moods", [])
        else:
            with self.change():
                self._seed()

    # ------------------------------------------------------------ changes

    @contextlib.contextmanager
    def change(self):
        """Hold the lock; what was saved is in the file when the block is left."""
        with self.lock:
            try:
                yield
            finally:
                # Also after an error: memory and file never differ.
                self._write()

    def _write(self):
        rows = list(self._unwritten.values())
        self._unwritten = {}
        if rows:
            self.version += 1
            if self._file:
                self._file.write(rows)

    def _save(self, kind, key, thing):
        self._unwritten[kind, key] = (kind, key, thing)

    def reset(self):
        """Forget everything; tokens that were issued die too."""
        with self.change():
            version = self.version
            self._clear()
            self.version = version
            if self._file:
                self._file.clear()
            self._seed()

    def close(self):
        """Wait for a change under way, then let go of the file."""
        with self.lock:
            if self._file:
                self._file.close()
                self._file = None

    def _clear(self):
        self._unwritten = {}
        self.settings = {}
        self.companies = {}
        self.invoices = {}
        self.files = {}
        self.company_invoices = {}
        self.cases = {}
        self.invoice_cases = {}
        self.company_cases = {}
        self.company_events = {}

    def _seed(self):
        self.settings = {
            "auto_accept": False,
            "moods": self._moods,
            "now": None,
            "token_key": secrets.token_hex(32),
            "token_generation": 0,
        }
        self.save_settings()
        self.save_company(company_defaults(DEFAULT_COMPANY))

    def _load(self, rows):
        for kind, _key, thing in rows:
            if kind == "settings":
                self.settings = thing
            elif kind == "company":
                # A file of an earlier sandbox may lack what is newer.
                self._add_company(company_defaults(thing))
            elif kind == "invoice":
                self._add_invoice(thing)
            elif kind == "file":
                self.files[thing["invoice"]] = thing["content"]
            elif kind == "case":
                self._add_case(thing | {"events": []})
            else:
                self._add_event(self.cases[thing["case"]], thing["event"])

    # ------------------------------------------------------------ clock

    def now(self):
        """The sandbox's time, in UTC: the real one, unless it was frozen."""
        frozen = self.settings["now"]
        if frozen:
            moment = datetime.datetime.strptime(frozen, "%Y-%m-%dT%H:%M:%SZ")
            return moment.replace(tzinfo=datetime.timezone.utc)
        return datetime.datetime.now(datetime.timezone.utc)

    def today(self):
        """The date in Finland: what is today for a clerk is never the future here."""
        return self.now().astimezone(FINLAND).date()

    # ------------------------------------------------------------ things

    def save_settings(self):
        """Keep ``settings`` as they are now."""
        self._save("settings", "settings", self.settings)

    def save_company(self, company):
        """Add a company, or replace the one with its ``client_id``."""
        self._add_company(company)
        self._save("company", company["client_id"], company)

    def _add_company(self, company):
        key = company["client_id"]
        self.companies[key] = company
        for index in (self.company_invoices, self.company_cases, self.company_events):
            index.setdefault(key, [])

    def save_invoice(self, invoice):
        """Add an invoice, or keep what was changed in it.

        :param dict invoice: holds the company's id as ``client_id``.
        """
        if invoice["id"] not in self.invoices:
            self._add_invoice(invoice)
        self._save("invoice", invoice["id"], invoice)

    def _add_invoice(self, invoice):
        self.invoices[invoice["id"]] = invoice
        self.company_invoices[invoice["client_id"]].append(invoice)

    def save_file(self, invoice_id, content):
        """Keep the file of an uploaded invoice.

        :param bytes content: the file.
        """
        text = base64.b64encode(content).decode()
        self.files[invoice_id] = text
        self._save("file", invoice_id, {"invoice": invoice_id, "content": text})

    def file(self, invoice_id):
        """The file of an uploaded invoice, as bytes; None where there is none."""
        text = self.files.get(invoice_id)
        return None if text is None else base64.b64decode(text)

    def save_case(self, case):
        """Add a case, or keep what was changed in it (but for its events)."""
        if case["id"] not in self.cases:
            self._add_case(case)
        row = {key: value for key, value in case.items() if key != "events"}
        self._save("case", case["id"], row)

    def _add_case(self, case):
        self.cases[case["id"]] = case
        self.invoice_cases.setdefault(case["invoice_id"], []).append(case)
        self.company_cases[case["client_id"]].append(case)

    def latest_case(self, invoice_id):
        """The newest case of an invoice, or None."""
        cases = self.invoice_cases.get(invoice_id)
        return cases[-1] if cases else None

    def save_event(self, case, event):
        """Add an event to a case, or keep what was changed in it."""
        if event not in case["events"]:
            self._add_event(case, event)
        # The case stands apart: the event's own keys may be absurd on purpose.
        self._save("event", event["id"], {"case": case["id"], "event": event})

    def _add_event(self, case, event):
        case["events"].append(event)
        self.company_events[case["client_id"]].append(event)


def company_defaults(given):
    """A whole company out of what was given.

    :param dict given: at least ``name`` and ``bid``.
    """
    bid = given["bid"]
    return {
        "client_id": new_id(),
        "client_secret": "sandbox-secret",
        "vendor_api_key": "sandbox-vendor",
        "country": "FI",
        "vat": "FI" + bid.replace("-", ""),
        "scopes": list(ALL_SCOPES),
        # None is a service that nobody asked for.
        "service_status": "ACTIVE",
        "service_type": "express",
        "accountable_party": "vfsfi",
        "service_reason": None,
        "service_request": {},
        "activation_url": None,
        "authorization_email": None,
        "company_state": "VERIFIED",
        "token_lifetime": 3600,
        "subscriptions": [],
        "user": {
            "id": new_id(),
            "first_name": "Maija",
            "last_name": "Malli",
            "email": "maija.malli@example.com",
        },
        **given,
    }


class _StateFile:
    def __init__(self, path):
        try:
            # Made here, so that nobody else may read the secrets in it.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(
                path, timeout=2, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS thing (number INTEGER PRIMARY KEY,"
                " kind TEXT, key TEXT, body TEXT, UNIQUE (kind, key))"
            )
        except (OSError, sqlite3.Error) as error:
            raise StateFileError(f"cannot use the state file {path}: {error}") from None

    def rows(self):
        # Updating a row keeps its number, so things come in the order they were made.
        found = self._db.execute("SELECT kind, key, body FROM thing ORDER BY number")
        return [(kind, key, json.loads(body)) for kind, key, body in found]

    def write(self, rows):
        with self._transaction():
            self._db.executemany(
                "INSERT INTO thing (kind, key, body) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                [(kind, key, json.dumps(thing)) for kind, key, thing in rows],
            )

    def clear(self):
        self._db.execute("DELETE FROM thing")

    def close(self):
        self._db.close()

    @contextlib.contextmanager
    def _transaction(self):
        self._db.execute("BEGIN")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
