"""System calls of one thread: the gateway under strace."""

import collections
import pathlib
import re

# `123 epoll_wait(5, …`; a call that others interrupt has a second line, which does not begin like that.
_CALL = re.compile(rb"^(\d+) +(\w+)\(", re.MULTILINE)


class Strace:
    packages = ("strace",)
    environment = {}

    def __init__(self, directory):
        self._log = pathlib.Path(directory) / "strace.log"
        self._position = 0

    def command(self, arguments):
        # What they carry is of no interest.
        return ["strace", "--daemonize", "--follow-forks", "--string-limit=0", "--signal=none", "--quiet=all",
                f"--output={self._log}", *arguments]

    def mark(self, _pid):
        """What the thread that did most has done since the last mark, and by name."""
        with self._log.open("rb") as log:
            log.seek(self._position)
            lines = log.read()
        # strace may be in the middle of a line.
        whole = lines.rfind(b"\n") + 1
        self._position += whole
        threads = collections.defaultdict(collections.Counter)
        for thread, name in _CALL.findall(lines[:whole]):
            threads[thread][name.decode()] += 1
        busiest = max(threads.values(), key=lambda calls: calls.total(), default=collections.Counter())
        return {"system calls": busiest.total()}, busiest
