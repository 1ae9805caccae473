"""What the figures were taken on and with."""

import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

from requirements import command

# Somebody else's work on the machine shows up in every figure.
BUSY_LOAD = 0.5
# The load is a mean of about a minute: of what was compiled just before, nothing is left of it then.
CALM_SECONDS = 600
ROOT = Path(__file__).resolve().parent.parent


class Busy(Exception):
    """The machine has other work."""


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


# What the figures depend on.
SOURCES = ("Sources", "Benchmarks", "Package.swift", "Makefile")


def source_version():
    """The commit, and whether the sources were changed since."""
    def git(*words):
        done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()
    try:
        is_changed = git("status", "--porcelain", "--", *SOURCES)
        return git("rev-parse", "--short", "HEAD") + (" with changes" if is_changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def describe(load_before):
    return {
        "gateway": source_version(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "libmicrohttpd": version(r"(\S+)", command("pkg-config"), "--modversion", "libmicrohttpd"),
        "memcached": version(r"memcached (\S+)", command("memcached"), "-V"),
        "nginx": version(r"nginx/(\S+)", command("nginx"), "-v"),
        "webdis": package_version("webdis"),
        "redis": version(r"v=(\S+)", command("redis-server"), "--version"),
        "haproxy": version(r"version (\S+)", command("haproxy"), "-v"),
        "load_before": load_before,
    }


def load_before(must_be_idle):
    """What is published waits until the machine is idle."""
    deadline = time.monotonic() + CALM_SECONDS
    while (load := os.getloadavg()[0]) > BUSY_LOAD and must_be_idle:
        if time.monotonic() > deadline:
            raise Busy(f"the machine is busy (load {load:.1f}): nothing to publish")
        time.sleep(5)
    if load > BUSY_LOAD:
        print(f"warning: the machine is busy (load {load:.1f}): figures will be noisy", file=sys.stderr)
    return load
