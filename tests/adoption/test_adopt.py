from contextlib import suppress

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..adopt_case import AdoptCase


@tagged("post_install", "-at_install")
class TestFinding(AdoptCase):
    """What the look brings, and where each case stands."""

    def test_a_case_is_recognised_by_its_maventa_id(self):
        move = self.invoice()
        # However somebody typed it.
        move.maventa_invoice_id = move.maventa_invoice_id.upper()
        self.elsewhere(move)
        case = self.look()
        self.assertRecordValues(
            case,
            [
                {
                    "state": "ready",
                    "match": "id",
                    "move_id": move.id,
                    "capital_amount": 1240,
                    "open_amount": 1240,
                    "progress": "Received",
                    "is_closed": False,
                    "problem": "",
                }
            ],
        )
        self.assertFalse(self.sandbox.log("GET", "/v1/invoices"), "it is known")

    def test_a_case_is_recognised_by_number_date_amount_and_business_id(self):
        move = self.invoice()
        self.elsewhere(move)
        self.forget_id(move)
        case = self.look()
        self.assertRecordValues(
            case,
            [
                {
                    "state": "ready",
                    "match": "facts",
                    "move_id": move.id,
                    "number": move.name,
                    "total_amount": 1240,
                    "business_id": "2077474-0",
                }
            ],
        )
        self.assertFalse(move.maventa_invoice_id, "nothing follows without a yes")
        self.assertFalse(move.amili_assignment_ids)

    def test_what_waits_to_be_adopted_is_not_handed_over_beside_it(self):
        move, other = self.invoice(), self.invoice()
        self.elsewhere(move)
        self.assertFalse(move._amili_get_alerts()[move.id])
        self.look()
        wizard = self.wizard(move)
        self.assertIn("Cases Made Elsewhere", str(wizard.alerts))
        with self.assertRaisesRegex(UserError, "Cases Made Elsewhere"):
            wizard.action_transfer()
        self.assertFalse(other._amili_get_alerts()[other.id])
        # In another environment Amili has no such case.
        move.company_id.amili_environment = "test"
        self.assertNotIn("case_elsewhere", move._amili_get_alerts()[move.id])
        move.company_id.amili_environment = "sandbox"
        self.look().action_ignore()
        self.assertNotIn("case_elsewhere", move._amili_get_alerts()[move.id])

    def test_one_fact_that_differs_is_no_match(self):
        for values in (
            {"date": "2026-08-21"},
            {"sum_tax": 1240.01},
            {"recipient": {"name": "Esimerkki Oy", "bid": "0112038-9"}},
        ):
            with self.subTest(**values):
                self.reset_sandbox()
                move = self.invoice()
                self.sandbox.add_invoice(move, **values)
                self.elsewhere(move)
                self.forget_id(move)
                case = self.look().filtered(lambda c, m=move: c.number == m.name)
                self.assertEqual(case.state, "differs")
                self.assertEqual(case.move_id, move)
                self.assertFalse(case.match)
                with self.assertRaises(UserError):
                    case.action_adopt()

    def test_an_unknown_invoice_is_not_found(self):
        self.sandbox.control("cases", {"count": 1})
        case = self.look()
        self.assertEqual(case.state, "not_found")
        self.assertIn(case.number, case.problem)
        self.assertIn("enter the Maventa ID", case.problem)
        with self.assertRaises(UserError):
            case.action_adopt()

    def test_mended_in_odoo_it_is_found_without_another_look(self):
        move = self.invoice()
        self.elsewhere(move)
        maventa_id = self.forget_id(move)
        self.sandbox.add_invoice(move, id=maventa_id, number="VANHA-1")
        case = self.look()
        self.assertEqual(case.state, "not_found")
        move.maventa_invoice_id = maventa_id
        self.sandbox.clear_log()
        self.assertEqual(self.found().state, "ready")
        self.assertFalse(self.sandbox.log())

    def test_what_cannot_be_adopted_says_why(self):
        for states, words in (
            (lambda m: m.button_draft(), "is a draft"),
            (lambda m: (m.button_draft(), m.button_cancel()), "was cancelled"),
        ):
            with self.subTest(words=words):
                self.reset_sandbox()
                move = self.invoice()
                self.elsewhere(move)
                states(move)
                case = self.look().filtered(lambda c, m=move: c.move_id == m)
                self.assertEqual(case.state, "unfit")
                self.assertIn(words, case.problem)

    def test_a_credit_note_and_a_bill_are_never_adopted(self):
        refund = self.invoice(known=False)
        credit = refund._reverse_moves([{"invoice_date": "2026-08-20"}])
        credit.action_post()
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.business.id,
                "invoice_date": "2026-08-20",
                "invoice_line_ids": [(0, 0, {"name": "Osto", "price_unit": 10})],
            }
        )
        for number, move in enumerate(credit + bill):
            move.maventa_invoice_id = f"aaaaaaaa-0000-4000-8000-{number:012}"
            self.sandbox.control(
                "invoices",
                {
                    "id": move.maventa_invoice_id,
                    "number": f"X{number}",
                    "date": "2026-08-20",
                    "date_due": "2026-09-03",
                    "sum": 10,
                    "sum_tax": 10,
                    "recipient": {"name": "Esimerkki Oy", "bid": "2077474-0"},
                },
            )
            self.elsewhere(move)
        cases = self.look()
        self.assertEqual(cases.mapped("state"), ["unfit", "unfit"])
        for case in cases:
            self.assertIn("no customer invoice", case.problem)

    def test_another_maventa_id_on_the_invoice_is_not_overwritten(self):
        move = self.invoice()
        self.elsewhere(move)
        other = "bbbbbbbb-0000-4000-8000-000000000001"
        move.maventa_invoice_id = other
        case = self.look()
        self.assertEqual(case.state, "unfit")
        self.assertIn("another Maventa ID", case.problem)
        with self.assertRaises(UserError):
            case.action_adopt()
        self.assertEqual(move.maventa_invoice_id, other)

    def test_a_number_used_twice_at_maventa_fits_nobody_by_itself(self):
        move = self.invoice()
        twin = "bbbbbbbb-0000-4000-8000-000000000002"
        self.sandbox.add_invoice(move, id=twin)
        self.elsewhere(move)
        self.sandbox.control("cases", {"invoice_ids": [twin]})
        self.forget_id(move)
        cases = self.look()
        self.assertEqual(cases.mapped("state"), ["ambiguous", "ambiguous"])
        with self.assertRaises(UserError):
            cases.action_adopt()

    def test_what_odoo_made_is_not_listed(self):
        ours = self.active()
        theirs = self.invoice()
        self.elsewhere(theirs)
        self.assertEqual(self.look().move_id, theirs)
        self.assertFalse(self.found().filtered(lambda c: c.move_id == ours))

    def test_one_on_the_queue_is_told(self):
        move = self.invoice()
        self.elsewhere(move)
        self.hand_over(move)
        case = self.look()
        self.assertEqual(case.state, "live")
        self.assertIn("handed over from Odoo", case.problem)
        with self.assertRaises(UserError):
            case.action_adopt()

    def test_what_is_ignored_stays_ignored_until_someone_wants_it(self):
        move = self.invoice()
        self.elsewhere(move)
        case = self.look()
        case.action_ignore()
        self.assertEqual(self.look().state, "ignored")
        case.action_restore()
        self.assertEqual(case.state, "ready")

    def test_what_amili_lists_no_more_goes_away(self):
        self.elsewhere(self.invoice())
        case = self.look()
        self.reset_sandbox()
        self.assertFalse(self.look())
        self.assertFalse(case.exists())

    def test_who_asked_is_told(self):
        self.elsewhere(self.invoice(), self.invoice(self.person))
        self.sandbox.control("cases", {"count": 1})
        self.look()
        [told] = [m for m in self.bus() if "New cases" in str(m)]
        self.assertIn("New cases: 3. Ready to be adopted: 2.", str(told))
        status = self.found_cases.with_user(self.manager).search_status()
        self.assertEqual(status["level"], "")
        self.assertIn("3 cases at Amili, of which 3 wait here", status["text"])


@tagged("post_install", "-at_install")
class TestAdopting(AdoptCase):
    def test_an_open_case_lives_on(self):
        move = self.invoice(self.person)
        self.elsewhere(move)
        self.later(days=3)
        self.sandbox.amili(move, "remind", fee=5)
        self.later(days=3)
        self.sandbox.amili(move, "pay", amount=240)
        self.later(days=3)
        before = len(self.chatter(move))
        assignment = self.adopt(move)
        self.assertRecordValues(
            assignment,
            [
                {
                    "state": "active",
                    "is_adopted": True,
                    "remote_id": self.sandbox.case(move)["id"],
                    "user_id": self.manager.id,
                    "environment": "sandbox",
                    "maventa_invoice_id": move.maventa_invoice_id,
                    "capital_amount": 1240,
                    "fee_amount": 5,
                    "paid_amount": 240,
                    "open_amount": 1005,
                    "collected_amount": 240,
                    "collection_status": "reminder_sent",
                    "partner_id": self.person.id,
                    "payload": False,
                }
            ],
        )
        self.assertEqual(str(assignment.sent_at), "2026-10-20 09:00:00")
        self.assertEqual(len(assignment.event_ids), 2)
        self.assertEqual(assignment.payer_ids.name, "Maija Malli")
        self.assertFalse(assignment.payer_ids.personal_identity_code)
        self.assertEqual(move.amili_assignment_id, assignment.sudo(False))
        self.assertEqual(self.found().state, "adopted")
        lines = self.chatter(move)[before:]
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("made elsewhere was adopted", lines[0])
        self.assertIn("events: 2", lines[1])
        self.assertIn("240.00", lines[1])
        self.assertFalse(self.tasks(move), "what is long past asks for nothing")

    def test_the_invoice_learns_its_maventa_id(self):
        move = self.invoice()
        self.elsewhere(move)
        maventa_id = self.forget_id(move)
        assignment = self.adopt(move)
        self.assertEqual(move.maventa_invoice_id, maventa_id)
        self.assertEqual(assignment.maventa_invoice_id, maventa_id)
        self.assertEqual(assignment.state, "active")

    def test_an_id_of_another_environment_says_nothing(self):
        move = self.invoice()
        self.elsewhere(move)
        maventa_id = move.maventa_invoice_id
        move.sudo().write(
            {
                "maventa_invoice_id": "bbbbbbbb-0000-4000-8000-000000000003",
                "maventa_environment": "test",
            }
        )
        self.adopt(move)
        self.assertEqual(move.maventa_invoice_id, maventa_id)
        self.assertEqual(move.maventa_environment, "sandbox")
        self.assertEqual(move.amili_state, "active")

    def test_a_question_marked_as_seen_elsewhere_asks_nobody(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(move, "event", comment="Kysymys?", seen=True)
        self.adopt(move)
        self.assertFalse(self.tasks(move))

    def test_a_closed_case_is_history(self):
        paid, lost, withdrawn = (self.invoice() for _number in range(3))
        self.elsewhere(paid, lost, withdrawn)
        self.sandbox.amili(paid, "comment", text="Kenelle lasku kuuluu?")
        self.sandbox.amili(paid, "close", result="paid")
        self.sandbox.amili(lost, "close", result="credit_loss")
        self.sandbox.amili(withdrawn, "close", result="withdrawn")
        self.later(days=40)
        assignments = self.adopt(paid, lost, withdrawn)
        by_move = {a.move_id: a for a in assignments}
        self.assertEqual(
            [(by_move[m].state, by_move[m].result) for m in (paid, lost, withdrawn)],
            [("closed", "paid"), ("closed", "credit_loss"), ("withdrawn", "withdrawn")],
        )
        self.assertEqual(by_move[paid].collected_amount, 1240)
        self.assertEqual(len(by_move[paid].event_ids), 3)
        self.assertEqual(str(by_move[lost].closed_at), "2026-10-20 09:00:00")
        self.assertFalse(self.tasks(paid + lost + withdrawn))
        self.assertFalse(assignments.event_ids.filtered("is_question"))
        self.assertFalse(assignments.filtered(lambda a: not a.is_past_read))
        for move in (paid, lost, withdrawn):
            self.assertFalse(move.amili_assignment_id)
            self.assertEqual(len(self.chatter(move)), 2)
        self.sandbox.clear_log()
        self.sync(hours=1)
        self.assertFalse(self.sandbox.log(), "history is read once")

    def test_both_cases_of_an_invoice_are_adopted_each_with_its_name(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(move, "close", result="withdrawn")
        self.later(days=10)
        self.elsewhere(move)
        assignments = self.adopt(move)
        self.assertEqual(
            sorted(assignments.mapped("name")), [move.name, f"{move.name} (2)"]
        )
        self.assertEqual(sorted(assignments.mapped("state")), ["active", "withdrawn"])
        self.assertEqual(move.amili_state, "active")

    def test_history_stands_behind_what_came_later(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(move, "close", result="withdrawn")
        self.later(days=10)
        # Maventa keeps no note of the hand-over that was made elsewhere.
        move.sudo().maventa_steps_at = fields.Datetime.now()
        ours = self.activate(move)
        assignment = self.adopt(move)
        self.assertEqual(assignment.state, "withdrawn")
        self.assertEqual(move.amili_assignment_id, ours)
        self.assertEqual(move.amili_state, "active")
        self.later(days=10)
        self.sandbox.amili(move, "close", result="credit_loss")
        self.sync()
        self.assertEqual(move.amili_state, "closed", "that of the newer case")

    def test_a_question_that_waits_becomes_a_task(self):
        asked, answered = self.invoice(), self.invoice()
        self.elsewhere(asked, answered)
        for move in (asked, answered):
            self.sandbox.amili(move, "comment", text="Missä velallinen asuu?")
        self.later(hours=1)
        self.sandbox.amili(
            answered, "event", type="comment", comment="Turussa.", origin="company"
        )
        self.later(days=1)
        self.adopt(asked, answered)
        task = self.tasks(asked)
        self.assertEqual(len(task), 1)
        self.assertEqual(task.user_id, self.manager)
        self.assertIn("Missä velallinen asuu?", task.note)
        self.assertFalse(self.tasks(answered))
        self.assertTrue(asked.with_user(self.clerk).amili_question_id)
        self.assertFalse(answered.with_user(self.clerk).amili_question_id)

    def test_what_comes_after_is_news(self):
        move = self.invoice()
        self.elsewhere(move)
        assignment = self.adopt(move)
        self.later(days=1)
        self.sandbox.amili(move, "remind")
        self.later(hours=1)
        self.sandbox.amili(move, "comment", text="Onko tämä oikein?")
        self.sync(hours=1)
        self.assertIn("Onko tämä oikein?", self.chatter(move)[-1])
        self.assertEqual(len(self.tasks(move)), 1)
        self.assertEqual(assignment.collection_stage, "reminder_sent")

    def test_a_payment_after_it_is_told_to_amili(self):
        move = self.invoice()
        self.elsewhere(move)
        self.adopt(move)
        self.payment(move, 500)
        self.run_queue()
        self.assertEqual(self.amounts(move), [500])
        self.sync(hours=1)
        self.assertEqual(self.amounts(move), [500])
        self.assertEqual(move.amili_assignment_id.direct_amount, 500)

    def test_a_payment_before_it_is_not_told_and_asks_for_a_look(self):
        move = self.invoice()
        self.elsewhere(move)
        self.payment(move, 500)
        self.later(days=1)
        case = self.look()
        self.assertEqual(case.state, "ready")
        for words in ("1,240.00", "740.00"):
            self.assertIn(words, case.problem)
        case.action_adopt()
        self.sync()
        self.run_queue()
        self.sync(hours=1)
        self.assertFalse(self.amounts(move))
        [task] = self.tasks(move)
        self.assertIn("open sums differ", task.summary)
        for words in ("1,240.00", "740.00", "Write to Amili"):
            self.assertIn(words, task.note)

    def test_a_payout_on_its_way_is_no_difference(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(move, "pay", amount=500)
        self.later(days=1)
        self.adopt(move)
        self.assertFalse(self.tasks(move))

    def test_more_open_in_odoo_asks_for_a_look(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(
            move,
            "event",
            type="paid",
            amount=500,
            currency="EUR",
            origin="company",
            paid_amount=500,
            open_amount=740,
        )
        self.sandbox.fault(
            "json",
            path=f"/v1/assignments/{self.sandbox.case(move)['id']}$",
            body={
                **self.sandbox.case(move)["assignment"],
                "paid_amount": 500,
                "open_amount": 740,
                "events": self.sandbox.case(move)["events"],
            },
        )
        self.adopt(move)
        [task] = self.tasks(move)
        self.assertIn("missing in Odoo", task.note)

    def test_it_can_be_withdrawn_and_answered(self):
        move = self.invoice()
        self.elsewhere(move)
        self.sandbox.amili(move, "comment", text="Jatketaanko?")
        assignment = self.adopt(move).with_user(self.manager).sudo(False)
        wizard = (
            self.env["amili.report.wizard"]
            .with_user(self.manager)
            .with_context(**assignment.action_reply()["context"])
            .create({"text": "Ei jatketa."})
        )
        wizard.action_confirm()
        wizard = (
            self.env["amili.report.wizard"]
            .with_user(self.manager)
            .with_context(**assignment.action_withdraw()["context"])
            .create({"text": "Sovittu.", "is_sure": True})
        )
        wizard.action_confirm()
        for _round in range(4):
            self.run_queue(minutes=5)
        self.sync(hours=1)
        self.assertEqual(assignment.state, "withdrawn")
        self.assertEqual(self.sandbox.case(move)["assignment"]["result"], "withdrawn")
        self.assertEqual(len(self.told(move, "comment")), 1)

    def test_the_whole_case_can_be_looked_at_and_printed(self):
        move = self.invoice()
        self.elsewhere(move)
        assignment = self.adopt(move)
        for values in (
            {},
            {"collection_type": False, "receivables_type": False},
        ):
            assignment.write(values)
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                "amili_perinta.action_report_case_summary", assignment.ids
            )
            self.assertIn("Made Elsewhere, Adopted By", html.decode())
            self.assertNotIn("As they were named to Amili", html.decode())
            assignment.with_user(self.clerk).sudo(False).web_read(
                {"banner": {}, "payload_text": {}, "collection_type": {}}
            )

    def test_many_are_confirmed_with_their_sums(self):
        moves = self.invoice() + self.invoice(self.person, 100)
        self.elsewhere(*moves)
        self.sandbox.amili(moves[1], "close", result="credit_loss")
        self.sandbox.control("cases", {"count": 1})
        self.look()
        action = self.found_cases.with_user(self.manager).action_confirm_all()
        wizard = self.env["amili.adoption.wizard"].browse(action["res_id"])
        wizard = wizard.with_user(self.manager)
        self.assertEqual(wizard.case_ids.move_id, moves)
        self.assertIn("Cases to adopt: 2", wizard.summary)
        self.assertIn("1,240.00", wizard.summary)
        self.assertIn("Ended: 1", wizard.summary)
        notification = wizard.action_adopt()["params"]
        self.assertEqual(notification["type"], "success")
        self.assertIn("2 cases are adopted", notification["message"])
        self.assertEqual(moves.mapped("amili_state"), ["active", "closed"])

    def test_a_person_chooses_among_invoices_with_the_number(self):
        move = self.invoice()
        other = self.invoice()
        self.elsewhere(move)
        self.sandbox.add_invoice(move, sum_tax=1300)
        self.forget_id(move)
        case = self.look().filtered(lambda c: c.number == move.name)
        wizard = self.env["amili.adoption.wizard"].with_user(self.manager)
        wizard = wizard.browse(case.action_confirm()["res_id"])
        self.assertTrue(wizard.is_choice)
        self.assertEqual(wizard.move_id, move)
        self.assertEqual(wizard.choice_ids, move)
        self.assertEqual((wizard.total_amount, wizard.move_total), (1300, 1240))
        with self.assertRaises(UserError):
            wizard.action_adopt()
        wizard.is_sure = True
        wizard.move_id = other
        with self.assertRaises(UserError):
            wizard.action_adopt()
        wizard.move_id = move
        wizard.action_adopt()
        self.assertEqual(move.amili_state, "active")
        self.assertTrue(move.maventa_invoice_id)
        self.assertFalse(other.amili_assignment_ids)


@tagged("post_install", "-at_install")
class TestAdoptionRights(AdoptCase):
    def setUp(self):
        super().setUp()
        self.move = self.invoice()
        self.elsewhere(self.move)
        self.case = self.look()

    def test_only_managers_see_and_adopt(self):
        employee = self.new_user("adopt_employee", "base.group_user")
        portal = self.new_user("adopt_portal", "base.group_portal")
        for user in (self.clerk, self.outsider, employee, portal):
            case = self.case.with_user(user)
            calls = (
                lambda c=case: c.read(["number"]),
                lambda c=case: c.browse().search([]),
                case.action_adopt,
                case.action_confirm,
                case.action_ignore,
                case.action_restore,
                case.browse().action_look,
                case.browse().action_open,
                case.browse().action_confirm_all,
                case.browse().search_status,
                lambda u=user: (
                    self.env["amili.adoption.wizard"]
                    .with_user(u)
                    .create({"case_ids": self.case.ids})
                ),
            )
            for number, call in enumerate(calls):
                with self.subTest(user=user.login, call=number):
                    self.assertRaises(AccessError, call)
        self.assertEqual(self.case.sudo().state, "ready")
        self.assertFalse(self.move.amili_assignment_ids)

    def test_nobody_writes_them(self):
        for user in (self.manager, self.clerk):
            case = self.case.with_user(user)
            for call in (
                lambda c=case: c.write({"state": "adopted"}),
                lambda c=case: c.unlink(),
                lambda c=case: c.create(
                    {"company_id": self.company.id, "remote_id": "x"}
                ),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_one_without_rights_to_the_invoice_cannot_adopt_it(self):
        rule = self.env["ir.rule"].create(
            {
                "name": "Nobody changes this one",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "domain_force": [("id", "!=", self.move.id)],
                "perm_read": False,
                "perm_create": False,
                "perm_unlink": False,
            }
        )
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.case.action_adopt()
        rule.unlink()
        self.case.action_adopt()
        self.assertEqual(self.move.amili_state, "active")

    def test_another_company_sees_nothing(self):
        other = self.setup_other_company(name="Toinen Oy")["company"]
        theirs = self.new_user("adopt_theirs", "amili_perinta.group_amili_manager")
        theirs.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        case = self.case.with_user(theirs)
        self.assertFalse(case.browse().search([]))
        with self.assertRaises(AccessError):
            case.action_adopt()
        with self.assertRaises(AccessError):
            case.action_confirm()
        with suppress(UserError):
            case.browse().action_look()
        self.assertFalse(other.amili_find_wanted)
        self.assertFalse(self.company.amili_find_wanted)
