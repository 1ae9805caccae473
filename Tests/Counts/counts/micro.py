"""Small parts of the core by themselves: what one operation of the program micro-benchmarks costs."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from support import gateway, processes
from support.program import Failure

from .callgrind import Callgrind, read, without_source_lines

_NAME = "micro-benchmarks"
# Times of an operation in two runs, whose difference counts: starting the program cancels out, and so does what happens
# on first use. The program does an operation 16 or 100 times in a batch, and whole batches only: hence multiples of 400.
# Starting differs by about a hundred instructions, next to nothing when divided by the times between.
_FEW, _MANY = 400, 3_600
# With a seed of its own in each run, dictionaries would take some instructions more or less.
_SAME_HASHES = {"SWIFT_DETERMINISTIC_HASHING": "1"}
_ENVIRONMENT = Callgrind.environment | _SAME_HASHES


def count():
    """Instructions and allocations of each operation, once, by the operations' names."""
    program = _program()
    with tempfile.TemporaryDirectory(prefix="counts-") as directory:
        instructions = Instructions(program, directory)
        return {f"micro: {name}": {"instructions": instructions.of(name), "allocations": allocations}
                for name, _, allocations in printed(program)}


def _program():
    """It is built where the gateway is."""
    path = pathlib.Path(gateway.binary()).with_name(_NAME)
    if not os.access(path, os.X_OK):
        raise Failure(f"no {_NAME} at {path}: build it as the gateway beside it was built; `make test` and "
                      "`make microbench` do")
    return path


def printed(program):
    """Name, nanoseconds and allocations of each operation, as the program measures them.

    Allocations are exact: the program's own malloc counts them. callgrind would count libc's behind it once more.
    """
    run = subprocess.run([program], stdout=subprocess.PIPE, text=True, env=os.environ | _SAME_HASHES)
    if run.returncode != 0:
        raise Failure(f"{program} ended with {run.returncode}")
    for line in run.stdout.splitlines():
        name, nanoseconds, allocations = line.split("\t")
        yield name, float(nanoseconds), float(allocations)


class Instructions:
    def __init__(self, program, directory):
        self._directory = pathlib.Path(directory)
        self._program = without_source_lines(program, directory)

    def of(self, name):
        """Of the operation of that name, once. Both runs have one thread, and are the same at a time as one by one."""
        with contextlib.ExitStack() as stack:
            runs = [self._start(name, times, stack) for times in (_FEW, _MANY)]
            if any([run.wait() for run in runs]):
                raise Failure(f"callgrind did not count {name}: see its messages above")
        return (self._counted(_MANY) - self._counted(_FEW)) / (_MANY - _FEW)

    def _start(self, name, times, stack):
        run = processes.start(["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={self._out(times)}",
                               self._program, "--only", name, "--times", str(times)],
                              env=os.environ | _ENVIRONMENT, stdout=subprocess.DEVNULL)
        stack.callback(processes.stop, run)
        return run

    def _counted(self, times):
        return read(self._out(times))["instructions"]

    def _out(self, times):
        return self._directory / f"callgrind.{times}"
