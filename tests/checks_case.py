"""What tests of what stops a hand-over, or only warns, have in common."""

from datetime import timedelta

from odoo import fields

from .common import AmiliCommon

TODAY = fields.Date.to_date("2026-10-20")
INVOICE, CONTACT = "account.move", "res.partner"


class ChecksCommon(AmiliCommon):
    def alerts(self, move, **terms):
        """Return the alerts of an invoice as a clerk gets them."""
        self.env.invalidate_all()
        move = move.with_user(self.clerk)
        confirmed = move._amili_default_terms()
        confirmed[move.id].update(terms)
        return move._amili_get_alerts(confirmed)[move.id]

    def assert_alerts(self, move, expected, **terms):
        """The invoice has exactly these alerts: codes and their levels.

        A code may end in ``*``: the id of a contact follows.
        """
        alerts = self.alerts(move, **terms)
        found = {
            f"{code.rstrip('0123456789')}*" if code[-1].isdigit() else code: alert
            for code, alert in alerts.items()
        }
        self.assertEqual(
            {code: alert["level"] for code, alert in found.items()}, expected
        )
        for alert in found.values():
            self.assertTrue(alert["message"])
            self.assertNotIn("False", alert["message"])
        return found

    def assert_one(self, move, code, level, mend=None, **terms):
        """Exactly one alert; its action opens ``mend``, a model, if there is one."""
        alert = self.assert_alerts(move, {code: level}, **terms)[code]
        if mend:
            self.assertEqual(alert["action"]["res_model"], mend)
            self.assertTrue(alert["action_text"])
        else:
            self.assertNotIn("action", alert)
        return alert

    def consumer(self, **values):
        """Make an invoice of a person, reminded in time for straight collection."""
        return self.invoice(
            self.person, amili_reminder_date=TODAY - timedelta(14), **values
        )

    def contact(self, **values):
        return self.business.copy(
            {
                "name": "Toinen Esimerkki Oy",
                "company_registry": "0112038-9",
                "vat": False,
                **values,
            }
        )
