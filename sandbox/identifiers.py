"""Finnish Business IDs and personal identity codes."""

import re

_BUSINESS_ID = re.compile(r"([0-9]{7})-([0-9])")
_BUSINESS_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)
# The signs of the century; since 2023 there are several for each.
_IDENTITY_CODE = re.compile(
    r"([0-9]{2})([0-9]{2})([0-9]{2})([-+YXWVUABCDEF])([0-9]{3})([0-9A-Y])"
)
_IDENTITY_CODE_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CENTURIES = dict.fromkeys("-YXWVU", 1900) | dict.fromkeys("ABCDEF", 2000) | {"+": 1800}
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Looser than the code itself: what is hidden need not be valid.
_LIKE_IDENTITY_CODE = re.compile(
    r"\b[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]\b", re.IGNORECASE
)


def looks_like_business_id(text):
    """Whether the text has the form of a Finnish Business ID (1234567-1)."""
    return bool(_BUSINESS_ID.fullmatch(text))


def is_business_id(text):
    """Whether the text is a Finnish Business ID whose check digit is right."""
    match = _BUSINESS_ID.fullmatch(text)
    if not match:
        return False
    total = sum(
        int(digit) * weight
        for digit, weight in zip(match[1], _BUSINESS_ID_WEIGHTS, strict=True)
    )
    return (total + int(match[2])) % 11 == 0


def is_identity_code(text):
    """Whether the text is a personal identity code with a right check sign.

    Temporary codes (individual number 900 to 999) count as right: the artificial
    ones that the authority gives out for tests are of that kind.
    """
    match = _IDENTITY_CODE.fullmatch(text)
    if not match:
        return False
    day, month, year, sign, number, check = match.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) and int(number) >= 2):
        return False
    full_year = _CENTURIES[sign] + int(year)
    leap = full_year % 4 == 0 and (full_year % 100 != 0 or full_year % 400 == 0)
    if int(day) > _DAYS[int(month) - 1] + (leap and month == "02"):
        return False
    return _IDENTITY_CODE_CHECK[int(day + month + year + number) % 31] == check


def mask(text):
    """The text with everything that looks like an identity code hidden."""
    return _LIKE_IDENTITY_CODE.sub("******-****", text)
