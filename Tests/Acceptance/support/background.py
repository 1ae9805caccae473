"""A client in a process of its own, so that its timing is not disturbed by the others."""

import multiprocessing
import signal
import time

from .processes import die_with_parent
from .program import Failure


class Background:
    """Calls step() until stopped; the object's `result()` is handed back. `with` bounds its life."""

    def __init__(self, activity, pause_seconds):
        self._stop = multiprocessing.Event()
        self._result, theirs = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.Process(
            target=_repeat, args=(activity, pause_seconds, self._stop, theirs), daemon=True)

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.join()

    def finish(self):
        self._stop.set()
        if not self._result.poll(timeout=30):
            raise Failure("a background client did not end within 30 s")
        return self._result.recv()


def _repeat(activity, pause_seconds, stop, result):
    die_with_parent()
    # Ctrl-C reaches everybody at the terminal: the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while not stop.is_set():
        activity.step()
        time.sleep(pause_seconds)
    result.send(activity.result())
