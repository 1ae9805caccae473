"""Installs the Debian packages a program needs, without starting any daemon they bring."""

import contextlib
import os
import subprocess

from .program import Failure

_POLICY = "/usr/sbin/policy-rc.d"


def require(*names):
    missing = [name for name in names if not _installed(name)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise Failure("not installed: " + " ".join(missing) + "; run: apt-get install " + " ".join(missing))
    with _no_daemons():
        _install(missing)


def apt_get(*arguments, directory=None):
    """Runs apt-get; when it fails, once more with fresh package lists (a new machine has none)."""
    command = ["apt-get", "-qq", *arguments]
    if _quiet(command, directory).returncode == 0:
        return
    _quiet(["apt-get", "-qq", "update"], None)
    second = _quiet(command, directory)
    if second.returncode != 0:
        raise Failure(f"{' '.join(command)}: {second.stdout.strip()[-500:]}")


def _install(names):
    apt_get("install", "--yes", "--no-install-recommends", *names)


def _installed(name):
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    return subprocess.run(query, capture_output=True, text=True).stdout == "installed"


def _quiet(command, directory):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    return subprocess.run(command, cwd=directory, env=environment, text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@contextlib.contextmanager
def _no_daemons():
    """101 is Debian's "action forbidden by policy"; a policy that is already there is left alone."""
    ours = not os.path.lexists(_POLICY)
    if ours:
        with open(_POLICY, "x") as policy:
            policy.write("#!/bin/sh\nexit 101\n")
        os.chmod(_POLICY, 0o755)
    try:
        yield
    finally:
        if ours:
            os.remove(_POLICY)
