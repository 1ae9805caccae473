"""Latency at rates that both servers can serve, in an open loop."""

import sys
from dataclasses import asdict, dataclass
from statistics import median

import generator
from cases import GET, Conditions
from markdown import table, whole, with_spread, hundredths
from processes import ProcessFailed
from rounds import Figures
from stand import stand

CONTENDERS = ("gateway", "nginx")
SHARES = (("half", 0.5), ("three quarters", 0.75))
HALF = SHARES[0][0]
CONNECTIONS = 64
# Latencies of the first requests tell of cold caches.
WARM_UP_SECONDS = 0.5
PERCENTILES = ("p50", "p99", "p99.9")
COLUMNS = ("Load", "Requests/s", "Server", "p50 µs", "p99 µs", "p99.9 µs", "p99, gateway ÷ this")


@dataclass(frozen=True)
class Load:
    """One rate, and what each server's latencies were at it, in the order of the rounds."""
    share: str
    rate: float
    runs: dict  # None for one in which the server did not keep up

    def keeps_up(self, name):
        return None not in self.runs[name]

    def percentile(self, name, which):
        return Figures(tuple(run["latency_microseconds"][which] for run in self.runs[name]))

    def written(self, name, which):
        return with_spread(self.percentile(name, which), whole) if self.keeps_up(name) else "does not keep up"

    def p99_ratio(self, name):
        """None where one of the two did not keep up in a round."""
        if self.keeps_up("gateway") and self.keeps_up(name):
            return self.percentile("gateway", "p99").over(self.percentile(name, "p99"))
        return None


@dataclass(frozen=True)
class Latency:
    peaks: dict
    loads: list

    def half_load_p99_ratio(self):
        return next(load for load in self.loads if load.share == HALF).p99_ratio("nginx")

    def rows(self):
        for load in self.loads:
            for name in CONTENDERS:
                figures = [load.written(name, which) for which in PERCENTILES]
                ratio = load.p99_ratio(name) if name != "gateway" else None
                yield (load.share, whole(load.rate), name, *figures, with_spread(ratio, hundredths) if ratio else "")

    def markdown(self):
        peaks = ", ".join(f"{name} {whole(peak)}" for name, peak in self.peaks.items())
        return ("## Latency of GET at fixed rates\n\nBoth servers get requests at the same rate, a share of the lower "
                f"peak ({peaks} requests/s with {CONNECTIONS} connections). Latency counts from when a request was "
                "due.\n\n" + table(COLUMNS, self.rows(), left=3))

    def as_json(self):
        return asdict(self)


def measure(tools, options):
    with stand(tools, Conditions(), set(CONTENDERS), options.keys) as made:
        peaks = measure_peaks(made, options)
        loads = [at_share(made, share, fraction * min(peaks.values()), options) for share, fraction in SHARES]
        return Latency(peaks, loads)


def measure_peaks(stand, options):
    """The median of some turns, after one that is not counted."""
    turns = [{name: peak(stand, name, options.seconds) for name in CONTENDERS} for _ in range(1 + options.rounds)]
    return {name: median(turn[name] for turn in turns[1:]) for name in CONTENDERS}


def peak(stand, name, seconds):
    result, _ = run(stand, name, generator.Demand(CONNECTIONS, seconds=seconds))
    return result["requests"] / result["seconds"]


def at_share(stand, share, rate, options):
    runs = {name: [] for name in CONTENDERS}
    demand = generator.Demand(
        CONNECTIONS, rate=rate, seconds=options.seconds + WARM_UP_SECONDS, warm_up=WARM_UP_SECONDS)
    for round_number in range(1, options.rounds + 1):
        for name in CONTENDERS:
            result = at_rate(stand, name, demand)
            runs[name].append(result)
            print(f"latency at {share} load {round_number} {name}: "
                  f"{result and result['latency_microseconds']}", file=sys.stderr, flush=True)
    return Load(share, rate, runs)


def at_rate(stand, name, demand):
    """None if the server did not keep up."""
    try:
        result, cpu = run(stand, name, demand)
    except ProcessFailed as failure:
        if "does not keep up" not in str(failure):
            raise
        return None
    return {**result, "cpu_microseconds_per_request": cpu.total / 1e3 / result["requests"]}


def run(stand, name, demand):
    server = stand.servers[name]
    return generator.run(stand.processes, stand.tools.generator, server, stand.request_file(GET, server), demand)
