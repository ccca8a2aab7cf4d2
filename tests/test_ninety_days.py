"""Ninety days in which everything that can wait does, and nobody but a machine acts.

Whatever waits for longer than its deadline has a person who was asked, even where that
person marks every activity as done and does nothing. All the while the sandbox goes
through all its moods. ``dev/bench`` runs this with more cases, and prints what waited.
"""

import json
import logging
import os
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import requests
import yaml

from odoo import fields
from odoo.tests import tagged

from ..deadlines import DEADLINES
from ..models.connection.activities import done_lately
from ..models.outbox.amili_deadline_mixin import ASKED_ONE_BY_ONE
from .common import OTHER
from .deadline_case import DeadlineCase

_logger = logging.getLogger(__name__)
DAYS = 90
# The action that asks people runs every few hours, here once a day.
GRACE = timedelta(days=1, hours=1)
CRONS = (
    *("process_queue", "poll_transfers", "sync_events", "sweep", "look_up"),
    *("uploads", "find_cases", "service", "deadlines"),
)
# What people are asked on the record itself; of all else on its invoice.
ON_THEMSELVES = ("amili.service", "amili.found.case")
# Beside those whose wait is made by hand: made while Maventa is in each of its moods.
CASES = int(os.environ.get("AMILI_CASES", "20"))


@dataclass
class Wait:
    """How long the records of one line of the table waited, and how that ended.

    :param longest: of each wait so far, by the id of its record
    :param asked: the ids of those of which a person was asked
    :param silent: the days when one was over the deadline with nobody asked, by its id
    """

    longest: dict = field(default_factory=dict)
    asked: set = field(default_factory=set)
    waiting: set = field(default_factory=set)
    silent: dict = field(default_factory=dict)


@tagged("post_install", "-at_install")
class TestNinetyDays(DeadlineCase):
    expected_seconds = 200

    def always(self, kind="status", **fault):
        self.sandbox.fault(kind, times=None, **fault)

    def events_of(self, move):
        """Return the path of the reports of a case."""
        case_id = self.case_of(move).remote_id
        return {"method": "POST", "path": f"/assignments/{case_id}/events$"}

    def make_everything_wait(self):
        """Return invoices, each with something that will not go on by itself."""
        moves = {name: self.active() for name in ("quiet", "lost", "refused", "held")}
        moves |= {name: self.active() for name in ("ignored", "asked", "nameless")}
        moves |= {name: self.active() for name in ("unread", "doubtful")}
        case = self.case_of(moves["lost"])
        self.always(status=404, method="GET", path=f"/assignments/{case.remote_id}$")
        self.payment(moves["refused"], 100)
        self.always(status=422, **self.events_of(moves["refused"]))
        self.payment(moves["held"], 100)
        self.always(status=429, **self.events_of(moves["held"]))
        self.say(moves["ignored"], "withdraw", text="Sovittu", is_sure=True)
        body = {"id": "w-1", "type": "cancellation"}
        self.always("json", body=body, **self.events_of(moves["ignored"]))
        self.inject(moves["asked"], comment="Missä velallinen asuu?")
        self.case_of(moves["nameless"]).sudo().write(
            {"remote_id": False, "maventa_invoice_id": "unknown-there"}
        )
        self.case_of(moves["unread"]).sudo().case_read_at = False
        self.payment(moves["doubtful"], 100)
        self.sandbox.fault("drop_before", **self.events_of(moves["doubtful"]))
        for name in ("unread", "doubtful"):
            path = f"/assignments/{self.case_of(moves[name]).remote_id}"
            self.always(status=503, method="GET", path=path)
        moves["unconfirmed"], moves["unknown"] = self.invoice(), self.invoice()
        self.send(moves["unconfirmed"])
        path = f"/invoices/{moves['unknown'].maventa_invoice_id}/assignment"
        self.always("drop_before", method="POST", path=path)
        self.always(status=503, method="GET", path=path)
        self.send(moves["unknown"])
        moves["queued"] = self.invoice()
        path = f"/invoices/{moves['queued'].maventa_invoice_id}/assignment"
        self.always(status=429, method="POST", path=path)
        self.send(moves["queued"])
        moves["not_seen"], moves["not_sent"] = self.to_upload(), self.to_upload()
        [upload] = self.queue_upload(moves["not_seen"])
        self.sandbox.fault("drop_before", method="POST", path="/v1/invoices$")
        self.always(status=503, method="GET", path=f"/v1/invoices/{upload.uuid}$")
        self.run_uploads()
        self.queue_upload(moves["not_sent"])
        self.always(status=429, method="POST", path="/v1/invoices$")
        return moves

    def make_others_wait(self, count):
        """Let nobody adopt cases made elsewhere, and no service come to its end."""
        for _number in range(count):
            maventa_id = self.invoice().maventa_invoice_id
            self.sandbox.control("cases", {"invoice_ids": [maventa_id]})
        self.env["amili.found.case"].with_user(self.manager).action_look()
        for name, link, fault in (
            ("queued", None, {"kind": "status", "status": 503}),
            ("pending", None, None),
            ("pending", "https://sign.example/1", None),
            ("other", None, {"kind": "json", "body": {"status": "ODD"}}),
        ):
            company = self.env["res.company"].create({"name": f"{name} {link}"})
            keys = {**OTHER, "client_id": str(uuid.uuid4())}
            values = {"name": company.name, "service_status": "PENDING"}
            self.sandbox.control(
                "companies",
                {**keys, **values, "bid": "0112038-9", "activation_url": link},
            )
            self.connect(company, **keys)
            if fault:
                of_service = {"path": "services/amili", "client_id": keys["client_id"]}
                self.always(**fault, **of_service)
            self.env["amili.service"]._get_or_create(company).write(
                {"state": name, "deed": "end", "is_signing": bool(link)}
            )

    def moods(self):
        """Return all moods that the sandbox has."""
        text = requests.get(f"{self.sandbox.url}/control/openapi.yaml", timeout=30).text
        return yaml.safe_load(text)["components"]["schemas"]["Mood"]["enum"]

    def make_crowd(self, moods):
        """Hand over while Maventa is in each mood, and let all that is usual happen."""
        crowd = self.env["account.move"]
        for number, mood in enumerate(moods):
            here = range(number, CASES, len(moods))
            made = self.env["account.move"].union(*(self.invoice() for _one in here))
            if not made:
                continue
            self.sandbox.control("settings", {"moods": [mood]})
            self.send(made)
            crowd += made
            for move in made[: len(made) - len(made) // 4]:
                self.sandbox.amili(move, "accept")
            self.upload(self.to_upload())
            self.later(minutes=10)
            self.run_cron("poll_transfers")
        self.sandbox.control("settings", {"moods": []})
        return crowd

    def live_on(self, crowd, day):
        """Let something happen to a few of the cases on this day."""
        for number, move in enumerate(crowd):
            case = self.case_of(move).sudo()
            if (number + day) % 30 or case.state != "active":
                continue
            match (number + day // 30) % 5:
                case 0:
                    self.payment(move, 10)
                case 1:
                    self.inject(move, comment="Missä velallinen asuu?")
                case 2 if not case.is_withdrawing:
                    self.say(move, "comment", text="Velallinen soitti.")
                case 3 if not case.is_withdrawing:
                    self.say(move, "withdraw", text="Sovittu", is_sure=True)

    def watch(self, waits):
        """Note what waits now, and of what nobody was asked though it is time."""
        now = fields.Datetime.now()
        for name, deadlines in DEADLINES.items():
            for line, deadline in enumerate(deadlines):
                wait = waits.setdefault((name, line), Wait())
                found = self.env[name].sudo().search(list(deadline.domain), order="id")
                found = found.filtered(deadline.since)
                ages = {one.id: now - one[deadline.since] for one in found}
                wait.waiting = set(found.ids)
                for id_, age in ages.items():
                    wait.longest[id_] = max(age, wait.longest.get(id_, age))
                late = found.filtered(
                    lambda one, d=deadline, a=ages: a[one.id] > d.normal
                )
                asked = self.asked_about(late, deadline)
                wait.asked.update(asked.ids)
                for one in late - asked:
                    if ages[one.id] > deadline.normal + GRACE:
                        wait.silent.setdefault(one.id, str(now.date()))

    def asked_about(self, late, deadline):
        """Return those of which a person was asked; where they are many, of one."""
        summary = str(deadline.matter)
        asked = late.filtered(lambda one: self.is_asked(one, summary))
        is_one_for_all = deadline.asked == "adopter" or len(late) > ASKED_ONE_BY_ONE
        return late if is_one_for_all and asked else asked

    def is_asked(self, record, summary):
        place = record if record._name in ON_THEMSELVES else record.move_id
        return summary in place.activity_ids.mapped("summary") or bool(
            done_lately(place, summary)
        )

    def table(self, waits):
        """Return what waited, a row for each line of the table of deadlines."""
        rows = []
        for (name, line), wait in waits.items():
            deadline = DEADLINES[name][line]
            by_itself = set(wait.longest) - wait.asked - wait.waiting
            rows.append(
                {
                    "thing": name,
                    "state": _in_words(deadline.domain),
                    "deadline": deadline.normal.days,
                    "waits": len(wait.longest),
                    "longest": max(
                        (age.days for age in wait.longest.values()), default=0
                    ),
                    "a person was asked": len(wait.asked),
                    "ended by itself": len(by_itself),
                    "within its deadline": len(
                        wait.waiting - wait.asked - set(wait.silent)
                    ),
                    "over it in silence": len(wait.silent),
                }
            )
        return rows

    def live(self, moves, moods=(), crowd=(), days=DAYS):
        """Let the days pass, in each of the moods as long as in any other.

        :param moves: invoices whose activities people mark as done, and do nothing
        :return: what waited, by model and number of the line
        """
        waits = {}
        for day in range(days):
            self.later(days=1)
            if moods:
                mood = moods[day * len(moods) // days]
                self.sandbox.control("settings", {"moods": [mood]})
            self.live_on(crowd, day)
            for cron in CRONS:
                self.run_cron(cron)
            self.watch(waits)
            tasks = self.tasks(moves)
            self.asked.update(tasks.mapped("res_id"))
            for name in ON_THEMSELVES:
                tasks += self.env[name].sudo().search([]).activity_ids
            # Who only wants to be rid of it is asked again, a week later.
            tasks.sudo().action_feedback()
            self.env.flush_all()
        return waits

    def assertNoneSilent(self, waits):
        silent = {line: wait.silent for line, wait in waits.items() if wait.silent}
        self.assertEqual(silent, {})

    def setUp(self):
        super().setUp()
        self.asked = Counter()

    def test_nothing_waits_in_silence(self):
        moves = self.make_everything_wait()
        self.make_others_wait(1)
        waits = self.live(self.env["account.move"].union(*moves.values()))
        self.assertNoneSilent(waits)
        unseen = [line for line, wait in waits.items() if not wait.longest]
        self.assertEqual(unseen, [])
        self.assertEqual(self.asked[moves.pop("quiet").id], 0)
        for name, move in moves.items():
            with self.subTest(name):
                self.assertGreater(self.asked[move.id], 0)
                # Of some two things are asked: the wait, and what is in the way.
                self.assertLess(self.asked[move.id], 3 * DAYS / 7, "once a week")
        self.assertFalse(self.case_of(moves["ignored"]).is_withdrawing)

    def test_nor_in_any_mood_of_maventa(self):
        moods = self.moods()
        crowd = self.make_crowd(moods)
        moves = crowd.union(*self.make_everything_wait().values())
        self.make_others_wait(CASES // 10)
        # In the suite a third of the days has to do.
        days = DAYS if "AMILI_CASES" in os.environ else DAYS // 3
        waits = self.live(moves, moods, crowd, days)
        # dev/bench reads it.
        _logger.info("MEASURED %s", json.dumps({"waits": self.table(waits)}))
        self.assertNoneSilent(waits)
        seen = [wait for wait in waits.values() if wait.longest]
        self.assertGreaterEqual(len(seen), 8, "lines of the table")
        self.assertLess(max(self.asked.values()), 4 * DAYS / 7, "not every day")


def _in_words(domain):
    """Return the domain of a line of the table as a person reads it."""
    signs = {"=": "", "in": "", "!=": "not ", "not in": "not "}
    return ", ".join(
        f"{name} {signs[operator]}"
        + (" or ".join(map(str, value)) if isinstance(value, tuple) else str(value))
        for name, operator, value in domain
    )
