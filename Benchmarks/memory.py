"""Resident memory of the gateway: for connections, for requests under way, and as it grows."""

import contextlib
import resource
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import generator
import servers
from cases import Conditions
from dialects import REST
from markdown import table, tenths, whole, with_spread
from rounds import Figures
from stand import processes_in_a_folder, stand
from work import ZipfMix

REPLICAS = Conditions().replicas
IDLE_CONNECTIONS = 10_000
READINGS = 3
REQUESTS_UNDER_WAY = 1_000
# The gateway and this script have a descriptor for each connection, and a hundred others.
SPARE_DESCRIPTORS = 200
GROWTH_REQUESTS = 1_000_000
QUICK_SHARE = 0.02
# Requests are read, and connections accepted, long before.
SETTLE_SECONDS = 1.0
# Longer than the nodes are stopped: no command may time out, and no node be taken for dead.
NODE_TIMEOUT = "60s"
NODES = ("a", "b", "c")


class NotMeasured(Exception):
    """What was to be held open was not."""


@dataclass(frozen=True)
class Memory:
    connections: int
    bytes_per_idle_connection: tuple  # one for each gateway that was started for it
    requests_under_way: int
    bytes_per_request_under_way: float
    requests: int
    resident_before: int
    resident_after: int

    @property
    def kib_per_idle_connection(self):
        return Figures(tuple(each / 1024 for each in self.bytes_per_idle_connection))

    def rows(self):
        yield (f"an idle connection, of {whole(self.connections)}, each used once",
               with_spread(self.kib_per_idle_connection, tenths) + " KiB")
        yield (f"a GET under way, of {whole(self.requests_under_way)} on as many connections whose nodes do not answer",
               tenths(self.bytes_per_request_under_way / 1024) + " KiB")
        yield (f"growth over {whole(self.requests)} requests, 90 % GET and 10 % PUT, from "
               f"{tenths(self.resident_before / 2**20)} MiB",
               tenths((self.resident_after - self.resident_before) / 2**20) + " MiB")

    def markdown(self):
        return "## Resident memory of the gateway\n\n" + table(("For", "Memory"), self.rows())

    def as_json(self):
        return asdict(self)


def resident(server):
    """In bytes, counted page by page. The sum in `statm` lags behind by up to 64 pages for each core."""
    lines = Path(f"/proc/{server.process.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))


def measure(tools, options):
    share = QUICK_SHARE if options.quick else 1
    connections = int(IDLE_CONNECTIONS * share)
    idle = tuple(idle_connections(tools, connections) for _ in range(READINGS))
    under_way, in_flight = requests_under_way(tools, int(REQUESTS_UNDER_WAY * share))
    return Memory(connections, idle, under_way, in_flight, *growth(tools, options, int(GROWTH_REQUESTS * share)))


@contextlib.contextmanager
def small_gateway(tools, more=()):
    """A gateway and its empty nodes, one of them with one key."""
    with processes_in_a_folder(tools) as processes:
        nodes = [servers.start_memcached(processes, name) for name in NODES]
        gateway = servers.start_gateway(processes, tools.binary, nodes, REPLICAS, more=more)
        servers.wait_until_settled(gateway)
        yield gateway, nodes


def raise_descriptor_limit(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_DESCRIPTORS
    if hard != resource.RLIM_INFINITY and wanted > hard:
        raise NotMeasured(f"{count} connections need a descriptor limit of {wanted}; it is {hard} (ulimit -Hn)")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextlib.contextmanager
def open_connections(server, count):
    raise_descriptor_limit(count)
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(count)]


def require_answer(connection, status):
    connection.settimeout(10)
    answer = connection.recv(4096)
    if not answer.startswith(b"HTTP/1.1 %d " % status):
        raise NotMeasured(f"a connection was answered {answer[:100]!r}")


def ask_all(connections, status):
    """One request after the other, so that none is under way at the same time."""
    request = REST.get("absent").encoded(closes=False)
    for connection in connections:
        connection.sendall(request)
        require_answer(connection, status)


def idle_connections(tools, count):
    with small_gateway(tools) as (gateway, _):
        with open_connections(gateway, 1) as first:
            ask_all(first, 404)
        before = resident(gateway)
        with open_connections(gateway, count) as connections:
            ask_all(connections, 404)
            time.sleep(SETTLE_SECONDS)
            held = resident(gateway)
            ask_all(connections, 404)  # all of them are open still
    return (held - before) / count


def requests_under_way(tools, count):
    """The nodes are stopped, so no request is answered before they go on."""
    timeouts = ("--timeouts-operation", NODE_TIMEOUT, "--timeouts-request", NODE_TIMEOUT)
    with small_gateway(tools, timeouts) as (gateway, nodes), open_connections(gateway, count) as connections:
        ask_all(connections, 404)
        before = resident(gateway)
        with stopped(nodes):
            for number, connection in enumerate(connections):
                connection.sendall(REST.get(f"absent-{number:06d}").encoded(closes=False))
            time.sleep(SETTLE_SECONDS)
            require_unanswered(connections)
            held = resident(gateway)
        for connection in connections:
            require_answer(connection, 404)
    return count, (held - before) / count


@contextlib.contextmanager
def stopped(nodes):
    for node in nodes:
        node.process.child.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for node in nodes:
            node.process.child.send_signal(signal.SIGCONT)


def require_unanswered(connections):
    for connection in connections:
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            raise NotMeasured(f"answered while its nodes were stopped: {connection.recv(100)!r}")


def growth(tools, options, count):
    """From when a tenth of the requests has filled all pools and buffers."""
    with stand(tools, Conditions(), set(), options.keys) as made:
        ask_mixed(made, count // 10)
        before = resident(made.servers["gateway"])
        ask_mixed(made, count)
        after = resident(made.servers["gateway"])
    print(f"memory: {before} bytes before {count} requests, {after} after", file=sys.stderr, flush=True)
    return count, before, after


def ask_mixed(stand, count):
    server = stand.servers["gateway"]
    generator.run(stand.processes, stand.tools.generator, server, stand.request_file(ZipfMix(), server),
                  generator.Demand(64, count=count))
