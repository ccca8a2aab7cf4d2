"""The control API: prepare data, play Maventa and Amili, make days bad.

See control.yaml.
"""

import datetime
import pathlib
import re

from werkzeug.wrappers import Response

from . import cases, invoices
from .contract import Contract
from .faults import Fault
from .problems import Problem, invalid_parameters, not_found
from .state import DEFAULT_COMPANY, company_defaults, new_id, timestamp
from .web import Router, json_response

CONTROL = pathlib.Path(__file__).with_name("control.yaml")
_ADDRESS = {
    "streets": ["Esimerkkikatu 2"],
    "zip_code": "33100",
    "city": "Tampere",
    "country": "FI",
}


class Control:
    """Answers below ``/control``.

    :param State state: what to work on.
    :param Faults faults: the faults to come.
    :param Log log: the requests so far.
    """

    def __init__(self, state, faults, log):
        self._state = state
        self._faults = faults
        self._log = log
        self._contract = Contract(CONTROL)
        self._router = Router(self._contract)

    def answer(self, request):
        """Answer one request.

        :raises Problem: when it is refused.
        """
        operation, path_values = self._router.match(request)
        parameters, body = operation.read(request, path_values)
        with self._state.change():
            if operation.path.startswith("/control/cases/{"):
                result = self._act(operation.id, parameters["invoice_id"], body or {})
            else:
                result = getattr(self, f"_{operation.id}")(parameters, body)
            if isinstance(result, Response):
                return result
            return json_response(result)

    def perform(self, case, action, options):
        """Play Amili's part in a case.

        :param str action: an operationId of control.yaml, below a case.
        :param dict options: its body.
        :raises Problem: 400 or 409.
        """
        self._contract.operations[action].check_body(options)
        with self._state.change():
            act(self._state, case, action, options)

    def perform_on_invoice(self, invoice, action, options):
        """Play what becomes of an invoice at Maventa.

        :param str action: ``deliver`` or ``fail``.
        :param dict options: its body in control.yaml.
        :raises Problem: 400 or 409.
        """
        self._contract.operations[action].check_body(options)
        with self._state.change():
            self._move_invoice(invoice, action, options)

    # ------------------------------------------------------------ the whole

    def _description(self, _parameters, _body):
        return Response(self._contract.text, mimetype="application/yaml")

    def _reset(self, _parameters, _body):
        self._state.reset()
        self._faults.clear()
        self._log.clear()
        return {}

    def _show_settings(self, _parameters, _body):
        names = ("auto_accept", "moods", "now")
        return {name: self._state.settings[name] for name in names}

    def _save_settings(self, parameters, body):
        self._state.settings.update(body)
        self._state.save_settings()
        return self._show_settings(parameters, body)

    # ------------------------------------------------------------ companies

    def _list_companies(self, _parameters, _body):
        return list(self._state.companies.values())

    def _save_companies(self, _parameters, body):
        return [self._save_company(given) for given in _listed(body)]

    def _save_company(self, given):
        known = self._state.companies.get(given.get("client_id"))
        if known:
            company = known | given
        else:
            missing = [name for name in ("name", "bid") if name not in given]
            if missing:
                raise invalid_parameters(f"{name} is missing" for name in missing)
            company = company_defaults(given)
        self._state.save_company(company)
        return company

    def _company(self, client_id):
        company = self._state.companies.get(client_id or DEFAULT_COMPANY["client_id"])
        if not company:
            raise not_found("company")
        return company

    # ------------------------------------------------------------ invoices

    def _save_invoices(self, _parameters, body):
        return [self._save_invoice(given) for given in _listed(body)]

    def _save_invoice(self, given):
        company = self._company(given.get("client_id"))
        if "id" in given:
            given = given | {"id": given["id"].lower()}
        invoice = self._state.invoices.get(given.get("id"))
        if not invoice:
            invoice = self._new_invoice(company, given)
        elif invoice["client_id"] != company["client_id"]:
            raise Problem(409, "invoice_of_another_company", "The id is taken.")
        invoice.update(given)
        self._state.save_invoice(invoice)
        return invoice

    def _new_invoice(self, company, given):
        def day(days_ago):
            return (self._state.today() - datetime.timedelta(days_ago)).isoformat()

        sum_tax = given.get("sum_tax", given.get("sum", 1240))
        identity = given.get("id") or new_id()
        now = timestamp(self._state.now())
        came = {"type": "RECEIVED", "key": "action_created", "happened_at": now}
        return {
            "id": identity,
            "client_id": company["client_id"],
            "status": "DELIVERED",
            "direction": "SENT",
            "reference": None,
            "number": f"SBX-{identity[:8]}",
            "sender": {name: company[name] for name in ("bid", "name", "country")},
            "recipient": {"name": None, "bid": None, "country": "FI"},
            "received_at": None,
            "created_at": now,
            "date": day(60),
            "date_due": day(46),
            "source_format": "FINVOICE30",
            "sum": round(sum_tax / 1.24, 2),
            "sum_tax": sum_tax,
            "currency": "EUR",
            "comment": None,
            "files": [],
            "actions": [came | {"channel": None, "message": "Invoice received"}],
        }

    def _list_invoices(self, parameters, _body):
        wanted = parameters["client_id"]
        return [
            invoice
            for invoice in self._state.invoices.values()
            if wanted in (None, invoice["client_id"])
        ]

    def _invoice(self, parameters):
        invoice = self._state.invoices.get(parameters["invoice_id"].lower())
        if not invoice:
            raise not_found("invoice")
        return invoice

    def _show_invoice(self, parameters, _body):
        return self._invoice(parameters)

    def _show_file(self, parameters, _body):
        content = self._state.file(self._invoice(parameters)["id"])
        if content is None:
            raise not_found("file")
        return Response(content, mimetype="application/xml")

    def _deliver(self, parameters, body):
        return self._move_invoice(self._invoice(parameters), "deliver", body or {})

    def _fail(self, parameters, body):
        return self._move_invoice(self._invoice(parameters), "fail", body)

    def _move_invoice(self, invoice, action, options):
        if action == "deliver":
            invoices.deliver(self._state, invoice, **options)
        else:
            invoices.fail(self._state, invoice, **options)
        return invoice

    # ------------------------------------------------------------ cases

    def _list_cases(self, parameters, _body):
        wanted = parameters["client_id"]
        return [
            self._case_view(case)
            for case in self._state.cases.values()
            if wanted in (None, case["client_id"])
        ]

    def _case_view(self, case):
        view = {key: value for key, value in case.items() if key != "transfer"}
        return view | {
            "status": case["transfer"],
            "company": self._state.companies[case["client_id"]]["name"],
            "invoice": self._state.invoices[case["invoice_id"]],
            # How many times Maventa took the invoice, this one included.
            "attempt": self._state.invoice_cases[case["invoice_id"]].index(case) + 1,
        }

    def _make_cases(self, _parameters, body):
        company = self._company(body.get("client_id"))
        steps = body.get("events", [])
        for step in steps:
            # As the body of the path that is named so, which says what it may hold.
            options = {k: v for k, v in step.items() if k != "action"}
            self._contract.operations[step["action"]].check_body(options)
        found = []
        for invoice_id in body.get("invoice_ids", []):
            invoice = self._state.invoices.get(invoice_id.lower())
            if not invoice or cases.is_live(self._state.latest_case(invoice["id"])):
                raise invalid_parameters(["invoice_ids: unknown, or live already"])
            found.append(invoice)
        for _number in range(body.get("count", 0)):
            given = {"recipient": {"name": "Esimerkki Oy", "bid": "0112038-9"}}
            found.append(
                self._save_invoice(given | {"client_id": company["client_id"]})
            )
        return [self._make_case(invoice, body, steps) for invoice in found]

    def _make_case(self, invoice, given, steps):
        recipient = invoice["recipient"]
        payer = {
            "type": "main_debtor",
            "name": recipient.get("name") or "Esimerkki Oy",
            "bid": recipient.get("bid") or "0112038-9",
            "address": _ADDRESS,
        }
        request = {
            "collection_type": given.get("collection_type", "reminder_and_collection"),
            "receivables_type": given.get("receivables_type", "b2b"),
            "amounts": {
                "capital_amount": given.get("capital_amount", invoice["sum_tax"]),
                "reminder_amount": given.get("reminder_amount", 0),
            },
            "payers": [payer],
            "assignment_summary": f"Lasku {invoice['number']}",
        }
        by_v2 = given.get("by_v2", True)
        case = cases.add_active(self._state, invoice, request, by_v2)
        for step in steps:
            options = {k: v for k, v in step.items() if k != "action"}
            act(self._state, case, step["action"], options)
        names = {"invoice_id": invoice["id"], "assignment_id": case["id"]}
        return names | {"number": invoice["number"]}

    def _act(self, action, invoice_id, options):
        if invoice_id.lower() not in self._state.invoices:
            raise not_found("invoice")
        case = self._state.latest_case(invoice_id.lower())
        if not case:
            raise not_found("case")
        act(self._state, case, action, options)
        return self._case_view(case)

    # ------------------------------------------------------------ faults, log

    def _list_faults(self, _parameters, _body):
        return self._faults.view()

    def _add_faults(self, _parameters, body):
        planned = []
        for given in _listed(body):
            try:
                planned.append(Fault(**given))
            except re.error:
                raise invalid_parameters(
                    ["path is not a valid regular expression"]
                ) from None
        for fault in planned:
            self._faults.add(fault)
        return self._faults.view()

    def _clear_faults(self, _parameters, _body):
        self._faults.clear()
        return []

    def _show_log(self, _parameters, _body):
        return self._log.entries()

    def _clear_log(self, _parameters, _body):
        self._log.clear()
        return []


def act(state, case, action, options):
    """Play Amili's part in a case.

    :param str action: ``accept``, ``refuse``, ``remind``, ``demand``, ``stage``,
        ``pay``, ``ask``, ``comment``, ``close``, ``inject``; ``show_case`` does
        nothing.
    :param dict options: as in control.yaml.
    :raises Problem: 400 or 409.
    """
    if action == "show_case":
        return
    if action == "inject":
        cases.inject(state, case, options)
        return
    perform = {
        "accept": cases.accept,
        "refuse": cases.refuse,
        "remind": cases.remind,
        "demand": cases.demand,
        "stage": cases.stage,
        "pay": cases.pay,
        "ask": cases.comment,
        "comment": cases.comment,
        "close": cases.close,
    }[action]
    perform(state, case, **options)


def _listed(body):
    return body if isinstance(body, list) else [body]
