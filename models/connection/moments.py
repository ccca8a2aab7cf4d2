"""Moments of the wire, which are aware and in UTC, as Odoo keeps them."""

from datetime import timedelta

# By so much Maventa's clock and ours may differ.
CLOCK_SKEW = timedelta(minutes=5)


def naive(moment):
    """Return a moment in UTC as Odoo keeps it; what is empty stays so."""
    return moment and moment.replace(tzinfo=None)
