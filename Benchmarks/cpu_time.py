"""CPU time of a process, its children and all their threads, as the kernel's scheduler counted it."""

from pathlib import Path


def thread_ids(pid):
    return [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()]


def children(pid):
    """For nginx: the master does nothing, its worker does the work."""
    lists = (Path(f"/proc/{pid}/task/{thread}/children") for thread in thread_ids(pid))
    return [int(child) for each in lists for child in each.read_text().split()]


def process_tree(pid):
    return [pid] + [member for child in children(pid) for member in process_tree(child)]


def nanoseconds_by_thread(pid):
    """User and system time together: the first figure of schedstat, in nanoseconds."""
    return {
        (member, thread): int(Path(f"/proc/{member}/task/{thread}/schedstat").read_text().split()[0])
        for member in process_tree(pid)
        for thread in thread_ids(member)
    }


class Meter:
    """Nanoseconds spent since the meter was made."""

    def __init__(self, pid):
        self.pid = pid
        self.start = nanoseconds_by_thread(pid)

    def spent(self):
        now = nanoseconds_by_thread(self.pid)
        ended = self.start.keys() - now.keys()
        if ended:
            raise RuntimeError(f"a thread ended during the run, its CPU time is lost: {sorted(ended)}")
        return sum(now.values()) - sum(self.start.values())
