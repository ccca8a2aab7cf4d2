"""A browser in which a test does what a person does: real keys, and looking."""

import json
import threading
from unittest.mock import patch

from odoo.tests import common
from odoo.tests.common import ChromeBrowser, ChromeBrowserException

from .common import TourCase

# Seconds in which whatever is waited for has to come.
PATIENCE = 60
# A page that is left complains of these when they are cut off. Others, as what a worker
# fetches, end elsewhere or never.
REQUESTS = {"Fetch", "Script", "Stylesheet", "XHR"}
# Seconds that a page has for ending them, and in which it begins the next.
LEAVE_PATIENCE = 10
NEXT_REQUEST = 0.5
MODIFIERS = {"Alt": 1, "Control": 2, "Shift": 8}
# The key as the page reads it, its number, and what it types.
KEYS = {
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, None),
    "Escape": ("Escape", 27, None),
    "Space": (" ", 32, " "),
    "ArrowDown": ("ArrowDown", 40, None),
    "ArrowUp": ("ArrowUp", 38, None),
    "ArrowRight": ("ArrowRight", 39, None),
}
SHOWN = """
    [...document.querySelectorAll(%s)].find(
        (element) =>
            element.checkVisibility() &&
            (element.innerText || element.value || "").includes(%s)
    )
"""


class Page(ChromeBrowser):
    """The browser, driven by a method of the test instead of a script."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._under_way = set()
        self._is_quiet = threading.Event()
        self._is_quiet.set()
        self._has_begun = threading.Event()
        self._handlers.update(
            {
                "Network.requestWillBeSent": self._begin_request,
                "Network.loadingFinished": self._end_request,
                "Network.loadingFailed": self._end_request,
            }
        )
        self._websocket_request("Network.enable")

    def _begin_request(self, requestId, type="", **_details):
        if type in REQUESTS:
            self._under_way.add(requestId)
            self._is_quiet.clear()
            self._has_begun.set()

    def _end_request(self, requestId, **_details):
        self._under_way.discard(requestId)
        if not self._under_way:
            self._is_quiet.set()

    def _leave(self):
        """Let the page end what it does: it would complain of what is cut off."""
        while self._is_quiet.wait(LEAVE_PATIENCE):
            self._has_begun.clear()
            if not self._has_begun.wait(NEXT_REQUEST):
                break
        self._under_way.clear()
        self._is_quiet.set()

    def _wait_code_ok(self, code, timeout, error_checker=None):
        # EXTENDS odoo: all is ready for a script now, which here is the test.
        self.test_case.sitting(self)
        self._leave()

    # What a person does ...............................................................

    def press(self, *keys):
        """Press keys one after another, such as ``"Alt+q"`` or ``"Enter"``."""
        for key in keys:
            self.see("body:not(:has(.o_blockUI))")
            *held, name = key.split("+")
            modifiers = sum(MODIFIERS[modifier] for modifier in held)
            read, number, text = KEYS.get(name) or (name, ord(name.upper()), name)
            pressed = {
                "modifiers": modifiers,
                "key": read.upper() if "Shift" in held and len(name) == 1 else read,
                "code": f"Key{name.upper()}" if len(name) == 1 else name,
                "windowsVirtualKeyCode": number,
            }
            types = text and not modifiers
            self._key(
                "keyDown" if types else "rawKeyDown", pressed, text if types else ""
            )
            self._key("keyUp", pressed)

    def type(self, text):
        """Type a text where the cursor is."""
        self._websocket_request("Input.insertText", params={"text": text})

    def _key(self, kind, pressed, text=""):
        params = {"type": kind, **pressed}
        if text:
            params["text"] = text
        self._websocket_request("Input.dispatchKeyEvent", params=params)

    def open(self, path, selector=".o_action_manager > *"):
        """Enter an address, and wait until ``selector`` is shown."""
        self._leave()
        self.navigate_to("about:blank", wait_stop=True)
        self.navigate_to(self.test_case.base_url() + path, wait_stop=True)
        self.see(selector)

    # What is on the screen ............................................................

    def see(self, selector, text=""):
        """Wait until an element of ``selector`` with ``text`` is shown."""
        self._wait(SHOWN % (json.dumps(selector), json.dumps(text)), selector, text)

    def see_no(self, selector, text=""):
        """Wait until no such element is shown any more."""
        shown = SHOWN % (json.dumps(selector), json.dumps(text))
        self._wait(f"!({shown})", f"no {selector}", text)

    def stand_still(self):
        """Wait until nothing fades in or moves any more, spinners aside."""
        self._wait(
            """document.getAnimations().every((animation) =>
                animation.playState !== "running" ||
                animation.effect.getComputedTiming().iterations === Infinity)""",
            "a page that stands still",
        )

    def at(self, selector):
        """Wait until the keyboard is at ``selector``, or in it."""
        condition = f"document.activeElement?.closest({json.dumps(selector)})"
        self._wait(condition, f"the cursor at {selector}")

    def _wait(self, condition, *wanted):
        script = f"""new Promise((resolve) => {{
            const end = Date.now() + {PATIENCE * 1000};
            (function look() {{
                if ({condition}) resolve(true);
                else if (Date.now() > end) resolve(false);
                else setTimeout(look, 30);
            }})();
        }})"""
        if not self.evaluate(script):
            self.take_screenshot().result(10)
            where = self.evaluate(
                "`${location.pathname}: ${document.activeElement?.outerHTML}`"
            )
            self.test_case.fail(f"nowhere: {' '.join(wanted)}; at {where[:400]}")

    def evaluate(self, script):
        """Return what a script of the page comes to, or what its promise does."""
        if self._result.done():
            self._result.result()
        params = {"expression": script, "awaitPromise": True, "returnByValue": True}
        while True:
            try:
                answer = self._websocket_request(
                    "Runtime.evaluate", params=params, timeout=PATIENCE + 10
                )
                break
            except ChromeBrowserException as error:
                # Another page has come meanwhile.
                if "context was destroyed" not in str(error):
                    raise
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            self.test_case.fail(details.get("exception", details).get("description"))
        return answer["result"].get("value")


class BrowserCase(TourCase):
    """Tests of which a method does what a person does in the web client."""

    def sit(self, user, sitting):
        """Let ``sitting`` drive a :class:`Page` in which ``user`` is logged in."""
        self.sitting = sitting
        users = self.registry["res.users"]
        with (
            patch.object(common, "ChromeBrowser", Page),
            patch.object(users, "tour_enabled", False),
            patch.object(users, "_compute_tour_enabled", lambda _: None),
        ):
            self.browser_js("/web/health", "", login=user.login)
