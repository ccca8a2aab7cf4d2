"""Calls in threads, so that a slow remote does not serialise a batch."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor

from .errors import MaventaError, NotSent, UnknownOutcome

_logger = logging.getLogger(__name__)

WIDTH = 8


def call_all(call, items, width=WIDTH, start_within=None):
    """Call ``call(*item)`` for each item and return the outcomes in the same order.

    An outcome is what the call returned or the :class:`MaventaError` that it raised,
    so that one failure never hides the others; a mistake of this program in one call
    is an ``UnknownOutcome``, for it may have been made. The calls may not touch the
    ORM.

    :param items: a sequence of argument tuples
    :param int width: calls under way at once
    :param float start_within: seconds; what has not begun by then is not begun any
        more and comes back as ``NotSent("late")``
    """
    started = time.monotonic()

    def attempt(item):
        if start_within is not None and time.monotonic() - started > start_within:
            return NotSent("late")
        try:
            return call(*item)
        except MaventaError as exc:
            return exc
        except Exception as exc:
            # Its text may hold anything.
            _logger.error("Maventa: a call failed with %s", type(exc).__name__)
            return UnknownOutcome("failed")

    items = list(items)
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=min(width, len(items))) as pool:
        return list(pool.map(attempt, items))
