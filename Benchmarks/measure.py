"""One run: a client asks one server for some seconds, and the server's CPU time is taken."""

import json
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import checks
import generator
from cpu_time import Meter
from requirements import command
from work import DeletedBefore

SCRIPT = Path(__file__).resolve().parent / "wrk" / "requests.lua"
# Beyond the run itself: reading the requests before it, closing connections after it.
WRK_SLACK_SECONDS = 30
# wrk ends with requests under way. They must be over before the next connection: webdis sends an answer whose client
# has gone to the next one on the same descriptor.
WORKED_OFF_SECONDS = 0.3
# Of the deleted keys so many are looked for.
ABSENT_SAMPLE = 20


class RunRejected(Exception):
    """Not every request of a run was answered well, so the run has no figure."""


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

    def as_json(self):
        return asdict(self)


def run_from(requests, keys_per_request, seconds, received, cpu, latency):
    keys = requests * keys_per_request
    return Run(
        keys_per_second=keys / seconds,
        cpu_microseconds_per_key=cpu.total / 1e3 / keys,
        user_microseconds_per_key=cpu.user / 1e3 / keys,
        system_microseconds_per_key=cpu.system / 1e3 / keys,
        requests=requests,
        bytes_per_answer=received / requests,
        latency_microseconds=latency)


def measure(stand, contender, seconds):
    if contender.work.is_done_once:
        return measure_once(stand, contender)
    return measure_with_wrk(stand, contender, seconds)


def measure_with_wrk(stand, contender, seconds):
    server, work = contender.server, contender.work
    file = stand.request_file(work, server, closes=not contender.keeps_alive)
    arguments = [command("wrk"), "-c", contender.connections, "-t", contender.wrk_threads, "-d", f"{seconds}s",
                 "-s", SCRIPT, f"http://127.0.0.1:{server.port}", "--", f"requests={file}"]
    if work.status:
        arguments.append(f"status={work.status}")
    meter = Meter(server.process.pid)
    wrk = stand.processes.start("wrk", arguments)
    output = wrk.wait_for_end(seconds + WRK_SLACK_SECONDS)
    cpu = meter.spent()
    time.sleep(WORKED_OFF_SECONDS)
    result = wrk_result(wrk, output)
    require_good_answers(contender, stand.data, result)
    return run_from(result["requests"], work.keys_per_request, result["microseconds"] / 1e6, result["bytes"], cpu,
                    result["latency_microseconds"])


def wrk_result(wrk, output):
    line = re.search(r"^result (.*)$", output, re.MULTILINE)
    if not line:
        raise wrk.failure("printed no result")
    return json.loads(line.group(1))


def require_good_answers(contender, data, result):
    if result["requests"] == 0:
        raise RunRejected(f"{contender}: no answers")
    errors = dict(result["errors"], other_statuses=result["other_statuses"])
    if contender.work.status:
        errors["status"] -= result["requests"]
    bad = {kind: count for kind, count in errors.items() if count}
    if bad:
        raise RunRejected(f"{contender}: wrk reports errors: {bad}")
    if result["bytes"] < result["requests"] * contender.work.least_bytes(data):
        raise RunRejected(f"{contender}: answers are shorter than the values")


def measure_once(stand, contender):
    """Deletes all keys that are there for it. wrk would go on, with keys that are not there any more."""
    server, work = contender.server, contender.work
    stand.fill(server, DeletedBefore())
    file = stand.request_file(work, server)
    demand = generator.Demand(contender.connections, count=stand.data.key_count)
    result, cpu = generator.run(
        stand.processes, stand.tools.generator, server, file, [server.dialect.DELETE_STATUS], demand)
    checks.require_absent(server, stand.data.keys(work.prefix)[:ABSENT_SAMPLE])
    return run_from(result["requests"], 1, result["seconds"], result["bytes"], cpu, result["latency_microseconds"])
