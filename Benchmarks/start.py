"""From the gateway's start to its first answer, with its nodes up and holding the key."""

import sys
import time

import checks
import servers
from cases import Conditions
from dialects import REST
from rounds import Figures
from stand import NODE_NAMES, processes_in_a_folder

REPLICAS = Conditions().replicas
STARTS = 15
QUICK_STARTS = 3
KEY, VALUE = "started", b"is there"
ANNOUNCED = r"listening on http://127\.0\.0\.1:(\d+)\b.*\n"
# The line is looked for so often that looking adds little to milliseconds.
LOOK_EVERY_SECONDS = 0.0005


def measure(tools, options):
    with processes_in_a_folder(tools) as processes:
        nodes = [servers.start_memcached(processes, name) for name in NODE_NAMES]
        store(processes, tools, nodes)
        count = QUICK_STARTS if options.quick else STARTS
        figures = Figures(tuple(start_to_answer(processes, tools, nodes) * 1000 for _ in range(count)))
    print(f"start to first answer: {figures.median:.1f} ms", file=sys.stderr, flush=True)
    return figures


def store(processes, tools, nodes):
    """By a gateway of before, which also marks the nodes as complete."""
    gateway = servers.start_gateway(processes, tools.binary, nodes, REPLICAS)
    servers.wait_until_settled(gateway)
    checks.Client(gateway).require(REST.put(KEY, VALUE), 204)
    gateway.process.stop()


def start_to_answer(processes, tools, nodes):
    """In seconds. The answer must be the value."""
    arguments = servers.gateway_arguments(tools.binary, nodes, REPLICAS)
    began = time.monotonic()
    process = processes.start("gateway", arguments, servers.gateway_environment(processes.directory))
    port = int(process.wait_for_line(ANNOUNCED, LOOK_EVERY_SECONDS).group(1))
    gateway = servers.Server("gateway", port, process)
    checks.Client(gateway).require(REST.get(KEY), 200, lambda body: body == VALUE)
    seconds = time.monotonic() - began
    process.stop()
    return seconds
