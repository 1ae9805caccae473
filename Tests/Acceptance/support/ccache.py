"""Compiles translation units through ccache with the gateway as its only storage."""

import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import tempfile
import threading
import time


class Pass:
    """One build of all units with a ccache that starts with nothing on this machine."""

    def __init__(self, project, gateway, units):
        self._project = project
        self._units = units
        self._gateway = gateway
        self._lock = threading.Lock()
        self._done = 0
        self.failed = []
        self.objects = {}
        self.seconds = 0
        self.statistics = {}

    def run(self, after_a_third=lambda: None):
        """Builds on all cores; `after_a_third` is called once, when a third of the units is compiled."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="cache-gateway-build-") as directory:
            environment = self._environment(pathlib.Path(directory))
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
                list(threads.map(
                    lambda unit: self._compile(unit, directory, environment, after_a_third), self._units))
            self.statistics = _statistics(environment)
        self.seconds = time.monotonic() - started
        return self

    @property
    def hits(self):
        return self.statistics["direct_cache_hit"] + self.statistics["preprocessed_cache_hit"]

    @property
    def hit_share(self):
        return self.hits / len(self._units)

    @property
    def remote_errors(self):
        return self.statistics["remote_storage_error"]

    @property
    def remote_timeouts(self):
        return self.statistics["remote_storage_timeout"]

    def _compile(self, unit, directory, environment, after_a_third):
        output = pathlib.Path(directory) / (unit.replace("/", "_") + ".o")
        command = self._project.compile_command(["ccache", "gcc"], unit, output)
        compiled = subprocess.run(command, cwd=self._project.working_directory, env=environment,
                                  capture_output=True, text=True, timeout=60)
        digest = hashlib.sha256(output.read_bytes()).hexdigest() if output.exists() else None
        with self._lock:
            self.objects[unit] = digest
            if compiled.returncode != 0:
                self.failed.append(f"{unit}: {compiled.stderr.strip()[:300]}")
            self._done += 1
            if self._done == len(self._units) // 3:
                after_a_third()

    def _environment(self, directory):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CCACHE_")}
        return kept | {
            "CCACHE_DIR": str(directory / "ccache"),
            # No file: neither the machine's nor the user's settings count.
            "CCACHE_CONFIGPATH": str(directory / "no-ccache.conf"),
            "CCACHE_REMOTE_STORAGE": f"{self._gateway.url}/keys",
            "CCACHE_REMOTE_ONLY": "true",
        }


def _statistics(environment):
    printed = subprocess.run(["ccache", "--print-stats"], env=environment, capture_output=True, text=True,
                             check=True, timeout=30).stdout
    return {name: int(value) for name, value in (line.split() for line in printed.splitlines())}


def version():
    printed = subprocess.run(["ccache", "--version"], capture_output=True, text=True, check=True, timeout=30)
    return printed.stdout.split("\n")[0]
