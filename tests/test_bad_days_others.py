"""Bad days of others: of another company, and of who only invoices."""

from odoo.tests import Form, tagged

from ..maventa import connection
from .books_case import BooksCase
from .common import OTHER
from .sandbox_process import DEFAULT_COMPANY


@tagged("post_install", "-at_install")
class TestCompanies(BooksCase):
    """Reports of two companies in one database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.connect(cls.other, **OTHER)
        cls.both = cls.new_user(
            "both", "amili_perinta.group_amili_user", companies=cls.company + cls.other
        )

    def setUp(self):
        super().setUp()
        their_company = {**OTHER, "name": "Toinen Oy", "bid": "0112038-9"}
        self.sandbox.control("companies", their_company)
        self.ours = self.active()
        self.theirs = self.invoice(company=self.other, known=False)
        self.theirs.maventa_invoice_id = "99999999-0000-4000-8000-000000000001"
        self.sandbox.add_invoice(self.theirs, client_id=OTHER["client_id"])
        self.wizard(self.theirs, self.both).with_context(
            allowed_company_ids=self.other.ids
        ).action_transfer()
        self.run_queue()
        self.sandbox.amili(self.theirs, "accept")
        self.make_due(self.theirs.amili_assignment_id)
        self.run_cron("poll_transfers")
        self.assertEqual(self.theirs.amili_state, "active")
        for move in (self.ours, self.theirs):
            self.payment_of(move, 100)
        self.sandbox.clear_log()

    def payment_of(self, move, amount):
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", move.company_id.id)], limit=1
        )
        return self.payment(move, amount, journal_id=bank.id)

    def test_each_with_its_own_keys(self):
        self.run_queue()
        for move, keys in ((self.ours, DEFAULT_COMPANY), (self.theirs, OTHER)):
            self.assertEqual(self.amounts(move), [100])
            case = self.case_of(move).remote_id
            [post] = self.sandbox.log("POST", f"{case}/events")
            self.assertEqual(post["client_id"], keys["client_id"])

    def test_wrong_keys_of_one_do_not_stop_the_other(self):
        for broken, fine in ((self.company, self.theirs), (self.other, self.ours)):
            with self.subTest(broken.name):
                self.connect(self.company)
                self.connect(self.other, **OTHER)
                self.connect(broken, client_secret="wrong")
                connection._TOKENS = connection.TokenCache()
                self.payment_of(fine, 10)
                self.run_queue()
                self.assertIn(10, self.amounts(fine))

    def test_wrong_keys_of_one_hold_up_its_own_reports(self):
        self.connect(self.other, client_secret="wrong")
        connection._TOKENS = connection.TokenCache()
        self.run_queue()
        self.assertEqual(self.amounts(self.ours), [100])
        self.assertEqual(self.amounts(self.theirs), [])
        self.assertEqual(self.report_of(self.theirs).state, "queued")

    def test_a_failure_of_one_does_not_stop_the_other(self):
        connect = type(self.company)._amili_client

        def fail(company, **options):
            if company == self.company:
                raise ZeroDivisionError
            return connect(company, **options)

        self.patch(type(self.company), "_amili_client", fail)
        with self.assertLogs("odoo.addons.amili_perinta", "ERROR"):
            self.run_queue()
        self.assertEqual(self.amounts(self.theirs), [100])
        self.assertEqual(self.report_of(self.ours).state, "queued")


@tagged("post_install", "-at_install")
class TestAccountingGoesOn(BooksCase):
    """Who invoices and knows nothing of Amili is never stopped by this addon."""

    def work(self, move):
        """Pay in part, undo, pay again, credit and undo, as ``outsider``."""
        move = move.with_user(self.outsider).sudo(False)
        register = self.env["account.payment.register"].with_user(self.outsider)
        for amount in (100, 100, 40):
            register.with_context(
                active_model="account.move", active_ids=move.ids
            ).create({"amount": amount})._create_payments()
            self.assertEqual(move.amount_residual, 1240 - amount)
            move.line_ids.remove_move_reconcile()
            self.assertEqual(move.amount_residual, 1240)
        with Form(
            self.env["account.move.reversal"]
            .with_user(self.outsider)
            .with_context(active_model="account.move", active_ids=move.ids)
        ) as form:
            form.reason = "Hyvitys"
        refund = self.env["account.move"].browse(form.save().refund_moves()["res_id"])
        refund = refund.with_user(self.outsider)
        # Odoo reconciles it with the invoice.
        refund.action_post()
        self.assertEqual(move.amount_residual, 0)
        move.line_ids.remove_move_reconcile()
        self.assertEqual(move.amount_residual, 1240)

    def test_in_any_state_of_the_case(self):
        move = self.active()
        case = self.case_of(move)
        for state in dict(case._fields["state"].selection):
            with self.subTest(state):
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE amili_assignment SET state = %s WHERE id = %s",
                    [state, case.id],
                )
                self.env.invalidate_all()
                self.env.add_to_compute(move._fields["amili_state"], move)
                self.env.add_to_compute(move._fields["amili_assignment_id"], move)
                self.assertEqual(move.amili_state, state)
                self.work(move)

    def test_without_keys(self):
        move = self.active()
        self.connect(self.company, client_id=False, client_secret=False)
        self.work(move)
        self.run_queue()

    def test_while_maventa_is_down(self):
        move = self.active()
        self.env["ir.config_parameter"].set_param(
            "amili_perinta.sandbox_url", "http://127.0.0.1:9"
        )
        self.work(move)
        self.run_queue()
        self.work(move)

    def test_while_reports_are_in_any_state(self):
        move = self.active()
        for state in dict(self.report_of(move)._fields["state"].selection):
            with self.subTest(state):
                self.payment(move, 10)
                report = self.report_of(move)[-1:]
                report.flush_recordset()
                self.env.cr.execute(
                    "UPDATE amili_assignment_event SET state = %s WHERE id = %s",
                    [state, report.id],
                )
                self.env.invalidate_all()
                self.undo(move.with_user(self.outsider))
                self.assertEqual(move.amount_residual, 1240)
