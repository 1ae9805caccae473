"""Python packages for a program, in a virtual environment under .build/tools that is made on first use."""

import os
import pathlib
import subprocess
import sys

from . import packages
from .program import Failure

_TOOLS = pathlib.Path(__file__).resolve().parents[3] / ".build" / "tools"
_INSTALL_SECONDS = 300


def enter(name, requirements):
    """Goes on only within the environment: outside of it, runs this program again, in there."""
    folder = _TOOLS / name
    if pathlib.Path(sys.prefix).resolve() == folder.resolve():
        return
    try:
        _complete(folder, requirements)
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
    python = folder / "bin" / "python"
    os.execv(python, [str(python), *sys.argv])


def program(name):
    """A program that one of the packages brings."""
    return str(pathlib.Path(sys.prefix) / "bin" / name)


def _complete(folder, requirements):
    # Written last, so that an installation that was cut short is made again, and so is one for another
    # version of Python.
    done = folder / "installed"
    wanted = "\n".join([sys.version, *requirements])
    if done.exists() and done.read_text() == wanted:
        return
    packages.require("python3-venv")
    _run(sys.executable, "-m", "venv", "--clear", str(folder))
    _run(str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *requirements)
    done.write_text(wanted)


def _run(*command):
    try:
        finished = subprocess.run(command, text=True, timeout=_INSTALL_SECONDS,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(command)}: not done after {_INSTALL_SECONDS} s") from None
    if finished.returncode != 0:
        raise Failure(f"{' '.join(command)}: {finished.stdout.strip()[-1000:]}")
