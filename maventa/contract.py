"""Every name that goes over the wire: hosts, paths, scopes, keys and words.

This is the only place that knows how Maventa spells things, so that a correction
is a change of one line. Each name is a text that carries its mark, how well it is
known: see :mod:`.marks`. docs/wire.rst lists what is ASSUMED.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from .marks import assumed, described, described_v1, documented, older_client

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
        receivables=assumed("https://receivables.maventa.com"),  # as the test host
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
PATH_TOKEN = documented("/oauth2/token")
PATH_CURRENT = described("/oauth2/current")

TOKEN_GRANT_TYPE = described("grant_type")
GRANT_TYPE = described("client_credentials")
TOKEN_CLIENT_ID = described("client_id")
TOKEN_CLIENT_SECRET = described("client_secret")
TOKEN_VENDOR_KEY = described("vendor_api_key")
TOKEN_SCOPE = described("scope")  # asked for, and granted
TOKEN_TEXT = described("access_token")
TOKEN_LIFETIME = described("expires_in")  # seconds
OAUTH_ERROR = assumed("error")  # RFC 6749, 5.2
INVALID_SCOPE = assumed("invalid_scope")  # as above

CURRENT_COMPANY = described("company")
CURRENT_COMPANY_NAME = described("name")
CURRENT_BUSINESS_ID = described("bid")
CURRENT_SCOPES = described("scopes")

SCOPE_GLOBAL = described("global")
SCOPE_COMPANY_READ = described("company:read")
SCOPE_COMPANY_WRITE = described("company:write")
SCOPE_INVOICE_SEND = described("invoice:send")
SCOPE_INVOICE_RECEIVE = described("invoice:receive")
SCOPE_RECEIVABLES = documented("receivables:assignments")
SCOPES = (
    SCOPE_GLOBAL,
    SCOPE_COMPANY_READ,
    SCOPE_COMPANY_WRITE,
    SCOPE_INVOICE_SEND,
    SCOPE_INVOICE_RECEIVE,
    SCOPE_RECEIVABLES,
)
# Scopes that stand for others.
SCOPE_ALIASES = {
    described("eui"): (
        SCOPE_COMPANY_READ,
        SCOPE_COMPANY_WRITE,
        SCOPE_RECEIVABLES,
        SCOPE_INVOICE_RECEIVE,
        SCOPE_INVOICE_SEND,
    ),
    SCOPE_GLOBAL: (SCOPE_COMPANY_READ,),
    described("company"): (SCOPE_COMPANY_READ, SCOPE_COMPANY_WRITE),
}
# What each deed needs. The hand-over: described for v1; cases and their events:
# documented; all others: described.
SCOPES_OF_CURRENT = (SCOPE_GLOBAL,)
SCOPES_OF_TRANSFER = (SCOPE_INVOICE_SEND,)
SCOPES_OF_CASES = (SCOPE_RECEIVABLES,)
SCOPES_OF_INVOICES = (SCOPE_INVOICE_SEND, SCOPE_INVOICE_RECEIVE)
SCOPES_OF_UPLOAD = (SCOPE_INVOICE_SEND,)
SCOPES_OF_SERVICE = (SCOPE_COMPANY_READ, SCOPE_COMPANY_WRITE)
SCOPES_OF_DEEDS = {
    "current": SCOPES_OF_CURRENT,
    "transfer": SCOPES_OF_TRANSFER,
    "cases": SCOPES_OF_CASES,
    "invoices": SCOPES_OF_INVOICES,
    "upload": SCOPES_OF_UPLOAD,
    "service": (SCOPE_COMPANY_READ,),
    "change_service": (SCOPE_COMPANY_WRITE,),
}


def missing_scopes(needed, granted):
    """Return those of the needed scopes that are not among the granted ones."""
    held = {*granted, *(s for alias in granted for s in SCOPE_ALIASES.get(alias, ()))}
    return tuple(scope for scope in needed if scope not in held)


# Lists -----------------------------------------------------------------------------
PAGE = described("page")  # of invoices; elsewhere ASSUMED
PER_PAGE = described("per_page")  # as above
MAX_PER_PAGE = 100  # described
HEADER_NEXT_PAGE = older_client("X-Next-Page")
HEADER_TOTAL = older_client("X-Total")
# Where a list or an object may be wrapped.
WRAPPERS = (
    assumed("data"),
    assumed("items"),
    assumed("results"),
    assumed("assignments"),
    assumed("assignment"),
    assumed("events"),
    assumed("event"),
    assumed("invoices"),
)
# Where an id is looked for that is not where it should be.
OTHER_IDS = (assumed("uuid"), assumed("_id"))

# Invoices at Maventa ---------------------------------------------------------------
PATH_INVOICES = described("/v1/invoices")
PATH_INVOICE = described("/v1/invoices/{invoice_id}")
PATH_INVOICE_ACTIONS = described("/v1/invoices/{invoice_id}/actions")
FILTER_DIRECTION = described("direction")
FILTER_NUMBER = described("number")
DIRECTION_SENT = described("SENT")  # the default would be RECEIVED

INVOICE_ID = described("id")
INVOICE_NUMBER = described("number")
INVOICE_STATUS = described("status")
INVOICE_PENDING = described("PENDING")
INVOICE_DELIVERED = described("DELIVERED")
INVOICE_FAILED = described("FAILED")
INVOICE_DATE = described("date")
INVOICE_TOTAL = described("sum_tax")
INVOICE_CURRENCY = described("currency")
INVOICE_REFERENCE = described("reference")
INVOICE_CREATED = described("created_at")
INVOICE_RECIPIENT = described("recipient")
INVOICE_RECIPIENT_NAME = described("name")
INVOICE_RECIPIENT_BID = described("bid")

# What became of an invoice, step by step.
# Several are separated by commas, as a description of this kind means where it does not
# say otherwise.
FILTER_ACTION_TYPE = described("type")
ACTION_INFO = described("INFO")  # left out of what is not asked for by type
ACTION_TYPES = (
    described("RECEIVED"),
    described("CREATED"),
    described("SENT"),
    described("DELIVERED"),
    described("ERROR"),
    ACTION_INFO,
)
ACTION_TYPE = described("type")
ACTION_CHANNEL = described("channel")
ACTION_MESSAGE = described("message")
ACTION_MOMENT = described("happened_at")
ACTION_KEY = described("key")
# Keys that bear on a hand-over, and what each says of the invoice.
ACTION_MEANINGS = {
    described("action_collection"): "handed_over",
    described("action_reminder_and_collection"): "handed_over",
    described("action_disputed"): "disputed",
    described("action_paid"): "paid",
}

# An uploaded invoice: the fields of the form.
UPLOAD_FILE = described("file")
UPLOAD_FORMAT = described("format")
UPLOAD_FORMATS = {
    "peppol": described("PEPPOLBIS30"),
    "finvoice": described("FINVOICE30"),
}
UPLOAD_UUID = described("uuid")
# Made for it: "creating assignments without sending an invoice".
UPLOAD_PREVENT_ROUTING = described("prevent_routing")
UPLOAD_EMAIL = described("recipient_email")
UPLOAD_LANGUAGE = described("lang")
# Languages of ISO 639-1 and how the wire spells them: by country.
LANGUAGES = {
    "fi": described("FI"),
    "sv": described("SE"),
    "nb": described("NO"),
    "no": described("NO"),
    "da": described("DK"),
    "nl": described("NL"),
    "en": described("EN"),
}

# Webhooks of before 19.0.2.0.0, which the upgrade removes --------------------------
PATH_NOTIFICATIONS = described("/v1/company/notifications")
PATH_NOTIFICATION = described("/v1/company/notifications/{subscription_id}")
WEBHOOK_ID = described("id")
DESTINATION = described("destination")

# The company -----------------------------------------------------------------------
# Its id is the client id of the credentials.
PATH_COMPANY_STATUS = described("/v1/companies/{company_id}/status")
COMPANY_STATE = described("company_state")
COMPANY_VERIFIED = described("VERIFIED")
COMPANY_UNVERIFIED = described("UNVERIFIED")

# Service ---------------------------------------------------------------------------
PATH_SERVICE = documented("/v2/services/amili/receivables")
SERVICE_STATUS = described("status")
SERVICE_ACTIVE = described("ACTIVE")
SERVICE_PENDING = described("PENDING")
SERVICE_DISABLED = described("DISABLED")  # never asked for, or ended
SERVICE_REJECTED = assumed("REJECTED")  # "activated (or rejected)" is documented
ACTIVATION_URL = documented("activation_url")
AUTHORIZATION_EMAIL = documented("authorization_email")
# Which of the two services it is. The default would be the other one, by which all
# invoices of the company go to Amili.
SERVICE_TYPE = described("service_type")
SERVICE_EXPRESS = described("express")  # Amili Perintä
SERVICE_FULL = described("full")  # Amili Kassavirta
# Whose account number, reference and picture of the invoice the letters show, and so
# to whom the debtors pay.
ACCOUNTABLE_PARTY = described("accountable_party")
ACCOUNTABLE_PARTIES = {
    "vfsfi": described("vfsfi"),  # Amili
    "company": described("company"),
}
# Read of an answer, and never sent: the description calls Amili so in its prose.
ACCOUNTABLE_AMILI_OTHER = described("vfs")
SERVICE_IBAN = described("iban")
SERVICE_BIC = described("bic")
SERVICE_BANK = described("bank")  # its name
SERVICE_CONTACT = described("contact_person")
SERVICE_CONTACT_EMAIL = described("contact_email")
SERVICE_CONTACT_PHONE = described("contact_phone_number")
SERVICE_CUSTOMER_EMAIL = described("customer_service_email")
SERVICE_CUSTOMER_PHONE = described("customer_service_phone_number")
SERVICE_ADDRESS = described("billing_address")
SERVICE_STREETS = described("streets")
SERVICE_ZIP = described("zip_code")
SERVICE_CITY = described("city")
SERVICE_COUNTRY = described("country")

# Hand-over -------------------------------------------------------------------------
PATH_TRANSFER = documented("/v2/invoices/{invoice_id}/assignment/amili")
PATH_TRANSFER_STATUS = documented("/v2/invoices/{invoice_id}/assignment")

COLLECTION_TYPE = documented("collection_type")
RECEIVABLES_TYPE = documented("receivables_type")
# Our own words and how the wire spells them.
COLLECTION_TYPES = {
    "reminder_and_collection": described_v1("reminder_and_collection"),
    "collection": described_v1("collection"),
}
RECEIVABLES_TYPES = {
    "b2b": documented("b2b"),
    "b2c": documented("b2c"),
    "b2b_rental": documented("b2b_rental"),
    "b2c_rental": documented("b2c_rental"),
}

# One object of JSON numbers with two decimals, in EUR: described for v1.
AMOUNTS = documented("amounts")
CAPITAL_AMOUNT = documented("capital_amount")
REMINDER_AMOUNT = documented("reminder_amount")
# v1 wants the key of everybody, so that 0.00 must pass, though it says "positive":
# False leaves it out where no fee was charged.
SENDS_NO_FEE_AS_ZERO = True
# It is printed on the letters to the debtor.
ASSIGNMENT_SUMMARY = documented("assignment_summary")
SUMMARY_LENGTHS = (2, 64)  # characters, both included: described for v1
# The longest name, street or city in characters: what other systems state of letters.
# ASSUMED: nothing is cut, the sender is warned.
LETTER_LINE_LENGTH = 34
REMINDER_DATE = documented("reminder_date")  # YYYY-MM-DD and its meaning are ASSUMED

# Where each datum of a payer stands in the body. A list is ``[]``, of which each payer
# has an entry of its own; ``{role}`` is the role's word below, for a wire that tells
# the roles by where somebody stands: "payers.{role}.name".
PAYER_PATHS = {
    "role": assumed("payers[].type"),
    "name": assumed("payers[].name"),
    "business_id": assumed("payers[].bid"),  # Maventa says so elsewhere
    "identity_code": assumed("payers[].ssn"),  # as above
    "email": assumed("payers[].email"),
    "phone": assumed("payers[].phone"),  # E.164
    # As in Maventa's other addresses. Where both lines of a street stand in a list
    # each is an entry of it.
    "street": assumed("payers[].address.streets[]"),
    "street2": assumed("payers[].address.streets[]"),
    "zip": assumed("payers[].address.zip_code"),
    "city": assumed("payers[].address.city"),
    "country": assumed("payers[].address.country"),  # ISO 3166-1 alpha-2
}
PAYER_ROLES = {
    "main_debtor": assumed("main_debtor"),
    "co_debtor": assumed("co_debtor"),
}

TRANSFER_STATUS = described_v1("status")
STATUS_PENDING = described_v1("pending")
STATUS_SENT = described_v1("sent")
STATUS_ERROR = described_v1("error")
# Where the case is in the Receivables API, once there is one. That its last part is
# the id of the case is ASSUMED.
TRANSFER_URL = described_v1("url")
TRANSFER_REASON = described_v1("error_reason")
TRANSFER_CASE_ID = assumed("assignment_id")
TRANSFER_CASE = assumed("assignment.id")
TRANSFER_CREATED = assumed("created_at")

# Receivables API -------------------------------------------------------------------
PATH_ASSIGNMENTS = documented("/v1/assignments")
PATH_ASSIGNMENT = documented("/v1/assignments/{assignment_id}")
PATH_ASSIGNMENT_EVENTS = documented("/v1/assignments/{assignment_id}/events")
PATH_EVENT_SEEN = documented("/v1/assignments/{assignment_id}/events/{event_id}/seen")
PATH_EVENTS = documented("/v1/events")
FILTER_CREATED_FROM = assumed("created_at_start")  # the name that invoices use

# Where each datum of a case stands. The figures are all told, as are those of events.
FIGURE_PATHS = {
    "open": assumed("open_amount"),
    "paid": assumed("paid_amount"),
    "credited": assumed("credited_amount"),
    "fees": assumed("fees"),
    "interest": assumed("interest"),
}
CASE_PATHS = {
    "id": assumed("id"),
    "other_id": assumed("assignment_id"),
    "invoice_id": documented("invoice_id"),
    "status": assumed("status"),
    "collection_status": assumed("collection_status"),
    "result": assumed("result"),
    "created_at": assumed("created_at"),
    "closed_at": assumed("closed_at"),
    "currency": assumed("currency"),
    "collection_type": COLLECTION_TYPE,
    "receivables_type": RECEIVABLES_TYPE,
    "capital_amount": CAPITAL_AMOUNT,
    "reminder_amount": REMINDER_AMOUNT,
    # As they are handed over.
    "other_capital_amount": documented("amounts.capital_amount"),
    "other_reminder_amount": documented("amounts.reminder_amount"),
    "events": documented("events"),
}
CASE_CLOSED = assumed("closed")  # spelling of a documented label

# Where each datum of an event stands, whether it is reported or read.
EVENT_PATHS = {
    "id": assumed("id"),
    "other_id": assumed("event_id"),
    "case_id": assumed("assignment_id"),
    "type": assumed("type"),
    "amount": assumed("amount"),  # a JSON number
    "currency": assumed("currency"),
    "date": assumed("date"),  # YYYY-MM-DD
    "text": assumed("comment"),
    "document": assumed("reference"),  # the number of a credit note
    "created_at": assumed("created_at"),
    "origin": assumed("origin"),  # who made it
    "seen": assumed("seen"),
    "collection_status": assumed("collection_status"),
    "result": assumed("result"),
}
CURRENCY = assumed("EUR")  # ISO 4217; that each amount is in it
ORIGIN_COMPANY = assumed("company")

EVENT_CLOSE = documented("close")  # as a word; as the wire's name ASSUMED
# Our own words for what the company reports, and how the wire spells them.
REPORT_TYPES = {
    "comment": documented("comment"),
    "paid": documented("paid"),
    "credit_note": documented("credit_note"),
    "due_date": assumed("due_date_change"),  # that there is one is documented
    "pause": assumed("collection_block"),  # as above
    "withdraw": assumed("cancellation"),  # as above
}
# How a case ended.
RESULTS = {
    "paid": assumed("paid"),
    "partly_paid": assumed("partly_paid"),
    "credit_loss": assumed("credit_loss"),
    "withdrawn": assumed("withdrawn"),
}

# Errors ----------------------------------------------------------------------------
ERROR_CODE = described("code")
ERROR_MESSAGE = described("message")
ERROR_DETAILS = described("details")
ERROR_OTHER_DETAILS = assumed("errors")
ERROR_WRAPPER = assumed("error")  # an object, or the message itself
