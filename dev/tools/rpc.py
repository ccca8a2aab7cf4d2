"""Odoo's web client without a browser: a session that calls models."""

import json
import urllib.request
from http.cookiejar import CookieJar


class RpcError(Exception):
    """Odoo refused a call; the message is what its user would read."""


class Session:
    """A user's session, over the same routes as the web client.

    :param address: of Odoo's web server
    """

    def __init__(self, address):
        self.address = address
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(CookieJar()),
        )

    def log_in(self, database, login, password):
        """Log in; the later calls are this user's."""
        self._post(
            "/web/session/authenticate", db=database, login=login, password=password
        )
        return self

    def call(self, model, method, *args, **kwargs):
        """Call a model's method and return its result.

        For a method on records the first argument is the list of their ids.

        :raise RpcError: with Odoo's message
        """
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=args,
            kwargs=kwargs,
        )

    def _post(self, path, **params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.address + path,
            body.encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            details = answer["error"].get("data") or answer["error"]
            raise RpcError(details.get("message") or str(answer["error"]))
        # Odoo leaves out what is None.
        return answer.get("result")
