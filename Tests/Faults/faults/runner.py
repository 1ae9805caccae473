"""Plays one scenario from the start of its world to the checker's verdict."""

import collections
import contextlib
import os
import random
import tempfile
import time

from support.background import Background

from . import history, snapshot
from .client import RecordingClient
from .result import Result
from .scenarios import Trial
from .world import World

_REPAIR_SECONDS = 0.5
# memcached counts lifetimes in whole seconds.
_EXPIRY_SLACK_SECONDS = 2
# Clients of the last reads; above every client of the load.
_LAST_READERS = 1000


class Timing:
    """In seconds: undisturbed, of the faults, after the last one, until everything must have settled, and
    the lifetime of stand-ins' copies."""

    def __init__(self, before=5, faults=30, after=4, settling=32, failover=5):
        self.before, self.faults, self.after = before, faults, after
        self.settling, self.failover = settling, failover

    @property
    def total(self):
        return self.before + self.faults + self.after + max(self.settling, self.failover)

    @classmethod
    def quick(cls):
        return cls(before=2, faults=8, after=2, settling=0, failover=4)


class Runner:
    def __init__(self, timing, clients, seed, keep_directory=None):
        self._timing, self._clients, self._seed = timing, clients, seed
        self._keep_directory = keep_directory

    def run(self, scenario):
        with contextlib.ExitStack() as stack:
            directory = stack.enter_context(self._directory(scenario))
            world = stack.enter_context(World(failover_seconds=self._timing.failover, **scenario.world))
            stack.callback(_keep_logs, world, directory)
            trial = Trial(world, random.Random(f"{self._seed}/{scenario.name}"))
            operations = self._load(world, trial, scenario) + self._read_all(world, scenario.mix)
            copies = self._snapshots(world, scenario.mix)
            return Result(scenario, history.check(operations, copies, directory), _statuses(operations), trial)

    def _load(self, world, trial, scenario):
        phases = [("before", time.monotonic_ns())]
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(self._client(number, world, scenario))
                       for number in range(self._clients)]
            time.sleep(self._timing.before)
            phases.append(("fault", time.monotonic_ns()))
            scenario.play(trial, self._timing.faults)
            trial.heal()
            phases.append(("after", time.monotonic_ns()))
            time.sleep(self._timing.after)
            operations = [operation for client in clients for operation in client.finish()]
        for operation in operations:
            operation["phase"] = [name for name, began in phases if began <= operation["start"]][-1]
        return operations

    def _client(self, number, world, scenario):
        gateway = number % len(world.gateways)
        client = RecordingClient(number, world.gateways[gateway], gateway, scenario.mix,
                                 self._seed)
        return Background(client, scenario.pause_seconds)

    def _read_all(self, world, mix):
        """Every key once through every gateway."""
        operations = []
        for number, gateway in enumerate(world.gateways):
            reader = RecordingClient(_LAST_READERS + number, gateway, number, mix, self._seed)
            operations += reader.read_all()
        return [operation | {"phase": "last"} for operation in operations]

    def _snapshots(self, world, mix):
        """Two, when there is the time to see that nothing changes any more."""
        time.sleep(_REPAIR_SECONDS + max(self._timing.failover + _EXPIRY_SLACK_SECONDS, self._timing.settling))
        copies = snapshot.take(world.nodes, mix.keys, 0)
        if self._timing.settling:
            time.sleep(_EXPIRY_SLACK_SECONDS)
            copies += snapshot.take(world.nodes, mix.keys, 1)
        return copies

    def _directory(self, scenario):
        if not self._keep_directory:
            return tempfile.TemporaryDirectory(prefix="faults-")
        directory = os.path.join(self._keep_directory, scenario.name)
        os.makedirs(directory, exist_ok=True)
        return contextlib.nullcontext(directory)


def _keep_logs(world, directory):
    for gateway in world.gateways:
        with open(os.path.join(directory, f"{gateway.machine.name}.log"), "w") as file:
            file.writelines(line + "\n" for line in gateway.log.lines())


def _statuses(operations):
    """Of the operations that failed: how often which status; None is no answer at all."""
    return collections.Counter(
        operation["status"] for operation in operations if operation["outcome"] == "unknown")
