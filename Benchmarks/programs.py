"""The programs in C, compiled for this measurement."""

import subprocess
from pathlib import Path

from requirements import Missing, command

HERE = Path(__file__).resolve().parent


def library_flags(library):
    return subprocess.run([command("pkg-config"), "--cflags", "--libs", library],
                          capture_output=True, text=True, check=True).stdout.split()


def build(directory, name, sources, flags):
    program = directory / name
    call = [command("gcc"), "-O2", "-Wall", "-Wextra", "-o", program, *sources]
    if subprocess.run([*call, *flags]).returncode != 0:
        raise Missing(f"{name} does not compile")
    return program


def floor(directory):
    return build(directory, "floor", [HERE / "floor" / "floor.c"], library_flags("libmicrohttpd"))


def generator(directory):
    return build(directory, "generator", sorted((HERE / "generator").glob("*.c")), ["-lm"])
