"""Reads an invoice as Peppol BIS Billing 3.0 has it."""

import base64
import binascii
import datetime
import re
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from . import identifiers

BILLING_3 = "urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_NAMES = {
    "cac": f"{_UBL}:CommonAggregateComponents-2",
    "cbc": f"{_UBL}:CommonBasicComponents-2",
}
_ROOTS = {
    f"{{{_UBL}:Invoice-2}}Invoice": "invoice",
    f"{{{_UBL}:CreditNote-2}}CreditNote": "credit_note",
}
# The OVT code of a Finnish company holds its Business ID without the dash.
_OVT = re.compile(r"0037([0-9]{7})([0-9])")
_VAT = re.compile(r"(?:FI)?([0-9]{7})-?([0-9])", re.IGNORECASE)


class UnreadableInvoice(Exception):
    """The file is not an invoice that can be sent.

    :param list lines: what is wrong, in the words of AX's own errors.
    """

    def __init__(self, lines):
        super().__init__("unreadable invoice")
        self.lines = lines


class _Builder(ElementTree.TreeBuilder):
    def doctype(self, name, pubid, system):
        # An invoice needs none, and an entity could grow without end.
        raise UnreadableInvoice(["ERROR: DOCTYPE IS NOT ALLOWED"])


def read(content):
    """Read an invoice or a credit note.

    :param bytes content: the XML.
    :returns: a dict of plain JSON values: ``kind``, ``number``, ``date``,
        ``date_due``, ``currency``, ``sum``, ``sum_tax``, ``payable``, ``reference``,
        ``sender``, ``recipient`` and ``has_pdf``.
    :raises UnreadableInvoice:
    """
    root = parse(content)
    if root.tag not in _ROOTS:
        raise UnreadableInvoice(["ERROR: FILE IS NOT A UBL INVOICE"])
    return _Reader(root).whole()


def parse(content):
    """Return the root of an XML file.

    :raises UnreadableInvoice:
    """
    try:
        return ElementTree.fromstring(
            content, parser=ElementTree.XMLParser(target=_Builder())
        )
    except (ElementTree.ParseError, ValueError, LookupError):
        raise UnreadableInvoice(["ERROR: FILE IS NOT VALID XML"]) from None


class Reader:
    """Reads an invoice from its XML, and collects what is wrong with it."""

    def __init__(self, root):
        self._root = root
        self._lines = []

    def _text(self, path, start=None):
        start = self._root if start is None else start
        return (start.findtext(path, "", _NAMES) or "").strip()

    def _needed(self, path, words):
        text = self._text(path)
        if not text:
            self._missing(words)
        return text

    def _missing(self, words):
        self._lines.append(f"ERROR: {words} NOT FOUND")

    def _checked(self, found):
        """Return what was found.

        :raises UnreadableInvoice: something is missing or wrong
        """
        if not found["sender"]["bid"] and not found["sender"]["eia"]:
            self._missing("SENDER ID")
        if self._lines:
            raise UnreadableInvoice(self._lines)
        return found


class _Reader(Reader):
    def whole(self):
        kind = _ROOTS[self._root.tag]
        self._check_profile()
        totals = "cac:LegalMonetaryTotal/cbc:"
        found = {
            "kind": kind,
            "number": self._needed("cbc:ID", "INVOICE NUMBER"),
            "date": self._day("cbc:IssueDate", "INVOICE DATE"),
            "date_due": self._day("cbc:DueDate", "INVOICE DUE DATE")
            if kind == "invoice"
            else None,
            "currency": self._needed("cbc:DocumentCurrencyCode", "INVOICE CURRENCY"),
            "sum": self._amount(f"{totals}TaxExclusiveAmount", "INVOICE SUM"),
            "sum_tax": self._amount(f"{totals}TaxInclusiveAmount", "INVOICE TOTAL"),
            "payable": self._amount(f"{totals}PayableAmount", "PAYABLE AMOUNT"),
            "reference": self._text("cac:PaymentMeans/cbc:PaymentID") or None,
            "sender": self._party("cac:AccountingSupplierParty", "SENDER"),
            "recipient": self._party("cac:AccountingCustomerParty", "RECIPIENT"),
            "has_pdf": self._has_pdf(),
        }
        return self._checked(found)

    def _check_profile(self):
        if BILLING_3 not in self._text("cbc:CustomizationID"):
            self._lines.append("ERROR: CUSTOMIZATION ID IS NOT PEPPOL BIS BILLING 3.0")
        if self._text("cbc:ProfileID") != PROFILE:
            self._lines.append("ERROR: PROFILE ID IS NOT PEPPOL BIS BILLING 3.0")

    def _day(self, path, words):
        text = self._needed(path, words)
        try:
            return text and datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            self._lines.append(f"ERROR: {words} IS NOT A DATE")
            return None

    def _amount(self, path, words):
        text = self._needed(path, words)
        try:
            amount = Decimal(text or 0)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or abs(amount) >= 10**9:
            self._lines.append(f"ERROR: {words} IS NOT A NUMBER")
            return None
        return float(amount)

    def _party(self, path, words):
        party = self._root.find(f"{path}/cac:Party", _NAMES)
        if party is None:
            self._missing(words)
            return {"name": None, "bid": None, "eia": None, "country": None}
        name = self._text("cac:PartyLegalEntity/cbc:RegistrationName", party)
        name = name or self._text("cac:PartyName/cbc:Name", party)
        if not name:
            self._missing(f"{words} NAME")
        endpoint = self._text("cbc:EndpointID", party)
        ids = (
            self._text("cac:PartyLegalEntity/cbc:CompanyID", party),
            self._text("cac:PartyTaxScheme/cbc:CompanyID", party),
            endpoint,
        )
        address = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
        return {
            "name": name,
            "bid": next(filter(None, map(business_id, ids)), None),
            "eia": endpoint or None,
            "country": self._text(address, party) or None,
        }

    def _has_pdf(self):
        path = (
            "cac:AdditionalDocumentReference/cac:Attachment"
            "/cbc:EmbeddedDocumentBinaryObject"
        )
        for node in self._root.iterfind(path, _NAMES):
            try:
                content = base64.b64decode(
                    "".join((node.text or "").split()), None, True
                )
            except (binascii.Error, ValueError):
                self._lines.append("ERROR: ATTACHMENT IS NOT BASE64")
                continue
            if node.get("mimeCode") == "application/pdf" and content.startswith(
                b"%PDF"
            ):
                return True
        return False


def business_id(text):
    """Return the Finnish Business ID that a number holds, or ``None``."""
    match = _OVT.match(text) or _VAT.fullmatch(text)
    found = match and f"{match[1]}-{match[2]}"
    return found if found and identifiers.is_business_id(found) else None
