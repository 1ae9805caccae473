"""Installs the Debian packages a program needs, without starting any daemon they bring."""

import os
import subprocess
from pathlib import Path

from .program import Failure

_INSTALL_PACKAGES = Path(__file__).resolve().parents[3] / "Scripts" / "install-packages"

# That of Scripts/install-packages: apt-get does not wait for another that fetches the lists.
_LOCK = "/run/cache-gateway-packages.lock"


def require(*names):
    if subprocess.run([str(_INSTALL_PACKAGES), *names]).returncode != 0:
        raise Failure("could not be installed: " + " ".join(names))


def apt_get(*arguments, directory=None):
    """Runs apt-get; when it fails, once more with fresh package lists (a new machine has none)."""
    command = ["apt-get", "-qq", *arguments]
    if _quiet(command, directory).returncode == 0:
        return
    _quiet(["flock", _LOCK, "apt-get", "-qq", "update"], None)
    second = _quiet(command, directory)
    if second.returncode != 0:
        raise Failure(f"{' '.join(command)}: {second.stdout.strip()[-500:]}")


def _quiet(command, directory):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    return subprocess.run(command, cwd=directory, env=environment, text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
