"""Names on the wire as data: how well each is known, and what stands inside of it."""

import re
from dataclasses import dataclass

DOCUMENTED = "documented"
OLDER_CLIENT = "older client"
ASSUMED = "ASSUMED"


@dataclass(frozen=True)
class Name:
    """A name or a word on the wire, and how well it is known."""

    text: str
    mark: str


@dataclass(frozen=True)
class Field:
    """One name that is sent, or read of an answer.

    ``kind`` is a type of JSON, ``file``, or ``objects`` for a list of objects.
    ``is_needed``: always sent, or the answer is worth nothing without it. ``values``
    are the words that are sent or understood; none means any. ``inside`` are the names
    within it, ``instead`` the dotted names that are read where this one is missing.
    """

    name: Name
    kind: str = "string"
    is_needed: bool = False
    values: tuple[Name, ...] = ()
    inside: tuple["Field", ...] = ()
    instead: tuple[str, ...] = ()


def flat(fields, above=""):
    """Yield ``(dotted name, field)`` for fields and for all that is inside of them."""
    for field in fields:
        dotted = above + normal_name(field.name.text)
        yield dotted, field
        within = "[]." if field.kind == "objects" else "."
        yield from flat(field.inside, dotted + within)


def normal_name(text):
    """Return a name to compare: ``ids[]`` is ``ids`` and ``a[][b]`` is ``a[].b``."""
    return re.sub(r"\[([^\]]+)\]", r".\1", text.removesuffix("[]"))


def documented(text):
    return Name(text, DOCUMENTED)


def older_client(text):
    return Name(text, OLDER_CLIENT)


def assumed(text):
    return Name(text, ASSUMED)


def must(name, kind="string", values=(), inside=(), instead=()):
    """Return a :class:`Field` that is needed."""
    return Field(name, kind, True, tuple(values), tuple(inside), tuple(instead))


def may(name, kind="string", values=(), inside=(), instead=()):
    """Return a :class:`Field` that is not always there."""
    return Field(name, kind, False, tuple(values), tuple(inside), tuple(instead))
