"""The cases, each asked of its contenders in turns."""

import sys
from dataclasses import dataclass

import checks
from cases import GET
from measure import measure
from stand import stand
from work import Batches, Work

WARM_UP_SECONDS = 1


@dataclass(frozen=True)
class Contender:
    """A server with what it is asked for, and how."""
    name: str
    server: object
    work: Work
    connections: int
    keeps_alive: bool
    seconds_afterwards: float = 0


def measure_all(tools, options, cases):
    """Yields each case with the runs of each contender, in the order of the rounds. Cases with the same conditions
    share the servers."""
    for conditions in dict.fromkeys(case.conditions for case in cases):
        together = [case for case in cases if case.conditions == conditions]
        peers = {peer for case in together for peer in case.peers}
        with stand(tools, conditions, peers, options.keys) as made:
            for case in together:
                yield case, measure_case(made, case, options)


def contenders(stand, case):
    def contender(name, server, work):
        afterwards = case.seconds_afterwards if name == "gateway" else 0
        return Contender(name, server, work, case.connections, case.keeps_alive, afterwards)
    made = [contender(name, stand.servers[name], case.work) for name in ("gateway", *case.peers)]
    if case.against_single_gets:
        made.append(contender("gateway, single GETs", stand.servers["gateway"], GET))
    return made


def measure_case(stand, case, options):
    """They take turns, A B C B C A: what changes on the machine meets all of them."""
    all_of_it = contenders(stand, case)
    for contender in all_of_it:
        if isinstance(case.work, Batches):
            checks.require_batch(contender.server, stand.data, case.work.keys_per_request)
        if not options.quick:
            measure(stand, contender, WARM_UP_SECONDS)
    runs = {contender.name: [] for contender in all_of_it}
    for round_number in range(1, options.rounds + 1):
        for contender in rotated(all_of_it, round_number):
            run = measure(stand, contender, options.seconds)
            runs[contender.name].append(run)
            report_progress(case, contender, round_number, run)
    return runs


def rotated(contenders, round_number):
    """Another one begins each round: nobody always comes after the same."""
    first = (round_number - 1) % len(contenders)
    return contenders[first:] + contenders[:first]


def report_progress(case, contender, round_number, run):
    print(f"{case.name} {round_number} {contender.name}: {run.keys_per_second:,.0f} keys/s, "
          f"{run.cpu_microseconds_per_key:.1f} µs CPU", file=sys.stderr, flush=True)
