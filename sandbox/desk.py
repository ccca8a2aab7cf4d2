"""The page at the root: what Amili and Maventa see, and their parts to play."""

import pathlib
import re
from string import Template

from markupsafe import Markup
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from . import desk_case, desk_maventa
from .pages import html, join, page
from .problems import Problem

_PAGE = Template(
    pathlib.Path(__file__).with_name("desk.html").read_text(encoding="utf-8")
)
_PER_PAGE = 20
_INVOICES = "invoices"
_TABS = (
    ("", "All"),
    ("pending", "To decide"),
    ("active", "Active"),
    ("ended", "Ended"),
    (_INVOICES, "Invoices"),
)
_SHOWN = [key for key, _label in _TABS]


class Desk:
    """Answers at ``/`` and below ``/desk``.

    :param State state: what to show.
    :param Control control: changes something; None makes the page read-only.
    """

    def __init__(self, state, control=None):
        self._state = state
        self._control = control

    def answer(self, request):
        """Answer one request.

        :raises werkzeug.exceptions.HTTPException: 404 or 405.
        """
        if request.path == "/desk/version":
            return Response(self._version(), mimetype="text/plain")
        if request.path == "/":
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed(["GET"])
            return self._show(request)
        parts = request.path.split("/")
        if len(parts) != 5 or not self._control:
            raise NotFound
        act = {"cases": self._act_on_case, "invoices": self._act_on_invoice}
        if parts[2] not in act:
            raise NotFound
        if request.method != "POST":
            raise MethodNotAllowed(["POST"])
        with self._state.change():
            try:
                anchor = act[parts[2]](parts[3], parts[4], request.form)
            except Problem as problem:
                return self._show(request, problem)
        # Back to what was acted on, wherever it now stands.
        show = request.form.get("show", "")
        query = f"?show={show}" if show in _SHOWN and show else ""
        return redirect(f"/{query}#{anchor}", 303)

    def _version(self):
        # The token key is new after each reset and in each new state.
        return f"{self._state.settings['token_key'][:8]}-{self._state.version}"

    def _act_on_case(self, case_id, action, form):
        case = self._state.cases.get(case_id)
        if not case or action not in sum(desk_case.ACTIONS.values(), ()):
            raise NotFound
        self._control.perform(case, action, desk_case.options(action, form))
        return f"case-{case_id}"

    def _act_on_invoice(self, invoice_id, action, form):
        invoice = self._state.invoices.get(invoice_id)
        if not invoice or action not in ("deliver", "fail"):
            raise NotFound
        options = {"message": form.get("message", "")} if action == "fail" else {}
        self._control.perform_on_invoice(invoice, action, options)
        return f"invoice-{invoice_id}"

    def _show(self, request, problem=None):
        wanted = request.values.get("show", "")
        number = request.args.get("page", "1")
        number = max(1, int(number)) if re.fullmatch("[0-9]{1,5}", number) else 1
        with self._state.lock:
            parts = self._parts(wanted if wanted in _SHOWN else "", number)
        parts["error"] = _alert(problem) if problem else ""
        return page(_PAGE, problem.status if problem else 200, **parts)

    def _parts(self, show, number):
        groups = {name: [] for name in desk_case.GROUPS}
        # Newest first within each group.
        for case in reversed(self._state.cases.values()):
            groups[desk_case.group(case)].append(case)
        uploads = [i for i in self._state.invoices.values() if "upload" in i][::-1]
        found = {
            **groups,
            "": [case for group in groups.values() for case in group],
            _INVOICES: uploads,
        }
        start = (number - 1) * _PER_PAGE
        here = found[show][start : start + _PER_PAGE]
        may_act = bool(self._control)
        waiting = f"({len(groups['pending'])}) " if groups["pending"] else ""
        return {
            "title": f"{waiting}Amili’s desk",
            "version": self._version(),
            "tabs": join(_tab(*tab, len(found[tab[0]]), show) for tab in _TABS),
            "note": self._note(show, found[show]),
            "cases": join(
                desk_maventa.show_invoice(self._state, thing, may_act)
                if show == _INVOICES
                else desk_case.show_case(self._state, thing, may_act, show)
                for thing in here
            ),
            "pages": _pages(show, number, -(-len(found[show]) // _PER_PAGE)),
        }

    def _note(self, show, found):
        notes = []
        if self._control:
            notes = desk_maventa.activations(self._state)
        else:
            notes.append(
                html(
                    '<p class="note">Only for looking: start the sandbox with '
                    "<code>--control</code> to play Amili’s part here.</p>"
                )
            )
        if not found:
            words = "No case is here."
            if not show:
                words = "No case yet. Hand an invoice over, and it appears here."
            elif show == _INVOICES:
                words = "No invoice was sent to Maventa yet."
            notes.append(html('<p class="note">{}</p>', words))
        return join(notes)


def _tab(key, label, count, show):
    return html(
        '<a href="{}"{}>{} {}</a>',
        f"/?show={key}" if key else "/",
        Markup(' aria-current="page"') if key == show else "",
        label,
        count,
    )


def _pages(show, number, pages):
    def link(target, label):
        if not 1 <= target <= pages:
            return Markup("")
        return html('<a href="/?show={}&amp;page={}">{}</a>', show, target, label)

    if pages < 2:
        return Markup("")
    here = html("<span>Page {} of {}</span>", number, pages)
    return join([link(number - 1, "Newer"), here, link(number + 1, "Older")])


def _alert(problem):
    lines = problem.body["details"] or [problem.body["message"]]
    words = ", ".join(lines)
    return html('<p class="note bad" role="alert">Not done: {}</p>', words)
