"""An active service is changed or ended by an administrator, through the outbox."""

from importlib.util import module_from_spec, spec_from_file_location

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_path

from ..activation_case import ActivationCase

PATCH = {"path": "services/amili", "method": "PATCH"}
DELETE = {"path": "services/amili", "method": "DELETE"}


class ServiceCase(ActivationCase):
    """A company whose service is active."""

    def setUp(self):
        super().setUp()
        self.set_service("ACTIVE")
        self.follow()

    def window(self, deed, **values):
        """Return the window of a deed as an administrator gets it."""
        service = self.service.with_user(self.administrator)
        action = getattr(service, f"action_{deed}")()
        wizards = self.env[action["res_model"]].with_user(self.administrator)
        return wizards.with_context(**action["context"]).create(values)

    def change(self, party="company"):
        self.window("change", accountable_party=party).action_confirm()
        return self.service

    def end(self):
        self.window("end", is_sure=True).action_confirm()
        return self.service

    def sent(self, method):
        return len(self.sandbox.log(method, "services/amili"))

    def last_note(self):
        return self.service.message_ids.sorted("id")[-1].preview


@tagged("post_install", "-at_install")
class TestChange(ServiceCase):
    """To whose account the debtors pay: shown, changed, and told as Maventa has it."""

    def test_changed_through_the_queue(self):
        self.assertIn("Amili pays out", self.service.banner)
        service = self.change()
        self.assertEqual(service.state, "queued")
        self.assertFalse(self.sent("PATCH"), "nothing is sent by the click")
        service = self.follow()
        self.assertEqual(service.state, "active")
        self.assertEqual(service.accountable_party, "company")
        self.assertEqual(self.at_maventa()["accountable_party"], "company")
        self.assertEqual(self.at_maventa()["service_type"], "express")
        self.assertEqual(self.sent("PATCH"), 1)
        self.assertIn("your own account", self.last_note())
        self.assertFalse(service.activity_ids)

    def test_hand_overs_go_on_meanwhile(self):
        self.change()
        move = self.invoice()
        self.send(move)
        self.assertSent(move)

    def test_what_maventa_says_wins(self):
        self.change_company(accountable_party="company")
        service = self.follow(days=1)
        self.assertEqual(service.accountable_party, "company")
        self.assertIn("your own account", self.last_note())

    def test_maventa_passes_the_change_over(self):
        self.sandbox.fault("status", status=204, **PATCH)
        self.change()
        service = self.follow()
        self.assertEqual(service.accountable_party, "vfsfi")
        self.assertTask("not changed")
        # Perhaps it takes a while.
        self.change_company(accountable_party="company")
        self.assertEqual(self.follow(hours=1).accountable_party, "company")

    def test_refused(self):
        self.sandbox.fault(
            "status", status=403, body={"code": "forbidden", "message": "Ei"}, **PATCH
        )
        self.change()
        service = self.follow()
        self.assertEqual(service.state, "active", "it goes on as it was")
        self.assertTask("refused", "Ei")
        self.assertTrue(any("did not change" in m.preview for m in service.message_ids))

    def test_lost_answer_is_asked_for(self):
        self.sandbox.fault("drop_after", **PATCH)
        self.change()
        self.assertEqual(self.follow().state, "unknown")
        self.assertFalse(self.company._amili_service_is_off())
        self.assertEqual(self.follow(minutes=5).state, "active")
        self.assertEqual(self.service.accountable_party, "company")
        self.assertEqual(self.sent("PATCH"), 1)

    def test_lost_request_goes_out_again(self):
        self.sandbox.fault("drop_before", **PATCH)
        self.change()
        self.follow()
        for minutes in (6, 30, 1):
            self.follow(minutes=minutes)
        self.assertEqual(self.service.accountable_party, "company")

    def test_ended_elsewhere_at_the_same_time(self):
        self.change()
        self.set_service("DISABLED")
        for minutes in (0, 6):
            self.follow(minutes=minutes)
        self.assertTrue(self.company._amili_service_is_off())
        self.assertTrue(self.service.activity_ids)

    def test_choosing_what_is_already(self):
        with self.assertRaisesRegex(UserError, "as it is now"):
            self.window("change", accountable_party="vfsfi").action_confirm()

    def test_only_what_is_active_is_changed(self):
        self.set_service("DISABLED")
        self.follow(days=1)
        with self.assertRaisesRegex(UserError, "active"):
            self.window("change")


@tagged("post_install", "-at_install")
class TestEnd(ServiceCase):
    """Ending the service needs a second yes, and stops all hand-overs."""

    def test_ended(self):
        service = self.end()
        self.assertFalse(self.sent("DELETE"), "nothing is sent by the click")
        self.assertTrue(self.company._amili_service_is_off(), "from the click on")
        with self.assertRaisesRegex(UserError, "being ended"):
            self.wizard(self.invoice()).action_transfer()
        service = self.follow()
        self.assertEqual(service.state, "disabled")
        self.assertEqual(self.sent("DELETE"), 1)
        self.assertIn(self.administrator.name, service.banner)
        self.assertIn("ended", self.last_note())
        self.assertFalse(service.activity_ids, "who ended it knows")
        # And asked for once more.
        self.start()
        self.assertEqual(self.follow().state, "pending")

    def test_never_asked_for_after_the_end(self):
        """Maventa may not tell what has ended from what never was."""
        self.end()
        self.sandbox.fault("status", status=404, **{**PATCH, "method": "GET"})
        self.assertEqual(self.follow().state, "disabled")

    def test_without_the_second_yes(self):
        with self.assertRaisesRegex(UserError, "sure"):
            self.window("end").action_confirm()
        self.assertEqual(self.service.state, "active")

    def test_cases_under_way_are_named(self):
        self.assertNotIn("under way", self.window("end").warning)
        self.activate(self.invoice())
        self.assertIn("Cases under way: 1", self.window("end").warning)

    def test_pending_and_other_services_end_as_well(self):
        self.change_company(service_type="full")
        service = self.follow(days=1)
        self.assertIn("Kassavirta", service.banner)
        self.end()
        self.assertEqual(self.follow().state, "disabled")

    def test_maventa_does_not_end_it(self):
        self.sandbox.fault("status", status=204, **DELETE)
        self.end()
        self.assertEqual(self.follow().state, "active")
        self.assertTask("not ended")

    def test_lost_answer_is_asked_for(self):
        self.sandbox.fault("drop_after", **DELETE)
        self.end()
        self.assertEqual(self.follow().state, "unknown")
        self.assertEqual(self.follow(minutes=5).state, "disabled")
        self.assertEqual(self.sent("DELETE"), 1)

    def test_nothing_to_end(self):
        self.end()
        self.follow()
        with self.assertRaisesRegex(UserError, "no service to end"):
            self.window("end")

    def test_administrators_alone(self):
        service = self.service
        for user in (self.clerk, self.manager, self.outsider):
            for deed in ("change", "end"):
                with self.assertRaises(UserError):
                    getattr(service.with_user(user), f"action_{deed}")()
            with self.assertRaises(AccessError):
                self.env["amili.service.wizard"].with_user(user).create(
                    {"service_id": service.id, "deed": "end", "is_sure": True}
                )


@tagged("post_install", "-at_install")
class TestOtherService(ServiceCase):
    """With Amili Kassavirta all invoices go to Amili, and none from here."""

    def test_what_is_queued_waits_and_one_person_is_asked(self):
        moves = self.invoice() + self.invoice()
        self.hand_over(moves)
        self.change_company(service_type="full")
        for _day in range(3):
            self.run_queue(days=1)
        self.assertEqual(set(moves.mapped("amili_state")), {"queued"})
        self.assertFalse(self.posts())
        self.assertEqual(len(self.tasks(moves)), 1)
        for move in moves:
            self.assertIn("Kassavirta", move.amili_banner)
        self.assertIn("Kassavirta", self.service.banner)
        self.change_company(service_type="express")
        self.run_queue(hours=1)
        self.assertEqual(set(moves.mapped("amili_state")), {"pending"})

    def test_who_hands_over_learns_why_not(self):
        self.change_company(service_type="full")
        self.follow(days=1)
        with self.assertRaisesRegex(UserError, "Kassavirta"):
            self.wizard(self.invoice()).action_transfer()


@tagged("post_install", "-at_install")
class TestVerification(ActivationCase):
    """Maventa activates no service of a company that it has not verified."""

    def test_noticed_before_the_request(self):
        self.change_company(company_state="UNVERIFIED")
        service = self.pending()
        self.assertEqual(service.state, "refused")
        self.assertFalse(self.puts())
        self.assertIn("not verified", service.banner)
        self.assertTask("not verified")
        self.change_company(company_state="VERIFIED")
        self.assertEqual(self.pending().state, "pending")

    def test_where_maventa_does_not_tell(self):
        self.change_company(company_state="UNVERIFIED")
        self.sandbox.fault("status", status=404, path="/status", method="GET")
        service = self.pending()
        self.assertEqual(service.state, "refused")
        self.assertEqual(len(self.puts()), 1)
        self.assertIn(
            "no company that is not verified", " ".join(service.banner.split())
        )


@tagged("post_install", "-at_install")
class TestUpgrade(ServiceCase):
    """Before 2.1.0 nobody asked which of the two services a company has."""

    def test_service_of_unknown_kind_is_asked_for_first(self):
        service = self.service
        service.write(
            {
                "service_type": False,
                "checked_at": fields.Datetime.now(),
                "next_try_at": "2026-12-01 00:00:00",
            }
        )
        self.change_company(service_type="full")
        self.migrate()
        self.assertFalse(self.service.checked_at)
        service = self.follow()
        self.assertEqual(service.service_type, "full")
        self.assertTrue(self.company._amili_service_is_off())

    def test_known_services_are_left_alone(self):
        checked_at = self.service.checked_at
        self.migrate()
        self.assertEqual(self.service.checked_at, checked_at)

    def migrate(self):
        path = file_path("amili_perinta/migrations/19.0.2.1.0/post-service.py")
        spec = spec_from_file_location("post_service", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.2.0.0")
        self.env.invalidate_all()
