"""How Maventa may answer where nothing is described: the moods of control.yaml.

They are kept in ``settings["moods"]``. Those that change the form of an answer are
here; the others are asked for where the sandbox decides.
"""

import re

# What each operation answers: one of these, or a list of them.
_OBJECTS = {
    "assignments": "assignment",
    "assignment": "assignment",
    "assignment_events": "event",
    "events": "event",
    "add_event": "event",
    "event_seen": "event",
    "hand_over": "transfer",
    "transfer": "transfer",
}
_STATUS_KEYS = ("status", "collection_status", "result")
_TEXTS = {
    "texts_cut": lambda text: text[:20].strip(),
    "texts_prefixed": lambda text: f"Yritys kirjoitti: {text}",
    "texts_spaced": lambda text: re.sub(r"\s+", " \n", f" {text} "),
}
_WRAPPERS = {
    "wrapped": lambda kind, entries: {f"{kind}s": entries},
    "wrapped_data": lambda kind, entries: {"data": entries},
}


def dress(moods, operation_id, body):
    """The answer of an operation as the moods have it.

    :param moods: their names.
    :param body: plain JSON; it stays as it is.
    """
    kind = _OBJECTS.get(operation_id)
    if not kind or not moods:
        return body
    if not isinstance(body, list):
        return _object(moods, kind, body)
    entries = [_object(moods, kind, entry) for entry in body]
    for mood in moods:
        if mood in _WRAPPERS:
            return _WRAPPERS[mood](kind, entries)
    return entries


def _object(moods, kind, entry):
    entry = dict(entry)
    for mood in moods:
        if mood in _TEXTS and isinstance(entry.get("comment"), str):
            entry["comment"] = _TEXTS[mood](entry["comment"])
    if "texts_dropped" in moods:
        entry.pop("comment", None)
    if "capitals" in moods:
        words = {k: entry[k] for k in _STATUS_KEYS if isinstance(entry.get(k), str)}
        entry |= {key: word.upper() for key, word in words.items()}
    if "events" in entry:
        entry["events"] = [_object(moods, "event", event) for event in entry["events"]]
    if "ids_named" in moods and "id" in entry:
        # An event's key for its case must not be lost.
        entry[f"{kind}_id"] = entry.pop("id")
    if "ids_uuid" in moods and "id" in entry:
        entry["uuid"] = entry.pop("id")
    return entry
