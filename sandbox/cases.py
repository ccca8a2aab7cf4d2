"""What happens to a claim at Maventa and Amili.

A *case* is one hand-over: first Maventa's transfer (``pending``, ``sent`` or
``error``), and once Amili accepted it also the assignment of the Receivables API,
which has the case's id. All amounts are EUR. Call these below ``state.change()``.
"""

from . import identifiers
from .invoices import note
from .problems import Problem, forbidden, invalid_parameters
from .state import new_id, timestamp

CLOSING_RESULTS = ("paid", "partly_paid", "credit_loss", "withdrawn")
# The highest fees that the law allows; those of a demand by the principal up to.
_REMINDER_FEE = {"b2c": 5, "b2b": 12}
_DEMAND_FEE = {
    "b2c": ((100, 14), (1000, 24), (None, 50)),
    "b2b": ((500, 50), (2500, 70), (10000, 90), (None, 110)),
}
_FINNISH = ("FI", "AX")
# What an event that changes any of them tells, each as it is from then on.
_FIGURES = ("open_amount", "paid_amount", "credited_amount", "fees", "interest")


def add(*amounts):
    """The sum of amounts in EUR, exact to the cent."""
    return sum(round(amount * 100) for amount in amounts) / 100


# ---------------------------------------------------------------- hand-over


def hand_over(state, company, invoice, request):
    """Take a hand-over as Maventa would.

    :param dict request: the body, valid by its schema.
    :returns: the new case.
    :raises Problem: 400 or 403; 409 in the mood ``conflict``.
    """
    moods = state.settings["moods"]
    if company["service_status"] != "ACTIVE":
        raise forbidden("Amili's service is not active for the company.")
    if company["service_type"] == "full":
        raise forbidden("All invoices of the company go to Amili by themselves.")
    if invoice["direction"] != "SENT":
        raise forbidden("The invoice was not sent by the company.")
    if is_live(state.latest_case(invoice["id"])) and "second_case" not in moods:
        message = "The invoice has been handed over."
        if "conflict" in moods:
            raise Problem(409, "assignment_already_exists", message)
        raise forbidden(message)
    if invoice["currency"] != "EUR":
        raise forbidden("Only EUR can be collected.")
    if invoice["date_due"] and invoice["date_due"] >= state.today().isoformat():
        raise forbidden("The invoice is not overdue.")
    details = list(_mistakes(state, invoice, request))
    if details:
        raise invalid_parameters(details)
    case = _new_case(state, invoice, request)
    if state.settings["auto_accept"]:
        accept(state, case)
    return case


def _new_case(state, invoice, request, by_v2=True):
    case = {
        "id": new_id(),
        "invoice_id": invoice["id"],
        "client_id": invoice["client_id"],
        "created_at": timestamp(state.now()),
        "transfer": "pending",
        "error": None,
        "request": request,
        # A case of the old endpoint, or made by hand, knows no types.
        "by_v2": by_v2,
        "assignment": None,
        "events": [],
    }
    state.save_case(case)
    kind = request["collection_type"]
    note(state, invoice, "INFO", f"action_{kind}", "Handed over to Amili")
    state.save_invoice(invoice)
    return case


def is_live(case):
    """Whether a case keeps its invoice from being handed over again."""
    if not case or case["transfer"] == "error":
        return False
    return not case["assignment"] or case["assignment"]["status"] != "closed"


def _mistakes(state, invoice, request):
    payers = request["payers"]
    mains = [i for i, payer in enumerate(payers) if payer["type"] == "main_debtor"]
    if len(mains) != 1:
        yield "payers must hold exactly one main_debtor"
    seen = set()
    for index, payer in enumerate(payers):
        yield from _payer_mistakes(f"payers[{index}]", payer, seen)
    for index in mains[:1]:
        kind = request["receivables_type"]
        yield from _debtor_mistakes(f"payers[{index}]", payers[index], kind)
    if request["amounts"]["capital_amount"] > invoice["sum_tax"]:
        yield "amounts.capital_amount is more than the invoice's sum"
    yield from _reminder_mistakes(state, request)


def _payer_mistakes(path, payer, seen):
    bid, ssn = payer.get("bid"), payer.get("ssn")
    if bid and ssn:
        yield f"{path} has both bid and ssn"
    if bid and not identifiers.is_business_id(bid):
        finnish = payer["address"]["country"] in _FINNISH
        if finnish or identifiers.looks_like_business_id(bid):
            yield f"{path}.bid is not a valid Business ID"
    for name, value in (("bid", bid), ("ssn", ssn)):
        if value and value in seen:
            yield f"{path}.{name} is that of another payer"
        seen.add(value)


def _debtor_mistakes(path, main, receivables_type):
    finnish = main["address"]["country"] in _FINNISH
    if receivables_type.startswith("b2b") and finnish and "bid" not in main:
        yield f"{path}.bid is missing"
    if receivables_type == "b2c_rental" and "ssn" not in main:
        yield f"{path}.ssn is missing"


def _reminder_mistakes(state, request):
    date = request.get("reminder_date")
    if date and date > state.today().isoformat():
        yield "reminder_date is in the future"
    consumer = request["receivables_type"].startswith("b2c")
    if consumer and request["collection_type"] == "collection" and not date:
        yield "reminder_date is missing"


def add_active(state, invoice, request, by_v2=True):
    """Make a case that Amili accepted, without checking anything.

    :param bool by_v2: whether it is as if it came by the v2 endpoint.
    :returns: the new case.
    """
    case = _new_case(state, invoice, request, by_v2)
    accept(state, case)
    return case


def transfer_view(case, base_url):
    """The answer of ``GET /v2/invoices/{id}/assignment``.

    :param str base_url: where the Receivables API answers.
    """
    view = {"status": case["transfer"]}
    if case["transfer"] == "sent":
        amounts = case["request"]["amounts"]
        view["url"] = f"{base_url}v1/assignments/{case['id']}"
        view["collectable_amount"] = add(
            amounts["capital_amount"], amounts["reminder_amount"]
        )
    if case["error"]:
        reasons = [case["error"]["message"], *case["error"]["details"]]
        view["error_reason"] = "; ".join(reasons)
    return view


def older_transfer_view(case):
    """The same as it was guessed before Maventa described it."""
    view = {
        "status": case["transfer"],
        "service": "amili",
        "created_at": case["created_at"],
    }
    if case["transfer"] == "sent":
        view["assignment_id"] = case["id"]
    if case["error"]:
        view["error"] = case["error"]
    return view


# ---------------------------------------------------------------- Amili's side


def _conflict(code, message):
    return Problem(409, code, message)


def _demand_pending(case):
    if case["transfer"] != "pending":
        raise _conflict("case_not_pending", "Amili has decided on this case already.")


def _demand_accepted(case):
    if not case["assignment"]:
        raise _conflict("case_not_active", "Amili has not accepted this case.")


def _demand_active(case):
    _demand_accepted(case)
    if case["assignment"]["status"] == "closed":
        raise _conflict("assignment_closed", "The case is closed.")


def accept(state, case):
    """Amili takes a pending case on.

    :raises Problem: 409 when it is not pending.
    """
    _demand_pending(case)
    request = case["request"]
    invoice = state.invoices[case["invoice_id"]]
    main = next(p for p in request["payers"] if p["type"] == "main_debtor")
    now = timestamp(state.now())
    case["transfer"] = "sent"
    case["assignment"] = {
        "id": case["id"],
        "invoice_id": case["invoice_id"],
        "reference_ids": [r for r in (invoice["reference"], invoice["number"]) if r],
        "status": "open",
        "collection_status": "received",
        "debtor": {"name": main["name"]},
        "capital_amount": request["amounts"]["capital_amount"],
        "open_amount": 0,
        "paid_amount": 0,
        "credited_amount": 0,
        "fees": request["amounts"]["reminder_amount"],
        "interest": 0,
        "currency": "EUR",
        "due_date": invoice["date_due"],
        "created_at": now,
        "updated_at": now,
        "closed_at": None,
    }
    if case.get("by_v2", True):
        case["assignment"] |= {
            "collection_type": request["collection_type"],
            "receivables_type": request["receivables_type"],
            "reminder_amount": request["amounts"]["reminder_amount"],
        }
    _reckon(case["assignment"])
    state.save_case(case)


def refuse(state, case, reason, details=(), code="refused_by_amili"):
    """Amili refuses a pending case.

    :raises Problem: 409 when it is not pending.
    """
    _demand_pending(case)
    case["transfer"] = "error"
    case["error"] = {"code": code, "message": reason, "details": list(details)}
    state.save_case(case)


def remind(state, case, fee=None, interest=0):
    """Amili sends a reminder.

    :param fee: EUR; None takes the highest that the law allows.
    :raises Problem: 409 when the case is not active.
    """
    if fee is None:
        fee = _REMINDER_FEE[case["request"]["receivables_type"][:3]]
    stage(state, case, "reminder_sent", fee, interest)


def demand(state, case, fee=None, interest=0):
    """Amili sends a payment demand. As :func:`remind`."""
    if fee is None:
        capital = case["request"]["amounts"]["capital_amount"]
        fee = next(
            fee
            for limit, fee in _DEMAND_FEE[case["request"]["receivables_type"][:3]]
            if limit is None or capital <= limit
        )
    stage(state, case, "payment_demand_sent", fee, interest)


def stage(state, case, collection_status, fee=0, interest=0, comment=None):
    """The case moves on to another stage, which may cost something.

    :param fee: EUR.
    :param interest: EUR that has accrued since the last time.
    :raises Problem: 409 when the case is not active.
    """
    _demand_active(case)
    assignment = case["assignment"]
    assignment["collection_status"] = collection_status
    assignment["fees"] = add(assignment["fees"], fee)
    assignment["interest"] = add(assignment["interest"], interest)
    _reckon(assignment)
    told = {"collection_status": collection_status}
    if fee or interest:
        told |= _figures(assignment)
    if comment:
        told["comment"] = comment
    _record(state, case, "amili", "status_change", **told)


def pay(state, case, amount, date=None):
    """The debtor pays Amili. A case that is paid in full closes.

    :param amount: EUR.
    :param str date: when; today where it is missing.
    :raises Problem: 409 when the case is not active, 400 when less is open.
    """
    _demand_active(case)
    if amount > case["assignment"]["open_amount"]:
        # What a debtor pays too much, Amili pays back.
        raise invalid_parameters(["amount is more than what is open"])
    _settle(state, case, "amili", "paid", {"amount": amount, "date": date})


def comment(state, case, text):
    """Amili comments, or asks something: the wire does not tell the two apart.

    :raises Problem: 409 when there is no assignment. A closed one can be commented.
    """
    _demand_accepted(case)
    _record(state, case, "amili", "comment", comment=text)


def close(state, case, result=None, comment=None):
    """Amili ends the case.

    :param str result: one of ``CLOSING_RESULTS``; ``paid`` first books what is open
        as paid. None takes what the amounts say.
    :raises Problem: 409 when the case is not active.
    """
    _demand_active(case)
    assignment = case["assignment"]
    if result is None:
        paid = assignment["paid_amount"] > 0
        result = "partly_paid" if paid else "credit_loss"
    if result == "paid" and assignment["open_amount"] > 0:
        pay(state, case, assignment["open_amount"])
    else:
        _end(state, case, result, comment)


def inject(state, case, event):
    """Add an event as it is, however absurd, that changes nothing else.

    :param dict event: takes the place of the usual keys; a null removes one.
    """
    _demand_accepted(case)
    whole = _event(state, case, "amili", "comment") | event
    state.save_event(case, {k: v for k, v in whole.items() if v is not None})


# ---------------------------------------------------------------- the company's side


def company_event(state, case, request):
    """Take an event that the company reports.

    :param dict request: the body, valid by its schema.
    :returns: the event.
    :raises Problem: 409 when the case is closed.
    """
    _demand_active(case)
    kind = request["type"]
    given = {k: v for k, v in request.items() if k != "type"}
    if kind in ("paid", "credit_note"):
        return _settle(state, case, "company", kind, given)
    if kind == "due_date_change":
        case["assignment"]["due_date"] = given["date"]
    if kind == "collection_block":
        case["assignment"]["collection_status"] = "on_hold"
        given["collection_status"] = "on_hold"
    event = _record(state, case, "company", kind, **given)
    if kind in ("cancellation", "credit_loss"):
        _end(state, case, "withdrawn" if kind == "cancellation" else kind)
    return event


def see(state, case, event):
    """Mark an event as seen by the company."""
    if not event["seen"]:
        event["seen"] = True
        state.save_event(case, event)


# ---------------------------------------------------------------- book-keeping


def _reckon(assignment):
    settled = add(assignment["paid_amount"], assignment["credited_amount"])
    capital = assignment["capital_amount"]
    claim = add(capital, assignment["fees"], assignment["interest"])
    assignment["open_amount"] = max(0, add(claim, -settled))
    if assignment["status"] != "closed":
        charges_only = settled >= capital and assignment["open_amount"] > 0
        assignment["status"] = "partially_closed" if charges_only else "open"


def _figures(assignment):
    return {name: assignment[name] for name in _FIGURES}


def _settle(state, case, origin, kind, given):
    assignment = case["assignment"]
    key = "paid_amount" if kind == "paid" else "credited_amount"
    assignment[key] = add(assignment[key], given["amount"])
    _reckon(assignment)
    told = {
        "currency": "EUR",
        **_figures(assignment),
        **{k: v for k, v in given.items() if v is not None},
    }
    event = _record(state, case, origin, kind, **told)
    if not assignment["open_amount"]:
        _end(state, case, "paid")
    return event


def _end(state, case, result, comment=None):
    assignment = case["assignment"]
    assignment["status"] = "closed"
    assignment["closed_at"] = timestamp(state.now())
    assignment["result"] = result
    told = {"result": result, **_figures(assignment)}
    if comment:
        told["comment"] = comment
    _record(state, case, "amili", "close", **told)


def _event(state, case, origin, kind):
    return {
        "id": new_id(),
        "assignment_id": case["id"],
        "type": kind,
        "date": state.today().isoformat(),
        "created_at": timestamp(state.now()),
        "origin": origin,
        "seen": origin == "company",
    }


def _record(state, case, origin, kind, **told):
    event = _event(state, case, origin, kind) | told
    case["assignment"]["updated_at"] = event["created_at"]
    state.save_event(case, event)
    state.save_case(case)
    return event
