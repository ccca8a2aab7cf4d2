"""The check of the API contract has left the addon: its models and screens go."""

from odoo.tools import SQL

MODELS = ("amili.contract.check.line", "amili.contract.check")
TABLES_BY_MODEL_NAME = (
    ("ir_filters", "model_id"),
    ("ir_exports", "resource"),
    ("ir_act_window", "res_model"),
    ("ir_ui_view", "model"),
    # Access rights, rules, fields and their selections go with their model.
    ("ir_model", "model"),
)


def migrate(cr, version):
    """Delete what Odoo would miss a model for when it cleans up after itself."""
    cr.execute(
        """
        DELETE FROM ir_ui_view WHERE id IN (
            SELECT res_id FROM ir_model_data
             WHERE module = 'amili_perinta' AND model = 'ir.ui.view'
               AND name = 'res_config_settings_view_form_contract'
        )
        """
    )
    for table, column in TABLES_BY_MODEL_NAME:
        cr.execute(
            SQL(
                "DELETE FROM %s WHERE %s IN %s",
                SQL.identifier(table),
                SQL.identifier(column),
                MODELS,
            )
        )
    cr.execute(
        """
        DELETE FROM ir_model_data
         WHERE module = 'amili_perinta'
           AND (
               name LIKE '%amili\\_contract\\_check%'
               OR name = 'res_config_settings_view_form_contract'
           )
        """
    )
    for model in MODELS:
        table = SQL.identifier(model.replace(".", "_"))
        cr.execute(SQL("DROP TABLE IF EXISTS %s CASCADE", table))
