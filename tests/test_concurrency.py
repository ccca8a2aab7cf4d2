"""What keeps two people, two workers or two accounts from getting mixed up."""

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..maventa import answers
from .activation_case import ActivationCase
from .upload_case import UploadCase


@tagged("post_install", "-at_install")
class TestKeptApart(ActivationCase):
    def assert_index_refuses(self, model, values):
        """Whatever the code checks before: two at once meet the index."""
        self.env.flush_all()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self.env[model].sudo().create(values)
                self.env.flush_all()

    def test_one_service_of_an_account(self):
        service = self.env["amili.service"]._get_or_create(self.company)
        self.assert_index_refuses(
            "amili.service",
            {
                "company_id": self.company.id,
                "environment": service.environment,
                "maventa_company_uuid": service.maventa_company_uuid,
            },
        )

    def test_answer_for_an_account_that_the_company_has_left(self):
        service = self.env["amili.service"]._get_or_create(self.company)
        self.company.amili_environment = "production"
        service._take(answers.Service(word="ACTIVE", is_active=True, state="active"))
        self.assertEqual(service.state, "active")
        self.assertEqual(self.company.amili_service_state, "none")

    def test_buttons_of_an_account_that_the_company_has_left(self):
        service = self.pending().with_user(self.administrator)
        self.company.amili_environment = "production"
        for act in (
            service.action_activate,
            service.action_change,
            service.action_end,
            service.action_mail_instead,
            service.action_test_connection,
        ):
            with self.assertRaisesRegex(UserError, "another account"):
                act()


@tagged("post_install", "-at_install")
class TestUploadsKeptApart(UploadCase):
    def test_one_live_upload_of_an_invoice(self):
        move = self.to_upload()
        upload = self.queue_upload(move).sudo()
        self.env.flush_all()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                upload.copy({"uuid": "99999999-0000-4000-8000-000000000001"})
                self.env.flush_all()

    def test_who_may_not_change_the_invoice_does_not_send_it(self):
        move = self.to_upload()
        queued = self.to_upload()
        upload = self.queue_upload(queued)
        self.env["ir.rule"].create(
            {
                "name": "Nobody changes these",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "domain_force": [("id", "not in", (move + queued).ids)],
                "perm_read": False,
                "perm_create": False,
                "perm_unlink": False,
            }
        )
        for act in (
            move.with_user(self.clerk).action_amili_upload,
            queued.with_user(self.clerk).action_amili_cancel_upload,
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
                act()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.upload_wizard(move).action_upload()
        self.assertEqual(upload.state, "queued")
        self.assertFalse(move.amili_upload_ids)
