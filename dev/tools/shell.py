"""Running other programs."""

import subprocess

from .console import SetupError


def run(command, *, hint="", **options):
    """Run a program quietly and return what it printed.

    :param hint: what the person can do about a failure
    :raise SetupError: with the end of the program's own words
    """
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **options,
        )
    except FileNotFoundError as error:
        raise SetupError(f"the program {command[0]} is missing. {hint}") from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise SetupError(
            f"{' '.join(command[:6])} ended with {done.returncode}:\n{words}\n{hint}"
        )
    return done.stdout
