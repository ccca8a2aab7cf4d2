"""What Maventa shows of an earlier case never decides what became of a later one."""

from odoo.tests import tagged

from ..collection_case import BadDayCase

POST = {"method": "POST", "path": "/assignment/amili$"}
ASK = {"method": "GET", "path": "/assignment$"}


@tagged("post_install", "-at_install")
class TestEarlierCase(BadDayCase):
    def withdrawn(self):
        """Return an invoice whose case was withdrawn."""
        move = self.active()
        self.sandbox.amili(move, "close", result="withdrawn")
        self.sync(minutes=5)
        self.assertEqual(move.amili_state, "withdrawn")
        return move

    def refused(self, reason="Osoite puuttuu"):
        """Return an invoice that Amili has refused."""
        move = self.invoice()
        self.send(move)
        self.sandbox.amili(move, "refuse", reason=reason)
        self.poll(hours=1)
        self.assertEqual(move.amili_state, "rejected")
        self.later(hours=1)
        return move

    def error(self, reason, **values):
        return {
            "status": "error",
            "error_reason": reason,
            "created_at": "2026-10-20T09:00:00Z",
            **values,
        }

    def test_a_2xx_that_shows_the_earlier_case_is_asked_for(self):
        move = self.withdrawn()
        earlier = {
            "status": "sent",
            "assignment_id": move.amili_assignment_ids.remote_id,
        }
        self.hand_over(move)
        self.sandbox.fault("status_after", status=200, body=earlier, **POST)
        self.run_queue()
        self.assertEqual(move.amili_state, "pending")
        case = self.case_of(move)
        self.assertFalse(case.remote_id, "the ID of the earlier one is not its own")
        self.sandbox.amili(move, "accept")
        self.poll(hours=1)
        self.assertEqual(move.amili_state, "active")
        self.assertEqual(case.remote_id, self.sandbox.case(move)["id"])
        self.assertEqual(len(self.posts()), 1)

    def test_a_2xx_that_shows_the_earlier_refusal_is_asked_for(self):
        move = self.refused()
        self.hand_over(move)
        earlier = self.error("Osoite puuttuu")
        self.sandbox.fault("status_after", status=200, body=earlier, **POST)
        self.run_queue()
        self.assertEqual(move.amili_state, "pending")

    def test_a_conflict_with_the_earlier_case_is_a_refusal(self):
        move = self.withdrawn()
        earlier = {
            "status": "sent",
            "assignment_id": move.amili_assignment_ids.remote_id,
        }
        self.hand_over(move)
        self.sandbox.fault("status", status=409, **POST)
        self.sandbox.fault("json", body=earlier, **ASK)
        self.run_queue()
        self.assertEqual(move.amili_state, "rejected")

    def test_an_error_in_other_words_is_of_the_later_one(self):
        """However old the moment is that Maventa gives."""
        move = self.refused()
        self.send(move)
        self.sandbox.fault("json", body=self.error("Velallinen on kuollut"), **ASK)
        self.poll(hours=1)
        self.assertRejectedFor(move, "Velallinen on kuollut")

    def test_an_error_after_it_was_under_way_is_of_the_later_one(self):
        move = self.refused()
        self.send(move)
        self.poll(hours=1)
        self.assertEqual(self.case_of(move).remote_status, "pending")
        self.sandbox.fault("json", body=self.error("Osoite puuttuu"), **ASK)
        self.poll(hours=1)
        self.assertRejectedFor(move, "Osoite puuttuu")

    def test_the_same_error_of_before_is_of_the_earlier_one(self):
        move = self.refused()
        self.hand_over(move)
        # Taken, and nothing was told.
        self.sandbox.fault("status_after", status=202, body="", **POST)
        self.run_queue()
        self.sandbox.fault("json", body=self.error("Osoite puuttuu"), **ASK)
        self.poll(hours=1)
        self.assertEqual(move.amili_state, "pending")

    def assertRejectedFor(self, move, reason):
        self.assertEqual(move.amili_state, "rejected", move.amili_banner)
        self.assertIn(reason, move.amili_banner)
