"""The gateway and the nodes of a restore."""

import contextlib
import sys
import time

import servers
from cases import Conditions
from restore_clients import VALUE, Failed, load
from stand import NODE_NAMES, processes_in_a_folder

REPLICAS = Conditions().replicas
# What an item takes beside its value: its name, the record around it, memcached's header, and room in its slab class.
ITEM_OVERHEAD = 200
# A node's memory, beside what its keys take: nothing may be evicted.
MEMORY_RESERVE = 2
LEAST_MEGABYTES = 64
# As by default. The measurements of requests have a second, which would end a restore's waiting for a node as well.
FAILOVER_TTL = "10m"
LONGEST_RESTORE = 600.0
LONGEST_LISTING = 60.0
# A hundredth of a restore of the quick run.
LOOK_EVERY_SECONDS = 0.005


class Pool:
    """A gateway and its nodes, the first of which is killed again and again."""

    def __init__(self, processes, gateway, nodes, keys, megabytes):
        self.processes, self.gateway, self.nodes = processes, gateway, nodes
        self.keys, self.megabytes = keys, megabytes
        # Which keys a node has depends on their names alone: as many in every round.
        self.wanted = 0
        self.restarts = 0

    @property
    def first_node(self):
        return self.nodes[0]

    def empty(self):
        """Kills the first node and starts it empty: when it was there again."""
        node = self.first_node
        node.process.child.kill()
        node.process.child.wait()
        self.restarts += 1
        self.nodes[0] = servers.start_memcached(self.processes, f"a-{self.restarts}", self.megabytes, node.port)
        return time.monotonic()

    def wait_for_items(self, wanted, began, reader=None):
        """Until the first node holds so many, by its own word: how many seconds after `began`."""
        while (found := servers.item_count(self.first_node)) < wanted:
            self.gateway.process.require_running()
            if reader:
                reader.require_working()
            if time.monotonic() - began > LONGEST_RESTORE:
                raise Failed(f"after {LONGEST_RESTORE:.0f} s the node holds {found} of {wanted} items")
            time.sleep(LOOK_EVERY_SECONDS)
        return time.monotonic() - began

    def wait_until_restored(self):
        """The gateway looks a second time for keys, ten seconds after the node's return, and must be done with it."""
        servers.wait_until_settled(self.gateway)
        found = self.list_names()
        if found != self.wanted:
            raise Failed(f"the node got {found} of its {self.wanted} keys back")

    @property
    def names(self):
        """The file with the names of the first node's keys."""
        return self.processes.directory / "names"

    def require_loaded(self):
        """Every key must be on as many nodes as there are replicas."""
        found, wanted = sum(map(servers.item_count, self.nodes)), self.keys * REPLICAS
        if found < wanted:
            raise Failed(f"the nodes hold {found} items, not {wanted}")
        self.wanted = self.list_names()

    def list_names(self):
        """Writes the names of the first node's keys, in its own order: how many."""
        names = names_on(self.first_node)
        self.names.write_bytes(b"".join(names))
        return len(names)


@contextlib.contextmanager
def loaded_pool(tools, keys, restore_rate):
    megabytes = memory_for(keys)
    with processes_in_a_folder(tools) as processes:
        nodes = [servers.start_memcached(processes, name, megabytes) for name in NODE_NAMES]
        more = ("--restore-rate", restore_rate, "--failover-ttl", FAILOVER_TTL)
        gateway = servers.start_gateway(processes, tools.binary, nodes, REPLICAS, more=more)
        servers.wait_until_settled(gateway)
        pool = Pool(processes, gateway, nodes, keys, megabytes)
        tell(f"restore: {pool.keys} keys loaded in {load(pool):.0f} s")
        pool.require_loaded()
        yield pool


def memory_for(keys):
    """In MiB, for one node."""
    copies = keys * REPLICAS // len(NODE_NAMES)
    return max(LEAST_MEGABYTES, copies * (len(VALUE) + ITEM_OVERHEAD) * MEMORY_RESERVE >> 20)


def names_on(node):
    """A line for each key. Asks again while another listing is under way."""
    deadline = time.monotonic() + LONGEST_LISTING
    while (names := try_to_list(node)) is None:
        if time.monotonic() > deadline:
            raise Failed(f"{node.name} does not list its keys")
        time.sleep(0.2)
    return names


def try_to_list(node):
    names = []
    for line in servers.lines_of(node, b"lru_crawler metadump hash"):
        if line.startswith(b"END"):
            return names
        if line.startswith(b"key=key-"):
            names.append(line[4:line.index(b" ")] + b"\n")
    return None


def tell(line):
    print(line, file=sys.stderr, flush=True)
