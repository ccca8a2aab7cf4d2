"""Every state that waits has a deadline that ends with a person, and an exit."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..deadlines import DEADLINES
from .collection_case import EventsCase
from .deadline_case import WAITING, DeadlineCase


@tagged("post_install", "-at_install")
class TestTable(DeadlineCase):
    """The table of deadlines, line by line."""

    def test_each_state_that_waits_has_a_line(self):
        names = self.env.registry.descendants(["amili.deadline.mixin"], "_inherit")
        models = {name for name in names if not self.env[name]._abstract}
        self.assertEqual(set(DEADLINES), models)
        self.assertEqual(set(WAITING), models)
        for name, states in WAITING.items():
            covered = set()
            for deadline in DEADLINES[name]:
                for field, operator, value in deadline.domain:
                    if field == "state" and operator in ("=", "in"):
                        covered |= {value} if operator == "=" else set(value)
            self.assertEqual(set(states) - covered, set(), name)

    def test_each_line_ends_with_a_person_who_has_an_exit_or_by_itself(self):
        for name, deadlines in DEADLINES.items():
            model = self.env[name]
            for deadline in deadlines:
                with self.subTest(name, domain=deadline.domain):
                    self.assertLessEqual(deadline.normal, timedelta(days=14))
                    self.assertIn(deadline.since, model._fields)
                    if deadline.by_itself:
                        self.assertTrue(getattr(model, deadline.by_itself).__doc__)
                        continue
                    self.assertTrue(deadline.matter and deadline.exits)
                    for exit_name in deadline.exits:
                        get_public_method(model, exit_name)

    def hand_overs(self):
        """Yield a record for each line of hand-overs, in order."""
        yield self.hand_over(self.invoice()).sudo()
        waits = self.hand_over(self.invoice()).sudo()
        waits.state = "unknown"
        yield waits
        for values in (
            {"remote_id": False},
            {},
            {"case_read_at": False},
            {},
        ):
            case = self.case_of(self.active()).sudo()
            case.write(values)
            yield case

    def events(self):
        move = self.active()
        self.payment(move, 100)
        event = self.report_of(move).sudo()
        for state in ("queued", "unknown", "failed"):
            event.state = state
            yield event
        event.state = "done"
        withdrawal = self.say(move, "withdraw", text="Sovittu", is_sure=True).sudo()
        withdrawal.state = "done"
        yield withdrawal
        withdrawal.state = "cancelled"
        self.inject(move, comment="Missä velallinen asuu?")
        self.sync(minutes=1)
        self.tasks(move).unlink()
        yield self.case_of(move).event_ids.filtered("is_question")

    def uploads(self):
        for state in ("queued", "unknown"):
            move = self.to_upload()
            self.queue_upload(move)
            upload = move.sudo().amili_upload_ids
            upload.state = state
            yield upload

    def found(self):
        move = self.invoice()
        values = {"invoice_ids": [move.maventa_invoice_id]}
        self.sandbox.control("cases", values)
        found = self.env["amili.found.case"].sudo()
        found.with_user(self.manager).action_look()
        self.run_cron("find_cases")
        yield found.search([])

    def services(self):
        for state, is_signing in (
            ("queued", False),
            ("pending", False),
            ("pending", True),
            ("other", False),
        ):
            service = self.know_service(state)
            service.write(
                {"is_signing": is_signing, "reminded_at": False, "word": "ODD"}
            )
            service.activity_ids.unlink()
            yield service

    def test_each_line_is_enforced(self):
        """A moment earlier nobody is asked; then one person is, once, in its words."""
        makers = {
            "amili.assignment": self.hand_overs,
            "amili.assignment.event": self.events,
            "amili.invoice.upload": self.uploads,
            "amili.service": self.services,
            "amili.found.case": self.found,
        }
        for name, deadlines in DEADLINES.items():
            records = makers[name]()
            for deadline in deadlines:
                with self.subTest(name, domain=deadline.domain):
                    record = next(records)
                    self.assertEnforced(record, deadline)

    def assertEnforced(self, record, deadline):
        asked = record if "activity_ids" in record._fields else record.move_id
        if "move_id" in record._fields and record._name != "amili.found.case":
            asked = record.move_id
        before = asked.activity_ids
        self.old(record, deadline, more=timedelta(minutes=-1))
        self.ask()
        self.assertEqual(asked.activity_ids, before)
        self.old(record, deadline)
        self.ask()
        self.ask()
        activity = asked.activity_ids - before
        self.assertEqual(len(activity), 1, record.state)
        if deadline.by_itself:
            self.assertFalse(record._overdue(), "it has ended")
            return
        self.assertEqual(activity.summary, str(deadline.matter))
        self.assertEqual(activity.user_id, self.responsible(record, deadline))
        banner = {
            "amili.assignment": lambda: record.banner,
            "amili.assignment.event": lambda: record.assignment_id.banner,
            "amili.invoice.upload": lambda: record._explain_state(),
        }.get(record._name)
        if banner and not deadline.since == "create_date":
            self.env.invalidate_all()
            self.assertIn(str(deadline.advice), banner())

    def responsible(self, record, deadline):
        company = self.company
        if deadline.asked == "adopter":
            return company._amili_adopter()
        case = record.assignment_id if "assignment_id" in record._fields else record
        return company._amili_responsible(case.user_id)

    def test_what_many_have_in_common_is_asked_once(self):
        moves = self.env["account.move"]
        for _number in range(6):
            moves += self.invoice()
        deadline = DEADLINES["amili.assignment"][0]
        for case in self.hand_over(moves):
            self.old(case, deadline)
        self.ask()
        [activity] = self.tasks(moves)
        self.assertIn("So many wait: 6", activity.note)

    def test_nothing_else_is_needed_for_it(self):
        """Neither credentials nor Maventa: these may be just what is wrong."""
        move = self.invoice()
        self.hand_over(move)
        self.connect(self.company, client_secret=False)
        self.sandbox.clear_log()
        self.ask(days=3)
        self.assertEqual(len(self.tasks(move)), 1)
        self.assertFalse(self.sandbox.log())


@tagged("post_install", "-at_install")
class TestUnknownAtAmili(DeadlineCase):
    """A case that Amili does not know any more, or has never given an ID."""

    def test_it_is_told_after_two_days_and_not_before(self):
        move = self.active()
        self.lose()
        self.sweep()
        self.sync()
        self.ask(days=1)
        self.assertFalse(self.tasks(move))
        self.ask(days=1, minutes=1)
        self.assertIn("does not know a case any more", self.summaries(move))
        self.assertTold(move, "Amili has not known this case for days")
        self.assertEqual(move.amili_state, "active")

    def test_a_token_that_may_not_see_it_tells_nothing(self):
        move = self.active()
        self.change_company(scopes=["invoice:send"])
        self.lose()
        self.sweep()
        self.assertFalse(self.case_of(move).denied_since)

    def test_it_is_known_again(self):
        move = self.active()
        self.lose()
        self.sweep()
        self.assertTrue(self.case_of(move).denied_since)
        self.sandbox.clear_faults()
        self.sweep(days=1)
        self.assertFalse(self.case_of(move).denied_since)

    def test_a_manager_ends_it_with_a_reason(self):
        move = self.active()
        self.payment(move, 100)
        case = self.case_of(move)
        self.lose()
        self.sweep()
        self.later(days=3)
        self.assertTrue(case.with_user(self.manager).can_end_here)
        with self.assertRaises(AccessError):
            self.end_here(case, self.clerk)
        with self.assertRaisesRegex(UserError, "Write the reason"):
            self.end_here(case, text=" ")
        posts = len(self.sandbox.log("POST"))
        self.end_here(case, text="Amili: 131052-308T ei ole meillä")
        self.assertEqual(move.amili_state, "closed")
        self.assertEqual(len(self.sandbox.log("POST")), posts, "Amili is told nothing")
        line = self.chatter(move)[-1] + self.chatter(move)[-2]
        self.assertIn("Ended in Odoo", line)
        self.assertIn("ei ole meillä", line)
        self.assertIn(self.manager.name, line)
        self.assertNotIn("131052-308T", line)
        # What Amili was to be told is a person's now.
        self.assertEqual(self.report_of(move).state, "cancelled")
        self.assertIn("ended before Amili was told", self.summaries(move))
        # It can be handed over anew.
        self.assertIn("hand it over anew", "".join(self.tasks(move).mapped("note")))
        self.sandbox.clear_faults()
        self.assertFalse(move.amili_assignment_id)

    def test_what_goes_on_by_itself_cannot_be_ended(self):
        case = self.case_of(self.active())
        with self.assertRaisesRegex(UserError, "goes on by itself"):
            case.with_user(self.manager).action_end_here()
        with self.assertRaisesRegex(UserError, "goes on by itself"):
            self.end_here(case)

    def test_what_was_never_confirmed_can_be_ended(self):
        move = self.invoice()
        case = self.send(move)
        self.assertEqual(case.state, "pending")
        self.later(days=3)
        self.end_here(case)
        self.assertEqual(case.state, "closed")

    def test_it_is_searched_for_by_number(self):
        move = self.active()
        case = self.case_of(move).sudo()
        there = case.remote_id
        case.write({"remote_id": False, "maventa_invoice_id": "wrong"})
        with self.assertRaises(AccessError):
            case.with_user(self.clerk).action_search_case()
        case.with_user(self.manager).action_search_case()
        self.run_cron("sweep")
        self.assertEqual(case.remote_id, there)
        self.assertFalse(case.is_searched)
        self.assertIn(there, "".join(self.chatter(move)))

    def test_a_search_that_brings_nothing_says_so(self):
        move = self.active()
        self.lose()
        self.case_of(move).with_user(self.manager).action_search_case()
        self.run_cron("sweep")
        self.assertIn("no case that is this one", "".join(self.chatter(move)))


@tagged("post_install", "-at_install")
class TestTasksThatAreSettled(DeadlineCase):
    """What people were asked ends with its matter: nobody has to tick it off."""

    def test_a_hand_over_that_was_sent_after_days(self):
        move = self.invoice()
        self.hand_over(move)
        self.ask(days=3)
        self.assertIn("wait on the queue", self.summaries(move))
        self.run_queue()
        self.assertEqual(move.amili_state, "pending")
        self.assertNotIn("wait on the queue", self.summaries(move))

    def test_a_hand_over_that_was_confirmed_after_days(self):
        move = self.invoice()
        self.send(move)
        self.ask(days=3)
        self.assertIn("not confirmed for days", self.summaries(move))
        self.sandbox.amili(move, "accept")
        self.poll(hours=12)
        self.assertEqual(move.amili_state, "active")
        self.assertFalse(self.tasks(move))

    def test_a_case_that_amili_knows_again(self):
        move = self.active()
        self.lose()
        self.sweep()
        self.ask(days=3)
        self.assertIn("does not know a case any more", self.summaries(move))
        self.sandbox.clear_faults()
        self.sweep(days=1)
        self.assertNotIn("does not know", self.summaries(move))

    def test_what_is_open_again(self):
        move = self.invoice()
        self.payment(move, 240)
        self.activate(move)
        self.sync()
        self.undo(move)
        self.assertIn("more is open", self.summaries(move))
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync(minutes=5)
        self.assertNotIn("more is open", self.summaries(move))

    def test_what_can_be_done_of_a_live_case_only(self):
        move = self.active()
        case = self.case_of(move).sudo()
        asked = {
            "other terms": case._terms_summary(),
            "a changed debtor": case._change_summary(),
            "a withdrawal": case.event_ids._not_followed_summary(),
            "a dispute": move._amili_disputed_summary(),
            "a settled dispute": move._amili_settled_summary(),
        }
        for summary in asked.values():
            case._ask_sender(summary, "Kysymys")
        self.assertEqual(len(self.tasks(move)), len(asked))
        self.sandbox.amili(move, "close", result="withdrawn")
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "withdrawn")
        left = set(self.tasks(move).mapped("summary"))
        for what, summary in asked.items():
            with self.subTest(what):
                self.assertNotIn(summary, left)
        self.assertIn("the case has ended", self.summaries(move))


@tagged("post_install", "-at_install")
class TestReportsThatWait(DeadlineCase):
    def test_a_withdrawal_that_amili_does_not_follow_ends_by_itself(self):
        move = self.active()
        self.say(move, "withdraw", text="Sovittu", is_sure=True)
        self.sandbox.fault(
            "json",
            body={"id": "w-1", "type": "cancellation"},
            method="POST",
            path="/events$",
        )
        self.run_queue()
        self.sandbox.amili(move, "comment", text="Ei voida peruuttaa: ulosotossa")
        self.ask(days=13)
        self.assertTrue(self.case_of(move).is_withdrawing)
        self.ask(days=1, minutes=1)
        self.assertFalse(self.case_of(move).is_withdrawing)
        self.assertIn("a withdrawal was not followed", self.summaries(move))
        self.assertIn("did not follow the withdrawal", self.chatter(move)[-1])
        for kind, values in (
            ("pause", {"date": "2027-01-01"}),
            ("due_date", {"date": "2027-01-01"}),
            ("withdraw", {"is_sure": True}),
        ):
            self.say(move, kind, text="Odottakaa", **values)

    def test_a_report_that_is_tried_again_and_again_is_told_by_its_age(self):
        move = self.active()
        self.payment(move, 100)
        self.sandbox.fault("status", status=429, times=None, path="/events$")
        for _hour in range(7):
            self.run_queue(hours=7)
        self.ask()
        self.assertIn("has not been told for days", self.summaries(move))

    def test_a_manager_says_that_amili_knows_it(self):
        move = self.active()
        self.payment(move, 100)
        report = self.report_of(move)
        with self.assertRaises(UserError):
            report.with_user(self.manager).action_is_known()
        self.later(days=3)
        with self.assertRaises(AccessError):
            report.with_user(self.clerk).action_is_known()
        report.with_user(self.manager).action_is_known()
        self.run_queue()
        self.assertFalse(self.reports(), "Amili is not told twice")
        self.assertEqual(report.state, "done")
        self.env["account.move"].browse(move.id)._amili_settle()
        self.assertEqual(len(self.report_of(move)), 1)

    def test_what_a_manager_said_to_be_known_shows_up_once(self):
        """Amili has entered it in words of its own, or had it all the time."""
        for is_lost, is_in_feed in ((False, False), (False, True), (True, False)):
            with self.subTest(is_lost=is_lost, is_in_feed=is_in_feed):
                self.reset_sandbox()
                move = self.active()
                self.payment(move, 100)
                report = self.report_of(move)
                if is_lost:
                    self.sandbox.fault("drop_after", method="POST", path="/events$")
                    self.sandbox.fault("status", status=500, times=None, method="GET")
                    self.run_queue()
                else:
                    self.inject_ours(move, date=f"{report.date}")
                self.later(days=3)
                if is_in_feed:
                    self.sync()
                report.with_user(self.manager).action_is_known()
                self.sandbox.clear_faults()
                self.sync()
                self.assertEqual(self.report_of(move), report)
                self.assertTrue(report.remote_id)
                self.assertEqual(self.case_of(move).direct_amount, 100)
                self.sync(hours=1)
                self.assertEqual(self.report_of(move), report)

    def test_what_is_known_is_the_event_of_its_sum(self):
        """Of one day Amili has another payment as well."""
        move = self.active()
        self.payment(move, 100)
        report = self.report_of(move)
        for amount in (60, 100, 70):
            self.inject_ours(move, date=f"{report.date}", amount=amount)
        self.later(days=3)
        self.sync()
        report.with_user(self.manager).action_is_known()
        self.assertEqual(
            self.report_of(move).sorted("amount").mapped("amount"), [60, 70, 100]
        )

    def test_what_is_known_is_not_taken_for_another_of_its_day_and_sum(self):
        move = self.active()
        self.bank_line(move, 100)
        self.bank_line(move, 100)
        first, second = self.report_of(move)
        self.later(days=3)
        first.with_user(self.manager).action_is_known()
        self.sandbox.fault("drop_after", method="POST", path="/events$")
        self.run_queue()
        self.assertEqual(second.state, "unknown")
        self.sync()
        self.assertEqual((second.state, bool(first.remote_id)), ("done", False))
        self.run_queue(hours=1)
        self.sync(hours=1)
        self.assertEqual(self.report_of(move), first + second)
        self.assertEqual(len(self.reports()), 1)

    def test_two_of_one_day_and_sum_that_are_known_stay_two(self):
        move = self.active()
        self.bank_line(move, 100)
        self.bank_line(move, 100)
        reports = self.report_of(move)
        self.later(days=3)
        for report in reports:
            report.with_user(self.manager).action_is_known()
            self.inject_ours(move, date=f"{report.date}")
            self.sync(hours=1)
            self.assertTrue(report.remote_id)
            self.assertEqual(self.report_of(move), reports)
        self.assertEqual(self.case_of(move).direct_amount, 200)

    def test_a_case_that_was_accepted_long_after_the_hand_over_is_new(self):
        """The Receivables API learns of it later than the API that was asked."""
        move = self.invoice()
        case = self.send(move)
        self.later(days=2)
        self.sandbox.amili(move, "accept")
        self.make_due(case)
        self.run_cron("poll_transfers")
        self.payment(move, 100)
        self.sandbox.fault("status", status=404, method="POST", path="/events$")
        self.run_queue()
        self.assertEqual(self.report_of(move).state, "queued")
        self.run_queue(minutes=10)
        self.assertEqual(self.amounts(move), [100])


@tagged("post_install", "-at_install")
class TestActivities(EventsCase):
    """What people are asked, and what they have marked done."""

    def give(self, note, repeats=None):
        self.move._amili_give_task("Amili Perintä: x", note, self.clerk, repeats)
        return self.move.activity_ids

    def setUp(self):
        super().setUp()
        self.move = self.invoice()

    def test_a_second_matter_is_added_to_an_open_activity(self):
        self.give("Maksu 100")
        [activity] = self.give("Maksu 200")
        self.assertIn("Maksu 100", activity.note)
        self.assertIn("Maksu 200", activity.note)
        [activity] = self.give("Maksu 200")
        self.assertEqual(activity.note.count("Maksu 200"), 1)

    def test_what_tells_how_it_is_now_takes_the_place_of_what_was(self):
        self.give("120 euroa on avoinna", "now")
        [activity] = self.give("20 euroa on avoinna", "now")
        self.assertEqual(html2plaintext(activity.note), "20 euroa on avoinna")

    def test_what_is_done_does_not_come_back_within_a_week(self):
        for repeats in ("note", "now", "summary"):
            with self.subTest(repeats):
                self.give("Ei vastausta", repeats).action_feedback()
                self.env.flush_all()
                self.later(days=6)
                self.assertFalse(self.give("Ei vastausta", repeats))
                self.later(days=1)
                self.assertEqual(len(self.give("Ei vastausta", repeats)), 1)
                self.move.activity_ids.unlink()
                self.later(days=30)

    def test_another_matter_comes_at_once(self):
        self.give("Maksu 100", "note").action_feedback()
        self.env.flush_all()
        self.assertEqual(len(self.give("Maksu 200", "note")), 1)

    def test_what_happens_again_is_asked_again(self):
        self.give("Hylätty").action_feedback()
        self.assertEqual(len(self.give("Hylätty")), 1)
