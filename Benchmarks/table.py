"""From the runs of the cases to one table."""

from statistics import median

from markdown import brief, hundredths, spread, table, whole, with_spread
from rounds import cpu, throughput

COLUMNS = ("Case", "Server", "Keys/s", "min–max", "CPU µs/key", "min–max",
           "Keys/s, gateway ÷ this", "CPU, gateway ÷ this")

# Of a core, the load generator's.
BUSY_CLIENT = 0.9
REMARK = (f"† The load generator, which is one thread, was busy for more than {BUSY_CLIENT:.0%} of the time: it, and not "
          "the server, may have set the limit.\n")


def ratios(name, runs, of_gateway):
    if name == "gateway":
        return ("", "")
    return (with_spread(throughput(of_gateway).over(throughput(runs)), hundredths),
            with_spread(cpu(of_gateway).over(cpu(runs)), hundredths))


def row(case, name, runs, of_gateway):
    keys, time = throughput(runs), cpu(runs)
    mark = " †" if median(run.client_busy for run in runs) > BUSY_CLIENT else ""
    return (case.title if name == "gateway" else "", name, whole(keys.median) + mark, spread(keys, whole),
            brief(time.median), spread(time, brief), *ratios(name, runs, of_gateway))


def of_cases(measured):
    """`measured` maps each case to the runs of each of its contenders, in the order of the rounds."""
    rows = [row(case, name, runs, by_name["gateway"])
            for case, by_name in measured.items() for name, runs in by_name.items()]
    text = table(COLUMNS, rows, left=2)
    return text + ("\n" + REMARK if "†" in text else "")
