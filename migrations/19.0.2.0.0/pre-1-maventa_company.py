"""What goes to Maventa belongs to one Maventa company from now on.

That of older records is the company's present one, if they are of its present
environment. Of others nobody knows: they count for whatever Maventa company the
company has in their environment.
"""

from odoo.tools.sql import column_exists, create_column, rename_column


def migrate(cr, version):
    """Fill the Maventa company of everything; move what companies remembered."""
    for table in ("amili_service", "amili_invoice_upload"):
        if column_exists(cr, table, "account"):
            rename_column(cr, table, "account", "maventa_company_uuid")
    _fill(cr, "amili_assignment", "environment")
    if column_exists(cr, "account_move", "maventa_environment"):
        _fill(cr, "account_move", "maventa_environment")
    for name in ("environment", "maventa_company_uuid"):
        if not column_exists(cr, "amili_assignment_event", name):
            create_column(cr, "amili_assignment_event", name, "varchar")
    cr.execute(
        """
        UPDATE amili_assignment_event event
           SET environment = assignment.environment,
               maventa_company_uuid = assignment.maventa_company_uuid
          FROM amili_assignment assignment
         WHERE assignment.id = event.assignment_id
        """
    )
    _move_news(cr)


def _fill(cr, table, environment):
    if column_exists(cr, table, "maventa_company_uuid"):
        return
    create_column(cr, table, "maventa_company_uuid", "varchar")
    cr.execute(
        f"""
        UPDATE {table} record
           SET maventa_company_uuid = LOWER(TRIM(company.amili_client_id))
          FROM res_company company
         WHERE company.id = record.company_id
           AND company.amili_environment = record.{environment}
           AND TRIM(company.amili_client_id) != ''
        """
    )


def _move_news(cr):
    """Let reading the news go on where it was."""
    if not column_exists(cr, "res_company", "amili_events_read_until"):
        return
    cr.execute(
        """
        CREATE TABLE IF NOT EXISTS amili_feed (
            id SERIAL PRIMARY KEY,
            company_id INTEGER,
            environment VARCHAR,
            maventa_company_uuid VARCHAR,
            read_until TIMESTAMP,
            news_at TIMESTAMP,
            problem VARCHAR
        )
        """
    )
    cr.execute(
        """
        INSERT INTO amili_feed (
               company_id, environment, maventa_company_uuid,
               read_until, news_at, problem
               )
        SELECT id, amili_environment, LOWER(TRIM(amili_client_id)),
               amili_events_read_until, amili_news_at, amili_news_problem
          FROM res_company
         WHERE TRIM(amili_client_id) != ''
           AND (amili_events_read_until IS NOT NULL OR amili_news_at IS NOT NULL)
        """
    )
