"""The servers of some cases, up and filled with the same keys."""

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import checks
import generator
import request_file
import servers
from data_set import DataSet
from processes import Processes
from work import Puts

# Of the data set and of the order in which it is asked for.
SEED = 1
NODE_NAMES = ("a", "b", "c")
FILL_CONNECTIONS = 64


@dataclass(frozen=True)
class Tools:
    """What every part of the measurement needs."""
    binary: Path
    floor: Path
    generator: Path
    stop_signals: object
    pins: bool


@dataclass(frozen=True)
class Stand:
    processes: Processes
    tools: Tools
    data: DataSet
    servers: dict
    nodes: list
    # How many requests of each file were made by the runs so far.
    asked: dict = field(default_factory=dict)

    @property
    def directory(self):
        return self.processes.directory

    def request_file(self, work, server, closes=False):
        """Written once, however many runs need it."""
        parts = (type(work).__name__, str(work.keys_per_request), server.dialect.__name__, "closes" if closes else "")
        path = self.directory / ("-".join(parts) + ".requests")
        if not path.exists():
            request_file.write(path, work.requests(server.dialect, self.data), closes)
        return path

    def fill(self, server, work):
        """Each of its PUTs once. Every answer is checked."""
        file = self.request_file(work, server)
        demand = generator.Demand(FILL_CONNECTIONS, count=self.data.key_count)
        generator.run(self.processes, self.tools.generator, server, file, demand)

    def require_stored(self):
        for name in {"gateway", "nginx", "webdis"} & self.servers.keys():
            checks.require_stored(self.servers[name], self.data)


@contextlib.contextmanager
def processes_in_a_folder(tools, pins=False):
    with tempfile.TemporaryDirectory(prefix="cache-gateway-bench-") as directory:
        with Processes(Path(directory), tools.stop_signals, pins) as processes:
            yield processes


@contextlib.contextmanager
def stand(tools, conditions, peers, keys):
    # Two workers want both cores.
    with processes_in_a_folder(tools, tools.pins and conditions.workers == 1) as processes:
        data = DataSet.make(keys * conditions.keys, conditions.value_size, SEED)
        nodes = [servers.start_memcached(processes, name) for name in NODE_NAMES]
        gateway = servers.start_gateway(processes, tools.binary, nodes, conditions.replicas, conditions.workers)
        servers.wait_until_settled(gateway)
        made = Stand(processes, tools, data, {"gateway": gateway}, nodes)
        fill_gateway(made, conditions)
        start_peers(made, conditions, peers)
        made.require_stored()
        yield made
        made.require_stored()


def fill_gateway(stand, conditions):
    gateway = stand.servers["gateway"]
    stand.fill(gateway, Puts())
    checks.require_copies(gateway, stand.data, conditions.replicas)
    held, wanted = sum(map(servers.item_count, stand.nodes)), stand.data.key_count * conditions.replicas
    if held < wanted:
        raise checks.WrongAnswer(f"the nodes hold {held} items, not {wanted}")


def start_peers(stand, conditions, peers):
    """Each has a store of its own, with the same keys."""
    processes, workers = stand.processes, conditions.workers
    if "nginx" in peers:
        node = servers.start_memcached(processes, "nginx")
        add_filled(stand, servers.start_nginx(processes, node, conditions.value_size, workers))
    if "webdis" in peers:
        add_filled(stand, servers.start_webdis(processes, servers.start_redis(processes), workers))
    floor = (processes, stand.tools.floor, conditions.value_size,
             checks.answer_headers(stand.servers["gateway"], stand.data), workers)
    if "floor" in peers:
        stand.servers["floor"] = servers.start_floor(*floor)
    if "haproxy" in peers:
        behind = servers.start_floor(*floor, is_measured=False)
        stand.servers["haproxy"] = servers.start_haproxy(processes, behind, workers)


def add_filled(stand, server):
    stand.fill(server, Puts())
    stand.servers[server.name] = server
