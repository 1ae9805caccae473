"""Instructions and allocations of one thread: the gateway under valgrind's callgrind."""

import pathlib
import re
import subprocess

from support.program import Failure

_ALLOCATORS = ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign")
_NAME = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")
# libc fills and copies large blocks by one instruction that valgrind counts once for every byte of the block.
_WITHOUT_REPEATED_INSTRUCTIONS = ":".join(
    f"glibc.cpu.x86_rep_{name}_threshold={1 << 30}" for name in ("stosb", "movsb"))


class Callgrind:
    packages = ("valgrind", "binutils")
    environment = {"GLIBC_TUNABLES": _WITHOUT_REPEATED_INSTRUCTIONS}

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self._dumps = 0

    def command(self, arguments):
        return ["valgrind", "--tool=callgrind", "--quiet", "--separate-threads=yes",
                f"--callgrind-out-file={self._out}", f"--vgdb-prefix={self._directory / 'vgdb'}",
                without_source_lines(arguments[0], self._directory), *arguments[1:]]

    @property
    def _out(self):
        return self._directory / "callgrind.out"

    def mark(self, pid):
        """What the thread that did most has done since the last mark, and the profile."""
        self._dumps += 1
        told = subprocess.run(["vgdb", f"--vgdb-prefix={self._directory / 'vgdb'}", f"--pid={pid}", "--max-invoke-ms=1", "dump"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        dumps = list(self._directory.glob(f"{self._out.name}.{self._dumps}-*"))
        if told.returncode != 0 or not dumps:
            raise Failure(f"callgrind does not dump: {told.stdout.strip()[-500:]}")
        counts, profile = max(((read(dump), dump) for dump in dumps), key=lambda read: read[0]["instructions"])
        for dump in dumps:
            if dump != profile:
                dump.unlink()
        return counts, profile


def without_source_lines(binary, directory):
    """A copy there, since their format is newer than Debian's valgrind. Functions have their names."""
    copy = pathlib.Path(directory) / pathlib.Path(binary).name
    subprocess.run(["strip", "--strip-debug", "-o", str(copy), str(binary)], check=True)
    return str(copy)


def read(profile):
    """In callgrind's format a function's name stands at its first mention only, later its number."""
    names, called, allocations, instructions = {}, None, 0, 0
    with profile.open() as lines:
        for line in lines:
            if line.startswith(("fn=", "cfn=")):
                number, name = _NAME.match(line).groups()
                names.setdefault(number, name)
                called = names[number] if line[0] == "c" else None
            elif line.startswith("calls=") and called in _ALLOCATORS:
                allocations += int(line[6:].split()[0])
            elif line.startswith("totals:"):
                instructions = int(line.split()[1])
    return {"instructions": instructions, "allocations": allocations}
