"""What the gateway is to reach, and whether it did."""

from dataclasses import dataclass
from typing import Callable

from markdown import hundredths, table, tenths, with_spread
from rounds import Figures, cpu, throughput

COLUMNS = ("Target", "Wanted", "Measured (min–max)", "Met")
AGAINST_WEBDIS = 1.3


@dataclass(frozen=True)
class Target:
    title: str
    at_least: float | None
    at_most: float | None
    measure: Callable
    unit: str = ""
    write: Callable = hundredths

    def is_met(self, figure):
        return figure >= self.at_least if self.at_least is not None else figure <= self.at_most

    def verdict(self, figures):
        if not self.is_met(figures.median):
            return "**no**"
        return "yes" if all(map(self.is_met, figures.each)) else "yes, not in each round"

    def wanted(self):
        if self.at_least is not None:
            return f"at least {self.at_least:g}{self.unit}"
        return f"at most {self.at_most:g}{self.unit}"


@dataclass(frozen=True)
class Measured:
    figures: Figures
    remark: str = ""


def keys_per_second(case, against):
    return ratio(case, against, throughput)


def cpu_per_key(case, against):
    return ratio(case, against, cpu)


def ratio(case, against, kind):
    def measure(results):
        runs = results.by_name(case)
        return runs and Measured(kind(runs["gateway"]).over(kind(runs[against])))
    return measure


def worst_against_webdis(results):
    """The lowest of all cases' ratios."""
    found = [(throughput(runs["gateway"]).over(throughput(runs["webdis"])), case.title)
             for case, runs in results.cases.items() if "webdis" in runs]
    if not found:
        return None
    figures, title = min(found, key=lambda pair: pair[0].median)
    below = sum(figures.median < AGAINST_WEBDIS for figures, _ in found)
    return Measured(figures, f"{title}, the lowest of {len(found)}; {below} are below")


def p99_at_half_load(results):
    ratio = results.latency and results.latency.half_load_p99_ratio()
    return ratio and Measured(ratio)


TARGETS = (
    Target("GET 100 B, 1 replica: throughput against nginx memc", 1.3, None, keys_per_second("get-1-replica", "nginx")),
    Target("GET 100 B, 2 replicas asked in parallel: throughput against nginx memc, which asks one", 1.2, None,
           keys_per_second("get", "nginx")),
    Target("the same: CPU per GET against nginx's", None, 0.9, cpu_per_key("get", "nginx")),
    Target("the same: CPU per GET against the libmicrohttpd floor", None, 1.6, cpu_per_key("get", "floor")),
    Target("PUT 100 B on 2 replicas, both acknowledged: throughput against nginx memc's single PUT", 1.2, None,
           keys_per_second("put", "nginx")),
    Target("GET 1 MiB, 1 replica, against nginx memc", 1.0, None, keys_per_second("get-1m-1-replica", "nginx")),
    Target("PUT 1 MiB, 1 replica, against nginx memc", 1.0, None, keys_per_second("put-1m-1-replica", "nginx")),
    Target("GET 100 KiB, 2 replicas, against nginx memc, which asks one", 0.9, None,
           keys_per_second("get-100k", "nginx")),
    Target("every row against webdis: throughput", AGAINST_WEBDIS, None, worst_against_webdis),
    Target("batch of 100 GETs: keys a second against single GETs", 8, None,
           keys_per_second("batch-100", "gateway, single GETs")),
    Target("p99 at half load, 2 replicas, against nginx memc at the same rate", None, 1.0,
           p99_at_half_load),
    Target("resident memory per idle connection", None, 12, unit=" KiB", write=tenths,
           measure=lambda results: results.memory and Measured(results.memory.kib_per_idle_connection)),
    Target("start to first answered request, nodes already up", None, 100, unit=" ms", write=tenths,
           measure=lambda results: results.start and Measured(results.start)),
)


def row(target, measured):
    if not measured:
        return (target.title, target.wanted(), "not measured", "")
    text = with_spread(measured.figures, target.write) + target.unit
    if measured.remark:
        text += f": {measured.remark}"
    return (target.title, target.wanted(), text, target.verdict(measured.figures))


def markdown(results):
    return table(COLUMNS, [row(target, target.measure(results)) for target in TARGETS], left=4)
