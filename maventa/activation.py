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
    is in the answer.
    """

    iban: str = field(repr=False)
    bic: str = field(repr=False)
    contact_person: str = field(repr=False)
    contact_email: str = field(repr=False)
    contact_phone: str = field(repr=False)
    customer_service_email: str = field(repr=False)
    billing_address: payload.Address = field(repr=False)
    customer_service_phone: str = field(default="", repr=False)
    authorization_email: str = field(default="", repr=False)


def build_activation(activation):
    """Return the JSON body of ``PUT /v2/services/amili/receivables``.

    :param Activation activation: who asks, and how they are reached
    :rtype: dict
    :raises ValueError: where something that Maventa needs is missing; the text names
        its key on the wire alone
    """
    billing_address = activation.billing_address
    must = {
        contract.SERVICE_IBAN: activation.iban,
        contract.SERVICE_BIC: activation.bic,
        contract.SERVICE_CONTACT: activation.contact_person,
        contract.SERVICE_CONTACT_EMAIL: activation.contact_email,
        contract.SERVICE_CONTACT_PHONE: activation.contact_phone,
        contract.SERVICE_CUSTOMER_EMAIL: activation.customer_service_email,
        contract.ADDRESS_STREETS: billing_address.streets,
        contract.ADDRESS_ZIP: billing_address.zip_code,
        contract.ADDRESS_CITY: billing_address.city,
        contract.ADDRESS_COUNTRY: billing_address.country,
    }
    missing = [key for key, value in must.items() if not value]
    if missing:
        raise ValueError(f"an activation without {', '.join(missing)}")
    may = {
        contract.SERVICE_CUSTOMER_PHONE: activation.customer_service_phone,
        contract.AUTHORIZATION_EMAIL: activation.authorization_email,
    }
    flat = {key: value for key, value in must.items() if key not in _IN_ADDRESS}
    return {
        # One address on the wire serves two services: never the other one.
        contract.SERVICE_TYPE: contract.SERVICE_PERINTA,
        **flat,
        **{key: value for key, value in may.items() if value},
        contract.SERVICE_ADDRESS: payload.address_body(billing_address),
    }


def personal_values(body):
    """Return the strings of a body that tell who somebody is or how to reach them."""
    address = body.get(contract.SERVICE_ADDRESS, {})
    values = [body.get(key) for key in _PERSONAL]
    values += address.get(contract.ADDRESS_STREETS, ())
    return [value for value in values if value]


_IN_ADDRESS = (
    contract.ADDRESS_STREETS,
    contract.ADDRESS_ZIP,
    contract.ADDRESS_CITY,
    contract.ADDRESS_COUNTRY,
)
_PERSONAL = (
    contract.SERVICE_IBAN,
    contract.SERVICE_CONTACT,
    contract.SERVICE_CONTACT_EMAIL,
    contract.SERVICE_CONTACT_PHONE,
    contract.SERVICE_CUSTOMER_EMAIL,
    contract.SERVICE_CUSTOMER_PHONE,
    contract.AUTHORIZATION_EMAIL,
)
