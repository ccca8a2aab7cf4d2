from importlib.util import module_from_spec, spec_from_file_location

from odoo import fields
from odoo.tests import tagged
from odoo.tools import file_path

from ..upload_case import UploadCase


@tagged("post_install", "-at_install")
class TestDelivery(UploadCase):
    """What Maventa makes of the delivery is followed and shown."""

    def waiting(self, partner=None):
        """Upload an invoice that Maventa has not delivered yet."""
        move = self.to_upload(partner)
        self.upload(move)
        self.assertEqual(move.maventa_delivery_state, "waiting")
        self.sandbox.clear_log()
        return move

    def deliver(self, move, **options):
        self.sandbox.control(f"invoices/{move.maventa_invoice_id}/deliver", options)

    def fail_to_deliver(self, move, message):
        self.sandbox.control(
            f"invoices/{move.maventa_invoice_id}/fail", {"message": message}
        )

    def questions(self):
        return self.sandbox.log("GET", "/v1/invoices")

    def test_waiting(self):
        move = self.waiting()
        text = move.with_user(self.clerk).amili_upload_text
        self.assertEqual(text, "At Maventa since 10/20/2026. Waiting for delivery.")
        self.assertTrue(move.maventa_invoice_undelivered, "the warning stays")

    def test_delivered(self):
        for channel, word in (
            ("EINVOICE", "e-invoice"),
            ("EMAIL", "e-mail"),
            ("PRINT", "letter"),
        ):
            with self.subTest(channel=channel):
                move = self.waiting()
                self.deliver(move, channel=channel)
                self.run_uploads(minutes=5)
                self.assertEqual(move.maventa_delivery_state, "delivered")
                self.assertIn(
                    f"Delivered ({word}) on 10/20/2026.", move.amili_upload_text
                )
                self.assertEqual(move.maventa_invoice_status, "DELIVERED")
                self.assertFalse(move.maventa_invoice_undelivered)
                self.assertFalse(move.maventa_follow_at)
                self.assertIn("Delivered", self.notes(move)[-1])
                self.assertFalse(self.tasks(move))

    def test_failed(self):
        move = self.waiting()
        self.fail_to_deliver(move, "Recipient not found")
        self.run_uploads(minutes=5)
        self.assertEqual(move.maventa_delivery_state, "failed")
        self.assertIn("Not delivered: Recipient not found", move.amili_upload_text)
        [task] = self.tasks(move)
        self.assertEqual(task.user_id, self.clerk)
        self.assertIn("Recipient not found", task.note)
        alert = move._amili_get_alerts()[move.id]["not_delivered"]
        self.assertIn("Recipient not found", alert["message"])
        notes = self.notes(move)
        self.run_uploads(days=1)
        self.assertEqual(self.notes(move), notes, "told once")

    def test_the_reason_cannot_be_read(self):
        move = self.waiting()
        self.fail_to_deliver(move, "Recipient not found")
        self.sandbox.fault("status", status=503, path="/actions$")
        self.run_uploads(minutes=5)
        self.assertEqual(move.maventa_delivery_state, "failed")
        self.assertIn("Not delivered.", move.amili_upload_text)

    def test_asked_ever_more_seldom_and_given_up(self):
        move = self.waiting()
        for _quarter in range(14 * 24 * 4):
            self.clock.tick(15 * 60)
            follow_at = move.maventa_follow_at
            if follow_at and follow_at <= fields.Datetime.now():
                self.run_cron("uploads")
        asked = len(self.questions())
        self.assertLess(asked, 30)
        self.assertGreater(asked, 15)
        self.run_uploads(days=1)
        self.assertFalse(move.maventa_follow_at)
        [task] = self.tasks(move)
        self.assertEqual(task.user_id, self.clerk)
        self.assertIn("ask Maventa", task.summary)
        self.assertIn(move.name, task.note)
        self.run_uploads(days=30)
        self.assertEqual(len(self.questions()), asked + 1)

    def test_many_given_up_are_one_task(self):
        moves = self.to_upload() + self.to_upload() + self.to_upload()
        self.upload(moves)
        self.run_uploads(days=15)
        [task] = self.tasks(moves)
        for move in moves:
            self.assertIn(move.name, task.note)

    def test_looked_up_while_on_its_way_is_followed_too(self):
        move = self.to_upload()
        self.sandbox.add_invoice(
            move, id="aaaaaaaa-0000-4000-8000-00000000aaaa", status="PENDING"
        )
        move.with_user(self.clerk).action_amili_look_up()
        self.assertEqual(move.maventa_delivery_state, "waiting")
        self.deliver(move)
        self.run_uploads(minutes=5)
        self.assertEqual(move.maventa_delivery_state, "delivered")

    def test_each_that_waits_is_asked_for_by_its_id(self):
        """Whatever becomes of a filter of ids: Maventa's description leaves it open."""
        moves = self.env["account.move"].union(
            *(self.invoice(known=False) for _i in range(5))
        )
        for number, move in enumerate(moves):
            there = f"aaaaaaaa-0000-4000-8000-{number:012}"
            self.sandbox.add_invoice(move, id=there, status="PENDING")
            move.with_user(self.clerk).action_amili_look_up()
        self.sandbox.clear_log()
        self.run_uploads(minutes=5)
        self.assertEqual(len(self.sandbox.log("GET", "/v1/invoices/")), 5)
        self.assertEqual(moves.mapped("maventa_delivery_state"), ["waiting"] * 5)

    def test_only_stored_is_not_followed(self):
        move = self.to_upload()
        self.upload(move, delivery="store")
        self.assertFalse(move.maventa_follow_at)
        self.sandbox.clear_log()
        self.run_uploads(days=1)
        self.assertFalse(self.questions())

    def test_of_another_environment_is_not_asked_for(self):
        move = self.waiting()
        follow_at = move.maventa_follow_at
        self.company.amili_environment = "test"
        self.run_uploads(minutes=5)
        self.assertFalse(self.sandbox.log())
        self.assertEqual(move.maventa_follow_at, follow_at, "neither tried nor put off")
        self.company.amili_environment = "sandbox"
        self.deliver(move)
        self.run_uploads(minutes=5)
        self.assertEqual(move.maventa_delivery_state, "delivered")

    def test_maventa_does_not_answer(self):
        move = self.waiting()
        self.sandbox.fault("status", status=503, path="/v1/invoices$")
        self.run_uploads(minutes=5)
        self.assertEqual(move.maventa_delivery_state, "waiting")
        self.deliver(move)
        self.run_uploads(hours=1)
        self.assertEqual(move.maventa_delivery_state, "delivered")

    def test_gone_from_maventa(self):
        move = self.waiting()
        self.reset_sandbox()
        self.run_uploads(minutes=5)
        self.assertEqual(move.maventa_delivery_state, "waiting")
        self.assertGreater(move.maventa_follow_at, fields.Datetime.now())

    def test_another_id_entered_while_it_is_followed(self):
        move = self.waiting()
        move.maventa_invoice_id = "aaaaaaaa-0000-4000-8000-00000000aaaa"
        self.run_uploads(days=1)
        self.assertFalse(self.questions())
        self.assertFalse(move.amili_upload_text)

    def test_a_copy_knows_nothing_of_maventa(self):
        move = self.waiting()
        copy = move.copy()
        self.assertFalse(copy.maventa_invoice_id)
        self.assertFalse(copy.maventa_environment)
        self.assertFalse(copy.maventa_delivery_state)
        self.assertFalse(copy.maventa_follow_at)
        self.assertFalse(copy.amili_upload_ids)


@tagged("post_install", "-at_install")
class TestMigration(UploadCase):
    def migrate(self):
        """Bring the invoices of an earlier version up to date."""
        self.env.flush_all()
        self.cr.execute("UPDATE account_move SET maventa_environment = NULL")
        path = file_path("amili_perinta/migrations/19.0.1.1.0/post-migration.py")
        spec = spec_from_file_location("post_migration", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_an_id_is_that_of_its_hand_over_else_of_the_company(self):
        handed_over, known, unknown = (
            self.invoice(),
            self.invoice(),
            self.invoice(known=False),
        )
        self.hand_over(handed_over)
        self.company.amili_environment = "test"
        self.migrate()
        self.assertEqual(handed_over.maventa_environment, "sandbox")
        self.assertEqual(known.maventa_environment, "test")
        self.assertFalse(unknown.maventa_environment)

    def test_existing_invoices_are_not_computed_one_by_one(self):
        self.invoice()
        self.env.flush_all()
        self.cr.execute("ALTER TABLE account_move DROP COLUMN maventa_environment")
        self.env.registry.init_models(
            self.cr, ["account.move"], {"module": "amili_perinta"}
        )
        field = self.env["account.move"]._fields["maventa_environment"]
        self.assertFalse(self.env.records_to_compute(field))
