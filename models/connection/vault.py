"""Secrets stand alone: each kind in a table with nothing else that can fail.

PostgreSQL prints the whole row that it refuses, and Odoo the whole statement. And a
domain walks with all rights from any record to any stored field that a path of
relations leads to, whatever groups the field has: who may ask whether it begins with an
A spells it out. So a secret is a column of no table that people or other modules write,
no relation leads from another model to its row, and the field that people know is a
*door*: computed, not stored, never searched, never exported.
"""

import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class AmiliVaultMixin(models.AbstractModel):
    """A table of secrets, one row an owner; nobody has a right to it.

    A row is made empty and locked before a secret is written to it: what may be
    refused (a second row, a foreign key, a change by somebody else at this moment) is
    refused by statements that hold none. The secrets are kept as bytes, so that a row
    that is printed all the same is not read at a glance.
    """

    _name = "amili.vault.mixin"
    _description = "Secrets that stand alone"
    _inherit = ["amili.derived.mixin"]
    _log_access = False

    @api.model
    def _read_secrets(self, owners, name):
        """Return the secrets of one kind by the id of their owner.

        :param owners: records of a model that this table has a column for
        :param str name: the column
        :rtype: dict[int, str]
        """
        column = self._owner_column(owners)
        rows = self.sudo().with_context(bin_size=False)._rows(owners)
        return {
            row[column].id: base64.b64decode(row[name]).decode()
            for row in rows
            if row[name]
        }

    @api.model
    def _store_secrets(self, name, secrets):
        """Keep secrets of one kind, or forget them.

        :param str name: the column
        :param secrets: pairs of an owner and its secret; an empty one is forgotten
        """
        if not secrets:
            return
        secret_of = {owner.id: secret for owner, secret in secrets}
        owners = secrets[0][0].browse(secret_of)
        column = self._owner_column(owners)
        vault = self.sudo().with_context(bin_size=False)
        rows = vault._rows(owners)
        with_row = set(rows[column].ids)
        rows += vault.create(
            [
                {column: id_}
                for id_, secret in secret_of.items()
                if secret and id_ not in with_row
            ]
        )
        if not rows:
            return
        # Whoever changes the same at this moment is met here, not with a secret.
        self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE id IN %s ORDER BY id FOR UPDATE",
                SQL.identifier(self._table),
                tuple(rows.ids),
            )
        )
        for row in rows:
            secret = secret_of[row[column].id]
            row[name] = secret and base64.b64encode(secret.encode())
        rows.flush_recordset()
        rows.filtered(lambda row: not row._holds_secret()).unlink()

    @api.model
    def _rows(self, owners):
        column = self._owner_column(owners)
        return self.search([(column, "in", owners._origin.ids)])

    @api.model
    def _rows_with(self, name):
        """Return the rows that hold one kind of secret."""
        return self.search([(name, "!=", False)])

    @api.model
    def _owner_column(self, owners):
        return next(
            field.name
            for field in self._fields.values()
            if field.comodel_name == owners._name
        )

    def _holds_secret(self):
        return any(
            self[field.name]
            for field in self._fields.values()
            if field.type == "binary" and field.store
        )


class AmiliCredentials(models.Model):
    """What lets a company in at Maventa."""

    _name = "amili.credentials"
    _description = "Credentials for Maventa"
    _inherit = ["amili.vault.mixin"]
    _log_access = False

    company_id = fields.Many2one("res.company", ondelete="cascade")
    client_id = fields.Binary(attachment=False)
    client_secret = fields.Binary(attachment=False)
    vendor_api_key = fields.Binary(attachment=False)
    _one_of_a_company = models.UniqueIndex("(company_id)")


class AmiliServiceSecret(models.Model):
    """What was told to Maventa when the service was asked for, and the link to sign."""

    _name = "amili.service.secret"
    _description = "Request for the Amili Service"
    _inherit = ["amili.vault.mixin"]
    _log_access = False

    service_id = fields.Many2one("amili.service", ondelete="cascade")
    request = fields.Binary(attachment=False)
    activation_url = fields.Binary(attachment=False)
    _one_of_a_service = models.UniqueIndex("(service_id)")


def door(kind, name, vault, column, load=str, dump=str, **attributes):
    """Return a field that opens onto a secret.

    :param kind: the class of the field, e.g. ``fields.Char``
    :param str name: the name of the field
    :param str vault: the model that keeps the secret, and ``column`` its field
    :param load: what makes the field's value of the text that is kept; ``dump`` the
        other way round
    """

    def compute(records):
        secrets = records.env[vault]._read_secrets(records, column)
        for record in records:
            secret = secrets.get(record._origin.id)
            record[name] = load(secret) if secret else False

    def inverse(records):
        records.env[vault]._store_secrets(
            column,
            [
                (record, dump(record[name]) if record[name] else "")
                for record in records
            ],
        )

    return kind(
        compute=compute,
        inverse=inverse,
        compute_sudo=True,
        copy=False,
        exportable=False,
        **attributes,
    )


class AmiliDoorsMixin(models.AbstractModel):
    """Has doors to secrets: none of them is ever part of an export."""

    _name = "amili.doors.mixin"
    _description = "Has secrets that stand alone"

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        # EXTENDS base: here every path of an export ends
        for path in fields:
            field = self._fields.get(path[0]) if path else None
            if field and "amili_perinta" in field._modules and not field.exportable:
                label = field.get_description(self.env, ["string"])["string"]
                raise AccessError(self.env._("“%s” is never exported.", label))
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
