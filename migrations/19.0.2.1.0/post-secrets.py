"""Secrets stand alone: what exists moves, and no copy stays behind."""

import json

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from odoo.addons.amili_perinta.maventa.masking import mask_text
from odoo.addons.amili_perinta.maventa.payload import mask_body

# Where a secret stood: model and column; and where it stands: vault and column.
MOVED = (
    ("res.company", "amili_client_id", "amili.credentials", "client_id"),
    ("res.company", "amili_client_secret", "amili.credentials", "client_secret"),
    ("res.company", "amili_vendor_api_key", "amili.credentials", "vendor_api_key"),
    ("res.partner", "amili_personal_identity_code", "amili.identity.code", "text"),
    (
        "amili.assignment.payer",
        "personal_identity_code",
        "amili.identity.code",
        "text",
    ),
    ("amili.service", "request", "amili.service.secret", "request"),
    ("amili.service", "activation_url", "amili.service.secret", "activation_url"),
)
# Texts in which somebody may have written an identity code.
TEXTS = (
    ("mail_message", "body", "model IN ('account.move', 'amili.assignment')"),
    ("mail_activity", "note", "res_model IN ('account.move', 'amili.assignment')"),
    ("amili_report_wizard", "text", "TRUE"),
    ("res_partner", "amili_collection_block_reason", "TRUE"),
)


def migrate(cr, version):
    """Move keys, identity codes and requests; mask them where they do not belong."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model, column, vault, name in MOVED:
        _move(env, env[model], column, env[vault], name)
    _mask_payloads(cr)
    _mask_events(env)
    for table, column, domain in TEXTS:
        _mask_texts(cr, table, column, SQL(domain))
    _hide_notes(env)
    _restrict_co_debtors(env)


def _move(env, records, column, vault, name):
    if not column_exists(env.cr, records._table, column):
        return
    table, source = SQL.identifier(records._table), SQL.identifier(column)
    env.cr.execute(
        SQL(
            "SELECT id, %s::text FROM %s WHERE %s IS NOT NULL AND %s::text NOT IN %s",
            source,
            table,
            source,
            source,
            ("", "null", "false", "{}"),
        )
    )
    vault._store_secrets(
        name, [(records.browse(id_), text) for id_, text in env.cr.fetchall()]
    )
    env.cr.execute(SQL("ALTER TABLE %s DROP COLUMN %s", table, source))


def _mask_payloads(cr):
    cr.execute(
        "SELECT id, frozen_payload FROM amili_assignment"
        " WHERE frozen_payload IS NOT NULL"
    )
    for id_, body in cr.fetchall():
        masked = body and mask_body(body)
        if masked != body:
            cr.execute(
                "UPDATE amili_assignment SET frozen_payload = %s WHERE id = %s",
                [json.dumps(masked), id_],
            )


def _mask_events(env):
    """Mask what was written to Amili; what still goes out keeps its words apart."""
    env.cr.execute(
        """
        SELECT id, text, direction = 'outbound'
                         AND state IN ('queued', 'sending', 'unknown')
          FROM amili_assignment_event
         WHERE text ~ '[0-9]{6}'
        """
    )
    kept = []
    for id_, text, is_leaving in env.cr.fetchall():
        masked = mask_text(text)
        if masked != text:
            event = env["amili.assignment.event"].browse(id_)
            event.text = masked
            if is_leaving:
                kept.append((event, text))
    env["amili.identity.code"]._store_secrets("text", kept)


def _mask_texts(cr, table, column, domain):
    table, column = SQL.identifier(table), SQL.identifier(column)
    cr.execute(
        SQL(
            "SELECT id, %s FROM %s WHERE %s AND %s ~ '[0-9]{6}'",
            column,
            table,
            domain,
            column,
        )
    )
    for id_, text in cr.fetchall():
        masked = mask_text(text)
        if masked != text:
            cr.execute(
                SQL("UPDATE %s SET %s = %s WHERE id = %s", table, column, masked, id_)
            )


def _hide_notes(env):
    """Make notes of the addon such that a customer reads none by its id."""
    env.cr.execute(
        """
        UPDATE mail_message message
           SET message_type = 'comment', is_internal = TRUE
          FROM mail_message_subtype subtype
         WHERE subtype.id = message.subtype_id
           AND subtype.internal
           AND message.message_type = 'notification'
           AND message.model IN ('account.move', 'amili.assignment', 'amili.service')
           AND message.body ~ 'Amili|Maventa'
        """
    )


def _restrict_co_debtors(env):
    """The rules of records are not updated with the addon; this one says less now."""
    rule = env.ref("amili_perinta.amili_co_debtor_rule_company", False)
    if rule:
        rule.domain_force = "[('company_id', 'in', company_ids)]"
