"""What each detail line of a refused hand-over is about."""

import re
from dataclasses import dataclass

from . import contract

_PATH = re.compile(r"\s*([a-z_]+(?:\.[a-z_]+|\[[a-z_]*\d*\])*)", re.IGNORECASE)
_TERMS = {
    contract.COLLECTION_TYPE: "collection_type",
    contract.RECEIVABLES_TYPE: "receivables_type",
    contract.CAPITAL_AMOUNT: "capital_amount",
    contract.REMINDER_AMOUNT: "reminder_amount",
    contract.ASSIGNMENT_SUMMARY: "assignment_summary",
    contract.REMINDER_DATE: "reminder_date",
}


@dataclass(frozen=True)
class Problem:
    """One line of a refusal, in Maventa's words, and what it is about.

    ``datum`` is a field of :class:`.payload.Transfer`, or a key of
    ``contract.PAYER_PATHS`` of the payer number ``payer`` (0 is the first one). Either
    may be untold: empty, or None.
    """

    text: str
    datum: str = ""
    payer: int | None = None


def read_problems(error):
    """Return what Maventa says of each field, in its order.

    A line begins with where it is, such as ``payers[0].address.zip_code`` or
    ``payers[0][address][zip_code]`` (ASSUMED); else it is about the whole.

    :param errors.MaventaError error: a refusal
    :rtype: list[Problem]
    """
    return [_problem(line) for line in error.details]


def _problem(line):
    match = _PATH.match(line)
    # One spelling: a[0][b] is a[0].b
    path = re.sub(r"\[([a-z_]+)\]", r".\1", match[1].lower()) if match else ""
    last = path.rpartition(".")[2]
    if last in _TERMS and not re.search(r"\[\d", path):
        return Problem(line, _TERMS[last])
    number = re.search(r"\[(\d+)\]", path)
    index = int(number[1]) if number else 0
    plain = re.sub(r"\[\d*\]", "", path)
    # The list as such is nobody's.
    is_one = number or "." in plain
    for role, word in contract.PAYER_ROLES.items() if is_one else ():
        for datum, place in contract.PAYER_PATHS.items():
            known = place.format(role=word).replace("[]", "")
            if known == plain or known.startswith(f"{plain}."):
                # Where the roles stand apart, the co-debtors are counted by themselves.
                is_apart = "{role}" in place and role == "co_debtor"
                datum = datum if known == plain else ""
                return Problem(line, datum, index + is_apart)
    return Problem(line)
