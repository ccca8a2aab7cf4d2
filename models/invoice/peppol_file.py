"""What an invoice as Peppol BIS Billing 3.0 says, read from the file itself.

Plain Python: what a person confirms and what is compared is what stands in the file
that goes out, not what the books say.
"""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain

from lxml import etree
from stdnum.fi import ytunnus

from .business_ids import business_ids_in

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_NAMES = {
    "cac": f"{_UBL}:CommonAggregateComponents-2",
    "cbc": f"{_UBL}:CommonBasicComponents-2",
}
_CUSTOMIZATION = b"urn:fdc:peppol.eu:2017:poacc:billing:3.0"
# The PDF, and words that Odoo writes in the language of whoever makes the file.
_NOT_COMPARED = (
    "cac:AdditionalDocumentReference",
    ".//cbc:TaxExemptionReason",
    ".//cbc:AllowanceChargeReason",
)
_ADDRESS = (
    "cbc:StreetName",
    "cbc:AdditionalStreetName",
    "cbc:PostalZone",
    "cbc:CityName",
    "cac:Country/cbc:IdentificationCode",
)
# Characters that no XML holds. Control characters Odoo leaves out by itself.
ILLEGAL = re.compile("[\ud800-\udfff\ufffe\uffff]")
# The OVT code of a Finnish company is 0037 and its Business ID without the dash.
OVT_SCHEME = "0216"
# What Finland no longer takes as an e-invoice address: LY-tunnus, VAT number.
OLD_SCHEMES = ("0037", "0213")


@dataclass(frozen=True)
class Party:
    """Who sends or receives an invoice.

    ``ids`` are the numbers that tell who it is; ``scheme`` is the kind of
    ``endpoint``, the e-invoice address; ``address`` holds street, town and country.
    """

    name: str
    ids: tuple
    endpoint: str
    scheme: str
    address: tuple

    @property
    def business_id(self):
        """The Business ID (``1234567-1``) that the file tells, else an empty text."""
        found = map(business_ids_in, (*self.ids, self.endpoint))
        return next(chain.from_iterable(found), "")


@dataclass(frozen=True)
class PeppolFile:
    """What tells an invoice from others. ``total`` is with tax, in ``currency``.

    Days are ISO 8601, as the file has them.
    """

    number: str
    date: str
    date_due: str
    total: Decimal | None
    payable: Decimal | None
    currency: str
    sender: Party
    recipient: Party


def is_peppol(content):
    """Whether a file is of the kind that Maventa is sent.

    :param bytes content: the file; may be empty
    """
    return bool(content) and _CUSTOMIZATION in content and _parse(content) is not None


def read(content):
    """Return what a file says.

    :param bytes content: an invoice as Peppol BIS Billing 3.0
    :rtype: PeppolFile
    """
    root = _parse(content)
    totals = "cac:LegalMonetaryTotal/cbc:"
    return PeppolFile(
        number=_text(root, "cbc:ID"),
        date=_text(root, "cbc:IssueDate"),
        date_due=_text(root, "cbc:DueDate"),
        total=_amount(root, f"{totals}TaxInclusiveAmount"),
        payable=_amount(root, f"{totals}PayableAmount"),
        currency=_text(root, "cbc:DocumentCurrencyCode"),
        sender=_party(root, "cac:AccountingSupplierParty"),
        recipient=_party(root, "cac:AccountingCustomerParty"),
    )


def digest(content):
    """Return a text that is the same for files that say the same.

    :param bytes content: an invoice as Peppol BIS Billing 3.0, with its PDF or without
    """
    root = _parse(content)
    for path in _NOT_COMPARED:
        for node in root.findall(path, _NAMES):
            node.getparent().remove(node)
    for node in list(root.iter(etree.Element)):
        node.text = (node.text or "").strip()
        node.tail = None
    # A node that says nothing is left out of the file where the PDF is put inside.
    for node in reversed(list(root.iter(etree.Element))):
        is_empty = not (len(node) or node.text or node.attrib)
        if is_empty and node.getparent() is not None:
            node.getparent().remove(node)
    return hashlib.sha256(etree.tostring(root, method="c14n")).hexdigest()


def build_ovt(business_id):
    """Return the OVT code of a company.

    :param str business_id: ``1234567-1``
    """
    return "0037" + ytunnus.compact(business_id)


def _parse(content):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return None


def _text(node, path):
    return (node.findtext(path, "", _NAMES) or "").strip()


def _amount(root, path):
    try:
        return Decimal(_text(root, path))
    except InvalidOperation:
        return None


def _party(root, path):
    party = root.find(f"{path}/cac:Party", _NAMES)
    if party is None:
        return Party("", (), "", "", ())
    endpoint = party.find("cbc:EndpointID", _NAMES)
    ids = (
        _text(party, "cac:PartyLegalEntity/cbc:CompanyID"),
        _text(party, "cac:PartyTaxScheme/cbc:CompanyID"),
    )
    name = _text(party, "cac:PartyLegalEntity/cbc:RegistrationName")
    address = (_text(party, f"cac:PostalAddress/{each}") for each in _ADDRESS)
    return Party(
        name=name or _text(party, "cac:PartyName/cbc:Name"),
        ids=tuple(filter(None, ids)),
        endpoint=_text(party, "cbc:EndpointID"),
        scheme="" if endpoint is None else endpoint.get("schemeID", ""),
        address=tuple(filter(None, address)),
    )
