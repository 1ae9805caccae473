"""How fast a node that was killed and came back empty gets its keys again, against a bare copy of the same keys."""

import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import programs
import servers
from markdown import hundredths, table, tenths, whole, with_spread
from restore_clients import VALUE, Failed, reading
from restore_pool import REPLICAS, loaded_pool, tell
from rounds import Figures
from stand import NODE_NAMES

KEYS, QUICK_KEYS = 600_000, 20_000
# No limit: the measurement asks for the most.
NO_LIMIT = "100GiB"
# The clock, the mark and the lock of the gateways.
OWN_ITEMS = 3
LONGEST_COPY = 300.0


# The result


@dataclass(frozen=True)
class Round:
    gateway_keys_per_second: float
    floor_keys_per_second: float
    seconds_to_first_key: float
    reads: int


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
        yield "resident memory of the gateway, MiB, most", tenths(self.peak_memory_bytes / 2**20)

    def markdown(self):
        return (f"## Restore of a node\n\nOne of {len(NODE_NAMES)} nodes with {whole(self.keys_loaded)} keys of "
                f"{len(VALUE)} bytes, {REPLICAS} replicas, was killed and came back empty. The bare copy takes the "
                "same keys from it to another empty node. No read meanwhile was a miss.\n\n"
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
        first = pool.wait_for_items(OWN_ITEMS + 1, began, reader)
        seconds = pool.wait_for_items(pool.wanted, began, reader)
    pool.wait_until_restored()
    floor = bare_copy(pool, program)
    done = Round(pool.wanted / seconds, floor, first, reader.reads)
    tell(f"restore {number}: {done.gateway_keys_per_second:.0f} keys/s, bare copy {floor:.0f} keys/s, "
         f"first key after {first:.2f} s, {reader.reads} reads meanwhile")
    return done


def peak_memory(process):
    """In bytes, since the gateway's start."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


# The floor


def bare_copy(pool, program):
    """The second of two copies counts: like the node that was killed, its target gets memory that was just freed.
    Memory that nobody had for a while must first be fetched from a virtual machine's host, at three times the cost."""
    copy_once(pool, program)
    return copy_once(pool, program)


def copy_once(pool, program):
    """Copies the first node's keys to an empty node: keys in a second."""
    target = servers.start_memcached(pool.processes, f"target-{pool.restarts}", pool.megabytes)
    began = time.monotonic()
    stored = run_copy(program, pool.first_node, target, pool.names)
    seconds = time.monotonic() - began
    found = servers.item_count(target)
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
