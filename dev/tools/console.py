"""What a person sees while a command works."""

import contextlib
import signal
import sys
import time


class SetupError(Exception):
    """A step cannot be done; the message says what is missing and what to do."""


def say(text=""):
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


@contextlib.contextmanager
def step(text):
    """Announce a long step and say how long it took.

    Whole lines only, so that a log file reads as well as a terminal.
    """
    say(f"-- {text} ...")
    start = time.monotonic()
    yield
    say(f"   done in {time.monotonic() - start:.0f} s")


def main(function):
    """Run a command's ``function`` and exit with the status that it returns."""
    # Being ended from outside still stops what the command started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_details: sys.exit(1))
    try:
        sys.exit(function(sys.argv[1:]))
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr, flush=True)
        sys.exit(130)
