"""The clients of a restore: those that store the keys before it, and one that reads all the while."""

import contextlib
import socket
import threading
import time

VALUE = b"x" * 1024
LOADERS = 8
# PUTs on their way at a time on one connection.
PIPELINE = 64
# For one answer: longer than the gateway's own request timeout, after which it answers an error.
SOCKET_TIMEOUT = 15.0
# For a load: a tenth of what the slowest machine does.
LEAST_KEYS_PER_SECOND = 1000
# A reader's requests tell of misses, and are so few that they do not slow the restore.
READ_EVERY_SECONDS = 0.001
# Steps through all keys before it comes to one again, unless the number of keys is a multiple of this prime.
READ_STEP = 7919


class Failed(Exception):
    """A step went wrong, or a client read what it should not have."""


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=SOCKET_TIMEOUT)


def read_answer(stream):
    """Its status and body, read to the end whatever they are: where the next answer begins."""
    status = read_line(stream)
    length = 0
    while (line := read_line(stream)) != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    body = stream.read(length)
    if len(body) < length:
        raise Failed("the gateway closed the connection in the middle of an answer")
    return int(status.split()[1]), body


def read_line(stream):
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise Failed("the gateway closed the connection")
    return line


class Client(threading.Thread):
    """Works over a connection of its own. Why it ended early is told by `finish`."""

    def __init__(self, gateway, what):
        super().__init__(daemon=True)
        self.gateway, self.what = gateway, what
        self.failure = None

    def run(self):
        try:
            with connect(self.gateway) as connection, connection.makefile("rb") as stream:
                self.work(connection, stream)
        except Exception as failure:
            self.failure = failure

    def require_working(self):
        if self.failure is not None:
            raise Failed(f"{self.what} failed: {self.failure}") from self.failure

    def finish(self, deadline):
        self.join(max(0, deadline - time.monotonic()))
        if self.is_alive():
            raise Failed(f"{self.what} has not come to its end in time")
        self.require_working()


class Loader(Client):
    """Stores the keys of these numbers."""

    def __init__(self, gateway, numbers):
        super().__init__(gateway, f"storing keys {numbers.start} to {numbers.stop}")
        self.numbers = numbers

    def work(self, connection, stream):
        for start in range(0, len(self.numbers), PIPELINE):
            some = self.numbers[start:start + PIPELINE]
            connection.sendall(b"".join(map(put_request, some)))
            statuses = {read_answer(stream)[0] for _ in some}
            if statuses != {204}:
                raise Failed(f"PUTs were answered {sorted(statuses)}")


def put_request(number):
    return b"PUT /keys/key-%09d HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (number, len(VALUE)) + VALUE


def get_request(number):
    return b"GET /keys/key-%09d HTTP/1.1\r\nHost: x\r\n\r\n" % number


def load(pool):
    """Stores all its keys: in how many seconds."""
    began = time.monotonic()
    bounds = [pool.keys * index // LOADERS for index in range(LOADERS + 1)]
    loaders = [Loader(pool.gateway, range(*pair)) for pair in zip(bounds, bounds[1:])]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.finish(began + SOCKET_TIMEOUT + pool.keys / LEAST_KEYS_PER_SECOND)
    return time.monotonic() - began


class Reader(Client):
    """Reads one key after the other until it is told to stop, and counts those that were not there."""

    def __init__(self, gateway, keys):
        super().__init__(gateway, "the reader")
        self.keys = keys
        self.reads = self.misses = 0
        self.is_over = threading.Event()

    def work(self, connection, stream):
        number = 0
        while not self.is_over.wait(READ_EVERY_SECONDS):
            number = (number + READ_STEP) % self.keys
            connection.sendall(get_request(number))
            self.judge(*read_answer(stream))

    def judge(self, status, body):
        self.reads += 1
        self.misses += status == 404
        if status != 404 and (status, body) != (200, VALUE):
            raise Failed(f"a read was answered {status} with {len(body)} bytes")

    def require_hits(self):
        if self.reads == 0:
            raise Failed("the reader read nothing")
        if self.misses > 0:
            raise Failed(f"{self.misses} of {self.reads} reads were misses")


@contextlib.contextmanager
def reading(pool):
    """A client reads all the while, and must always find what it reads."""
    reader = Reader(pool.gateway, pool.keys)
    reader.start()
    try:
        yield reader
    finally:
        reader.is_over.set()
    reader.finish(time.monotonic() + 2 * SOCKET_TIMEOUT)
    reader.require_hits()
