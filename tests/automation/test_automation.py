from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.automation import res_company as automation
from ..common import AmiliCommon

PROPOSAL = "could be handed over"


class AutomationCase(AmiliCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user(
            "admin", "base.group_system,account.group_account_manager"
        )
        cls.responsible = cls.new_user("responsible", "amili_perinta.group_amili_user")
        cls.company.amili_responsible_user_id = cls.responsible

    def rule(self, mode="queue", company=None, **values):
        """Set the automation up as an administrator does."""
        (company or self.company).sudo().write(
            {
                "amili_auto_mode": mode,
                "amili_auto_days": 0,
                "amili_auto_amount": 0,
                "amili_auto_b2b": True,
                "amili_auto_b2c": True,
                **{f"amili_auto_{name}": value for name, value in values.items()},
            }
        )

    def run_rule(self):
        self.run_cron("automate")

    def trial(self, company=None):
        """Return the invoices that the dry run shows an administrator."""
        company = (company or self.company).with_user(self.admin)
        action = company.action_amili_auto_trial()
        self.assertEqual(action["res_model"], "amili.candidate")
        lines = self.env["amili.candidate"].with_user(self.admin)
        return lines.search([("is_trial", "=", True)]).move_id

    def assert_taken(self, taken, left=()):
        """The dry run shows what the rule then takes: these, and not the others."""
        others = self.env["account.move"].union(*left)
        before = {move: move.amili_assignment_ids for move in taken + others}
        self.assertEqual(self.trial(), taken)
        for move in taken + others:
            self.assertEqual(move.amili_assignment_ids, before[move], "nothing happens")
        self.run_rule()
        for move in taken:
            self.assertEqual(move.amili_state, "queued")
        for move in others:
            self.assertEqual(move.amili_assignment_ids, before[move])

    def proposal(self, moves):
        return moves.activity_ids.filtered(lambda a: PROPOSAL in a.summary)

    def proposals(self):
        return self.env["mail.activity"].search([("summary", "like", PROPOSAL)])


@tagged("post_install", "-at_install")
class TestRule(AutomationCase):
    """What the rule takes; the dry run shows the same and nothing else happens."""

    def test_off_unless_somebody_switches_it_on(self):
        move = self.invoice()
        self.assertEqual(self.company.sudo().amili_auto_mode, "off")
        self.run_rule()
        self.assertFalse(move.amili_assignment_ids)
        self.assertFalse(move.activity_ids)

    def test_days_past_due(self):
        self.rule(days=21)
        self.assert_taken(
            self.invoice(invoice_date_due="2026-09-29"),
            self.invoice(invoice_date_due="2026-09-30"),
        )

    def test_due_today_is_not_past_due(self):
        self.rule(days=0)
        self.assert_taken(
            self.invoice(invoice_date_due="2026-10-19"),
            self.invoice(invoice_date_due="2026-10-20"),
        )

    def test_limit_of_the_company_holds_as_well(self):
        self.company.amili_min_days_b2b = 60
        self.rule(days=7)
        self.assert_taken(self.invoice(self.person), self.invoice())

    def test_least_amount_is_what_is_open(self):
        self.rule(amount=50)
        paid_in_part = self.invoice(amount=100)
        self.pay(paid_in_part, 50.01)
        self.assert_taken(
            self.invoice(amount=50), self.invoice(amount=49.99) + paid_in_part
        )

    def test_receivables_types(self):
        kinds = ("b2b", "b2c", "b2b_rental", "b2c_rental")
        partners = [self.business, self.person]
        partners += [p.copy() for p in partners]
        # A code of another person than the one that was copied.
        partners[3].sudo().amili_personal_identity_code = "010594Y9021"
        moves = {}
        for kind, partner in zip(kinds, partners, strict=True):
            partner.amili_receivables_type = kind
            moves[kind] = self.invoice(partner)
        for kind in kinds:
            self.rule(**{other: other == kind for other in kinds})
            with self.subTest(kind=kind):
                self.assertEqual(self.trial(), moves[kind])

    def test_only_companies_unless_chosen(self):
        self.company.amili_auto_mode = "queue"
        self.assert_taken(self.invoice(), self.invoice(self.person))

    def test_what_stops_or_warns_is_left(self):
        self.rule()
        blocked = self.business.copy({"amili_collection_block": True})
        foreign = self.business.copy({"country_id": self.ref("base.se")})
        co_debtor = self.business.copy()
        self.env["amili.co.debtor"].sudo().create(
            {"debtor_id": co_debtor.id, "partner_id": self.person.id}
        )
        self.assert_taken(
            self.invoice(),
            self.invoice(known=False)
            + self.invoice(blocked)
            + self.invoice(foreign)
            + self.invoice(co_debtor)
            + self.invoice(amili_reminder_amount=20),
        )

    def test_what_was_handed_over_before_is_left(self):
        moves = [self.invoice() for _n in range(5)]
        cancelled, rejected, closed, withdrawn, live = moves
        for move in moves:
            self.hand_over(move)
        cancelled.amili_assignment_id.with_user(self.clerk).action_cancel()
        for move, state in (
            (rejected, "rejected"),
            (closed, "closed"),
            (withdrawn, "withdrawn"),
        ):
            move.amili_assignment_ids.sudo().state = state
        self.assertEqual(live.amili_state, "queued")
        self.rule()
        self.assert_taken(self.invoice(), self.env["account.move"].union(*moves))

    def test_dry_run_before_it_is_switched_on(self):
        move = self.invoice()
        self.rule("off")
        self.assertEqual(self.trial(), move)
        self.run_rule()
        self.assertFalse(move.amili_assignment_ids)

    def test_dry_run_forgets_the_last_one(self):
        self.rule("off")
        move = self.invoice()
        self.trial()
        self.pay(move)
        self.assertFalse(self.trial())

    def test_rule_needs_a_kind_of_receivable(self):
        with self.assertRaisesRegex(ValidationError, "at least one kind"):
            self.rule(b2b=False, b2c=False)
        self.rule("off", b2b=False, b2c=False)

    def test_only_administrators_set_it_up(self):
        accountant = self.new_user(
            "accountant",
            "account.group_account_manager,amili_perinta.group_amili_manager",
        )
        for user in (self.clerk, accountant):
            company = self.company.with_user(user)
            with self.subTest(user=user.login):
                self.assertRaises(
                    AccessError, company.write, {"amili_auto_mode": "queue"}
                )
                self.assertRaises(AccessError, company.read, ["amili_auto_mode"])
                with self.assertRaisesRegex(UserError, "Only an administrator"):
                    company.action_amili_auto_trial()

    def test_settings_try_what_was_entered(self):
        self.invoice(invoice_date_due="2026-10-01")
        older = self.invoice(invoice_date_due="2026-09-01")
        settings = self.env["res.config.settings"].with_user(self.admin)
        settings = settings.create({"amili_auto_days": 30})
        settings.action_amili_auto_trial()
        lines = self.env["amili.candidate"].with_user(self.admin).search([])
        self.assertEqual(lines.move_id, older)

    def test_candidates_and_dry_run_are_two_lists(self):
        self.rule("off", b2b=False)
        self.invoice()
        self.admin.group_ids += self.env.ref("amili_perinta.group_amili_user")
        candidates = self.env["amili.candidate"].with_user(self.admin)
        candidates.action_open()
        self.assertFalse(self.trial())
        self.assertEqual(len(candidates.search([])), 1)


@tagged("post_install", "-at_install")
class TestQueueing(AutomationCase):
    """By itself: on the queue, with the reason on each invoice."""

    def test_invoice_goes_out_and_says_why(self):
        self.rule(days=21, amount=50)
        move = self.invoice()
        self.run_rule()
        self.assertEqual(move.amili_state, "queued")
        reason = self.chatter(move)[-1]
        for words in ("by the rule", "21 days past due", "at least", "50.00"):
            self.assertIn(words, reason)
        self.run_cron("process_queue")
        self.assertEqual(move.amili_state, "pending")

    def test_terms_are_those_of_the_wizard(self):
        self.rule()
        move = self.invoice(
            self.person, amili_reminder_date="2026-10-01", amili_reminder_amount=5
        )
        twin = self.invoice(
            self.person, amili_reminder_date="2026-10-01", amili_reminder_amount=5
        )
        by_hand = self.hand_over(twin)
        self.run_rule()
        for name in (
            "collection_type",
            "receivables_type",
            "capital_amount",
            "reminder_amount",
            "reminder_date",
        ):
            self.assertEqual(move.amili_assignment_id[name], by_hand[name])

    def test_task_of_a_refusal_is_the_responsible_ones(self):
        self.rule()
        move = self.invoice()
        self.run_rule()
        self.run_cron("process_queue")
        self.sandbox.amili(move, "refuse", reason="Osoite puuttuu")
        self.make_due(move.amili_assignment_id)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "rejected")
        self.assertEqual(move.activity_ids.user_id, self.responsible)

    def test_second_run_does_nothing(self):
        self.rule()
        move = self.invoice()
        self.run_rule()
        lines = self.chatter(move)
        self.run_rule()
        self.assertEqual(len(move.amili_assignment_ids), 1)
        self.assertEqual(self.chatter(move), lines)

    def test_many_go_in_batches(self):
        self.rule()
        moves = self.env["account.move"].union(*(self.invoice() for _n in range(5)))
        with patch.object(automation, "BATCH_SIZE", 2):
            self.run_rule()
        self.assertEqual(set(moves.mapped("amili_state")), {"queued"})

    def test_invoice_that_somebody_sends_at_this_moment_is_left(self):
        self.rule()
        mine, theirs = self.invoice(), self.invoice()
        with patch.object(
            type(mine), "try_lock_for_update", lambda moves, **_kw: moves & mine
        ):
            self.run_rule()
        self.assertEqual(mine.amili_state, "queued")
        self.assertFalse(theirs.amili_state)


@tagged("post_install", "-at_install")
class TestProposing(AutomationCase):
    """One task with the list; nothing is sent."""

    def test_one_task_on_the_oldest_with_the_list(self):
        self.rule("propose")
        younger = self.invoice(amount=100)
        older = self.invoice(self.person, amount=200, invoice_date_due="2026-09-01")
        self.run_rule()
        [task] = self.proposals()
        self.assertEqual(task, self.proposal(older))
        self.assertEqual(task.user_id, self.responsible)
        self.assertEqual(str(task.date_deadline), "2026-10-20")
        for words in (older.name, younger.name, "Maija Malli", "300.00", "49 days"):
            self.assertIn(words, task.note)
        self.assertIn(f'data-oe-id="{older.id}"', task.note)
        self.assertIn("/odoo/amili-candidates", task.note)
        self.assertLess(task.note.index(older.name), task.note.index(younger.name))
        self.assertFalse((older + younger).amili_assignment_ids)

    def test_open_task_is_renewed_and_its_day_stays(self):
        self.rule("propose")
        first = self.invoice()
        self.run_rule()
        task = self.proposal(first)
        task.date_deadline = "2026-10-30"
        second = self.invoice()
        self.later(days=1)
        self.run_rule()
        self.assertEqual(self.proposals(), task)
        self.assertIn(second.name, task.note)
        self.assertEqual(str(task.date_deadline), "2026-10-30")

    def test_task_moves_on_when_its_invoice_is_sent(self):
        self.rule("propose")
        older = self.invoice(invoice_date_due="2026-09-01")
        younger = self.invoice()
        self.run_rule()
        self.hand_over(older)
        self.later(days=1)
        self.run_rule()
        [task] = self.proposals()
        self.assertEqual(task, self.proposal(younger))
        self.assertNotIn(older.name, task.note)

    def test_task_goes_when_nothing_is_left(self):
        self.rule("propose")
        self.run_rule()
        self.assertFalse(self.proposals())
        move = self.invoice()
        self.run_rule()
        self.assertTrue(self.proposals())
        self.pay(move)
        self.run_rule()
        self.assertFalse(self.proposals())

    def test_task_that_was_done_comes_back_the_next_day(self):
        self.rule("propose")
        move = self.invoice()
        self.run_rule()
        self.proposal(move).with_user(self.responsible).action_done()
        self.run_rule()
        self.assertFalse(self.proposals(), "once a day")
        self.later(days=1)
        self.run_rule()
        self.assertTrue(self.proposal(move))

    def test_long_list_is_cut_and_says_so(self):
        self.rule("propose")
        moves = [self.invoice() for _n in range(3)]
        with patch.object(automation, "LISTED", 2):
            self.run_rule()
        [task] = self.proposals()
        self.assertNotIn(moves[2].name, task.note)
        self.assertIn("and 1 more", task.note)
        self.assertIn("3,720.00", task.note)

    def test_names_are_no_html(self):
        self.rule("propose")
        self.invoice(self.business.copy({"name": "<script>alert(1)</script>"}))
        self.run_rule()
        self.assertNotIn("<script", self.proposals().note)
        self.assertIn("alert(1)", self.proposals().note)

    def test_responsible_person_who_has_left(self):
        self.rule("propose")
        self.responsible.active = False
        self.invoice()
        self.run_rule()
        self.assertEqual(self.proposals().user_id, self.env.ref("base.user_admin"))


@tagged("post_install", "-at_install")
class TestCompanies(AutomationCase):
    """Each company has a rule of its own, and its troubles to itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.connect(cls.other)
        cls.admin.company_ids += cls.other

    def setUp(self):
        super().setUp()
        self.ours = self.invoice()
        self.theirs = self.invoice(company=self.other, known=False)
        self.theirs.maventa_invoice_id = "99999999-0000-4000-8000-000000000001"

    def test_rule_of_one_company_is_not_the_others(self):
        self.rule(company=self.other)
        self.run_rule()
        self.assertFalse(self.ours.amili_state)
        self.assertEqual(self.theirs.amili_state, "queued")
        self.assertEqual(self.theirs.amili_assignment_id.company_id, self.other)

    def test_each_has_a_task_of_its_own(self):
        self.rule("propose")
        self.rule("propose", company=self.other)
        self.run_rule()
        for mine, others in ((self.ours, self.theirs), (self.theirs, self.ours)):
            task = self.proposal(mine)
            self.assertEqual(len(task), 1)
            self.assertNotIn(others.name, task.note.replace(mine.name, ""))

    def test_dry_run_shows_one_company(self):
        self.rule("off")
        self.rule("off", company=self.other)
        self.assertEqual(self.trial(), self.ours)

    def test_failure_of_one_does_not_stop_the_others(self):
        self.rule()
        self.rule(company=self.other)
        companies = type(self.company)
        works = companies._amili_auto_moves

        def fails_for_ours(company):
            if company == self.company:
                raise ValueError("broken")
            return works(company)

        with (
            patch.object(companies, "_amili_auto_moves", fails_for_ours),
            mute_logger("odoo.addons.amili_perinta.models.outbox.amili_cron_mixin"),
        ):
            self.run_rule()
        self.assertFalse(self.ours.amili_state)
        self.assertEqual(self.theirs.amili_state, "queued")
