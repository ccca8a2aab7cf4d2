"""Keeps personal data out of whatever people or logs may read."""

import re

MASK = "***********"

# Sign of the century as extended in 2023, individual number, check character.
_IDENTITY_CODE = re.compile(
    r"(?<![0-9A-Za-z])\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y](?![0-9A-Za-z])"
)


def mask_text(text, personal_values=()):
    """Return ``text`` without identity codes and without the given values.

    :param str text: what Maventa or a person wrote
    :param personal_values: strings that were in the request (names, streets, ...)
    """
    for value in sorted({v for v in personal_values if v}, key=len, reverse=True):
        text = text.replace(value, "***")
    return _IDENTITY_CODE.sub(MASK, text)
