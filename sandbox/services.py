"""How a company gets Amili's service: it asks, a person signs, Amili takes it or not.

A company whose ``service_status`` is None never asked. Call these below
``state.change()``.
"""

import secrets

from .problems import Problem, not_found

_TOLD = (
    *("service_type", "authorization_email", "iban", "bic", "contact_person"),
    *("contact_email", "contact_phone_number", "customer_service_email"),
    *("customer_service_phone_number", "billing_address"),
)


def ask(state, company, request, base_url):
    """Take a request for the service as Maventa would; asking again changes it.

    :param dict request: the body, valid by its schema.
    :param str base_url: where the page for signing is.
    """
    if company["service_status"] not in ("ACTIVE", "PENDING"):
        company["service_status"] = "PENDING"
        company["service_reason"] = None
        company["activation_url"] = f"{base_url}kyc/{secrets.token_urlsafe(16)}"
    company["authorization_email"] = None
    company["service_request"] = request
    for name in ("authorization_email", "service_type"):
        if name in request:
            company[name] = request[name]
    state.save_company(company)


def view(company):
    """The answer of ``GET /v2/services/amili/receivables``.

    :raises Problem: 404 when it was never asked for.
    """
    status = company["service_status"]
    if status is None:
        raise not_found("service")
    told = {**company["service_request"], **company}
    answer = {"status": status, "activation_url": company["activation_url"]}
    answer |= {name: told[name] for name in _TOLD if name in told}
    if company["service_reason"]:
        answer["message"] = company["service_reason"]
    return answer


def sign(state, company):
    """Somebody who may act for the company signs, and Amili takes it as a customer.

    :raises Problem: 409 when nothing waits to be signed.
    """
    _decide(state, company, "ACTIVE", None)


def reject(state, company, reason):
    """Amili does not take the company as a customer.

    :raises Problem: 409 when nothing waits to be signed.
    """
    _decide(state, company, "REJECTED", reason)


def _decide(state, company, status, reason):
    if company["service_status"] != "PENDING":
        raise Problem(409, "service_not_pending", "Nothing waits to be signed.")
    company["service_status"] = status
    company["service_reason"] = reason
    company["activation_url"] = None
    state.save_company(company)


def by_link(state, key):
    """The company that a page for signing is for, or None."""
    for company in state.companies.values():
        link = company["activation_url"] or ""
        if key and link.endswith(f"/kyc/{key}"):
            return company
    return None
