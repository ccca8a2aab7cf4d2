"""Sentences for what went wrong at Maventa: what it means and what to do."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

SENTENCES = {
    "bad_answer": _lt(
        "Maventa's answer could not be understood. Check the case at Maventa if "
        "this stays so."
    ),
    "certificate": _lt(
        "The connection to Maventa is not secure: its certificate was not "
        "accepted. Tell your administrator."
    ),
    "conflict": _lt(
        "Maventa says that the invoice is not in a state to be handed over. Look "
        "at it at Maventa, then try again."
    ),
    "connect": _lt(
        "Maventa cannot be reached. Check the network; it will be tried again "
        "automatically."
    ),
    "credentials": _lt(
        "Maventa does not accept the credentials. An administrator has to correct "
        "them in Settings > Invoicing > Amili Perintä."
    ),
    "forbidden": _lt(
        "Maventa does not allow this. Do what its own words say; if they say "
        "nothing, ask Maventa about it."
    ),
    "no_credentials": _lt(
        "The credentials for Maventa are missing. An administrator has to enter "
        "them in Settings > Invoicing > Amili Perintä."
    ),
    "no_sandbox": _lt(
        "The address of the sandbox is missing or not allowed: it must be on this "
        "machine or begin with https. An administrator has to correct the system "
        "parameter amili_perinta.sandbox_url."
    ),
    "not_found": _lt(
        "Maventa does not know this invoice, or these credentials may not see it. "
        "Look up its Maventa ID again."
    ),
    "rate_limit": _lt(
        "Maventa asks to wait. It will be tried again automatically when the time "
        "is over."
    ),
    "refused": _lt(
        "Maventa did not accept the data. Correct what it names and send the "
        "invoice again."
    ),
    "reset": _lt(
        "The connection broke before Maventa answered. Maventa is asked what "
        "arrived before anything is sent again."
    ),
    "scope": _lt(
        "These credentials may not do this at Maventa. An administrator has to "
        "ask Maventa for the rights to send invoices and to use receivables."
    ),
    "server": _lt(
        "Maventa had a failure of its own. It is asked what arrived before "
        "anything is sent again."
    ),
    "service": _lt(
        "Amili Perintä is not active for this company. Activate it in Settings > "
        "Invoicing > Amili Perintä, or ask an administrator to."
    ),
    "timeout": _lt(
        "Maventa did not answer in time. It is asked what arrived before anything "
        "is sent again."
    ),
    "token": _lt(
        "Maventa gave no access for now. It will be tried again automatically."
    ),
    "unauthorized": _lt(
        "Maventa refuses access with these credentials. An administrator has to "
        "check them in Settings > Invoicing > Amili Perintä."
    ),
}
# Where something else than a hand-over was sent, the same means something else.
EVENT_SENTENCES = {
    **SENTENCES,
    "conflict": _lt("The case takes no more reports: Amili may have closed it."),
    "not_found": _lt(
        "Maventa does not know this case, or these credentials may not see it."
    ),
    "refused": _lt("Maventa did not accept the report."),
}
SERVICE_SENTENCES = {
    **SENTENCES,
    "conflict": _lt(
        "Maventa says that the service is not in a state for this. Look at it at "
        "Maventa, then try again."
    ),
    "forbidden": _lt(
        "Maventa does not allow this company to do it. It activates the service of no "
        "company that is not verified: sign in at Maventa and look whether it is, or "
        "ask Maventa."
    ),
    "not_found": _lt(
        "Maventa does not know a service of this company, or these credentials may "
        "not see it."
    ),
    "refused": _lt("Correct what it names and send the request again."),
    "unverified": _lt(
        "Maventa has not verified the company yet, and activates no service before "
        "that. Sign in at Maventa and finish the verification, or ask Maventa's "
        "support; then send the request again. It has not been sent."
    ),
}
UPLOAD_SENTENCES = {
    **SENTENCES,
    "bad_answer": _lt(
        "Maventa's answer could not be understood. Look whether the invoice "
        "is at Maventa if this stays so."
    ),
    "conflict": _lt(
        "Maventa says that it has an invoice of this ID, but does not show it. "
        "Look for the invoice at Maventa, then send it again."
    ),
    "not_found": _lt("Maventa does not know this invoice."),
    "refused": _lt(
        "Correct what it names on the invoice or the customer, then send it again."
    ),
}


def explain(env, error, sentences=None):
    """Return a translated sentence for a :class:`~..maventa.errors.MaventaError`.

    What Maventa itself said stands behind it, masked by the client.

    :param dict sentences: by reason; those for what was sent
    """
    sentences = sentences or SENTENCES
    sentence = env._(sentences.get(error.reason, sentences["server"]))
    if error.remote_text:
        return env._(
            "%(sentence)s Maventa says: %(text)s",
            sentence=sentence,
            text=error.remote_text,
        )
    return sentence
