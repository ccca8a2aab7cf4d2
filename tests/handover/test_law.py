"""What the law lets nobody collect or charge: old and disputed debts, reminders.

Each stop and warning names its rule. The table in the README has the sources.
"""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..checks_case import INVOICE, TODAY, ChecksCommon
from ..common import AmiliCommon
from ..upload_case import UploadCase

LIMITATION_ACT, COLLECTION_ACT = "728/2003", "Debt Collection Act"


def years_ago(years, days=0):
    return TODAY.replace(year=TODAY.year - years) + timedelta(days)


@tagged("post_install", "-at_install")
class TestReminders(ChecksCommon):
    """A consumer is reminded after the due date, and pays for it 14 days later."""

    def test_consumer_goes_to_collection_fourteen_days_after_a_reminder(self):
        for date, is_stopped in (
            (False, True),
            (TODAY - timedelta(13), True),
            (TODAY - timedelta(14), False),
        ):
            for kind in ("b2c", "b2c_rental"):
                move = self.invoice(self.person, amili_reminder_date=date)
                terms = {"collection_type": "collection", "receivables_type": kind}
                with self.subTest(date=date, kind=kind):
                    if is_stopped:
                        self.assert_one(
                            move, "reminder_missing", "danger", INVOICE, **terms
                        )
                    else:
                        self.assert_alerts(move, {}, **terms)

    def test_company_and_reminders_first_need_no_own_reminder(self):
        self.assert_alerts(self.invoice(), {}, collection_type="collection")
        self.assert_alerts(
            self.invoice(self.person), {}, collection_type="reminder_and_collection"
        )

    def test_fee_above_the_limit_only_warns(self):
        for partner, kind, limit in (
            (self.person, "b2c", 5.0),
            (self.person, "b2c_rental", 5.0),
            (self.business, "b2b", 12.0),
            (self.business, "b2b_rental", 12.0),
        ):
            move = self.invoice(partner)
            with self.subTest(kind=kind):
                self.assert_alerts(
                    move, {}, receivables_type=kind, reminder_amount=limit
                )
                self.assert_one(
                    move,
                    "reminder_fee_high",
                    "warning",
                    INVOICE,
                    receivables_type=kind,
                    reminder_amount=limit + 0.01,
                )

    def test_reminder_of_a_dunning_addon_counts(self):
        class_of_moves = self.env.registry["account.move"]
        self.patch(
            class_of_moves,
            "_amili_get_reminder",
            lambda move: (TODAY - timedelta(20), 5.0),
        )
        self.assert_alerts(self.invoice(self.person), {}, collection_type="collection")

    def test_reminder_before_the_due_date_does_not_count_for_a_consumer(self):
        for reminded, is_counted in (
            ("2026-09-02", False),
            ("2026-09-03", False),
            ("2026-09-04", True),
        ):
            for partner in (self.person, self.business):
                for way in ("collection", "reminder_and_collection"):
                    move = self.invoice(partner, amili_reminder_date=reminded)
                    with self.subTest(partner=partner.name, day=reminded, way=way):
                        if is_counted or partner == self.business:
                            self.assert_alerts(move, {}, collection_type=way)
                            continue
                        alert = self.assert_one(
                            move,
                            "reminder_too_early",
                            "danger" if way == "collection" else "warning",
                            INVOICE,
                            collection_type=way,
                        )
                        self.assertIn(COLLECTION_ACT, alert["message"])

    def test_fee_of_a_consumer_within_two_weeks_of_the_due_date_warns(self):
        for day, is_early in (("2026-09-16", True), ("2026-09-17", False)):
            for partner in (self.person, self.business):
                move = self.invoice(partner, amili_reminder_date=day)
                self.assert_alerts(move, {}, reminder_amount=0.0)
                with self.subTest(partner=partner.name, day=day):
                    if is_early and partner == self.person:
                        alert = self.assert_one(
                            move,
                            "reminder_fee_early",
                            "warning",
                            INVOICE,
                            reminder_amount=5.0,
                        )
                        self.assertIn(COLLECTION_ACT, alert["message"])
                    else:
                        self.assert_alerts(move, {}, reminder_amount=5.0)

    def test_fee_of_a_second_reminder_soon_after_the_first_warns(self):
        for partner, days in ((self.person, 14), (self.business, 10)):
            for after, is_early in ((days - 1, True), (days, False)):
                last = TODAY - timedelta(2)
                move = self.invoice(
                    partner,
                    amili_earlier_reminder_date=last - timedelta(after),
                    amili_reminder_date=last,
                    amili_reminder_amount=5.0,
                )
                with self.subTest(partner=partner.name, after=after):
                    if is_early:
                        self.assert_one(move, "reminder_fee_early", "warning", INVOICE)
                    else:
                        self.assert_alerts(move, {})

    def test_reminder_before_the_due_date_does_not_bring_the_fee_forward(self):
        move = self.invoice(
            self.person,
            amili_earlier_reminder_date="2026-09-01",
            amili_reminder_date="2026-09-16",
        )
        self.assert_one(
            move, "reminder_fee_early", "warning", INVOICE, reminder_amount=5.0
        )

    def test_two_reminders_may_cost_twice_as_much(self):
        move = self.invoice(
            amili_earlier_reminder_date="2026-09-10", amili_reminder_date="2026-10-01"
        )
        self.assert_alerts(move, {}, reminder_amount=24.0)
        self.assert_one(
            move, "reminder_fee_high", "warning", INVOICE, reminder_amount=24.01
        )

    def test_help_of_the_fee_says_what_is_not_claimed_beside_it(self):
        for model, name in (
            ("account.move", "amili_reminder_amount"),
            ("amili.transfer.wizard", "reminder_amount"),
            ("amili.transfer.wizard.line", "reminder_amount"),
        ):
            with self.subTest(model=model):
                field = self.env[model].with_user(self.clerk).fields_get([name])[name]
                self.assertIn("40 EUR", field["help"])
                self.assertIn(f"{COLLECTION_ACT}, section 10 e", field["help"])

    def test_reminder_that_a_later_one_follows_stays_known(self):
        move = self.invoice(amili_reminder_date="2026-10-01").with_user(self.clerk)
        move.amili_reminder_date = "2026-10-08"
        self.assertEqual(str(move.amili_earlier_reminder_date), "2026-10-01")
        self.assert_one(
            move, "reminder_fee_early", "warning", INVOICE, reminder_amount=12.0
        )
        move.amili_reminder_date = "2026-10-07"
        self.assertEqual(
            str(move.amili_earlier_reminder_date), "2026-10-01", "it was corrected"
        )

    def test_second_reminder_entered_in_the_window(self):
        move = self.invoice(amili_reminder_date="2026-10-01")
        terms = {"reminder_date": TODAY - timedelta(15), "reminder_amount": 12.0}
        self.assert_one(move, "reminder_fee_early", "warning", INVOICE, **terms)


@tagged("post_install", "-at_install")
class TestLimitation(ChecksCommon):
    """What is time-barred nobody may collect, and what will be is seen in time."""

    def old(self, due, partner=None, **values):
        return self.invoice(partner, invoice_date=due, invoice_date_due=due, **values)

    def assert_barred(self, move, **terms):
        alert = self.assert_one(move, "time_barred", "danger", INVOICE, **terms)
        self.assertIn(LIMITATION_ACT, alert["message"])

    def test_three_years_from_the_due_date(self):
        for partner in (self.business, self.person):
            with self.subTest(partner=partner.name):
                self.assert_barred(self.old(years_ago(3, -1), partner))
                last_day = self.old(years_ago(3), partner)
                self.assert_one(last_day, "time_barred_soon", "warning", INVOICE)

    def test_people_are_warned_in_time(self):
        for days, is_soon in ((89, True), (90, False)):
            move = self.old(years_ago(3, days))
            with self.subTest(days=days):
                if is_soon:
                    alert = self.assert_one(move, "time_barred_soon", "warning")
                    self.assertIn(LIMITATION_ACT, alert["message"])
                else:
                    self.assert_alerts(move, {})

    def assert_one(self, move, code, level, mend=INVOICE, **terms):
        return super().assert_one(move, code, level, mend, **terms)

    def test_each_interruption_begins_the_years_anew(self):
        interrupted = years_ago(1)
        for how, values in {
            "reminder": {"amili_reminder_date": interrupted},
            "acknowledgement": {
                "amili_interruption_date": interrupted,
                "amili_interruption_reason": "Velallinen myönsi velan sähköpostissa",
            },
        }.items():
            with self.subTest(how=how):
                move = self.old(years_ago(3, -30), **values)
                self.assert_alerts(move, {})
                self.assertEqual(
                    move.with_user(self.clerk).amili_time_barred_on,
                    years_ago(-2, 1),
                )

    def test_payment_interrupts_and_a_credit_note_does_not(self):
        paid, credited = self.old(years_ago(3, -30)), self.old(years_ago(3, -30))
        self._register_payment(paid, amount=10.0, payment_date=years_ago(1))
        self.assert_alerts(paid, {})
        note = self._reverse_invoice(credited, post=False)
        note.invoice_date = years_ago(1)
        note.invoice_line_ids.price_unit = 10.0
        note.action_post()
        lines = (credited + note).line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        lines.filtered(lambda line: not line.reconciled).reconcile()
        self.assertEqual(credited.amount_residual, 1230.0)
        self.assert_barred(credited)

    def test_payment_of_a_day_to_come_does_not_interrupt(self):
        move = self.old(years_ago(3, -30))
        day = TODAY + timedelta(1)
        self._register_payment(move, amount=10.0, payment_date=day)
        self.assert_barred(move)

    def test_payment_that_is_a_draft_again_does_not_interrupt(self):
        move = self.old(years_ago(3, -30))
        self._register_payment(
            move, amount=10.0, payment_date=years_ago(1)
        ).action_draft()
        self.assert_alerts(move, {"draft_entry": "danger", "time_barred": "danger"})

    def test_entry_that_brought_no_money_does_not_interrupt(self):
        move = self.old(years_ago(3, -30))
        claim = move.line_ids.filtered(lambda x: x.display_type == "payment_term")
        loss = self.company_data["default_account_expense"]
        entry = self.env["account.move"].create(
            {
                "date": years_ago(1),
                "line_ids": [
                    Command.create({"account_id": loss.id, "debit": 10.0}),
                    Command.create(
                        {
                            "account_id": claim.account_id.id,
                            "partner_id": move.partner_id.id,
                            "credit": 10.0,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        (claim + entry.line_ids.filtered("credit")).reconcile()
        self.assertEqual(move.amount_residual, 1230.0)
        self.assert_barred(move)

    def test_reminder_entered_in_the_window_interrupts(self):
        move = self.old(years_ago(3, -30))
        self.assert_alerts(move, {}, reminder_date=years_ago(1))

    def test_three_years_without_a_sign_are_asked_about(self):
        move = self.old(years_ago(5), amili_reminder_date=years_ago(1))
        alert = self.assert_one(move, "time_barred_between", "warning")
        self.assertIn(LIMITATION_ACT, alert["message"])
        # What a person knows of that time answers it.
        self.interrupt(move, years_ago(3))
        self.assert_alerts(move, {})

    def test_sign_on_the_last_day_of_the_three_years_is_in_time(self):
        for days, is_in_time in ((0, True), (1, False)):
            move = self.old(years_ago(5), amili_reminder_date=years_ago(2, days))
            with self.subTest(days=days):
                if is_in_time:
                    self.assert_alerts(move, {})
                else:
                    self.assert_one(move, "time_barred_between", "warning")

    def test_reminder_before_the_last_one_closes_the_gap(self):
        move = self.old(
            years_ago(5),
            amili_earlier_reminder_date=years_ago(3),
            amili_reminder_date=years_ago(1),
        )
        self.assert_alerts(move, {})
        # The window corrects it: a reminder that was never sent counts no more.
        self.assert_barred(move, reminder_date=years_ago(3, 1) - timedelta(400))

    def interrupt(self, move, day):
        move.write(
            {
                "amili_interruption_date": day,
                "amili_interruption_reason": "Haastehakemus",
            }
        )

    def test_interruption_has_a_reason_and_lies_in_the_past(self):
        move = self.invoice().with_user(self.clerk)
        for day, reason in ((TODAY, False), (TODAY, "  "), (TODAY + timedelta(1), "x")):
            with self.subTest(day=day, reason=reason):
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    move.write(
                        {
                            "amili_interruption_date": day,
                            "amili_interruption_reason": reason,
                        }
                    )

    def test_oldest_open_instalment_counts(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 60)
                ],
            }
        )
        move = self.invoice(
            invoice_date=years_ago(3, -30),
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        self.assert_barred(move)
        self._register_payment(move, amount=620.0, payment_date=years_ago(3, -30))
        self.assert_one(move, "time_barred_soon", "warning")

    def test_invoice_shows_from_when_on_it_is_time_barred(self):
        move = self.invoice().with_user(self.clerk)
        self.assertEqual(str(move.amili_time_barred_on), "2029-09-04")
        self.pay(self.env["account.move"].browse(move.id))
        self.assertFalse(move.amili_time_barred_on)

    def test_what_became_time_barred_on_the_queue_is_not_sent(self):
        move = self.old(years_ago(3))
        self.hand_over(move)
        self.later(days=1)
        self.run_cron("process_queue")
        self.assertEqual(move.amili_state, "cancelled")
        self.assertIn("Time-barred", move.amili_banner)
        self.assertFalse(self.sandbox.cases())


class DisputeCommon(ChecksCommon):
    def dispute(self, move, user=None, **values):
        move.with_user(user or self.clerk).write(
            {
                "amili_disputed_on": "2026-10-15",
                "amili_dispute_reason": "Työ on kesken.",
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestDisputed(DisputeCommon):
    """Nobody hands over what the debtor contests."""

    def test_disputed_invoice_stops(self):
        move = self.invoice()
        self.dispute(move)
        alert = self.assert_one(move, "disputed", "danger", INVOICE)
        for words in ("10/15/2026", "Työ on kesken", COLLECTION_ACT):
            self.assertIn(words, alert["message"])
        with self.assertRaisesRegex(UserError, "Disputed"):
            self.wizard(move).action_transfer()
        move.amili_disputed_on = False
        self.assert_alerts(move, {})

    def test_who_entered_it_is_known_and_it_is_written_down(self):
        move = self.invoice()
        self.assertFalse(move.amili_disputed_by_id)
        self.dispute(move)
        self.assertEqual(move.amili_disputed_by_id, self.clerk)
        note = move.message_ids.sorted("id")[-1]
        self.assertIn("Työ on kesken", note.body)
        self.assertTrue(note.is_internal)
        move.amili_disputed_on = False
        self.assertFalse(move.amili_disputed_by_id)
        self.assertIn("Not disputed", move.message_ids.sorted("id")[-1].body)

    def test_identity_code_stays_out_of_the_notes(self):
        move = self.invoice(self.person)
        self.dispute(move, amili_dispute_reason="Velallinen 131052-308T kiistää.")
        self.assertNotIn("131052-308T", "".join(move.message_ids.mapped("body")))

    def test_dispute_has_a_reason_and_lies_in_the_past(self):
        move = self.invoice()
        for values in (
            {"amili_dispute_reason": False},
            {"amili_dispute_reason": " "},
            {"amili_disputed_on": TODAY + timedelta(1)},
        ):
            with self.subTest(values=values):
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    self.dispute(move, **values)

    def test_disputed_on_the_queue_is_not_sent(self):
        move = self.invoice()
        self.hand_over(move)
        self.dispute(move)
        self.run_cron("process_queue")
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(self.sandbox.cases())

    def test_copy_is_not_disputed(self):
        move = self.invoice()
        self.dispute(move)
        self.assertFalse(move.copy().amili_disputed_on)

    def test_who_only_reads_the_books_enters_none(self):
        reader = self.new_user("reader", "account.group_account_readonly")
        move = self.invoice()
        self.assertRaises(AccessError, self.dispute, move, reader)
        self.dispute(move)
        self.assertTrue(move.with_user(reader).amili_dispute_reason)


@tagged("post_install", "-at_install")
class TestDisputedAtAmili(DisputeCommon):
    """Where Amili has the case it is asked to wait, and only by who may ask."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(self.person)
        self.case = self.activate(self.move)

    def task(self):
        return self.move.activity_ids.filtered(lambda a: "disput" in (a.summary or ""))

    def message(self, text="Velallinen kiistää saatavan."):
        self.later(minutes=1)
        self.sandbox.amili(self.move, "comment", text=text)
        self.run_cron("sync_events")
        return self.case.event_ids.filtered("is_question").with_user(self.clerk)

    def ask_pause(self, action):
        wizard = (
            self.env["amili.report.wizard"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        wizard.action_confirm()
        return wizard

    def test_amili_is_told_and_asked_for_a_pause(self):
        self.assertFalse(self.move.amili_can_ask_pause)
        self.dispute(self.move)
        [task] = self.task()
        self.assertEqual(task.user_id, self.clerk)
        self.assertIn("ask Amili for a pause", task.summary)
        move = self.move.with_user(self.manager)
        self.assertTrue(move.amili_can_ask_pause)
        self.ask_pause(move.action_amili_ask_pause())
        told = self.case.event_ids.filtered(lambda e: e.direction == "outbound")
        self.assertEqual(told.type, "pause")
        self.assertIn("kiistänyt saatavan 15.10.2026: Työ on kesken.", told.text)
        self.env.invalidate_all()
        self.assertFalse(move.amili_can_ask_pause, "once")
        self.assertFalse(self.task())

    def test_when_it_is_settled_amili_is_to_hear_of_it(self):
        self.dispute(self.move)
        self.move.amili_disputed_on = False
        self.assertFalse(self.task(), "Amili was not told of it")
        self.dispute(self.move)
        self.ask_pause(self.move.with_user(self.manager).action_amili_ask_pause())
        self.run_cron("process_queue")
        self.move.amili_disputed_on = False
        self.assertIn("settled", self.task().summary)

    def test_pause_is_asked_for_by_managers_alone(self):
        self.dispute(self.move)
        for user in (self.clerk, self.outsider):
            move = self.move.with_user(user)
            with self.subTest(user=user.login):
                self.assertRaises(AccessError, move.action_amili_ask_pause)

    def test_what_is_not_disputed_asks_for_nothing(self):
        with self.assertRaisesRegex(UserError, "not marked as disputed"):
            self.move.with_user(self.manager).action_amili_ask_pause()

    def test_message_of_amili_becomes_the_dispute(self):
        message = self.message("Velallinen kiistää: virheellinen toimitus.")
        message.action_dispute()
        self.assertEqual(self.move.amili_disputed_on, TODAY)
        self.assertIn("virheellinen toimitus", self.move.amili_dispute_reason)
        self.assertEqual(self.move.amili_disputed_by_id, self.clerk)
        self.assertTrue(self.task())

    def test_who_may_ask_for_a_pause_is_offered_it_at_once(self):
        message = self.message()
        move = self.move.with_user(self.manager)
        action = move.action_amili_dispute_question()
        self.assertEqual(action["res_model"], "amili.report.wizard")
        self.assertIn("Velallinen kiistää saatavan", action["context"]["default_text"])
        self.assertTrue(message.exists())

    def test_what_is_disputed_already_keeps_its_words(self):
        self.dispute(self.move)
        self.message().action_dispute()
        self.assertEqual(self.move.amili_dispute_reason, "Työ on kesken.")

    def test_only_messages_of_amili_become_disputes(self):
        self.sandbox.amili(self.move, "pay", amount=40)
        self.run_cron("sync_events")
        [payment] = self.case.event_ids.filtered(lambda e: e.type == "paid")
        for event in (payment, self.case._report("comment", text="Hei")):
            with self.subTest(type=event.type, direction=event.direction):
                with self.assertRaisesRegex(UserError, "no message of Amili"):
                    event.with_user(self.clerk).action_dispute()
        self.assertFalse(self.move.amili_disputed_on)

    def test_who_may_not_hand_over_takes_over_nothing(self):
        message = self.message()
        for act in (
            message.with_user(self.outsider).action_dispute,
            self.move.with_user(self.outsider).action_amili_dispute_question,
        ):
            self.assertRaises(AccessError, act)
        self.assertFalse(self.move.amili_disputed_on)

    def test_no_message_is_open(self):
        with self.assertRaisesRegex(UserError, "no open message"):
            self.move.with_user(self.clerk).action_amili_dispute_question()


@tagged("post_install", "-at_install")
class TestDisputedAtMaventa(UploadCase):
    """What Maventa knows of a dispute is the invoice's, as soon as it is read."""

    def test_dispute_that_maventa_tells_of(self):
        for message, words, moment in (
            ("Ei tilattu", "Ei tilattu", "2026-10-19T22:30:00Z"),
            ("", "Maventa", "2026-10-19T22:30:00Z"),
            ("Kello edellä", "Kello edellä", "2026-10-21T06:00:00Z"),
        ):
            move = self.to_upload()
            self.upload(move)
            invoice = {"id": move.maventa_invoice_id}
            self.sandbox.control(
                "invoices",
                {
                    **invoice,
                    "actions": [
                        {
                            "type": "SENT",
                            "channel": "EINVOICE",
                            "key": "action_disputed",
                            "message": message,
                            "happened_at": moment,
                        }
                    ],
                },
            )
            self.sandbox.control(f"invoices/{invoice['id']}/deliver", {})
            self.run_uploads(minutes=5)
            with self.subTest(message=message):
                self.assertEqual(move.maventa_delivery_state, "delivered")
                self.assertEqual(move.amili_disputed_on, TODAY, "the company's day")
                self.assertIn(words, move.amili_dispute_reason)
                self.assertIn("disputed", move._amili_get_alerts()[move.id])


@tagged("post_install", "-at_install")
class TestDisputedInThePortal(AmiliCommon):
    """A debtor who contests a debt is not asked to pay it."""

    def test_online_payment_is_not_offered(self):
        move = self.invoice(self.person)
        if not hasattr(type(move), "transaction_ids"):
            self.skipTest("account_payment is not installed")
        self.env["ir.config_parameter"].set_param(
            "account_payment.enable_portal_payment", "True"
        )
        self.assertTrue(move._has_to_be_paid())
        move.write({"amili_disputed_on": TODAY, "amili_dispute_reason": "Kesken"})
        self.assertFalse(move._has_to_be_paid())
        self.assertIn("disputed", move._get_online_payment_error())

    def test_debtor_who_lacks_all_rights_is_not_in_the_way(self):
        portal = self.new_user("portal", "base.group_portal", partner_id=self.person.id)
        move = self.invoice(self.person)
        move.write({"amili_disputed_on": TODAY, "amili_dispute_reason": "Kesken"})
        self.env.invalidate_all()
        values = move.with_user(portal)._get_invoice_portal_extra_values()
        self.assertTrue(values["amili_disputed"])
        self.assertIsNone(values["installment_state"])
