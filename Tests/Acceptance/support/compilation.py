"""Compiles translation units through a compiler cache, on all cores."""

import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import tempfile
import threading

_UNIT_SECONDS = 60


class Compilation:
    """`compiler` is the cache's command and the compiler's, `environment` what the cache is told by."""

    def __init__(self, project, units, compiler, environment):
        self._project = project
        self._units = units
        self._compiler = compiler
        self._environment = environment
        self._lock = threading.Lock()
        self._done = 0
        self.failed = []
        # Digest of each unit's object, None when there is none.
        self.objects = {}

    def run(self, after_a_third=lambda: None):
        """`after_a_third` is called once, when a third of the units is compiled."""
        with tempfile.TemporaryDirectory(prefix="cache-gateway-objects-") as directory, \
                concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(lambda unit: self._compile(unit, directory, after_a_third), self._units))
        return self

    def _compile(self, unit, directory, after_a_third):
        output = pathlib.Path(directory) / (unit.replace("/", "_") + ".o")
        command = self._project.compile_command(self._compiler, unit, output)
        compiled = subprocess.run(command, cwd=self._project.working_directory, env=self._environment,
                                  capture_output=True, text=True, timeout=_UNIT_SECONDS)
        digest = hashlib.sha256(output.read_bytes()).hexdigest() if output.exists() else None
        with self._lock:
            self.objects[unit] = digest
            if compiled.returncode != 0:
                self.failed.append(f"{unit}: {compiled.stderr.strip()[:300]}")
            self._done += 1
            if self._done == len(self._units) // 3:
                after_a_third()
