"""Maventa's endpoints, by the operationId that openapi.yaml gives them.

Each takes the :class:`Call` and returns the answer's body, or a Page. All
are called with the state's lock held.
"""

from dataclasses import dataclass

from . import auth, cases, services
from . import invoices as uploads
from .problems import not_found
from .web import Page


@dataclass
class Call:
    """A checked request.

    ``company`` and ``scopes`` are None where the operation needs no token.
    ``document`` is the description of the API, ``base_url`` where it answers.
    """

    state: object
    parameters: dict
    body: object
    company: dict
    scopes: list
    document: dict
    base_url: str


def _page(call, entries):
    page, per_page = call.parameters["page"], call.parameters["per_page"]
    start = (page - 1) * per_page
    return Page(entries[start : start + per_page], len(entries), page, per_page)


def _by_creation(call, entries):
    # The sort is stable, and reversing keeps it so: events that share a second stay
    # in the order in which they were made.
    entries = sorted(entries, key=lambda entry: entry["created_at"])
    return entries[::-1] if call.parameters["order"] == "desc" else entries


# ---------------------------------------------------------------- AX


def token(call):
    """Issue a token."""
    call.company, answer = auth.issue_token(call.state, call.body)
    return answer


def current(call):
    """Who the token belongs to."""
    company = call.company
    names = ("bid", "name", "country", "vat")
    return {
        "user": company["user"],
        "company": {"id": company["client_id"], **{n: company[n] for n in names}},
        "scopes": call.scopes,
    }


def description(call):
    """What this API offers, as a machine reads it."""
    return call.document


def service(call):
    """The state of Amili's service."""
    return services.view(call.company)


def ask_for_service(call):
    """Ask for Amili's service."""
    with call.state.change():
        services.ask(call.state, call.company, call.body, call.base_url)
    return services.view(call.company)


def notifications(call):
    """The company's webhooks."""
    return _page(call, call.company["subscriptions"])


def unsubscribe(call):
    """Remove a webhook of the company."""
    company, gone = call.company, call.parameters["id"].lower()
    kept = [each for each in company["subscriptions"] if each["id"] != gone]
    if len(kept) == len(company["subscriptions"]):
        raise not_found("notification")
    with call.state.change():
        company["subscriptions"] = kept
        call.state.save_company(company)


def invoices(call):
    """Find invoices."""
    wanted = call.parameters
    ids = {identity.lower() for identity in wanted["ids[]"]}
    found = [
        invoice
        for invoice in call.state.company_invoices[call.company["client_id"]]
        if invoice["direction"] == wanted["direction"]
        and wanted["number"] in (None, invoice["number"])
        and wanted["reference"] in (None, invoice["reference"])
        and invoice["created_at"] >= (wanted["created_at_start"] or "")
        and (not ids or invoice["id"] in ids)
        and (not wanted["status[]"] or invoice["status"] in wanted["status[]"])
    ]
    key = wanted["sort"].lstrip("-")
    found.sort(key=lambda invoice: invoice[key] or "")
    if wanted["sort"].startswith("-"):
        found.reverse()
    page = _page(call, found)
    page.entries = [uploads.view(invoice) for invoice in page.entries]
    return page


def _own_invoice(call):
    found = call.state.invoices.get(call.parameters["id"].lower())
    if not found or found["client_id"] != call.company["client_id"]:
        raise not_found("invoice")
    return found


def invoice(call):
    """One invoice."""
    return uploads.view(_own_invoice(call))


def invoice_actions(call):
    """What became of an invoice."""
    return _own_invoice(call)["actions"]


def upload(call):
    """Take an invoice."""
    with call.state.change():
        return uploads.view(uploads.upload(call.state, call.company, call.body))


def hand_over(call):
    """Hand an invoice over to Amili."""
    found = _own_invoice(call)
    if found["direction"] != "SENT":
        raise not_found("invoice")
    with call.state.change():
        case = cases.hand_over(call.state, call.company, found, call.body)
    # Amili's word comes later, even where it comes at once.
    return cases.transfer_view(case | {"transfer": "pending"})


def transfer(call):
    """How the hand-over went."""
    case = call.state.latest_case(_own_invoice(call)["id"])
    if not case:
        raise not_found("assignment")
    return cases.transfer_view(case)


# ---------------------------------------------------------------- Receivables


def _own_case(call):
    case = call.state.cases.get(call.parameters["assignment_id"].lower())
    ours = case and case["client_id"] == call.company["client_id"]
    if not ours or not case["assignment"]:
        raise not_found("assignment")
    return case


def assignments(call):
    """The company's assignments."""
    wanted = call.parameters
    name = (wanted["debtor_name"] or "").lower()
    invoice_id = (wanted["invoice_id"] or "").lower()
    own = call.state.company_cases[call.company["client_id"]]
    every = (case["assignment"] for case in own)
    found = [
        entry
        for entry in every
        if entry
        and wanted["status"] in (None, entry["status"])
        and invoice_id in ("", entry["invoice_id"])
        and name in entry["debtor"]["name"].lower()
        and entry["created_at"] >= (wanted["created_at_start"] or "")
        and entry["updated_at"] >= (wanted["updated_at_start"] or "")
        and (entry["closed_at"] or "") >= (wanted["closed_at_start"] or "")
    ]
    return _page(call, _by_creation(call, found))


def assignment(call):
    """One assignment and its events."""
    case = _own_case(call)
    return case["assignment"] | {"events": case["events"]}


def assignment_events(call):
    """The events of one assignment."""
    return _page(call, _by_creation(call, _own_case(call)["events"]))


def add_event(call):
    """Take an event that the company reports."""
    case = _own_case(call)
    with call.state.change():
        return cases.company_event(call.state, case, call.body)


def event_seen(call):
    """Mark an event as seen."""
    case = _own_case(call)
    event_id = call.parameters["event_id"].lower()
    for event in case["events"]:
        if event["id"] == event_id:
            with call.state.change():
                cases.see(call.state, case, event)
            return event
    raise not_found("event")


def events(call):
    """The events of all assignments."""
    start = call.parameters["created_at_start"] or ""
    every = call.state.company_events[call.company["client_id"]]
    found = [event for event in every if event["created_at"] >= start]
    return _page(call, _by_creation(call, found))


HANDLERS = {
    "token": token,
    "current": current,
    "description": description,
    "service": service,
    "ask_for_service": ask_for_service,
    "notifications": notifications,
    "unsubscribe": unsubscribe,
    "invoices": invoices,
    "invoice": invoice,
    "invoice_actions": invoice_actions,
    "upload": upload,
    "hand_over": hand_over,
    "transfer": transfer,
    "assignments": assignments,
    "assignment": assignment,
    "assignment_events": assignment_events,
    "add_event": add_event,
    "event_seen": event_seen,
    "events": events,
}
# 201 for what creates something, 204 for what is gone; everything else answers 200.
STATUS = {
    "hand_over": 201,
    "add_event": 201,
    "upload": 201,
    "unsubscribe": 204,
}
