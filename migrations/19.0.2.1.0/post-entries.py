"""What is matched with the claims becomes their account of the books.

Until now an event told of a partial reconciliation, by its number alone. What has an
event was told; all else had been matched before the hand-over, or a person had been
asked what it is: of that nobody is told now.
"""

from odoo import SUPERUSER_ID, api
from odoo.tools.sql import column_exists

HAD = ("queued", "sending", "unknown", "pending", "active", "closed", "withdrawn")


def migrate(cr, version):
    """Make the entries of all cases, and let each event point to its own."""
    if not column_exists(cr, "amili_assignment_event", "partial_id"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cases = env["amili.assignment"].search([("state", "in", HAD)])
    cases._read_books()
    cr.execute(
        """
        SELECT event.id, entry.id
          FROM amili_assignment_event event
          JOIN account_partial_reconcile partial ON partial.id = event.partial_id
          JOIN amili_assignment_entry entry
            ON entry.assignment_id = event.assignment_id
           AND entry.item_id = partial.credit_move_id
         ORDER BY event.id, (entry.kind = event.type) DESC
        """
    )
    entry_of = {}
    for event_id, entry_id in cr.fetchall():
        entry_of.setdefault(event_id, entry_id)
    for event_id, entry_id in entry_of.items():
        event = env["amili.assignment.event"].browse(event_id)
        event.entry_id = entry_id
        event.entry_id.meaning = event.type
    for entry in cases.entry_ids:
        entry.claim_amount = max(entry.amount - entry._reported(), 0.0)
