"""Random sequences in which whatever can go wrong repeats keys and identity codes.

What people do and mistype, what Amili writes, and answers that echo the request: all of
it with identity codes in many spellings. It is committed, so that a search of the
database and of the logs sees what a real one would hold. Nothing is asserted here.
"""

import contextlib
import logging
import random
from datetime import datetime, timedelta, timezone

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError

from . import data

_http = logging.getLogger("odoo.http")
AT_ONCE = 100  # sequences whose cases live side by side
STEPS = 6
# Artificial ones of the Digital and Population Data Services Agency, and the one of
# Maventa's own example.
CODES = ("131052-308T", "010594Y9032", "010594Y9021")
SPELLINGS = (
    "{a}{s}{b}",
    "{a}\u2013{b}",
    "{a}\u2011{b}",
    "{a} {s} {b}",
    "{a} \u2014 {b}",
    "{a}{b}",
    "hetu:{a}{s}{b}.",
    "velallinen{a}{s}{b}maksoi",
)
CRONS = ("process_queue", "poll_transfers", "sync_events", "sweep", "look_up")
SELDOM = ("deadlines", "service", "find_cases", "uploads", "automate")
PATHS = ("", "/oauth2/token", "/events$", "/assignment", "/v1/invoices", "/v1/events")
STATUSES = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)
MOODS = (
    [],
    ["texts_prefixed"],
    ["texts_spaced"],
    ["older_hand_over"],
    ["conflict"],
    ["wrapped", "ids_uuid"],
    ["case_late", "events_late"],
)


def main(env, sandbox, count):
    """Live through ``count`` sequences, some at a time."""
    data.connect(env, sandbox)
    world = World(env, sandbox)
    for number in range(0, count, AT_ONCE):
        world.live(number, min(AT_ONCE, count - number))
    data.report(sequences=count, **world.happened())


class World:
    """Odoo with its people, and Amili, under a clock of their own."""

    def __init__(self, env, sandbox):
        self.env, self.sandbox = env, sandbox
        self.now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
        self.clerk = data.clerk(env)
        self.manager = self._user("manager", "amili_perinta.group_amili_manager")
        self.admin = env.ref("base.user_admin")
        self.admin.group_ids += env.ref("amili_perinta.group_amili_identity")
        self.done = {"worked": 0, "refused": 0, "failed": 0}
        env.cr.commit()

    def _user(self, login, group):
        return self.env["res.users"].create(
            {
                "name": f"Bench {login}",
                "login": f"bench_{login}",
                "group_ids": [Command.link(self.env.ref(group).id)],
            }
        )

    def happened(self):
        """Return how often an act worked, was refused with a reason, or failed."""
        return {f"acts_{name}": number for name, number in self.done.items()}

    def live(self, number, size):
        """Let so many sequences pass, the first of which has this number."""
        self.random = random.Random(number)  # noqa: S311 - the same days each time
        moves = self.cases(number, size)
        for step in range(STEPS):
            with freeze_time(self.now, tick=True):
                for move in moves:
                    self.misbehave(move)
                    act = FIRST[step] if step < len(FIRST) else None
                    if not act or self.random.random() < 0.1:
                        act = self.random.choice(ACTS)
                    self.attempt(lambda a=act, m=move: a(self, m))
                self.run(*CRONS, self.random.choice(SELDOM))
            self.wait()
        data.control(self.sandbox, "faults", method="DELETE")
        data.control(self.sandbox, "settings", {"moods": []})
        for _run in range(3):
            with freeze_time(self.now, tick=True):
                self.run(*CRONS, *SELDOM)
            self.wait()

    def wait(self):
        """Let some time pass, on both sides."""
        self.now += timedelta(minutes=self.random.choice((1, 30, 400)))
        told = f"{self.now:%Y-%m-%dT%H:%M:%SZ}"
        data.control(self.sandbox, "settings", {"now": told})

    def cases(self, number, size):
        """Return overdue invoices of people with identity codes."""
        finland = self.env.ref("base.fi").id
        people = self.env["res.partner"].create(
            [
                {
                    "name": f"Velallinen {number + place}",
                    "street": f"Mittarikatu {place}",
                    "zip": "00100",
                    "city": "Helsinki",
                    "country_id": finland,
                    "amili_receivables_type": "b2c_rental",
                    "amili_personal_identity_code": CODES[place % len(CODES)],
                }
                for place in range(2 * size)
            ]
        )
        moves = data.invoices(self.env, size)
        for place, move in enumerate(moves):
            move.button_draft()
            move.partner_id = people[place]
            move.action_post()
            if self.random.random() < 0.5:
                other = people[size + (place + 1) % size]
                move.amili_co_debtor_partner_ids = other
        data.tell_maventa(self.sandbox, moves)
        return moves

    def attempt(self, act):
        """Do something as a request does it; what fails is logged as Odoo logs it."""
        try:
            act()
            self.env.cr.commit()
            self.done["worked"] += 1
        except UserError as problem:
            self.env.cr.rollback()
            _http.warning(problem)
            self.done["refused"] += 1
        except Exception:
            self.env.cr.rollback()
            _http.error("Exception during request handling.", exc_info=True)
            self.done["failed"] += 1

    def run(self, *names):
        """Run scheduled actions as the scheduler does."""
        for name in names:
            cron = self.env.ref(f"amili_perinta.ir_cron_amili_{name}")
            with self.env.registry.cursor() as cr:
                job = cron._acquire_one_job(cr, cron.id, include_not_ready=True)
                cron._process_job(cr, job)
            self.env.cr.rollback()
            self.env.invalidate_all()

    # What is said and misused ---------------------------------------------------------

    def text(self, move=None):
        """Return a sentence with an identity code in it, spelled in some way."""
        code = self.random.choice(CODES)
        spelled = self.random.choice(SPELLINGS)
        return "Velallinen " + spelled.format(a=code[:6], s=code[6], b=code[7:])

    def misbehave(self, move):
        """Plan a fault now and then, most of which repeat what they should not."""
        if self.random.random() < 0.5:
            return
        keys = " ".join(data.CREDENTIALS.values())
        words = f"{self.text()} avain {keys}"
        status = self.random.choice(STATUSES)
        problem = {"code": words, "message": words, "details": [words]}
        event = {"id": str(move.id), "type": "comment", "comment": words}
        fault = self.random.choice(
            (
                {"kind": "echo", "status": status},
                {"kind": "echo", "status": status},
                {"kind": "status", "status": status, "body": problem},
                {"kind": "status_after", "status": status, "body": problem},
                {"kind": "status", "status": status, "body": words},
                {"kind": "not_json", "body": f"<html>{words}</html>"},
                {"kind": "json", "body": problem},
                {"kind": "json", "body": event},
                {"kind": "drop_after"},
                {"kind": "truncate"},
                {"kind": "token_dies"},
                {"kind": "repeat_items"},
            )
        )
        path = self.random.choice(PATHS)
        data.control(self.sandbox, "faults", {**fault, "path": path})
        moods = self.random.choice(MOODS)
        data.control(self.sandbox, "settings", {"moods": moods})

    def amili(self, move, action, **options):
        """Play Amili's part; where there is no such case nothing happens."""
        self.there(f"cases/{move.maventa_invoice_id}/{action}", options)

    def there(self, path, body):
        """Do something on the other side, where it can be done."""
        with contextlib.suppress(OSError):
            data.control(self.sandbox, path, body)

    def say(self, move, kind, **values):
        """Tell Amili something, in the window for it."""
        case = move.amili_assignment_ids[:1]
        if not case:
            return
        wizard = self.env["amili.report.wizard"].with_user(self.manager)
        wizard.create(
            {"assignment_id": case.id, "kind": kind, "text": self.text(), **values}
        ).action_confirm()

    # What happens ---------------------------------------------------------------------

    def hand_over(self, move):
        wizard = data.wizard(self.env, self.clerk, move)
        if self.random.random() < 0.3:
            wizard.line_ids.assignment_summary = self.text()[:64]
        wizard.action_transfer()

    def accept(self, move):
        self.amili(move, "accept")
        move.amili_assignment_ids.sudo().filtered(
            lambda case: case.state == "pending"
        ).next_try_at = self.now

    def refuse(self, move):
        self.amili(move, "refuse", reason=self.text(), details=[self.text()])

    def ask(self, move):
        self.amili(move, "ask", text=self.text())

    def remark(self, move):
        self.amili(move, "stage", collection_status="odd", comment=self.text())

    def close(self, move):
        results = ("paid", "credit_loss", "withdrawn")
        result = self.random.choice(results)
        self.amili(move, "close", result=result, comment=self.text())

    def made_elsewhere(self, move):
        # Somebody entered the code of a person where Maventa has a Business ID.
        recipient = {"name": move.partner_id.name, "bid": self.random.choice(CODES)}
        there = {"id": move.maventa_invoice_id, "recipient": recipient}
        self.there("invoices", there)
        events = [{"action": "ask", "text": self.text()}]
        body = {"invoice_ids": [move.maventa_invoice_id], "events": events}
        self.there("cases", body)
        self.env.company.sudo().amili_find_wanted = True

    def adopt(self, move):
        found = self.env["amili.found.case"].with_user(self.manager)
        found.search([("state", "=", "ready")]).action_adopt()

    def write(self, move):
        self.say(move, "comment")

    def reply(self, move):
        questions = move.amili_assignment_ids.event_ids.filtered("is_question")
        self.say(move, "reply", question_id=questions[:1].id)

    def withdraw(self, move):
        self.say(move, "withdraw", is_sure=True)

    def pause(self, move):
        self.say(move, "pause", date=(self.now + timedelta(days=20)).date())

    def end(self, move):
        self.say(move, "end")

    def pay(self, move):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"amount": 10.0})._create_payments()

    def change_code(self, move):
        code = self.random.choice(CODES)
        move.partner_id.with_user(self.admin).amili_personal_identity_code = code

    def move_house(self, move):
        move.partner_id.with_user(self.admin).street = f"Uusikatu {move.id}"

    def dispute(self, move):
        move.with_user(self.clerk).write({"amili_dispute_reason": self.text()})

    def block(self, move):
        reason = {"amili_collection_block": True}
        reason["amili_collection_block_reason"] = self.text()
        move.partner_id.with_user(self.admin).write(reason)
        move.partner_id.with_user(self.admin).amili_collection_block = False

    def look_up(self, move):
        move.with_user(self.clerk).action_amili_look_up()

    def test_connection(self, move):
        self.env.company.with_user(self.admin).action_amili_test_connection()

    # What people mistype --------------------------------------------------------------

    def contact_without_name(self, move):
        self.env["res.partner"].with_user(self.admin).create(
            {"name": False, "amili_personal_identity_code": CODES[0]}
        )

    def name_taken_away(self, move):
        move.partner_id.with_user(self.admin).write(
            {"name": False, "amili_personal_identity_code": CODES[1]}
        )

    def code_in_a_company(self, move):
        move.partner_id.with_user(self.admin).write(
            {"is_company": True, "company_registry": CODES[0]}
        )
        raise UserError("not kept")

    def negative_days(self, move):
        settings = self.env["res.config.settings"].with_user(self.admin)
        keys = {f"amili_{name}": value for name, value in data.CREDENTIALS.items()}
        settings.create({**keys, "amili_min_days_b2c": -1}).execute()

    def keys_again(self, move):
        settings = self.env["res.config.settings"].with_user(self.admin)
        keys = {f"amili_{name}": value for name, value in data.CREDENTIALS.items()}
        settings.create(keys).execute()

    def debtor_without_name(self, move):
        move.amili_assignment_ids.payer_ids.sudo().write({"name": False})
        self.env.flush_all()

    def event_without_type(self, move):
        move.amili_assignment_ids.event_ids.sudo().write({"type": False})
        self.env.flush_all()

    def merge(self, move):
        twin = move.partner_id.copy()
        twin.with_user(self.admin).amili_personal_identity_code = CODES[2]
        self.env["base.partner.merge.automatic.wizard"].with_user(self.admin)._merge(
            (move.partner_id + twin).ids, move.partner_id
        )


# What most sequences begin with.
FIRST = (World.hand_over, World.accept)
ACTS = (
    *[World.hand_over] * 2,
    *[World.accept] * 2,
    *[World.ask, World.write] * 3,
    World.refuse,
    World.remark,
    World.close,
    World.made_elsewhere,
    World.adopt,
    *[World.reply] * 2,
    World.withdraw,
    World.pause,
    World.end,
    World.pay,
    World.change_code,
    World.move_house,
    World.dispute,
    World.block,
    World.look_up,
    World.test_connection,
    World.contact_without_name,
    World.name_taken_away,
    World.code_in_a_company,
    World.negative_days,
    World.keys_again,
    World.debtor_without_name,
    World.event_without_type,
    World.merge,
)
