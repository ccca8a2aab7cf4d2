"""Groups, selections and tuples of states that more than one file needs."""

# Groups -------------------------------------------------------------------------------

SYSTEM_GROUP = "base.group_system"
INVOICING_GROUP = "account.group_account_invoice"
ACCOUNTING_GROUPS = "account.group_account_invoice,account.group_account_readonly"
USER_GROUP = "amili_perinta.group_amili_user"
MANAGER_GROUP = "amili_perinta.group_amili_manager"
IDENTITY_GROUP = "amili_perinta.group_amili_identity"

# Connection ---------------------------------------------------------------------------

SANDBOX_URL_PARAMETER = "amili_perinta.sandbox_url"
ENVIRONMENTS = [
    ("sandbox", "Sandbox on this machine"),
    ("test", "Maventa's test environment"),
    ("production", "Production"),
]
SERVICE_STATES = [
    ("none", "Not started"),
    ("queued", "Requested"),
    ("sending", "Being requested"),
    ("unknown", "Request not confirmed"),
    ("refused", "Request refused"),
    ("pending", "Waiting for identification"),
    ("active", "Active"),
    ("rejected", "Rejected"),
    ("disabled", "Off"),
    ("other", "Unknown status"),
]

# What a company asks of Maventa with its service.
SERVICE_DEEDS = [
    ("activate", "Activate the service"),
    ("change", "Change to whose account the debtors pay"),
    ("end", "End the service"),
]
# Whose account number, reference and picture of the invoice Amili's letters show.
ACCOUNTABLE_PARTIES = [
    ("vfsfi", "Amili's account: Amili gets the payments and pays them out to you"),
    ("company", "Your own account: you get the payments and have to report them"),
]

# Uploads ------------------------------------------------------------------------------

UPLOAD_STATES = [
    ("queued", "On the queue"),
    ("sending", "Being sent"),
    ("unknown", "Outcome unknown"),
    ("sent", "At Maventa"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]

# Hand-overs ---------------------------------------------------------------------------

COLLECTION_TYPES = [
    ("reminder_and_collection", "Reminders first, then collection"),
    ("collection", "Straight to collection"),
]
RECEIVABLES_TYPES = [
    ("b2b", "Company"),
    ("b2c", "Consumer"),
    ("b2b_rental", "Company, rent"),
    ("b2c_rental", "Consumer, rent"),
]
ASSIGNMENT_STATES = [
    ("queued", "On the queue"),
    ("sending", "Being sent"),
    ("unknown", "Outcome unknown"),
    ("pending", "Sent, not confirmed"),
    ("active", "At Amili"),
    ("closed", "Closed"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("withdrawn", "Withdrawn"),
]
LIVE_STATES = ("queued", "sending", "unknown", "pending", "active")

# Cases --------------------------------------------------------------------------------

# Amili's list of stages is not published: whatever else it says is shown as it is.
STAGES = [
    ("received", "Received"),
    ("reminder_sent", "Reminder sent"),
    ("payment_demand_sent", "Payment demand sent"),
    ("on_hold", "On hold"),
    ("legal_collection", "Legal collection"),
    ("other", "Another stage"),
]
RESULTS = [
    ("paid", "Paid"),
    ("partly_paid", "Partly paid"),
    ("credit_loss", "Credit loss"),
    ("withdrawn", "Withdrawn"),
]
EVENT_TYPES = [
    ("comment", "Message"),
    ("paid", "Payment"),
    ("credit_note", "Credit note"),
    ("due_date", "New due date"),
    ("pause", "Pause"),
    ("withdraw", "Withdrawal"),
    ("payout", "Payout"),
    ("seen", "Marked as seen"),
    ("close", "Closed"),
    ("other", "Other"),
]
EVENT_STATES = [
    ("queued", "On the queue"),
    ("sending", "Being sent"),
    ("unknown", "Outcome unknown"),
    ("done", "Done"),
    ("failed", "Refused"),
    ("cancelled", "Cancelled"),
]
# Is on its way to Maventa, whatever it is.
UNDER_WAY_STATES = ("queued", "sending", "unknown")

# Cases made elsewhere: what a person has decided is not decided anew.
SETTLED_STATES = ("ignored", "adopted")
# Of these nobody in the company has anything to decide: one is another company's, which
# works with the same account at Maventa.
DECIDED_STATES = (*SETTLED_STATES, "same_account")
