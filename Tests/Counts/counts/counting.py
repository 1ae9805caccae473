"""One run of the gateway with a program that counts: what a request of each kind comes to."""

import contextlib
import tempfile
import time

from support.admin import Admin
from support.gateway import Gateway
from support.memcached import Memcached
from support.program import Failure
from support.waiting import wait_until

from . import workload
from .one_core import Batch

# What happens on first use (buffers that grow, connections to nodes) happens here, uncounted.
WARM_UP_ROUNDS = 10
# Rounds that are counted together. The gateway asks each node how it is once a second, which costs as much as several
# requests; a window is short enough to fall between these questions as a rule, and the least of all windows counts.
WINDOW_ROUNDS = 4
WINDOWS = (workload.ROUNDS - WARM_UP_ROUNDS) // WINDOW_ROUNDS
# As long as copies past a key's first links can exist, requests look further; so not for the usual ten minutes.
_FAILOVER_SECONDS = 1
_START_SECONDS = 30


class Counted:
    """The least counts of one operation's windows, and the counter's own account of each."""

    def __init__(self):
        self.counts = {}
        self.accounts = {}

    def take(self, counts, account):
        for name, count in counts.items():
            if name not in self.counts or count < self.counts[name]:
                self.counts[name] = count
                self.accounts[name] = account

    def per_request(self):
        requests = WINDOW_ROUNDS * workload.ROUND
        return {name: count / requests for name, count in self.counts.items()}


def count(make_counter, options=(), look=None):
    """Counts for one request, by the operations' names.

    `make_counter` gets a directory for its files, `options` are the gateway's own, `look` sees what was counted while
    the files are there.
    """
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="counts-"))
        counter = make_counter(directory)
        nodes = [stack.enter_context(Memcached(name, place=Batch())) for name in "abc"]
        gateway = stack.enter_context(_gateway(counter, nodes, options))
        client = stack.enter_context(workload.Client(gateway.host, gateway.port))
        _wait_until_quiet(gateway)
        client.play(workload.PUT, range(workload.ROUNDS))
        counted = {operation.name: _count(operation, client, counter, gateway.process.pid)
                   for operation in workload.OPERATIONS}
        if look:
            look(counted)
        return {name: figures.per_request() for name, figures in counted.items()}


def _gateway(counter, nodes, options):
    return Gateway(nodes, environment=counter.environment, place=Batch(counter.command),
                   options=["--workers", "1", "--failover-ttl", f"{_FAILOVER_SECONDS}s", *options])


def _wait_until_quiet(gateway):
    """Nothing is done in the background: the nodes are known to be as they should."""
    admin = Admin(gateway)
    restored = lambda node: node["restore"] and node["restore"]["state"] == "done"
    if wait_until(lambda: all(map(restored, admin.nodes()["nodes"])), _START_SECONDS) is None:
        raise Failure(f"the gateway's nodes are not ready after {_START_SECONDS} s: {admin.nodes()}")
    time.sleep(2 * _FAILOVER_SECONDS)


def _count(operation, client, counter, pid):
    windows = [range(first, first + WINDOW_ROUNDS) for first in range(0, WINDOWS * WINDOW_ROUNDS, WINDOW_ROUNDS)]
    client.play(operation, range(windows[-1].stop, windows[-1].stop + WARM_UP_ROUNDS))
    counter.mark(pid)
    counted = Counted()
    for window in windows:
        client.play(operation, window)
        counted.take(*counter.mark(pid))
    return counted
