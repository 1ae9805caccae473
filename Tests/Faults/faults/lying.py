"""A node behind a proxy that lies: what the gateways get from it is not what it said."""

import asyncio
import multiprocessing
import random
import re
import signal

from support.memcached import Memcached
from support.processes import die_with_parent
from support.waiting import wait_until
from support.program import Failure

from .lan import enter

_STORE_PORT = 11311
_START_SECONDS = 5
# Of the pieces in which answers arrive; enough of them get through for the node to come back.
_LIE_SHARE = 0.05
_KEY = re.compile(rb"faults/\d+\|")


class LyingNode:
    """A real node; `lie` says how its answers are falsified."""

    LIES = ("garbage", "wrong_key", "short", "trailing", "repeated", "byte_by_byte")

    def __init__(self, name, megabytes, place):
        self.name, self.address, self.port = name, place.address, place.node_port()
        self._place = place
        self.store = Memcached(name, megabytes, place=_StorePlace(place))
        self._lie = multiprocessing.Value("i", -1)

    def __enter__(self):
        self.store.__enter__()
        self._proxy = multiprocessing.Process(
            target=_serve, args=(self._place, self.port, self.store.port, self._lie), daemon=True)
        self._proxy.start()
        if wait_until(self._answers, _START_SECONDS) is None:
            raise Failure("the proxy in front of a node does not listen")
        return self

    def __exit__(self, *_):
        self._proxy.kill()
        self._proxy.join()
        self.store.__exit__()

    def lie(self, name):
        self._lie.value = self.LIES.index(name)

    def be_honest(self):
        self._lie.value = -1

    def connect(self, timeout):
        """To the store itself."""
        return self.store.connect(timeout)

    def _answers(self):
        try:
            Memcached.connect(self, timeout=1).close()
            return True
        except OSError:
            return False


class _StorePlace:
    """The node's machine, with another port."""

    def __init__(self, place):
        self.address, self.command = place.address, place.command

    def node_port(self):
        return _STORE_PORT


def _serve(place, port, store_port, lie):
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    enter(place.namespace)
    asyncio.run(_Proxy(place.address, store_port, lie).listen(port))


class _Proxy:
    def __init__(self, address, store_port, lie):
        self._address, self._store_port, self._lie = address, store_port, lie
        self._random = random.Random(1)
        # A value of some other key, to be told in place of the right one.
        self._other = None

    async def listen(self, port):
        server = await asyncio.start_server(self._connected, self._address, port)
        await server.serve_forever()

    async def _connected(self, reader, writer):
        try:
            store_reader, store_writer = await asyncio.open_connection(self._address, self._store_port)
            await asyncio.gather(_pump(reader, store_writer, lambda data: [data]),
                                 _pump(store_reader, writer, self._pieces))
        except OSError:
            writer.close()

    def _pieces(self, data):
        """What is sent on in place of an honest answer."""
        if self._lie.value < 0:
            return [data]
        name = LyingNode.LIES[self._lie.value]
        if name == "byte_by_byte":
            return [data[at:at + 1] for at in range(len(data))]
        if name == "wrong_key":
            return [self._with_other_value(data)]
        return [self._falsified(name, data) if self._random.random() < _LIE_SHARE else data]

    def _falsified(self, name, data):
        if name == "garbage":
            return self._random.randbytes(len(data))
        if name == "short":
            return data[:-self._random.randint(1, min(20, len(data)))]
        if name == "repeated":
            return data + data
        return data + self._random.choice([b"HD\r\n", b"EN\r\n", b"\r\n", b"NF\r\n", b"x" * 100])

    def _with_other_value(self, data):
        """The header of the right answer, opaque included, around the value of another key."""
        mine, other = _Value.parse(data), self._other
        if mine:
            self._other = mine
        if not mine or not other or mine.key == other.key or self._random.random() >= _LIE_SHARE:
            return data
        return mine.with_content_of(other)


class _Value:
    """A single answer `VA <size> <flags>*\\r\\n<data>\\r\\n`."""

    def __init__(self, flags, data, key):
        self._flags, self._data, self.key = flags, data, key

    @classmethod
    def parse(cls, answer):
        head, _, rest = answer.partition(b"\r\n")
        words, key = head.split(b" "), _KEY.search(rest)
        if words[0] != b"VA" or not key or len(rest) != int(words[1]) + 2:
            return None
        return cls(words[2:], rest[:-2], key.group())

    def with_content_of(self, other):
        # The client flags belong to the content: they hold its version's fingerprint.
        flags = {flag[:1]: flag for flag in self._flags} | {
            flag[:1]: flag for flag in other._flags if flag.startswith(b"f")}
        head = b" ".join([b"VA", b"%d" % len(other._data), *flags.values()])
        return head + b"\r\n" + other._data + b"\r\n"


async def _pump(reader, writer, pieces):
    """Until one side closes."""
    try:
        while data := await reader.read(65536):
            for piece in pieces(data):
                writer.write(piece)
                await writer.drain()
    finally:
        writer.close()
