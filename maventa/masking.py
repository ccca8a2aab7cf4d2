"""Keeps personal data and keys out of whatever people or logs may read."""

import json
import re

MASK = "***********"
LEAST_SECRET = 8  # characters: a shorter one may stand in any text by chance

# A Finnish identity code as people write it: with any kind of dash for a sign of the
# century, or with none, with blanks in it, glued to a word, its date as dates are
# written. Signs as extended in 2023.
_DASHES = "-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d+"
_BLANKS = r"(?:[\s\u200b-\u200d\u2060]|&(?:nbsp|shy|#\w{2,5});){0,3}"
_PAIR = rf"\d{_BLANKS}\d"
_BREAK = rf"{_BLANKS}[./-]?{_BLANKS}"
_UUID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_CODE = re.compile(
    rf"{_UUID}|(?<!\d)(?P<date>(?P<day>{_PAIR}){_BREAK}(?P<month>{_PAIR}){_BREAK}"
    rf"(?P<century>19|20|)(?P<year>{_PAIR}))"
    rf"(?P<end>{_BLANKS}(?P<sign>[{_DASHES}._/]{{0,2}}|[A-FU-Y]){_BLANKS}"
    rf"(?P<number>{_PAIR}{_BLANKS}\d){_BLANKS}"
    rf"[{_DASHES}]?(?P<check>\d(?!\d)|[A-FHJ-NPR-Y]))",
    re.IGNORECASE,
)
_END_BEHIND_DATE = re.compile(
    rf"\s*[{_DASHES}]?\s*\d{{3}}[A-Y]|[{_DASHES}A-Y]\S+", re.IGNORECASE
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
    # Codes first: a short value, such as the zip of another country, may stand in one.
    text = _mask_codes(_BEARER.sub(r"\1***", text))
    forms = {form for value in personal_values for form in _forms(value) if form}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def mask_secrets(content, secrets):
    """Return the bytes of an answer without these keys and tokens."""
    # The longest first: a token may begin with a key.
    for secret in sorted(secrets, key=len, reverse=True):
        for form in _forms(secret) if len(secret) >= LEAST_SECRET else ():
            content = content.replace(form.encode(), b"***")
    return content


def _mask_codes(text):
    kept, position = [], 0
    while match := _CODE.search(text, position):
        start, end = match.span()
        if match["day"] and _is_code(match):
            kept += [text[position:start], MASK]
        else:
            # What is no code may end in the middle of one: go on within it.
            end = start + 1 if match["day"] else end
            kept.append(text[position:end])
        position = end
    return "".join(kept) + text[position:]


def _is_code(match):
    """Whether this is an identity code, be it with a mistake in it.

    The less it is written as one, the more it takes: a reference, a phone number, a
    part of an id, a date with an amount behind it look much the same.
    """
    parts = [match[name] for name in ("day", "month", "year", "number")]
    digits = [re.sub(r"\D", "", part) for part in parts]
    sign, check = match["sign"], match["check"].upper()
    is_day = 1 <= int(digits[0]) <= 31 and 1 <= int(digits[1]) <= 12
    is_right = is_day and _CHECKS[int("".join(digits)) % 31] == check
    text, start, end = match.string, match.start(), match.end()
    is_alone = not (text[start - 1 : start] + text[end : end + 1]).isalnum()
    if match["century"] or re.search("[./-]", match["date"]):
        return is_right and is_alone and bool(_END_BEHIND_DATE.fullmatch(match["end"]))
    if digits != parts:
        return is_right and bool(sign or check.isalpha())
    is_dash = bool(re.match(rf"[{_DASHES}]", sign))
    if is_right or (is_dash and is_day):
        return True
    is_tight = len(match[0]) == 11
    return is_tight and is_alone and (is_dash or sign.isalpha())
