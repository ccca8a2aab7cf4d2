"""Maventa's endpoints, by the operationId that openapi.yaml gives them.

Each takes the :class:`Call` and returns the answer's body, or a Page. All
are called with the state's lock held.
"""

import datetime
from dataclasses import dataclass

from . import auth, cases, services
from . import invoices as uploads
from .problems import invalid_parameters, not_found
from .state import timestamp
from .web import Page

# The moods that depend on the sandbox's clock: seconds.
_CASE_LATE = 20
_EVENTS_LATE = 600
_FORGOTTEN = 3600


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


def _in_mood(call, mood):
    return mood in call.state.settings["moods"]


def _filters(call):
    if _in_mood(call, "filters_ignored"):
        return dict.fromkeys(call.parameters)
    return call.parameters


def _ago(call, seconds):
    return timestamp(call.state.now() - datetime.timedelta(seconds=seconds))


def _by_creation(call, entries):
    # The sort is stable, and reversing keeps it so: events that share a second stay
    # in the order in which they were made.
    entries = sorted(entries, key=lambda entry: entry["created_at"])
    if _in_mood(call, "newest_first"):
        return entries[::-1]
    if _in_mood(call, "oldest_first"):
        return entries
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


def company_status(call):
    """Whether Maventa knows who the company is."""
    if call.parameters["id"].lower() != call.company["client_id"]:
        raise not_found("company")
    state = call.company["company_state"]
    return {
        "auth_state": "SIGNED" if state == "VERIFIED" else "NONE",
        "auth_email": call.company["user"]["email"],
        "company_state": state,
    }


def service(call):
    """The state of Amili's service."""
    return services.view(call.state, call.company)


def ask_for_service(call):
    """Ask for Amili's service."""
    with call.state.change():
        services.ask(call.state, call.company, call.body, call.base_url)
    return services.view(call.state, call.company)


def change_service(call):
    """Change one of the two choices of the service."""
    with call.state.change():
        services.change(call.state, call.company, call.body)


def end_service(call):
    """End the service."""
    with call.state.change():
        services.end(call.state, call.company)


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
    wanted = _filters(call)
    ids = {identity.lower() for identity in wanted["ids"] or ()}
    found = [
        invoice
        for invoice in call.state.company_invoices[call.company["client_id"]]
        if invoice["direction"] == call.parameters["direction"]
        and wanted["number"] in (None, invoice["number"])
        and wanted["reference"] in (None, invoice["reference"])
        and invoice["created_at"] >= (wanted["created_at_start"] or "")
        and (not ids or invoice["id"] in ids)
        and (not wanted["status"] or invoice["status"] in wanted["status"])
    ]
    found.sort(key=lambda invoice: invoice["received_at"] or invoice["created_at"])
    if call.parameters["sort"].startswith("-"):
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
    kinds = call.parameters["type"]
    if len(kinds or ()) > 1 and _in_mood(call, "types_singly"):
        raise invalid_parameters(["type does not have a valid value"])
    return [
        action
        for action in _own_invoice(call)["actions"]
        if (action["type"] in kinds if kinds else action["type"] != "INFO")
    ]


def upload(call):
    """Take an invoice."""
    with call.state.change():
        return uploads.view(uploads.upload(call.state, call.company, call.body))


def hand_over(call):
    """Hand an invoice over to Amili."""
    found = _own_invoice(call)
    with call.state.change():
        case = cases.hand_over(call.state, call.company, found, call.body)
    if _in_mood(call, "older_hand_over"):
        # Amili's word comes later, even where it comes at once.
        return cases.older_transfer_view(case | {"transfer": "pending"})
    return None


def transfer(call):
    """How the hand-over went."""
    case = call.state.latest_case(_own_invoice(call)["id"])
    is_late = _in_mood(call, "case_late") and case
    if not case or (is_late and case["created_at"] > _ago(call, _CASE_LATE)):
        raise not_found("assignment")
    if _in_mood(call, "older_hand_over"):
        return cases.older_transfer_view(case)
    return cases.transfer_view(case, call.base_url)


# ---------------------------------------------------------------- Receivables


def _known(call, cases_):
    """Those that Amili accepted and has not forgotten."""
    start = _ago(call, _FORGOTTEN) if _in_mood(call, "forgotten") else ""
    accepted = (case for case in cases_ if case["assignment"])
    return [case for case in accepted if case["assignment"]["created_at"] > start]


def _own_case(call):
    case = call.state.cases.get(call.parameters["assignment_id"].lower())
    ours = case and case["client_id"] == call.company["client_id"]
    if not ours or not _known(call, [case]):
        raise not_found("assignment")
    return case


def assignments(call):
    """The company's assignments."""
    wanted = _filters(call)
    name = (wanted["debtor_name"] or "").lower()
    own = call.state.company_cases[call.company["client_id"]]
    found = [
        entry
        for entry in (case["assignment"] for case in _known(call, own))
        if name in entry["debtor"]["name"].lower()
        and entry["created_at"] >= (wanted["created_at_start"] or "")
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
    start = _filters(call)["created_at_start"] or ""
    late = _EVENTS_LATE if _in_mood(call, "events_late") else 0
    end = _ago(call, late) if late else "~"
    every = call.state.company_events[call.company["client_id"]]
    found = [event for event in every if start <= event["created_at"] <= end]
    return _page(call, _by_creation(call, found))


HANDLERS = {
    "token": token,
    "current": current,
    "description": description,
    "company_status": company_status,
    "service": service,
    "ask_for_service": ask_for_service,
    "change_service": change_service,
    "end_service": end_service,
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
# 201 for what creates something, 204 for what has nothing to tell; but for a body that
# is there although it was not expected, everything else answers 200.
STATUS = {
    "hand_over": 202,
    "change_service": 204,
    "end_service": 204,
    "add_event": 201,
    "upload": 201,
    "unsubscribe": 204,
}
