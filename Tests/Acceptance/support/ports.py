"""Free loopback ports that stay free while a node is down."""

import os
import random
import socket

# First and last port to take, for programs that run beside each other.
VARIABLE = "ACCEPTANCE_PORTS"
# Below Linux's range for outgoing connections (32768 and up). A port inside that range could be taken
# by any connection while the node is dead, and a client that keeps dialling a dead port inside it can
# even end up connected to itself.
_LOWEST, _HIGHEST = 20_000, 31_999
_given = set()


def free_port():
    lowest, highest = map(int, os.environ.get(VARIABLE, f"{_LOWEST}-{_HIGHEST}").split("-"))
    for _ in range(1000):
        port = random.randint(lowest, highest)
        if port not in _given and _can_bind(port):
            _given.add(port)
            return port
    raise OSError("no free port on 127.0.0.1")


def spans(count):
    """As many values of the variable, without a port in common."""
    size = (_HIGHEST - _LOWEST + 1) // count
    return [f"{lowest}-{lowest + size - 1}" for lowest in range(_LOWEST, _HIGHEST - size + 2, size)]


def _can_bind(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
