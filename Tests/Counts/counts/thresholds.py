"""What a request or an operation may cost, in a file that is kept with the code."""

import json
import pathlib

FILE = pathlib.Path(__file__).resolve().parent.parent / "thresholds.json"
# Above what was measured when the thresholds were set. Runs of the same program differ by less than one per cent in
# instructions, by a fifth of a system call (how replies fall into turns of the loop) and hardly in allocations; another
# build of a library may add a little. A request that allocates once more, or enters the kernel once more, shows. Operations
# by themselves come to the same counts in every run; the margins leave them what another build of a library adds.
_MARGINS = {
    "instructions": lambda threshold: 0.05 * threshold,
    "allocations": lambda threshold: 0.5,
    "system calls": lambda threshold: 0.4,
}


def limit(name, threshold):
    return threshold + _MARGINS[name](threshold)


def risen(measured, allowed):
    """The (operation, count) pairs that are above their limit, or have no threshold."""
    return {(operation, name) for operation, counts in measured.items() for name, value in counts.items()
            if not _holds(name, value, allowed.get(operation, {}).get(name))}


def gone(measured, allowed):
    """The (operation, count) pairs that have a threshold and are not measured: nothing would find them risen."""
    return [(operation, name) for operation, counts in allowed.items() for name in counts
            if name not in measured.get(operation, {})]


def _holds(name, value, threshold):
    return threshold is not None and value <= limit(name, threshold)


def read(path):
    return json.loads(pathlib.Path(path).read_text())


def write(path, measured):
    rounded = {operation: {name: round(value, 2) for name, value in counts.items()}
               for operation, counts in measured.items()}
    pathlib.Path(path).write_text(json.dumps(rounded, indent=2) + "\n")
