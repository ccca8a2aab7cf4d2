"""Sentences for what went wrong at Maventa: what it means and what to do."""


def explain(env, error):
    """Return a translated sentence for a :class:`~..maventa.errors.MaventaError`.

    What Maventa itself said stands behind it, masked by the client.
    """
    _ = env._
    sentences = {
        "bad_answer": _(
            "Maventa's answer could not be understood. Check the case at Maventa if "
            "this stays so."
        ),
        "certificate": _(
            "The connection to Maventa is not secure: its certificate was not "
            "accepted. Tell your administrator."
        ),
        "conflict": _(
            "Maventa says that the invoice is not in a state to be handed over. Look "
            "at it at Maventa, then try again."
        ),
        "connect": _(
            "Maventa cannot be reached. Check the network; it is tried again by itself."
        ),
        "credentials": _(
            "Maventa does not accept the credentials. An administrator has to correct "
            "them in Settings > Invoicing > Amili Perintä."
        ),
        "no_credentials": _(
            "The credentials for Maventa are missing. An administrator has to enter "
            "them in Settings > Invoicing > Amili Perintä."
        ),
        "no_sandbox": _(
            "The address of the sandbox is missing or not allowed: it must be on this "
            "machine or begin with https. An administrator has to correct the system "
            "parameter amili_perinta.sandbox_url."
        ),
        "not_found": _(
            "Maventa does not know this invoice, or these credentials may not see it. "
            "Look up its Maventa ID again."
        ),
        "rate_limit": _(
            "Maventa asks to wait. It is tried again by itself when the time is over."
        ),
        "refused": _(
            "Maventa did not accept the data. Correct what it names and send the "
            "invoice again."
        ),
        "reset": _(
            "The connection broke before Maventa answered. Maventa is asked what "
            "arrived before anything is sent again."
        ),
        "scope": _(
            "These credentials may not do this at Maventa. An administrator has to "
            "ask Maventa for the rights to send invoices and to use receivables."
        ),
        "server": _(
            "Maventa had a failure of its own. It is asked what arrived before "
            "anything is sent again."
        ),
        "service": _(
            "Amili Perintä is not active for this company. Activate it at Maventa, "
            "then press Test Connection in the settings."
        ),
        "timeout": _(
            "Maventa did not answer in time. It is asked what arrived before anything "
            "is sent again."
        ),
        "token": _("Maventa gave no access for now. It is tried again by itself."),
        "unauthorized": _(
            "Maventa refuses access with these credentials. An administrator has to "
            "check them in Settings > Invoicing > Amili Perintä."
        ),
    }
    sentence = sentences.get(error.reason, sentences["server"])
    if error.remote_text:
        return _(
            "%(sentence)s Maventa says: %(text)s",
            sentence=sentence,
            text=error.remote_text,
        )
    return sentence
