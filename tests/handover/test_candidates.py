from ast import literal_eval
from datetime import date
from functools import partial
from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged

from ..common import AmiliCommon
from ..wizard_case import ManyInvoicesCase


class DeskCase(AmiliCommon):
    def open_candidates(self, user=None):
        """Open the menu as a clerk does; return what the list shows."""
        server_action = self.env.ref("amili_perinta.amili_candidate_action_open")
        action = server_action.with_user(user or self.clerk).run()
        return self.shown(action, user)

    def shown(self, action, user=None):
        domain = action["domain"]
        if isinstance(domain, str):
            domain = literal_eval(domain)
        candidates = self.env["amili.candidate"].with_user(user or self.clerk)
        return candidates.search(domain)

    def other_company(self):
        """Return a second company with credentials, for the clerk as well."""
        other = self.setup_other_company(name="Toinen Yritys Oy")["company"]
        other.partner_id.write({"country_id": self.finland.id})
        self.connect(other)
        self.clerk.company_ids += other
        return other

    def invoice_of(self, company):
        move = self.invoice(company=company, known=False)
        move.maventa_invoice_id = "99999999-0000-4000-8000-000000000001"
        return move


@tagged("post_install", "-at_install")
class TestCandidates(DeskCase):
    """Overdue invoices, each with what stands in its way."""

    def test_what_is_ready_stands_first_and_the_oldest_of_it(self):
        older = self.invoice(invoice_date_due="2026-09-02")
        stopped = self.invoice(known=False, invoice_date_due="2026-08-25")
        younger = self.invoice(invoice_date_due="2026-09-03")
        review = self.invoice(
            self.business.copy({"name": "Gamma AB", "country_id": self.ref("base.se")}),
            invoice_date_due="2026-08-26",
        )
        candidates = self.open_candidates()
        self.assertEqual(candidates.move_id, older + younger + review + stopped)
        self.assertEqual(
            candidates.mapped("level"), ["ready", "ready", "review", "stopped"]
        )
        self.assertFalse(candidates[0].problem)
        self.assertIn("Sweden", candidates[2].problem)
        self.assertIn("Maventa ID is missing", candidates[3].problem)

    def test_line_tells_what_a_clerk_needs(self):
        move = self.invoice(self.person)
        self.pay(move, 240.0)
        self.assertRecordValues(
            self.open_candidates(),
            [
                {
                    "move_id": move.id,
                    "company_id": self.company.id,
                    "partner_id": self.person.id,
                    "invoice_date_due": date(2026, 9, 3),
                    "days_late": 47,
                    "currency_id": self.euro.id,
                    "amount": 1000.0,
                    "receivables_type": "b2c",
                    "level": "ready",
                    "problem": "",
                    "remedy": False,
                }
            ],
        )

    def test_what_is_no_candidate(self):
        at_amili, paid, future, today = (
            self.invoice(),
            self.invoice(),
            self.invoice(invoice_date_due="2026-10-21"),
            self.invoice(invoice_date_due="2026-10-20"),
        )
        self.hand_over(at_amili)
        self.pay(paid)
        self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.business.id}
        )
        self.invoice(move_type="in_invoice", known=False)
        self.invoice(move_type="out_refund", known=False)
        self.assertFalse(self.open_candidates())
        self.assertFalse((future + today).mapped("amili_assignment_id"))

    def test_overdue_by_the_date_of_the_company(self):
        self.invoice(invoice_date_due="2026-10-20")
        self.clock.move_to("2026-10-20 20:59:00")
        self.assertFalse(self.open_candidates())
        # In Helsinki it is tomorrow already.
        self.clock.move_to("2026-10-20 21:01:00")
        self.assertEqual(self.open_candidates().days_late, 1)

    def test_customer_who_is_never_handed_over_is_stopped(self):
        self.invoice()
        self.business.write(
            {
                "amili_collection_block": True,
                "amili_collection_block_reason": "payment plan until March",
            }
        )
        candidate = self.open_candidates()
        self.assertEqual(candidate.level, "stopped")
        self.assertIn("payment plan until March", candidate.problem)
        self.assertEqual(candidate.remedy, "contact")
        action = candidate.action_fix()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", self.business.id)
        )

    def test_invoice_that_is_excluded_from_follow_up_is_stopped(self):
        move = self.invoice()
        move.payment_state = "blocked"
        candidate = self.open_candidates()
        self.assertEqual(candidate.level, "stopped")
        self.assertEqual(candidate.remedy, "invoice")
        action = candidate.action_fix()
        self.assertEqual((action["res_model"], action["res_id"]), (move._name, move.id))

    def test_liable_person_who_is_not_named_is_for_a_person_to_decide(self):
        move = self.invoice()
        self.env["amili.co.debtor"].with_user(self.clerk).create(
            {"debtor_id": self.business.id, "partner_id": self.person.id}
        )
        candidate = self.open_candidates()
        self.assertEqual(candidate.level, "review")
        self.assertIn("Maija Malli", candidate.problem)
        move.amili_co_debtor_partner_ids = self.person
        self.assertEqual(self.open_candidates().level, "ready")

    def test_stop_stands_before_a_remark(self):
        move = self.invoice(self.business.copy({"street": False}))
        move.sudo().maventa_invoice_undelivered = True
        candidate = self.open_candidates()
        self.assertEqual(candidate.level, "stopped")
        [first, second] = candidate.problem.split("\n")
        self.assertIn("street is missing", first)
        self.assertIn("not delivered", second)

    def test_each_opening_looks_anew(self):
        customer = self.business.copy({"street": False})
        self.invoice(customer)
        self.assertEqual(self.open_candidates().level, "stopped")
        customer.street = "Mannerheimintie 1"
        self.assertEqual(self.open_candidates().level, "ready")
        candidates = self.env["amili.candidate"].with_user(self.clerk)
        self.assertEqual(len(candidates.search([])), 1)

    def test_look_again_without_leaving_the_list(self):
        candidates = self.open_candidates()
        self.assertFalse(candidates)
        self.invoice()
        action = candidates.action_refresh()
        self.assertEqual(action["tag"], "soft_reload")
        self.assertEqual(len(candidates.search([])), 1)

    def test_what_was_sent_or_paid_since_disappears(self):
        stays, sent, paid = self.invoice(), self.invoice(), self.invoice()
        server_action = self.env.ref("amili_perinta.amili_candidate_action_open")
        action = server_action.with_user(self.clerk).run()
        self.hand_over(sent)
        self.pay(paid)
        self.assertEqual(self.shown(action).move_id, stays)

    def test_ticked_ones_go_to_the_wizard(self):
        moves = self.invoice() + self.invoice() + self.invoice(known=False)
        candidates = self.open_candidates()
        action = candidates[:2].action_send()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.move_id, moves[:2])
        self.assertFalse(any(moves.mapped("amili_state")), "nothing without asking")

    def test_all_that_are_ready_go_to_the_wizard(self):
        ready = self.invoice() + self.invoice()
        self.invoice(known=False)
        self.invoice(self.business.copy({"country_id": self.ref("base.se")}))
        sent = self.invoice()
        candidates = self.open_candidates()
        self.hand_over(sent)
        action = candidates.browse().action_send_all_ready()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.move_id, ready)

    def test_none_is_ready(self):
        self.invoice(known=False)
        candidates = self.open_candidates()
        with self.assertRaisesRegex(UserError, "No invoice is ready"):
            candidates.browse().action_send_all_ready()

    def test_missing_ids_are_looked_up_from_the_list(self):
        moves = self.invoice(known=False) + self.invoice(known=False) + self.invoice()
        candidates = self.open_candidates()
        self.assertEqual(
            candidates.mapped("remedy"), [False, "look_up", "look_up"], "ready first"
        )
        action = candidates.action_look_up()
        self.assertIn(": 2.", action["params"]["message"])
        self.assertEqual(moves.mapped("maventa_lookup_wanted"), [True, True, False])

    def test_overdue_instalments_are_listed_before_the_whole_can_go(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Three instalments",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((25, 10), (25, 20), (50, 90))
                ],
            }
        )
        terms = {"invoice_date_due": False, "invoice_payment_term_id": term.id}
        self.invoice(invoice_date="2026-10-10", **terms)  # due today is not overdue
        move = self.invoice(amount=1000.0, invoice_date="2026-09-25", **terms)
        candidate = self.open_candidates()
        self.assertEqual(candidate.move_id, move)
        self.assertEqual((candidate.amount, candidate.overdue_amount), (1000.0, 500.0))
        self.assertEqual(candidate.days_late, 15)
        self.assertEqual(candidate.level, "stopped")
        self.assertIn("Overdue of its instalments", candidate.problem)
        self.assertIn("500.00", candidate.problem)
        self.assertIn("12/25/2026", candidate.problem, "the day after the last one")
        self._register_payment(move, amount=500.0)
        self.assertFalse(self.open_candidates())

    def test_what_becomes_time_barred_is_found(self):
        soon = self.invoice(invoice_date_due="2023-11-01", invoice_date="2023-10-01")
        barred = self.invoice(invoice_date_due="2023-10-01", invoice_date="2023-10-01")
        later = self.invoice()
        lines = {line.move_id: line for line in self.open_candidates()}
        self.assertEqual(
            [str(lines[move].time_barred_on) for move in (soon, barred, later)],
            ["2026-11-02", "2026-10-02", "2029-09-04"],
        )
        self.assertEqual(lines[barred].level, "stopped")
        self.assertEqual(lines[barred].remedy, "invoice")
        view = self.env.ref("amili_perinta.amili_candidate_view_search")
        [found] = etree.fromstring(view.arch).xpath(
            "//filter[@name='time_barred_soon']/@domain"
        )
        candidates = self.env["amili.candidate"].with_user(self.clerk)
        self.assertEqual(candidates.search(literal_eval(found)).move_id, soon)

    def test_row_opens_the_invoice(self):
        move = self.invoice()
        action = self.open_candidates().action_open_invoice()
        self.assertEqual((action["res_model"], action["res_id"]), (move._name, move.id))

    def test_every_company_of_the_user(self):
        mine = self.invoice()
        theirs = self.invoice_of(self.other_company())
        self.open_candidates()
        candidates = self.env["amili.candidate"].with_user(self.clerk)
        both = candidates.with_context(
            allowed_company_ids=(mine + theirs).company_id.ids
        )
        self.assertEqual(both.search([]).move_id, mine + theirs)
        for move in (mine, theirs):
            one = candidates.with_context(allowed_company_ids=move.company_id.ids)
            self.assertEqual(one.search([]).move_id, move)


@tagged("post_install", "-at_install")
class TestCandidatesOfOthers(DeskCase):
    """Who may hand over sees lines: their own, and only what the addon wrote."""

    def test_two_clerks_do_not_disturb_each_other(self):
        self.invoice()
        mine = self.open_candidates()
        theirs = self.open_candidates(self.manager)
        self.assertTrue(mine.exists())
        self.assertNotEqual(mine, theirs)
        for user, line in ((self.clerk, theirs), (self.manager, mine)):
            line = line.with_user(user)
            self.assertNotIn(line, line.search([]))
            self.assertRaises(AccessError, line.read, ["problem"])

    def test_who_may_not_hand_over_sees_none(self):
        self.invoice()
        line = self.open_candidates()
        candidates = self.env["amili.candidate"]
        for groups in (
            "account.group_account_invoice",
            "account.group_account_readonly",
            "base.group_user",
            "base.group_portal",
        ):
            user = self.new_user(groups.replace(".", "_"), groups)
            with self.subTest(groups=groups):
                for work in (
                    candidates.with_user(user).action_open,
                    candidates.with_user(user).action_refresh,
                    partial(candidates.with_user(user).search, []),
                    partial(line.with_user(user).read, ["move_id"]),
                    line.with_user(user).action_send,
                    line.with_user(user).action_look_up,
                    line.with_user(user).action_fix,
                    candidates.with_user(user).action_send_all_ready,
                ):
                    # A refusal of access is one of these.
                    self.assertRaises(UserError, work)

    def test_lines_are_written_by_the_addon_only(self):
        self.invoice()
        line = self.open_candidates()
        values = {"move_id": line.move_id.id, "company_id": self.company.id}
        for work in (
            lambda: line.create({**values, "level": "ready"}),
            lambda: line.write({"level": "stopped"}),
            line.unlink,
        ):
            self.assertRaises(AccessError, work)

    def test_company_of_others(self):
        other = self.setup_other_company(name="Vieras Yritys Oy")["company"]
        move = self.invoice_of(other)
        self.assertNotIn(move, self.open_candidates().move_id)


@tagged("post_install", "-at_install")
class TestManyCandidates(ManyInvoicesCase):
    """Opening the list asks the database for all at once, not for each."""

    def test_opening_the_candidates(self):
        def work(moves):
            with patch.object(
                type(moves),
                "_amili_overdue_domain",
                lambda _self, _companies: Domain("id", "in", moves.ids),
            ):
                self.env["amili.candidate"].with_user(self.clerk).action_open()

        # Odoo writes new lines by the hundred.
        self.assert_flat(work, 0.05)
