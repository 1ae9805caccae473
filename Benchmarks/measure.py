"""One run: the generator asks one server, and the server's CPU time is taken."""

import time
from dataclasses import asdict, dataclass

import checks
import generator
from cpu_time import Meter
from work import DeletedBefore

# Of the deleted keys so many are looked for.
ABSENT_SAMPLE = 20


@dataclass(frozen=True)
class Run:
    """Keys a second are requests a second, except in batches."""
    keys_per_second: float
    cpu_microseconds_per_key: float
    user_microseconds_per_key: float
    system_microseconds_per_key: float
    requests: int
    bytes_per_answer: float
    latency_microseconds: dict
    # Of a core: near 1, the client sets the limit.
    client_busy: float

    def as_json(self):
        return asdict(self)


def measure(stand, contender, seconds):
    """In a closed loop: each connection asks again as soon as it has its answer."""
    work = contender.work
    if work.is_done_once:
        stand.fill(contender.server, DeletedBefore())
        run = ask(stand, contender, count=stand.data.key_count)
        checks.require_absent(contender.server, stand.data.keys(work.prefix)[:ABSENT_SAMPLE])
        return run
    return ask(stand, contender, seconds=seconds)


def ask(stand, contender, **amount):
    file = stand.request_file(contender.work, contender.server, closes=not contender.keeps_alive)
    # A run goes on where the one before it ended: else no more keys would be asked for than fit into one run.
    demand = generator.Demand(
        contender.connections, reconnects=not contender.keeps_alive, first=stand.asked.get(file, 0), **amount)
    result, cpu = generator.run(stand.processes, stand.tools.generator, contender.server, file, demand)
    stand.asked[file] = demand.first + result["requests"]
    cpu += time_afterwards(contender)
    keys = result["requests"] * contender.work.keys_per_request
    return Run(
        keys_per_second=keys / result["seconds"],
        cpu_microseconds_per_key=cpu.total / 1e3 / keys,
        user_microseconds_per_key=cpu.user / 1e3 / keys,
        system_microseconds_per_key=cpu.system / 1e3 / keys,
        requests=result["requests"],
        bytes_per_answer=result["bytes"] / result["requests"],
        latency_microseconds=result["latency_microseconds"],
        client_busy=result["cpu_seconds"] / result["seconds"])


def time_afterwards(contender):
    """What a server does later on, out of the others' turns."""
    meter = Meter(contender.server.process.pid)
    time.sleep(contender.seconds_afterwards)
    return meter.spent()
