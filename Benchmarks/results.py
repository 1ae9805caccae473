"""The results as a page to read and as data to compare."""

import json
from dataclasses import dataclass, field

import plot
import table
import targets
from data_set import LEAST_KEYS, MOST_TOTAL_BYTES


@dataclass
class Results:
    """What has been measured so far."""
    cases: dict = field(default_factory=dict)
    latency: object = None
    memory: object = None
    start: object = None
    restore: object = None

    def by_name(self, case_name):
        """The runs of each contender of that case; None if it was not measured."""
        return next((runs for case, runs in self.cases.items() if case.name == case_name), None)


def conditions(options, description):
    pinned = "; the measured server alone on one core, in cases with one worker" if options.pin else ""
    return (f"Unless the case says otherwise: values of 100 bytes, {options.keys:,} keys (of longer values "
            f"{MOST_TOTAL_BYTES >> 20} MiB in all, but {LEAST_KEYS} keys at least), 2 replicas at the gateway and one "
            f"copy at its peers, 64 connections that stay open, one worker everywhere. Rounds: {options.rounds} of "
            f"{options.seconds} s; {description['cores']} cores ({description['cpu']}) for the clients, the servers "
            f"and their nodes{pinned}.\n")


def page(results, options, description):
    parts = [conditions(options, description)]
    if results.cases:
        parts.append(table.of_cases(results.cases))
    parts += [section.markdown() for section in (results.latency, results.memory, results.restore) if section]
    parts.append("## Targets\n\n" + targets.markdown(results))
    return "\n".join(parts)


def as_json(results, options, description):
    runs = {case.name: {name: [run.as_json() for run in of_contender] for name, of_contender in by_name.items()}
            for case, by_name in results.cases.items()}
    everything = {"options": vars(options), "machine": description, "runs": runs,
                  "latency": results.latency and results.latency.as_json(),
                  "memory": results.memory and results.memory.as_json(),
                  "start_milliseconds": results.start and results.start.each,
                  "restore": results.restore and results.restore.as_json()}
    return json.dumps(everything, indent=2) + "\n"


def write(directory, results, options, description):
    """Writes both and gives the page."""
    text = page(results, options, description)
    (directory / "results.md").write_text(text)
    drawing = directory / "results.svg"
    if results.cases:
        drawing.write_text(plot.svg(results))
    else:
        drawing.unlink(missing_ok=True)
    (directory / "results.json").write_text(as_json(results, options, description))
    return text
