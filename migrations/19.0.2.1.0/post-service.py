"""A service of which nobody knows whether it is Amili Perintä is asked for at once.

The one address at Maventa serves two services, and by the other one, Amili Kassavirta,
all invoices of a company go to Amili. Until now nobody asked which one it is.
"""

from odoo import SUPERUSER_ID, api, fields


def migrate(cr, version):
    """Ask for active services of unknown kind before anything more is handed over."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    services = env["amili.service"].search(
        [("state", "=", "active"), ("service_type", "=", False)]
    )
    services.write({"checked_at": False, "next_try_at": fields.Datetime.now()})
    if services:
        env.ref("amili_perinta.ir_cron_amili_service")._trigger()
