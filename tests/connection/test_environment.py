from odoo.tests import tagged

from ..common import QueueCase
from ..sandbox_process import Sandbox


@tagged("post_install", "-at_install")
class TestSwitch(QueueCase):
    """A company changes its environment with cases under way.

    What stands for the other environment is an address of Maventa's own: each request
    to it fails the test, so nothing of the one ever goes to the other.
    """

    def switch(self, environment="production"):
        self.company.amili_environment = environment
        # Not what this is about: with another account it would be asked for.
        self.know_service(checked_at="2030-01-01 00:00:00")

    def all_crons(self):
        for name in ("process_queue", "poll_transfers", "sync_events", "sweep"):
            self.run_cron(name)

    def days_elsewhere(self):
        before = len(self.sandbox.log())
        for _day in range(3):
            self.later(days=1)
            self.all_crons()
        self.assertEqual(len(self.sandbox.log()), before, "nothing goes back either")

    def test_active_case_stays_and_goes_on_later(self):
        move = self.invoice()
        case = self.activate(move)
        self.switch()
        self.pay(move, 100)
        self.sandbox.amili(move, "remind")
        self.days_elsewhere()
        self.assertEqual(case.state, "active")
        self.assertEqual(case.environment, "sandbox")
        [report] = case.event_ids.filtered(lambda e: e.type == "paid")
        self.assertEqual(report.state, "queued")
        self.assertTold(
            move,
            "This case is in Sandbox on this machine",
            "not followed while the company works with Production",
        )
        self.switch("sandbox")
        self.all_crons()
        self.assertEqual(report.state, "done")
        self.assertIn("remind", case.collection_status)
        self.assertNotIn("not followed", move.with_user(self.clerk).amili_banner)

    def test_pending_and_unknown_stay(self):
        pending = self.invoice()
        self.send(pending)
        unknown = self.invoice()
        self.sandbox.fault("drop_after", path="assignment/amili")
        self.send(unknown)
        self.assertEqual(unknown.amili_state, "unknown")
        self.switch()
        self.days_elsewhere()
        self.assertEqual(pending.amili_state, "pending")
        self.assertEqual(unknown.amili_state, "unknown")
        self.assertTold(unknown, "works with Production")
        self.switch("sandbox")
        self.make_due((pending + unknown).amili_assignment_id)
        self.all_crons()
        self.assertEqual(unknown.amili_state, "pending")
        self.assertEqual(len(self.posts()), 2)

    def test_queued_is_not_sent_anywhere(self):
        move = self.invoice()
        self.hand_over(move)
        self.switch()
        self.days_elsewhere()
        self.assertEqual(move.amili_state, "cancelled")
        self.assertTold(move, "another environment")
        self.assertEqual(len(self.tasks(move)), 1)

    def test_new_case_beside_old_ones(self):
        """Two sandboxes: what is handed over after the switch goes to the new one."""
        old = self.invoice()
        self.activate(old)
        other = Sandbox()
        self.addCleanup(other.stop)
        other.reset(now="2026-10-20T09:00:00Z")
        parameters = self.env["ir.config_parameter"].sudo()
        # As if they were two environments of Maventa: "test" is played by the other.
        old.amili_assignment_id.sudo().environment = "test"
        parameters.set_param("amili_perinta.sandbox_url", other.url)
        before = len(self.sandbox.log())
        new = self.invoice()
        other.add_invoice(new)
        self.send(new)
        self.pay(old, 50)
        self.all_crons()
        self.assertEqual(new.amili_state, "pending")
        self.assertEqual([c["invoice_id"] for c in other.cases()], [self.id_of(new)])
        theirs = " ".join(entry["path"] for entry in other.log())
        self.assertNotIn(self.id_of(old), theirs)
        self.assertNotIn(old.amili_assignment_id.remote_id, theirs)
        self.assertEqual(len(self.sandbox.log()), before)

    def test_move_while_the_queue_asks_for_the_service(self):
        """Between making the connection and the claim, an administrator switches."""
        assignments = self.env["amili.assignment"]
        move = self.invoice()
        access_problem = type(assignments)._get_access_problem

        def switch_meanwhile(queue, company, client):
            problem = access_problem(queue, company, client)
            company.sudo().amili_environment = "production"
            queue.env["amili.assignment"].search(
                [("move_id", "=", move.id)]
            ).environment = "production"
            return problem

        self.hand_over(move)
        self.patch(type(assignments), "_get_access_problem", switch_meanwhile)
        self.run_cron("process_queue")
        self.assertFalse(self.posts())
        self.assertEqual(move.amili_state, "queued")

    def test_move_while_the_feed_is_read(self):
        """The mark of what was read is that of one account alone."""
        self.activate(self.invoice())
        assignments = self.env["amili.assignment"]
        record_events = type(assignments)._record_events

        def switch_meanwhile(cases, company, events):
            record_events(cases, company, events)
            company.sudo().amili_environment = "production"

        self.patch(type(assignments), "_record_events", switch_meanwhile)
        self.run_cron("sync_events")
        self.assertEqual(self.company.amili_environment, "production")
        self.assertFalse(self.feed.read_until)

    def test_settings_warn(self):
        self.activate(self.invoice() + self.invoice())
        settings = self.env["res.config.settings"].create({})
        self.assertFalse(settings.amili_switch_warning)
        settings.amili_environment = "production"
        self.assertIn("machine: 2.", settings.amili_switch_warning)
        self.assertIn("Sandbox on this machine", settings.amili_switch_warning)
        settings.amili_environment = "sandbox"
        self.assertFalse(settings.amili_switch_warning)

    def test_service_and_its_request_stay_in_their_environment(self):
        self.change_company(service_status=None)
        services = self.env["amili.service"]
        service = services._get_or_create(self.company)
        service.write({"state": "queued", "request": {"iban": "x"}})
        self.company.amili_environment = "production"
        self.assertEqual(service.state, "none", "an old request never goes out late")
        self.assertEqual(self.company.amili_service_state, "none")
        self.assertFalse(service.is_current)
        service.state = "pending"
        self.company.amili_environment = "sandbox"
        self.assertEqual(self.company.amili_service_state, "pending")
