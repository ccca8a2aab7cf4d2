"""Many calls at once: each outcome comes, as it ends, and nothing begins too late."""

import threading
from itertools import count
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ...maventa import errors, parallel
from ..client_case import call_all

IDENTITY_CODE = "131052-308T"


@tagged("post_install", "-at_install")
class TestParallel(BaseCase):
    """Many calls at once."""

    def test_outcomes_come_in_the_order_of_the_calls(self):
        self.assertEqual(
            call_all(lambda n: n * 2, [(n,) for n in range(50)]),
            [n * 2 for n in range(50)],
        )
        self.assertEqual(call_all(lambda n: n, []), [])

    def test_one_failure_does_not_hide_the_others(self):
        def call(n):
            if n == 1:
                raise errors.NotSent("connect")
            if n == 2:
                raise KeyError(IDENTITY_CODE)
            return n

        with self.assertLogs("odoo.addons.amili_perinta.maventa", "ERROR") as log:
            outcomes = call_all(call, [(n,) for n in range(4)])
        self.assertEqual((outcomes[0], outcomes[3]), (0, 3))
        self.assertIs(type(outcomes[1]), errors.NotSent)
        self.assertIs(type(outcomes[2]), errors.UnknownOutcome)
        self.assertNotIn(IDENTITY_CODE, str(log.output))

    def test_what_has_not_begun_in_time_is_not_begun(self):
        with patch.object(parallel, "time") as clock:
            clock.monotonic.side_effect = count(0, 100)
            outcomes = call_all(
                lambda n: n, [(n,) for n in range(5)], width=1, start_within=340
            )
        self.assertEqual(outcomes[:3], [0, 1, 2])
        for outcome in outcomes[3:]:
            self.assertIs(type(outcome), errors.NotSent)
            self.assertEqual(outcome.reason, "late")

    def test_calls_are_under_way_at_once(self):
        together = threading.Barrier(parallel.WIDTH)
        calls = [(10,)] * parallel.WIDTH
        # Each waits for all the others: one after the other they would never end.
        self.assertEqual(
            sorted(call_all(together.wait, calls)), [*range(parallel.WIDTH)]
        )

    def test_an_outcome_comes_as_soon_as_it_is_there(self):
        is_seen = threading.Event()
        # The first ends after the second was handed out, or never.
        calls = [(is_seen.wait,), (lambda timeout: "quick",)]
        seen = []
        for group in parallel.call_in_groups(lambda f: f(10), calls):
            seen += group
            is_seen.set()
        self.assertEqual(seen, [(1, "quick"), (0, True)])

    def test_a_pause_gathers_what_ends_at_about_the_same_time(self):
        calls = [(n,) for n in range(20)]
        [group] = parallel.call_in_groups(lambda n: n, calls, pause=10)
        self.assertEqual(sorted(group), [(n, n) for n in range(20)])

    def test_nothing_begins_after_the_deadline(self):
        calls = [("begun",)] * 3
        groups = parallel.call_in_groups(self.fail, calls, deadline=0)
        outcomes = dict(pair for group in groups for pair in group)
        self.assertEqual(sorted(outcomes), [0, 1, 2])
        for outcome in outcomes.values():
            self.assertIs(type(outcome), errors.NotSent)
            self.assertEqual(outcome.reason, "late")

    def test_who_stops_iterating_begins_no_other_call(self):
        begun = []
        is_closing = threading.Event()
        shutdown = parallel.ThreadPoolExecutor.shutdown

        def close(pool, **options):
            shutdown(pool, **{**options, "wait": False})
            is_closing.set()
            shutdown(pool)

        def call(n):
            begun.append(n)
            if n:
                is_closing.wait(10)

        outcomes = parallel.call_in_groups(call, [(n,) for n in range(9)], width=1)
        next(outcomes)
        with patch.object(parallel.ThreadPoolExecutor, "shutdown", close):
            outcomes.close()
        self.assertIn(begun, ([0], [0, 1]))
