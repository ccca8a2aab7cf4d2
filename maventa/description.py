"""An API's description, Swagger 2.0 or OpenAPI 3, read from the bytes of a file.

As JSON, or as YAML where PyYAML is installed. Nothing is fetched, and whatever the file
holds, reading it ends soon.
"""

import json
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import MaventaError
from .reading import text_of
from .schemas import Schemas, Shapes, word_of
from .wire_fields import normal_name

MAX_BYTES = 20_000_000
# PyYAML is slow: about a second for each 100,000 characters.
MAX_YAML_BYTES = 1_000_000
# Far more than any real file merges into one mapping; an alias bomb doubles each time.
MAX_YAML_MERGED = 10_000

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# How frameworks write that an address may end in a format, such as ".json".
_FORMAT = re.compile(r"(\(\.:?\w+\)|\.:?\{?format\}?|\.json)$")
_VARIABLE = re.compile(r"\{[^{}]*\}")


class UnreadableDescription(MaventaError):
    """There is no description to compare with.

    :param str reason: a word of this package: what is wrong with the file, or with
        getting it
    :param detail: the line of the file, the version, or the status code
    """

    def __init__(self, reason, detail=""):
        super().__init__(reason)
        self.detail = str(detail)


@dataclass(frozen=True)
class DescribedOperation:
    """One method on one path, as described.

    Of ``query``, ``sends`` and ``reads`` each is None where the description does not
    tell it. ``media`` are the content types of what is sent; ``answer_is_list`` tells
    that ``reads`` is of each item. ``prefix`` is what stands before the path that was
    asked for. ``scopes`` are alternatives, each a set needed together.
    """

    query: Shapes
    sends: Shapes | None
    media: tuple[str, ...]
    reads: Shapes | None
    answer_is_list: bool
    prefix: str = ""
    scopes: tuple[frozenset[str], ...] = ()

    @property
    def takes_form(self):
        return any(media in _FORMS for media in self.media)

    @property
    def takes_json(self):
        return any(media not in _FORMS for media in self.media)


@dataclass
class Description:
    """A description that could be read; ``edition`` is the API's own version."""

    title: str
    edition: str
    _document: dict = field(repr=False)
    _paths: dict = field(repr=False)
    _elsewhere: dict = field(repr=False)

    def methods(self, path):
        """Return the methods of a path, in capitals; none where it has no such path.

        :param str path: names in braces stand for any name in braces
        """
        item, _prefix = self._item(path)
        return [method.upper() for method in METHODS if method in item]

    def paths(self):
        """Return all paths in plain spelling, with ``{}`` for what varies."""
        return list(self._paths)

    def operation(self, method, path, is_list=False, prefer_form=False):
        """Return a :class:`DescribedOperation`; None where there is none.

        :param bool is_list: the answer is known to be a list, maybe in an object
        :param bool prefer_form: take what is described as a form, where both are
        """
        item, prefix = self._item(path)
        source = item.get(method.lower())
        if not isinstance(source, dict):
            return None
        return _Reader(self._document, item, source).describe(
            prefix, is_list, prefer_form
        )

    def _item(self, path):
        key = plain_path(path)
        found, prefix = self._paths.get(key), ""
        if found is None:
            found, prefix = self._elsewhere.get(key, ({}, ""))
        return Schemas(self._document).target(found), prefix


def read_description(content):
    """Return the :class:`Description` in the bytes of a file.

    :raises UnreadableDescription: ``empty``, ``too_big``, ``encoding``, ``html``,
        ``cut_off``, ``broken``, ``too_deep``, ``yaml_missing``, ``yaml_too_big``,
        ``other``, ``version`` or ``no_paths``
    """
    if len(content) > MAX_BYTES:
        raise UnreadableDescription("too_big")
    document = _document(content)
    if not isinstance(document, dict):
        raise UnreadableDescription("other")
    version = word_of(document.get("openapi", document.get("swagger")))
    if not version:
        raise UnreadableDescription("other")
    if not version.startswith(("2.", "3.")):
        raise UnreadableDescription("version", version[:20])
    paths = document.get("paths")
    paths = paths if isinstance(paths, dict) else {}
    items = {
        path: item
        for path, item in paths.items()
        if isinstance(path, str) and isinstance(item, dict)
    }
    if not items:
        raise UnreadableDescription("no_paths")
    info = document.get("info")
    info = info if isinstance(info, dict) else {}
    prefixes = _prefixes(document)
    return Description(
        title=text_of(word_of(info.get("title")))[:100],
        edition=text_of(word_of(info.get("version")))[:50],
        _document=document,
        _paths={
            plain_path(prefix + path): item
            for path, item in items.items()
            for prefix in prefixes
        },
        _elsewhere={
            plain_path(path): (item, prefixes[0]) for path, item in items.items()
        },
    )


def plain_path(path):
    """Return a path as it can be compared: the names of what varies do not count."""
    path = _FORMAT.sub("", path.partition("?")[0].rstrip("/"))
    return _VARIABLE.sub("{}", "/" + path.strip("/"))


# The file -----------------------------------------------------------------------------


def _document(content):
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError:
        raise UnreadableDescription("encoding") from None
    text = text.strip().lstrip("\ufeff").strip()
    if not text:
        raise UnreadableDescription("empty")
    if text.startswith("<"):
        raise UnreadableDescription("html")
    try:
        return _json(text) if text.startswith(("{", "[", '"')) else _yaml(text)
    except RecursionError:
        raise UnreadableDescription("too_deep") from None


def _json(text):
    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        is_end = exc.pos >= len(text) or exc.msg.startswith("Unterminated")
        reason = "cut_off" if is_end else "broken"
        raise UnreadableDescription(reason, exc.lineno) from None
    except ValueError:
        # Such as a number of thousands of digits.
        raise UnreadableDescription("broken") from None


def _yaml(text):
    # It is not among Odoo's needs, and only who uploads such a file needs it.
    try:
        import yaml
    except ImportError:
        raise UnreadableDescription("yaml_missing") from None
    if len(text) > MAX_YAML_BYTES:
        raise UnreadableDescription("yaml_too_big")

    class Loader(yaml.SafeLoader):
        """Builds plain values alone, and no more of them than the file can mean."""

        def flatten_mapping(self, node):
            result = super().flatten_mapping(node)
            if len(node.value) > MAX_YAML_MERGED:
                raise UnreadableDescription("too_deep")
            return result

    try:
        # What it can make is that of a safe load.
        return yaml.load(text, Loader=Loader)  # noqa: S506
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise UnreadableDescription("broken", mark.line + 1 if mark else "") from None
    except (ValueError, TypeError):
        # Such as the 31st of February, or a list as a key.
        raise UnreadableDescription("broken") from None


def _prefixes(document):
    """Return what stands before each path; the empty one where nothing is told."""
    found = []
    if isinstance(document.get("basePath"), str):
        found.append(document["basePath"])
    servers = document.get("servers")
    for server in servers if isinstance(servers, list) else ():
        url = server.get("url") if isinstance(server, dict) else None
        if isinstance(url, str) and "{" not in url:
            try:
                found.append(urlsplit(url).path)
            except ValueError:
                continue
    return [prefix.rstrip("/") for prefix in found] or [""]


# One operation ------------------------------------------------------------------------


class _Reader:
    def __init__(self, document, item, source):
        self._document = document
        self._source = source
        self._schemas = Schemas(document)
        parameters = {}
        for node in [*_list(item.get("parameters")), *_list(source.get("parameters"))]:
            parameter = self._schemas.target(node)
            name, place = parameter.get("name"), parameter.get("in")
            if isinstance(name, str) and isinstance(place, str):
                # One of the method comes instead of one of the path.
                parameters[place, name] = parameter
        self._parameters = parameters

    def describe(self, prefix, is_list, prefer_form):
        sends, media = self._sends(prefer_form)
        reads, answer_is_list = self._reads(is_list)
        return DescribedOperation(
            query=self._named("query"),
            sends=sends,
            media=media,
            reads=reads,
            answer_is_list=answer_is_list,
            prefix=prefix,
            scopes=self._scopes(),
        )

    def _named(self, place):
        shapes = Shapes()
        for (where, name), parameter in self._parameters.items():
            if where == place:
                schema = parameter.get("schema", parameter)
                shapes.add(
                    normal_name(name),
                    self._schemas.shapes(schema),
                    parameter.get("required") is True,
                )
        shapes.add_parents()
        return shapes

    def _sends(self, prefer_form):
        body = self._source.get("requestBody")
        if isinstance(body, dict):
            return self._content(self._schemas.target(body), prefer_form)
        consumes = self._source.get("consumes", self._document.get("consumes"))
        media = tuple(each for each in _list(consumes) if isinstance(each, str))
        for (where, _name), parameter in self._parameters.items():
            if where == "body":
                media = tuple(m for m in media if m not in _FORMS) or (
                    "application/json",
                )
                return self._schemas.shapes(parameter.get("schema")), media
        form = self._named("formData")
        if form.fields:
            media = tuple(m for m in media if m in _FORMS) or _FORMS[:1]
            return form, media
        return None, ()

    def _content(self, holder, prefer_form):
        """Return the shapes of the best of several content types, and all of them."""
        content = holder.get("content")
        content = content if isinstance(content, dict) else {}
        media = tuple(each for each in content if isinstance(each, str))

        def distance(each):
            return ((each in _FORMS) != prefer_form, "json" not in each)

        for each in sorted(media, key=distance):
            schema = self._schemas.target(content[each]).get("schema")
            if schema is not None:
                return self._schemas.shapes(schema), media
        return None, media

    def _reads(self, is_list):
        responses = self._source.get("responses")
        responses = responses if isinstance(responses, dict) else {}
        # YAML reads 200 as a number.
        by_status = {str(status): node for status, node in responses.items()}
        good = sorted(status for status in by_status if re.match("2[0-9X]{2}$", status))
        for status in good or [s for s in by_status if s == "default"]:
            response = self._schemas.target(by_status[status])
            schema = response.get("schema")
            if schema is None and "content" in response:
                return self._content_of_answer(response, is_list)
            if schema is not None:
                return self._schemas.answer(schema, is_list)
        return None, False

    def _content_of_answer(self, response, is_list):
        content = response.get("content")
        content = content if isinstance(content, dict) else {}
        for each in sorted(map(str, content), key=lambda each: "json" not in each):
            schema = self._schemas.target(content.get(each)).get("schema")
            if schema is not None:
                return self._schemas.answer(schema, is_list)
        return None, False

    def _scopes(self):
        security = self._source.get("security", self._document.get("security"))
        return tuple(
            frozenset(
                scope
                for scopes in alternative.values()
                for scope in _list(scopes)
                if isinstance(scope, str)
            )
            for alternative in _list(security)
            if isinstance(alternative, dict)
        )


def _list(value):
    return value if isinstance(value, list) else []
