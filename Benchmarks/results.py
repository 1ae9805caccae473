"""The results as a page to read and as data to compare."""

import json

import table
from servers import REPLICAS


def conditions(options, description):
    return (f"{options.value_size}-byte values; {REPLICAS} replicas at the gateway, one copy at "
            f"nginx; {options.connections} connections; rounds: {options.rounds} of "
            f"{options.seconds} s; {description['cores']} cores ({description['cpu']}).\n\n")


def as_json(results, options, description):
    runs = {case.name: {name: [run.as_json() for run in of_server]
                        for name, of_server in by_server.items()}
            for case, by_server in results.items()}
    everything = {"options": vars(options), "machine": description, "runs": runs}
    return json.dumps(everything, indent=2) + "\n"


def write(directory, results, options, description):
    """Writes both and gives the page."""
    page = conditions(options, description) + table.markdown(results)
    (directory / "results.md").write_text(page)
    (directory / "results.json").write_text(as_json(results, options, description))
    return page
