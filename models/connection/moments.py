"""Moments of the wire, which are aware and in UTC, as Odoo keeps them."""


def naive(moment):
    """Return a moment in UTC as Odoo keeps it; what is empty stays so."""
    return moment and moment.replace(tzinfo=None)
