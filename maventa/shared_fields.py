"""What several calls send or read, with the mark of each name as in :mod:`.contract`.

The names of answers are those that :mod:`.answers` reads.
"""

from . import contract
from .wire_fields import assumed, documented, may, must, older_client

PAGING = (
    must(older_client("page"), "integer"),
    must(older_client("per_page"), "integer"),
)
# Of the Receivables API and of webhooks: as elsewhere.
PAGING_ASSUMED = (
    must(assumed("page"), "integer"),
    must(assumed("per_page"), "integer"),
)
ADDRESS = (
    must(assumed(contract.ADDRESS_STREETS), "array"),
    must(assumed(contract.ADDRESS_ZIP)),
    must(assumed(contract.ADDRESS_CITY)),
    must(assumed(contract.ADDRESS_COUNTRY)),
)
_FIGURES = (
    may(assumed(contract.FIGURE_OPEN), "number"),
    may(assumed(contract.FIGURE_PAID), "number"),
    may(assumed(contract.FIGURE_CREDITED), "number"),
    may(assumed(contract.FIGURE_FEES), "number"),
    may(assumed(contract.FIGURE_INTEREST), "number"),
)
_RESULT = may(
    assumed("result"),
    values=(
        assumed(contract.RESULT_PAID),
        assumed(contract.RESULT_PARTLY_PAID),
        assumed(contract.RESULT_CREDIT_LOSS),
        assumed(contract.RESULT_WITHDRAWN),
    ),
)
COLLECTION_TYPES = (
    assumed(contract.REMINDER_AND_COLLECTION),
    assumed(contract.COLLECTION),
)
RECEIVABLES_TYPES = tuple(map(documented, contract.RECEIVABLES_TYPES.values()))
REPORTED = (
    documented(contract.EVENT_COMMENT),
    documented(contract.EVENT_PAID),
    documented(contract.EVENT_CREDIT_NOTE),
    assumed(contract.EVENT_DUE_DATE),
    assumed(contract.EVENT_PAUSE),
    assumed(contract.EVENT_WITHDRAW),
)

# Answers ------------------------------------------------------------------------------

SERVICE = (
    must(
        older_client("status"),
        values=(
            assumed(contract.SERVICE_ACTIVE),
            assumed(contract.SERVICE_PENDING),
            assumed(contract.SERVICE_DISABLED),
            assumed(contract.SERVICE_REJECTED),
        ),
    ),
    may(assumed(contract.SERVICE_TYPE), values=[assumed(contract.SERVICE_PERINTA)]),
    may(documented(contract.ACTIVATION_URL)),
    may(documented(contract.AUTHORIZATION_EMAIL)),
)
INVOICE = (
    must(older_client("id")),
    may(older_client("number")),
    may(
        older_client("status"),
        values=(
            older_client("PENDING"),
            older_client(contract.INVOICE_DELIVERED),
            older_client(contract.INVOICE_FAILED),
        ),
    ),
    may(older_client("date")),
    may(older_client("sum_tax"), "number"),
    may(older_client("currency")),
    may(older_client("reference")),
    may(older_client("created_at")),
    may(
        older_client("recipient"),
        "object",
        inside=(may(older_client("bid")), may(older_client("name"))),
    ),
)
INVOICE_ACTION = (
    may(older_client("type")),
    may(older_client("channel")),
    may(older_client("message")),
    may(older_client("happened_at")),
)
SUBSCRIPTION = (
    must(documented("id")),
    may(documented(contract.DESTINATION)),
)
TRANSFER = (
    must(
        assumed("status"),
        values=(
            assumed(contract.STATUS_PENDING),
            assumed(contract.STATUS_SENT),
            assumed(contract.STATUS_ERROR),
        ),
    ),
    may(assumed("assignment_id"), instead=["assignment.id"]),
    may(assumed("created_at")),
)
EVENT = (
    must(assumed("id")),
    may(assumed("assignment_id")),
    may(
        assumed(contract.EVENT_TYPE),
        values=(*REPORTED, documented(contract.EVENT_CLOSE)),
    ),
    may(assumed(contract.EVENT_DATE)),
    may(assumed(contract.EVENT_AMOUNT), "number"),
    may(assumed(contract.EVENT_CURRENCY), values=[assumed(contract.CURRENCY)]),
    may(assumed(contract.EVENT_TEXT)),
    may(assumed("created_at")),
    may(assumed("origin"), values=[assumed(contract.ORIGIN_COMPANY)]),
    may(assumed("seen"), "boolean"),
    may(assumed("collection_status")),
    _RESULT,
    *_FIGURES,
)
CASE = (
    must(assumed("id"), instead=["assignment_id"]),
    may(documented("invoice_id")),
    may(assumed("status"), values=[assumed(contract.CASE_CLOSED)]),
    may(assumed("collection_status")),
    may(assumed("created_at")),
    may(assumed("closed_at")),
    may(assumed(contract.EVENT_CURRENCY), values=[assumed(contract.CURRENCY)]),
    may(
        documented(contract.CAPITAL_AMOUNT),
        "number",
        instead=[f"{contract.AMOUNTS}.{contract.CAPITAL_AMOUNT}"],
    ),
    may(
        documented(contract.REMINDER_AMOUNT),
        "number",
        instead=[f"{contract.AMOUNTS}.{contract.REMINDER_AMOUNT}"],
    ),
    may(documented(contract.COLLECTION_TYPE), values=COLLECTION_TYPES),
    may(documented(contract.RECEIVABLES_TYPE), values=RECEIVABLES_TYPES),
    _RESULT,
    *_FIGURES,
)
