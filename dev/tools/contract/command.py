"""dev/contract, where all that it needs is installed."""

import argparse

from ..console import SetupError, main, say
from . import trial
from .comparison import ORDER, compare
from .description import UnreadableDescription, read_description


def contract(arguments):
    """Compare or try, and return the exit status."""
    parser = argparse.ArgumentParser(prog="dev/contract")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("source", nargs="?", help="the description: a file or an address")
    what.add_argument("--try", dest="trial", action="store_true", help=trial.HELP)
    parser.add_argument(
        "--yes", action="store_true", help="with --try: do not ask before each request"
    )
    options = parser.parse_args(arguments)
    if options.trial:
        return trial.run(is_asked=not options.yes)
    try:
        lines = compare(read_description(options.source))
    except UnreadableDescription as error:
        raise SetupError(str(error)) from None
    count = {word: sum(line.startswith(word) for line in lines) for word in ORDER}
    say("\n".join([*lines, ", ".join(f"{n} {word}" for word, n in count.items())]))
    return int(count["breaks"] > 0)


if __name__ == "__main__":
    main(contract)
