"""Each webhook gets the keys to remove it with, before those of the company move."""

from odoo.tools.sql import table_exists


def migrate(cr, version):
    """Copy the company's keys; a webhook of a former Maventa company has its own."""
    if table_exists(cr, "amili_webhook"):
        cr.execute(
            """
            UPDATE amili_webhook webhook
               SET client_id = company.amili_client_id,
                   client_secret = company.amili_client_secret,
                   vendor_api_key = company.amili_vendor_api_key
              FROM res_company company
             WHERE company.id = webhook.company_id
               AND webhook.state != 'leaving'
            """
        )
