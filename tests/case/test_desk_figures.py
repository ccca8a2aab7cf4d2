"""The desk opens on figures, and each is a door to the list of what it counts."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import AmiliCommon


@tagged("post_install", "-at_install")
class TestFigures(AmiliCommon):
    """Each figure is what its list shows: as many records, and the same sum."""

    # Where the euros of a figure stand in the list behind it.
    AMOUNTS = {"amili.candidate": "amount", "amili.assignment": "open_amount"}

    def figures(self, user=None, look=True, **context):
        """Return the figures of a user by their names."""
        desk = self.env["amili.desk"].with_user(user or self.clerk)
        self.env.flush_all()
        answer = desk.with_context(**context).get_figures(look)
        return {
            figure["name"]: figure
            for section in answer["sections"]
            for figure in section["figures"]
        }

    def behind(self, figure, user=None, **context):
        """Return what the list behind a figure shows."""
        action = figure["action"]
        model = self.env[action["res_model"]].with_user(user or self.clerk)
        return model.with_context(**context).search(action["domain"])

    def assertFigure(self, name, records, amount=None, user=None, **context):
        """Check a figure, and that it is what its list shows."""
        figure = self.figures(user, **context)[name]
        shown = self.behind(figure, user, **context)
        self.assertEqual(figure["count"], len(shown))
        self.assertEqual(shown, records)
        self.assertEqual(figure["amount"], amount)
        if amount is not None:
            column = self.AMOUNTS.get(shown._name, "amount")
            self.assertEqual(sum(shown.mapped(column)), amount)

    def case(self, **values):
        case = self.hand_over(self.invoice())
        case.sudo().write({"state": "active", "open_amount": 1300.0, **values})
        return case

    def event(self, case, **values):
        return (
            self.env["amili.assignment.event"]
            .sudo()
            .create(
                {
                    "assignment_id": case.id,
                    "direction": "inbound",
                    "currency_id": self.euro.id,
                    **values,
                }
            )
        )

    def candidates(self, moves):
        made = self.env["amili.candidate"].with_user(self.clerk).search([])
        return made.filtered(lambda line: line.move_id in moves)

    def test_ready(self):
        moves = self.invoice() + self.invoice(self.person, 340.0)
        self.invoice(known=False)
        self.figures()
        self.assertFigure("ready", self.candidates(moves), 1580.0, look=False)
        self.hand_over(moves[0])
        self.assertFigure("ready", self.candidates(moves[1]), 340.0, look=False)

    def test_ready_is_looked_at_anew_when_asked_for_or_old(self):
        self.invoice()
        self.assertEqual(self.figures(look=False)["ready"]["count"], 1)
        self.invoice()
        self.assertEqual(self.figures(look=False)["ready"]["count"], 1)
        self.assertEqual(self.figures(look=True)["ready"]["count"], 2)
        self.invoice()
        # The clock of the database does not stand still with ours.
        self.env.cr.execute(
            "UPDATE amili_candidate SET create_date = '2026-10-20 08:49:00'"
        )
        self.assertEqual(self.figures(look=False)["ready"]["count"], 3)

    def test_time_barred_soon(self):
        soon, last, _later, _gone = (
            self.invoice(invoice_date=day, invoice_date_due=day)
            for day in ("2023-10-20", "2024-01-17", "2024-01-18", "2023-10-19")
        )
        self.figures()
        lines = self.candidates(soon + last)
        self.assertFigure("time_barred_soon", lines, 2480.0, look=False)

    def test_at_amili_by_stage(self):
        reminded = self.case(collection_status="reminder_sent")
        demanded = self.case(collection_status="payment_demand_sent", open_amount=50.5)
        silent = self.case()
        odd = self.case(collection_status="something_new")
        self.hand_over(self.invoice())
        self.case(state="closed", collection_status="reminder_sent")
        everything = odd + silent + demanded + reminded
        self.assertFigure("active", everything, 3950.5)
        self.assertFigure("stage_reminder_sent", reminded, 1300.0)
        self.assertFigure("stage_payment_demand_sent", demanded, 50.5)
        self.assertFigure("stage_none", silent, 1300.0)
        self.assertFigure("stage_other", odd, 1300.0)
        self.assertNotIn("stage_legal_collection", self.figures())

    def test_stages_add_up_to_all(self):
        for stage in ("reminder_sent", "on_hold", "on_hold", False):
            self.case(collection_status=stage)
        figures = self.figures()
        stages = [f for name, f in figures.items() if name.startswith("stage_")]
        for number in ("count", "amount"):
            self.assertEqual(
                sum(stage[number] for stage in stages), figures["active"][number]
            )

    def test_questions(self):
        case = self.case()
        asked = self.event(case, type="comment", text="Onko tämä maksettu?")
        self.event(case, type="comment", seen_at="2026-10-19 10:00:00")
        self.event(case, type="comment", direction="outbound")
        self.assertFigure("questions", asked)

    def test_differences(self):
        differing = self.case(books_differ=True)
        self.case()
        # What has ended is not compared any more.
        self.case(books_differ=True).sudo()._set_state("closed")
        self.assertFigure("books_differ", differing)

    def test_collected_this_month(self):
        case = self.case()
        first, second = (
            self.event(case, type="paid", amount=amount, date=day)
            for amount, day in ((100.0, "2026-10-01"), (20.5, "2026-10-19"))
        )
        for values in (
            {"date": "2026-09-30"},
            {"direction": "outbound"},
            {"is_doubtful": True},
            {"type": "payout"},
        ):
            event = {"type": "paid", "amount": 7.0, "date": "2026-10-10", **values}
            self.event(case, **event)
        self.assertFigure("collected", second + first, 120.5)

    def test_nothing_at_all_is_nought(self):
        figures = self.figures()
        self.assertEqual(
            {name: (f["count"], f["amount"] or 0.0) for name, f in figures.items()},
            dict.fromkeys(
                (
                    "ready",
                    "questions",
                    "books_differ",
                    "time_barred_soon",
                    "active",
                    "collected",
                ),
                (0, 0.0),
            ),
        )
        self.assertFalse(any(figure["is_urgent"] for figure in figures.values()))

    def test_companies_that_are_chosen(self):
        other = self.setup_other_company(name="Toinen Yritys Oy")["company"]
        self.connect(other)
        self.clerk.company_ids += other
        here, there = self.case(), self.case()
        self.env.cr.execute(
            "UPDATE amili_assignment SET company_id = %s WHERE id = %s",
            (other.id, there.id),
        )
        self.env.invalidate_all()
        for companies, records in ((self.company, here), (other, there)):
            with self.subTest(company=companies.name):
                self.assertFigure(
                    "active",
                    records,
                    1300.0,
                    allowed_company_ids=companies.ids,
                )

    def test_who_reads_only_sees_what_is_at_amili(self):
        case = self.case(books_differ=True)
        reader = self.new_user("reader", "account.group_account_readonly")
        for user in (reader, self.outsider):
            with self.subTest(user=user.login):
                figures = self.figures(user)
                self.assertNotIn("ready", figures)
                self.assertNotIn("time_barred_soon", figures)
                self.assertFigure("books_differ", case, user=user)
        self.assertFalse(self.env["amili.candidate"].sudo().search([]))

    def test_who_has_no_part_in_accounting(self):
        for groups in ("base.group_user", "base.group_portal"):
            user = self.new_user(groups.rpartition("_")[2], groups)
            with mute_logger("odoo.addons.base.models.ir_model"):
                self.assertRaises(AccessError, self.figures, user)

    def test_number_of_queries_does_not_grow(self):
        def add(stage):
            case = self.case(collection_status=stage, books_differ=True)
            self.event(case, type="comment", text="?")
            self.event(case, type="paid", amount=1, date="2026-10-02")

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.figures(look=False)
            return self.env.cr.sql_log_count - before

        # An environment asks for the user's time zone once; this one stays.
        kept = self.env["amili.desk"].with_user(self.clerk)
        self.assertTrue(kept.env.tz)
        add("on_hold")
        count()
        one = count()
        for stage in ("on_hold", "reminder_sent", "legal_collection"):
            add(stage)
        count()
        self.assertLessEqual(count(), one)
