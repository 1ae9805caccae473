"""The keys and values of a measurement, the same in every run: loading them and checking them."""

import http.client
import random
from dataclasses import dataclass, field

# Never a miss: longer than any measurement.
TTL_SECONDS = 86400
# All values together: small enough to load in seconds and to stay in each node's memory.
MOST_TOTAL_BYTES = 32 << 20
# Enough to notice a server that answers something else, few enough to cost nothing.
SAMPLE_SIZE = 100


class WrongAnswer(Exception):
    """A server did not store or return what it should: its speed would mean nothing."""


@dataclass(frozen=True)
class DataSet:
    key_count: int
    value_size: int
    seed: int
    pool: bytes = field(repr=False)

    @classmethod
    def make(cls, key_count, value_size, seed):
        count = max(1, min(key_count, MOST_TOTAL_BYTES // value_size))
        return cls(count, value_size, seed, random.Random(seed).randbytes(count * value_size))

    def path(self, index):
        """The Lua script makes the same path."""
        return f"/keys/bench-{index:05d}"

    def value(self, index):
        return self.pool[index * self.value_size:(index + 1) * self.value_size]

    def sample(self):
        return random.Random(self.seed).sample(range(self.key_count), min(SAMPLE_SIZE, self.key_count))


def request(connection, method, path, body=None):
    connection.request(method, path, body)
    response = connection.getresponse()
    return response, response.read()


def load(server, data, copies=None):
    """PUTs every value; with `copies`, each answer must say that so many copies stand."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for index in range(data.key_count):
        target = f"{data.path(index)}?ttl={TTL_SECONDS}"
        response, body = request(connection, "PUT", target, data.value(index))
        require_stored(server, response, body, copies)
    connection.close()


def require_stored(server, response, body, copies):
    if response.status not in (201, 204):
        raise WrongAnswer(f"{server.name}: PUT answered {response.status} {body[:200]!r}")
    standing = response.headers.get("Cache-Gateway-Replicas")
    if copies is not None and standing != f"{copies}/{copies}":
        raise WrongAnswer(f"{server.name}: PUT left {standing} copies, not {copies}/{copies}")


def verify(server, data):
    """GETs a sample of the keys; each value must come back byte for byte."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for index in data.sample():
        response, body = request(connection, "GET", data.path(index))
        if response.status != 200 or body != data.value(index):
            raise WrongAnswer(f"{server.name}: GET {data.path(index)} answered {response.status} "
                              f"with {len(body)} bytes that are not the value")
    connection.close()


def answer_headers(server, data):
    """The header lines of a real answer to a GET, in their order."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    response, _ = request(connection, "GET", data.path(0))
    connection.close()
    return [f"{name}: {value}" for name, value in response.getheaders()]
