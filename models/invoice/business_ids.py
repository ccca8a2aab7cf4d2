"""Finnish Business IDs (Y-tunnus) in whatever people and files write them."""

import re

from stdnum.fi import ytunnus

# What may stand before the eight digits, punctuation left out.
_BUSINESS_ID = re.compile(
    r"(?:Y?TUNNUS|Y)?(?:(?:0213)?(?:FI)?|0212)([0-9]{8})"
    r"|(?:OVT)?(?:0216)?0037([0-9]{8})[0-9A-Z]{0,5}"
)
# Among other words.
_WRITTEN_OUT = re.compile(
    r"(?<![0-9A-Z])(?:FI)?([0-9]{8}|[0-9]{6,7}-[0-9])(?![0-9A-Z]|-[0-9])", re.IGNORECASE
)


def business_ids_in(text):
    """Return the Finnish Business IDs in a text as ``1234567-1``.

    Takes them with and without FI, as a VAT number, as an OVT with or without a unit,
    of six digits from the old days, and among words; their check digit is right.

    :rtype: list[str]
    """
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text or "").strip()
    whole = _BUSINESS_ID.fullmatch(re.sub(r"[\W_]", "", text).upper())
    candidates = [whole[1] or whole[2]] if whole else _WRITTEN_OUT.findall(text)
    numbers = (ytunnus.compact(candidate).zfill(8) for candidate in candidates)
    return [ytunnus.format(n) for n in dict.fromkeys(numbers) if ytunnus.is_valid(n)]
