"""Keeps personal data out of whatever people or logs may read."""

import json
import re

MASK = "***********"

# Sign of the century as extended in 2023, individual number, check character.
_IDENTITY_CODE = re.compile(
    r"(?<![0-9A-Za-z])\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y](?![0-9A-Za-z])"
)


def _forms(value):
    """A value as it stands in a sentence, and in JSON with and without escapes."""
    escaped = (json.dumps(value, ensure_ascii=ascii) for ascii in (True, False))
    return {value, *(text[1:-1] for text in escaped)}


def mask_text(text, personal_values=()):
    """Return ``text`` without identity codes and without the given values.

    :param str text: what Maventa or a person wrote
    :param personal_values: strings that were in the request (names, streets, ...)
    """
    forms = {form for value in personal_values for form in _forms(value) if form}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return _IDENTITY_CODE.sub(MASK, text)
