"""What the sandbox's pages for people share."""

import secrets

from markupsafe import Markup
from werkzeug.wrappers import Response

from .identifiers import mask

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}


def html(template, *values, **named):
    """Fill a template; what is not Markup is masked and escaped."""
    named = {name: _safe(value) for name, value in named.items()}
    return Markup(template).format(*map(_safe, values), **named)


def _safe(value):
    return value if isinstance(value, Markup) else mask(str(value))


def join(parts):
    """Several pieces of Markup as one."""
    return Markup("").join(parts)


def facts(pairs):
    """A list of names and values; what is empty is left out."""
    return html(
        '<dl class="facts">{}</dl>',
        join(html("<dt>{}</dt><dd>{}</dd>", *pair) for pair in pairs if pair[1]),
    )


def day(text):
    """A day as people write it in Finland."""
    year, _, rest = str(text).partition("-")
    month, _, number = rest.partition("-")
    return f"{number}.{month}.{year}" if number else text


def moment(text):
    """A moment as people write it in Finland, in UTC."""
    date, _, clock = str(text).partition("T")
    return f"{day(date)} {clock[:5]} UTC" if clock else text


def euro(amount):
    """An amount as in Finland: 1 240,10 €, and never broken into two lines."""
    text = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")
    return f"{text}\u00a0€"


def page(template, status=200, **parts):
    """A page that no other site may use.

    :param string.Template template: may have a script with ``$nonce``.
    """
    nonce = secrets.token_urlsafe(16)
    response = Response(
        template.substitute(parts, nonce=nonce), status, mimetype="text/html"
    )
    response.headers.update(_HEADERS)
    policy = f"{_POLICY}; script-src 'nonce-{nonce}'"
    response.headers["Content-Security-Policy"] = policy
    return response
