"""Our calls against an API's description: what differs, and how much it matters."""

import difflib
from dataclasses import dataclass

from . import contract
from .description import plain_path
from .operations import ANSWER, BODY, FORM, OPERATIONS, QUERY
from .reading import text_of
from .wire_fields import ASSUMED, flat

# How much it matters, the worst first.
BREAKS = "breaks"
LOOK = "look"
CONFIRMED = "confirmed"
INFO = "info"
SEVERITIES = (BREAKS, LOOK, CONFIRMED, INFO)

# What differs.
PATH_MISSING = "path_missing"
METHOD_MISSING = "method_missing"
PATH_ELSEWHERE = "path_elsewhere"
SCOPE = "scope"
MEDIA = "media"
NOT_TOLD = "not_told"
MISSING = "missing"
REQUIRED = "required"
VALUE_MISSING = "value_missing"
VALUE_UNKNOWN = "value_unknown"
TYPE = "type"
UNKNOWN = "unknown"
NAME_CONFIRMED = "name_confirmed"
VALUE_CONFIRMED = "value_confirmed"

PATH = "path"

MAX_LISTED = 8
MAX_UNKNOWN = 200
MAX_WORD = 100
MAX_TEXT = 500
_CONTAINERS = {"object", "array"}
_TYPES_OF = {
    "objects": {"array"},
    "array": {"array"},
    "object": {"object"},
    "integer": {"integer", "number"},
    "number": {"number"},
}


@dataclass(frozen=True)
class Difference:
    """One line of the comparison.

    ``severity`` and ``kind`` are words of this module, ``operation`` is the key of one
    of :mod:`.operations`, ``place`` where in the call it is, ``field`` the dotted name.
    ``ours`` and ``theirs`` are names, words or types as each side has them; ``mark``
    is how well ours is known.
    """

    severity: str
    kind: str
    operation: str
    api: str
    method: str
    path: str
    place: str = PATH
    field: str = ""
    ours: str = ""
    theirs: str = ""
    mark: str = ""


def speaks_of(api, description):
    """Whether a description has any of the paths that are called of an API."""
    return any(
        description.methods(operation.path.text)
        for operation in OPERATIONS
        if operation.api == api
    )


def compare(api, description):
    """Return all :class:`Difference` of the calls to one API, the worst first.

    :param str api: ``operations.AX`` or ``operations.RECEIVABLES``
    :param description.Description description: Maventa's
    """
    found = []
    for operation in OPERATIONS:
        if operation.api == api:
            found += _Comparison(operation, description).run()
    return tuple(sorted(found, key=lambda each: SEVERITIES.index(each.severity)))


class _Comparison:
    """The comparison of one call."""

    def __init__(self, operation, description):
        self._operation = operation
        self._description = description
        self._found = []

    def run(self):
        operation = self._operation
        methods = self._description.methods(operation.path.text)
        theirs = self._description.operation(
            operation.method,
            operation.path.text,
            is_list=operation.is_list,
            prefer_form=operation.place == FORM,
        )
        if not methods:
            self.add(BREAKS, PATH_MISSING, theirs=_listed(self._similar_paths()))
        elif theirs is None:
            self.add(BREAKS, METHOD_MISSING, theirs=_listed(methods))
        else:
            self._compare(theirs)
        return self._found

    def _compare(self, theirs):
        operation = self._operation
        if theirs.prefix:
            self.add(LOOK, PATH_ELSEWHERE, theirs=theirs.prefix)
        if theirs.scopes and not any(
            scopes <= set(contract.SCOPES) for scopes in theirs.scopes
        ):
            missing = set().union(*theirs.scopes) - set(contract.SCOPES)
            self.add(BREAKS, SCOPE, theirs=_listed(sorted(missing)))
        _Sent(self, QUERY, operation.query).compare(theirs.query)
        self._compare_media(theirs)
        if operation.sends or theirs.sends:
            _Sent(self, operation.place, operation.sends).compare(theirs.sends)
        if operation.reads:
            _Read(self, ANSWER, operation.reads).compare(theirs.reads)
            if theirs.reads and operation.is_list != theirs.answer_is_list:
                self.add(
                    BREAKS,
                    TYPE,
                    ANSWER,
                    ours="array" if operation.is_list else "object",
                    theirs="object" if operation.is_list else "array",
                )

    def _compare_media(self, theirs):
        if not (self._operation.sends and theirs.media):
            return
        is_form = self._operation.place == FORM
        if not (theirs.takes_form if is_form else theirs.takes_json):
            self.add(
                LOOK,
                MEDIA,
                self._operation.place,
                ours="form" if is_form else "JSON",
                theirs=_listed(theirs.media),
            )

    def _similar_paths(self):
        return difflib.get_close_matches(
            plain_path(self._operation.path.text), self._description.paths(), 3
        )

    def add(self, severity, kind, place=PATH, **values):
        """Note a :class:`Difference`; what they wrote may hold anything."""
        operation = self._operation
        self._found.append(
            Difference(
                severity,
                kind,
                operation.key,
                operation.api,
                operation.method,
                operation.path.text,
                place,
                **{key: text_of(value)[:MAX_TEXT] for key, value in values.items()},
            )
        )


class _Names:
    """The names of one place of a call, ours against theirs."""

    def __init__(self, comparison, place, fields):
        self._comparison = comparison
        self._place = place
        self._ours = dict(flat(fields))
        # With the names that are read instead of others, and what those stand in.
        self._known = set(self._ours)
        for name, field in self._ours.items():
            for other in self._instead(name, field):
                self._known |= {other, other.rpartition(".")[0]}

    def compare(self, theirs):
        if theirs is None or theirs.is_silent():
            # One line, and not one for each name.
            if self._ours:
                self._add(LOOK, NOT_TOLD)
            return
        self._theirs = theirs
        for name, field in self._ours.items():
            found = self._find(name, field)
            if found:
                self._compare_found(found, name, field)
            elif theirs.is_told(name) and self._has_parent(name):
                self._add(
                    self._severity_of_missing(field),
                    MISSING,
                    field,
                    name,
                    ours=name.rpartition(".")[2],
                    theirs=_listed(self._siblings(name)),
                )
        self._add_others()

    def _find(self, name, field):
        """Return the name under which they have it; None where they have not."""
        names = [name, *self._instead(name, field)]
        return next((each for each in names if each in self._theirs.fields), None)

    def _instead(self, name, field):
        above = name.removesuffix(name.rpartition(".")[2])
        return [above + other for other in field.instead]

    def _has_parent(self, name):
        """Whether they have what a name stands in; else that one is missing."""
        above = name.rpartition(".")[0].removesuffix("[]")
        return not above or above in self._theirs.fields

    def _compare_found(self, found, name, field):
        shape = self._theirs.fields[found]
        if field.name.mark == ASSUMED:
            ours = name.rpartition(".")[2]
            theirs = ours if found == name else found
            self._add(CONFIRMED, NAME_CONFIRMED, field, found, ours=ours, theirs=theirs)
        self._compare_types(found, field, shape)
        self._compare_need(found, name, field)
        if field.inside and self._theirs.is_silent(found):
            self._add(LOOK, NOT_TOLD, field, found)
        ours = {self._same(word.text): word for word in field.values}
        theirs = {self._same(word): word for word in shape.values}
        if not ours or not theirs:
            return
        both = [word for same, word in ours.items() if same in theirs]
        told = [word.text for word in both if word.mark == ASSUMED]
        if told:
            self._add(
                CONFIRMED,
                VALUE_CONFIRMED,
                field,
                found,
                ours=_listed(told),
                theirs=_listed(told),
            )
        all_theirs = _listed(theirs.values())
        lost = [word.text for same, word in ours.items() if same not in theirs]
        if lost:
            severity = self._severity_of_lost(field, bool(both))
            self._add(
                severity,
                VALUE_MISSING,
                field,
                found,
                ours=_listed(lost),
                theirs=all_theirs,
            )
        new = [word for same, word in theirs.items() if same not in ours]
        if new:
            self._add_new_values(
                field, found, _listed(w.text for w in field.values), _listed(new)
            )

    def _compare_types(self, found, field, shape):
        ours = _TYPES_OF.get(field.kind, {field.kind})
        if not shape.types or ours & shape.types:
            return
        is_container = bool((ours | shape.types) & _CONTAINERS)
        if is_container or self._minds_scalars:
            self._add(
                self._severity_of_type(field, is_container),
                TYPE,
                field,
                found,
                ours=field.kind.replace("objects", "array"),
                theirs=_listed(sorted(shape.types)),
            )

    def _add_others(self):
        """Note what they have and we do not know, the outermost names alone."""
        left = MAX_UNKNOWN
        for name, shape in self._theirs.fields.items():
            above = name.rpartition(".")[0].removesuffix("[]")
            if name and name not in self._known and (not above or above in self._ours):
                self._add_other(name, shape)
                left -= 1
            if not left:
                break

    def _siblings(self, name):
        """Return what they have beside a name and we do not know: a rename, maybe."""
        above = name.rpartition(".")[0]
        return [
            other.rpartition(".")[2]
            for other in self._theirs.fields
            if other and other.rpartition(".")[0] == above and other not in self._known
        ]

    def _add(self, severity, kind, field=None, name="", **values):
        self._comparison.add(
            severity,
            kind,
            self._place,
            field=name,
            mark=field.name.mark if field else "",
            **values,
        )


class _Sent(_Names):
    """What is sent: a name or word too many may be refused, one too few will be."""

    @property
    def _minds_scalars(self):
        # Elsewhere than in JSON everything is text.
        return self._place == BODY

    def _same(self, word):
        return word

    def _severity_of_type(self, _field, is_container):
        return BREAKS if is_container and self._place == BODY else LOOK

    def _severity_of_missing(self, _field):
        return LOOK if self._place == QUERY else BREAKS

    def _compare_need(self, found, name, field):
        if self._theirs.fields[found].is_required and not field.is_needed:
            self._add(BREAKS, REQUIRED, field, found, ours=name, theirs=found)

    def _severity_of_lost(self, _field, _some_left):
        return BREAKS

    def _add_new_values(self, field, name, ours, new):
        self._add(INFO, VALUE_UNKNOWN, field, name, ours=ours, theirs=new)

    def _add_other(self, name, shape):
        if shape.is_required:
            self._add(BREAKS, REQUIRED, name=name, theirs=_described(name, shape))
        else:
            self._add(INFO, UNKNOWN, name=name, theirs=_described(name, shape))


class _Read(_Names):
    """What is read: tolerantly, so that only what is needed breaks anything."""

    _minds_scalars = False

    def _compare_need(self, found, name, field):
        """What they need not tell is read tolerantly."""

    def _same(self, word):
        return word.casefold()

    def _severity_of_type(self, field, _is_container):
        return BREAKS if field.is_needed else LOOK

    def _severity_of_missing(self, field):
        return BREAKS if field.is_needed else LOOK

    def _severity_of_lost(self, field, some_left):
        return BREAKS if field.is_needed and not some_left else LOOK

    def _add_new_values(self, field, name, ours, new):
        # Most words are shown as they come; by a few Odoo knows how things stand.
        severity = LOOK if field.is_needed else INFO
        self._add(severity, VALUE_UNKNOWN, field, name, ours=ours, theirs=new)

    def _add_other(self, name, shape):
        self._add(INFO, UNKNOWN, name=name, theirs=_described(name, shape))


def _described(name, shape):
    """Return a name of theirs with what it may hold."""
    words = _listed(shape.values or sorted(shape.types))
    name = name[:MAX_WORD]
    return f"{name} ({words})" if words else name


def _listed(words):
    words = [word[:MAX_WORD] for word in words]
    more = " …" if len(words) > MAX_LISTED else ""
    return ", ".join(words[:MAX_LISTED]) + more
