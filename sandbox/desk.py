"""The page at the root: the cases as Amili sees them, and Amili's part to play."""

import pathlib
import re
import secrets
from string import Template

from markupsafe import Markup
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from .cases import add, is_live
from .identifiers import mask
from .problems import Problem, invalid_parameters

_PAGE = Template(
    pathlib.Path(__file__).with_name("desk.html").read_text(encoding="utf-8")
)
_PER_PAGE = 20
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
_TABS = (
    ("", "All"),
    ("pending", "To decide"),
    ("active", "Active"),
    ("ended", "Ended"),
)
_ORDER = {"pending": 0, "active": 1, "ended": 2}
# What a person may do by hand, by group.
_ACTIONS = {
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


def _html(template, *values, **named):
    """Fill a template; what is not Markup is masked and escaped."""
    named = {name: _safe(value) for name, value in named.items()}
    return Markup(template).format(*map(_safe, values), **named)


def _safe(value):
    return value if isinstance(value, Markup) else mask(str(value))


def _join(parts):
    return Markup("").join(parts)


def _words(code):
    return str(code).replace("_", " ")


def _euro(amount):
    # As in Finland: 1 240,10 €, and never broken into two lines.
    text = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")
    return f"{text}\u00a0€"


class Desk:
    """Answers at ``/`` and below ``/desk``.

    :param State state: what to show.
    :param perform: called with a case, an action and its options to change
        something; None makes the page read-only.
    """

    def __init__(self, state, perform=None):
        self._state = state
        self._perform = perform

    def answer(self, request):
        """Answer one request.

        :raises werkzeug.exceptions.HTTPException: 404 or 405.
        """
        if request.path == "/desk/version":
            return Response(self._version(), mimetype="text/plain")
        if request.path == "/":
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed(["GET"])
            return self._show(request)
        parts = request.path.split("/")
        if len(parts) != 5 or parts[2] != "cases" or not self._perform:
            raise NotFound
        if request.method != "POST":
            raise MethodNotAllowed(["POST"])
        return self._act(request, parts[3], parts[4])

    def _version(self):
        # The token key is new after each reset and in each new state.
        return f"{self._state.settings['token_key'][:8]}-{self._state.version}"

    def _act(self, request, case_id, action):
        with self._state.change():
            case = self._state.cases.get(case_id)
            if not case or action not in sum(_ACTIONS.values(), ()):
                raise NotFound
            try:
                self._perform(case, action, _options(action, request.form))
            except Problem as problem:
                return self._show(request, problem)
        # Back to the case that was acted on, wherever it now stands.
        show = request.form.get("show", "")
        query = f"?show={show}" if show in _ORDER else ""
        return redirect(f"/{query}#case-{case_id}", 303)

    def _show(self, request, problem=None):
        wanted = request.values.get("show", "")
        number = request.args.get("page", "1")
        number = max(1, int(number)) if re.fullmatch("[0-9]{1,5}", number) else 1
        nonce = secrets.token_urlsafe(16)
        with self._state.lock:
            parts = self._parts(wanted if wanted in _ORDER else "", number)
        parts["error"] = _alert(problem) if problem else ""
        response = Response(
            _PAGE.substitute(parts, nonce=nonce),
            problem.status if problem else 200,
            mimetype="text/html",
        )
        response.headers.update(_HEADERS)
        policy = f"{_POLICY}; script-src 'nonce-{nonce}'"
        response.headers["Content-Security-Policy"] = policy
        return response

    def _parts(self, show, number):
        groups = dict.fromkeys(_ORDER, 0)
        found = []
        for case in self._state.cases.values():
            group = _group(case)
            groups[group] += 1
            if show in ("", group):
                found.append((_ORDER[group], case))
        # Newest first within each group: the sort is stable.
        found = [case for _order, case in sorted(found[::-1], key=lambda pair: pair[0])]
        counts = groups | {"": sum(groups.values())}
        start = (number - 1) * _PER_PAGE
        waiting = f"({groups['pending']}) " if groups["pending"] else ""
        return {
            "title": f"{waiting}Amili’s desk",
            "version": self._version(),
            "tabs": _join(_tab(*tab, counts, show) for tab in _TABS),
            "note": self._note(show, found),
            "cases": _join(
                self._case(case, show) for case in found[start : start + _PER_PAGE]
            ),
            "pages": _pages(show, number, -(-len(found) // _PER_PAGE)),
        }

    def _note(self, show, found):
        notes = []
        if not self._perform:
            notes.append(
                _html(
                    '<p class="note">Only for looking: start the sandbox with '
                    "<code>--control</code> to play Amili’s part here.</p>"
                )
            )
        if not found:
            words = (
                "No case is here."
                if show
                else ("No case yet. Hand an invoice over, and it appears here.")
            )
            notes.append(_html('<p class="note">{}</p>', words))
        return _join(notes)

    # ------------------------------------------------------------ one case

    def _case(self, case, show):
        invoice = self._state.invoices[case["invoice_id"]]
        creditor = self._state.companies[case["client_id"]]
        main = next(p for p in case["request"]["payers"] if p["type"] == "main_debtor")
        status, words = _status(case)
        return _html(
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
            acts=self._acts(case, show),
        )

    def _acts(self, case, show):
        actions = _ACTIONS[_group(case)] if self._perform else ()
        if not actions:
            return Markup("")
        forms = _join(_form(case, action, show) for action in actions)
        return _html('<footer class="acts">{}</footer>', forms)


def _options(action, form):
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


def _group(case):
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
    reminder = amounts.get("reminder_amount", 0)
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
    cells = _join(
        _html('<div class="{}"><dt>{}</dt><dd>{}</dd></div>', css, label, _euro(amount))
        for css, label, amount in sums
        if amount or label in ("Principal", "Open", "Creditor’s reminder fee")
    )
    return _html('<dl class="sums">{}</dl>', cells)


def _claim(case, invoice):
    request = case["request"]
    due = invoice["date_due"] or ""
    facts = [
        ("Process", _PROCESSES[request["collection_type"]]),
        ("Claim", _CLAIMS[request["receivables_type"]]),
        ("About", request["assignment_summary"]),
        ("Due", _day((case["assignment"] or {}).get("due_date") or due)),
        ("Own reminder", _day(request.get("reminder_date", ""))),
        ("Handed over", _moment(case["created_at"])),
    ]
    if case["error"]:
        lines = [case["error"]["message"], *case["error"]["details"]]
        facts.append(("Refused", "\n".join(lines)))
    return _html(
        '<dl class="facts">{}</dl><h3>Payers</h3><ul>{}</ul>',
        _join(
            _html("<dt>{}</dt><dd>{}</dd>", name, value)
            for name, value in facts
            if value
        ),
        _join(_payer(payer) for payer in request["payers"]),
    )


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
    return _html(
        '<li><b>{}</b> <span class="soft">{}</span><br>'
        '<span class="small">{}</span></li>',
        payer["name"],
        payer["type"].replace("_", "-" if payer["type"] == "co_debtor" else " "),
        " · ".join(detail for detail in details if detail),
    )


def _events(case):
    if not case["events"]:
        return _html('<p class="soft">None yet.</p>')
    return _html(
        "<ul>{}</ul>", _join(_event(event) for event in reversed(case["events"]))
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
        title += f", {_euro(event['amount'])}"
    if kind in ("paid", "due_date_change", "collection_block") and event.get("date"):
        title += f", {_day(event['date'])}"
    said = event.get("comment")
    company = event.get("origin") == "company"
    return _html(
        '<li><span class="from {css}">{who}</span> '
        '<span class="soft small">{when}</span><br>{title}{said}</li>',
        css="company" if company else "amili",
        who="From the company" if company else "From Amili",
        title=title,
        said=_html("<q>{}</q>" if not title else ": <q>{}</q>", said) if said else "",
        when=_moment(event.get("created_at", "")),
    )


def _day(text):
    year, _, rest = str(text).partition("-")
    month, _, day = rest.partition("-")
    return f"{day}.{month}.{year}" if day else text


def _moment(text):
    day, _, clock = str(text).partition("T")
    return f"{_day(day)} {clock[:5]} UTC" if clock else text


# ---------------------------------------------------------------- around the cases


def _tab(key, label, counts, show):
    return _html(
        '<a href="{}"{}>{} {}</a>',
        f"/?show={key}" if key else "/",
        Markup(' aria-current="page"') if key == show else "",
        label,
        counts[key],
    )


def _pages(show, number, pages):
    def link(target, label):
        if not 1 <= target <= pages:
            return Markup("")
        return _html('<a href="/?show={}&amp;page={}">{}</a>', show, target, label)

    if pages < 2:
        return Markup("")
    here = _html("<span>Page {} of {}</span>", number, pages)
    return _join([link(number - 1, "Newer"), here, link(number + 1, "Older")])


def _alert(problem):
    lines = problem.body["details"] or [problem.body["message"]]
    words = ", ".join(lines)
    return _html('<p class="note bad" role="alert">Not done: {}</p>', words)


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
            _html(
                '<select name="result" aria-label="Result">{}</select>',
                _join(
                    _html('<option value="{}">{}</option>', key, words)
                    for key, words in _RESULTS.items()
                ),
            ),
            "Close the case",
            "",
        ),
    }[action]
    return _html(
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
