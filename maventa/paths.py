"""Where something stands in a body: dotted names, ``[]`` for each entry of a list.

``payers[].address.zip_code`` is the postal code within the address of each payer.
"""


def values_at(body, path):
    """Return all that stands at a path, in order, but for what is null or empty."""
    found = [body]
    for part in path.split("."):
        key = part.removesuffix("[]")
        found = [each.get(key) for each in found if isinstance(each, dict)]
        if key != part:
            found = [e for each in found if isinstance(each, list) for e in each]
    return [each for each in found if each not in (None, "")]


def value_at(body, path):
    """Return what stands first at a path; None where there is nothing."""
    return next(iter(values_at(body, path)), None)


def put(body, path, value):
    """Put a value at a path, into the one entry of each list on the way.

    Where the path itself ends in ``[]`` it becomes one more entry.
    """
    *above, last = path.split(".")
    for part in above:
        key = part.removesuffix("[]")
        body = (
            body.setdefault(key, {}) if key == part else body.setdefault(key, [{}])[0]
        )
    key = last.removesuffix("[]")
    if key == last:
        body[key] = value
    else:
        body.setdefault(key, []).append(value)


def merge(body, other):
    """Put all of another body into a body; lists are joined."""
    for key, value in other.items():
        own = body.get(key)
        if isinstance(own, dict) and isinstance(value, dict):
            merge(own, value)
        elif isinstance(own, list) and isinstance(value, list):
            own += value
        else:
            body[key] = value


def replace_at(body, path, replace):
    """Return a copy with ``replace(value)`` for each value that stands at a path."""
    part, _, rest = path.partition(".")
    key = part.removesuffix("[]")
    if not isinstance(body, dict) or key not in body:
        return body

    def replaced(inner):
        return replace_at(inner, rest, replace) if rest else replace(inner)

    inner = body[key]
    if key == part:
        inner = replaced(inner)
    elif isinstance(inner, list):
        inner = [replaced(each) for each in inner]
    return {**body, key: inner}
