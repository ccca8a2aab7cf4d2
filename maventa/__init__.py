"""Maventa's REST API in plain Python: nothing in this package knows Odoo."""
