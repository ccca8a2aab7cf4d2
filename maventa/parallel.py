"""Calls in threads, so that a slow remote does not serialise a batch."""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from .errors import MaventaError, NotSent, UnknownOutcome

_logger = logging.getLogger(__name__)

WIDTH = 8


def call_in_groups(call, items, width=WIDTH, deadline=None, pause=0):
    """Call ``call(*item)`` for each item; yield what has come, as it comes.

    An outcome is what the call returned or the :class:`MaventaError` that it raised,
    so that one failure never hides the others; a mistake of this program in one call
    is an ``UnknownOutcome``, for it may have been made. The calls may not touch the
    ORM. Each index comes once. Who stops iterating waits for the calls that are under
    way, and no other begins.

    :param items: a sequence of argument tuples
    :param int width: calls under way at once
    :param float deadline: a moment of ``time.monotonic()``; what has not begun by
        then is not begun any more and comes as ``NotSent("late")``
    :param float pause: seconds to wait for more after the first of a group
    :return: yields lists of pairs of an index and an outcome
    """

    def attempt(item):
        if deadline is not None and time.monotonic() > deadline:
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
        return
    pool = ThreadPoolExecutor(max_workers=min(width, len(items)))
    try:
        index_of = {pool.submit(attempt, item): i for i, item in enumerate(items)}
        pending = set(index_of)
        while pending:
            ended, pending = wait(pending, return_when=FIRST_COMPLETED)
            if pause and pending:
                more, pending = wait(pending, timeout=pause)
                ended |= more
            yield [(index_of[future], future.result()) for future in ended]
    finally:
        pool.shutdown(cancel_futures=True)
