"""What every fault promises: no 5xx, no broken connection, no wrong, stale or resurrected value."""

import collections

from .load import server_errors, unexpected
from .report import milliseconds


def judge_load(report, name, *runs):
    """One verdict over several runs of wrk."""
    statuses = sum((collections.Counter(run["statuses"]) for run in runs), collections.Counter())
    report.figure(f"{name}: answers in {sum(run['seconds'] for run in runs):.1f} s", dict(statuses))
    report.figure(f"{name}: misses", _sum(runs, "misses"))
    report.zero(f"{name}: answers of 5xx", sum(map(server_errors, runs)))
    report.zero(f"{name}: answers neither success nor miss", sum(map(unexpected, runs)))
    report.zero(f"{name}: socket errors and timeouts", _sum(runs, "socket errors") + _sum(runs, "timeouts"))
    report.zero(f"{name}: wrong or damaged values", _sum(runs, "wrong"))
    report.zero(f"{name}: stale values", _sum(runs, "stale"))
    report.zero(f"{name}: values falling for one reader", _sum(runs, "falling"))
    for run in runs:
        if run["example"]:
            report.figure(f"{name}: first bad answer", run["example"])


def _sum(runs, name):
    return sum(run[name] for run in runs)


def judge_own_writes(report, counts):
    report.figure("own writes: puts, deletes, gets", f"{counts['puts']}, {counts['deletes']}, {counts['gets']}")
    report.figure("own writes: puts with fewer copies than wanted", counts["fewer copies"])
    report.figure("own writes: misses of a value with fewer copies", counts["misses of a value with fewer copies"])
    report.zero("own writes: answers of 5xx", counts["5xx"])
    report.zero("own writes: requests without an answer", counts["unanswered"])
    report.zero("own writes: wrong values", counts["wrong"])
    report.zero("own writes: stale values", counts["stale"])
    report.zero("own writes: resurrected deletes", counts["resurrected"])
    # One of the two nodes that hold each key lives all the time.
    report.zero("own writes: misses of a value that has all its copies", counts["misses"])


def judge_gap(report, result, fault_began):
    counts, gaps = result
    report.figure("longest gap without a success, before the fault", _longest(gaps, fault_began, before=True))
    report.figure("longest gap without a success, from the fault on", _longest(gaps, fault_began, before=False))
    report.figure("one slow reader", counts)
    report.zero("one slow reader: 5xx, unanswered or other", counts["5xx"] + counts["unanswered"] + counts["other"])
    report.zero("one slow reader: wrong values", counts["wrong"])


def _longest(gaps, fault_began, before):
    gap, ended = max(((gap, ended) for gap, ended in gaps if (ended < fault_began) == before), default=(0, None))
    return f"{milliseconds(gap)}, ended at {ended - fault_began:+.2f} s" if gap else "under 10 ms"


def judge_key_set(report, key_set):
    right, first_other = key_set.verify()
    report.check(f"afterwards every key {key_set.prefix}/… has its last value",
                 right == len(key_set.keys), f"{right} of {len(key_set.keys)} {first_other}")
