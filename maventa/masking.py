"""Keeps personal data and keys out of whatever people or logs may read."""

import json
import re

MASK = "***********"
LEAST_SECRET = 8  # characters: a shorter one may stand in any text by chance

# A Finnish identity code as people write it: with any kind of dash for a sign of the
# century, or with none, with blanks in it, glued to a word. Signs as extended in 2023.
_DASHES = "-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d+"
_BLANKS = r"[\s\u200b-\u200d\u2060]{0,3}"
_UUID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_CODE = re.compile(
    rf"{_UUID}|(?<!\d)(?P<day>\d\d){_BLANKS}(?P<month>\d\d){_BLANKS}(?P<year>\d\d)"
    rf"{_BLANKS}(?P<sign>[{_DASHES}._/]{{0,2}}|[A-FU-Y]){_BLANKS}(?P<number>\d{{3}})"
    rf"{_BLANKS}[{_DASHES}]?(?P<check>\d(?!\d)|[A-FHJ-NPR-Y])",
    re.IGNORECASE,
)
_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_BEARER = re.compile(r"\b(bearer[\s:]+)[\w.~+/=-]{8,}", re.IGNORECASE)


def _forms(value):
    """A value as it stands in a sentence, and in JSON with and without escapes."""
    escaped = {json.dumps(value, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
    return {value, *escaped, *(text.replace("/", "\\/") for text in escaped)}


def mask_text(text, personal_values=()):
    """Return ``text`` without identity codes, tokens and the given values.

    :param str text: what Maventa or a person wrote
    :param personal_values: strings that were in the request (names, streets, ...)
    """
    forms = {form for value in personal_values for form in _forms(value) if form}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return _CODE.sub(_masked, _BEARER.sub(r"\1***", text))


def mask_secrets(content, secrets):
    """Return the bytes of an answer without these keys and tokens."""
    for secret in secrets:
        for form in _forms(secret) if len(secret) >= LEAST_SECRET else ():
            content = content.replace(form.encode(), b"***")
    return content


def _masked(match):
    return MASK if match["day"] and _is_code(match) else match[0]


def _is_code(match):
    """Whether this is an identity code, be it with a mistake in it.

    Without a dash it takes more: a reference, a phone number or a part of an id looks
    much the same.
    """
    digits = match["day"] + match["month"] + match["year"] + match["number"]
    is_day = 1 <= int(match["day"]) <= 31 and 1 <= int(match["month"]) <= 12
    if is_day and _CHECKS[int(digits) % 31] == match["check"].upper():
        return True
    is_dash = bool(re.match(rf"[{_DASHES}]", match["sign"]))
    if is_dash and is_day:
        return True
    text, start, end = match.string, match.start(), match.end()
    is_alone = not (text[start - 1 : start] + text[end : end + 1]).isalnum()
    is_tight = len(match[0]) == 11
    return is_tight and is_alone and (is_dash or match["sign"].isalpha())
