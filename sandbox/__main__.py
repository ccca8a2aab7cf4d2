"""Start the sandbox: ``python -m sandbox --port 8069 --control``."""

import argparse
import signal
import sys

from .app import Sandbox
from .contract import Contract
from .control import CONTROL
from .server import serve
from .state import State, StateFileError


def _arguments():
    mood = Contract(CONTROL).document["components"]["schemas"]["Mood"]
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A stand-in for Maventa and Amili.",
        epilog=f"Moods. {mood['description']}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port", type=int, required=True, help="where to listen; 0 takes a free port"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (%(default)s)"
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="serve the control API and let the page act",
    )
    parser.add_argument(
        "--state", metavar="FILE", help="keep everything in this file (SQLite)"
    )
    parser.add_argument(
        "--mood",
        action="append",
        default=[],
        choices=mood["enum"],
        metavar="NAME",
        help="answer otherwise than openapi.yaml assumes, see below; can be repeated",
    )
    return parser.parse_args()


def main():
    """Listen until SIGTERM or Ctrl-C.

    :returns: the exit status; 1 when the state file cannot be used.
    """
    arguments = _arguments()
    try:
        state = State(arguments.state, arguments.mood)
    except StateFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    app = Sandbox(state, control=arguments.control)
    server = serve(app, arguments.host, arguments.port)
    # sys.exit() leaves serve_forever() as an error would, and closes the port.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"Sandbox listening on http://{arguments.host}:{server.port}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    finally:
        state.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
