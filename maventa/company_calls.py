"""Calls about the company: its credentials, its service, its old webhooks."""

from urllib.parse import urlsplit

from . import activation, answers, contract, errors, responses
from .connection import Connection, segment


class CompanyCalls(Connection):
    """What Maventa knows of the company."""

    def current(self):
        """Return whose credentials these are.

        Source: ``GET /oauth2/current`` (older client).

        :rtype: answers.Identity
        :raises errors.MaventaError:
        """
        url = self._hosts.ax + contract.PATH_CURRENT
        return self._read(answers.read_identity, self._call("GET", url))

    def check_access(self, scopes=contract.SCOPES_OF_TRANSFER):
        """Make sure that the token is good for what is to be done.

        After this a 404 means "there is none" and not "you may not see it".

        :param scopes: what it needs, of ``contract.SCOPES_OF_...``
        :raises errors.AccessProblem: a scope is missing
        :raises errors.MaventaError: it could not be found out
        """
        missing = set(scopes) - set(self.current().scopes)
        if missing:
            raise errors.AccessProblem("scope", details=sorted(missing))

    # The service ----------------------------------------------------------------------

    def service(self):
        """Return how far the collection service is.

        Source: ``GET /v2/services/amili/receivables`` (documented).

        :rtype: answers.Service
        :raises errors.NotFound: where it was never asked for (ASSUMED), or no access
        :raises errors.MaventaError:
        """
        url = self._hosts.ax + contract.PATH_SERVICE
        return self._read_service(self._call("GET", url))

    def activate_service(self, body):
        """Ask for the collection service and return how far it is then.

        Asking twice is the same as asking once, as far as PUT goes; where the link is
        mailed it may be mailed twice.

        Source: ``PUT /v2/services/amili/receivables`` (documented; its answer is not:
        where it tells nothing of the service, the service is asked for).

        :param dict body: from :func:`activation.build_activation`
        :rtype: answers.Service
        :raises errors.NotSent: it may be sent again later
        :raises errors.Refused: it must be corrected first
        :raises errors.UnknownOutcome: it may have been taken: ask :meth:`service`
        """
        private = activation.personal_values(body)
        url = self._hosts.ax + contract.PATH_SERVICE
        response = self._post(url, body, private, method="PUT")
        if responses.json_of(response):
            return self._read_service(response, private)
        try:
            return self.service()
        except errors.MaventaError as exc:
            raise errors.UnknownOutcome("bad_answer", status=exc.status) from exc

    def _read_service(self, response, private=()):
        service = self._read(answers.read_service, response, private)
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
        return bool(is_safe and host and url.isprintable() and " " not in url)

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
                private=None,
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
            self._call("DELETE", self._hosts.ax + path)
        except errors.NotFound:
            return
