"""Waiting for something to become true, never without a limit."""

import time


def wait_until(condition, seconds):
    """How long it took for condition() to be true, or None when it was not within `seconds`."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.02)
    return None
