"""A case at Amili, its events and its bad days, for tests of all that happens to it."""

import json
from contextlib import suppress
from unittest.mock import patch

from ..models.outbox import amili_cron_mixin
from .common import QueueCase

REPORTS = "/events"


class EventsCase(QueueCase):
    def reports(self):
        """Return the bodies that Maventa got for cases, oldest first."""
        return self.sandbox.log("POST", REPORTS)

    def told(self, move, kind=None):
        """Return what the company has told of a case, as Amili keeps it."""
        return [
            event
            for event in self.sandbox.case(move)["events"]
            if event["origin"] == "company" and kind in (None, event["type"])
        ]

    def active(self, **values):
        """Return an invoice whose case Amili has accepted."""
        move = self.invoice(**values)
        self.activate(move)
        return move

    def bank_line(self, move, amount, payer=None, **values):
        """Reconcile a line of a bank statement with an invoice."""
        journal = self.company_data["default_journal_bank"]
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": "2026-10-19",
                "payment_ref": move.name,
                "partner_name": payer,
                "amount": amount,
                **values,
            }
        )
        self.book_bank_line(line, move)
        return line

    def book_bank_line(self, line, move):
        """Let a bank line in suspense pay an invoice."""
        _liquidity, suspense, _other = line._seek_for_lines()
        receivable = move.line_ids.filtered(
            lambda aml: aml.account_id.account_type == "asset_receivable"
        )
        suspense.account_id = receivable.account_id
        (suspense + receivable.filtered(lambda aml: not aml.reconciled)).reconcile()

    def payment(self, move, amount, **values):
        """Register a payment and return it."""
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount, "payment_date": "2026-10-19", **values})
            ._create_payments()
        )

    def undo(self, move):
        """Undo whatever is reconciled with an invoice."""
        move.line_ids.remove_move_reconcile()

    def amounts(self, move, kind="paid"):
        return [event["amount"] for event in self.told(move, kind)]


QUESTION = {"method": "GET", "path": "/assignment$"}


class StatusCase(QueueCase):
    def poll(self, **delta):
        if delta:
            self.later(**delta)
        self.run_cron("poll_transfers")

    def sync(self, **delta):
        """Read the feed, after some time if given."""
        if delta:
            self.later(**delta)
        self.run_cron("sync_events")

    def sweep(self, **delta):
        if delta:
            self.later(**delta)
        self.run_cron("sweep")

    def inject(self, move, **event):
        """Let an event appear exactly as given; None leaves a key out."""
        return self.sandbox.amili(move, "event", **event)

    def inject_ours(self, move, **values):
        """Let Amili have a payment of 100 that we told it, in words of its own."""
        event = {
            "type": "paid",
            "amount": 100,
            "currency": "EUR",
            "date": "2026-10-19",
            "origin": "company",
            "comment": "Suoritus",
        }
        return self.inject(move, **event | values)

    def event(self, assignment, number, **values):
        """Return an event as Amili's feed tells it."""
        return {
            "id": f"event-{number}",
            "assignment_id": assignment.remote_id,
            "type": "comment",
            "comment": f"kysymys {number}",
            "date": "2026-10-20",
            "created_at": f"2026-10-20T10:{number:02}:00Z",
            **values,
        }

    def serve(self, *events):
        """Let the feed tell these events next time, in this order."""
        self.sandbox.fault(
            "status",
            status=200,
            body=json.dumps(events),
            content_type="application/json",
            path="/v1/events$",
        )

    def texts(self, assignment):
        return sorted(assignment.event_ids.mapped("text"))


REPORT = {"method": "POST", "path": "/events$"}


EVENTS_OF_A_CASE = {"method": "GET", "path": "/assignments/[^/]+/events$"}


ASKED = {"method": "GET", "path": "/events"}


# Maventa took it, and nobody hears that it did.
LOST = (
    {"kind": "status_after", "status": 500},
    {"kind": "status_after", "status": 502, "body": "<html>Bad Gateway</html>"},
    {"kind": "status_after", "status": 200, "body": []},
    {"kind": "truncate"},
    {"kind": "drop_after"},
)


# It looks the same from here, but Maventa never took it.
NEVER_TAKEN = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "json", "body": {"id": "x", "type": "comment"}},
    {"kind": "not_json"},
    {"kind": "drop_before"},
)


class Killed(BaseException):
    """The end of a process: nothing in the addon may catch it."""


class BadDayCase(EventsCase, StatusCase):
    """A case at Amili that has been read, and days that go wrong."""

    def active(self, **values):
        move = super().active(**values)
        self.sync()
        self.sandbox.clear_log()
        self.later(minutes=10)
        return move

    def case_of(self, move):
        return move.amili_assignment_ids.sorted("id")[-1:]

    def report_of(self, move, kind="paid"):
        """Return the reports of a kind, oldest first."""
        events = self.case_of(move).event_ids.sorted("id")
        return events.filtered(lambda e: e.direction == "outbound" and e.type == kind)

    def say(self, move, kind, user=None, **values):
        """Tell Amili something as a person does, in the window for it."""
        wizard = (
            self.env["amili.report.wizard"]
            .with_user(user or self.manager)
            .create({"assignment_id": self.case_of(move).id, "kind": kind, **values})
        )
        wizard.action_confirm()
        return self.report_of(move, "comment" if kind == "reply" else kind)[-1:]

    def summaries(self, *moves):
        """Return the summaries of all tasks for invoices, in one text."""
        tasks = self.env["mail.activity"].union(*map(self.tasks, moves))
        return " | ".join(task.summary or "" for task in tasks)

    def kill_the_sender(self, before_call):
        """Let the sender die, just before it calls or just after."""
        call_all = amili_cron_mixin.call_in_groups

        def die(*args, **options):
            if not before_call:
                list(call_all(*args, **options))
            raise Killed

        with patch.object(amili_cron_mixin, "call_in_groups", die):
            # assertRaises would take back what is on disk.
            with suppress(Killed):
                self.run_cron("process_queue")
        self.env.invalidate_all()

    def assertAgreed(self, move):
        """Check that Odoo has the sums of the case as Amili has them, to the cent."""
        case, there = self.case_of(move), self.sandbox.case(move)["assignment"]
        for ours, theirs in (
            ("open_amount", "open_amount"),
            ("paid_amount", "paid_amount"),
            ("credited_amount", "credited_amount"),
            ("fee_amount", "fees"),
            ("interest_amount", "interest"),
        ):
            self.assertAlmostEqual(case[ours], there[theirs], 2, ours)

    def assertQuiet(self, move, posts):
        """Check that hours of further runs send nothing more."""
        for _run in range(5):
            self.run_queue(hours=5)
        self.assertEqual(len(self.reports()), posts)


FEED = {"path": "/v1/events$"}
