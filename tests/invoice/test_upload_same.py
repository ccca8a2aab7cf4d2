"""Which invoice at Maventa is this one: by the values of the file that went out.

Where something differs both values are named, and a person may say that it is the same
where number and date fit.
"""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.outbox.amili_progress_mixin import PROGRESS
from ..upload_case import UploadCase

ID = "aaaaaaaa-0000-4000-8000-00000000aaaa"
OTHER_ID = "bbbbbbbb-0000-4000-8000-00000000bbbb"


@tagged("post_install", "-at_install")
class TestTheSameInvoice(UploadCase):
    def found_again(self, move):
        """Forget the ID of an invoice and look it up."""
        known, move.maventa_invoice_id = move.maventa_invoice_id, False
        move.with_user(self.clerk).action_amili_look_up()
        self.assertEqual(move.maventa_invoice_id, known)

    def test_rounded_to_what_is_paid_in_cash(self):
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "5 cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
                "rounding_method": "HALF-UP",
            }
        )
        move = self.to_upload(amount=100.01, invoice_cash_rounding_id=rounding.id)
        self.upload(move)
        self.assertArrived(move)
        there = self.sandbox.control(f"invoices/{move.maventa_invoice_id}")
        self.assertNotEqual(there["sum_tax"], move.amount_total)
        self.found_again(move)

    def test_a_company_whose_business_id_the_file_does_not_name(self):
        self.business.write(
            {"vat": False, "peppol_eas": False, "peppol_endpoint": False}
        )
        move = self.to_upload()
        self.upload(move)
        self.found_again(move)

    def test_a_sole_trader_kept_as_a_person(self):
        self.person.write(self.identifiers("7654321-2"))
        move = self.to_upload(self.person)
        self.upload(move)
        self.assertArrived(move)
        self.found_again(move)

    def test_the_customer_got_another_number_later(self):
        move = self.to_upload()
        self.upload(move)
        self.business.write(self.identifiers("1234567-1"))
        self.found_again(move)

    def test_beside_a_file_of_another_format(self):
        move = self.to_upload()
        self.env["account.move.send"]._generate_and_send_invoices(
            move, sending_methods=["manual"], invoice_edi_format="nlcius"
        )
        self.upload(move)
        self.business.write(self.identifiers("1234567-1"))
        self.found_again(move)

    def test_sent_while_the_answer_was_lost(self):
        """Found by what went out, though it was sent under another ID."""
        self.business.write(
            {"vat": False, "peppol_eas": False, "peppol_endpoint": False}
        )
        move = self.to_upload()
        self.queue_upload(move)
        self.sandbox.add_invoice(move, id=ID, recipient={"name": "Esimerkki Oy"})
        self.run_uploads()
        self.assertEqual(move.maventa_invoice_id, ID)
        self.assertFalse(self.upload_posts())

    # What differs ---------------------------------------------------------------------

    def assertDiffers(self, move, *words):
        with self.assertRaises(UserError) as caught:
            move.with_user(self.clerk).action_amili_look_up()
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertFalse(move.maventa_invoice_id)

    def at_maventa(self, move, id=ID, **values):
        self.sandbox.add_invoice(move, id=id, **values)
        return move

    def plain(self, amount=1240.0):
        return self.invoice(self.business, amount, known=False)

    def test_both_values_are_named(self):
        move = self.at_maventa(self.plain(), sum_tax=1240.01)
        self.assertDiffers(
            move, "total 1,240.01 at Maventa, 1,240.00 here", "It Is the Same"
        )
        other = self.at_maventa(
            self.plain(), OTHER_ID, recipient={"name": "Muu Oy", "bid": "1234567-1"}
        )
        self.assertDiffers(other, "Business ID 1234567-1 at Maventa, 0112038-9 here")

    def test_none_is_named_as_well(self):
        move = self.at_maventa(self.plain(), recipient={"name": "Esimerkki Oy"})
        self.assertDiffers(move, "Business ID none at Maventa, 0112038-9 here")

    def test_what_does_not_differ_is_not_named(self):
        move = self.at_maventa(self.plain(), date="2026-08-21")
        self.assertDiffers(move, "date 08/21/2026 at Maventa, 08/20/2026 here")
        with self.assertRaises(UserError) as caught:
            move.with_user(self.clerk).action_amili_look_up()
        self.assertNotIn("total 1", str(caught.exception))
        self.assertNotIn("It Is the Same", str(caught.exception))

    def test_on_the_queue_too(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.at_maventa(move, sum_tax=1.0)
        self.run_uploads()
        self.assertUploadRejected(move, "total 1.00 at Maventa")

    # A person says so -----------------------------------------------------------------

    def say(self, move, user=None):
        """Say that it is the same, and let Maventa be asked."""
        move.with_user(user or self.clerk).action_amili_is_the_same()
        self.run_cron("look_up")

    def assertNotTaken(self, move, words):
        self.assertFalse(move.maventa_invoice_id)
        self.assertFalse(move.maventa_lookup_wanted, "not asked for ever")
        self.assertIn(words, move.with_user(self.clerk).maventa_lookup_problem)

    def test_it_is_the_same(self):
        move = self.at_maventa(self.plain(), sum_tax=1240.01, status="DELIVERED")
        self.say(move)
        self.assertEqual(move.maventa_invoice_id, ID)
        self.assertEqual(move.maventa_delivery_state, "delivered")
        self.assertFalse(move.maventa_lookup_problem)
        [note] = move.message_ids.filtered(lambda m: "taken as the same" in m.body)
        self.assertIn("total 1,240.01 at Maventa, 1,240.00 here", note.body)
        self.assertEqual(note.author_id, self.clerk.partner_id)

    def test_the_click_calls_nobody(self):
        move = self.at_maventa(self.plain(), sum_tax=1240.01)
        self.sandbox.clear_log()
        move.with_user(self.clerk).action_amili_is_the_same()
        self.assertFalse(self.sandbox.log(), "the cron does all remote work")
        self.assertFalse(move.maventa_invoice_id)
        self.assertTrue(move.with_user(self.clerk).maventa_lookup_wanted, "it is shown")

    def test_who_said_so_is_told(self):
        told = []

        def send(user, kind, body):
            # How far many are is told as well.
            if kind != PROGRESS:
                told.append((user, body))

        users = self.env.registry["res.users"]
        self.startPatcher(patch.object(users, "_bus_send", send))
        self.say(self.at_maventa(self.plain(), sum_tax=1240.01))
        self.say(self.plain())
        [(user, good), (_user, bad)] = told
        self.assertEqual(user, self.clerk)
        self.assertEqual(good["type"], "success")
        self.assertIn("taken as the same", good["message"])
        self.assertEqual(bad["type"], "warning")
        self.assertIn("has 0 invoices", bad["message"])

    def test_a_later_look_up_is_strict_again(self):
        move = self.at_maventa(self.plain(), sum_tax=1240.01)
        move.with_user(self.clerk).action_amili_is_the_same()
        move.with_user(self.clerk)._amili_want_look_up()
        self.run_cron("look_up")
        self.assertNotTaken(move, "total 1,240.01 at Maventa")

    def test_what_was_said_holds_for_one_answer(self):
        move = self.at_maventa(self.plain(), sum_tax=1240.01)
        self.sandbox.fault("status", status=503, path="/v1/invoices", times=None)
        self.say(move)
        self.assertNotTaken(move, "failure of its own")
        self.sandbox.clear_faults()
        move.with_user(self.clerk)._amili_want_look_up()
        self.run_cron("look_up")
        self.assertNotTaken(move, "total 1,240.01 at Maventa")

    def test_another_date_is_another_invoice(self):
        move = self.at_maventa(self.plain(), date="2026-08-21")
        self.say(move)
        self.assertNotTaken(move, "has 0 invoices")

    def test_not_one_of_two(self):
        move = self.at_maventa(self.plain(), sum_tax=1.0)
        self.at_maventa(move, OTHER_ID, sum_tax=2.0)
        self.say(move)
        self.assertNotTaken(move, "has 2 invoices")

    def test_not_what_another_invoice_has(self):
        first = self.at_maventa(self.plain(), sum_tax=1.0)
        self.plain().maventa_invoice_id = ID
        self.say(first)
        self.assertNotTaken(first, "Another invoice has the ID")

    def test_not_while_it_is_under_way(self):
        move = self.to_upload()
        self.queue_upload(move)
        self.at_maventa(move, sum_tax=1.0)
        with self.assertRaisesRegex(UserError, "on its way"):
            self.say(move)

    def test_who_may_not_hand_over_may_not_say_so(self):
        move = self.at_maventa(self.plain(), sum_tax=1.0)
        for user in (
            self.outsider,
            self.new_user("r", "account.group_account_readonly"),
        ):
            with self.assertRaises(UserError):
                self.say(move, user)
        self.run_cron("look_up")
        self.assertFalse(move.maventa_invoice_id)
