"""An open case that was made elsewhere and nobody has decided on stops a hand-over."""

from odoo.tests import tagged

from ..adopt_case import AdoptCase

OTHER = {
    "client_id": "22222222-2222-4222-8222-222222222222",
    "client_secret": "other-secret",
    "vendor_api_key": "other-vendor",
}


@tagged("post_install", "-at_install")
class TestElsewhere(AdoptCase):
    def assertStopped(self, move, is_stopped=True):
        alerts = move._amili_get_alerts()[move.id]
        self.assertEqual("case_elsewhere" in alerts, is_stopped, dict(alerts))

    def test_found_while_on_the_queue_it_is_not_sent(self):
        move = self.invoice()
        self.hand_over(move)
        self.elsewhere(move)
        self.assertEqual(self.look().state, "live")
        self.run_queue()
        self.assertFalse(self.posts())
        self.assertEqual(move.amili_state, "cancelled")
        self.assertTold(move, "adopts or ignores it")

    def test_by_an_id_that_was_entered_after_the_look(self):
        move = self.invoice()
        maventa_id = self.forget_id(move)
        # By nothing but its ID can it be known.
        self.sandbox.control("invoices", {"id": maventa_id, "number": "MUU/77"})
        self.sandbox.control("cases", {"invoice_ids": [maventa_id]})
        self.assertFalse(self.look().move_id)
        move.maventa_invoice_id = maventa_id.upper()
        self.assertStopped(move)

    def test_whatever_the_last_look_made_of_it(self):
        move = self.invoice()
        self.elsewhere(move)
        found = self.look().sudo()
        for state in ("ready", "ambiguous", "differs", "not_found", "live", "unfit"):
            found.state = state
            self.assertStopped(move)
        for state in ("ignored", "adopted"):
            found.state = state
            self.assertStopped(move, False)

    def test_what_has_ended_or_is_ours_stops_nothing(self):
        move = self.invoice()
        self.elsewhere(move)
        found = self.look().sudo()
        found.is_closed = True
        self.assertStopped(move, False)
        found.is_closed = False
        own = self.hand_over(self.invoice()).sudo()
        own.remote_id = found.remote_id
        self.assertStopped(move, False)

    def test_a_case_in_an_account_that_was_left_stops_nothing(self):
        move = self.invoice()
        self.elsewhere(move)
        self.look()
        self.connect(self.company, **OTHER)
        self.assertStopped(move, False)
        self.connect(self.company)
        self.assertStopped(move)

    def test_of_two_companies_with_the_same_keys_none_is_elsewhere(self):
        """Both see one list; what the other has handed over is the other's."""
        other = self.setup_other_company(name="Toinen Oy")["company"]
        self.connect(other)
        move = self.invoice()
        self.activate(move)
        waiting = self.invoice()
        self.send(waiting)
        self.assertTrue(self.case_of(waiting).state == "pending")
        found = self.found_cases.sudo()
        other.sudo().amili_find_wanted = True
        self.run_cron("find_cases")
        self.assertTrue(other.sudo().amili_found_at)
        self.assertFalse(found.search([("company_id", "=", other.id)]))

    # Two companies with the same keys: one list at Maventa ---------------------------

    def share_keys(self):
        """Return another company with the keys of the first, and who manages it."""
        other = self.setup_other_company(name="Toinen Oy")["company"]
        self.connect(other)
        boss = self.new_user(
            "their_boss",
            "amili_perinta.group_amili_manager",
            companies=self.company + other,
        )
        other.sudo().amili_responsible_user_id = boss
        return other, boss

    def listed(self, company):
        return self.found_cases.sudo().search([("company_id", "=", company.id)])

    def look_as(self, company):
        company.sudo().amili_find_wanted = True
        self.run_cron("find_cases")
        return self.listed(company)

    def test_a_case_of_the_other_is_the_others_to_decide(self):
        other, _boss = self.share_keys()
        move = self.invoice()
        self.elsewhere(move)
        theirs = self.look_as(other)
        self.assertEqual(theirs.state, "same_account")
        self.assertFalse(theirs.move_id)
        self.assertIn("nothing has to be done", theirs.problem)
        self.assertNotIn(self.company.name, theirs.problem)
        self.assertFalse(theirs.activity_ids)
        self.later(days=30)
        self.run_cron("deadlines")
        self.assertFalse(theirs.activity_ids, "nobody there has to decide")

    def test_whose_invoice_it_is_hears_of_it_without_looking(self):
        other, _boss = self.share_keys()
        move = self.invoice()
        self.elsewhere(move)
        self.look_as(other)
        ours = self.listed(self.company)
        self.assertEqual((ours.state, ours.move_id), ("ready", move))
        self.assertIn("new cases", ours.activity_ids.note)
        self.assertStopped(move)
        self.assertIn(ours, self.found(), "it stands in the list that is opened")
        self.look_as(other)
        self.look()
        self.assertEqual(len(self.listed(self.company)), 1, "one")
        ours.with_user(self.manager).action_adopt()
        self.assertEqual(move.amili_state, "active")
        self.assertFalse(self.look_as(other), "it is the other's own by now")

    def test_by_number_date_and_sum_as_well(self):
        other, boss = self.share_keys()
        theirs = self.invoice(company=other)
        self.sandbox.add_invoice(theirs)
        self.elsewhere(theirs)
        self.forget_id(theirs)
        ours = self.look()
        self.assertEqual(ours.state, "same_account")
        case = self.listed(other)
        self.assertEqual((case.state, case.move_id), ("ready", theirs))
        self.assertEqual(case.activity_ids.user_id, boss)

    def test_what_the_other_has_ignored_is_not_brought_back(self):
        other, _boss = self.share_keys()
        move = self.invoice()
        self.elsewhere(move)
        ours = self.look()
        ours.action_ignore()
        self.look_as(other)
        self.assertEqual(self.listed(self.company), ours.sudo())
        self.assertEqual(ours.state, "ignored")

    def test_with_other_keys_it_is_asked_why_it_is_there(self):
        other = self.setup_other_company(name="Toinen Oy")["company"]
        self.connect(other, **OTHER)
        theirs = self.invoice(company=other)
        self.elsewhere(theirs)
        ours = self.look()
        self.assertEqual(ours.state, "other_company")
        self.assertIn("ask Maventa", ours.problem)
        self.assertFalse(self.listed(other))

    def case_of(self, move):
        return move.sudo().amili_assignment_id
