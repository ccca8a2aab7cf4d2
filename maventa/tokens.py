"""Access tokens in the memory of this process."""

import threading
import time
from dataclasses import dataclass, field

TOKEN_SKEW = 300  # seconds: a token is renewed this long before its end


@dataclass(frozen=True)
class Token:
    """A token, never printed; ``scopes`` are those granted, None where not told."""

    text: str = field(repr=False)
    scopes: tuple[str, ...] | None


class TokenCache:
    """Tokens in the memory of this process, by host and credentials.

    New credentials are a new key, so a change needs no forgetting, and nothing
    secret is written to the database.
    """

    def __init__(self):
        self._tokens = {}
        self._lock = threading.Lock()

    def get(self, key):
        with self._lock:
            token, ends_at = self._tokens.get(key, (None, 0))
            return token if time.monotonic() < ends_at else None

    def put(self, key, token, lifetime):
        """Keep a token of ``lifetime`` seconds until shortly before its end."""
        # A short life leaves half of itself: else each call would ask for a token.
        ends_at = time.monotonic() + max(lifetime - TOKEN_SKEW, lifetime / 2)
        with self._lock:
            self._tokens[key] = (token, ends_at)

    def drop(self, key, token):
        """Forget a token that was refused, unless another thread renewed it."""
        with self._lock:
            if self._tokens.get(key, (None,))[0] == token:
                del self._tokens[key]
