"""What is at Amili on the day of the upgrade is left alone by other reminders too."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    live = ("queued", "sending", "unknown", "pending", "active")
    env["amili.assignment"].search([("state", "in", live)])._pause_reminders()
