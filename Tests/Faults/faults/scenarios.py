"""The faults, one scenario a row of the table of promises. Each ends with everything healed."""

import itertools
import time

from support.program import Failure

from .client import Mix
from .lying import LyingNode

# In a gateway's log.
_DOWN = "node is down"
# A little longer than a gateway believes a node that has returned only where another node confirms it.
_PROBATION_SECONDS = 21
# So that 1 Mbit/s is enough.
_SHORT = Mix(lengths=(0, 50))
_LARGE = Mix(lengths=(50_000, 150_000))
# More than twice what the nodes of the scenario can hold.
_TOO_MUCH = Mix(lengths=(20_000, 200_000))


class Scenario:
    def __init__(self, name, row, play, mix=Mix(), gateway_fails=False, pause_seconds=0.003, **world):
        self.name = name
        # In the table of promises.
        self.row = row
        self.play = play
        self.mix = mix
        # Requests may then remain without an answer; an answer of 5xx is never in order.
        self.gateway_fails = gateway_fails
        # Of a client between two requests.
        self.pause_seconds = pause_seconds
        # How the world differs from the usual one.
        self.world = world


def all_scenarios():
    return [
        Scenario("node-killed", "1", node_killed),
        Scenario("node-hung", "2", node_hung),
        Scenario("partition", "3", partition),
        Scenario("partition-gateway-restarted", "3", partition_gateway_restarted, gateway_fails=True),
        Scenario("one-way-loss", "4", one_way_loss),
        Scenario("one-gateway-cut", "5", one_gateway_cut),
        Scenario("flapping", "6", flapping),
        Scenario("refused-and-reset", "7", refused_and_reset),
        Scenario("link-down", "8", link_down),
        Scenario("slow-link", "9", slow_link, mix=_SHORT, has_liar=True, pause_seconds=0.05),
        Scenario("flushed", "10", flushed),
        Scenario("tiny-nodes", "11", tiny_nodes, mix=_TOO_MUCH, pause_seconds=0.01, megabytes=2),
        Scenario("lying-node", "12", lying_node, has_liar=True),
        Scenario("gateway-killed", "13", gateway_killed, mix=_LARGE, pause_seconds=0.01,
                 gateway_fails=True),
        Scenario("gateway-hung", "14", gateway_hung, gateway_fails=True),
        Scenario("clock-wrong", "15", clock_wrong, gateway_fails=True, has_clock=True),
    ]


QUICK = ["node-hung", "partition-gateway-restarted", "one-gateway-cut", "clock-wrong"]


def node_killed(trial, seconds):
    """kill -9, and started empty."""
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            node.kill()
            trial.pause(5)
            node.start()


def node_hung(trial, seconds):
    """SIGSTOP for 5 to 20 s, SIGCONT: what is left in its socket buffers lands after the return."""
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            node.hang()
            trial.pause(min(trial.random.uniform(5, 20), max(5, seconds / 2)))
            node.wake()


def partition(trial, seconds):
    """A node is cut off from both gateways, in both directions."""
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            node.machine.cut_off(trial.gateway_machines)
            trial.pause(6)
            node.machine.heal()


def partition_gateway_restarted(trial, seconds):
    """As `partition`; meanwhile both gateways, in turn, are killed with -9 and started again."""
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            node.machine.cut_off(trial.gateway_machines)
            trial.pause(3)
            for gateway in trial.world.gateways:
                gateway.kill()
                gateway.start()
                trial.pause(1)
            node.machine.heal()


def one_way_loss(trial, seconds):
    """A node's answers are lost, so that it does what nobody hears of; then what it is asked."""
    directions = itertools.cycle(["outgoing", "incoming"])
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            getattr(node.machine, f"lose_{next(directions)}")(trial.gateway_machines)
            trial.pause(5)
            node.machine.heal()


def one_gateway_cut(trial, seconds):
    """Only one of two gateways is cut off from a node."""
    gateways = itertools.cycle(trial.gateway_machines)
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            node.machine.cut_off([next(gateways)])
            trial.pause(6)
            node.machine.heal()


def flapping(trial, seconds):
    """A node is cut off for 1 s and back for 1 s, over and over."""
    machine = trial.world.nodes[1].machine
    with trial.outage():
        for _ in range(max(1, int(seconds / 2))):
            machine.cut_off(trial.gateway_machines)
            trial.pause(1)
            machine.heal()
            trial.pause(1)


def refused_and_reset(trial, seconds):
    """All of a node's connections are reset; or its process is gone and its port refuses."""
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            node.machine.reset(trial.gateway_machines)
            trial.pause(3)
            node.machine.heal()
        with trial.outage():
            node.kill()
            trial.pause(3)
            node.start()


def link_down(trial, seconds):
    """A node's link goes down in mid-request."""
    for node in trial.nodes_in_turn(seconds):
        with trial.outage():
            node.machine.link_down()
            trial.pause(5)
            node.machine.link_up()


def slow_link(trial, seconds):
    """25 ms and more each way, 1 Mbit/s, 5 % of the packets lost: slow, but not down."""
    node = trial.world.nodes[1]
    with trial.outage():
        node.be_late()
        node.machine.be_slow()
        trial.pause(seconds)
        node.machine.be_fast()
        node.be_honest()


def flushed(trial, seconds):
    """flush_all on one node after the other, then on all at once."""
    for node in trial.nodes_in_turn(seconds):
        trial.pause(2)
        node.flush()
        if node is trial.world.nodes[-1]:
            trial.pause(2)
            for each in trial.world.nodes:
                each.flush()


def tiny_nodes(trial, seconds):
    """Nodes that evict all the time; one after the other hangs meanwhile."""
    for node in trial.nodes_in_turn(seconds):
        trial.pause(2)
        with trial.outage():
            node.hang()
            trial.pause(4)
            node.wake()
    if not all(node.evictions() for node in trial.world.nodes):
        raise Failure("a node that should be too small has evicted nothing")


def lying_node(trial, seconds):
    """A node's answers are falsified."""
    liar = trial.world.nodes[1]
    for lie in trial.in_turn(LyingNode.LIES, seconds):
        with trial.outage():
            liar.lie(lie)
            trial.pause(seconds / len(LyingNode.LIES))
            liar.be_honest()


def gateway_killed(trial, seconds):
    """kill -9 while values of 100 KB are on their way to the nodes, and started again."""
    for gateway in trial.in_turn(trial.world.gateways, seconds):
        trial.pause(1.5)
        gateway.kill()
        trial.pause(0.5)
        gateway.start()


def gateway_hung(trial, seconds):
    """SIGSTOP for 20 to 30 s: what it had begun goes on after everybody else has gone on."""
    gateway = trial.world.gateways[0]
    gateway.hang()
    trial.pause(min(trial.random.uniform(20, 30), seconds))
    gateway.wake()


def clock_wrong(trial, seconds):
    """One gateway's clock is an hour ahead, then an hour behind, then starts anew an hour behind."""
    gateway, clock = trial.world.gateways[0], trial.world.clock
    for offset in (3600, -3600):
        clock.set(offset, gateway)
        trial.pause(seconds / 3)
    gateway.kill()
    gateway.start()
    trial.pause(seconds / 3)
    clock.set(0, gateway)


class Trial:
    """A scenario under way in a world."""

    def __init__(self, world, random):
        self.world, self.random = world, random
        self.outages = []
        # Some gateway took some node to be down long after everything was healed: no more faults then.
        self.is_stuck = False

    @property
    def gateway_machines(self):
        return self.world.gateway_machines

    def pause(self, seconds):
        time.sleep(seconds)

    def in_turn(self, things, seconds):
        """One after the other and round again, until so many seconds have passed; at least two."""
        ends = time.monotonic() + seconds
        for count, thing in enumerate(itertools.cycle(things), start=1):
            yield thing
            if self.is_stuck or count >= 2 and time.monotonic() >= ends:
                return

    def nodes_in_turn(self, seconds):
        """Begins with the second, so that a node that has just returned is soon the only one with a key: at
        once, or when the gateways have got used to it again."""
        nodes = self.world.nodes
        for count, node in enumerate(self.in_turn(nodes[1:] + nodes[:1], seconds)):
            if count > 0 and count % 2 == 0:
                self.pause(_PROBATION_SECONDS)
            yield node

    def outage(self):
        """`with` it lasts the fault; then all nodes serve again."""
        return Outage(self)

    def heal(self):
        """Waits until all gateways take all nodes to be up: for how many seconds, None for too long."""
        waited = self.world.wait_until_all_up()
        self.is_stuck = self.is_stuck or waited is None
        return waited

    def noticed_seconds(self):
        """The longest that a gateway took to find a node down; None when none did."""
        return max((seconds for outage in self.outages for seconds in outage.noticed()), default=None)

    def downs(self):
        """How often a gateway took a node to be down."""
        return sum(_DOWN in line for gateway in self.world.gateways for line in gateway.log.lines())

    def served_seconds(self):
        """The longest from healing until all gateways took all nodes to be up."""
        return max((outage.served for outage in self.outages if outage.served is not None), default=None)


class Outage:
    def __init__(self, trial):
        self._trial = trial

    def __enter__(self):
        self._began = time.monotonic()

    def __exit__(self, kind, *_):
        self._ended = time.monotonic()
        if kind is None:
            self.served = self._trial.heal()
            self._trial.outages.append(self)

    def noticed(self):
        for gateway in self._trial.world.gateways:
            at = gateway.log.first(_DOWN, self._began, self._ended)
            if at is not None:
                yield at - self._began
