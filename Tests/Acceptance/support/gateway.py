"""The gateway's release binary as a process."""

import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile

from . import processes
from .places import LOOPBACK
from .program import Failure

_SERVING = re.compile(r"listening on http://(\S+):(\d+) admin http://(\S+):(\d+)")
_START_SECONDS = 15


class Gateway:
    """`with Gateway(nodes) as gateway:` serves at its place; no nodes: it brings its own.

    It can be killed and started again in between, with the same state directory.
    """

    def __init__(self, nodes=(), environment=None, place=LOOPBACK, options=()):
        self._nodes = nodes
        self._environment = environment or {}
        self._place = place
        self._options = options
        self.process = None
        self.host, self.port = None, None
        self.admin_url = None

    def __enter__(self):
        self._state = tempfile.TemporaryDirectory(prefix="cache-gateway-state-")
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            processes.stop(self.process, seconds=10)
            self.process.stdout.close()
        self._state.cleanup()

    def start(self):
        self.process = processes.start(
            self._place.command(self._command()), env=self._clean_environment(), text=True,
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log())
        self.host, self.port, self.admin_url = self._wait_until_serving()

    def kill(self):
        """kill -9: what it had not written to its state directory is lost."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def wake(self):
        self.process.send_signal(signal.SIGCONT)

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def _log(self):
        """Where standard error goes; None is our own."""
        return None

    def _command(self):
        port, admin_port = self._place.gateway_ports
        command = [binary(), "serve", "--listen", f"{self._place.address}:{port}",
                   "--admin-listen", f"{self._place.address}:{admin_port}",
                   "--workers", "2", "--replicas", "2", "--log-level", "warning"]
        for node in self._nodes:
            command += ["--node", f"{node.name}={node.address}:{node.port}"]
        return command + list(self._options)

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
