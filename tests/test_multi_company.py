from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OTHER, AmiliCommon


@tagged("post_install", "-at_install")
class TestMultiCompany(AmiliCommon):
    """Two companies in one database, each with an account of its own at Maventa."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.connect(cls.other, **OTHER)
        cls.both = cls.new_user(
            "both", "amili_perinta.group_amili_user", companies=cls.company + cls.other
        )
        cls.their_clerk = cls.new_user(
            "their_clerk",
            "amili_perinta.group_amili_user",
            companies=cls.company + cls.other,
        )
        cls.their_clerk.write(
            {
                "company_id": cls.other.id,
                "company_ids": [Command.set(cls.other.ids)],
            }
        )

    def setUp(self):
        super().setUp()
        self.sandbox.control(
            "companies", {**OTHER, "name": "Toinen Oy", "bid": "0112038-9"}
        )
        self.ours = self.invoice()
        self.theirs = self.invoice(company=self.other, known=False)
        self.theirs.maventa_invoice_id = "99999999-0000-4000-8000-000000000001"
        self.sandbox.add_invoice(self.theirs, client_id=OTHER["client_id"])
        self.moves = self.ours + self.theirs

    def two_companies_wizard(self):
        return self.wizard(self.moves, self.both).with_context(
            allowed_company_ids=(self.company + self.other).ids
        )

    def queue_both(self):
        self.two_companies_wizard().action_transfer()
        return [move.amili_assignment_id for move in self.moves]

    def posts(self):
        """Return whose credentials came with the hand-overs, by invoice."""
        return {
            entry["path"].split("/")[3]: entry["client_id"]
            for entry in self.sandbox.log("POST", "/assignment/amili")
        }

    def test_one_wizard_hands_over_for_both_with_their_own_credentials(self):
        ours, theirs = self.queue_both()
        self.assertEqual(ours.company_id, self.company)
        self.assertEqual(theirs.company_id, self.other)
        self.run_cron("process_queue")
        self.assertEqual(self.moves.mapped("amili_state"), ["pending", "pending"])
        self.assertEqual(
            self.posts(),
            {
                self.ours.maventa_invoice_id: self.company.sudo().amili_client_id,
                self.theirs.maventa_invoice_id: OTHER["client_id"],
            },
        )

    def test_company_without_credentials_is_told_and_left_out(self):
        self.connect(self.other, client_id=False, client_secret=False)
        wizard = self.two_companies_wizard()
        stopped = wizard.line_ids.filtered(lambda line: line.level == "stopped")
        self.assertEqual(stopped.move_id, self.theirs)
        self.assertIn("Toinen Oy has no credentials", stopped.problem)
        wizard.action_transfer()
        self.run_cron("process_queue")
        self.assertEqual(self.ours.amili_state, "pending")
        self.assertFalse(self.theirs.amili_state)

    def test_credentials_that_went_after_confirming_hold_up_one_company(self):
        self.queue_both()
        self.connect(self.other, client_id=False)
        self.run_cron("process_queue")
        self.assertEqual(self.ours.amili_state, "pending")
        self.assertEqual(self.theirs.amili_state, "queued")
        self.assertIn(
            "credentials for Maventa are missing",
            self.theirs.amili_assignment_id.error_message,
        )

    def test_wrong_secret_of_one_company_holds_up_that_one(self):
        self.queue_both()
        self.connect(self.company, client_secret="wrong")
        self.run_cron("process_queue")
        self.assertEqual(self.ours.amili_state, "queued")
        self.assertEqual(self.theirs.amili_state, "pending")

    def test_failure_of_one_company_does_not_stop_the_other(self):
        self.queue_both()
        connect = type(self.company)._amili_client

        def fail(company, **options):
            if company == self.company:
                raise ZeroDivisionError
            return connect(company, **options)

        self.patch(type(self.company), "_amili_client", fail)
        with mute_logger("odoo.addons.amili_perinta"):
            self.run_cron("process_queue")
        self.assertNotEqual(self.ours.amili_state, "pending")
        self.assertEqual(self.theirs.amili_state, "pending")

    def test_each_company_follows_its_own_cases(self):
        ours, theirs = self.queue_both()
        self.run_cron("process_queue")
        for move in self.moves:
            self.sandbox.amili(move, "accept")
        self.make_due(ours + theirs)
        self.run_cron("poll_transfers")
        self.run_cron("sync_events")
        self.sandbox.amili(self.theirs, "close", result="paid")
        self.run_cron("sync_events")
        self.assertEqual(self.ours.amili_state, "active")
        self.assertEqual(self.theirs.amili_state, "closed")

    def test_clerk_of_one_company_sees_and_sends_for_that_one(self):
        self.queue_both()
        for user, own, other in (
            (self.clerk, self.ours, self.theirs),
            (self.their_clerk, self.theirs, self.ours),
        ):
            self.env.invalidate_all()
            cases = self.env["amili.assignment"].with_user(user).search([])
            with self.subTest(user=user.login):
                self.assertEqual(cases.move_id, own)
                with mute_logger("odoo.addons.base.models.ir_rule"):
                    self.assertRaises(AccessError, self.wizard, self.moves, user)
                    case = other.amili_assignment_id.with_user(user)
                    self.assertRaises(AccessError, case.action_cancel)

    def test_customer_of_both_counts_the_cases_of_the_own_company(self):
        self.queue_both()
        for user, count in ((self.clerk, 1), (self.their_clerk, 1), (self.both, 2)):
            self.env.invalidate_all()
            customer = self.business.with_user(user).with_context(
                allowed_company_ids=user.company_ids.ids
            )
            with self.subTest(user=user.login):
                self.assertEqual(customer.amili_assignment_count, count)

    def test_settings_are_apart(self):
        self.company.write({"amili_min_days_b2b": 100})
        wizard = self.two_companies_wizard()
        stopped = wizard.line_ids.filtered(lambda line: line.level == "stopped")
        self.assertEqual(stopped.move_id, self.ours)

    def test_maventa_id_may_stand_once_in_each_company(self):
        """Both sides of a sale between two companies have the same invoice."""
        mirror = self.invoice(company=self.other, known=False)
        mirror.maventa_invoice_id = self.ours.maventa_invoice_id
        mirror.flush_recordset()

    def test_look_up_asks_with_the_credentials_of_the_invoice(self):
        move = self.invoice(company=self.other, known=False)
        self.sandbox.add_invoice(move, id="99999999-0000-4000-8000-000000000002")
        look_up = move.with_user(self.their_clerk).action_amili_look_up
        with self.assertRaisesRegex(UserError, "no invoice numbered"):
            look_up()
        self.sandbox.add_invoice(
            move,
            id="99999999-0000-4000-8000-000000000003",
            client_id=OTHER["client_id"],
        )
        look_up()
        self.assertEqual(
            move.maventa_invoice_id, "99999999-0000-4000-8000-000000000003"
        )

    def test_credentials_of_one_are_not_those_of_the_other(self):
        settings = self.env["res.config.settings"].with_company(self.other).sudo()
        self.assertEqual(settings.create({}).amili_client_id, OTHER["client_id"])

    def test_money_of_one_company_is_no_sign_in_the_other(self):
        """Neither on a bank line nor as credit, where both are looked at together."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.other.id), ("type", "=", "bank")], limit=1
        )
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": "2026-10-19",
                "payment_ref": "Maksu",
                "partner_id": self.business.id,
                "amount": 1240,
            }
        )
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.business.id,
                "amount": 100,
                "journal_id": journal.id,
            }
        )
        payment.action_post()
        found = self.moves._amili_get_alerts()
        signs = {"unmatched_money", "open_credits"}
        self.assertEqual(signs & set(found[self.theirs.id]), signs)
        self.assertFalse(signs & set(found[self.ours.id]))
