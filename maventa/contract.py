"""Every name that goes over the wire: hosts, paths, scopes, keys and words.

This is the only place that knows how Maventa spells things, so that a correction
is a change of one line. Each name carries its source:

- ``documented``: Maventa's announcement of 2026-06-24 or its published pages;
- ``older client``: a public client generated from an older version of the API;
- ``ASSUMED``: no document says it. The README lists these; nothing may rely on
  them being right without saying so.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

SANDBOX = "sandbox"
TEST = "test"
PRODUCTION = "production"

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Hosts:
    """Where the two APIs answer: base addresses without a slash at the end."""

    ax: str
    receivables: str


HOSTS = {
    # documented: API overview, "Getting started"
    TEST: Hosts(
        ax="https://ax-stage.maventa.com",
        receivables="https://receivables-stage.maventa.com",
    ),
    PRODUCTION: Hosts(
        ax="https://ax.maventa.com",  # documented: AX API description
        # ASSUMED: named like the test host
        receivables="https://receivables.maventa.com",
    ),
}


def hosts_for(environment, sandbox_url=None):
    """Return the :class:`Hosts` of an environment.

    :param str environment: ``sandbox``, ``test`` or ``production``
    :param str sandbox_url: where the sandbox answers; read for ``sandbox`` only
    :raises ValueError: for an unknown environment, and for a sandbox address that
        is neither on this machine nor https (it would be sent the credentials)
    """
    if environment != SANDBOX:
        try:
            return HOSTS[environment]
        except KeyError:
            raise ValueError("unknown environment") from None
    parts = urlsplit(sandbox_url or "")
    is_loopback = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    is_https = parts.scheme == "https" and parts.hostname
    has_more = "@" in parts.netloc or parts.query or parts.fragment
    if not (is_loopback or is_https) or has_more:
        raise ValueError("the sandbox must be on this machine or behind https")
    base = sandbox_url.rstrip("/")
    return Hosts(ax=base, receivables=base)


# Authentication --------------------------------------------------------------------
PATH_TOKEN = "/oauth2/token"  # documented: announcement page
PATH_CURRENT = "/oauth2/current"  # older client
GRANT_TYPE = "client_credentials"  # older client
SCOPE_COMPANY_READ = "company:read"  # documented as a scope
SCOPE_COMPANY_WRITE = "company:write"  # documented as a scope
SCOPE_INVOICE_SEND = "invoice:send"  # documented as a scope
SCOPE_INVOICE_RECEIVE = "invoice:receive"  # documented as a scope
SCOPE_RECEIVABLES = "receivables:assignments"  # documented: Receivables API
SCOPES = (
    SCOPE_COMPANY_READ,
    SCOPE_COMPANY_WRITE,
    SCOPE_INVOICE_SEND,
    SCOPE_INVOICE_RECEIVE,
    SCOPE_RECEIVABLES,
)
# ASSUMED: what the hand-over needs. No page names the scope of the v2 endpoint.
SCOPES_OF_TRANSFER = (SCOPE_INVOICE_SEND, SCOPE_RECEIVABLES)

SCOPES_OF_UPLOAD = (SCOPE_INVOICE_SEND,)  # ASSUMED: an invoice that is sent
SCOPES_OF_SERVICE = (SCOPE_COMPANY_READ, SCOPE_COMPANY_WRITE)  # ASSUMED

# Invoices at Maventa ---------------------------------------------------------------
PATH_INVOICES = "/v1/invoices"  # older client
PATH_INVOICE = "/v1/invoices/{invoice_id}"  # older client
PATH_INVOICE_ACTIONS = "/v1/invoices/{invoice_id}/actions"  # older client
FILTER_DIRECTION = "direction"  # older client
FILTER_NUMBER = "number"  # older client
FILTER_IDS = "ids[]"  # older client
MAX_IDS = 100  # older client
DIRECTION_SENT = "SENT"  # older client; the default would be RECEIVED
MAX_PER_PAGE = 100  # older client
INVOICE_DELIVERED = "DELIVERED"  # older client
INVOICE_FAILED = "FAILED"  # older client
HEADER_NEXT_PAGE = "X-Next-Page"  # older client
HEADER_TOTAL = "X-Total"  # older client

# An uploaded invoice: the fields of the form.
UPLOAD_FILE = "file"  # older client
UPLOAD_FORMAT = "format"  # older client
FORMAT_PEPPOL = "PEPPOLBIS30"  # older client
UPLOAD_UUID = "uuid"  # older client
# One field for each route, all of this name: a name that Maventa does not know, such
# as one with brackets, might be passed over, and the invoice delivered.
UPLOAD_DISABLED_ROUTES = "disabled_routes"  # older client; that it repeats is ASSUMED
ROUTES = ("print", "email", "einvoice")  # older client
UPLOAD_RECIPIENT_TYPE = "recipient_type"  # older client
BUSINESS = "b2b"  # older client
CONSUMER = "consumer"  # older client
UPLOAD_EMAIL = "recipient_email"  # older client
UPLOAD_LANGUAGE = "lang"  # older client
# Languages of ISO 639-1 and how the wire spells them: by country.
LANGUAGES = {
    "fi": "FI",  # older client
    "sv": "SE",  # older client
    "nb": "NO",  # older client
    "no": "NO",  # older client
    "da": "DK",  # older client
    "nl": "NL",  # older client
    "en": "EN",  # older client
}

# Webhooks of before 19.0.2.0.0, which the upgrade removes --------------------------
PATH_NOTIFICATIONS = "/v1/company/notifications"  # documented: webhooks
PATH_NOTIFICATION = "/v1/company/notifications/{subscription_id}"  # older client
DESTINATION = "destination"  # documented: webhooks

# Service ---------------------------------------------------------------------------
PATH_SERVICE = "/v2/services/amili/receivables"  # documented: integration guide
SERVICE_ACTIVE = "ACTIVE"  # ASSUMED: carried over from the service's v1
SERVICE_PENDING = "PENDING"  # ASSUMED: as above
SERVICE_DISABLED = "DISABLED"  # ASSUMED: as above
SERVICE_REJECTED = "REJECTED"  # ASSUMED: "activated (or rejected)" is documented
ACTIVATION_URL = "activation_url"  # documented: integration guide
AUTHORIZATION_EMAIL = "authorization_email"  # documented: integration guide
# Which of the two services is asked for: Perintä or Kassavirta.
SERVICE_TYPE = "service_type"  # ASSUMED: that there is a choice is documented
SERVICE_PERINTA = "perinta"  # ASSUMED
# Who asks for the service: names that its v1 used.
SERVICE_IBAN = "iban"  # ASSUMED
SERVICE_BIC = "bic"  # ASSUMED
SERVICE_CONTACT = "contact_person"  # ASSUMED
SERVICE_CONTACT_EMAIL = "contact_email"  # ASSUMED
SERVICE_CONTACT_PHONE = "contact_phone_number"  # ASSUMED
SERVICE_CUSTOMER_EMAIL = "customer_service_email"  # ASSUMED
SERVICE_CUSTOMER_PHONE = "customer_service_phone_number"  # ASSUMED
SERVICE_ADDRESS = "billing_address"  # ASSUMED

# Hand-over -------------------------------------------------------------------------
PATH_TRANSFER = "/v2/invoices/{invoice_id}/assignment/amili"  # documented: announcement
PATH_TRANSFER_STATUS = (
    "/v2/invoices/{invoice_id}/assignment"  # documented: announcement
)

COLLECTION_TYPE = "collection_type"  # documented: announcement
REMINDER_AND_COLLECTION = "reminder_and_collection"  # ASSUMED: documented for Ropo
COLLECTION = "collection"  # ASSUMED: documented for Ropo

RECEIVABLES_TYPE = "receivables_type"  # documented: announcement
# Our own words and how the wire spells them.
COLLECTION_TYPES = {
    "reminder_and_collection": REMINDER_AND_COLLECTION,
    "collection": COLLECTION,
}
RECEIVABLES_TYPES = {
    "b2b": "b2b",  # documented: announcement
    "b2c": "b2c",  # documented: announcement
    "b2b_rental": "b2b_rental",  # documented: announcement
    "b2c_rental": "b2c_rental",  # documented: announcement
}

AMOUNTS = "amounts"  # documented: announcement; that it is one object is ASSUMED
CAPITAL_AMOUNT = "capital_amount"  # documented; a JSON number in EUR is ASSUMED
REMINDER_AMOUNT = "reminder_amount"  # documented; a JSON number in EUR is ASSUMED
ASSIGNMENT_SUMMARY = "assignment_summary"  # documented: announcement
REMINDER_DATE = "reminder_date"  # documented; YYYY-MM-DD and its meaning are ASSUMED

PAYERS = "payers"  # documented: announcement; names inside are ASSUMED, each of them
PAYER_TYPE = "type"  # ASSUMED
PAYER_TYPES = {
    "main_debtor": "main_debtor",  # ASSUMED
    "co_debtor": "co_debtor",  # ASSUMED
}
PAYER_NAME = "name"  # ASSUMED
PAYER_BUSINESS_ID = "bid"  # ASSUMED: Maventa says "bid" elsewhere
PAYER_IDENTITY_CODE = "ssn"  # ASSUMED
PAYER_EMAIL = "email"  # ASSUMED
PAYER_PHONE = "phone"  # ASSUMED
ADDRESS = "address"  # ASSUMED
ADDRESS_STREETS = "streets"  # ASSUMED: as in Maventa's other addresses
ADDRESS_ZIP = "zip_code"  # ASSUMED: as above
ADDRESS_CITY = "city"  # ASSUMED: as above
ADDRESS_COUNTRY = "country"  # ASSUMED: as above; ISO 3166-1 alpha-2

STATUS_PENDING = "pending"  # ASSUMED: documented for Ropo
STATUS_SENT = "sent"  # ASSUMED: documented for Ropo
STATUS_ERROR = "error"  # ASSUMED: documented for Ropo

# Receivables API -------------------------------------------------------------------
PATH_ASSIGNMENTS = "/v1/assignments"  # documented: Receivables API
PATH_ASSIGNMENT = "/v1/assignments/{assignment_id}"  # documented: Receivables API
PATH_ASSIGNMENT_EVENTS = (
    "/v1/assignments/{assignment_id}/events"  # documented: Receivables API
)
PATH_EVENT_SEEN = (
    "/v1/assignments/{assignment_id}/events/{event_id}/seen"  # documented: as above
)
PATH_EVENTS = "/v1/events"  # documented: Receivables API
FILTER_CREATED_FROM = "created_at_start"  # ASSUMED: the name that invoices use
CASE_CLOSED = "closed"  # ASSUMED: spelling of a documented label

# An event, reported or read: no document names its keys.
EVENT_TYPE = "type"  # ASSUMED
EVENT_AMOUNT = "amount"  # ASSUMED; a JSON number in EUR
EVENT_CURRENCY = "currency"  # ASSUMED
EVENT_DATE = "date"  # ASSUMED; YYYY-MM-DD
EVENT_TEXT = "comment"  # ASSUMED
EVENT_DOCUMENT = "reference"  # ASSUMED; the number of a credit note
CURRENCY = "EUR"  # ISO 4217; that each amount is in it is ASSUMED

EVENT_COMMENT = "comment"  # documented: assignment events
EVENT_PAID = "paid"  # documented: assignment events
EVENT_CREDIT_NOTE = "credit_note"  # documented: assignment events
EVENT_CLOSE = "close"  # documented as a word; as the wire's name ASSUMED
EVENT_DUE_DATE = "due_date_change"  # ASSUMED: that there is one is documented
EVENT_PAUSE = "collection_block"  # ASSUMED: that there is one is documented
EVENT_WITHDRAW = "cancellation"  # ASSUMED: that there is one is documented
# Our own words for what the company reports, and how the wire spells them.
REPORT_TYPES = {
    "comment": EVENT_COMMENT,
    "paid": EVENT_PAID,
    "credit_note": EVENT_CREDIT_NOTE,
    "due_date": EVENT_DUE_DATE,
    "pause": EVENT_PAUSE,
    "withdraw": EVENT_WITHDRAW,
}
ORIGIN_COMPANY = "company"  # ASSUMED: who made an event

# The sums of a case, all told, on the case and on events that change them.
FIGURE_OPEN = "open_amount"  # ASSUMED
FIGURE_PAID = "paid_amount"  # ASSUMED
FIGURE_CREDITED = "credited_amount"  # ASSUMED
FIGURE_FEES = "fees"  # ASSUMED
FIGURE_INTEREST = "interest"  # ASSUMED

# How a case ended.
RESULT_PAID = "paid"  # ASSUMED
RESULT_PARTLY_PAID = "partly_paid"  # ASSUMED
RESULT_CREDIT_LOSS = "credit_loss"  # ASSUMED
RESULT_WITHDRAWN = "withdrawn"  # ASSUMED

# Errors ----------------------------------------------------------------------------
ERROR_CODE = "code"  # documented: AX API description
ERROR_MESSAGE = "message"  # documented: AX API description
ERROR_DETAILS = "details"  # documented: AX API description
