"""Runs the load generator in C against a server; generator/ says what it does."""

import json
from dataclasses import dataclass

from cpu_time import Meter

# Beyond the run itself: reading the requests before it, the last answers after it.
SLACK_SECONDS = 30
# Without a limit in seconds: a million requests, ten times as slow as the slowest server.
COUNT_DEADLINE = 600


@dataclass(frozen=True)
class Demand:
    """How much is asked for: at a rate, or as fast as answers come; for some seconds, or a number of times; from which
    request of the list on."""
    connections: int
    rate: float | None = None
    seconds: float | None = None
    count: int | None = None
    first: int = 0
    warm_up: float = 0
    reconnects: bool = False

    def arguments(self):
        given = {"connections": self.connections, "rate": self.rate, "seconds": self.seconds,
                 "count": self.count, "first": self.first, "warm-up": self.warm_up}
        flags = ["--reconnect"] if self.reconnects else []
        return flags + [part for name, value in given.items() if value is not None for part in (f"--{name}", value)]


def run(processes, program, server, requests, demand):
    """What the generator counted, and the CPU time of the server. Any answer that is not as its request says is an
    error."""
    arguments = [program, "--port", server.port, "--requests", requests]
    meter = Meter(server.process.pid)
    process = processes.start("generator", arguments + demand.arguments())
    output = process.wait_for_end((demand.seconds or COUNT_DEADLINE) + SLACK_SECONDS)
    return json.loads(output), meter.spent()
