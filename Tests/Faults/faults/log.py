"""What a process writes to its log, with the time at which it came."""

import collections
import os
import threading
import time

# Far more than a run writes unless something spins; it bounds the memory.
_MOST_LINES = 100_000


class Log:
    """`descriptor` is for the process, also for one that is started again."""

    def __init__(self):
        reading, self.descriptor = os.pipe()
        self._lines = collections.deque(maxlen=_MOST_LINES)
        self._reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self._reader.start()

    def first(self, text, since, until):
        """Monotonic time at which the first line with this text came, or None."""
        return next((at for at, line in list(self._lines) if since <= at <= until and text in line), None)

    def lines(self):
        return [line for _, line in list(self._lines)]

    def close(self):
        os.close(self.descriptor)
        self._reader.join(timeout=5)

    def _read(self, descriptor):
        with open(descriptor, errors="replace") as lines:
            for line in lines:
                self._lines.append((time.monotonic(), line.rstrip("\n")))
