"""From runs to one Markdown table."""

from statistics import median

COLUMNS = ("Case", "Server", "Requests/s", "min–max", "CPU µs/request", "min–max",
           "CPU, gateway ÷ this", "Requests/s, gateway ÷ this")
ALIGNMENT = ("---", "---") + ("---:",) * 6


def throughputs(runs):
    return [run.requests_per_second for run in runs]


def cpu_times(runs):
    return [run.cpu_microseconds_per_request for run in runs]


def pairwise_ratio(figures, others):
    """The median over the rounds of a round's own ratio: what changes from round to round on the
    machine touches both figures of a pair."""
    return median(a / b for a, b in zip(figures, others, strict=True))


def whole(figure):
    return f"{figure:,.0f}"


def tenths(figure):
    return f"{figure:.1f}"


def spread(figures, write):
    return f"{write(min(figures))}–{write(max(figures))}"


def ratios(server, runs, gateway_runs):
    if server == "gateway":
        return ("", "")
    cpu = pairwise_ratio(cpu_times(gateway_runs), cpu_times(runs))
    throughput = pairwise_ratio(throughputs(gateway_runs), throughputs(runs))
    return (f"{cpu:.2f}", f"{throughput:.2f}")


def row(case, server, runs, gateway_runs):
    throughput, cpu = throughputs(runs), cpu_times(runs)
    return (case.title, server, whole(median(throughput)), spread(throughput, whole),
            tenths(median(cpu)), spread(cpu, tenths), *ratios(server, runs, gateway_runs))


def line(cells):
    return "| " + " | ".join(cells) + " |"


def markdown(results):
    """`results` maps each case to the runs of each of its servers, in the order of the rounds."""
    rows = [row(case, server, runs, by_server["gateway"])
            for case, by_server in results.items() for server, runs in by_server.items()]
    return "\n".join([line(COLUMNS), line(ALIGNMENT), *map(line, rows)]) + "\n"
