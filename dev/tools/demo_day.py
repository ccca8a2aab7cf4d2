"""The day that ``dev/demo`` plays: a clerk in Odoo, Amili at the sandbox.

Everything goes through Odoo's own RPC as a clerk and through the sandbox's control
API; the transcript prints what either side says.
"""

import json
import re
import textwrap
import time
import urllib.request
import uuid

from .console import say, step
from .rpc import RpcError, Session

CLERK = "kirsi"
PATIENCE = 90  # seconds that Odoo's cron jobs get for a step
IDENTITY_CODE = re.compile(r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]\b")


class FellShort(Exception):
    """A step did not do what it should; the message says which."""


def play(stage):
    """Hand over, accept, remind, collect, close; print a transcript.

    :param stage: from :func:`stage.set_up`
    :raise FellShort: when a step does not come out as it should
    """
    try:
        _Day(stage).play()
    except (RpcError, OSError, LookupError) as problem:
        raise FellShort(f"{type(problem).__name__}: {problem}") from problem


class _Day:
    def __init__(self, stage):
        self.sandbox = stage.sandbox
        self.odoo = Session(stage.address).log_in(stage.odoo.database, CLERK, CLERK)
        self.started = time.monotonic()

    def play(self):
        with step("Telling the sandbox of the demo invoices"):
            self.seed()
        overdue = self.invoice("Esimerkki Oy")
        rent = self.invoice("Teppo Testaaja")
        faulty = self.invoice("Pohjolan Putki Oy")

        self.headline("The clerk opens the wizard on overdue invoices")
        self.confirm(overdue)
        self.confirm(rent, with_co_debtors=True)
        self.refused(faulty)

        self.headline("Odoo's scheduled actions send what is on the queue")
        for move in (overdue, rent):
            self.wait_for(move, "pending")
            self.compare_with_sandbox(move)

        self.headline("Amili accepts both cases")
        for move in (overdue, rent):
            self.amili(move, "accept")
            self.wait_for(move, "active")

        self.headline("Amili reminds, and is paid a part")
        self.amili(overdue, "remind")
        self.amili(overdue, "pay", amount=400.0)
        self.wait_for_events(overdue, 2)

        self.headline("Amili asks the clerk something about the rent")
        self.amili(rent, "ask", text="Onko vuokrasopimus päättynyt?")
        self.wait_for_events(rent, 1)
        self.show_tasks(rent)

        self.headline("The rest is paid and the first case closes")
        self.amili(overdue, "close", result="paid")
        self.wait_for(overdue, "closed")

        self.headline("What the messages on the invoices say")
        for move in (overdue, rent):
            self.show_chatter(move)
        say("\nAll went as it should.")

    # The clerk ------------------------------------------------------------------------

    def confirm(self, move, with_co_debtors=False):
        action = self.odoo.call("account.move", "action_amili_transfer", [move["id"]])
        wizard = [action["res_id"]]
        if with_co_debtors:
            self.odoo.call(
                "amili.transfer.wizard", "action_use_standing_co_debtors", wizard
            )
        [shown] = self.odoo.call(
            "amili.transfer.wizard", "read", wizard, ["alerts", "payload_text"]
        )
        say(f"\n{move['name']}, {move['partner_id'][1]}: what will be sent")
        say(textwrap.indent(shown["payload_text"], "    "))
        if IDENTITY_CODE.search(shown["payload_text"]):
            raise FellShort("the preview shows an identity code")
        for alert in (shown["alerts"] or {}).values():
            say(f"  {alert['level']}: {alert['message']}")
        answer = self.odoo.call("amili.transfer.wizard", "action_transfer", wizard)
        say(f"  Odoo: {answer['params']['message']}")
        self.tell(move, self.state(move))

    def refused(self, move):
        action = self.odoo.call("account.move", "action_amili_transfer", [move["id"]])
        try:
            self.odoo.call(
                "amili.transfer.wizard", "action_transfer", [action["res_id"]]
            )
        except RpcError as problem:
            say(f"\n{move['name']}, {move['partner_id'][1]}: stopped")
            say(textwrap.indent(str(problem), "    "))
            return
        raise FellShort("an invoice without a street was not stopped")

    def wait_for(self, move, state):
        self.wait(move, lambda: self.state(move) == state, f"become {state}")
        self.tell(move, state)

    def wait_for_events(self, move, count):
        def has_events():
            return len(self.events(move)) >= count

        self.wait(move, has_events, f"show {count} events")
        for event in self.events(move):
            amount = f"{event['amount']:.2f} EUR" if event["amount"] else ""
            self.tell(
                move, event["remote_type"], event["date"], amount, event["text"] or ""
            )

    def wait(self, move, is_done, what):
        """Press "Ask Maventa Now" and wait for the scheduled actions."""
        deadline = time.monotonic() + PATIENCE
        asked = 0.0
        while not is_done():
            if time.monotonic() > deadline:
                raise FellShort(f"{move['name']} did not {what} in {PATIENCE} seconds")
            if time.monotonic() - asked > 10:
                asked = time.monotonic()
                self.odoo.call(
                    "amili.assignment", "action_check_now", self.assignments(move)
                )
            time.sleep(0.5)

    # What Odoo knows ------------------------------------------------------------------

    def invoices(self):
        return self.odoo.call(
            "account.move",
            "search_read",
            [["move_type", "=", "out_invoice"]],
            [
                "name",
                "partner_id",
                "invoice_date",
                "invoice_date_due",
                "amount_untaxed",
                "amount_total",
                "maventa_invoice_id",
                "amili_state",
            ],
            order="id",
        )

    def invoice(self, customer):
        return next(m for m in self.invoices() if m["partner_id"][1] == customer)

    def state(self, move):
        [values] = self.odoo.call("account.move", "read", [move["id"]], ["amili_state"])
        return values["amili_state"]

    def assignments(self, move):
        return self.odoo.call(
            "amili.assignment", "search", [["move_id", "=", move["id"]]]
        )

    def events(self, move):
        return self.odoo.call(
            "amili.assignment.event",
            "search_read",
            [["assignment_id.move_id", "=", move["id"]]],
            ["remote_type", "date", "amount", "text"],
            order="id",
        )

    def show_tasks(self, move):
        tasks = self.odoo.call(
            "mail.activity",
            "search_read",
            [["res_model", "=", "account.move"], ["res_id", "=", move["id"]]],
            ["summary", "user_id"],
        )
        if not tasks:
            raise FellShort("the question gave nobody a task")
        for task in tasks:
            say(f"  Task for {task['user_id'][1]}: {task['summary']}")

    def show_chatter(self, move):
        messages = self.odoo.call(
            "mail.message",
            "search_read",
            [
                ["model", "=", "account.move"],
                ["res_id", "=", move["id"]],
                ["body", "ilike", "Amili"],
            ],
            ["date", "preview"],
            order="id",
        )
        if not messages:
            raise FellShort(f"the chatter of {move['name']} says nothing")
        say(f"\n{move['name']}, {move['partner_id'][1]}")
        for message in messages:
            say(f"  {message['date']} UTC  {message['preview']}")

    # Amili and Maventa ----------------------------------------------------------------

    def seed(self):
        """Let Maventa know the demo invoices, as if it had delivered them."""
        partners = {
            partner["id"]: partner
            for partner in self.odoo.call(
                "res.partner", "search_read", [], ["name", "company_registry"]
            )
        }
        for move in self.invoices():
            partner = partners[move["partner_id"][0]]
            self.control(
                "invoices",
                id=move["maventa_invoice_id"] or str(uuid.uuid4()),
                number=move["name"],
                date=move["invoice_date"],
                date_due=move["invoice_date_due"],
                sum=move["amount_untaxed"],
                sum_tax=move["amount_total"],
                recipient={
                    "name": partner["name"],
                    "bid": partner["company_registry"] or None,
                },
            )

    def amili(self, move, action, **options):
        self.control(f"cases/{move['maventa_invoice_id']}/{action}", **options)
        self.tell(move, f"Amili: {action}", *map(str, options.values()))

    def compare_with_sandbox(self, move):
        """Both sides must agree to the cent on what was handed over."""
        case = self.control(f"cases/{move['maventa_invoice_id']}")
        amount = case["request"]["amounts"]["capital_amount"]
        if amount != move["amount_total"]:
            raise FellShort(f"Maventa got {amount} for {move['name']}")
        names = ", ".join(payer["name"] for payer in case["request"]["payers"])
        say(f"  Maventa has it: {amount:.2f} EUR from {names}")

    def control(self, path, **body):
        request = urllib.request.Request(
            f"{self.sandbox}/control/{path}",
            json.dumps(body).encode() if body or path.count("/") > 1 else None,
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    # The transcript -------------------------------------------------------------------

    def headline(self, text):
        say(f"\n== {text}")

    def tell(self, move, *words):
        seconds = time.monotonic() - self.started
        say(f"  {seconds:6.1f} s  {move['name']}  " + "  ".join(filter(None, words)))
