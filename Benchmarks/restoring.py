"""How fast a node that was killed and came back empty gets its keys again, against a bare copy of the same keys."""

import contextlib
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import programs
import servers
from cases import Conditions
from markdown import hundredths, table, tenths, whole, with_spread
from processes import connects, free_port, unprivileged_user
from requirements import command
from restore_clients import VALUE, Failed, connect, load, reading
from rounds import Figures
from stand import NODE_NAMES, processes_in_a_folder

REPLICAS = Conditions().replicas
KEYS, QUICK_KEYS = 600_000, 20_000
# What an item takes beside its value: its name, the record around it, memcached's header, and room in its slab class.
ITEM_OVERHEAD = 200
# A node's memory, beside what its keys take: nothing may be evicted.
MEMORY_RESERVE = 2
LEAST_MEGABYTES = 64
# No limit: the measurement asks for the most.
NO_LIMIT = "100GiB"
# As by default. The measurements of requests have a second, which would end a restore's waiting for a node as well.
FAILOVER_TTL = "10m"
# The clock, the mark and the lock of the gateways.
OWN_ITEMS = 3
LONGEST_RESTORE = 600.0
LONGEST_LISTING = 60.0
LONGEST_COPY = 300.0
# A hundredth of a restore of the quick run.
LOOK_EVERY_SECONDS = 0.005


# The result


@dataclass(frozen=True)
class Round:
    gateway_keys_per_second: float
    floor_keys_per_second: float
    seconds_to_first_key: float
    reads: int
    misses: int


@dataclass(frozen=True)
class Restored:
    keys_loaded: int
    keys: int
    rounds: tuple
    peak_memory_bytes: int

    def figures(self, name):
        return Figures(tuple(getattr(one, name) for one in self.rounds))

    @property
    def ratio(self):
        return self.figures("gateway_keys_per_second").over(self.figures("floor_keys_per_second"))

    def rows(self):
        yield "gateway, keys/s", with_spread(self.figures("gateway_keys_per_second"), whole)
        yield "bare copy in C, keys/s", with_spread(self.figures("floor_keys_per_second"), whole)
        yield "gateway ÷ bare copy", with_spread(self.ratio, hundredths)
        yield "first key back after, s", with_spread(self.figures("seconds_to_first_key"), hundredths)
        yield "reads meanwhile", with_spread(self.figures("reads"), whole)
        yield "misses among them, all rounds", whole(sum(self.figures("misses").each))
        yield "resident memory of the gateway, MiB, most", tenths(self.peak_memory_bytes / 2**20)

    def markdown(self):
        return (f"## Restore of a node\n\nOne of {len(NODE_NAMES)} nodes with {whole(self.keys_loaded)} keys of "
                f"{len(VALUE)} bytes, {REPLICAS} replicas, was killed and came back empty. The bare copy takes the "
                "same keys from it to another empty node.\n\n"
                + table((f"{whole(self.keys)} keys brought back, rounds: {len(self.rounds)}", "Median (least–most)"),
                        self.rows()))

    def as_json(self):
        return asdict(self)


# The measurement


def measure(tools, options):
    return measure_restores(tools, QUICK_KEYS if options.quick else KEYS, options.rounds)


def measure_restores(tools, keys, rounds, restore_rate=NO_LIMIT):
    with loaded_pool(tools, keys, restore_rate) as pool:
        program = programs.build(pool.processes.directory, "copy", [programs.HERE / "floor" / "copy.c"], [])
        done = tuple(measure_round(pool, program, number) for number in range(1, rounds + 1))
        return Restored(keys, pool.wanted, done, peak_memory(pool.gateway.process))


def measure_round(pool, program, number):
    """First the gateway, then the floor."""
    with reading(pool) as reader:
        began = pool.empty()
        first = pool.wait_for_items(OWN_ITEMS + 1, began)
        seconds = pool.wait_for_items(pool.wanted, began)
    pool.wait_until_restored()
    floor = bare_copy(pool, program)
    done = Round(pool.wanted / seconds, floor, first, reader.reads, reader.misses)
    tell(f"restore {number}: {done.gateway_keys_per_second:.0f} keys/s, bare copy {floor:.0f} keys/s, "
         f"first key after {first:.2f} s, {reader.reads} reads meanwhile")
    return done


def tell(line):
    print(line, file=sys.stderr, flush=True)


def peak_memory(process):
    """In bytes, since the gateway's start."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


# The pool


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
        self.nodes[0] = start_memcached(self.processes, f"a-{self.restarts}", self.megabytes, node.port)
        return time.monotonic()

    def wait_for_items(self, wanted, began):
        """Until the first node holds so many, by its own word: how many seconds after `began`."""
        while (found := item_count(self.first_node)) < wanted:
            self.gateway.process.require_running()
            if time.monotonic() - began > LONGEST_RESTORE:
                raise Failed(f"after {LONGEST_RESTORE:.0f} s the node holds {found} of {wanted} items")
            time.sleep(LOOK_EVERY_SECONDS)
        return time.monotonic() - began

    def wait_until_restored(self):
        """The gateway looks a second time for keys, ten seconds after the node's return, and must be done with it."""
        servers.wait_until_settled(self.gateway)
        found = list_names(self.first_node, self.names)
        if found != self.wanted:
            raise Failed(f"the node got {found} of its {self.wanted} keys back")

    @property
    def names(self):
        """The file with the names of the first node's keys."""
        return self.processes.directory / "names"

    def require_loaded(self):
        """Every key must be on as many nodes as there are replicas."""
        found, wanted = sum(map(item_count, self.nodes)), self.keys * REPLICAS
        if found < wanted:
            raise Failed(f"the nodes hold {found} items, not {wanted}")
        self.wanted = list_names(self.first_node, self.names)


@contextlib.contextmanager
def loaded_pool(tools, keys, restore_rate):
    megabytes = memory_for(keys)
    with processes_in_a_folder(tools) as processes:
        nodes = [start_memcached(processes, name, megabytes) for name in NODE_NAMES]
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


def start_memcached(processes, name, megabytes, port=None):
    """With the options of all other measurements, but with memory for as many keys as there are."""
    port = port or free_port()
    arguments = [command("memcached"), "-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1", "-m", megabytes,
                 "-I", servers.MEMCACHED_ITEM_LIMIT, "-R", servers.MEMCACHED_COMMANDS_AT_A_TIME]
    if unprivileged_user():
        arguments += ["-u", unprivileged_user()]
    process = processes.start(f"memcached-{name}", arguments)
    # Looked for often: a restore may begin as soon as the node is there, and its time is to begin then.
    process.wait_until(lambda: connects(port) or None, interval=0.001)
    return servers.Server(name, port, process)


# Asking a node


@contextlib.contextmanager
def lines_of(node, request):
    """The lines with which a node answers."""
    try:
        with connect(node) as connection, connection.makefile("rb") as stream:
            connection.sendall(request + b"\r\n")
            yield stream
    except OSError as failure:
        raise Failed(f"{node.name} does not answer {request.decode()}: {failure}") from failure


def item_count(node):
    with lines_of(node, b"stats") as lines:
        for line in lines:
            if line.startswith(b"STAT curr_items "):
                return int(line.split()[2])
    raise Failed(f"{node.name} does not tell how many items it holds")


def list_names(node, path):
    """Writes the names of the node's keys, in its own order: how many. Again while another listing is under way."""
    deadline = time.monotonic() + LONGEST_LISTING
    while (count := try_to_list_names(node, path)) is None:
        if time.monotonic() > deadline:
            raise Failed(f"{node.name} does not list its keys")
        time.sleep(0.2)
    return count


def try_to_list_names(node, path):
    count = 0
    with lines_of(node, b"lru_crawler metadump hash") as lines, path.open("wb") as names:
        for line in lines:
            if line.startswith(b"END"):
                return count
            if line.startswith(b"key=key-"):
                names.write(line[4:line.index(b" ")] + b"\n")
                count += 1
    return None


# The floor


def bare_copy(pool, program):
    """The second of two copies counts: like the node that was killed, its target gets memory that was just freed.
    Memory that nobody had for a while must first be fetched from a virtual machine's host, at three times the cost."""
    copy_once(pool, program)
    return copy_once(pool, program)


def copy_once(pool, program):
    """Copies the first node's keys to an empty node: keys in a second."""
    target = start_memcached(pool.processes, f"target-{pool.restarts}", pool.megabytes)
    began = time.monotonic()
    stored = run_copy(program, pool.first_node, target, pool.names)
    seconds = time.monotonic() - began
    found = item_count(target)
    target.process.stop()
    if not stored == found == pool.wanted:
        raise Failed(f"the bare copy stored {stored} of {pool.wanted} keys, and its target holds {found}")
    return stored / seconds


def run_copy(program, source, target, names):
    call = [program, str(source.port), str(target.port)]
    try:
        with names.open("rb") as stream:
            done = subprocess.run(call, stdin=stream, capture_output=True, text=True, timeout=LONGEST_COPY)
    except subprocess.TimeoutExpired:
        raise Failed(f"the bare copy still runs after {LONGEST_COPY:.0f} s") from None
    if done.returncode != 0:
        raise Failed(f"the bare copy ended with status {done.returncode}: {done.stderr.strip()}")
    return int(done.stdout)
