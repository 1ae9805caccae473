"""The frame of an acceptance program: it always ends by itself, and always with 0 or 1."""

import signal
import sys

_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Failure(Exception):
    """Something needed is missing or broke: the program ends with 1 and says what to do."""


def run(main, limit_seconds):
    """Runs main() -> Report, for at most limit_seconds, and exits with its verdict.

    Every process is started inside a `with` block of main(), so whatever ends main(), a signal and the
    time limit included, also ends those processes.
    """
    for number in _ENDING:
        signal.signal(number, _end)
    signal.signal(signal.SIGALRM, _out_of_time(limit_seconds))
    signal.alarm(limit_seconds)
    # A log file shows each line when it is printed, not when the program ends.
    sys.stdout.reconfigure(line_buffering=True)
    try:
        sys.exit(0 if main().passed() else 1)
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")


def _end(received, _frame):
    # A second signal must not break off what the first one has begun: to clear up.
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(f"ended by signal {received}")


def _out_of_time(limit_seconds):
    def handler(_number, _frame):
        raise Failure(f"not done after {limit_seconds} s")
    return handler
