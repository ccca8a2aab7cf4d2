"""Old webhooks are listed and removed; no new one can be registered."""

from sandbox.state import DEFAULT_COMPANY

from .support import NOBODY, SandboxCase

PATH = "/v1/company/notifications"


class TestWebhooks(SandboxCase):
    def register(self, count):
        """Let the company of the seed have webhooks, and return them."""
        webhooks = [
            {
                "id": f"99999999-0000-4000-8000-{number:012}",
                "destination_type": "WEBHOOK",
                "destination": f"https://odoo.example.com/{number}",
                "events": ["DOCUMENTS.INVOICE.DELIVERED"],
            }
            for number in range(count)
        ]
        given = {"client_id": DEFAULT_COMPANY["client_id"], "subscriptions": webhooks}
        self.ctl("POST", "companies", given)
        return webhooks

    def test_found_and_removed(self):
        first, second = self.register(2)
        self.assertEqual(self.get(PATH), [first, second])
        answer = self.api("DELETE", f"{PATH}/{first['id']}")
        self.assertEqual((answer.status_code, answer.content), (204, b""))
        self.assertEqual(self.get(PATH), [second])
        answer = self.api("DELETE", f"{PATH}/{first['id']}")
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(answer.json()["code"], "not_found")

    def test_they_come_in_pages(self):
        self.register(12)
        self.assertEqual(len(self.get(PATH)), 10)
        self.assertEqual(len(self.get(PATH, page=2)), 2)
        self.get(PATH, page=0, expected=400)

    def test_companies_are_kept_apart(self):
        [webhook] = self.register(1)
        other = self.second_company()
        self.assertEqual(self.get(PATH, company=other), [])
        answer = self.api("DELETE", f"{PATH}/{webhook['id']}", company=other)
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.get(PATH), [webhook])

    def test_the_scopes(self):
        token = self.token(scope="company:read")
        answer = self.api("DELETE", f"{PATH}/{NOBODY}", token=token)
        self.assertEqual(answer.status_code, 403)
