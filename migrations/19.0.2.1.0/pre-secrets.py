"""Secrets stand alone: make room for what the next step moves."""

from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Keep the frozen bodies, and say which company entered each co-debtor."""
    if column_exists(cr, "amili_assignment", "payload"):
        cr.execute(
            "ALTER TABLE amili_assignment RENAME COLUMN payload TO frozen_payload"
        )
    if not column_exists(cr, "amili_co_debtor", "company_id"):
        cr.execute("ALTER TABLE amili_co_debtor ADD COLUMN company_id int4")
        cr.execute(
            """
            UPDATE amili_co_debtor line
               SET company_id = COALESCE(debtor.company_id, author.company_id)
              FROM res_partner debtor, res_users author
             WHERE debtor.id = line.debtor_id
               AND author.id = line.create_uid
            """
        )
        cr.execute(
            """
            UPDATE amili_co_debtor
               SET company_id = (SELECT min(id) FROM res_company)
             WHERE company_id IS NULL
            """
        )
