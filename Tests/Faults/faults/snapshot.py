"""What the nodes themselves hold, asked over memcached's meta protocol."""

import struct
import time

from support import values
from support.program import Failure

from .client import name

# Sources/GatewayCore/Chain/Record.swift: the client flags' top 8 bits, and the header's fixed part.
_MAGIC = 0xCA
_HEADER = struct.Struct(">BBHQI")
_KINDS = {1: "value", 2: "tombstone"}


def take(nodes, keys, number):
    """The copies of all keys on all nodes, as lines of a snapshot (Tests/CheckHistory)."""
    return [copy for node in nodes for copy in _copies(node, keys, number)]


def _copies(node, keys, number):
    with node.connect(timeout=10) as connection:
        answers = connection.makefile("rb")
        for key in range(keys):
            connection.sendall(f"mg {name(key)} v f\r\n".encode())
            copy = _copy(answers, key)
            if copy:
                yield {"round": number, "node": node.name, "key": key, "at": time.monotonic_ns()} | copy


def _copy(answers, key):
    head = answers.readline().split()
    if head == [b"EN"]:
        return None
    if not head or head[0] != b"VA":
        raise Failure(f"a node answered a read with {head}")
    data = answers.read(int(head[1]) + 2)[:-2]
    flags = next(int(word[1:]) for word in head[2:] if word.startswith(b"f"))
    return _content(data, flags, key)


def _content(data, flags, key):
    if flags >> 24 != _MAGIC or len(data) < _HEADER.size:
        return {"kind": "value", "value": None}
    _, kind, header, moment, writer = _HEADER.unpack_from(data)
    content = {"kind": _KINDS.get(kind, "value"), "version": f"{moment:016x}-{writer:08x}"}
    if content["kind"] == "value":
        content["value"] = values.counter_in(data[header:], name(key))
    return content
