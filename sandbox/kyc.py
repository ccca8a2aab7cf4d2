"""The page that an activation's link leads to: somebody signs for a company."""

import pathlib
from string import Template

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.utils import redirect

from . import services
from .pages import facts, html, page
from .problems import Problem

_PAGE = Template(
    pathlib.Path(__file__).with_name("kyc.html").read_text(encoding="utf-8")
)
_SERVICES = {"express": "Amili Perintä", "full": "Amili Kassavirta"}
_FORMS = (
    '<form method="post" action="/kyc/{key}/sign">'
    '<button class="main">Sign for the company</button></form>'
    '<form method="post" action="/kyc/{key}/reject">'
    '<input name="reason" maxlength="500" required aria-label="Why Amili rejects it"'
    ' placeholder="Why Amili rejects it"><button>Reject</button></form>'
)


class Kyc:
    """Answers below ``/kyc``: each link is known to whom it was told alone.

    :param State state: whose companies are signed for.
    """

    def __init__(self, state):
        self._state = state

    def answer(self, request):
        """Answer one request.

        :raises werkzeug.exceptions.HTTPException: 404 or 405.
        """
        key, *action = request.path.removeprefix("/kyc/").split("/")
        with self._state.change():
            company = services.by_link(self._state, key)
            if not action:
                if request.method not in ("GET", "HEAD"):
                    raise MethodNotAllowed(["GET"])
                return self._show(company, key)
            if action not in (["sign"], ["reject"]):
                raise NotFound
            if request.method != "POST":
                raise MethodNotAllowed(["POST"])
            return self._decide(company, action[0], request.form.get("reason", ""))

    def _decide(self, company, action, reason):
        if not company:
            return self._say("This link has been used, or is not valid.", 404)
        try:
            if action == "sign":
                services.sign(self._state, company)
            else:
                services.reject(self._state, company, reason)
        except Problem:
            return self._say("This has been decided already.", 409)
        return redirect(f"/kyc/done-{action}", 303)

    def _show(self, company, key):
        if key == "done-sign":
            return self._say("Signed. The service is active.")
        if key == "done-reject":
            return self._say("Rejected. The company will see why.")
        if not company:
            return self._say("This link has been used, or is not valid.", 404)
        told = company["service_request"]
        content = html(
            "<p>Signing this makes the company a customer of Visma Amili.</p>{}{}",
            facts(
                [
                    ("Company", company["name"]),
                    ("Business ID", company["bid"]),
                    ("Service", _SERVICES.get(company["service_type"], "–")),
                    ("Contact", told.get("contact_person")),
                    ("Account", told.get("iban")),
                ]
            ),
            html(_FORMS, key=key),
        )
        return page(_PAGE, title="Agreement with Amili", content=content)

    def _say(self, words, status=200):
        content = html(
            '<p class="said" role="status">{}</p><p>You can close this page and go back'
            " to where you came from.</p>",
            words,
        )
        return page(_PAGE, status, title="Agreement with Amili", content=content)
