import socket
from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...const import SANDBOX_URL_PARAMETER
from ...maventa.client import MaventaClient
from ...models.outbox import amili_cron_mixin
from ..common import QueueCase
from ..sandbox_process import DEFAULT_COMPANY

HAND_OVER = "/assignment/amili$"
QUESTION = {"method": "GET", "path": "/assignment$"}
IDENTITY_CODE = "131052-308T"


class Killed(BaseException):
    """The end of a process: nothing in the addon may catch it."""


@tagged("post_install", "-at_install")
class TestAnswersToAHandOver(QueueCase):
    """What becomes of a hand-over by what Maventa answers."""

    def sent_on(self, kind, *, partner=None, path=HAND_OVER, **options):
        """Hand an invoice over while Maventa misbehaves; return the invoice."""
        self.sandbox.fault(kind, path=path, **options)
        move = self.invoice(partner)
        self.send(move)
        return move

    # Refused: a person corrects and sends anew ----------------------------------------

    def test_an_unknown_invoice_id_is_rejected(self):
        move = self.invoice(known=False)
        move.maventa_invoice_id = "0000aaaa-0000-4000-8000-00000000aaaa"
        self.send(move)
        self.assertRejected(move, "does not know this invoice", "Maventa ID")

    def test_400_is_rejected(self):
        move = self.sent_on("status", status=400, body={"message": "Bad request"})
        self.assertRejected(move, "Correct", "Bad request")

    def test_404_is_rejected(self):
        self.assertRejected(self.sent_on("status", status=404), "Maventa ID")

    def test_422_names_the_field(self):
        detail = "payers[0].bid is not a valid Business ID"
        body = {"code": "invalid_parameters", "message": "No.", "details": [detail]}
        move = self.sent_on("status", status=422, body=body)
        self.assertRejected(move, "Correct", detail)

    def test_422_does_not_repeat_who_the_debtor_is(self):
        detail = f"payers[0]: Maija Malli, {IDENTITY_CODE}, Esimerkkikatu 2"
        body = {"message": "No.", "details": [detail]}
        move = self.sent_on("status", partner=self.person, status=422, body=body)
        self.assertRejected(move, "No.")
        everything = " ".join(
            [move.amili_banner, *self.chatter(move), self.tasks(move).note]
        )
        for secret in ("Maija", IDENTITY_CODE, "Esimerkkikatu"):
            self.assertNotIn(secret, everything)

    def test_an_error_in_a_good_answer_is_rejected(self):
        body = {"status": "error", "error": {"message": "Osoite puuttuu"}}
        self.assertRejected(self.sent_on("json", body=body), "Osoite puuttuu")

    def test_what_was_rejected_can_be_corrected_and_sent_again(self):
        move = self.sent_on("status", status=422, body={"message": "No."})
        first = move.amili_assignment_ids
        self.assertFalse(first.sudo().payer_ids.personal_identity_code)
        second = self.send(move)
        self.assertNotEqual(second, first)
        self.assertSent(move, posts=2)
        self.assertEqual(first.state, "rejected")

    # 409: there is one already --------------------------------------------------------

    def test_a_refusal_because_of_what_is_there_adopts_it(self):
        for moods in ([], ["conflict"]):
            with self.subTest(status=409 if moods else 403):
                self.reset_sandbox()
                self.sandbox.control("settings", {"moods": moods})
                move = self.invoice()
                self.sandbox.control(
                    "cases", {"invoice_ids": [move.maventa_invoice_id]}
                )
                assignment = self.send(move)
                self.assertSent(move, "active")
                self.assertEqual(assignment.remote_id, self.sandbox.case(move)["id"])

    def test_409_with_nothing_there_is_rejected(self):
        self.assertRejected(self.sent_on("status", status=409), "state")
        self.assertNotStored()

    def test_409_that_cannot_be_looked_into_is_asked_for_later(self):
        self.sandbox.fault("status", status=500, **QUESTION)
        move = self.sent_on("status_after", status=409)
        self.assertUnknown(move)
        self.run_queue(minutes=3)
        self.assertSent(move)

    # Surely not sent: it waits --------------------------------------------------------

    def test_401_twice_waits_for_an_administrator(self):
        move = self.sent_on("status", status=401, times=2)
        self.assertWaits(move, "refuses access", "administrator")
        self.assertEqual(len(self.posts()), 2)
        self.assertEqual(len(self.tasks(move)), 1)

    def test_401_once_is_nobodys_trouble(self):
        move = self.sent_on("status", status=401)
        self.assertSent(move, posts=2)
        self.assertFalse(self.tasks(move))

    def test_403_is_about_the_one_invoice(self):
        self.sandbox.fault(
            "status", status=403, body={"message": "Ei EUR."}, path=HAND_OVER
        )
        refused, other = self.invoice(), self.invoice()
        self.wizard(refused + other).action_transfer()
        self.run_queue()
        states = (refused + other).mapped("amili_state")
        self.assertEqual(sorted(states), ["pending", "rejected"])
        [rejected] = (refused + other).filtered(lambda m: m.amili_state == "rejected")
        self.assertRejected(rejected, "Ei EUR.")

    def test_429_waits_as_long_as_maventa_asks(self):
        move = self.sent_on("status", status=429, headers={"Retry-After": "600"})
        self.assertWaits(move, "asks to wait")
        self.run_queue(seconds=599)
        self.assertEqual(len(self.posts()), 1)
        self.run_queue(seconds=1)
        self.assertSent(move, posts=2)

    def test_429_without_a_time_waits_a_little(self):
        move = self.sent_on("status", status=429)
        self.assertWaits(move, "asks to wait")
        self.run_queue(minutes=5)
        self.assertSent(move, posts=2)

    def test_no_token_for_now_waits(self):
        for fault in (
            {"status": 500},
            {"status": 429, "headers": {"Retry-After": "9"}},
        ):
            with self.subTest(fault):
                self.reset_sandbox()
                move = self.sent_on("status", path="oauth2/token", **fault)
                self.assertWaits(move, "no access for now")
                self.assertFalse(self.posts())
                self.run_queue(minutes=5)
                self.assertSent(move)

    # Unknown: it is asked for ---------------------------------------------------------

    def test_a_useless_answer_before_processing_is_unknown_and_sent_again(self):
        for fault in (
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 502, "body": "<html>Bad Gateway</html>"},
            {"kind": "status", "status": 503},
            {"kind": "status", "status": 408},
            {"kind": "status", "status": 302, "headers": {"Location": "/"}},
            {"kind": "drop_before"},
        ):
            with self.subTest(**fault):
                self.reset_sandbox()
                move = self.sent_on(**fault)
                self.assertUnknown(move)
                self.assertFalse(self.tasks(move), "nobody has to do anything yet")
                self.deny_twice()
                self.assertSent(move, posts=2)

    def test_a_good_answer_without_a_status_is_accepted_and_not_confirmed(self):
        for fault in (
            {"kind": "json", "body": [{"status": "pending"}]},
            {"kind": "json", "body": {"status": None}},
            {"kind": "not_json"},
            {"kind": "status_after", "status": 200, "body": []},
            {"kind": "status_after", "status": 202, "body": ""},
        ):
            with self.subTest(**fault):
                self.reset_sandbox()
                move = self.sent_on(**fault)
                self.assertEqual(move.amili_state, "pending", move.amili_banner)
                for _day in range(3):
                    self.later(days=1)
                    self.run_cron("poll_transfers")
                    self.run_queue()
                self.assertEqual(move.amili_state, "pending", move.amili_banner)
                self.assertEqual(len(self.posts()), 1, "never sent again")

    def test_a_useless_answer_after_processing_is_unknown_and_adopted(self):
        for fault in (
            {"kind": "status_after", "status": 500},
            {"kind": "status_after", "status": 502, "body": "<html>Bad Gateway</html>"},
            {"kind": "status_after", "status": 503},
            {"kind": "truncate"},
            {"kind": "drop_after"},
        ):
            with self.subTest(**fault):
                self.reset_sandbox()
                move = self.sent_on(**fault)
                self.assertUnknown(move)
                self.run_queue(minutes=3)
                self.assertSent(move)
                self.assertIn("Handed over", self.chatter(move)[-1])

    def test_a_read_time_out_before_maventa_stored_it(self):
        self.be_impatient()
        move = self.sent_on("hang_before", seconds=60)
        self.sandbox.clear_faults()
        self.assertUnknown(move)
        self.assertTold(move, "did not answer in time")
        self.deny_twice()
        self.assertSent(move, posts=2)

    def test_a_read_time_out_after_maventa_stored_it(self):
        self.be_impatient()
        move = self.sent_on("hang", seconds=60)
        self.sandbox.clear_faults()
        self.assertUnknown(move)
        self.deny_twice()
        self.assertSent(move)

    def test_an_unknown_status_word_is_kept_and_counts_as_taken(self):
        move = self.sent_on("status_after", status=201, body={"status": "on_ice"})
        self.assertSent(move)
        self.assertEqual(move.amili_assignment_id.remote_status, "on_ice")

    def test_signs_that_cannot_be_stored_do_no_harm(self):
        body = r'{"status": "error", "message": "a\u0000b \ud800 c"}'
        move = self.sent_on(
            "status", status=201, body=body, content_type="application/json"
        )
        self.assertRejected(move, "ab")

    def test_an_absurd_retry_after_waits_a_day_at_most(self):
        move = self.sent_on("status", status=429, headers={"Retry-After": "9" * 30})
        self.assertWaits(move)
        self.run_queue(days=1)
        self.assertSent(move, posts=2)


@tagged("post_install", "-at_install")
class TestAsking(QueueCase):
    """Nothing unknown is posted again before Maventa denied it."""

    def lost(self, kind, **options):
        """Hand an invoice over whose answer is lost; return the invoice."""
        self.sandbox.fault(kind, path=HAND_OVER, **options)
        move = self.invoice()
        self.send(move)
        self.assertEqual(move.amili_state, "unknown")
        return move

    def test_what_arrived_is_adopted_and_not_sent_again(self):
        move = self.lost("drop_after")
        self.run_queue(hours=1)
        self.assertSent(move)
        self.assertTrue(move.amili_assignment_id.sent_at)

    def test_what_was_accepted_meanwhile_becomes_active(self):
        move = self.lost("drop_after")
        self.sandbox.amili(move, "accept")
        self.run_queue(minutes=3)
        self.assertSent(move, "active")

    def test_what_was_refused_meanwhile_is_rejected(self):
        move = self.lost("drop_after")
        self.sandbox.amili(move, "refuse", reason="Osoite puuttuu")
        self.run_queue(minutes=3)
        self.assertRejected(move, "Osoite puuttuu")
        self.assertEqual(len(self.posts()), 1)

    def test_a_denial_within_the_grace_is_not_believed(self):
        move = self.lost("drop_before")
        self.run_queue(minutes=3)
        self.assertEqual(move.amili_state, "unknown")
        self.assertEqual(len(self.sandbox.log("GET", "/assignment")), 1)
        self.run_queue(minutes=1)
        self.assertEqual(len(self.sandbox.log("GET", "/assignment")), 1)
        self.run_queue(minutes=2)
        self.assertEqual(len(self.posts()), 1, "it was denied once only")
        self.run_queue(minutes=30)
        self.assertSent(move, posts=2)

    def test_a_denial_is_as_old_as_its_question(self):
        move = self.lost("drop_before")
        call_all = amili_cron_mixin.call_in_groups

        def slowly(*args, **options):
            outcomes = list(call_all(*args, **options))
            self.later(minutes=10)
            return outcomes

        with patch.object(amili_cron_mixin, "call_in_groups", slowly):
            self.run_queue(minutes=3)
        self.run_queue(minutes=30)
        self.assertEqual(len(self.posts()), 1, "the first was asked too early")
        self.run_queue(minutes=2)
        self.assertSent(move, posts=2)

    def test_a_denial_to_a_token_without_rights_is_not_believed(self):
        move = self.lost("drop_before")
        self.sandbox.fault("status", status=404, times=None, **QUESTION)
        self.sandbox.fault(
            "json", body={"scopes": ["company:read"]}, path="oauth2/current", times=None
        )
        self.run_queue(hours=1)
        self.assertEqual(move.amili_state, "unknown")
        self.assertTold(move, "rights")
        self.assertEqual(len(self.posts()), 1)
        self.sandbox.clear_faults()
        self.run_queue(hours=2)
        self.assertEqual(len(self.posts()), 1, "it was denied once only")
        self.run_queue(minutes=30)
        self.assertSent(move, posts=2)

    def test_a_denial_is_not_believed_where_the_token_cannot_be_checked(self):
        for fault in ({"status": 500}, {"status": 401}, {"status": 403}):
            with self.subTest(fault):
                self.sandbox.clear_log()
                move = self.lost("drop_before")
                self.sandbox.fault("status", path="oauth2/current", times=None, **fault)
                self.run_queue(hours=1)
                self.assertEqual(move.amili_state, "unknown")
                self.assertEqual(len(self.posts()), 1)
                self.sandbox.clear_faults()

    def test_questions_go_on_while_maventa_is_down(self):
        move = self.lost("drop_after")
        self.sandbox.fault("status", status=503, times=3, **QUESTION)
        for _try in range(3):
            self.run_queue(hours=1)
            self.assertUnknown(move)
        self.run_queue(hours=2)
        self.assertSent(move)

    def test_without_credentials_it_stays_unknown(self):
        move = self.lost("drop_after")
        secret = self.company.amili_client_secret
        self.company.amili_client_secret = False
        self.run_queue(hours=1)
        self.assertEqual(move.amili_state, "unknown")
        self.assertTold(move, "credentials")
        self.company.amili_client_secret = secret
        self.run_queue(hours=2)
        self.assertSent(move)

    def test_it_is_asked_for_by_the_id_that_was_sent(self):
        move = self.lost("drop_after")
        with self.assertRaises(ValidationError), self.cr.savepoint():
            move.maventa_invoice_id = False
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_move SET maventa_invoice_id = NULL WHERE id = %s", [move.id]
        )
        self.env.invalidate_all()
        self.run_queue(hours=1)
        self.assertEqual(move.amili_state, "pending")
        self.assertEqual(len(self.posts()), 1)

    def test_an_earlier_rejection_is_not_taken_for_the_answer(self):
        move = self.invoice()
        self.send(move)
        self.sandbox.amili(move, "refuse", reason="Osoite puuttuu")
        self.later(hours=1)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "rejected")
        self.sandbox.fault("drop_before", path=HAND_OVER)
        self.send(move)
        self.assertEqual(move.amili_state, "unknown")
        self.deny_twice()
        self.assertEqual(move.amili_state, "pending", move.amili_banner)
        self.assertEqual(len(self.sandbox.cases()), 2)

    def test_the_words_of_an_earlier_rejection_are_believed_after_an_hour(self):
        move = self.invoice()
        for _time in range(2):
            self.send(move)
            self.sandbox.amili(move, "refuse", reason="Osoite puuttuu")
            self.later(minutes=10)
            self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "pending", "they may be the first one's")
        self.later(hours=1)
        self.run_cron("poll_transfers")
        self.assertEqual(move.amili_state, "rejected")
        self.assertEqual(len(self.sandbox.cases()), 2)

    def test_other_words_are_of_the_new_one(self):
        move = self.invoice()
        for reason in ("Osoite puuttuu", "Y-tunnus puuttuu"):
            self.send(move)
            self.sandbox.amili(move, "refuse", reason=reason)
            self.later(minutes=10)
            self.run_cron("poll_transfers")
            self.assertEqual(move.amili_state, "rejected", reason)

    def test_an_answer_that_cannot_be_recorded_stops_neither_others_nor_the_run(self):
        broken, other = self.lost("drop_after"), self.lost("drop_after")
        accept = type(broken.amili_assignment_id)._accept

        def fail(assignment, status):
            if assignment.move_id == broken:
                raise KeyError("broken")
            return accept(assignment, status)

        with (
            patch.object(type(broken.amili_assignment_id), "_accept", fail),
            mute_logger("odoo.addons.amili_perinta.models.outbox.amili_outbox_mixin"),
        ):
            self.run_queue(minutes=3)
        self.assertEqual(other.amili_state, "pending")
        self.assertEqual(broken.amili_state, "unknown")
        self.run_queue(hours=1)
        self.assertEqual(broken.amili_state, "pending")
        self.assertEqual(len(self.posts()), 2)


@tagged("post_install", "-at_install")
class TestKilled(QueueCase):
    """A process may die at any moment; the next one finds out what happened."""

    def killed(self, where, *names):
        """Hand an invoice over, and let the sender die at ``names``."""
        move = self.invoice()
        self.hand_over(move)
        with patch.object(where, *names, side_effect=Killed):
            # assertRaises would take back what is on disk.
            with suppress(Killed):
                self.run_cron("process_queue")
        self.env.invalidate_all()
        self.assertEqual(move.amili_state, "sending")
        return move

    def test_killed_between_claim_and_call(self):
        move = self.killed(amili_cron_mixin, "call_in_groups")
        self.assertNotStored()
        self.run_queue(minutes=11)
        self.assertTrue(self.sandbox.log("GET", "/assignment"), "it was asked for")
        self.assertFalse(self.posts(), "it was denied once only")
        self.run_queue(minutes=30)
        self.assertSent(move, posts=1)
        self.assertIn("interrupted", " ".join(self.chatter(move)))

    def test_killed_between_call_and_record(self):
        move = self.killed(type(self.env["amili.assignment"]), "_record_all")
        self.assertEqual(len(self.sandbox.cases()), 1)
        self.run_queue(minutes=11)
        self.assertSent(move, posts=1)

    def test_a_failure_between_call_and_record(self):
        move = self.invoice()
        self.hand_over(move)
        model = type(self.env["amili.assignment"])
        with (
            patch.object(model, "_record", side_effect=KeyError("broken")),
            self.assertLogs("odoo.addons.amili_perinta", "ERROR"),
        ):
            self.run_queue()
        self.assertEqual(move.amili_state, "sending")
        self.run_queue(minutes=11)
        self.assertSent(move, posts=1)

    def test_nobody_touches_what_is_being_sent(self):
        move = self.killed(amili_cron_mixin, "call_in_groups")
        self.sandbox.clear_log()
        self.run_queue(minutes=9)
        self.assertEqual(move.amili_state, "sending")
        self.assertFalse(self.sandbox.log())
        with self.assertRaises(UserError):
            move.amili_assignment_id.with_user(self.clerk).action_cancel()

    def test_nothing_stays_in_sending_for_ever(self):
        move = self.killed(amili_cron_mixin, "call_in_groups")
        self.sandbox.fault("status", status=503, times=None, **QUESTION)
        self.run_queue(minutes=11)
        self.assertUnknown(move)

    def test_a_mistake_in_one_call_does_not_spoil_the_batch(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        self.hand_over(moves)
        transfer = MaventaClient.transfer
        broken = self.id_of(moves[1])

        def fail(connection, invoice_id, body):
            if invoice_id == broken:
                raise ZeroDivisionError
            return transfer(connection, invoice_id, body)

        with (
            patch.object(MaventaClient, "transfer", fail),
            self.assertLogs("odoo.addons.amili_perinta", "ERROR"),
        ):
            self.run_queue()
        self.assertEqual(moves.mapped("amili_state"), ["pending", "unknown", "pending"])
        self.deny_twice()
        self.assertEqual(set(moves.mapped("amili_state")), {"pending"})
        self.assertEqual(len(self.posts()), 3)


@tagged("post_install", "-at_install")
class TestLastCheck(QueueCase):
    """What is sent is what was confirmed."""

    def confirmed(self, partner=None, **values):
        move = self.invoice(partner, **values)
        self.hand_over(move)
        return move

    def assertCancelled(self, move, *words, task=True):
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled", move.amili_banner)
        self.assertFalse(move.amili_assignment_id)
        self.assertFalse(self.posts())
        self.assertTold(move, *words)
        self.assertIn("Taken off the queue", self.chatter(move)[-1])
        self.assertEqual(len(self.tasks(move)), int(task))
        self.assertTrue(move.amili_assignment_ids.closed_at)

    def test_an_emptied_address(self):
        move = self.confirmed()
        self.business.street = False
        self.assertCancelled(move, "Esimerkki Oy", "street")

    def test_an_emptied_address_of_a_co_debtor(self):
        move = self.invoice()
        wizard = self.wizard(move)
        wizard.co_debtor_partner_ids = self.person
        wizard.action_transfer()
        self.person.city = False
        self.assertCancelled(move, "Maija Malli", "city")

    def test_an_address_that_only_changed_is_sent_as_it_was_confirmed(self):
        move = self.confirmed()
        self.business.street = "Uusi katu 3"
        self.run_queue()
        [payer] = self.sandbox.case(move)["request"]["payers"]
        self.assertEqual(payer["address"]["streets"], ["Mannerheimintie 1 A 2"])

    def test_paid_in_full_needs_nobody(self):
        move = self.confirmed()
        self.pay(move)
        self.assertCancelled(move, "Nothing is open", task=False)

    def test_credited_in_full_needs_nobody(self):
        move = self.confirmed()
        self.credit(move)
        self.assertCancelled(move, "Nothing is open", task=False)

    def test_partly_paid_is_confirmed_again(self):
        move = self.confirmed()
        self.pay(move, 500)
        self.assertCancelled(move, "open amount has changed", "send it again")
        self.assertEqual(self.tasks(move).user_id, self.clerk)
        self.send(move)
        amounts = self.sandbox.case(move)["request"]["amounts"]
        self.assertEqual(amounts["capital_amount"], 740)

    def test_a_payment_of_a_cent_counts(self):
        move = self.confirmed()
        self.pay(move, 0.01)
        self.assertCancelled(move, "open amount has changed")

    def test_another_customer(self):
        move = self.confirmed()
        other = self.business.copy({"company_registry": "1234567-1"})
        move.commercial_partner_id = other
        self.assertCancelled(move, "customer", "changed")

    def test_another_maventa_id(self):
        move = self.confirmed()
        move.maventa_invoice_id = "0000bbbb-0000-4000-8000-00000000bbbb"
        self.assertCancelled(move, "Maventa ID", "changed")

    def test_no_maventa_id_any_more(self):
        move = self.confirmed()
        move.maventa_invoice_id = False
        self.assertCancelled(move, "Maventa ID")

    def test_a_blocked_customer(self):
        move = self.confirmed()
        self.business.amili_collection_block = True
        self.assertCancelled(move, "never handed over")

    def test_another_environment(self):
        move = self.invoice()
        self.send(self.invoice(self.person))
        self.hand_over(move)
        self.sandbox.clear_log()
        self.company.amili_environment = "test"
        self.know_service()
        self.assertCancelled(move, "environment")

    def test_the_identity_code_is_erased_with_it(self):
        move = self.confirmed(self.person)
        self.pay(move)
        self.run_queue()
        assignment = move.amili_assignment_ids.sudo()
        self.assertNotIn(IDENTITY_CODE, str(assignment.payload))
        self.assertFalse(assignment.payer_ids.personal_identity_code)

    def test_one_unfit_invoice_does_not_stop_the_others(self):
        unfit, fit = self.confirmed(), self.confirmed(self.person)
        self.pay(unfit)
        self.run_queue()
        self.assertEqual(unfit.amili_state, "cancelled")
        self.assertSent(fit)

    def test_what_was_taken_off_the_queue_is_not_sent(self):
        move = self.confirmed()
        move.amili_assignment_id.with_user(self.clerk).action_cancel()
        self.run_queue()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertFalse(self.posts())

    def test_what_waited_for_maventa_is_checked_again(self):
        move = self.confirmed()
        self.sandbox.fault("drop_before", path=HAND_OVER)
        self.run_queue()
        self.assertEqual(move.amili_state, "unknown")
        self.pay(move)
        self.deny_twice()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertEqual(len(self.posts()), 1)


@tagged("post_install", "-at_install")
class TestHeldUp(QueueCase):
    """When nothing of a company can go out, one person hears of it once."""

    def several(self):
        moves = self.env["account.move"]
        for _number in range(4):
            moves += self.invoice()
        self.hand_over(moves)
        return moves

    def assertHeldUp(self, moves, *words, tasks=1):
        self.assertEqual(set(moves.mapped("amili_state")), {"queued"})
        for move in moves:
            self.assertTold(move, "Not sent", *words)
            self.assertEqual(len(self.chatter(move)), 1, "no flood of messages")
        self.assertEqual(len(self.tasks(moves)), tasks)

    def no_sandbox(self):
        """Let nobody answer."""
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.env["ir.config_parameter"].set_param(
            SANDBOX_URL_PARAMETER, f"http://127.0.0.1:{port}"
        )

    def test_wrong_credentials(self):
        moves = self.several()
        secret = self.company.amili_client_secret
        self.company.amili_client_secret = "wrong"
        for _day in range(3):
            self.run_queue(days=1)
        self.assertHeldUp(moves, "credentials", "administrator")
        self.assertFalse(self.posts())
        self.company.amili_client_secret = secret
        self.run_queue()
        self.assertEqual(set(moves.mapped("amili_state")), {"pending"})
        self.assertEqual(len(self.posts()), 4)

    def test_no_credentials(self):
        moves = self.several()
        self.company.amili_vendor_api_key = False
        for _day in range(3):
            self.run_queue(days=1)
        self.assertHeldUp(moves, "credentials", "administrator")
        self.assertFalse(self.sandbox.log())

    def test_a_missing_scope(self):
        moves = self.several()
        self.change_company(scopes=["company:read", "receivables:assignments"])
        for _hour in range(15):
            self.run_queue(hours=1)
        self.assertHeldUp(moves, "rights", "administrator")
        self.change_company(
            scopes=["company:read", "invoice:send", "receivables:assignments"]
        )
        self.run_queue(hours=1)
        self.assertEqual(set(moves.mapped("amili_state")), {"pending"})
        self.assertEqual(len(self.sandbox.cases()), 4)

    def test_a_service_that_is_not_active(self):
        moves = self.several()
        self.change_company(service_status="DISABLED")
        for _day in range(3):
            self.run_queue(days=1)
        self.assertHeldUp(moves, "not active", "Activate")
        self.assertFalse(self.posts())
        self.change_company(service_status="ACTIVE")
        self.run_queue(hours=1)
        self.assertEqual(set(moves.mapped("amili_state")), {"pending"})

    def test_no_address_of_the_sandbox(self):
        moves = self.several()
        self.env["ir.config_parameter"].set_param(
            SANDBOX_URL_PARAMETER, "http://sandbox.example.com"
        )
        self.run_queue()
        self.assertHeldUp(moves, "sandbox", "administrator")

    def test_too_many_requests(self):
        moves = self.several()
        self.sandbox.fault(
            "status",
            status=429,
            path=HAND_OVER,
            times=None,
            headers={"Retry-After": "300"},
        )
        self.run_queue()
        self.assertHeldUp(moves, "asks to wait", tasks=0)
        self.assertEqual(len(self.posts()), 4)
        self.run_queue(minutes=4)
        self.assertEqual(len(self.posts()), 4)
        self.sandbox.clear_faults()
        self.run_queue(minutes=1)
        self.assertEqual(set(moves.mapped("amili_state")), {"pending"})

    def waits(self, move, number):
        """Run the queue whenever it is time; return the minutes between the tries."""
        minutes = []
        for _try in range(number):
            self.run_queue()
            until = move.amili_assignment_id.next_try_at - fields.Datetime.now()
            minutes.append(until / timedelta(minutes=1))
            self.later(seconds=until.total_seconds())
        return minutes

    def assertGrows(self, minutes):
        self.assertEqual(minutes, sorted(minutes))
        self.assertLessEqual(minutes[0], 5)
        self.assertGreater(minutes[-1], 30)
        self.assertLessEqual(minutes[-1], 24 * 60)

    def test_the_time_between_tries_grows(self):
        self.send(self.invoice())
        move = self.invoice()
        self.hand_over(move)
        self.no_sandbox()
        self.assertGrows(self.waits(move, 8))
        self.assertEqual(len(self.tasks(move)), 1)
        self.assertHeldUp(move, "cannot be reached")

    def test_it_grows_where_maventa_was_never_reached(self):
        move = self.invoice()
        self.hand_over(move)
        self.no_sandbox()
        self.assertGrows(self.waits(move, 8))
        self.assertEqual(len(self.tasks(move)), 1)

    def test_a_short_trouble_is_nobodys_task(self):
        moves = self.several()
        self.no_sandbox()
        self.run_queue()
        self.assertHeldUp(moves, "cannot be reached", tasks=0)
        self.env["ir.config_parameter"].set_param(
            SANDBOX_URL_PARAMETER, self.sandbox.url
        )
        self.run_queue(minutes=5)
        self.assertEqual(set(moves.mapped("amili_state")), {"pending"})

    def test_a_service_that_cannot_be_asked_for_holds_nothing_up(self):
        for fault in ({"status": 500}, {"status": 404}):
            with self.subTest(fault):
                self.sandbox.clear_log()
                self.forget_service()
                self.sandbox.fault("status", path="services/amili", **fault)
                move = self.invoice()
                self.send(move)
                self.assertSent(move)

    def test_a_right_to_ask_for_the_service_is_not_needed_to_send(self):
        self.forget_service()
        self.change_company(scopes=["invoice:send", "receivables:assignments"])
        move = self.invoice()
        self.send(move)
        self.assertSent(move)


@tagged("post_install", "-at_install")
class TestCompanies(QueueCase):
    """Each company with its own credentials and its own troubles."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Toinen Oy")["company"]
        cls.other.amili_environment = "sandbox"
        cls.companies = cls.company + cls.other
        cls.clerk.write({"company_ids": [(4, cls.other.id)]})
        cls.second = {
            **DEFAULT_COMPANY,
            "client_id": "22222222-2222-4222-8222-222222222222",
        }

    def setUp(self):
        super().setUp()
        self.sandbox.control(
            "companies", {**self.second, "name": "Toinen Oy", "bid": "1234567-1"}
        )
        self.connect(self.other, **self.second)

    def wizard(self, moves, user=None):
        self.clerk.company_id = moves.company_id
        return super().wizard(moves, user)

    def theirs(self, partner=None):
        """Make an invoice of the other company, known at Maventa as its own."""
        move = self.invoice(partner, company=self.other, known=False)
        move.maventa_invoice_id = f"22220000-0000-4000-8000-{move.id:012}"
        self.sandbox.add_invoice(move, client_id=self.second["client_id"])
        return move

    def both(self):
        ours, theirs = self.invoice(), self.theirs()
        self.hand_over(ours)
        self.hand_over(theirs)
        return ours, theirs

    def test_each_is_sent_with_the_credentials_of_its_company(self):
        ours, theirs = self.both()
        self.run_queue()
        self.assertEqual((ours + theirs).mapped("amili_state"), ["pending", "pending"])
        for move, company in ((ours, DEFAULT_COMPANY), (theirs, self.second)):
            [post] = [e for e in self.posts() if self.id_of(move) in e["path"]]
            self.assertEqual(post["client_id"], company["client_id"])

    def test_a_company_without_credentials_beside_one_with(self):
        ours, theirs = self.both()
        self.company.amili_client_id = False
        self.run_queue()
        self.assertEqual(theirs.amili_state, "pending")
        self.assertEqual(ours.amili_state, "queued")
        self.assertTold(ours, "credentials")
        self.assertEqual(len(self.tasks(ours)), 1)
        self.assertFalse(self.tasks(theirs))

    def test_a_failure_in_one_company_does_not_stop_the_others(self):
        for failing in self.companies:
            with self.subTest(failing.name):
                ours, theirs = self.both()
                send = type(self.env["amili.assignment"])._send_due

                def fail(model, company, failing=failing, send=send):
                    if company == failing:
                        raise ZeroDivisionError
                    return send(model, company)

                with (
                    patch.object(type(self.env["amili.assignment"]), "_send_due", fail),
                    self.assertLogs("odoo.addons.amili_perinta", "ERROR"),
                ):
                    self.run_queue()
                for move in ours + theirs:
                    expected = "queued" if move.company_id == failing else "pending"
                    self.assertEqual(move.amili_state, expected)
                self.run_queue(hours=1)
                self.assertEqual(
                    (ours + theirs).mapped("amili_state"), ["pending", "pending"]
                )

    def test_an_access_problem_of_one_is_not_that_of_the_other(self):
        ours, theirs = self.both()
        self.sandbox.control(
            "companies",
            {"client_id": self.second["client_id"], "service_status": "PENDING"},
        )
        self.run_queue()
        self.assertEqual(ours.amili_state, "pending")
        self.assertEqual(theirs.amili_state, "queued")


@tagged("post_install", "-at_install")
class TestOneLiveAssignment(QueueCase):
    """At most one live assignment per invoice, whoever tries."""

    def test_the_database_refuses_a_second_live_assignment(self):
        move = self.invoice()
        first = self.hand_over(move)
        for state in ("queued", "sending", "unknown", "pending", "active"):
            with self.subTest(state), mute_logger("odoo.sql_db"):
                with self.assertRaises(UniqueViolation), self.cr.savepoint():
                    first.sudo().copy({"state": state})
                    self.env.flush_all()

    def test_the_history_may_be_as_long_as_it_likes(self):
        move = self.invoice()
        first = self.hand_over(move)
        for state in ("rejected", "cancelled", "closed", "withdrawn"):
            first.sudo().copy({"state": state})
        self.env.flush_all()
        self.assertEqual(move.amili_assignment_id, first)

    def test_a_second_confirmation_is_refused(self):
        move = self.invoice()
        wizards = [self.wizard(move), self.wizard(move)]
        wizards[0].action_transfer()
        for wizard in wizards:
            with self.assertRaises(UserError) as caught:
                wizard.action_transfer()
            self.assertIn("already", str(caught.exception))
        self.assertEqual(len(move.amili_assignment_ids), 1)

    def test_two_cases_at_amili_are_never_taken_for_one(self):
        first = self.activate(self.invoice())
        other = self.invoice()
        body = {"status": "sent", "assignment_id": first.remote_id}
        self.sandbox.fault("json", body=body, path=HAND_OVER)
        with mute_logger("odoo.sql_db", "odoo.addons.amili_perinta"):
            second = self.send(other)
        self.assertNotEqual(second.remote_id, first.remote_id)
        self.assertNotEqual(second.state, "active")
