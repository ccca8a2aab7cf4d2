"""Our calls, as they are made, against a description: what differs."""

import difflib
import re
from collections import defaultdict

from maventa import contract

from . import samples
from .payers import payer_lines
from .recording import FORMS, HOSTS, new_keys, record

ORDER = ("breaks", "unknown", "confirmed", "unused")
# Names with one of these marks need no description to confirm them.
SETTLED = ("documented", "described", "older client")
TOKEN = {"access_token": "token", "token_type": "bearer", "expires_in": 3600}
EMPTY = (202, 204)  # statuses of answers without a body
WORD = re.compile(r"[\w:.-]{1,40}$")


def compare(description):
    """Return the lines of a comparison, each beginning with a word of ``ORDER``.

    ``unknown`` is what the client has and the description has not, where that breaks
    nothing; ``unused`` is the reverse.
    """
    operations = defaultdict(list)
    keys = new_keys()
    for method, arguments in samples.calls():
        for exchange in record(keys, method, arguments, _Answers(description))[0]:
            key = (exchange.api, exchange.method, _template(exchange.path))
            operations[key].append((exchange, method, arguments))
    token = operations[HOSTS.ax, "POST", contract.PATH_TOKEN][0][0]
    granted = set(" ".join(token.body["scope"]).split())
    known = {api for api, _method, path in operations if description.methods(path)}
    lines = (
        {} if known else {"breaks  nothing that the client calls is described": None}
    )
    for (api, method, path), calls in sorted(operations.items()):
        found = [("unknown", "another API, which is not described")]
        if api in known:
            found = _Operation(description, method, path, calls, granted).lines()
        lines |= {f"{word}  {method} {path}  {text}": None for word, text in found}
    lines |= dict.fromkeys(payer_lines(description))
    return sorted(lines, key=lambda line: ORDER.index(line.split()[0]))


class _Answers:
    """Answers each request as a description says.

    :param given: values of paths for the answers to ``where``, a method and a path
    """

    def __init__(self, description, where=None, given=()):
        self._description = description
        self._where, self._given = where, dict(given)

    def __call__(self, exchange):
        operation = self._description.find(exchange.method, exchange.path)
        if not operation or not operation.answer:
            if exchange.path == contract.PATH_TOKEN:
                return 200, TOKEN
            status = operation.status if operation else 200
            return status, None if status in EMPTY else {}
        # What was sent comes back, as does what was looked for.
        given = {f"[].{name}": each for name, [each, *_] in exchange.query.items()}
        if exchange.media in FORMS:
            given = {name: each for name, [each, *_] in exchange.body.items()}
        elif exchange.body:
            given = exchange.body
        places = self._description.places(operation.answer)
        given = {path: value for path, value in given.items() if path in places}
        # In another currency an amount is not what it says.
        given |= {p: contract.CURRENCY for p in places if _leaf(p) == "currency"}
        if self._where == (exchange.method, _template(exchange.path)):
            given |= self._given
        return operation.status, self._description.example(operation.answer, given)


class _Operation:
    """All requests of one method to one path, beside their description."""

    def __init__(self, description, method, path, calls, granted):
        self._description = description
        self._where = (method, path)
        self._exchanges = [exchange for exchange, _method, _arguments in calls]
        self._calls = {name: arguments for _exchange, name, arguments in calls}
        self._granted = granted

    def lines(self):
        """Yield ``(word of ORDER, text)`` for whatever is to be said."""
        method, path = self._where
        theirs = self._description.find(method, path)
        if not theirs:
            near = difflib.get_close_matches(path, [*self._description.paths])
            methods = self._description.methods(path)
            hint = f"; only {_listed(methods)} is" if methods else ""
            hint = hint or (f"; near it: {_listed(near)}" if near else "")
            yield "breaks", f"is not described{hint}"
            return
        if theirs.scopes and not any(each <= self._granted for each in theirs.scopes):
            missing = set().union(*theirs.scopes) - self._granted
            yield "breaks", f"scope: not asked for: {_listed(sorted(missing))}"
        media = self._exchanges[0].media
        if media and theirs.media and media not in theirs.media:
            yield "unknown", f"sent as {media}, described as {_listed(theirs.media)}"
        query = [exchange.query for exchange in self._exchanges]
        yield from self._sent("query", query, theirs.query, True, "unknown")
        bodies = [exchange.body for exchange in self._exchanges]
        yield from self._sent("body", bodies, theirs.body, media in FORMS, "breaks")
        yield from self._read(theirs)

    def _sent(self, place, sent, schema, are_fields, word):
        if are_fields:
            fields = self._description.places(schema)
            sent = [
                {name: _typed(each, fields.get(name, {})) for name, each in one.items()}
                for one in sent
            ]
        for one in sent if schema else ():
            for text in self._description.errors(schema, one):
                yield "breaks", f"{place} {text}"
        ours = dict.fromkeys(path for one in sent for path in _paths(one))
        yield from self._names(place, ours, schema, word, are_fields)

    def _read(self, theirs):
        if theirs.answer or theirs.status in EMPTY:
            for error in {each.error for each in self._exchanges} - {""}:
                yield "breaks", f"answer: the client makes nothing of it: {error}"
        ours = set().union(*(exchange.names for exchange in self._exchanges))
        yield from self._names("answer", sorted(ours), theirs.answer, "unknown")
        for path, schema in self._description.places(theirs.answer).items():
            if path in ours and schema.get("enum"):
                yield from self._words(path, schema["enum"])

    def _names(self, place, ours, schema, word, is_told=False):
        """Yield lines about what stands where.

        :param word: how much it matters that we have a name and they have not
        """
        theirs = self._description.places(schema)
        # What their names stand in.
        inside = {""} if theirs or is_told else set()
        inside |= {_above(path) for path in theirs}
        groups = defaultdict(dict)
        for path in ours:
            if path in theirs:
                names = [n for n in _contract_words() if _leaf(n) == _leaf(path)]
                if any(getattr(n, "mark", "") not in SETTLED for n in names):
                    groups["confirmed", f"{place}: "][path] = None
            elif _above(path) in inside:
                groups[word, f"{place}: not described: "][path] = None
            elif not _above(path) or _above(path) in theirs:
                above = f"{place} {_above(path)}".strip()
                groups["unknown", f"{above}: it is not told what is in it: "][path] = (
                    None
                )
        for path in theirs:
            if path not in ours and (not _above(path) or _above(path) in ours):
                groups["unused", f"{place}: "][path] = None
        for (what, text), paths in groups.items():
            yield what, text + _listed(paths)

    def _words(self, path, described):
        """Yield lines about words: which change what the client makes of an answer."""

        keys = new_keys()

        def outcome(word):
            given = _Answers(self._description, self._where, {path: word})
            made = [record(keys, *call, given)[1] for call in self._calls.items()]
            return re.sub("zz", "", repr([_plain(each) for each in made]), flags=re.I)

        theirs = {word.lower(): word for word in described if isinstance(word, str)}
        ours = {word.lower(): word for word in _contract_words() if WORD.match(word)}
        all_words = {**ours, **theirs}
        known = {
            # A word that nobody knows is taken as it comes.
            lower
            for lower, word in all_words.items()
            if outcome(word) != outcome(f"{word}zz")
        }
        if not known:
            return
        if not known & theirs.keys():
            yield "breaks", f"answer {path}: no described word is understood"
        both = known & theirs.keys()
        open_words = {
            w for w in both if getattr(ours.get(w), "mark", "") not in SETTLED
        }
        for what, text, words in (
            ("confirmed", "", open_words),
            ("unknown", "understood, not described: ", known - theirs.keys()),
            ("unknown", "described, not understood: ", theirs.keys() - known),
        ):
            if words:
                listed = _listed(sorted(all_words[word] for word in words))
                yield what, f"answer {path}: {text}{listed}"


def _contract_words(values=None):
    """Yield every text of the contract, with its mark where it has one."""
    constants = {name: v for name, v in vars(contract).items() if name.isupper()}
    for value in constants.values() if values is None else values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | tuple):
            yield from _contract_words(
                value.values() if isinstance(value, dict) else value
            )


def _template(path):
    """Return the path with names in braces instead of invented ids."""
    for name in ("invoice_id", "assignment_id", "event_id", "subscription_id"):
        path = path.replace(samples.identifier(name), f"{{{name}}}")
    return re.sub("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{id}", path)


def _paths(body, path=""):
    """Yield where something stands in a body, outer things first."""
    if isinstance(body, list):
        for value in body:
            yield from _paths(value, f"{path}[]")
    elif isinstance(body, dict):
        for name, value in body.items():
            yield f"{path}.{name}".lstrip(".")
            yield from _paths(value, f"{path}.{name}".lstrip("."))


def _typed(texts, schema):
    """Return the texts of a field as what the description takes them for."""
    kind = schema.get("type")
    if kind == "array":
        # Without a word on it several are separated by commas.
        each = [part for text in texts for part in text.split(",")]
        return [_typed([text], schema.get("items", {})) for text in each]
    text = texts[0]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    is_number = kind in ("integer", "number") and text.replace(".", "", 1).isdigit()
    return (float(text) if "." in text else int(text)) if is_number else text


def _plain(value):
    """Return an outcome with all that its dataclasses hold, hidden or not."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    inner = getattr(value, "__dict__", None)
    return {k: _plain(v) for k, v in inner.items()} if inner else value


def _above(path):
    return path.rpartition(".")[0].removesuffix("[]")


def _leaf(path):
    return path.rpartition(".")[2].removesuffix("[]")


def _listed(words):
    words = list(words)
    return ", ".join(words[:8]) + (f" and {len(words) - 8} more" if words[8:] else "")
