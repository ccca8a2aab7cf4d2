"""The body that asks for the collection service: a frozen dataclass in, JSON out.

Source of the names: :mod:`.contract`.
"""

from dataclasses import dataclass, field

from . import contract, payload


@dataclass(frozen=True)
class Activation:
    """A company that asks for Amili Perintä; no part of it is ever printed.

    ``contact_phone`` and ``customer_service_phone`` are E.164. To
    ``authorization_email`` Maventa mails the link by which somebody who may sign for
    the company identifies themselves; where it is empty nothing is mailed and the link
    is in the answer. ``bank`` is the bank's name. ``accountable_party`` is ``vfsfi`` or
    ``company``: whether the letters show Amili's account number, or the company's own.
    """

    iban: str = field(repr=False)
    bic: str = field(repr=False)
    contact_person: str = field(repr=False)
    contact_email: str = field(repr=False)
    contact_phone: str = field(repr=False)
    customer_service_email: str = field(repr=False)
    billing_address: payload.Address = field(repr=False)
    bank: str = field(default="", repr=False)
    accountable_party: str = ""
    customer_service_phone: str = field(default="", repr=False)
    authorization_email: str = field(default="", repr=False)


def build_activation(activation):
    """Return the JSON body of ``PUT /v2/services/amili/receivables``.

    :param Activation activation: who asks, and how they are reached
    :rtype: dict
    :raises ValueError: where something that Maventa needs is missing; the text names
        its key on the wire alone
    """
    given = activation.billing_address
    address = {
        contract.SERVICE_STREETS: list(given.streets),
        contract.SERVICE_ZIP: given.zip_code,
        contract.SERVICE_CITY: given.city,
        contract.SERVICE_COUNTRY: given.country,
    }
    needed = {
        contract.SERVICE_IBAN: activation.iban,
        contract.SERVICE_BIC: activation.bic,
        contract.SERVICE_BANK: activation.bank,
        contract.SERVICE_CONTACT: activation.contact_person,
        contract.SERVICE_CONTACT_EMAIL: activation.contact_email,
        contract.SERVICE_CONTACT_PHONE: activation.contact_phone,
        contract.SERVICE_CUSTOMER_EMAIL: activation.customer_service_email,
        # Maventa could do without. Who does not choose would not know to whom the
        # debtors pay.
        contract.ACCOUNTABLE_PARTY: activation.accountable_party,
    }
    missing = [key for key, value in {**needed, **address}.items() if not value]
    if missing:
        raise ValueError(f"an activation without {', '.join(missing)}")
    optional = {
        contract.SERVICE_CUSTOMER_PHONE: activation.customer_service_phone,
        contract.AUTHORIZATION_EMAIL: activation.authorization_email,
    }
    return {
        # One address on the wire serves two services, and the other one is the default.
        contract.SERVICE_TYPE: contract.SERVICE_EXPRESS,
        **needed,
        **build_change(activation.accountable_party),
        **{key: value for key, value in optional.items() if value},
        contract.SERVICE_ADDRESS: address,
    }


def build_change(accountable_party):
    """Return the JSON body of ``PATCH /v2/services/amili/receivables``.

    :param str accountable_party: as in :class:`Activation`
    :rtype: dict
    :raises ValueError: for another word
    """
    if accountable_party not in contract.ACCOUNTABLE_PARTIES:
        raise ValueError(f"an unknown {contract.ACCOUNTABLE_PARTY}")
    return {contract.ACCOUNTABLE_PARTY: contract.ACCOUNTABLE_PARTIES[accountable_party]}


def personal_values(body):
    """Return the strings of a body that tell who somebody is or how to reach them."""
    address = body.get(contract.SERVICE_ADDRESS, {})
    values = [body.get(key) for key in _PERSONAL]
    values += address.get(contract.SERVICE_STREETS, ())
    return [value for value in values if value]


_PERSONAL = (
    contract.SERVICE_IBAN,
    contract.SERVICE_CONTACT,
    contract.SERVICE_CONTACT_EMAIL,
    contract.SERVICE_CONTACT_PHONE,
    contract.SERVICE_CUSTOMER_EMAIL,
    contract.SERVICE_CUSTOMER_PHONE,
    contract.AUTHORIZATION_EMAIL,
)
