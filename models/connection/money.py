"""Sums on their way to the wire."""

from decimal import Decimal

from odoo.tools import float_repr


def exactly(currency, amount):
    """Return a sum of a currency as Decimal, with two decimals.

    A float says nothing exact: the currency's own rounding does.
    """
    return Decimal(float_repr(currency.round(amount or 0.0), 2))
