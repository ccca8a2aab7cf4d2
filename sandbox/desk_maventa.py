"""What waits at Maventa itself, on the desk: uploaded invoices and activations."""

from markupsafe import Markup

from .pages import day, euro, facts, html, join, moment

_STATES = {
    "PENDING": ("pending", "On its way"),
    "DELIVERED": ("active", "Delivered"),
    "FAILED": ("error", "Not delivered"),
}
_DELIVER = (
    '<form method="post" action="/desk/invoices/{id}/deliver">'
    '<input type="hidden" name="show" value="invoices">'
    '<button class="main">Deliver</button></form>'
    '<form method="post" action="/desk/invoices/{id}/fail">'
    '<input type="hidden" name="show" value="invoices">'
    '<input class="words" name="message" required maxlength="500"'
    ' aria-label="Reason" placeholder="Reason"><button>Let it fail</button></form>'
)


def activations(state):
    """A note for each company whose activation waits for a signature."""
    return [
        html(
            '<p class="note">{} asks for the service. '
            '<a href="{}">Sign or reject it</a></p>',
            company["name"],
            company["activation_url"],
        )
        for company in state.companies.values()
        if company["service_status"] == "PENDING"
        and "/kyc/" in (company["activation_url"] or "")
    ]


def show_invoice(state, invoice, may_act):
    """An uploaded invoice as it stands in its file.

    :param bool may_act: whether it has buttons.
    """
    upload = invoice["upload"]
    document = upload["document"]
    css, words = _STATES[invoice["status"]]
    if not upload["routes"]:
        css, words = "closed", "Only stored"
    waits = may_act and upload["routes"] and invoice["status"] == "PENDING"
    recipient = document["recipient"]
    told = [
        ("To", recipient["name"]),
        ("Business ID", recipient["bid"]),
        ("E-address", recipient["eia"]),
        ("E-mail", upload.get("recipient_email")),
        ("Date", day(document["date"] or "")),
        ("Due", day(document["date_due"] or "")),
        ("Reference", document["reference"]),
        ("Picture", "PDF inside" if document["has_pdf"] else "none"),
        ("File", f"{upload['filename']}, {upload['size']} bytes"),
    ]
    return html(
        '<article id="invoice-{id}" aria-labelledby="name-{id}">'
        '<header><h2 id="name-{id}">{number}</h2>'
        '<span class="pill {css}">{words}</span><p>From {sender}</p></header>'
        '<dl class="sums"><div class="open"><dt>Total</dt><dd>{total}</dd></div></dl>'
        '<div class="two"><section>{facts}</section>'
        "<section><h3>What became of it</h3><ul>{steps}</ul></section></div>"
        "{acts}</article>",
        id=invoice["id"],
        number=document["number"],
        css=css,
        words=words,
        sender=state.companies[invoice["client_id"]]["name"],
        total=euro(document["sum_tax"]),
        facts=facts(told),
        steps=join(_step(action) for action in reversed(invoice["actions"])),
        acts=html('<footer class="acts">{}</footer>', html(_DELIVER, id=invoice["id"]))
        if waits
        else Markup(""),
    )


def _step(action):
    return html(
        '<li><span class="soft small">{}</span><br>{}</li>',
        moment(action["happened_at"]),
        action["message"] or action["type"].capitalize(),
    )
