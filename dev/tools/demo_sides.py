"""Both sides of the play of ``dev/demo``: Odoo by RPC, Amili by the sandbox's control.

Every figure that the transcript shows was read on both sides and is the same on both.
"""

import json
import time
import urllib.request
from functools import partial

from .console import say
from .rpc import RpcError, Session

CLERK = "kirsi"
MANAGER = "matti"
ACCOUNTANT = "admin"
COMPANY = "Mallikauppa Oy"
PATIENCE = 90  # seconds that Odoo's cron jobs get for a step
# What both sides say of a case: in words, in Odoo, at the sandbox.
FIGURES = (
    ("open", "open_amount", "open_amount"),
    ("paid", "paid_amount", "paid_amount"),
    ("credited", "credited_amount", "credited_amount"),
    ("fees", "fee_amount", "fees"),
    ("interest", "interest_amount", "interest"),
)
OPEN_STATES = ("queued", "sending", "unknown")


class FellShort(Exception):
    """A step did not do what it should; the message says which."""


class Sides:
    """Odoo with its people, and Amili.

    :param stage: from :func:`stage.set_up`
    """

    def __init__(self, stage):
        def log_in(login):
            # The people of the demo have their logins as passwords.
            return Session(stage.address).log_in(stage.odoo.database, login, login)

        self.stage = stage
        self.sandbox = stage.sandbox
        self.clerk = log_in(CLERK)
        self.manager = log_in(MANAGER)
        self.accountant = log_in(ACCOUNTANT)
        [self.company] = self.accountant.call(
            "res.company", "search", [["name", "=", COMPANY]]
        )
        self.started = time.monotonic()

    def administrate(self, model, method, *args, **context):
        """Call a model's method as the administrator, in the company."""
        context = {"allowed_company_ids": [self.company], **context}
        return self.accountant.call(model, method, *args, context=context)

    # Waiting --------------------------------------------------------------------------

    def wait(self, move, is_done, what):
        """Press "Update from Amili" and wait for the scheduled actions.

        :param what: that is waited for, in words
        :raise FellShort: when it takes too long
        """
        self.wait_untouched(
            is_done, f"{move['name']} did not {what}", lambda: self.check_now(move)
        )

    def wait_untouched(self, is_done, otherwise, nudge=None):
        """Wait for the scheduled actions, which come by themselves.

        :param otherwise: what is said if they do not
        :param nudge: called now and then, for who does not want to wait so long
        :raise FellShort: when it takes too long
        """
        deadline = time.monotonic() + PATIENCE
        asked = 0.0
        while not is_done():
            if time.monotonic() > deadline:
                raise FellShort(f"{otherwise} in {PATIENCE} seconds")
            if nudge and time.monotonic() - asked > 10:
                asked = time.monotonic()
                nudge()
            time.sleep(0.3)

    def wait_for(self, move, state):
        """Wait until the invoice shows a state."""
        self.wait(move, lambda: self.state(move) == state, f"become {state}")
        self.tell(move, state)

    def check_now(self, move):
        """Press "Update from Amili"."""
        self.clerk.call("amili.assignment", "action_check_now", [self.assignment(move)])

    def let_all_run_again(self):
        """Let the sender and the listener run once more, from beginning to end."""
        for name in ("process_queue", "sync_events"):
            runs = partial(self._runs, self.cron(name))
            self.wait_untouched(runs, f"{name} did not run")

    def _runs(self, cron):
        """Run a scheduled action, unless it is just running."""
        try:
            self.administrate("ir.cron", "method_direct_trigger", [cron])
        except RpcError:
            return False
        return True

    def cron(self, name):
        """Return the id of a scheduled action."""
        [found] = self.accountant.call(
            "ir.model.data",
            "search_read",
            [["module", "=", "amili_perinta"], ["name", "=", f"ir_cron_amili_{name}"]],
            ["res_id"],
        )
        return found["res_id"]

    # What Odoo knows ------------------------------------------------------------------

    def invoices(self):
        """Return the customer invoices, oldest record first."""
        return self.clerk.call(
            "account.move",
            "search_read",
            [["move_type", "=", "out_invoice"]],
            [
                "name",
                "partner_id",
                "company_id",
                "invoice_date",
                "invoice_date_due",
                "amount_untaxed",
                "amount_total",
                "maventa_invoice_id",
                "amili_state",
            ],
            order="id",
        )

    def invoice(self, customer, number=0):
        """Return an invoice of a customer; the first, unless ``number`` says else."""
        found = [m for m in self.invoices() if m["partner_id"][1] == customer]
        return found[number]

    def read(self, move, *names):
        """Return fields of an invoice as the clerk sees them."""
        [values] = self.clerk.call("account.move", "read", [move["id"]], names)
        return values

    def state(self, move):
        """Return how far the hand-over of an invoice is."""
        return self.read(move, "amili_state")["amili_state"]

    def assignment(self, move):
        """Return the id of the last hand-over of an invoice."""
        return self.clerk.call(
            "amili.assignment", "search", [["move_id", "=", move["id"]]]
        )[0]

    def case(self, move, *names):
        """Return fields of the last hand-over of an invoice."""
        [values] = self.clerk.call(
            "amili.assignment", "read", [self.assignment(move)], names
        )
        return values

    def events(self, move):
        """Return the events of a case as Odoo has them, oldest first."""
        return self.clerk.call(
            "amili.assignment.event",
            "search_read",
            [["assignment_id", "=", self.assignment(move)]],
            ["remote_id", "remote_type", "type", "state", "date", "amount", "text"],
            order="id",
        )

    def tasks(self, move):
        """Return the tasks that people have on an invoice."""
        return self.clerk.call(
            "mail.activity",
            "search_read",
            [["res_model", "=", "account.move"], ["res_id", "=", move["id"]]],
            ["summary", "user_id"],
        )

    def show_task(self, move, words):
        """Show the task whose summary has ``words``; somebody must have it."""
        found = [task for task in self.tasks(move) if words in task["summary"]]
        if not found:
            raise FellShort(f"nobody has a task on {move['name']}: {words}")
        for task in found:
            say(f"  Task for {task['user_id'][1]}: {task['summary']}")

    def show_chatter(self, move):
        """Show what the messages of an invoice say of Amili."""
        messages = self.clerk.call(
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

    # Maventa and Amili ----------------------------------------------------------------

    def add_to_maventa(self, move, invoice_id):
        """Let Maventa know an invoice, as if another program had sent it there."""
        [partner] = self.clerk.call(
            "res.partner",
            "read",
            [move["partner_id"][0]],
            ["name", "company_registry"],
        )
        self.control(
            "invoices",
            id=invoice_id,
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
        """Play Amili's part in a case."""
        self.control(f"cases/{move['maventa_invoice_id']}/{action}", **options)
        self.tell(move, f"Amili: {action}", *map(_word, options.values()))

    def at_amili(self, move):
        """Return the case as Maventa and Amili have it."""
        return self.control(f"cases/{move['maventa_invoice_id']}")

    def told(self, move):
        """Return what the company told Amili of a case, oldest first."""
        events = self.at_amili(move)["events"]
        return [event for event in events if event["origin"] == "company"]

    def control(self, path, **body):
        """Call the sandbox's control API."""
        request = urllib.request.Request(
            f"{self.sandbox}/control/{path}",
            json.dumps(body).encode() if body or path.count("/") > 1 else None,
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    # Both -----------------------------------------------------------------------------

    def agree(self, move):
        """Wait until both sides say the same of a case to the cent; say it once.

        :raise FellShort: with both versions when they do not
        """
        views = {}

        def is_same():
            views["Odoo"] = self._seen_from_odoo(move)
            views["Amili"] = self._seen_from_amili(move)
            return views["Odoo"] == views["Amili"]

        try:
            self.wait(move, is_same, "look the same on both sides")
        except FellShort as problem:
            raise FellShort(f"{problem}: {views}") from problem
        sums = ", ".join(f"{name} {views['Odoo'][name]:.2f}" for name, *_ in FIGURES)
        count = len(views["Odoo"]["events"])
        events = "event" if count == 1 else "events"
        self.tell(move, f"both sides: {sums}; {count} {events}")

    def _seen_from_odoo(self, move):
        names = [name for _word, name, _theirs in FIGURES]
        case = self.case(move, "state", "result", *names)
        events = self.events(move)
        return {
            **{word: round(case[name], 2) for word, name, _theirs in FIGURES},
            "is open": case["state"] == "active",
            "result": case["result"] or None,
            # Not as a set: an event that is there twice must not look the same.
            "events": sorted(e["remote_id"] for e in events if e["remote_id"]),
            "on the queue": sum(e["state"] in OPEN_STATES for e in events),
        }

    def _seen_from_amili(self, move):
        case = self.at_amili(move)
        assignment = case["assignment"]
        return {
            **{word: round(assignment[name], 2) for word, _ours, name in FIGURES},
            "is open": assignment["status"] != "closed",
            "result": assignment.get("result"),
            "events": sorted(event["id"] for event in case["events"]),
            "on the queue": 0,
        }

    # The transcript -------------------------------------------------------------------

    def headline(self, text):
        """Begin a scene."""
        say(f"\n== {text}")

    def tell(self, move, *words):
        """Say what happened to an invoice, and when."""
        self.note("  ".join(filter(None, (move["name"], *words))))

    def note(self, words):
        """Say what happened, and when."""
        say(f"  {time.monotonic() - self.started:6.1f} s  {words}")


def _word(value):
    return f"{value:.2f}" if isinstance(value, float) else str(value)
