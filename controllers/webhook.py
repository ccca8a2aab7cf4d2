"""Where Maventa calls.

The route needs to know its database: where several are on one server, ``dbfilter`` has
to choose one by the host's name, for Maventa sends no cookie.
"""

import logging

from odoo import http
from odoo.http import Dispatcher, Response, request

from ..models.amili_webhook import PATH

_logger = logging.getLogger(__name__)


class UnreadDispatcher(Dispatcher):
    """Calls the endpoint with what stands in the address and never reads the body.

    Odoo's own would parse a form before anybody could ask who sent it, and answer one
    that is too big or broken with an error.
    """

    routing_type = "amili_unread"

    @classmethod
    def is_compatible_with(cls, _request):
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        # Nobody learns from an answer what became of a call.
        _logger.error("Amili: a webhook call failed (%s)", type(exc).__name__)
        return Response(status=204)


class AmiliWebhookController(http.Controller):
    """A call is a hint to look at Maventa; whatever it holds, the answer is 204."""

    @http.route(
        f"{PATH}<path:key>",
        type="amili_unread",
        auth="public",
        csrf=False,
        save_session=False,
    )
    def called(self, key):
        """Take note of a call.

        :param str key: the secret part of the address
        """
        request.env["amili.webhook"]._wake(key)
        return Response(status=204)
