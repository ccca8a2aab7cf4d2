"""Reads an invoice as Finvoice 3.0 has it."""

import datetime
import re
from decimal import Decimal

from .bis3 import Reader, UnreadableInvoice, business_id, parse

_TYPES = {"INV01": "invoice", "INV02": "credit_note"}
_AMOUNT = re.compile(r"-?[0-9]{1,9}(,[0-9]+)?")
_DETAILS = "InvoiceDetails/"
_EPI = "EpiDetails/EpiPaymentInstructionDetails/"


def read(content):
    """Read an invoice or a credit note.

    :param bytes content: the XML.
    :returns: what :func:`sandbox.bis3.read` does.
    :raises UnreadableInvoice:
    """
    root = parse(content)
    if root.tag != "Finvoice":
        raise UnreadableInvoice(["ERROR: FILE IS NOT A FINVOICE"])
    return _Reader(root).whole()


class _Reader(Reader):
    def whole(self):
        if self._root.get("Version") != "3.0":
            self._lines.append("ERROR: VERSION IS NOT 3.0")
        total = f"{_DETAILS}InvoiceTotalVatIncludedAmount"
        kind = _TYPES.get(self._needed(f"{_DETAILS}InvoiceTypeCode", "INVOICE TYPE"))
        if not kind:
            self._lines.append("ERROR: INVOICE TYPE IS NOT AN INVOICE")
        found = {
            "kind": kind,
            "number": self._needed(f"{_DETAILS}InvoiceNumber", "INVOICE NUMBER"),
            "date": self._day(f"{_DETAILS}InvoiceDate", "INVOICE DATE"),
            "date_due": self._day(
                f"{_DETAILS}PaymentTermsDetails/InvoiceDueDate", "INVOICE DUE DATE"
            ),
            "currency": self._currency(total),
            "sum": self._amount(
                f"{_DETAILS}InvoiceTotalVatExcludedAmount", "INVOICE SUM"
            ),
            "sum_tax": self._amount(total, "INVOICE TOTAL"),
            "payable": self._amount(f"{_EPI}EpiInstructedAmount", "PAYABLE AMOUNT"),
            "reference": self._text(f"{_EPI}EpiRemittanceInfoIdentifier") or None,
            "sender": self._party("Seller", "SENDER"),
            "recipient": self._party("InvoiceRecipient", "RECIPIENT"),
            "has_pdf": False,
        }
        return self._checked(found)

    def _day(self, path, words):
        text = self._needed(path, words)
        try:
            day = text and datetime.datetime.strptime(text, "%Y%m%d").date()
        except ValueError:
            self._lines.append(f"ERROR: {words} IS NOT A DATE")
            return None
        return day.isoformat() if day else None

    def _amount(self, path, words):
        text = self._needed(path, words)
        if not _AMOUNT.fullmatch(text):
            self._lines.append(f"ERROR: {words} IS NOT A NUMBER")
            return None
        return float(Decimal(text.replace(",", ".")))

    def _currency(self, path):
        node = self._root.find(path)
        currency = "" if node is None else node.get("AmountCurrencyIdentifier", "")
        if not currency:
            self._missing("INVOICE CURRENCY")
        return currency

    def _party(self, party, words):
        details = f"{party}PartyDetails/{party}"
        name = self._needed(f"{details}OrganisationName", f"{words} NAME")
        address = self._text(f"{party}OrganisationUnitNumber")
        ids = (
            self._text(f"{details}PartyIdentifier"),
            self._text(f"{details}OrganisationTaxCode"),
            address,
        )
        country = f"{details}PostalAddressDetails/CountryCode"
        return {
            "name": name,
            "bid": next(filter(None, map(business_id, ids)), None),
            "eia": address or None,
            "country": self._text(country) or None,
        }
