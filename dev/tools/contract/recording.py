"""The client on a wire of its own: what it sends is noted, and what it reads."""

import dataclasses
import io
import json
import logging
import uuid
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import requests
import werkzeug

from maventa import contract, errors
from maventa.client import MaventaClient
from maventa.connection import Credentials

HOSTS = contract.Hosts(ax="https://ax", receivables="https://receivables")
_loads = json.loads  # the client is given another one
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


@dataclasses.dataclass
class Exchange:
    """A request as it would have left, and what was read of its answer.

    Fields of a query or a form are lists of texts. ``names`` are the paths that were
    read; ``error`` is set where the client could make nothing of a described answer.
    """

    api: str
    method: str
    path: str
    query: dict
    media: str
    body: object
    names: set = dataclasses.field(default_factory=set)
    error: str = ""


class _Read(dict):
    """An object of an answer that notes which of its names are asked for."""

    path, names = "", None

    def get(self, key, default=None):
        self.names.add(f"{self.path}.{key}".lstrip("."))
        return super().get(key, default)

    def __getitem__(self, key):
        self.get(key)
        return super().__getitem__(key)


def new_keys():
    """Return credentials for which the client has no token yet."""
    return Credentials(*(str(uuid.uuid4()) for _field in range(3)))


def record(keys, method, arguments, answer):
    """Let the client make a call, and return ``(exchanges, what came of it)``.

    :param answer: called with each :class:`Exchange`; returns status and JSON, of
        which None is an empty body
    """
    exchanges = []

    def send(_session, request, **_options):
        exchanges.append(exchange_of(request))
        response = requests.Response()
        response.status_code, body = answer(exchanges[-1])
        response.url = request.url
        response.raw = io.BytesIO(b"" if body is None else json.dumps(body).encode())
        return response

    def loads(*args, **options):
        return _traced(_loads(*args, **options), "", exchanges[-1].names)

    logging.getLogger("maventa").setLevel(logging.ERROR)
    with (
        patch.object(requests.Session, "send", send),
        MaventaClient(HOSTS, keys) as client,
        patch.object(json, "loads", loads),
    ):
        try:
            outcome = getattr(client, method)(**arguments)
        except errors.MaventaError as error:
            outcome = str(error)
            for exchange in exchanges[-1:]:
                is_lost = isinstance(error, errors.UnknownOutcome)
                if is_lost or exchange.path == contract.PATH_TOKEN:
                    exchange.error = outcome
    return exchanges, outcome


def exchange_of(request):
    """Return the :class:`Exchange` of a prepared request of ``requests``."""
    parts = urlsplit(request.url)
    query = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        query.setdefault(name.removesuffix("[]"), []).append(value)
    content_type = request.headers.get("Content-Type", "")
    media = content_type.partition(";")[0]
    body = request.body
    if media in FORMS:
        data = body if isinstance(body, bytes) else body.encode()
        with werkzeug.Request.from_values(
            method="POST", data=data, content_type=content_type
        ) as form:
            body = dict(form.form.lists()) | dict.fromkeys(form.files, ["file"])
    elif body:
        body = _loads(body)
    api = f"{parts.scheme}://{parts.netloc}"
    return Exchange(api, request.method, parts.path, query, media, body)


def _traced(value, path, names):
    if isinstance(value, list):
        return [_traced(each, f"{path}[]", names) for each in value]
    if not isinstance(value, dict):
        return value
    found = _Read(
        (key, _traced(each, f"{path}.{key}".lstrip("."), names))
        for key, each in value.items()
    )
    found.path, found.names = path, names
    return found
