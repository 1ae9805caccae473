"""Where the instructions of a request go, for people."""

import pathlib
import subprocess

from .counting import WINDOW_ROUNDS
from .workload import ROUND

_LINES = 150
_TABLES = (
    ("instructions of its own", ["--inclusive=no"]),
    ("instructions with all that it calls", ["--inclusive=yes"]),
    ("who calls what (callers above, marked <; x: how often)", ["--inclusive=yes", "--tree=caller"]),
)


def write(directory, counted):
    """A file for each operation."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for operation, figures in counted.items():
        text = f"{operation}: {WINDOW_ROUNDS * ROUND} requests\n"
        for title, options in _TABLES:
            lines = 20 * _LINES if "--tree=caller" in options else _LINES
            text += f"\n{title}\n" + _functions(figures.accounts["instructions"], options, lines)
        (directory / f"{operation.lower().replace(' ', '-')}.txt").write_text(_demangled(text))


def _functions(profile, options, lines):
    report = subprocess.run(["callgrind_annotate", "--auto=no", "--threshold=100", *options, str(profile)],
                            capture_output=True, text=True, check=True).stdout
    _, _, table = report.partition("file:function\n")
    return "\n".join(table.splitlines()[1:lines]) + "\n"


def _demangled(text):
    return subprocess.run(["swift", "demangle", "--simplified"], input=text, capture_output=True, text=True,
                          check=True).stdout
