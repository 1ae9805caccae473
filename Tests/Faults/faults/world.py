"""Two gateways and three nodes, each on a machine of its own."""

import contextlib
import re
import tempfile
import urllib.request

from support.gateway import Gateway
from support.memcached import Memcached
from support.program import Failure
from support.waiting import wait_until

from .clock import Clock
from .lan import Lan
from .log import Log
from .lying import LyingNode

_READY_SECONDS = 30
_STATE = re.compile(rb"ready: (\d+) of (\d+) nodes are up")


class World:
    """`with World(...) as world:`"""

    def __init__(self, megabytes=256, failover_seconds=5, has_liar=False, has_clock=False):
        self._megabytes = megabytes
        self._failover_seconds = failover_seconds
        self._has_liar = has_liar
        self._has_clock = has_clock

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        try:
            self._lan = self._stack.enter_context(Lan())
            self.nodes = [self._node(name) for name in "abc"]
            self.clock = Clock(self._stack.enter_context(tempfile.TemporaryDirectory()))
            self.gateways = [self._gateway(name) for name in ("g1", "g2")]
            if self.wait_until_all_up() is None:
                raise Failure(f"after {_READY_SECONDS} s not every gateway reaches every node")
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def wait_until_all_up(self):
        """Until every gateway takes every node to be up: how long that took in seconds, None for too long."""
        return wait_until(lambda: all(map(_all_up, self.gateways)), _READY_SECONDS)

    @property
    def gateway_machines(self):
        return [gateway.machine for gateway in self.gateways]

    def _node(self, name):
        machine = self._lan.machine(name)
        make = LyingNode if self._has_liar and name == "b" else Memcached
        node = self._stack.enter_context(make(name, self._megabytes, place=machine))
        node.machine = machine
        return node

    def _gateway(self, name):
        # The clock of the first one can be set.
        environment = self.clock.environment() if self._has_clock and name == "g1" else {}
        options = ["--failover-ttl", f"{self._failover_seconds}s", "--log-level", "notice"]
        gateway = LoggedGateway(self.nodes, environment, self._lan.machine(name), options)
        return self._stack.enter_context(gateway)


class LoggedGateway(Gateway):
    """A gateway whose log lines are kept with the time at which they came."""

    def __init__(self, nodes, environment, machine, options):
        super().__init__(nodes, environment, machine, options)
        self.machine = machine
        self.log = Log()

    def __exit__(self, *_):
        super().__exit__()
        self.log.close()

    def _log(self):
        return self.log.descriptor


def _all_up(gateway):
    try:
        with urllib.request.urlopen(f"{gateway.admin_url}/readyz", timeout=2) as answer:
            state = _STATE.match(answer.read())
            return state is not None and state[1] == state[2]
    except OSError:
        return False
