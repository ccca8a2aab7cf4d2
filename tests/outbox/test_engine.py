"""The engine: whose turn it is, how long it may take, and when a denial is believed.

Clocks that stand still hide what takes too long: here the time that the host leaves is
used up by hand.
"""

from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.base.models import ir_cron

from ...models.outbox import amili_cron_mixin
from ..common import QueueCase

HAND_OVER = "/assignment/amili$"
OTHER = {
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "other-secret",
    "vendor_api_key": "other-vendor",
}


class EngineCase(QueueCase):
    def other_companies(self, count):
        """Make companies with a Maventa company each."""
        companies = self.env["res.company"]
        for number in range(count):
            keys = {
                "client_id": f"2222222{number}-2222-4222-8222-222222222222",
                "client_secret": f"s{number}",
                "vendor_api_key": f"v{number}",
            }
            company = self.setup_other_company(name=f"Toinen {number} Oy")["company"]
            self.connect(company, **keys)
            self.sandbox.control(
                "companies", {**keys, "name": f"T{number}", "bid": "0112038-9"}
            )
            companies += company
        return companies

    def case(self, company):
        """Make a case at Amili in a company."""
        environment, uuid = company._amili_account()
        cases = self.env["amili.assignment"].sudo()
        return cases.create(
            {
                "name": f"Case of {company.name}",
                "move_id": self.invoice(company=company, known=False).id,
                "company_id": company.id,
                "partner_id": self.business.id,
                "environment": environment,
                "maventa_company_uuid": uuid,
                "state": "active",
                "remote_id": f"case-{company.id}",
                "collection_type": "collection",
                "receivables_type": "b2b",
                "currency_id": self.euro.id,
            }
        )

    def served(self, model, method):
        """Note for which companies a method of a model is called."""
        names = []
        original = getattr(type(self.env[model]), method)

        def watch(this, *args):
            names.append((args[0] if args else this).name)
            return original(this, *args)

        self.patch(type(self.env[model]), method, watch)
        return names

    def triggers(self, name):
        """Return how often an action is to run now."""
        cron = self.env.ref(f"amili_perinta.ir_cron_amili_{name}")
        return self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", cron.id), ("call_at", "<=", fields.Datetime.now())]
        )

    def no_time(self):
        """Let the time of a run be over after its first unit of work."""
        return patch.object(ir_cron, "MIN_TIME_PER_JOB", 0)

    def host_leaves(self, seconds):
        """Let the host leave so many seconds."""
        return patch.object(amili_cron_mixin, "seconds_left", lambda: seconds)


@tagged("post_install", "-at_install")
class TestTurns(EngineCase):
    """Every company has its turn, the one that waited longest first."""

    def test_reading_news_reaches_all_companies_and_ends(self):
        companies = self.company + self.other_companies(3)
        for company in companies:
            self.case(company)
        served = self.served("amili.assignment", "_sync_company")
        with self.no_time(), mute_logger("odoo.addons.base.models.ir_cron"):
            for _run in range(4):
                self.run_cron("sync_events")
        self.assertEqual(sorted(served), sorted(companies.mapped("name")))
        self.assertFalse(self.triggers("sync_events"), "nobody is due any more")

    def test_the_automation_reaches_all_companies(self):
        companies = self.company + self.other_companies(2)
        companies.sudo().amili_auto_mode = "propose"
        served = self.served("res.company", "_amili_propose")
        with self.no_time(), mute_logger("odoo.addons.base.models.ir_cron"):
            for _run in range(3):
                self.run_cron("automate")
        self.assertEqual(sorted(served), sorted(companies.mapped("name")))

    def test_the_queue_begins_with_who_waited_longest(self):
        [other] = self.other_companies(1)
        turns = self.env["amili.turn"]
        turns._serve("process_queue", self.company)
        self.later(minutes=1)
        turns._serve("process_queue", other)
        self.assertEqual(
            turns._sort("process_queue", other + self.company, False),
            self.company + other,
        )

    def test_a_company_that_fails_moves_on_as_well(self):
        companies = self.company + self.other_companies(1)
        for company in companies:
            self.case(company)
        broken = self.company.name

        def fail(this, company):
            names.append(company.name)
            if company.name == broken:
                raise ZeroDivisionError
            return 0

        names = []
        self.patch(type(self.env["amili.assignment"]), "_sync_company", fail)
        with mute_logger("odoo.addons.amili_perinta.models.outbox.amili_cron_mixin"):
            for _run in range(2):
                self.run_cron("sync_events")
        self.assertEqual(len(names), 4)
        self.assertFalse(self.triggers("sync_events"))


@tagged("post_install", "-at_install")
class TestTime(EngineCase):
    """Nothing begins that could last beyond what the host allows."""

    def test_no_call_begins_that_may_not_end_in_time(self):
        move = self.invoice()
        self.hand_over(move)
        with self.host_leaves(29):
            self.run_queue()
        self.assertEqual(move.amili_state, "queued")
        self.assertFalse(self.posts())
        self.assertTrue(self.triggers("process_queue"), "it goes on soon")
        with self.host_leaves(31):
            self.run_queue()
        self.assertSent(move)

    def test_answers_are_recorded_though_others_were_not_begun(self):
        moves = self.env["account.move"]
        for _number in range(12):
            moves += self.invoice()
        self.hand_over(moves)
        model = type(self.env["amili.assignment"])
        call_all = model._call_all
        begun = []

        def with_little_time(this, call, items, limit):
            """Let the time be over for all but the first eight."""
            items = list(items)
            begun.append(len(items))
            yield from call_all(this, call, items[:8], limit)
            late = amili_cron_mixin.errors.NotSent("late")
            yield [(index, late) for index in range(8, len(items))]

        def check_time(this, seconds):
            if begun:
                raise amili_cron_mixin.OutOfTime

        self.patch(model, "_call_all", with_little_time)
        self.patch(model, "_check_time", check_time)
        self.run_queue()
        states = moves.mapped("amili_state")
        self.assertEqual((states.count("pending"), states.count("queued")), (8, 4))
        self.assertFalse(moves.filtered("amili_assignment_id.error_message"))

    def test_a_feed_that_was_broken_off_goes_on_at_its_page(self):
        move = self.invoice()
        self.activate(move)
        self.run_cron("sync_events")
        for number in range(120):
            self.sandbox.amili(move, "comment", text=f"Kirje {number}")
        left = iter([60, 10])
        with patch.object(amili_cron_mixin, "seconds_left", lambda: next(left, 10)):
            self.run_cron("sync_events")
        self.assertTrue(self.feed.page)
        self.run_cron("sync_events")
        self.assertFalse(self.feed.page)
        texts = move.amili_assignment_id.event_ids.mapped("text")
        self.assertEqual(len([t for t in texts if "Kirje" in (t or "")]), 120)

    def test_a_denial_counts_when_it_came_twice(self):
        move = self.invoice()
        self.hand_over(move)
        self.sandbox.fault("drop_before", method="POST", path=HAND_OVER)
        self.run_queue()
        self.assertUnknown(move)
        self.run_queue(minutes=6)
        self.assertUnknown(move)
        self.assertEqual(len(self.posts()), 1)
        self.run_queue(minutes=23)
        self.assertUnknown(move)
        self.run_queue(minutes=2)
        self.assertSent(move, posts=2)

    def test_a_request_that_maventa_took_late_comes_once(self):
        """Denied after five minutes, taken after six."""
        move = self.invoice()
        self.hand_over(move)
        self.sandbox.fault("drop_after", method="POST", path=HAND_OVER)
        self.run_queue()
        denial = {"method": "GET", "path": "/assignment$"}
        self.sandbox.fault("status", status=404, **denial)
        self.run_queue(minutes=6)
        self.assertUnknown(move)
        self.run_queue(minutes=25)
        self.assertSent(move, posts=1)

    def test_maventa_is_not_asked_before_the_moment_that_it_named(self):
        move = self.invoice()
        self.hand_over(move)
        self.sandbox.fault(
            "status",
            status=429,
            method="POST",
            path=HAND_OVER,
            headers={"Retry-After": "600"},
        )
        self.run_queue()
        move.amili_assignment_id.with_user(self.clerk).action_check_now()
        self.run_queue(minutes=5)
        self.assertEqual(len(self.posts()), 1)
        self.run_queue(minutes=5)
        self.assertSent(move, posts=2)

    def test_asking_twice_for_a_run_makes_one(self):
        move = self.invoice()
        assignment = self.hand_over(move).with_user(self.clerk)
        before = self.triggers("process_queue")
        for _click in range(3):
            assignment.action_check_now()
        self.assertLessEqual(self.triggers("process_queue"), max(before, 1))


@tagged("post_install", "-at_install")
class TestMaventaCompany(EngineCase):
    """What goes to Maventa belongs to the Maventa company it was confirmed for."""

    def leave(self):
        self.sandbox.control(
            "companies", {**OTHER, "name": "Toinen", "bid": "0112038-9"}
        )
        self.connect(self.company, **OTHER)

    def test_what_is_in_doubt_waits_and_asks_a_person(self):
        move = self.invoice()
        self.hand_over(move)
        self.sandbox.fault("drop_after", method="POST", path=HAND_OVER)
        self.run_queue()
        self.leave()
        self.sandbox.clear_log()
        for _run in range(4):
            self.run_queue(minutes=16)
        self.assertEqual(move.amili_state, "unknown")
        self.assertFalse(self.sandbox.log("GET", "/assignment"), "not the new one")
        self.assertFalse(self.posts())
        self.assertEqual(len(self.tasks(move)), 1)
        self.connect(self.company)
        self.run_queue(days=1)
        self.assertEqual(move.amili_state, "pending")

    def test_what_is_queued_is_cancelled_and_asked_for(self):
        move = self.invoice()
        self.hand_over(move)
        self.leave()
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(self.posts())
        self.assertEqual(len(self.tasks(move)), 1)

    def test_cases_are_followed_for_their_own_maventa_company_alone(self):
        move = self.invoice()
        self.activate(move)
        self.leave()
        self.sandbox.clear_log()
        for name in ("poll_transfers", "sync_events", "sweep", "process_queue"):
            self.run_cron(name)
        self.assertFalse(self.sandbox.log("GET", "/v1/assignments/"))
        self.assertEqual(move.amili_state, "active")

    def test_a_maventa_id_of_another_maventa_company_is_none(self):
        move = self.invoice()
        self.assertNotIn("no_maventa_id", move._amili_get_alerts()[move.id])
        self.leave()
        [alert] = [
            alert
            for code, alert in move._amili_get_alerts()[move.id].items()
            if code == "no_maventa_id"
        ]
        self.assertIn("another Maventa company", alert["message"])
        self.connect(self.company)
        self.assertNotIn("no_maventa_id", move._amili_get_alerts()[move.id])

    def test_without_credentials_nobody_says_whose_a_maventa_id_is(self):
        move = self.invoice()
        self.leave()
        self.assertIn("another Maventa company", move.amili_upload_text)
        self.connect(self.company, client_id=False)
        self.env.invalidate_all()
        self.assertFalse(move.amili_upload_text)

    def test_a_maventa_id_entered_before_the_credentials_is_of_the_company(self):
        self.connect(self.company, client_id=False)
        move = self.invoice()
        self.connect(self.company)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertNotIn("no_maventa_id", move._amili_get_alerts()[move.id])

    def test_a_payment_waits_for_the_maventa_company_of_its_case(self):
        move = self.invoice()
        self.activate(move)
        self.run_cron("sync_events")
        self.pay(move, 100)
        self.leave()
        self.run_queue(minutes=5)
        [event] = move.amili_assignment_id.event_ids.filtered(
            lambda e: e.direction == "outbound"
        )
        self.assertEqual(event.state, "queued")
        self.connect(self.company)
        self.run_queue(minutes=5)
        self.assertEqual(event.state, "done")


@tagged("post_install", "-at_install")
class TestHostLimits(EngineCase):
    """A call may last no longer than the host lets all that is due together work."""

    def test_the_limit_of_a_call_follows_that_of_the_host(self):
        for limit, longest in ((120, 30), (60, 14), (0, 30)):
            with (
                self.subTest(limit=limit),
                patch.dict(config.options, {"limit_time_real_cron": limit}),
            ):
                client = self.company._amili_client()
                self.assertLessEqual(client.timeout, longest)
                self.assertGreater(client.timeout, 0)
