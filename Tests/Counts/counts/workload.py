"""The requests that are counted: always the same, from a client that always has as many under way."""

import json
import socket
import time
from dataclasses import dataclass
from typing import Callable

from support.program import Failure

# On their way together, each on a connection of its own that is kept.
ROUND = 16
# Keys in a batch.
BATCH = 20
# Of each operation, numbered from 0; each has keys of its own, which are there at first.
ROUNDS = 90
VALUE = bytes(ord("a") + index % 26 for index in range(100))
# The gateway finishes its turn meanwhile, and waits: each round finds it in the same state.
_PAUSE_SECONDS = 0.003
# Under valgrind, for a whole round.
_ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Operation:
    name: str
    request: Callable[[int], bytes]
    status: int
    # What the answer must have in it besides, and how often.
    proof: bytes
    proofs: int = 1


def _request(method, key, body=None):
    return _message(method, b"/keys/" + key, b"", body)


def _message(method, target, fields, body):
    length = b"" if body is None else b"Content-Length: %d\r\n" % len(body)
    return b"%s %s HTTP/1.1\r\nHost: counts\r\n%s%s\r\n%s" % (method, target, fields, length, body or b"")


def _batch(number):
    """Other keys than those of the same round."""
    keys = ["here/%06d" % (index % (ROUNDS * ROUND)) for index in range(number * BATCH, (number + 1) * BATCH)]
    body = json.dumps({"operations": [{"op": "get", "key": key} for key in keys]}).encode()
    return _message(b"POST", b"/batch", b"Content-Type: application/json\r\n", body)


_BOTH_STAND = b"Cache-Gateway-Replicas: 2/2\r\n"
PUT = Operation("PUT", lambda number: _request(b"PUT", b"here/%06d" % number, VALUE), 204, _BOTH_STAND)
# Longer than what libmicrohttpd reads at once.
_LONG_VALUE = VALUE * 200
# In this order: the keys are there for GET and PUT, and each is deleted once.
OPERATIONS = (
    Operation("GET hit", lambda number: _request(b"GET", b"here/%06d" % number), 200, VALUE),
    Operation("GET miss", lambda number: _request(b"GET", b"gone/%06d" % number), 404, b"problem:not-found"),
    Operation(f"batch of {BATCH} GETs", _batch, 200, VALUE, proofs=BATCH),
    PUT,
    Operation("PUT, 20 kB", lambda number: _request(b"PUT", b"here/%06d" % number, _LONG_VALUE), 204, _BOTH_STAND),
    Operation("DELETE", lambda number: _request(b"DELETE", b"here/%06d" % number), 204, _BOTH_STAND),
)


class Client:
    def __init__(self, host, port):
        self._connections = [self._connect(host, port) for _ in range(ROUND)]

    @staticmethod
    def _connect(host, port):
        connection = socket.create_connection((host, port), timeout=_ANSWER_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self._connections:
            connection.close()

    def play(self, operation, rounds):
        """Rounds by their numbers; each has keys of its own."""
        for number in rounds:
            time.sleep(_PAUSE_SECONDS)
            for index, connection in enumerate(self._connections):
                connection.sendall(operation.request(number * ROUND + index))
            for connection in self._connections:
                _check(_answer(connection), operation)
        time.sleep(_PAUSE_SECONDS)


def _answer(connection):
    answer = b""
    while not _is_whole(answer):
        part = connection.recv(65536)
        if not part:
            raise Failure(f"the gateway closed a connection after {answer[:200]!r}")
        answer += part
    return answer


def _is_whole(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return len(body) >= (int(rest.split(b"\r\n")[0]) if found else 0)


def _check(answer, operation):
    status = int(answer.split(b" ", 2)[1])
    if status != operation.status or answer.count(operation.proof) != operation.proofs:
        raise Failure(f"{operation.name} was answered {answer[:400]!r}")
