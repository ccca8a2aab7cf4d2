from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import AmiliCommon


@tagged("post_install", "-at_install")
class TestAssignments(AmiliCommon):
    """What lists, cards and sums show of cases."""

    def case(self, **values):
        case = self.hand_over(self.invoice(values.pop("partner", None)))
        case.sudo().write(values)
        case.flush_recordset()
        return case.with_user(self.clerk)

    def event(self, case, **values):
        events = self.env["amili.assignment.event"].sudo()
        return events.create(
            {
                "assignment_id": case.id,
                "direction": "inbound",
                "type": "comment",
                "currency_id": self.euro.id,
                **values,
            }
        )

    def filtered_by(self, name):
        """Return the cases that a filter of the search view shows."""
        cases = self.env["amili.assignment"].with_user(self.clerk)
        view = self.env.ref("amili_perinta.amili_assignment_view_search")
        [node] = etree.fromstring(view.arch).xpath(f"//filter[@name='{name}']")
        return cases.search(safe_eval(node.get("domain"), {"uid": self.clerk.id}))

    def test_days_since_the_hand_over(self):
        case = self.case()
        self.assertEqual(case.days_since_sent, 0, "not handed over yet")
        # In Helsinki that was on the first of October.
        case.sudo().sent_at = "2026-09-30 21:30:00"
        self.assertEqual(case.days_since_sent, 19)
        case.sudo().closed_at = "2026-10-11 09:00:00"
        self.assertEqual(case.days_since_sent, 10, "until it ended")

    def test_columns_stand_in_the_order_of_a_case(self):
        for state in ("rejected", "closed", "active", "queued"):
            self.case(state=state)
        groups = (
            self.env["amili.assignment"]
            .with_user(self.clerk)
            .with_context(read_group_expand=True)
            .web_read_group([], ["state"], ["__count"])["groups"]
        )
        self.assertEqual(
            [group["state"] for group in groups],
            ["queued", "active", "closed", "rejected"],
        )

    def test_average_counts_paid_cases_only(self):
        for result, days in (("paid", 10), ("partly_paid", 20), (False, 0)):
            self.case(state="closed", result=result).sudo().days_to_payment = days
        self.case(state="closed", result="credit_loss")
        [[average]] = (
            self.env["amili.assignment"]
            .with_user(self.clerk)
            ._read_group([], [], ["days_to_payment:avg"])
        )
        self.assertEqual(average, 15)

    def test_filter_for_attention(self):
        fine = self.case(state="active")
        refused_event = self.case(state="active")
        self.event(refused_event, state="failed", direction="outbound", type="paid")
        troubled = self.case(state="active", error_message="Maventa is not there.")
        rejected = self.case(state="rejected", error_message="Wrong address.")
        sent_again = self.case(state="rejected", error_message="Wrong address.")
        again = self.hand_over(sent_again.move_id)
        found = self.filtered_by("attention")
        self.assertEqual(found, rejected + troubled + refused_event)
        self.assertFalse(found & (fine + again + sent_again))

    def test_filter_for_questions(self):
        asked, answered, wrote = (self.case(state="active") for _n in range(3))
        self.event(asked, text="Onko tämä maksettu?")
        self.event(answered, text="Onko?", seen_at="2026-10-19 10:00:00")
        self.event(wrote, text="On.", direction="outbound")
        self.assertEqual(self.filtered_by("question"), asked)

    def test_filter_for_payouts_that_have_not_come(self):
        """However the case ended."""
        ended = {"closed_at": "2026-10-11 10:00:00"}
        waiting, withdrawn, came, direct, live = (
            self.case(state=state, result=result, **values)
            for state, result, values in (
                ("closed", "paid", ended),
                ("withdrawn", "withdrawn", ended),
                ("closed", "paid", ended),
                ("closed", "paid", ended),
                ("active", False, {}),
            )
        )
        for case in (waiting, withdrawn, came, live):
            self.event(case, type="paid", amount=1240, date="2026-10-10")
        self.event(came, type="payout", amount=1200, date="2026-10-12")
        self.event(
            direct, type="paid", amount=1240, date="2026-10-10", direction="outbound"
        )
        self.assertEqual(self.filtered_by("no_payout"), waiting + withdrawn)

    def test_other_filters(self):
        paid = self.case(state="closed", result="paid", sent_at="2026-08-02 09:00:00")
        lost = self.case(state="closed", result="credit_loss")
        part = self.case(state="closed", result="partly_paid")
        withdrawn = self.case(state="withdrawn", result="withdrawn")
        live = self.case(state="active", sent_at="2026-10-01 09:00:00")
        others = self.case(state="queued", user_id=self.manager.id)
        for name, expected in {
            "mine": live + withdrawn + part + lost + paid,
            "active": live,
            "waiting": others,
            "paid": paid,
            "credit_loss": lost,
            "partly_paid": part,
            "withdrawn": withdrawn,
            "was_sent": live + paid,
            "this_month": live,
        }.items():
            with self.subTest(filter=name):
                self.assertEqual(self.filtered_by(name), expected)

    def test_list_of_questions_leads_to_the_case(self):
        case = self.case(state="active")
        asked = self.event(case, text="Onko tämä maksettu?").with_user(self.clerk)
        self.event(case, type="paid", amount=5)
        action = self.env.ref("amili_perinta.amili_assignment_event_action_questions")
        found = asked.search(literal_eval(action.domain))
        self.assertEqual(found, asked)
        self.assertEqual(found.partner_id, self.business)
        opened = found.action_open_assignment()
        self.assertEqual((opened["res_model"], opened["res_id"]), (case._name, case.id))

    def test_who_has_which_menu(self):
        def menus(user):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            names = (
                *("desk", "candidate", "assignment", "questions"),
                *("analysis", "settings"),
            )
            ids = {n: self.ref(f"amili_perinta.menu_amili_{n}") for n in names}
            return {name for name, menu in ids.items() if menu in visible}

        everyday = {"desk", "assignment", "questions", "analysis"}
        reader = self.new_user("reader", "account.group_account_readonly")
        employee = self.new_user("employee", "base.group_user")
        self.assertEqual(menus(self.clerk), {"candidate", *everyday})
        self.assertEqual(menus(self.outsider), everyday)
        self.assertEqual(menus(reader), everyday)
        self.assertFalse(menus(employee))


@tagged("post_install", "-at_install")
class TestCustomer(AmiliCommon):
    """The customer's form tells what is at Amili."""

    def test_live_cases_and_what_is_open(self):
        contact = self.env["res.partner"].create(
            {"name": "Pekka Perustyö", "parent_id": self.business.id}
        )
        moves = self.invoice() + self.invoice(contact) + self.invoice()
        cases = self.hand_over(moves)
        cases.sudo().write({"state": "active", "open_amount": 100.5})
        cases[0].sudo().write({"state": "closed", "open_amount": 30})
        for partner in self.business + contact:
            self.assertRecordValues(
                partner.with_user(self.clerk),
                [
                    {
                        "amili_assignment_count": 3,
                        "amili_live_count": 2,
                        "amili_open_amount": 201.0,
                        "amili_currency_id": self.euro.id,
                    }
                ],
            )
        self.assertFalse(self.person.with_user(self.clerk).amili_assignment_count)

    def test_one_query_for_many(self):
        partners = self.business + self.person
        self.hand_over(self.invoice() + self.invoice(self.person))
        partners = partners.with_user(self.clerk)
        partners.mapped("amili_live_count")
        names = [name for name in partners._fields if name.startswith("amili_")]
        partners.invalidate_recordset(names)
        with self.assertQueryCount(1):
            partners.mapped("amili_live_count")

    def test_cases_of_another_company_are_not_told(self):
        other = self.setup_other_company(name="Toinen Yritys Oy")["company"]
        self.connect(other)
        self.clerk.company_ids += other
        move = self.invoice(company=other, known=False)
        move.maventa_invoice_id = "99999999-0000-4000-8000-000000000001"
        self.hand_over(move)
        partner = self.business.with_user(self.clerk)
        for company, count in ((self.company, 0), (other, 1)):
            here = partner.with_context(allowed_company_ids=company.ids)
            self.assertEqual(here.amili_live_count, count)

    def test_who_has_no_part_in_accounting(self):
        employee = self.new_user("employee", "base.group_user")
        partner = self.business.with_user(employee)
        self.assertRaises(AccessError, lambda: partner.amili_open_amount)
        arch = partner.get_view(view_type="form")["arch"]
        self.assertNotIn('name="amili_', arch)
