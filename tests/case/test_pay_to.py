"""To whose account the debtors pay: what people read follows what Maventa says."""

from lxml import html

from odoo.tests import tagged

from ..common import QueueCase, TourCase


def pay_to(case, party):
    """Let Maventa have said to whose account the debtors of a company pay."""
    service = case.env["amili.service"]._get_or_create(case.company)
    service.accountable_party = party
    case.env.flush_all()
    case.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestPortalPage(TourCase):
    """The debtor learns where to pay."""

    def test_page(self):
        move = self.overdue()
        self.send(move)
        for party, words, not_words in (
            ("vfsfi", "pay to them", "which is ours"),
            ("company", "which is ours", "pay to them"),
            (False, "pay as their letter tells", "pay to them"),
        ):
            with self.subTest(party):
                pay_to(self, party)
                response = self.url_open(move.get_portal_url())
                text = " ".join(html.fromstring(response.text).text_content().split())
                self.assertIn("in collection at Amili", text)
                self.assertIn(words, text)
                self.assertNotIn(not_words, text)


@tagged("post_install", "-at_install")
class TestClosedCase(QueueCase):
    """What to do with a case that ended depends on where the money has come to."""

    def closed(self, party, result="paid"):
        pay_to(self, party)
        move = self.invoice()
        self.activate(move)
        pay_to(self, party)
        self.sandbox.amili(move, "pay", amount=1240 if result == "paid" else 100)
        if result != "paid":
            self.sandbox.amili(move, "close", result=result)
        self.later(hours=1)
        self.run_cron("sync_events")
        self.assertEqual(move.amili_state, "closed")
        return move

    def test_own_account(self):
        for result, expected in (
            ("paid", "to your own account: match the payment"),
            ("partly_paid", "has come to your own account"),
        ):
            with self.subTest(result):
                move = self.closed("company", result)
                text = " ".join(self.chatter(move))
                self.assertIn(expected, text)
                for words in ("Wait for the payout", "Still to come"):
                    self.assertNotIn(words, text)
                self.assertFalse(move.amili_assignment_ids.payout_late_on)

    def test_account_of_amili(self):
        move = self.closed("vfsfi")
        text = " ".join(self.chatter(move))
        self.assertIn("Wait for the payout", text)
        self.assertNotIn("your own account", text)

    def test_no_second_hand_over_of_what_was_paid(self):
        for party, words in (("company", "own account"), ("vfsfi", "payout")):
            with self.subTest(party):
                move = self.closed(party)
                alert = move._amili_get_alerts()[move.id]["collected"]
                self.assertIn(words, alert["message"])
