"""Calls about the company: its service, its old webhooks."""

from urllib.parse import urlsplit

from . import activation, answers, contract, errors, responses
from .connection import Connection, segment

MAX_LINK = 2000  # characters

_CHANGE = contract.SCOPES_OF_DEEDS["change_service"]


class CompanyCalls(Connection):
    """What Maventa knows of the company."""

    # The service ----------------------------------------------------------------------

    def service(self):
        """Return how far the collection service is.

        Source: ``GET /v2/services/amili/receivables`` (described).

        :rtype: answers.Service
        :raises errors.NotFound: perhaps where it was never asked for, or no access
        :raises errors.MaventaError:
        """
        url = self._hosts.ax + contract.PATH_SERVICE
        return self._read_service(self._call("GET", url))

    def activate_service(self, body):
        """Ask for the collection service and return how far it is then.

        Asking twice is the same as asking once, as far as PUT goes; where the link is
        mailed it may be mailed twice.

        Source: ``PUT /v2/services/amili/receivables`` (described; where the answer
        tells nothing of the service, the service is asked for).

        :param dict body: from :func:`activation.build_activation`
        :rtype: answers.Service
        :raises errors.NotSent: it may be sent again later
        :raises errors.Refused: it must be corrected first
        :raises errors.UnknownOutcome: it may have been taken: ask :meth:`service`
        """
        private = activation.personal_values(body)
        url = self._hosts.ax + contract.PATH_SERVICE
        response = self._post(url, body, private, _CHANGE, method="PUT")
        if responses.parse_json(response):
            return self._read_service(response)
        try:
            service = self.service()
        except errors.MaventaError as exc:
            raise errors.UnknownOutcome("bad_answer", status=exc.status) from exc
        if service.state == "disabled":
            # As if it had never been asked for: perhaps it was not, perhaps not yet.
            raise errors.UnknownOutcome("bad_answer", status=response.status_code)
        return service

    def change_service(self, body):
        """Change to whose account the debtors pay. Twice does no harm.

        Source: ``PATCH /v2/services/amili/receivables`` (described; 204).

        :param dict body: from :func:`activation.build_change`
        :raises errors.MaventaError: after an ``UnknownOutcome`` ask :meth:`service`
        """
        url = self._hosts.ax + contract.PATH_SERVICE
        self._post(url, body, (), _CHANGE, method="PATCH")

    def end_service(self):
        """End the collection service; one that is not there is as good as ended.

        Source: ``DELETE /v2/services/amili/receivables`` (described; 204).

        :raises errors.MaventaError: after an ``UnknownOutcome`` ask :meth:`service`
        """
        url = self._hosts.ax + contract.PATH_SERVICE
        try:
            self._call("DELETE", url, scopes=_CHANGE)
        except errors.NotFound:
            return

    def company_status(self):
        """Return whether the company is verified, without which no service activates.

        Source: ``GET /v1/companies/{id}/status`` (described).

        :rtype: answers.CompanyStatus
        :raises errors.MaventaError:
        """
        path = contract.PATH_COMPANY_STATUS.format(
            company_id=segment(self._credentials.client_id)
        )
        response = self._call("GET", self._hosts.ax + path)
        return self._read(answers.read_company_status, response)

    def _read_service(self, response):
        service = self._read(answers.read_service, response)
        if not self._is_safe_link(service.activation_url):
            service = service.without_link()
        return service

    def _is_safe_link(self, url):
        """Whether people may be shown a link: to a website, and not in the clear."""
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            return False
        # The sandbox on this machine is not behind https, nor is its page.
        is_sandbox = urlsplit(self._hosts.ax).scheme == "http"
        is_loopback = parts.scheme == "http" and host in contract.LOOPBACK_HOSTS
        is_safe = parts.scheme == "https" or (is_sandbox and is_loopback)
        is_plain = url.isprintable() and " " not in url and len(url) <= MAX_LINK
        return bool(is_safe and host and is_plain)

    # Webhooks: only what removes those of before 19.0.2.0.0 (see webhook_removal) -----

    def subscriptions(self):
        """Return the webhooks that are registered for the company.

        Source: ``GET /v1/company/notifications`` (older client; paging ASSUMED).

        :rtype: tuple[answers.Subscription, ...]
        :raises errors.MaventaError:
        """
        found = {}
        page = 1
        while page:
            result = self._list(
                self._hosts.ax + contract.PATH_NOTIFICATIONS,
                answers.read_subscription,
                page,
            )
            new = {each.id: each for each in result.items if each.id not in found}
            found |= new
            # A list that begins anew for ever would never end.
            page = result.next_page if new else None
        return tuple(found.values())

    def unsubscribe(self, subscription_id):
        """Remove a webhook; one that is not there any more is as good as removed.

        Source: ``DELETE /v1/company/notifications/{id}`` (older client).

        :raises errors.MaventaError:
        """
        path = contract.PATH_NOTIFICATION.format(
            subscription_id=segment(subscription_id)
        )
        try:
            self._call("DELETE", self._hosts.ax + path, scopes=_CHANGE)
        except errors.NotFound:
            return
