"""CPU time of a process, its children and all their threads, as the kernel counted it."""

import os
from dataclasses import dataclass
from pathlib import Path

from processes import ProcessFailed

NANOSECONDS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class CPUTime:
    """In nanoseconds. The total is exact; user and system time come in ticks of, as a rule, 10 ms."""
    total: int
    user: int
    system: int

    def __add__(self, other):
        return CPUTime(self.total + other.total, self.user + other.user, self.system + other.system)

    def __sub__(self, other):
        return CPUTime(self.total - other.total, self.user - other.user, self.system - other.system)


def thread_ids(pid):
    return [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()]


def children(pid):
    """For nginx: the master does nothing, its worker does the work."""
    lists = (Path(f"/proc/{pid}/task/{thread}/children") for thread in thread_ids(pid))
    return [int(child) for each in lists for child in each.read_text().split()]


def process_tree(pid):
    return [pid] + [member for child in children(pid) for member in process_tree(child)]


def of_thread(process, thread):
    """The total is the first figure of schedstat. In stat, user and system time are fields 14 and 15;
    the name before the last parenthesis may hold anything."""
    folder = Path(f"/proc/{process}/task/{thread}")
    total = int((folder / "schedstat").read_text().split()[0])
    user, system = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    return CPUTime(total, int(user) * NANOSECONDS_PER_TICK, int(system) * NANOSECONDS_PER_TICK)


def by_thread(pid):
    return {(member, thread): of_thread(member, thread)
            for member in process_tree(pid) for thread in thread_ids(member)}


class Meter:
    """The CPU time spent since the meter was made."""

    def __init__(self, pid):
        self.pid = pid
        self.start = by_thread(pid)

    def spent(self):
        now = by_thread(self.pid)
        ended = self.start.keys() - now.keys()
        if ended:
            raise ProcessFailed(f"a thread ended during the run, its CPU time is lost: {sorted(ended)}")
        nothing = CPUTime(0, 0, 0)
        return sum(now.values(), nothing) - sum(self.start.values(), nothing)
