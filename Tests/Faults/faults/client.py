"""A client that reads and writes keys, and records what it did and saw (Tests/CheckHistory)."""

import random
import re
import time

from support import values
from support.client import Client

# Twice what a gateway may take over a request.
_TIMEOUT_SECONDS = 2.5
_VERSION = re.compile(r'"([0-9a-f]{16}-[0-9a-f]{8})"')
# No two clients write the same number.
_NUMBERS_PER_CLIENT = 10**9


def name(key):
    return f"faults/{key}"


# Keys in use at a time, by all clients, and for how long. The others rest, so that what a node missed is not
# overwritten or repaired before another node fails: 200 keys for 18 s.
_WINDOW_KEYS = 20
_WINDOW_SECONDS = 2


class Mix:
    """How many keys, how long their values (padding, in bytes), and how often what is done to them."""

    SHARES = {"get": 50, "put": 25, "delete": 10, "put-if-absent": 5, "replace": 10}

    def __init__(self, keys=200, lengths=(0, 400), shares=None):
        self.keys, self.lengths, self.shares = keys, lengths, shares or self.SHARES

    def key(self, random):
        """One of those in use now."""
        window = int(time.monotonic() / _WINDOW_SECONDS)
        return (window * _WINDOW_KEYS + random.randrange(_WINDOW_KEYS)) % self.keys

    def changed(self, keys, shares):
        """With another number of keys or other shares, where they are given."""
        return Mix(keys or self.keys, self.lengths, shares or self.shares)


class RecordingClient:
    """For `Background`: step() makes one request; result() is the list of what happened."""

    def __init__(self, number, gateway, gateway_number, mix, seed):
        self._number, self._gateway_number, self._mix = number, gateway_number, mix
        self._http = Client(gateway, timeout_seconds=_TIMEOUT_SECONDS)
        self._random = random.Random(f"{seed}/{number}")
        self._written = number * _NUMBERS_PER_CLIENT
        # The version of each key that was seen last.
        self._versions = {}
        self._history = []

    def step(self):
        kinds, shares = zip(*self._mix.shares.items())
        kind = self._random.choices(kinds, shares)[0]
        key = self._mix.key(self._random)
        if kind == "replace" and key not in self._versions:
            kind = "get"
        self.do(kind, key)

    def do(self, kind, key):
        operation = {"client": self._number, "gateway": self._gateway_number, "key": key, "kind": kind}
        ask = self._request(kind, key, operation)
        operation["start"] = time.monotonic_ns()
        answer = ask()
        operation["end"] = time.monotonic_ns()
        operation |= _outcome(kind, name(key), answer)
        if "version" in operation:
            self._versions[key] = operation["version"]
        self._history.append(operation)

    def read_all(self):
        for key in range(self._mix.keys):
            self.do("get", key)
        return self.result()

    def result(self):
        return self._history

    def _request(self, kind, key, operation):
        """What to call, with the rest of what it is noted in the operation."""
        if kind == "get":
            return lambda: self._http.get(name(key))
        if kind == "delete":
            return lambda: self._http.delete(name(key))
        self._written += 1
        operation["value"] = self._written
        headers = {}
        if kind == "put-if-absent":
            headers["If-None-Match"] = "*"
        if kind == "replace":
            operation["expected"] = self._versions[key]
            headers["If-Match"] = f'"{operation["expected"]}"'
        value = values.make(name(key), self._written, self._random.randint(*self._mix.lengths))
        return lambda: self._http.put(name(key), value, headers)


def _outcome(kind, key, answer):
    if answer is None:
        return {"outcome": "unknown", "status": None}
    version = _VERSION.fullmatch(answer.headers.get("ETag", ""))
    known = {"status": answer.status} | ({"version": version[1]} if version else {})
    if kind == "get" and answer.status == 200:
        return known | {"outcome": "found", "found": values.counter_in(answer.body, key)}
    if kind == "get" and answer.status == 404:
        return {"outcome": "missing", "status": 404}
    if kind != "get" and answer.status in (200, 201, 204):
        return known | {"outcome": "done"}
    if kind != "get" and answer.status == 412:
        return {"outcome": "refused", "status": 412}
    return {"outcome": "unknown", "status": answer.status}
