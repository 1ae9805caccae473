"""Asks for one key after the other, and notes the times without a good answer."""

import time

from . import values
from .client import Client


# Shorter ones are the scheduling of a busy machine; it also bounds the list, to 100 a second.
_WORTH_NOTING_SECONDS = 0.010


class GapMeter:
    """A good answer is 200 with a whole value of the key that was asked for."""

    def __init__(self, gateway, keys):
        self._client = Client(gateway)
        self._keys = keys
        self._asked = 0
        self._last_good = None
        self._gaps = []
        self._counts = {"good": 0, "misses": 0, "5xx": 0, "wrong": 0, "other": 0, "unanswered": 0}

    def step(self):
        key = self._keys[self._asked % len(self._keys)]
        self._asked += 1
        outcome = _judge(self._client.get(key), key)
        self._counts[outcome] += 1
        if outcome == "good":
            self._note_good(time.monotonic())

    def result(self):
        """Counts of outcomes, and the gaps: (length in seconds, monotonic time when it ended)."""
        return self._counts, self._gaps

    def _note_good(self, now):
        if self._last_good is not None and now - self._last_good >= _WORTH_NOTING_SECONDS:
            self._gaps.append((now - self._last_good, now))
        self._last_good = now


def _judge(answer, key):
    if answer is None:
        return "unanswered"
    if answer.status == 200:
        return "wrong" if values.counter_in(answer.body, key) is None else "good"
    if answer.status == 404:
        return "misses"
    return "5xx" if answer.status >= 500 else "other"
