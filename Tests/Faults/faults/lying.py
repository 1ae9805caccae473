"""A node behind a proxy: what the gateways get from it is late, or is not what it said."""

import asyncio
import multiprocessing
import random
import re
import signal

from support.memcached import Memcached
from support.processes import die_with_parent
from support.program import Failure
from support.waiting import wait_until

from .lan import enter

_STORE_PORT = 11311
_START_SECONDS = 5
# Of the pieces in which answers arrive; enough of them get through for the node to come back.
_LIE_SHARE = 0.05
# Each way; what arrives meanwhile is late by up to twice as much.
_DELAY_SECONDS = 0.025
_KEY = re.compile(rb"faults/\d+\|")


class LyingNode:
    """A real node; `lie` says how its answers are falsified, or that everything is late."""

    LIES = ("garbage", "wrong_key", "short", "trailing", "repeated", "byte_by_byte")
    _MODES = ("honest", "late", *LIES)

    def __init__(self, name, megabytes, place):
        self.name, self.address, self.port = name, place.address, place.node_port()
        self._place = place
        self.store = Memcached(name, megabytes, place=_StorePlace(place))
        self._mode = multiprocessing.Value("i", 0)

    def __enter__(self):
        self.store.__enter__()
        self._proxy = multiprocessing.Process(
            target=_serve, args=(self._place, self.port, self.store.port, self._mode), daemon=True)
        self._proxy.start()
        if wait_until(self._answers, _START_SECONDS) is None:
            raise Failure("the proxy in front of a node does not listen")
        return self

    def __exit__(self, *_):
        self._proxy.kill()
        self._proxy.join()
        self.store.__exit__()

    def lie(self, name):
        self._mode.value = self._MODES.index(name)

    def be_late(self):
        self._mode.value = self._MODES.index("late")

    def be_honest(self):
        self._mode.value = self._MODES.index("honest")

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


def _serve(place, port, store_port, mode):
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    enter(place.namespace)
    asyncio.run(_Proxy(place.address, store_port, mode).listen(port))


class _Proxy:
    def __init__(self, address, store_port, mode):
        self._address, self._store_port, self._shared_mode = address, store_port, mode
        self._random = random.Random(1)
        # A value of some other key, to be told in place of the right one.
        self._other = None

    async def listen(self, port):
        server = await asyncio.start_server(self._connected, self._address, port)
        await server.serve_forever()

    async def _connected(self, reader, writer):
        try:
            store_reader, store_writer = await asyncio.open_connection(self._address, self._store_port)
            await asyncio.gather(self._pump(reader, store_writer, lambda data: [data]),
                                 self._pump(store_reader, writer, self._pieces))
        except OSError:
            writer.close()

    @property
    def _mode(self):
        return LyingNode._MODES[self._shared_mode.value]

    async def _pump(self, reader, writer, pieces):
        """Until one side closes."""
        try:
            while data := await reader.read(65536):
                if self._mode == "late":
                    await asyncio.sleep(_DELAY_SECONDS)
                for piece in pieces(data):
                    writer.write(piece)
                    await writer.drain()
        finally:
            writer.close()

    def _pieces(self, data):
        """What is sent on in place of an answer."""
        name = self._mode
        if name in ("honest", "late"):
            return [data]
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
