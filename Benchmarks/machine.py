"""What the figures were taken on and with."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from requirements import command

# Somebody else's work on the machine shows up in every figure.
BUSY_LOAD = 0.5


def output(*call):
    done = subprocess.run(call, capture_output=True, text=True)
    return done.stdout + done.stderr


def version(pattern, *call):
    found = re.search(pattern, output(*call))
    return found.group(1) if found else "unknown"


def package_version(name):
    """For programs that do not tell theirs."""
    return output("dpkg-query", "--show", "--showformat=${Version}", name) or "unknown"


def cpu_model():
    found = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def describe():
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "libmicrohttpd": version(r"(\S+)", command("pkg-config"), "--modversion", "libmicrohttpd"),
        "memcached": version(r"memcached (\S+)", command("memcached"), "-V"),
        "nginx": version(r"nginx/(\S+)", command("nginx"), "-v"),
        "webdis": package_version("webdis"),
        "redis": version(r"v=(\S+)", command("redis-server"), "--version"),
        "haproxy": version(r"version (\S+)", command("haproxy"), "-v"),
        "load_before": os.getloadavg()[0],
    }


def warn_if_busy():
    load = os.getloadavg()[0]
    if load > BUSY_LOAD:
        print(f"warning: the machine is busy (load {load:.1f}): figures will be noisy", file=sys.stderr)
