"""One case on the desk, and what the agency can do with it."""

import re

from markupsafe import Markup

from .cases import add, is_live
from .pages import day, euro, facts, html, join, moment
from .problems import invalid_parameters

GROUPS = ("pending", "active", "ended")
# What a person may do by hand, by group.
ACTIONS = {
    "pending": ("accept", "refuse"),
    "active": ("remind", "demand", "pay", "ask", "close"),
    "ended": (),
}
_PROCESSES = {
    "reminder_and_collection": "Reminders, then collection",
    "collection": "Collection at once",
}
_CLAIMS = {
    "b2b": "From a business (b2b)",
    "b2c": "From a consumer (b2c)",
    "b2b_rental": "Rent from a business (b2b_rental)",
    "b2c_rental": "Rent from a consumer (b2c_rental)",
}
_RESULTS = {
    "paid": "paid in full",
    "partly_paid": "partly paid",
    "credit_loss": "credit loss",
    "withdrawn": "withdrawn",
}
_EVENTS = {
    "paid": "Payment",
    "credit_note": "Credit note",
    "close": "Closed",
    "due_date_change": "New due date asked for",
    "collection_block": "Pause asked for",
    "cancellation": "Withdrawn by the company",
    "credit_loss": "Credit loss asked for",
}


def show_case(state, case, may_act, show):
    """A case as Amili sees it.

    :param bool may_act: whether it has buttons.
    :param str show: the tab to come back to.
    """
    invoice = state.invoices[case["invoice_id"]]
    creditor = state.companies[case["client_id"]]
    main = next(p for p in case["request"]["payers"] if p["type"] == "main_debtor")
    status, words = _status(case)
    return html(
        '<article id="case-{id}" aria-labelledby="name-{id}">'
        '<header><h2 id="name-{id}">{debtor}</h2>'
        '<span class="pill {status}">{words}</span>'
        "<p>Invoice {number} · Creditor {creditor}, {bid}</p></header>"
        '{sums}<div class="two"><section>{claim}</section>'
        "<section><h3>Events</h3>{events}</section></div>{acts}</article>",
        id=case["id"],
        debtor=main["name"],
        status=status,
        words=words,
        number=invoice["number"],
        creditor=creditor["name"],
        bid=creditor["bid"],
        sums=_sums(case),
        claim=_claim(case, invoice),
        events=_events(case),
        acts=_acts(case, may_act, show),
    )


def _words(code):
    return str(code).replace("_", " ")


def _acts(case, may_act, show):
    actions = ACTIONS[group(case)] if may_act else ()
    if not actions:
        return Markup("")
    forms = join(_form(case, action, show) for action in actions)
    return html('<footer class="acts">{}</footer>', forms)


def options(action, form):
    """What somebody filled in beside a button, as the control API takes it.

    :raises Problem: 400 for an amount that is none.
    """
    if action == "refuse":
        return {"reason": form.get("reason", "")}
    if action == "ask":
        return {"text": form.get("text", "")}
    if action == "close":
        return {"result": form.get("result", "")}
    if action == "pay":
        text = re.sub(r"\s", "", form.get("amount", "")).replace(",", ".")
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
            raise invalid_parameters(["amount is not an amount such as 500.00"])
        return {"amount": float(text)}
    return {}


def group(case):
    """Where a case belongs: ``pending``, ``active`` or ``ended``."""
    if case["transfer"] == "pending":
        return "pending"
    return "active" if is_live(case) else "ended"


def _status(case):
    if case["transfer"] == "pending":
        return "pending", "Waits for your decision"
    if case["transfer"] == "error":
        return "error", "Refused"
    assignment = case["assignment"]
    if assignment["status"] == "closed":
        return "closed", f"Closed: {_RESULTS[assignment['result']]}"
    words = _words(assignment["collection_status"]).capitalize()
    if assignment["status"] == "partially_closed":
        words += ", only charges open"
    return "active", words


def _sums(case):
    amounts = case["request"]["amounts"]
    assignment = case["assignment"]
    reminder = amounts["reminder_amount"]
    sums = [
        ("", "Principal", amounts["capital_amount"]),
        ("", "Creditor’s reminder fee", reminder),
    ]
    if assignment:
        sums += [
            ("", "Amili’s fees", add(assignment["fees"], -reminder)),
            ("", "Interest", assignment["interest"]),
            ("", "Paid", assignment["paid_amount"]),
            ("", "Credited", assignment["credited_amount"]),
            ("open", "Open", assignment["open_amount"]),
        ]
    cells = join(
        html('<div class="{}"><dt>{}</dt><dd>{}</dd></div>', css, label, euro(amount))
        for css, label, amount in sums
        if amount or label in ("Principal", "Open", "Creditor’s reminder fee")
    )
    return html('<dl class="sums">{}</dl>', cells)


def _claim(case, invoice):
    request = case["request"]
    due = invoice["date_due"] or ""
    told = [
        ("Process", _PROCESSES[request["collection_type"]]),
        ("Claim", _CLAIMS[request["receivables_type"]]),
        ("About", request["assignment_summary"]),
        ("Due", day((case["assignment"] or {}).get("due_date") or due)),
        ("Own reminder", day(request.get("reminder_date", ""))),
        ("Handed over", moment(case["created_at"])),
    ]
    if case["error"]:
        lines = [case["error"]["message"], *case["error"]["details"]]
        told.append(("Refused", "\n".join(lines)))
    payers = join(_payer(payer) for payer in request["payers"])
    return html("{}<h3>Payers</h3><ul>{}</ul>", facts(told), payers)


def _payer(payer):
    address = payer["address"]
    lines = [
        *address["streets"],
        f"{address['zip_code']} {address['city']}",
        address["country"],
    ]
    details = [
        payer.get("bid"),
        "Identity code ******-****" if payer.get("ssn") else None,
        ", ".join(lines),
        payer.get("email"),
        payer.get("phone"),
    ]
    return html(
        '<li><b>{}</b> <span class="soft">{}</span><br>'
        '<span class="small">{}</span></li>',
        payer["name"],
        payer["type"].replace("_", "-" if payer["type"] == "co_debtor" else " "),
        " · ".join(detail for detail in details if detail),
    )


def _events(case):
    if not case["events"]:
        return html('<p class="soft">None yet.</p>')
    return html(
        "<ul>{}</ul>", join(_event(event) for event in reversed(case["events"]))
    )


def _event(event):
    kind = event.get("type")
    if kind == "status_change":
        title = _words(event.get("collection_status", "")).capitalize()
    elif kind == "comment":
        title = ""
    else:
        title = _EVENTS.get(kind, _words(kind))
    if kind == "close" and "result" in event:
        title += f": {_RESULTS.get(str(event['result']), event['result'])}"
    if isinstance(event.get("amount"), (int, float)):
        title += f", {euro(event['amount'])}"
    if kind in ("paid", "due_date_change", "collection_block") and event.get("date"):
        title += f", {day(event['date'])}"
    said = event.get("comment")
    company = event.get("origin") == "company"
    return html(
        '<li><span class="from {css}">{who}</span> '
        '<span class="soft small">{when}</span><br>{title}{said}</li>',
        css="company" if company else "amili",
        who="From the company" if company else "From Amili",
        title=title,
        said=html("<q>{}</q>" if not title else ": <q>{}</q>", said) if said else "",
        when=moment(event.get("created_at", "")),
    )


def _form(case, action, show):
    field, label, css = {
        "accept": ("", "Accept", "main"),
        "refuse": (
            '<input class="words" name="reason" required maxlength="500"'
            ' aria-label="Reason" placeholder="Reason">',
            "Refuse",
            "",
        ),
        "remind": ("", "Send a reminder", ""),
        "demand": ("", "Send a payment demand", ""),
        "pay": (
            '<input class="money" name="amount" required inputmode="decimal"'
            ' autocomplete="off" aria-label="Amount in euros" placeholder="Amount €">',
            "Take a payment",
            "",
        ),
        "ask": (
            '<input class="words" name="text" required maxlength="500"'
            ' aria-label="Question" placeholder="Question to the company">',
            "Ask",
            "",
        ),
        "close": (
            html(
                '<select name="result" aria-label="Result">{}</select>',
                join(
                    html('<option value="{}">{}</option>', key, words)
                    for key, words in _RESULTS.items()
                ),
            ),
            "Close the case",
            "",
        ),
    }[action]
    return html(
        '<form method="post" action="/desk/cases/{id}/{action}">'
        '<input type="hidden" name="show" value="{show}">{field}'
        '<button class="{css}">{label}</button></form>',
        id=case["id"],
        action=action,
        show=show,
        field=Markup(field),
        css=css,
        label=label,
    )
