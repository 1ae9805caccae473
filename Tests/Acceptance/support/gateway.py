"""The gateway's release binary as a process."""

import os
import pathlib
import re
import select
import subprocess
import tempfile

from . import processes
from .program import Failure

_SERVING = re.compile(r"listening on http://(\S+):(\d+) admin http://(\S+):(\d+)")
_START_SECONDS = 15


class Gateway:
    """`with Gateway(nodes) as gateway:` serves on free loopback ports; no nodes: it brings its own."""

    def __init__(self, nodes=(), environment=None):
        self._nodes = nodes
        self._environment = environment or {}
        self.process = None
        self.host, self.port = None, None
        self.admin_url = None

    def __enter__(self):
        self._state = tempfile.TemporaryDirectory(prefix="cache-gateway-state-")
        try:
            self.process = processes.start(
                self._command(), env=self._clean_environment(), text=True, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            self.host, self.port, self.admin_url = self._wait_until_serving()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            processes.stop(self.process, seconds=10)
            self.process.stdout.close()
        self._state.cleanup()

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def _command(self):
        command = [binary(), "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                   "--workers", "2", "--replicas", "2", "--log-level", "warning"]
        for node in self._nodes:
            command += ["--node", f"{node.name}=127.0.0.1:{node.port}"]
        return command

    def _clean_environment(self):
        # Every option is also an environment variable: what the caller has set must not change a run,
        # and the missed-write journal of one run must not be read by the next.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CACHE_GATEWAY_")}
        return kept | {"CACHE_GATEWAY_STATE_DIRECTORY": self._state.name} | self._environment

    def _wait_until_serving(self):
        readable, _, _ = select.select([self.process.stdout], [], [], _START_SECONDS)
        line = self.process.stdout.readline() if readable else ""
        serving = _SERVING.match(line)
        if not serving:
            raise Failure(f"the gateway did not say where it listens within {_START_SECONDS} s: "
                          + (f"it printed {line!r}" if line or not readable else "it ended or closed its output"))
        host, port, admin_host, admin_port = serving.groups()
        return host, int(port), f"http://{admin_host}:{admin_port}"


def binary():
    built = pathlib.Path(__file__).resolve().parents[3] / ".build" / "release" / "cache-gateway"
    path = pathlib.Path(os.environ.get("CACHE_GATEWAY_BINARY", built))
    if not os.access(path, os.X_OK):
        raise Failure(f"no gateway at {path}: run `swift build -c release`, or set CACHE_GATEWAY_BINARY")
    return str(path)
