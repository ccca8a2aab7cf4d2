from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.outbox import amili_cron_mixin
from ..adopt_case import AdoptCase
from ..common import OTHER
from ..workers_case import WorkersCase

LIST = {"method": "GET", "path": "/v1/assignments$"}
SUMMARY = "adopt cases made elsewhere"


@tagged("post_install", "-at_install")
class TestLookingOnBadDays(AdoptCase):
    """Maventa or the books misbehave while cases are looked for."""

    def status(self):
        return self.found_cases.with_user(self.manager).search_status()

    def test_a_list_that_breaks_off_changes_nothing_and_is_told(self):
        move = self.invoice()
        self.elsewhere(move)
        case = self.look()
        case.action_ignore()
        self.sandbox.control("cases", {"count": 150})
        for fault in (
            {"kind": "status", "status": 503},
            {"kind": "drop_before"},
            {"kind": "json", "body": {"sorry": True}},
            {"kind": "status", "status": 403},
            {"kind": "skip_page"},
        ):
            with self.subTest(**fault):
                # The first page comes, the second does not.
                self.sandbox.fault(**fault, skip=1, **LIST)
                self.assertEqual(self.look(), case)
                self.assertEqual(self.status()["level"], "warning")
                self.assertIn("did not succeed", self.status()["text"])
                self.assertFalse(self.company.amili_find_wanted)
                self.sandbox.clear_faults()
        self.assertEqual(len(self.look()), 151)
        self.assertEqual(self.status()["level"], "")
        self.assertEqual(case.state, "ignored")

    def test_a_list_that_holds_fewer_than_it_says_counts_as_broken_off(self):
        self.elsewhere(self.invoice())
        self.look()
        self.sandbox.fault(
            "status",
            status=200,
            body="[]",
            content_type="application/json",
            headers={"X-Total": "7"},
            **LIST,
        )
        self.assertEqual(len(self.look()), 1)
        self.assertEqual(self.status()["level"], "warning")

    def test_invoices_that_cannot_be_read_are_read_the_next_time(self):
        move = self.invoice()
        self.elsewhere(move)
        self.forget_id(move)
        self.sandbox.fault(
            "status", status=500, method="GET", path="/v1/invoices/", times=5
        )
        case = self.look()
        self.assertEqual(case.state, "not_found")
        self.assertIn("Maventa tells nothing", case.problem)
        self.assertEqual(self.status()["level"], "warning")
        self.sandbox.clear_faults()
        self.assertEqual(self.look().state, "ready")

    def test_credentials_that_are_refused_are_told(self):
        self.company.sudo().amili_client_secret = "wrong"
        self.assertFalse(self.look())
        self.assertIn("does not accept the credentials", self.status()["text"])

    def test_without_credentials_nothing_is_asked(self):
        self.company.sudo().amili_client_secret = False
        with self.assertRaises(UserError):
            self.found_cases.with_user(self.manager).action_look()
        self.run_cron("find_cases")
        self.assertFalse(self.sandbox.log())

    def test_absurd_words_and_sums_do_no_harm(self):
        move = self.invoice()
        self.elsewhere(move)
        whole = self.sandbox.case(move)["assignment"]
        self.sandbox.fault(
            "json",
            body=[
                {
                    **whole,
                    "invoice_id": move.maventa_invoice_id.upper(),
                    "collection_status": "beamed_up",
                    "status": "on_ice",
                    "capital_amount": "много",
                    "open_amount": -5,
                    "created_at": "yesterday",
                },
                {"id": "no-invoice"},
                {"nothing": 1},
            ],
            **LIST,
        )
        with self.assertLogs("odoo.addons.amili_perinta.maventa", "WARNING"):
            cases = self.look()
        self.assertEqual(len(cases), 2)
        case = cases.filtered("move_id")
        self.assertRecordValues(
            case,
            [
                {
                    "state": "ready",
                    "progress": "beamed_up",
                    "capital_amount": 0,
                    "started_at": False,
                    "has_sums": False,
                    "problem": "",
                }
            ],
        )
        self.assertEqual((cases - case).state, "not_found")
        case.action_adopt()
        self.sync()
        # At most what stands on the invoice; the whole case tells the rest.
        self.assertEqual(case.assignment_id.capital_amount, 1240)
        self.assertEqual(case.assignment_id.open_amount, 1240)

    def test_our_own_hand_over_is_recognised(self):
        self.be_impatient()
        move = self.invoice()
        self.sandbox.fault("drop_after", method="POST", path="/assignment/amili$")
        assignment = self.hand_over(move)
        self.run_queue()
        self.assertUnknown(move)
        self.sandbox.amili(move, "accept")
        self.assertFalse(self.look(), "it is what the sender looks for")
        self.make_due(assignment)
        self.run_queue(minutes=10)
        self.sync(hours=1)
        self.assertEqual(assignment.state, "active")
        self.assertFalse(assignment.is_adopted)
        self.assertFalse(self.look())

    def test_a_case_listed_before_our_hand_over_goes_takes_it_off_the_queue(self):
        move = self.invoice()
        self.elsewhere(move)
        # A clerk does not know of it.
        self.hand_over(move)
        case = self.look()
        self.assertEqual(case.state, "live")
        self.run_cron("process_queue")
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(self.posts())
        self.assertEqual(self.found(), case)
        self.assertEqual(case.state, "ready")
        case.action_adopt()
        self.assertEqual(case.assignment_id, move.amili_assignment_id)
        self.assertEqual(move.amili_state, "active")

    def test_daily_one_task_where_somebody_has_looked_before(self):
        self.elsewhere(self.invoice())
        self.run_cron("find_cases")
        self.assertFalse(self.found_cases.sudo().search([]), "nobody has ever looked")
        self.assertFalse(self.sandbox.log())
        case = self.look()
        self.assertFalse(self.activities(), "who asked is there")
        self.elsewhere(self.invoice())
        self.run_cron("find_cases")
        everything = self.found_cases.sudo().search([])
        self.assertEqual(everything, case.sudo(), "not every minute")
        self.later(days=1)
        self.run_cron("find_cases")
        [task] = self.activities()
        self.assertIn(SUMMARY, task.summary)
        self.assertEqual(task.user_id, self.manager)
        self.elsewhere(self.invoice())
        self.later(days=1)
        self.run_cron("find_cases")
        self.assertEqual(len(self.activities()), 1)
        self.found().filtered(lambda c: c.state == "ready")[:1].action_adopt()
        self.assertFalse(self.activities())
        self.later(days=1)
        self.run_cron("find_cases")
        self.assertFalse(self.activities(), "nothing is new")

    def activities(self):
        activities = self.env["mail.activity"].sudo()
        return activities.search([("res_model", "=", "amili.found.case")])

    def test_another_account_begins_anew(self):
        move = self.invoice()
        self.elsewhere(move)
        case = self.look()
        self.company.sudo().amili_environment = "test"
        self.assertFalse(self.found())
        with self.assertRaises(UserError):
            case.action_adopt()
        self.assertFalse(move.amili_assignment_ids)
        self.assertIn("Nobody has looked", self.status()["text"])

    def test_an_account_that_changes_during_the_look_gets_its_own(self):
        move = self.invoice()
        self.elsewhere(move)
        read_list = type(self.found_cases)._read_list

        def change_and_read(records, company, account, client, feed):
            company.sudo().amili_client_id = OTHER["client_id"]
            return read_list(records, company, account, client, feed)

        with patch.object(type(self.found_cases), "_read_list", change_and_read):
            self.found_cases.with_user(self.manager).action_look()
            self.run_cron("find_cases")
        self.assertFalse(self.found_cases.sudo().search([]))
        self.assertFalse(self.company.amili_found_at)
        self.assertIn("does not accept the credentials", self.status()["text"])

    def test_what_cannot_be_read_is_not_forgotten(self):
        moves = self.invoice() + self.invoice()
        self.elsewhere(*moves)
        cases = self.look()
        whole = self.sandbox.case(moves[0])["assignment"]
        self.sandbox.fault("json", body=[whole, {"broken": True}], **LIST)
        with self.assertLogs("odoo.addons.amili_perinta.maventa", "WARNING"):
            self.assertEqual(self.look(), cases)

    # Size -----------------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_cases_and_each_invoice_is_read_once(self):
        self.look()
        queries = {}
        for count in (20, 100):
            self.reset_sandbox()
            self.found_cases.sudo().search([]).unlink()
            self.sandbox.control("cases", {"count": count})
            self.found_cases.with_user(self.manager).action_look()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.run_cron("find_cases")
            queries[count] = self.cr.sql_log_count - start
            self.assertEqual(len(self.found_cases.sudo().search([])), count)
            self.assertEqual(len(self.sandbox.log("GET", "/v1/assignments")), 1)
            self.assertEqual(len(self.sandbox.log("GET", "/v1/invoices")), count)
        self.assertLessEqual(queries[100], queries[20] + 8, queries)

    def run_for_one_unit(self):
        """Let a run have time for one page, or a hundred invoices; return its calls."""
        before = len(self.sandbox.log("GET"))
        with patch.object(
            amili_cron_mixin,
            "seconds_left",
            lambda: 60 if len(self.sandbox.log("GET")) == before else 10,
        ):
            self.run_cron("find_cases")
        return len(self.sandbox.log("GET")) - before

    def test_look_that_was_broken_off_goes_on_where_it_was(self):
        """However slow Maventa is: each run gets further, and reads nothing again."""
        self.look()
        self.env["bus.bus"].sudo().search([]).unlink()
        self.sandbox.control("cases", {"count": 250})
        self.sandbox.clear_log()
        self.found_cases.with_user(self.manager).action_look()
        runs = 0
        while self.company.amili_find_wanted and runs < 10:
            runs += 1
            self.run_for_one_unit()
        # Three pages of the list, and three batches of invoices.
        self.assertEqual(runs, 6)
        self.assertEqual(len(self.sandbox.log("GET", "/v1/assignments")), 3)
        self.assertEqual(len(self.sandbox.log("GET", "/v1/invoices")), 250)
        self.assertEqual(len(self.found()), 250)
        self.assertIn("250 cases at Amili", self.status()["text"])
        told = [message for message in self.bus() if "amili_perinta/told" in message]
        self.assertEqual(len(told), 1)
        self.assertIn("New cases: 250", told[0])

    def test_daily_look_goes_on_as_well(self):
        """Nobody waits for it, and it still comes to its end."""
        self.look()
        self.sandbox.control("cases", {"count": 150})
        self.later(days=1)
        runs = [self.run_for_one_unit() for _run in range(4)]
        # Two pages, and two batches of invoices.
        self.assertEqual([bool(run) for run in runs], [True] * 4)
        self.assertEqual(len(self.found()), 150)
        self.assertFalse(self.found().filtered(lambda c: not c.sudo().is_invoice_read))
        self.assertFalse(self.run_for_one_unit(), "that was all")

    def test_old_look_does_not_go_on(self):
        """What is new stands on the pages that it has read."""
        self.sandbox.control("settings", {"moods": ["newest_first"]})
        self.sandbox.control("cases", {"count": 150})
        self.found_cases.with_user(self.manager).action_look()
        self.run_for_one_unit()
        self.later(days=2)
        move = self.invoice()
        self.elsewhere(move)
        self.assertIn(move, self.look().move_id)

    def test_what_was_not_seen_in_one_go_is_not_forgotten(self):
        """Meanwhile a case may have moved on to a page that had been read."""
        self.sandbox.control("cases", {"count": 150})
        self.assertEqual(len(self.look()), 150)
        self.found_cases.with_user(self.manager).action_look()
        self.run_for_one_unit()
        self.reset_sandbox()
        self.sandbox.control("cases", {"count": 120})
        self.run_cron("find_cases")
        self.assertGreaterEqual(len(self.found()), 150)
        # The next look sees all of it.
        self.assertEqual(len(self.look()), 120)

    def test_another_look_at_the_same_writes_nothing(self):
        self.sandbox.control("cases", {"count": 20})
        self.look()
        self.sandbox.clear_log()
        with patch.object(type(self.found_cases), "write") as write:
            self.look()
        write.assert_not_called()
        self.assertFalse(self.sandbox.log("GET", "/v1/invoices"), "these are known")


@tagged("post_install", "-at_install")
class TestAdoptingOnBadDays(AdoptCase):
    def test_adopting_twice_makes_one_assignment(self):
        move = self.invoice()
        self.elsewhere(move)
        case = self.look()
        case.action_adopt()
        with self.assertRaises(UserError):
            case.action_adopt()
        # Another manager's list is older.
        case.sudo().write({"state": "ready", "assignment_id": False})
        with self.assertRaises(UserError):
            case.action_adopt()
        self.assertEqual(len(move.amili_assignment_ids), 1)

    def test_the_index_keeps_a_case_from_being_adopted_twice(self):
        move = self.invoice()
        self.elsewhere(move)
        case = self.look()
        case.action_adopt()
        case = case.sudo()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.env["amili.assignment"]._take_over(case)
        self.assertIn("unique", str(caught.exception))

    def test_two_open_cases_of_an_invoice_are_not_both_adopted(self):
        move = self.invoice()
        self.elsewhere(move)
        whole = self.sandbox.case(move)["assignment"]
        self.sandbox.fault(
            "json", body=[whole, {**whole, "id": "another-case"}], **LIST
        )
        cases = self.look()
        self.assertEqual(cases.mapped("state"), ["ready", "ready"])
        notification = cases.action_adopt()["params"]
        self.assertEqual(notification["type"], "warning")
        self.assertEqual(len(move.amili_assignment_ids), 1)
        self.assertEqual(sorted(self.found().mapped("state")), ["adopted", "live"])

    def test_handed_over_between_the_look_and_the_yes(self):
        move = self.invoice()
        self.elsewhere(move)
        case = self.look()
        # By a clerk at the same moment, who could not see the list yet.
        with patch.object(
            type(move), "_amili_with_case_elsewhere", return_value=move.browse()
        ):
            self.hand_over(move)
        with self.assertRaises(UserError) as caught:
            case.action_adopt()
        self.assertIn("handed over from Odoo", str(caught.exception))
        self.assertEqual(move.amili_state, "queued")

    def test_cancelled_between_the_look_and_the_yes(self):
        stays, goes = self.invoice(), self.invoice()
        self.elsewhere(stays, goes)
        cases = self.look()
        goes.button_draft()
        goes.button_cancel()
        notification = cases.action_adopt()["params"]
        self.assertEqual(notification["type"], "warning")
        self.assertEqual(stays.amili_state, "active")
        self.assertFalse(goes.amili_assignment_ids)

    def test_an_adopted_invoice_is_locked_and_not_handed_over_again(self):
        move = self.invoice()
        self.elsewhere(move)
        self.adopt(move)
        with self.assertRaises(UserError):
            move.button_draft()
        wizard = self.wizard(move)
        with self.assertRaises(UserError):
            wizard.action_transfer()

    def test_a_case_that_cannot_be_read_is_read_later(self):
        for closed in (False, True):
            with self.subTest(closed=closed):
                self.reset_sandbox()
                move = self.invoice()
                self.elsewhere(move)
                self.sandbox.amili(move, "comment", text="Kysymys?")
                if closed:
                    self.sandbox.amili(move, "close", result="credit_loss")
                self.look()
                case = self.found().filtered(lambda c, m=move: c.move_id == m)
                case.action_adopt()
                assignment = case.assignment_id.sudo()
                self.sandbox.fault(
                    "status", status=503, method="GET", path="/v1/assignments/"
                )
                self.sync(minutes=5)
                self.assertFalse(assignment.is_past_read)
                self.assertTrue(assignment.error_message)
                self.assertFalse(assignment.event_ids, "the feed has to wait")
                self.sync(hours=1)
                self.assertTrue(assignment.is_past_read)
                self.assertFalse(assignment.error_message)
                self.assertTrue(assignment.event_ids)

    def test_an_ended_case_that_amili_keeps_no_longer_is_not_asked_for_ever(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.look()
        self.found().action_adopt()
        self.sandbox.fault(
            "status", status=404, method="GET", path="/v1/assignments/", times=9
        )
        self.sync(minutes=5)
        self.sandbox.clear_log()
        self.sync(hours=5)
        self.assertFalse(self.sandbox.log("GET", "/v1/assignments/"))
        self.assertEqual(move.amili_state, "closed")

    def test_closed_between_the_look_and_the_reading_is_news(self):
        move = self.invoice()
        self.elsewhere(move)
        self.look().action_adopt()
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "closed")
        self.assertEqual(move.amili_assignment_ids.result, "credit_loss")
        self.assertIn("closed the case", self.chatter(move)[-1])
        self.assertEqual(len(self.tasks(move)), 1)

    def test_a_payment_reported_before_the_past_is_read_counts_once(self):
        move = self.invoice()
        self.elsewhere(move)
        case = self.look()
        case.action_adopt()
        self.payment(move, 500)
        self.run_queue()
        self.sync(minutes=5)
        self.sync(hours=1)
        assignment = case.assignment_id
        self.assertEqual(len(assignment.event_ids), 1)
        self.assertEqual(assignment.direct_amount, 500)
        self.assertEqual(assignment.open_amount, 740)
        self.assertFalse(self.tasks(move))

    def test_sums_that_amili_does_not_tell_are_those_of_the_events(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(move, "pay", amount=300)
        whole = self.sandbox.case(move)
        bare = {key: whole["assignment"][key] for key in ("id", "invoice_id", "status")}
        events = [
            {k: e[k] for k in ("id", "type", "amount", "date", "created_at")}
            for e in whole["events"]
        ]
        self.sandbox.fault("json", body=[bare], **LIST)
        self.sandbox.fault(
            "json", body={**bare, "events": events}, method="GET", path=bare["id"]
        )
        self.look().action_adopt()
        self.sync()
        self.assertRecordValues(
            move.amili_assignment_ids,
            [{"capital_amount": 1240, "paid_amount": 300, "open_amount": 940}],
        )


@tagged("post_install", "-at_install")
class TestAdoptingInTwoCompanies(AdoptCase):
    """A database with two companies; each has an account at Maventa."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.connect(cls.other, **OTHER)
        cls.boss = cls.new_user(
            "boss",
            "amili_perinta.group_amili_manager",
            companies=cls.company + cls.other,
        )

    def setUp(self):
        super().setUp()
        self.sandbox.control(
            "companies", {**OTHER, "name": "Toinen Oy", "bid": "0112038-9"}
        )

    def test_an_invoice_of_another_company_is_never_adopted(self):
        by_id = self.invoice(company=self.other)
        by_facts = self.invoice(company=self.other, invoice_date="2026-08-19")
        by_facts.name = "TOINEN/2026/77"
        self.sandbox.add_invoice(by_facts)
        self.elsewhere(by_id, by_facts)
        self.forget_id(by_facts)
        cases = self.look()
        self.assertEqual(cases.mapped("state"), ["other_company"] * 2)
        self.assertFalse(cases.move_id)
        for case in cases:
            self.assertIn("another company", case.problem)
            self.assertNotIn("Toinen", case.problem, "who may not see it hears nothing")
            with self.assertRaises(UserError):
                case.action_adopt()
            with self.assertRaises(UserError):
                case.action_confirm()
        self.assertFalse((by_id + by_facts).amili_assignment_ids)

    def test_each_company_lists_its_own(self):
        ours = self.invoice()
        theirs = self.invoice(company=self.other, known=False)
        theirs.maventa_invoice_id = "99999999-0000-4000-8000-000000000009"
        self.sandbox.add_invoice(theirs, client_id=OTHER["client_id"])
        self.elsewhere(ours)
        self.elsewhere(theirs, client_id=OTHER["client_id"])
        both = self.found_cases.with_user(self.boss).with_context(
            allowed_company_ids=(self.company + self.other).ids
        )
        both.action_look()
        self.run_cron("find_cases")
        cases = both.search(both.action_open()["domain"])
        self.assertEqual(cases.mapped("state"), ["ready", "ready"])
        self.assertEqual(cases.company_id, self.company + self.other)
        self.assertIn("Toinen Oy:", both.search_status()["text"])
        cases.action_adopt()
        for move in ours + theirs:
            self.assertEqual(move.amili_assignment_id.company_id, move.company_id)
        self.assertEqual(self.found().move_id, ours, "of one company that one")

    def test_the_failure_of_one_does_not_stop_the_other(self):
        self.other.sudo().amili_client_secret = "wrong"
        ours = self.invoice()
        self.elsewhere(ours)
        both = self.found_cases.with_user(self.boss).with_context(
            allowed_company_ids=(self.other + self.company).ids
        )
        both.action_look()
        self.run_cron("find_cases")
        self.assertEqual(self.found().state, "ready")
        self.assertTrue(self.other.amili_find_problem)
        self.assertFalse(self.company.amili_find_problem)


@tagged("post_install", "-at_install")
class TestManagersAtOnce(WorkersCase):
    """Two managers and a clerk in a race."""

    @classmethod
    def _make(cls, env):
        made = super()._make(env)
        managers = [
            new_test_user(
                env,
                f"amili_adopter_{number}",
                "amili_perinta.group_amili_manager",
                company_id=cls.company_id,
                company_ids=[Command.set([cls.company_id])],
            )
            for number in (1, 2)
        ]
        cls.manager_ids = [manager.id for manager in managers]
        made["res.users"] = made["res.users"] + cls.manager_ids
        made["res.partner"] = [
            *made["res.partner"],
            *(manager.partner_id.id for manager in managers),
        ]
        return made

    def found(self):
        """Commit an invoice with a case that was made elsewhere; return both ids."""
        [move_id] = self.invoices(1)
        with self.transaction() as env:
            move = env["account.move"].browse(move_id)
            self.sandbox.control("cases", {"invoice_ids": [move.maventa_invoice_id]})
            company = env["res.company"].browse(self.company_id)
            env["amili.found.case"]._find_cases(company)
            [case] = env["amili.found.case"].search([("move_id", "=", move_id)])
            return move_id, case.id

    def race(self, *works):
        """Do these at once, each as a manager; return the refusals."""
        refused = []
        works = dict(zip(self.manager_ids, works, strict=True))

        def work(env):
            while True:
                try:
                    return works[env.uid](env)
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    # As Odoo answers a click: again where transactions collide.
                    env.cr.rollback()
                    env.invalidate_all()
                except UserError as exc:
                    env.cr.rollback()
                    return refused.append(str(exc))

        with mute_logger("odoo.sql_db", "odoo.service.model"):
            self.in_threads(work, *self.manager_ids)
        return refused

    def test_two_managers_at_once_make_one_assignment(self):
        move_id, case_id = self.found()

        def adopt(env):
            env["amili.found.case"].browse(case_id).action_adopt()

        refused = self.race(adopt, adopt)
        with self.transaction() as env:
            move = env["account.move"].browse(move_id)
            self.assertEqual(len(move.amili_assignment_ids), 1)
        self.assertEqual(len(refused), 1)

    def test_one_adopts_while_the_other_hands_over(self):
        move_id, case_id = self.found()
        self.race(
            lambda env: env["amili.found.case"].browse(case_id).action_adopt(),
            lambda env: self.confirm(env, [move_id]),
        )
        with self.transaction() as env:
            move = env["account.move"].browse(move_id)
            self.assertEqual(len(move.amili_assignment_ids), 1)
