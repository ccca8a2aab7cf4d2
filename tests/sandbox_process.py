"""The sandbox on a real socket, for tests: a process of its own that shares no code."""

import re
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_COMPANY = {
    "client_id": "11111111-1111-4111-8111-111111111111",
    "client_secret": "sandbox-secret",
    "vendor_api_key": "sandbox-vendor",
}


# It ends with the tests, whatever ends them, and is no child of theirs: Odoo ends the
# children after each class.
START = """
import os, runpy, sys, threading
if os.fork():
    os._exit(0)
end = threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True)
end.start()
sys.argv = ["sandbox", "--port", "0", "--control"]
runpy.run_module("sandbox", run_name="__main__", alter_sys=True)
"""


class Sandbox:
    """A running sandbox, played by its control API; ``url`` is where it answers."""

    _shared = None

    def __init__(self):
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", START],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process.wait()
        match = re.search(r"http://\S+", self._process.stdout.readline())
        if not match:
            raise RuntimeError("the sandbox did not start")
        self.url = match[0]

    @classmethod
    def shared(cls):
        """Return the one that serves every class of tests; reset it before a test."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def stop(self):
        """End the process."""
        self._process.stdin.close()
        with self._process.stdout as until_it_is_gone:
            until_it_is_gone.read()

    def control(self, path, body=None, method=None):
        """Call the control API and return its JSON."""
        method = method or ("GET" if body is None else "POST")
        response = requests.request(
            method, f"{self.url}/control/{path}", json=body, timeout=30
        )
        response.raise_for_status()
        return response.json()

    def reset(self, now=None):
        """Forget everything; stop the sandbox's clock at ``now`` (ISO 8601, UTC)."""
        self.control("reset", {})
        self.control("settings", {"now": now, "auto_accept": False})

    def add_invoice(self, move, **values):
        """Tell the sandbox of an Odoo invoice, as if Maventa had delivered it."""
        debtor = move.commercial_partner_id
        return self.control(
            "invoices",
            {
                "id": move.maventa_invoice_id,
                "number": move.name,
                "date": move.invoice_date.isoformat(),
                "date_due": move.invoice_date_due.isoformat(),
                "sum": round(move.amount_untaxed, 2),
                "sum_tax": round(move.amount_total, 2),
                "recipient": {
                    "name": debtor.name,
                    "bid": debtor._amili_business_id() or None,
                    "country": debtor.country_id.code or None,
                },
                **values,
            },
        )

    def amili(self, move, action, **options):
        """Let Amili do something with the case of an invoice, e.g. ``accept``."""
        return self.control(f"cases/{move.maventa_invoice_id}/{action}", options)

    def case(self, move):
        """Return the case of an invoice, with the request as it was received."""
        return self.control(f"cases/{move.maventa_invoice_id}")

    def cases(self):
        return self.control("cases")

    def fault(self, kind, **options):
        """Plan a fault for the next matching request."""
        return self.control("faults", {"kind": kind, **options})

    def clear_faults(self):
        self.control("faults", method="DELETE")

    def log(self, method=None, path=""):
        """Return the requests to the API whose path holds ``path``."""
        return [
            entry
            for entry in self.control("log")
            if path in entry["path"] and method in (None, entry["method"])
        ]

    def clear_log(self):
        self.control("log", method="DELETE")
