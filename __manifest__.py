{
    "name": "Amili Perintä",
    "summary": "Hand overdue invoices over to Amili Perintä debt collection",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Amili Perintä connector contributors",
    "license": "LGPL-3",
    "depends": ["account", "account_edi_ubl_cii"],
    "external_dependencies": {
        "python": ["phonenumbers", "pycountry", "python-stdnum", "requests"],
    },
    "data": [
        "security/amili_perinta_groups.xml",
        "security/ir.model.access.csv",
        "security/amili_perinta_rules.xml",
        "data/ir_cron.xml",
        "data/mail_activity_type.xml",
        "views/amili_assignment_views.xml",
        "views/account_move_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "wizards/amili_transfer_wizard_views.xml",
    ],
    "demo": ["demo/demo.xml"],
    "assets": {
        "web.assets_tests": ["amili_perinta/static/tests/tours/*.js"],
    },
    "application": True,
}
