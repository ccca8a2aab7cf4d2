"""What people see of a case and do with it: windows, tab, portal, paper, rights."""

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from ...wizards.case.amili_report_wizard import MAX_TEXT
from ..common import AmiliCommon

CODE = "131052-308T"
OF_MANAGERS = ("comment", "due_date", "pause", "withdraw")
TOMORROW = "2026-10-21"


class CaseCommon(AmiliCommon):
    """A case at Amili, and people who may say more or less of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.new_user("reader", "account.group_account_readonly")
        cls.employee = cls.new_user("employee", "base.group_user")
        cls.portal = cls.new_user(
            "portal", "base.group_portal", partner_id=cls.person.id
        )

    def setUp(self):
        super().setUp()
        self.move = self.invoice(self.person)
        self.case = self.activate(self.move)
        self.run_cron("sync_events")
        self.sandbox.clear_log()

    def ask(self, text="Missä velallinen asuu?"):
        """Let Amili ask something; return the question."""
        self.later(minutes=1)
        self.sandbox.amili(self.move, "comment", text=text)
        self.run_cron("sync_events")
        return self.case.event_ids.filtered("is_question").sorted("id")[-1:]

    def close(self, result="paid"):
        self.later(minutes=1)
        self.sandbox.amili(self.move, "close", result=result)
        self.run_cron("sync_events")

    def stranger(self, company, groups):
        """Return somebody who works in another company alone."""
        user = self.new_user("stranger", groups, companies=self.company + company)
        user.company_id = company
        user.company_ids = company
        return user

    def window(self, kind, user=None, **values):
        """Open the window as a person does, and fill it in."""
        action = {
            "comment": "action_comment",
            "reply": "action_reply",
            "due_date": "action_ask_due_date",
            "pause": "action_pause",
            "withdraw": "action_withdraw",
        }[kind]
        case = self.case.with_user(user or self.manager)
        return self.fill_in(case.env, getattr(case, action)(), values)

    def fill_in(self, env, action, values):
        """Return the window that an action opens, as the web client makes it."""
        wizards = env[action["res_model"]].with_context(**action["context"])
        return wizards.create(values)

    def told(self):
        """Return what is queued for Amili or was sent."""
        self.env.invalidate_all()
        return self.case.event_ids.filtered(lambda e: e.direction == "outbound")

    def assert_refused(self, act, words=""):
        with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
            act()
        self.assertFalse(self.told())


class BrowserCommon(CaseCommon, HttpCase):
    def run_cron(self, name):
        # A test with a server is in the mode for crons all the time.
        self.env.ref(f"amili_perinta.ir_cron_amili_{name}").method_direct_trigger()


@tagged("post_install", "-at_install")
class TestReportWizard(CaseCommon):
    """What people say to Amili is checked, queued once, and never sent from a click."""

    def test_message(self):
        self.window("comment", text="  Velallinen soitti.\n").action_confirm()
        self.assertRecordValues(
            self.told(),
            [
                {
                    "type": "comment",
                    "state": "queued",
                    "text": "Velallinen soitti.",
                    "user_id": self.manager.id,
                    "question_id": False,
                }
            ],
        )
        self.assertFalse(self.sandbox.log(), "the cron does all remote work")

    def test_due_date_and_pause(self):
        self.window("due_date", date="2026-11-02").action_confirm()
        self.window("pause", date=TOMORROW, text="Riita").action_confirm()
        self.window("pause", text="Riita").action_confirm()
        told = self.told().sorted("id")
        self.assertEqual(told.mapped("type"), ["due_date", "pause", "pause"])
        self.assertEqual(
            [event.date and str(event.date) for event in told],
            ["2026-11-02", TOMORROW, False],
        )

    def test_second_click_says_nothing_again(self):
        wizard = self.window("comment", text="Kerran")
        wizard.action_confirm()
        with self.assertRaisesRegex(UserError, "already"):
            wizard.action_confirm()
        self.assertEqual(len(self.told()), 1)

    def test_day_is_after_the_company_s_today(self):
        # Half past midnight in Helsinki: it is the 21st already.
        self.clock.move_to("2026-10-20 21:30:00")
        for kind in ("due_date", "pause"):
            for day in ("2026-10-20", TOMORROW):
                wizard = self.window(kind, date=day, text="Syy")
                with self.subTest(kind=kind, day=day):
                    self.assert_refused(wizard.action_confirm, "after today")
        self.window("pause", date="2026-10-22", text="Syy").action_confirm()
        self.assertEqual(len(self.told()), 1)

    def test_what_is_missing_is_said(self):
        self.ask()
        for kind, values, words in (
            ("comment", {"text": " \n"}, "Write what"),
            ("reply", {}, "Write what"),
            ("pause", {"date": TOMORROW}, "reason"),
            ("withdraw", {"is_sure": True}, "reason"),
            ("due_date", {"text": "Maksaa palkkapäivänä"}, "new due date"),
        ):
            with self.subTest(kind=kind):
                self.assert_refused(self.window(kind, **values).action_confirm, words)

    def test_text_that_is_too_long_is_refused_before_it_is_queued(self):
        wizard = self.window("comment", text="x" * (MAX_TEXT + 1))
        self.assert_refused(wizard.action_confirm, "1940")
        wizard.text = "x" * MAX_TEXT
        wizard.action_confirm()
        self.assertEqual(len(self.told().text), MAX_TEXT)

    def test_withdrawal_needs_a_second_yes(self):
        wizard = self.window("withdraw", text="Sovittu")
        self.assert_refused(wizard.action_confirm, "Tick")
        wizard.is_sure = True
        wizard.action_confirm()
        self.assertEqual(self.told().type, "withdraw")
        self.assertEqual(self.case.state, "active", "it is Amili that ends it")

    def test_case_is_withdrawn_once(self):
        again = self.window("withdraw", text="Sovittu", is_sure=True)
        self.window("withdraw", text="Sovittu", is_sure=True).action_confirm()
        self.assertTrue(self.case.is_withdrawing)
        for act in (
            again.action_confirm,
            self.case.with_user(self.manager).action_withdraw,
            self.case.with_user(self.manager).action_pause,
        ):
            with self.assertRaisesRegex(UserError, "already"), self.cr.savepoint():
                act()
        self.assertEqual(len(self.told()), 1)
        self.told().sudo().state = "failed"
        self.assertFalse(self.case.is_withdrawing, "what Amili refused may be repeated")

    def test_case_that_ended_meanwhile(self):
        wizard = self.window("comment", text="Vielä yksi asia")
        self.close()
        self.assert_refused(wizard.action_confirm, "not in the hands")
        self.assert_refused(self.case.with_user(self.manager).action_comment, "not in")

    def test_reply(self):
        question = self.ask()
        self.assertEqual(self.case.question_id, question)
        wizard = self.window("reply", self.clerk, text="Turussa.")
        self.assertIn("Missä velallinen asuu?", wizard.question_text)
        wizard.action_confirm()
        answer = self.told().filtered(lambda e: e.type == "comment")
        self.assertEqual((answer.text, answer.question_id), ("Turussa.", question))
        self.assertTrue(question.seen_at)
        self.assertFalse(self.case.question_id)
        self.assertFalse(self.move.activity_ids)

    def test_a_task_of_the_night_is_for_the_new_day(self):
        # Half past midnight in Finland, still the day before in UTC.
        self.later(hours=12, minutes=29)
        self.ask()
        self.assertEqual(str(self.move.activity_ids.date_deadline), "2026-10-21")
        self.close("credit_loss")
        deadlines = self.move.activity_ids.mapped("date_deadline")
        self.assertEqual({str(day) for day in deadlines}, {"2026-10-21"})

    def test_questions_are_answered_in_the_order_in_which_they_came(self):
        first, second = self.ask("Ensin?"), self.ask("Sitten?")
        self.assertNotEqual(first, second)
        self.window("reply", self.clerk, text="Kyllä").action_confirm()
        self.assertEqual(self.case.question_id, second)
        second.with_user(self.clerk).action_mark_seen()
        self.assertFalse(self.case.question_id)

    def test_mark_as_seen(self):
        question = self.ask()
        self.case.with_user(self.clerk).action_mark_seen()
        question.with_user(self.clerk).action_mark_seen()
        self.assertRecordValues(
            self.told(), [{"type": "seen", "question_id": question.id}]
        )
        self.assertFalse(self.move.activity_ids)
        self.assertNotIn("seen", self.case.shown_event_ids.mapped("type"))

    def test_question_that_a_colleague_dealt_with_meanwhile(self):
        question = self.ask()
        wizard = self.window("reply", self.clerk, text="Turussa.")
        question.with_user(self.manager).action_mark_seen()
        with self.assertRaisesRegex(UserError, "Somebody else"), self.cr.savepoint():
            wizard.action_confirm()
        # Who opens it anew knows, and may have more to say.
        action = question.with_user(self.clerk).action_reply()
        self.fill_in(wizard.env, action, {"text": "Turussa."}).action_confirm()
        self.assertEqual(set(self.told().mapped("type")), {"comment", "seen"})

    def test_only_a_question_of_this_case_is_answered(self):
        ours = self.ask()
        other = self.invoice()
        self.activate(other)
        stranger = ours.sudo().copy(
            {"assignment_id": other.amili_assignment_id.id, "remote_id": "x"}
        )
        payment = ours.sudo().copy({"type": "paid", "remote_id": "y"})
        for event in (stranger, payment, ours.browse()):
            wizard = self.window("reply", text="Turussa.", question_id=event.id)
            with self.subTest(event=event.type):
                self.assert_refused(wizard.action_confirm, "no question")

    def test_day_of_asking_is_not_the_day_that_was_asked_for(self):
        self.window("due_date", date="2026-12-24", text="Joulurahat").action_confirm()
        self.window("pause", date="2026-11-01", text="Riita").action_confirm()
        self.window("withdraw", text="Sovittu", is_sure=True).action_confirm()
        due_date, pause, withdraw = self.told().sorted("id")
        self.cr.execute(
            "UPDATE amili_assignment_event SET create_date = %s WHERE id = ANY(%s)",
            ["2026-10-20 21:30:00", self.told().ids],
        )
        self.env.invalidate_all()
        # In Helsinki it was the next day already.
        self.assertEqual({str(event.day) for event in self.told()}, {TOMORROW})
        self.assertEqual(due_date.said, "12/24/2026. Joulurahat")
        self.assertEqual(pause.said, "Until 11/01/2026. Riita")
        self.assertEqual(withdraw.said, "Sovittu")

    def test_remarks(self):
        event = self.ask().sudo()
        self.assertIn("Waits", event.remark)
        event.is_doubtful = True
        self.assertIn("Not counted", event.remark)
        event.is_undone = True
        self.assertIn("Undone", event.remark)
        event.error_message = "Ei käy"
        self.assertEqual(event.remark, "Ei käy")


@tagged("post_install", "-at_install")
class TestRights(CaseCommon):
    """Who may say what is checked on the server, whatever the screen shows."""

    def forge(self, user, kind, **values):
        """Make a window as an attacker would, by RPC, and confirm it."""
        wizard = (
            self.env["amili.report.wizard"]
            .with_user(user)
            .create(
                {
                    "assignment_id": self.case.id,
                    "kind": kind,
                    "text": "x",
                    "date": TOMORROW,
                    "is_sure": True,
                    **values,
                }
            )
        )
        return wizard.action_confirm()

    def ways(self, user, question):
        case, move = self.case.with_user(user), self.move.with_user(user)
        return {
            "reply": case.action_reply,
            "seen": case.action_mark_seen,
            "reply to event": question.with_user(user).action_reply,
            "event seen": question.with_user(user).action_mark_seen,
            "reply on invoice": move.action_amili_reply,
            "seen on invoice": move.action_amili_mark_seen,
            "forged reply": lambda: self.forge(user, "reply", question_id=question.id),
        }

    def ways_of_managers(self, user):
        case = self.case.with_user(user)
        return {
            "comment": case.action_comment,
            "due date": case.action_ask_due_date,
            "pause": case.action_pause,
            "withdraw": case.action_withdraw,
            **{
                f"forged {kind}": lambda kind=kind: self.forge(user, kind)
                for kind in OF_MANAGERS
            },
        }

    def assert_powerless(self, ways):
        for way, act in ways.items():
            with self.subTest(way=way):
                with mute_logger(
                    "odoo.addons.base.models.ir_model",
                    "odoo.addons.base.models.ir_rule",
                ):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        act()
                self.assertFalse(self.told())

    def test_clerk_answers_and_changes_no_course(self):
        question = self.ask()
        self.assert_powerless(self.ways_of_managers(self.clerk))
        wizard = self.window("reply", self.clerk, text="Turussa.")
        wizard.kind = "withdraw"
        wizard.is_sure = True
        self.assert_powerless({"changed window": wizard.action_confirm})
        self.ways(self.clerk, question)["forged reply"]()
        self.assertIn("comment", self.told().mapped("type"))

    def test_others_do_nothing(self):
        question = self.ask()
        for user in (self.outsider, self.reader, self.employee, self.portal):
            with self.subTest(user=user.login):
                self.assert_powerless(self.ways(user, question))
                self.assert_powerless(self.ways_of_managers(user))

    def test_manager_does_all(self):
        question = self.ask()
        for kind in OF_MANAGERS:
            self.forge(self.manager, kind)
            self.told().sudo().state = "failed"
        self.ways(self.manager, question)["forged reply"]()
        self.assertEqual(set(self.told().mapped("type")), {*OF_MANAGERS, "seen"})

    def test_manager_of_another_company(self):
        question = self.ask()
        other = self.setup_other_company(name="Toinen Oy")["company"]
        stranger = self.stranger(other, "amili_perinta.group_amili_manager")
        self.assert_powerless(self.ways(stranger, question))
        self.assert_powerless(self.ways_of_managers(stranger))
        both = self.new_user(
            "both",
            "amili_perinta.group_amili_manager",
            companies=self.company + other,
        )
        case = self.case.with_user(both).with_context(allowed_company_ids=other.ids)
        self.assert_powerless({"company not ticked": case.action_comment})

    def test_window_of_another(self):
        wizard = self.window("comment", text="Salaista")
        self.ask()
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                wizard.with_user(self.clerk).read(["text"])
            with self.assertRaises(AccessError):
                wizard.with_user(self.clerk).action_confirm()

    def test_buttons_are_shown_to_who_may_press_them(self):
        form = self.env.ref("amili_perinta.amili_assignment_view_form")
        for user, shown in (
            (self.manager, {"comment", "ask_due_date", "pause", "withdraw", "reply"}),
            (self.clerk, {"reply"}),
            (self.outsider, set()),
            (self.reader, set()),
        ):
            case = self.case.with_user(user)
            arch = html.fromstring(case.get_view(form.id, "form")["arch"])
            names = {
                name.removeprefix("action_")
                for name in arch.xpath("//header/button/@name")
            }
            with self.subTest(user=user.login):
                self.assertEqual(
                    names & {"comment", "ask_due_date", "pause", "withdraw", "reply"},
                    shown,
                )
                rows = self.env["amili.assignment.event"].with_user(user)
                self.assertEqual(
                    "action_mark_seen" in rows.get_view(view_type="list")["arch"],
                    "reply" in shown,
                )


@tagged("post_install", "-at_install")
class TestRemoteCalls(BrowserCommon):
    def test_front_door(self):
        self.env.flush_all()
        for user, model, method, record in (
            (self.clerk, "amili.assignment", "action_withdraw", self.case),
            (self.clerk, "amili.assignment", "_report", self.case),
            (self.clerk, "amili.assignment", "_open_report", self.case),
            (self.outsider, "amili.assignment", "action_reply", self.case),
            (self.portal, "amili.assignment", "action_mark_seen", self.case),
            (self.portal, "account.move", "action_amili_reply", self.move),
        ):
            self.authenticate(user.login, user.login)
            with self.subTest(user=user.login, method=method):
                with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                    self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{model}/{method}",
                        {
                            "model": model,
                            "method": method,
                            "args": [record.ids, "comment"][: 1 + (method[0] == "_")],
                            "kwargs": {},
                        },
                    )
        self.assertFalse(self.told())


@tagged("post_install", "-at_install")
class TestTab(CaseCommon):
    """The invoice tells both sides of the money, and what Amili asks."""

    def test_both_sides(self):
        self.case.sudo().write({"reminder_amount": 5.0, "open_amount": 900.0})
        events = self.env["amili.assignment.event"].sudo()
        for direction, kind, amount in (
            ("inbound", "paid", 400.0),
            ("outbound", "paid", 100.0),
            ("inbound", "payout", 330.0),
        ):
            events.create(
                {
                    "assignment_id": self.case.id,
                    "direction": direction,
                    "type": kind,
                    "amount": amount,
                    "currency_id": self.euro.id,
                    "date": "2026-10-20",
                }
            )
        self.env.invalidate_all()
        for user in (self.outsider, self.reader, self.clerk):
            self.assertRecordValues(
                self.move.with_user(user).amili_history_ids,
                [
                    {
                        "capital_amount": 1240.0,
                        "reminder_amount": 5.0,
                        "open_amount": 900.0,
                        "collected_amount": 400.0,
                        "payout_amount": 330.0,
                        "kept_amount": 70.0,
                        "direct_amount": 100.0,
                    }
                ],
            )

    def test_question_is_answered_on_the_invoice(self):
        self.assertFalse(self.move.amili_question_id)
        question = self.ask()
        move = self.move.with_user(self.clerk)
        self.assertEqual(move.amili_question_id, question)
        self.assertIn("Missä velallinen asuu?", move.amili_question_text)
        opened = move.action_amili_reply()
        self.assertEqual(opened["res_model"], "amili.report.wizard")
        move.action_amili_mark_seen()
        self.env.invalidate_all()
        self.assertFalse(move.amili_question_id)
        self.assertEqual(self.told().type, "seen")

    def test_question_of_a_closed_case_can_still_be_marked_as_seen(self):
        self.ask()
        self.close()
        move = self.move.with_user(self.clerk)
        self.assertTrue(move.amili_question_id)
        move.action_amili_mark_seen()
        self.env.invalidate_all()
        self.assertFalse(move.amili_question_id)

    def test_invoice_that_was_never_handed_over_costs_no_query(self):
        fresh = self.invoice()
        self.env.flush_all()
        self.env.invalidate_all()
        names = [
            name
            for name, field in fresh._fields.items()
            if field.compute in ("_compute_amili_case", "_compute_amili_history")
        ]
        self.assertGreater(len(names), 3)
        self.assertFalse(fresh.amili_state)
        with self.assertQueryCount(0):
            for name in names:
                self.assertFalse(fresh[name])

    def test_banner_of_the_case_is_that_of_the_invoice(self):
        self.assertTrue(self.case.banner)
        self.assertEqual(self.case.banner, self.move.amili_banner)


@tagged("post_install", "-at_install")
class TestPortal(BrowserCommon):
    """The debtor learns who has the invoice, is not reminded, and sees nothing else."""

    def setUp(self):
        super().setUp()
        self.sandbox.amili(self.move, "comment", text="Sisäinen huomautus")
        self.run_cron("sync_events")
        self.authenticate(self.portal.login, self.portal.login)

    def page(self, path):
        self.env.flush_all()
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        return html.fromstring(response.text)

    def words(self, page):
        return " ".join(page.text_content().split())

    def timeago(self, page):
        return page.find_class("o_portal_sidebar_timeago")

    def test_page_says_who_collects_and_does_not_remind(self):
        page = self.page(self.move.get_portal_url())
        self.assertIn("in collection at Amili Perintä", self.words(page))
        self.assertFalse(self.timeago(page))
        self.assertNotIn("Pay Now", self.words(page))
        for secret in ("Sisäinen", self.case.remote_id, CODE, "amili_state"):
            self.assertNotIn(secret, html.tostring(page, encoding="unicode"))

    def test_page_of_another_invoice_is_as_ever(self):
        page = self.page(self.invoice(self.person).get_portal_url())
        self.assertNotIn("Amili", self.words(page))
        self.assertTrue(self.timeago(page))

    def test_page_after_the_case_ended_is_as_ever(self):
        self.close("credit_loss")
        page = self.page(self.move.get_portal_url())
        self.assertNotIn("Amili", self.words(page))
        self.assertTrue(self.timeago(page))

    def test_page_before_it_was_handed_over_is_as_ever(self):
        move = self.invoice(self.person)
        self.hand_over(move)
        self.assertEqual(move.amili_state, "queued")
        self.assertNotIn("Amili", self.words(self.page(move.get_portal_url())))

    def test_link_without_a_login_says_it_too(self):
        url = self.move.get_portal_url()
        self.logout()
        self.assertIn("in collection", self.words(self.page(url)))

    def test_list_has_a_label(self):
        other = self.invoice(self.person)
        page = self.page("/my/invoices")
        rows = {
            row.xpath("string(td[1])").strip(): self.words(row)
            for row in page.xpath("//table//tbody/tr")
        }
        self.assertIn("In collection at Amili", rows[self.move.name])
        self.assertNotIn("Waiting for Payment", rows[self.move.name])
        self.assertIn("Waiting for Payment", rows[other.name])

    def test_nobody_is_asked_to_pay_here_what_amili_collects(self):
        other = self.invoice(self.person)
        words = self.words(self.page("/my/invoices?filterby=overdue_invoices"))
        self.assertNotIn(self.move.name, words)
        self.assertIn(other.name, words)

    def test_who_contests_the_debt_is_not_asked_to_pay(self):
        # Whether Amili has it or not.
        other = self.invoice(self.person)
        disputed = {"amili_disputed_on": "2026-10-15", "amili_dispute_reason": "Kesken"}
        (self.move + other).write(disputed)
        for move in (self.move, other):
            page = self.page(move.get_portal_url())
            words = self.words(page)
            with self.subTest(state=move.amili_state):
                self.assertIn("This invoice is disputed", words)
                self.assertNotIn("pay to them", words)
                self.assertNotIn("Kesken", words)
                self.assertFalse(self.timeago(page))
        words = self.words(self.page("/my/invoices"))
        self.assertIn("Disputed", words)
        self.assertNotIn("Waiting for Payment", words)
        words = self.words(self.page("/my/invoices?filterby=overdue_invoices"))
        self.assertNotIn(other.name, words)

    def test_online_payment_is_not_offered(self):
        if not hasattr(type(self.move), "transaction_ids"):
            self.skipTest("account_payment is not installed")
        self.env["ir.config_parameter"].set_param(
            "account_payment.enable_portal_payment", "True"
        )
        self.assertTrue(self.invoice()._has_to_be_paid())
        self.assertFalse(self.move._has_to_be_paid())
        self.assertIn("Amili", self.move._get_online_payment_error())

    def test_clerk_is_warned_before_writing_to_the_debtor(self):
        other = self.invoice(self.person)
        send = self.env["account.move.send.wizard"].with_user(self.clerk)
        for move, is_warned in ((self.move, True), (other, False)):
            wizard = send.with_context(
                active_model="account.move", active_ids=move.ids
            ).create({})
            with self.subTest(is_warned=is_warned):
                found = "amili_in_collection" in (wizard.alerts or {})
                self.assertEqual(found, is_warned)


@tagged("post_install", "-at_install")
class TestSummary(CaseCommon):
    """The printed summary holds what a lawyer or an auditor asks for."""

    def printed(self, cases=None, user=None, lang="en_US"):
        report = self.env["ir.actions.report"].with_user(user or self.reader)
        cases = cases or self.case
        markup, kind = report.with_context(lang=lang)._render_qweb_html(
            "amili_perinta.report_case_summary", cases.ids
        )
        self.assertEqual(kind, "html")
        return html.fromstring(markup)

    def words(self, page):
        return " ".join(page.text_content().split())

    def test_it_tells_the_case(self):
        self.case.sudo().write({"reminder_amount": 5.0})
        self.ask("Missä Maija Malli asuu?")
        page = self.printed()
        words = self.words(page)
        for expected in (
            f"Case Summary: {self.move.name}",
            "09/03/2026",
            "1,240.00",
            "1,245.00",
            "Maija Malli",
            "Esimerkkikatu 2, 33100 Tampere, FI",
            "Main debtor",
            "Missä Maija Malli asuu?",
            self.case.remote_id,
            self.company.name,
        ):
            self.assertIn(expected, words)

    def test_identity_codes_are_never_printed(self):
        tenant = self.person.sudo()
        tenant.amili_receivables_type = "b2c_rental"
        move = self.invoice(self.person)
        case = self.activate(move)
        self.assertTrue(case.sudo().payer_ids.personal_identity_code)
        self.env["amili.assignment.event"].sudo().create(
            {
                "assignment_id": case.id,
                "direction": "outbound",
                "type": "comment",
                "text": f"Henkilötunnus on {CODE}",
            }
        )
        trusted = self.new_user(
            "trusted",
            "amili_perinta.group_amili_identity,amili_perinta.group_amili_user",
        )
        words = self.words(self.printed(case, trusted))
        self.assertIn("Henkilötunnus on", words)
        self.assertNotIn(CODE, words)

    def test_events_stand_in_the_order_of_time(self):
        base = {"assignment_id": self.case.id, "direction": "inbound", "type": "paid"}
        self.env["amili.assignment.event"].sudo().create(
            [
                {**base, "date": day, "text": f"maksu {day}", "remote_id": day}
                for day in ("2026-10-19", "2026-10-01", "2026-10-10")
            ]
        )
        self.env["amili.assignment.event"].sudo().create(
            {**base, "direction": "outbound", "type": "seen", "text": "nähty"}
        )
        [table] = self.printed().xpath("//table[@name='events']")
        words = self.words(table)
        days = [f"maksu 2026-10-{day}" for day in ("01", "10", "19")]
        self.assertEqual(sorted(days, key=words.index), days)
        self.assertNotIn("nähty", words)

    def test_several_at_once(self):
        other = self.activate(self.invoice())
        page = self.printed(self.case + other)
        self.assertEqual(len(page.find_class("article")), 2)

    def test_a_case_that_never_left_is_printed_too(self):
        case = self.hand_over(self.invoice())
        words = self.words(self.printed(case))
        self.assertIn("On the queue", words)
        self.assertNotIn("Open at Amili", words)

    def test_it_is_for_those_who_see_the_case(self):
        for user in (self.employee, self.portal):
            with self.subTest(user=user.login):
                with mute_logger("odoo.addons.base.models.ir_model"):
                    with self.assertRaises(AccessError):
                        self.printed(user=user)
        other = self.setup_other_company(name="Toinen Oy")["company"]
        stranger = self.stranger(other, "account.group_account_invoice")
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                self.printed(user=stranger)

    def test_it_hangs_in_the_print_menu(self):
        for user, is_there in ((self.reader, True), (self.clerk, True)):
            bindings = self.env["ir.actions.actions"].with_user(user)
            reports = bindings.get_bindings("amili.assignment").get("report", ())
            names = [report["name"] for report in reports]
            with self.subTest(user=user.login):
                self.assertEqual("Case Summary" in names, is_there)

    def test_name_of_the_file(self):
        name = self.case._summary_file_name()
        self.assertNotIn("/", name)
        self.assertIn("Case Summary", name)
