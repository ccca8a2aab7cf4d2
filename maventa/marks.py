"""How well a name on the wire is known."""

DOCUMENTED = "documented"
DESCRIBED = "described"
DESCRIBED_V1 = "described for v1"
OLDER_CLIENT = "older client"
ASSUMED = "ASSUMED"


class Name(str):
    """A name, a word or a path on the wire: a text with a ``mark``."""

    def __new__(cls, text, mark):
        name = super().__new__(cls, text)
        name.mark = mark
        return name

    def __reduce__(self):
        # A copy is a plain text.
        return str, (str(self),)


def documented(text):
    """Maventa's announcement of 2026-06-24, or its published pages."""
    return Name(text, DOCUMENTED)


def described(text):
    """Maventa's own description, AX 0.85.550 of October 2025, for this very path."""
    return Name(text, DESCRIBED)


def described_v1(text):
    """The same description, for the older sibling of the path."""
    return Name(text, DESCRIBED_V1)


def older_client(text):
    """A public client that was generated from an older version of the API."""
    return Name(text, OLDER_CLIENT)


def assumed(text):
    """No document says it; nothing may rely on it being right without saying so."""
    return Name(text, ASSUMED)
