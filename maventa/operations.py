"""Every call that is made of Maventa, as data to compare with Maventa's description.

What is sent and what is read of the answer, with the mark of each name as in
:mod:`.contract`. Dotted names tell what stands inside of what; ``[]`` stands for each
entry of a list.
"""

from dataclasses import dataclass

from . import contract
from .shared_fields import (
    ADDRESS,
    CASE,
    COLLECTION_TYPES,
    EVENT,
    INVOICE,
    INVOICE_ACTION,
    PAGING,
    PAGING_ASSUMED,
    RECEIVABLES_TYPES,
    REPORTED,
    SERVICE,
    SUBSCRIPTION,
    TRANSFER,
)
from .wire_fields import Field, Name, assumed, documented, may, must, older_client

AX = "ax"
RECEIVABLES = "receivables"

# Where a name stands.
QUERY = "query"
FORM = "form"
BODY = "body"
ANSWER = "answer"


@dataclass(frozen=True)
class Operation:
    """One method on one path. ``key`` is a word of this package.

    ``sends`` is in the query, a form or a JSON body, as ``place`` says; ``reads`` is of
    the answer, or of each item where the answer ``is_list``.
    """

    key: str
    api: str
    method: str
    path: Name
    query: tuple[Field, ...] = ()
    sends: tuple[Field, ...] = ()
    place: str = BODY
    reads: tuple[Field, ...] = ()
    is_list: bool = False


# Calls --------------------------------------------------------------------------------

OPERATIONS = (
    Operation(
        key="token",
        api=AX,
        method="POST",
        path=documented(contract.PATH_TOKEN),
        place=FORM,
        sends=(
            must(
                older_client("grant_type"), values=[older_client(contract.GRANT_TYPE)]
            ),
            must(documented("client_id")),
            must(documented("client_secret")),
            must(documented("vendor_api_key")),
            must(older_client("scope")),
        ),
        reads=(
            must(older_client("access_token")),
            may(older_client("expires_in"), "integer"),
        ),
    ),
    Operation(
        key="current",
        api=AX,
        method="GET",
        path=older_client(contract.PATH_CURRENT),
        reads=(
            may(
                older_client("company"),
                "object",
                inside=(may(older_client("name")), may(older_client("bid"))),
            ),
            must(older_client("scopes"), "array"),
        ),
    ),
    Operation(
        key="service",
        api=AX,
        method="GET",
        path=documented(contract.PATH_SERVICE),
        reads=SERVICE,
    ),
    Operation(
        key="activate_service",
        api=AX,
        method="PUT",
        path=documented(contract.PATH_SERVICE),
        sends=(
            must(
                assumed(contract.SERVICE_TYPE),
                values=[assumed(contract.SERVICE_PERINTA)],
            ),
            must(assumed(contract.SERVICE_IBAN)),
            must(assumed(contract.SERVICE_BIC)),
            must(assumed(contract.SERVICE_CONTACT)),
            must(assumed(contract.SERVICE_CONTACT_EMAIL)),
            must(assumed(contract.SERVICE_CONTACT_PHONE)),
            must(assumed(contract.SERVICE_CUSTOMER_EMAIL)),
            may(assumed(contract.SERVICE_CUSTOMER_PHONE)),
            may(documented(contract.AUTHORIZATION_EMAIL)),
            must(assumed(contract.SERVICE_ADDRESS), "object", inside=ADDRESS),
        ),
        reads=SERVICE,
    ),
    Operation(
        key="subscriptions",
        api=AX,
        method="GET",
        path=documented(contract.PATH_NOTIFICATIONS),
        query=PAGING_ASSUMED,
        reads=SUBSCRIPTION,
        is_list=True,
    ),
    Operation(
        key="unsubscribe",
        api=AX,
        method="DELETE",
        path=older_client(contract.PATH_NOTIFICATION),
    ),
    Operation(
        key="invoices",
        api=AX,
        method="GET",
        path=older_client(contract.PATH_INVOICES),
        query=(
            must(
                older_client(contract.FILTER_DIRECTION),
                values=[older_client(contract.DIRECTION_SENT)],
            ),
            may(older_client(contract.FILTER_NUMBER)),
            may(older_client(contract.FILTER_IDS), "array"),
            *PAGING,
        ),
        reads=INVOICE,
        is_list=True,
    ),
    Operation(
        key="upload_invoice",
        api=AX,
        method="POST",
        path=older_client(contract.PATH_INVOICES),
        place=FORM,
        sends=(
            must(older_client(contract.UPLOAD_FILE), "file"),
            must(
                older_client(contract.UPLOAD_FORMAT),
                values=[older_client(contract.FORMAT_PEPPOL)],
            ),
            must(older_client(contract.UPLOAD_UUID)),
            must(
                older_client(contract.UPLOAD_RECIPIENT_TYPE),
                values=(
                    older_client(contract.BUSINESS),
                    older_client(contract.CONSUMER),
                ),
            ),
            may(
                older_client(contract.UPLOAD_DISABLED_ROUTES),
                "array",
                values=map(older_client, contract.ROUTES),
            ),
            may(older_client(contract.UPLOAD_EMAIL)),
            may(
                older_client(contract.UPLOAD_LANGUAGE),
                values=map(older_client, dict.fromkeys(contract.LANGUAGES.values())),
            ),
        ),
        reads=INVOICE,
    ),
    Operation(
        key="invoice",
        api=AX,
        method="GET",
        path=older_client(contract.PATH_INVOICE),
        reads=INVOICE,
    ),
    Operation(
        key="invoice_actions",
        api=AX,
        method="GET",
        path=older_client(contract.PATH_INVOICE_ACTIONS),
        reads=INVOICE_ACTION,
        is_list=True,
    ),
    Operation(
        key="transfer",
        api=AX,
        method="POST",
        path=documented(contract.PATH_TRANSFER),
        sends=(
            must(documented(contract.COLLECTION_TYPE), values=COLLECTION_TYPES),
            must(documented(contract.RECEIVABLES_TYPE), values=RECEIVABLES_TYPES),
            must(
                documented(contract.AMOUNTS),
                "object",
                inside=(
                    must(documented(contract.CAPITAL_AMOUNT), "number"),
                    must(documented(contract.REMINDER_AMOUNT), "number"),
                ),
            ),
            must(
                documented(contract.PAYERS),
                "objects",
                inside=(
                    must(
                        assumed(contract.PAYER_TYPE),
                        values=map(assumed, contract.PAYER_TYPES.values()),
                    ),
                    must(assumed(contract.PAYER_NAME)),
                    may(assumed(contract.PAYER_BUSINESS_ID)),
                    may(assumed(contract.PAYER_IDENTITY_CODE)),
                    may(assumed(contract.PAYER_EMAIL)),
                    may(assumed(contract.PAYER_PHONE)),
                    must(assumed(contract.ADDRESS), "object", inside=ADDRESS),
                ),
            ),
            must(documented(contract.ASSIGNMENT_SUMMARY)),
            may(documented(contract.REMINDER_DATE)),
        ),
        reads=TRANSFER,
    ),
    Operation(
        key="transfer_status",
        api=AX,
        method="GET",
        path=documented(contract.PATH_TRANSFER_STATUS),
        reads=TRANSFER,
    ),
    Operation(
        key="cases",
        api=RECEIVABLES,
        method="GET",
        path=documented(contract.PATH_ASSIGNMENTS),
        query=PAGING_ASSUMED,
        reads=CASE,
        is_list=True,
    ),
    Operation(
        key="case",
        api=RECEIVABLES,
        method="GET",
        path=documented(contract.PATH_ASSIGNMENT),
        reads=(*CASE, may(documented("events"), "objects", inside=EVENT)),
    ),
    Operation(
        key="case_events",
        api=RECEIVABLES,
        method="GET",
        path=documented(contract.PATH_ASSIGNMENT_EVENTS),
        query=PAGING_ASSUMED,
        reads=EVENT,
        is_list=True,
    ),
    Operation(
        key="add_event",
        api=RECEIVABLES,
        method="POST",
        path=documented(contract.PATH_ASSIGNMENT_EVENTS),
        sends=(
            must(assumed(contract.EVENT_TYPE), values=REPORTED),
            may(assumed(contract.EVENT_AMOUNT), "number"),
            may(assumed(contract.EVENT_CURRENCY), values=[assumed(contract.CURRENCY)]),
            may(assumed(contract.EVENT_DATE)),
            may(assumed(contract.EVENT_TEXT)),
            may(assumed(contract.EVENT_DOCUMENT)),
        ),
        reads=EVENT,
    ),
    Operation(
        key="mark_seen",
        api=RECEIVABLES,
        method="POST",
        path=documented(contract.PATH_EVENT_SEEN),
    ),
    Operation(
        key="events",
        api=RECEIVABLES,
        method="GET",
        path=documented(contract.PATH_EVENTS),
        query=(may(assumed(contract.FILTER_CREATED_FROM)), *PAGING_ASSUMED),
        reads=EVENT,
        is_list=True,
    ),
)
