"""The timeline of a case: what happened on which day, and what is known to come."""

from lxml import html

from odoo.tests import tagged

from ..common import AmiliCommon


@tagged("post_install", "-at_install")
class TestTimeline(AmiliCommon):
    def case(self, **values):
        case = self.hand_over(self.invoice())
        case.sudo().write(
            {"state": "active", "sent_at": "2026-09-30 21:30:00", **values}
        )
        return case

    def event(self, case, **values):
        values = {"direction": "inbound", "type": "other", **values}
        self.env["amili.assignment.event"].sudo().create(
            {"assignment_id": case.id, "currency_id": self.euro.id, **values}
        )

    def steps(self, case, user=None):
        """Return what a user reads, step by step."""
        case.flush_recordset()
        drawn = html.fragment_fromstring(case.with_user(user or self.clerk).timeline)
        self.assertEqual(drawn.tag, "ol", "it is read out as a list")
        texts = [" ".join(item.text_content().split()) for item in drawn]
        return [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts]

    def test_what_was_just_handed_over(self):
        case = self.case(reminder_date="2026-09-10")
        self.assertEqual(
            self.steps(case),
            [
                "09/03/2026 Invoice due",
                "09/10/2026 Reminded by you",
                # In Helsinki that was on the first of October.
                "10/01/2026 Handed over",
            ],
        )

    def test_a_case_from_its_beginning_to_its_end(self):
        case = self.case(collection_status="payment_demand_sent")
        for day, values in (
            ("2026-10-02", {"collection_status": "received"}),
            ("2026-10-03", {"collection_status": "reminder_sent"}),
            ("2026-10-04", {"collection_status": "reminder_sent"}),
            ("2026-10-08", {"collection_status": "payment_demand_sent"}),
            ("2026-10-10", {"type": "paid", "amount": 240.0}),
            ("2026-10-12", {"type": "paid", "amount": 1000.0}),
            ("2026-10-12", {"type": "paid", "amount": 9e6, "is_doubtful": True}),
            ("2026-10-14", {"type": "payout", "amount": 1180.0}),
        ):
            self.event(case, date=day, **values)
        case.sudo().write(
            {"state": "closed", "result": "paid", "closed_at": "2026-10-12 12:00:00"}
        )
        self.assertEqual(
            self.steps(case)[2:],
            [
                "10/03/2026 Reminder sent",
                "10/08/2026 Payment demand sent",
                "10/12/2026 Paid to Amili: 1,240.00 €",
                "10/12/2026 Closed: Paid",
                "10/14/2026 Paid out: 1,180.00 €",
            ],
        )

    def test_what_was_paid_to_the_company(self):
        case = self.case()
        for values in ({}, {"is_undone": True}, {"state": "queued"}):
            paid = {"type": "paid", "direction": "outbound", "amount": 100.0}
            self.event(case, date="2026-10-05", **paid, **values)
        self.assertEqual(self.steps(case)[2:], ["10/05/2026 Paid to you: 100.00 €"])

    def test_a_day_that_has_not_come_is_still_to_come(self):
        case = self.case()
        self.event(case, type="due_date", date="2026-10-21")
        self.assertEqual(
            self.steps(case)[2:], ["10/21/2026 New due date set (still to come)"]
        )
        self.clock.move_to("2026-10-21 09:00:00")
        case.invalidate_recordset(["timeline"])
        self.assertEqual(self.steps(case)[2:], ["10/21/2026 New due date set"])

    def test_how_else_it_ends(self):
        for state, result, text in (
            ("withdrawn", False, "Withdrawn"),
            ("cancelled", False, "Cancelled"),
            ("rejected", False, "Rejected"),
            ("closed", "credit_loss", "Closed: Credit loss"),
        ):
            case = self.case(
                state=state, result=result, closed_at="2026-10-12 12:00:00"
            )
            with self.subTest(state):
                self.assertEqual(self.steps(case)[-1], f"10/12/2026 {text}")

    def test_a_stage_that_nobody_knows_is_shown_and_does_no_harm(self):
        case = self.case()
        stage = "<script>alert()</script>"
        self.event(case, date="2026-10-05", collection_status=stage)
        self.assertEqual(self.steps(case)[2:], [f"10/05/2026 {stage}"])
        self.assertNotIn("<script", case.timeline)

    def test_who_may_only_read_sees_it(self):
        case = self.case()
        reader = self.new_user("reader", "account.group_account_readonly")
        self.assertEqual(len(self.steps(case, reader)), 2)
