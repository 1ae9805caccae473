"""Compiles translation units through sccache, over WebDAV, with the gateway as its only storage."""

import json
import os
import pathlib
import subprocess
import tempfile

from . import processes
from .compilation import Compilation
from .program import Failure
from .waiting import wait_until

_SECONDS = 20
_PREFIX = "sccache"


class Pass:
    """One build of all units with a server of its own, which keeps nothing on this machine."""

    def __init__(self, project, gateway, units, program):
        self._project = project
        self._gateway = gateway
        self._units = units
        self._program = program
        self.failed = []
        self.objects = {}
        self._statistics = {}

    def run(self):
        with tempfile.TemporaryDirectory(prefix="cache-gateway-sccache-") as directory:
            self._environment = self._make_environment(pathlib.Path(directory))
            with self._server():
                build = Compilation(self._project, self._units, [self._program, "gcc"], self._environment).run()
                self.failed, self.objects = build.failed, build.objects
                # It stores in the background.
                wait_until(self._has_stored, _SECONDS)
                self._ask("--stop-server")
        return self

    @property
    def hits(self):
        return sum(self._statistics["cache_hits"]["counts"].values())

    @property
    def writes(self):
        return self._statistics["cache_writes"]

    @property
    def errors(self):
        counted = sum(self._statistics["cache_errors"]["counts"].values())
        return counted + sum(self._statistics[name] for name in (
            "cache_timeouts", "cache_read_errors", "cache_write_errors"))

    def _has_stored(self):
        self._statistics = json.loads(self._ask("--show-stats", "--stats-format", "json"))["stats"]
        return self.hits + self.writes + self.errors >= len(self._units)

    def _ask(self, *command):
        answer = subprocess.run([self._program, *command], env=self._environment, capture_output=True, text=True,
                                timeout=_SECONDS)
        if answer.returncode != 0:
            raise Failure(f"sccache {' '.join(command)}: {answer.stderr.strip()[-500:]}")
        return answer.stdout

    def _server(self):
        return _Server(self._program, self._environment)

    def _make_environment(self, directory):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SCCACHE_")}
        return kept | {
            # No file, and no folder: neither the machine's nor the user's settings count.
            "SCCACHE_CONF": str(directory / "no-sccache.conf"),
            "SCCACHE_DIR": str(directory / "local"),
            "SCCACHE_SERVER_UDS": str(directory / "socket"),
            "SCCACHE_IDLE_TIMEOUT": "0",
            "SCCACHE_WEBDAV_ENDPOINT": f"{self._gateway.url}/keys",
            "SCCACHE_WEBDAV_KEY_PREFIX": _PREFIX,
        }


class _Server:
    """In the foreground, so that it ends with us whatever happens."""

    def __init__(self, program, environment):
        self._program = program
        self._environment = environment

    def __enter__(self):
        environment = self._environment | {"SCCACHE_START_SERVER": "1", "SCCACHE_NO_DAEMON": "1"}
        self._process = processes.start([self._program], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        socket = pathlib.Path(self._environment["SCCACHE_SERVER_UDS"])
        if wait_until(lambda: socket.exists() or self._process.poll() is not None, _SECONDS) is None \
                or self._process.poll() is not None:
            processes.stop(self._process)
            raise Failure("the sccache server did not start")
        return self

    def __exit__(self, *_):
        processes.stop(self._process)
