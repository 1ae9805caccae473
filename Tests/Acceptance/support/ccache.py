"""Compiles translation units through ccache with the gateway as its only storage."""

import os
import pathlib
import subprocess
import tempfile
import time

from .compilation import Compilation

LAYOUTS = ("subdirs", "flat", "bazel")


class Pass:
    """One build of all units with a ccache that starts with nothing on this machine."""

    def __init__(self, project, gateway, units, program="ccache", layout="subdirs"):
        self._project = project
        self._gateway = gateway
        self._units = units
        self._program = program
        self._layout = layout
        self.failed = []
        self.objects = {}
        self.seconds = 0
        self.statistics = {}

    def run(self, after_a_third=lambda: None):
        """Builds on all cores; `after_a_third` is called once, when a third of the units is compiled."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="cache-gateway-build-") as directory:
            environment = self._environment(pathlib.Path(directory))
            build = Compilation(self._project, self._units, [self._program, "gcc"], environment).run(after_a_third)
            self.failed, self.objects = build.failed, build.objects
            self.statistics = self._read_statistics(environment)
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

    @property
    def errors(self):
        return self.remote_errors + self.remote_timeouts

    def _environment(self, directory):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CCACHE_")}
        return kept | {
            "CCACHE_DIR": str(directory / "ccache"),
            # No file: neither the machine's nor the user's settings count.
            "CCACHE_CONFIGPATH": str(directory / "no-ccache.conf"),
            "CCACHE_REMOTE_STORAGE": f"{self._gateway.url}/keys|layout={self._layout}",
            "CCACHE_REMOTE_ONLY": "true",
        }

    def _read_statistics(self, environment):
        printed = subprocess.run([self._program, "--print-stats"], env=environment, capture_output=True, text=True,
                                 check=True, timeout=30).stdout
        return {name: int(value) for name, value in (line.split() for line in printed.splitlines())}


def version(program="ccache"):
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=30)
    return printed.stdout.split("\n")[0]
