"""One run: wrk asks one server for some seconds, and the server's CPU time is taken."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import data_set
from cpu_time import Meter
from requirements import command

SCRIPT = Path(__file__).resolve().parent / "wrk" / "keys.lua"
# Beyond the run itself: building the requests before it, closing connections after it.
WRK_SLACK_SECONDS = 30


class RunRejected(Exception):
    """Not every request of a run was answered well, so the run has no figure."""


@dataclass(frozen=True)
class Load:
    """How wrk asks."""
    connections: int
    threads: int
    data: data_set.DataSet
    values_file: Path


@dataclass(frozen=True)
class Run:
    requests_per_second: float
    cpu_microseconds_per_request: float
    requests: int
    bytes_per_answer: float
    latency_microseconds: dict

    def as_json(self):
        return asdict(self)


def wrk_arguments(case, server, load, seconds):
    data = load.data
    keys = min(case.key_count or data.key_count, data.key_count)
    return [command("wrk"), "-c", load.connections, "-t", load.threads, "-d", f"{seconds}s",
            "-s", SCRIPT, f"http://127.0.0.1:{server.port}", "--",
            f"keys={keys}", f"seed={data.seed}", f"writes-in-ten={case.writes_in_ten}",
            f"ttl={data_set.TTL_SECONDS}", f"value-size={data.value_size}",
            f"values={load.values_file}"]


def measure(processes, case, server, load, seconds):
    meter = Meter(server.process.pid)
    wrk = processes.start("wrk", wrk_arguments(case, server, load, seconds))
    output = wrk.wait_for_end(seconds + WRK_SLACK_SECONDS)
    spent = meter.spent()
    return run_from(case, server, load, wrk_result(wrk, output), spent)


def wrk_result(wrk, output):
    line = re.search(r"^result (.*)$", output, re.MULTILINE)
    if not line:
        raise wrk.failure("printed no result")
    return json.loads(line.group(1))


def run_from(case, server, load, result, cpu_nanoseconds):
    require_good_answers(case, server, load, result)
    requests = result["requests"]
    return Run(
        requests_per_second=requests / result["microseconds"] * 1e6,
        cpu_microseconds_per_request=cpu_nanoseconds / 1e3 / requests,
        requests=requests,
        bytes_per_answer=result["bytes"] / requests,
        latency_microseconds=result["latency_microseconds"])


def require_good_answers(case, server, load, result):
    what = f"{case.title}, {server.name}"
    bad = {kind: count for kind, count in result["errors"].items() if count}
    if bad:
        raise RunRejected(f"{what}: wrk reports errors: {bad}")
    if result["requests"] == 0:
        raise RunRejected(f"{what}: no answers")
    if case.writes_in_ten == 0 and result["bytes"] < result["requests"] * load.data.value_size:
        raise RunRejected(f"{what}: answers are shorter than the value")
