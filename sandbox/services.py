"""How a company gets Amili's service: it asks, a person signs, Amili takes it or not.

A company whose ``service_status`` is None never asked, and one that is REJECTED was
not taken; on the wire both are DISABLED. Call these below ``state.change()``.
"""

import secrets

from .problems import Problem, forbidden, not_found

_SHOWN = (
    *("service_type", "accountable_party", "authorization_email", "iban", "bic"),
    *("bank", "contact_person", "contact_email", "contact_phone_number"),
    *("customer_service_email", "customer_service_phone_number", "billing_address"),
)
_CHOICES = {
    # What a request leaves out is Maventa's own choice: the full service.
    "service_type": "full",
    "accountable_party": "vfsfi",
    "authorization_email": None,
}


def ask(state, company, request, base_url):
    """Take a request for the service as Maventa would; asking again changes it.

    :param dict request: the body, valid by its schema.
    :param str base_url: where the page for signing is.
    :raises Problem: 403 for a company that is not verified.
    """
    if company["company_state"] != "VERIFIED":
        raise forbidden("The company is not verified.")
    if company["service_status"] not in ("ACTIVE", "PENDING"):
        company["service_status"] = "PENDING"
        company["service_reason"] = None
        company["activation_url"] = f"{base_url}kyc/{secrets.token_urlsafe(16)}"
    company["service_request"] = request
    company.update((name, request.get(name, _CHOICES[name])) for name in _CHOICES)
    state.save_company(company)


def view(state, company):
    """The answer of ``GET /v2/services/amili/receivables``.

    :raises Problem: 404 in the mood ``service_words``, when it was never asked for.
    """
    status = company["service_status"]
    other_words = "service_words" in state.settings["moods"]
    if status is None and other_words:
        raise not_found("service")
    if status in (None, "REJECTED") and not other_words:
        return {"status": "DISABLED"}
    told = {**company["service_request"], **{k: company[k] for k in _CHOICES}}
    answer = {"status": status, "activation_url": company["activation_url"]}
    answer |= {name: told[name] for name in _SHOWN if told.get(name) is not None}
    if other_words and company["service_reason"]:
        answer["message"] = company["service_reason"]
    return answer


def change(state, company, request):
    """Change one of the two choices of a service.

    :raises Problem: 403 where there is none.
    """
    if company["service_status"] not in ("ACTIVE", "PENDING"):
        raise forbidden("The service is not active.")
    company.update(request)
    state.save_company(company)


def end(state, company):
    """End the service."""
    company.update(service_status="DISABLED", activation_url=None)
    state.save_company(company)


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
