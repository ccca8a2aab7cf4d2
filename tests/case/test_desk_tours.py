from odoo.tests import tagged

from ..common import TourCase


@tagged("post_install", "-at_install")
class TestDeskTours(TourCase):
    """A clerk at the desk: what could go, what is there, what Amili asks."""

    def customer(self, name, **values):
        return self.twin(self.business, name=name, **values)

    def test_desk(self):
        germany = self.env.ref("base.de").id
        mine = self.overdue(self.business, 1000.0, days_late=36)
        other = self.overdue(self.person, 340.0, days_late=40)
        left = [
            self.overdue(self.customer("Tuomi Tmi"), days_late=30),
            self.overdue(
                self.customer("Muster GmbH", country_id=germany), days_late=60
            ),
            self.overdue(self.customer("Pohjolan Putki", street=False), days_late=90),
        ]
        self.start_tour("/odoo", "amili_desk_send", login=self.clerk.login)
        self.env.invalidate_all()
        self.assertEqual((mine + other).mapped("amili_state"), ["queued", "queued"])
        self.assertFalse(any(move.amili_assignment_ids for move in left))
        self.assertFalse(self.sandbox.cases(), "nothing is sent from a click")

        self.run_cron("process_queue")
        self.accept(mine)
        self.sandbox.amili(mine, "remind")
        self.sandbox.amili(mine, "comment", text="Onko tavara palautettu?")
        self.run_cron("sync_events")
        url = "/odoo/customer-invoices"
        self.start_tour(url, "amili_desk_after", login=self.clerk.login)
        self.start_tour(url, "amili_desk_analysis", login=self.clerk.login)

        self.run_cron("process_queue")
        told = [
            event["comment"]
            for event in self.sandbox.case(mine)["events"]
            if event["origin"] == "company"
        ]
        self.assertEqual(len(told), 1)
        self.assertIn("Ei ole palautettu.", told[0])

    def test_figures(self):
        self.overdue(self.business, 1000.0)
        self.overdue(self.person, 340.0)
        self.overdue(self.customer("Pohjolan Putki", street=False))
        self.start_tour("/odoo", "amili_desk_figures", login=self.clerk.login)
