"""Removal of the webhooks that this addon registered at Maventa before 19.0.2.0.0.

Used by ``migrations/19.0.2.0.0`` alone, and goes together with it and with
``subscriptions`` and ``unsubscribe`` of the client: in the version after which nobody
upgrades from before 19.0.2.0.0 any more.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

from . import contract
from .client import MaventaClient
from .connection import Credentials

_logger = logging.getLogger(__name__)

LIMIT = 20  # seconds for all together
TIMEOUT = 5  # seconds for an answer
NAME = "amili-webhook-removal"  # of the threads


@dataclass(frozen=True)
class Webhook:
    """A registration, and the keys of the Maventa company that it was made with.

    ``is_settled`` is false where it may have been requested just now, so that Maventa's
    list need not have it yet.
    """

    id: int
    environment: str
    credentials: Credentials
    destination: str = field(repr=False)
    remote_id: str
    is_settled: bool


def remove_webhooks(webhooks, sandbox_url):
    """Remove webhooks, those of each Maventa company in a thread of its own.

    It never raises and always returns in time: a thread that still waits then is left
    alone and ends with the process at the latest.

    :param str sandbox_url: where the sandbox answers
    :return: the ids of those that Maventa does not have any more
    """
    deadline = time.monotonic() + LIMIT
    removed = []
    threads = []
    for environment, credentials in {(w.environment, w.credentials) for w in webhooks}:
        theirs = [w for w in webhooks if w.credentials == credentials]
        theirs = [w for w in theirs if w.environment == environment]
        try:
            hosts = contract.hosts_for(environment, sandbox_url)
        except ValueError:
            continue
        client = MaventaClient(hosts, credentials, timeout=TIMEOUT)
        thread = threading.Thread(
            target=_remove, args=(client, theirs, removed), name=NAME, daemon=True
        )
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return set(removed)


def _remove(client, webhooks, removed):
    try:
        with client:
            registered = client.subscriptions()
            for webhook in webhooks:
                ids = [r.id for r in registered if r.destination == webhook.destination]
                if webhook.remote_id and webhook.remote_id not in ids:
                    ids.append(webhook.remote_id)
                for subscription_id in ids:
                    client.unsubscribe(subscription_id)
                if ids or webhook.is_settled:
                    removed.append(webhook.id)
    except Exception as exc:
        # Its text may hold anything. A person is asked to do it.
        _logger.info("Maventa: a webhook was not removed (%s)", type(exc).__name__)
