"""The schemas of a description, laid out as dotted names.

A schema may refer to itself, be composed of others or be as large as a hostile file
makes it: the walk ends at a depth and after a number of steps.
"""

from dataclasses import dataclass, field
from urllib.parse import unquote

MAX_DEPTH = 12
MAX_STEPS = 20_000
MAX_HOPS = 20
_SCALARS = {"string", "number", "integer", "boolean", "file"}


@dataclass(frozen=True)
class Shape:
    """One name as described; no ``types`` or no ``values``: any."""

    types: frozenset[str] = frozenset()
    is_required: bool = False
    values: tuple[str, ...] = ()


@dataclass
class Shapes:
    """The names within something, dotted; ``""`` is the whole.

    ``open`` are those whose inside is not told, or could not be read.
    """

    fields: dict[str, Shape] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def add(self, name, shapes, is_required):
        """Put the whole of other shapes under a name."""
        for inner, shape in shapes.fields.items():
            if inner:
                self.fields[f"{name}{'' if inner[0] == '[' else '.'}{inner}"] = shape
        whole = shapes.fields.get("", Shape())
        self.fields[name] = Shape(whole.types, is_required, whole.values)
        for inner in shapes.open:
            inner = inner and ("" if inner[0] == "[" else ".") + inner
            self.open.add(name + inner)

    def add_parents(self):
        """Add what dotted names stand in, where a flat list names them alone."""
        for name in list(self.fields):
            above = name.rpartition(".")[0]
            while above:
                is_list = above.endswith("[]")
                above = above.removesuffix("[]")
                types = frozenset({"array" if is_list else "object"})
                self.fields.setdefault(above, Shape(types))
                above = above.rpartition(".")[0]

    def is_silent(self, name=""):
        """Whether nothing is told of what is inside of a name, or of the whole."""
        is_open = name in self.open or f"{name}[]" in self.open
        within = (f"{name}.", f"{name}[]") if name else ""
        return is_open and not any(
            each.startswith(within) for each in self.fields if each != name
        )

    def is_told(self, name):
        """Whether these shapes can tell if there is such a name."""
        while name:
            name = name.removesuffix("[]").rpartition(".")[0]
            if name.removesuffix("[]") in self.open or name in self.open:
                return False
        return True


@dataclass
class _Level:
    """What one schema says of itself, all that it is composed of taken together."""

    types: set = field(default_factory=set)
    properties: dict = field(default_factory=dict)
    required: set = field(default_factory=set)
    items: list = field(default_factory=list)
    values: list | None = None
    is_open: bool = False

    @property
    def tells_nothing(self):
        is_scalar = self.types & _SCALARS or self.values
        return not (self.properties or self.items or is_scalar)

    def take(self, other):
        """Add what another schema demands as well."""
        self.types |= other.types
        for name, nodes in other.properties.items():
            self.properties.setdefault(name, []).extend(nodes)
        self.required |= other.required
        self.items += other.items
        self.values = other.values if self.values is None else self.values
        self.is_open |= other.is_open


class Schemas:
    """The schemas of one document; one of these serves one operation."""

    def __init__(self, document):
        self._document = document
        self._steps = MAX_STEPS

    def target(self, node):
        """Return what a node refers to, or itself; an empty one where that is nothing.

        Another file or another host is never looked at.
        """
        for _hop in range(MAX_HOPS):
            if not isinstance(node, dict):
                return {}
            if not isinstance(node.get("$ref"), str):
                return node
            node = self._follow(node["$ref"])
        return {}

    def shapes(self, schema):
        """Return the :class:`Shapes` of a schema."""
        shapes = Shapes()
        self._lay_out(shapes, "", [(schema, frozenset())], False, 0)
        return shapes

    def answer(self, schema, is_list):
        """Return the shapes of an answer, of its items where it is a list.

        :param bool is_list: a list is wanted; the only list in an object will do
        :returns: the shapes, and whether they are those of the items
        """
        level = self._level(schema, frozenset(), 0)
        if is_list and not level.items:
            lists = [
                inner
                for nodes in level.properties.values()
                for node, refs in nodes[:1]
                if (inner := self._level(node, refs, 1)).items
            ]
            level = lists[0] if len(lists) == 1 else level
        if not level.items:
            return self.shapes(schema), False
        shapes = Shapes()
        self._lay_out(shapes, "", level.items, False, 0)
        return shapes, True

    def _follow(self, reference):
        if not reference.startswith("#"):
            return {}
        node = self._document
        for part in reference.lstrip("#").split("/")[1:]:
            part = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            elif isinstance(node, dict) and part in node:
                node = node[part]
            else:
                return {}
        return node

    def _lay_out(self, shapes, name, nodes, is_required, depth):
        """Note a name, and all that is inside of it.

        :param nodes: schemas that all speak of it, each with the references that led
            to it
        """
        level = _Level()
        for node, refs in nodes:
            level.take(self._level(node, refs, depth))
        is_list = bool(level.items) or "array" in level.types
        types = frozenset(level.types or ({"object"} if level.properties else ()))
        values = level.values
        if level.is_open or level.tells_nothing:
            shapes.open.add(name)
        for inner, inner_nodes in level.properties.items():
            dotted = f"{name}.{inner}" if name else inner
            needed = inner in level.required
            self._lay_out(shapes, dotted, inner_nodes, needed, depth + 1)
        if level.items:
            items = Shapes()
            self._lay_out(items, "", level.items, False, depth + 1)
            entry = items.fields[""]
            values = values or entry.values
            inside = {n: s for n, s in items.fields.items() if n}
            for inner, shape in inside.items():
                shapes.fields[f"{name}[].{inner}"] = shape
            if inside or not entry.types & _SCALARS:
                shapes.open |= {f"{name}[]{'.' * bool(n)}{n}" for n in items.open}
        shapes.fields[name] = Shape(
            types | {"array"} if is_list else types, is_required, tuple(values or ())
        )

    def _level(self, node, refs, depth):
        self._steps -= 1
        if self._steps < 0 or depth > MAX_DEPTH or not isinstance(node, dict):
            return _Level(is_open=True)
        level = _Level()
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference in refs:
                return _Level(is_open=True)
            refs = refs | {reference}
            level.take(self._level(self._follow(reference), refs, depth + 1))
        level.take(self._own(node, refs))
        for part in _list(node.get("allOf")):
            level.take(self._level(part, refs, depth + 1))
        for word in ("oneOf", "anyOf"):
            parts = [part for part in _list(node.get(word)) if not _is_null(part)]
            if parts:
                inner = [self._level(part, refs, depth + 1) for part in parts]
                level.take(_either(inner))
        return level

    def _own(self, node, refs):
        types = node.get("type")
        types = types if isinstance(types, list) else [types]
        properties = node.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        required = node.get("required")
        words = node.get("enum", [node["const"]] if "const" in node else None)
        values = None
        if isinstance(words, list):
            values = [word for word in map(word_of, words) if word]
        more = node.get("additionalProperties")
        return _Level(
            types={t for t in types if isinstance(t, str) and t != "null"},
            properties={
                name: [(inner, refs)]
                for name, inner in properties.items()
                if isinstance(name, str)
            },
            required={r for r in _list(required) if isinstance(r, str)},
            items=[(node["items"], refs)]
            if isinstance(node.get("items"), dict)
            else [],
            values=values,
            is_open=more is True or isinstance(more, dict),
        )


def _either(levels):
    """Return what holds whichever of several schemas is meant."""
    whole = _Level()
    for level in levels:
        whole.take(level)
    for name in whole.properties:
        whole.properties[name] = [
            _any_of(
                [level.properties[name] for level in levels if name in level.properties]
            )
        ]
    whole.required = set.intersection(*(level.required for level in levels))
    lists = [level.values for level in levels]
    whole.values = None
    if all(words is not None for words in lists):
        whole.values = list(dict.fromkeys(word for words in lists for word in words))
    # One that tells nothing could hold anything.
    whole.is_open |= any(level.tells_nothing for level in levels)
    return whole


def _any_of(alternatives):
    """Return one schema for a name that each of several schemas has in its own way.

    :param alternatives: for each of them the schemas that all hold, with references
    """
    if len(alternatives) == 1 and len(alternatives[0]) == 1:
        return alternatives[0][0]
    refs = frozenset().union(*(refs for nodes in alternatives for _node, refs in nodes))
    parts = [{"allOf": [node for node, _refs in nodes]} for nodes in alternatives]
    return {"anyOf": parts}, refs


def word_of(value):
    """Return a plain value as text; empty for anything else.

    What YAML lets hold itself many times over would be endless as a text.
    """
    if isinstance(value, int) and not -(10**18) < value < 10**18:
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def _is_null(node):
    return isinstance(node, dict) and node.get("type") == "null"


def _list(value):
    return value if isinstance(value, list) else []
