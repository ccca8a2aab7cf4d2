"""Invoices that a company uploads, and what becomes of them at Maventa.

Call these below ``state.change()``.
"""

from . import bis3, finvoice
from .problems import Problem, invalid_parameters
from .state import new_id, timestamp

ROUTES = {"print", "email", "einvoice"}
_READERS = {"PEPPOLBIS30": bis3.read, "FINVOICE30": finvoice.read}
_SENT = {
    "EINVOICE": "action_internal_sent",
    "PRINT": "action_sent_print",
    "EMAIL": "action_sent_email",
}


def upload(state, company, form):
    """Take an invoice as Maventa would.

    :param dict form: valid by its schema; ``file`` holds ``filename`` and ``content``.
    :returns: the invoice.
    :raises Problem: 400 or 409.
    """
    identity = form.get("uuid", new_id()).lower()
    if identity in state.invoices:
        raise Problem(
            409, "invoice_already_exists", "There is an invoice of this uuid."
        )
    document = _read(company, form["format"], form["file"]["content"])
    if "recipient_type" in form and document["recipient"]["country"] != "NO":
        raise invalid_parameters(["recipient_type is for Norway only"])
    is_kept = form.get("prevent_routing") == "true"
    routes = [] if is_kept else sorted(ROUTES - set(form.get("disabled_routes", ())))
    now = timestamp(state.now())
    options = {k: v for k, v in form.items() if k not in ("file", "uuid", "format")}
    invoice = {
        "id": identity,
        "client_id": company["client_id"],
        # Without any route it waits for ever: nothing is delivered, and nothing failed.
        "status": "DELIVERED" if is_kept else "PENDING",
        "direction": "SENT",
        "source_format": form["format"],
        "received_at": now,
        "created_at": now,
        "comment": form.get("sender_comment"),
        "files": [],
        "actions": [],
        **{key: document[key] for key in _FROM_DOCUMENT},
        # Not on the wire: what the control API tells.
        "upload": {
            **options,
            "filename": form["file"]["filename"],
            "size": len(form["file"]["content"]),
            "routes": routes,
            "document": document,
        },
    }
    note(state, invoice, "RECEIVED", "action_created", "Invoice received")
    if is_kept:
        note(state, invoice, "SENT", None, "Invoice kept, not sent")
    state.save_invoice(invoice)
    state.save_file(invoice["id"], form["file"]["content"])
    return invoice


_FROM_DOCUMENT = (
    *("number", "reference", "date", "date_due", "currency", "sum", "sum_tax"),
    *("sender", "recipient"),
)


def _read(company, file_format, content):
    try:
        document = _READERS[file_format](content)
        bid = document["sender"]["bid"]
        if bid not in (None, company["bid"]):
            raise bis3.UnreadableInvoice(["ERROR: SENDER IS ANOTHER COMPANY"])
    except bis3.UnreadableInvoice as error:
        raise Problem(
            400,
            "invoice_create_api_error",
            "Error while creating invoice",
            error.lines,
        ) from None
    return document


def view(invoice):
    """The answer of ``GET /v1/invoices/{id}``."""
    return {k: v for k, v in invoice.items() if k not in ("client_id", "upload")}


def note(state, invoice, kind, key, message, channel=None):
    """Add a step to what became of an invoice."""
    action = {
        "type": kind,
        "channel": channel,
        "key": key,
        "message": message,
        "happened_at": timestamp(state.now()),
    }
    # A new list: the old one may be on its way out.
    invoice["actions"] = [*invoice["actions"], action]


def deliver(state, invoice, channel="EINVOICE", message="Invoice delivered"):
    """The invoice reaches who it is for.

    :raises Problem: 409 when it is not on its way.
    """
    _demand_pending(invoice)
    routes = invoice.get("upload", {}).get("routes", ROUTES)
    if not routes:
        raise Problem(409, "invoice_not_sent", "The invoice is only stored.")
    invoice["status"] = "DELIVERED"
    note(state, invoice, "SENT", _SENT[channel], "Invoice sent", channel)
    note(state, invoice, "DELIVERED", "action_delivered", message, channel)
    state.save_invoice(invoice)


def fail(state, invoice, message, channel="EINVOICE"):
    """The invoice cannot be delivered.

    :raises Problem: 409 when it is not on its way.
    """
    _demand_pending(invoice)
    invoice["status"] = "FAILED"
    note(state, invoice, "ERROR", "action_delivery_failed", message, channel)
    state.save_invoice(invoice)


def _demand_pending(invoice):
    if invoice["status"] != "PENDING":
        raise Problem(409, "invoice_not_pending", "The invoice is not on its way.")
