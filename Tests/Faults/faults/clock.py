"""A wrong wall clock for one process (libfaketime), which can be set while it runs."""

import email.utils
import glob
import os
import time
import urllib.request

from support.program import Failure
from support.waiting import wait_until

_LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
_PROCESS_SECONDS = 5


class Clock:
    def __init__(self, directory):
        self._file = os.path.join(directory, "offset")
        self._write(0)

    def environment(self):
        libraries = glob.glob(_LIBRARY)
        if not libraries:
            raise Failure(f"no {_LIBRARY}: apt-get install faketime")
        return {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": self._file,
                "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set(self, offset_seconds, gateway):
        """Returns when the gateway goes by it."""
        self._write(offset_seconds)
        if wait_until(lambda: abs(_offset(gateway) - offset_seconds) < 30, _PROCESS_SECONDS) is None:
            raise Failure(f"the gateway's clock is off by {_offset(gateway):.0f} s, not by {offset_seconds} s")

    def _write(self, offset_seconds):
        # In one step: the process may read it at any time.
        with open(self._file + ".new", "w") as file:
            file.write(f"{offset_seconds:+d}s\n")
        os.rename(self._file + ".new", self._file)


def _offset(gateway):
    """As the Date of its answers tells."""
    with urllib.request.urlopen(f"{gateway.admin_url}/livez", timeout=2) as answer:
        return email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
