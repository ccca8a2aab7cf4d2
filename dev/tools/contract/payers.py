"""Where each datum of a payer stands: today, and as a description has it."""

import difflib

from maventa import contract

from . import samples

# How each datum may be called, besides its own name and today's.
SPELLINGS = {
    "role": ("debtor_type",),
    "business_id": ("organization_number", "vat_number"),
    "identity_code": ("personal_identity_code", "social_security_number"),
    "street": ("street_address", "address_line"),
    "zip": ("zip_code", "postal_code", "postcode"),
    "city": ("post_office", "town"),
    "country": ("country_code",),
}
ALIKE = 0.75


def payer_lines(description):
    """Yield a line for each datum, where the hand-over of v2 is described."""
    path = contract.PATH_TRANSFER.format(invoice_id=samples.identifier("invoice_id"))
    operation = description.find("POST", path)
    today = getattr(contract, "PAYER_PATHS", {})
    if not operation:
        return
    if not today:
        yield "unknown  PAYER_PATHS  the client has no such table to compare"
    places = description.places(operation.body)
    theirs = [
        f"{place}[]" if "items" in schema else place
        for place, schema in places.items()
        if place.startswith("payer")
        and not any(
            p.startswith(f"{place}.") or p.startswith(f"{place}[].") for p in places
        )
    ]
    roles = list(getattr(contract, "PAYER_ROLES", {}).values())
    ours = {n: {p.format(role=role) for role in roles} for n, p in today.items()}
    left = [
        place for place in theirs if not any(place in each for each in ours.values())
    ]
    for datum, now in today.items():
        if ours[datum] <= {*theirs}:
            yield f"confirmed  PAYER_PATHS {datum}: {now}"
        else:
            better = _most_alike(datum, now, left)
            better = f"should be {better}" if better else "nothing like it is described"
            yield f"breaks  PAYER_PATHS {datum}: today {now}, {better}"
    if left:
        yield f"unused  PAYER_PATHS  described: {', '.join(left)}"


def _most_alike(datum, now, places):
    """Return the places whose last name is most like a datum's, if any is."""
    names = (datum, now.rpartition(".")[2], *SPELLINGS.get(datum, ()))

    def score(place):
        leaf = place.rpartition(".")[2]
        return max(difflib.SequenceMatcher(None, leaf, name).ratio() for name in names)

    best = max(map(score, places), default=0)
    return " and ".join(p for p in places if best > ALIKE and score(p) == best)
