"""Ctrl-C and its kin unwind the stack, so that `with` blocks clean up."""

import contextlib
import signal

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """From its making on, the first stop signal ends the script; any after it are ignored."""

    def __init__(self):
        self.holding_back = False
        self.pending = None
        for number in NUMBERS:
            signal.signal(number, self.receive)

    def receive(self, number, _):
        if self.holding_back:
            self.pending = number
        else:
            self.ignore()
            raise SystemExit(128 + number)

    @contextlib.contextmanager
    def held_back(self):
        """A process being started must be on record before a signal may unwind."""
        self.holding_back = True
        try:
            yield
        finally:
            self.holding_back = False
        if self.pending is not None:
            self.receive(self.pending, None)

    def ignore(self):
        """A second Ctrl-C must not cut the clean-up short."""
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)
