"""Sentences for what went wrong at Maventa: what it means and what to do."""


def explain(env, error, is_report=False, is_upload=False):
    """Return a translated sentence for a :class:`~..maventa.errors.MaventaError`.

    What Maventa itself said stands behind it, masked by the client.

    :param bool is_report: it came of reporting something on a case, not of a hand-over
    :param bool is_upload: it came of sending the invoice itself to Maventa
    """
    sentences = {
        "bad_answer": env._(
            "Maventa's answer could not be understood. Check the case at Maventa if "
            "this stays so."
        ),
        "certificate": env._(
            "The connection to Maventa is not secure: its certificate was not "
            "accepted. Tell your administrator."
        ),
        "conflict": env._(
            "Maventa says that the invoice is not in a state to be handed over. Look "
            "at it at Maventa, then try again."
        ),
        "connect": env._(
            "Maventa cannot be reached. Check the network; it will be tried again "
            "automatically."
        ),
        "credentials": env._(
            "Maventa does not accept the credentials. An administrator has to correct "
            "them in Settings > Invoicing > Amili Perintä."
        ),
        "no_credentials": env._(
            "The credentials for Maventa are missing. An administrator has to enter "
            "them in Settings > Invoicing > Amili Perintä."
        ),
        "no_sandbox": env._(
            "The address of the sandbox is missing or not allowed: it must be on this "
            "machine or begin with https. An administrator has to correct the system "
            "parameter amili_perinta.sandbox_url."
        ),
        "not_found": env._(
            "Maventa does not know this invoice, or these credentials may not see it. "
            "Look up its Maventa ID again."
        ),
        "rate_limit": env._(
            "Maventa asks to wait. It will be tried again automatically when the time "
            "is over."
        ),
        "refused": env._(
            "Maventa did not accept the data. Correct what it names and send the "
            "invoice again."
        ),
        "reset": env._(
            "The connection broke before Maventa answered. Maventa is asked what "
            "arrived before anything is sent again."
        ),
        "scope": env._(
            "These credentials may not do this at Maventa. An administrator has to "
            "ask Maventa for the rights to send invoices and to use receivables."
        ),
        "server": env._(
            "Maventa had a failure of its own. It is asked what arrived before "
            "anything is sent again."
        ),
        "service": env._(
            "Amili Perintä is not active for this company. Activate it in Settings > "
            "Invoicing > Amili Perintä, or ask an administrator to."
        ),
        "timeout": env._(
            "Maventa did not answer in time. It is asked what arrived before anything "
            "is sent again."
        ),
        "token": env._(
            "Maventa gave no access for now. It will be tried again automatically."
        ),
        "unauthorized": env._(
            "Maventa refuses access with these credentials. An administrator has to "
            "check them in Settings > Invoicing > Amili Perintä."
        ),
    }
    if is_report:
        sentences |= {
            "conflict": env._(
                "The case takes no more reports: Amili may have closed it."
            ),
            "not_found": env._(
                "Maventa does not know this case, or these credentials may not see it."
            ),
            "refused": env._("Maventa did not accept the report."),
        }
    if is_upload:
        sentences |= {
            "bad_answer": env._(
                "Maventa's answer could not be understood. Look whether the invoice "
                "is at Maventa if this stays so."
            ),
            "conflict": env._(
                "Maventa says that it has an invoice of this ID, but does not show it. "
                "Look for the invoice at Maventa, then send it again."
            ),
            "not_found": env._("Maventa does not know this invoice."),
            "refused": env._(
                "Correct what it names on the invoice or the customer, then send it "
                "again."
            ),
        }
    sentence = sentences.get(error.reason, sentences["server"])
    if error.remote_text:
        return env._(
            "%(sentence)s Maventa says: %(text)s",
            sentence=sentence,
            text=error.remote_text,
        )
    return sentence
