"""Machines of a network of their own: network namespaces joined by a bridge, itself in a namespace.

Nothing of it is visible outside. Names carry the process id: runs do not collide, and what a run that was
killed with -9 left behind is found and removed by the next one.
"""

import contextlib
import ctypes
import os
import re
import subprocess

from support.program import Failure

_PREFIX = "cgfaults"
_NETWORK = "10.77.0"
_NODE_PORT = 11211
_GATEWAY_PORTS = (8080, 8081)
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Lan:
    """`with Lan() as lan:` this process, and every process it starts then, is on the network as well."""

    def __init__(self):
        self._hub = f"{_PREFIX}-{os.getpid()}-hub"
        self._machines = []

    def __enter__(self):
        _require_root()
        _remove_leftovers()
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            self._lay_out()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        _set_namespace(self._home)
        os.close(self._home)
        for namespace in [machine.namespace for machine in self._machines] + [self._hub]:
            with contextlib.suppress(Failure):
                _run("ip", "netns", "delete", namespace)

    def machine(self, name):
        """A new machine with an address of its own."""
        machine = Machine(name, f"{_PREFIX}-{os.getpid()}-{name}", f"{_NETWORK}.{11 + len(self._machines)}")
        self._machines.append(machine)
        _run("ip", "netns", "add", machine.namespace)
        _run("ip", "-n", self._hub, "link", "add", f"to-{name}", "master", "bridge", "up",
             "type", "veth", "peer", "name", "eth0", "netns", machine.namespace)
        _run("ip", "-n", machine.namespace, "address", "add", f"{machine.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _run("ip", "-n", machine.namespace, "link", "set", device, "up")
        return machine

    def _lay_out(self):
        _run("ip", "netns", "add", self._hub)
        _run("ip", "-n", self._hub, "link", "set", "lo", "up")
        _run("ip", "-n", self._hub, "link", "add", "bridge", "type", "bridge")
        _run("ip", "-n", self._hub, "address", "add", f"{_NETWORK}.1/24", "dev", "bridge")
        _run("ip", "-n", self._hub, "link", "set", "bridge", "up")
        enter(self._hub)


class Machine:
    """A place for one process, and what can go wrong with its network."""

    gateway_ports = _GATEWAY_PORTS

    def __init__(self, name, namespace, address):
        self.name, self.namespace, self.address = name, namespace, address

    def command(self, arguments):
        return ["ip", "netns", "exec", self.namespace, *arguments]

    def node_port(self):
        return _NODE_PORT

    def lose_incoming(self, machines):
        """Nothing arrives from these machines."""
        for machine in machines:
            self._filter("-A", "INPUT", "-s", machine.address, "-j", "DROP")

    def lose_outgoing(self, machines):
        """Nothing gets through to these machines."""
        for machine in machines:
            self._filter("-A", "OUTPUT", "-d", machine.address, "-j", "DROP")

    def cut_off(self, machines):
        """A partition: nothing passes in either direction."""
        self.lose_incoming(machines)
        self.lose_outgoing(machines)

    def reset(self, machines):
        """Whatever these machines send over TCP is answered with a reset."""
        for machine in machines:
            self._filter("-A", "INPUT", "-s", machine.address, "-p", "tcp",
                         "-j", "REJECT", "--reject-with", "tcp-reset")

    def be_slow(self):
        """1 Mbit/s, and 5 % of all packets are lost in each direction."""
        _run("tc", "-n", self.namespace, "qdisc", "add", "dev", "eth0", "root",
             "tbf", "rate", "1mbit", "burst", "32kbit", "latency", "400ms")
        for chain in ("INPUT", "OUTPUT"):
            self._filter("-A", chain, "-m", "statistic", "--mode", "random", "--probability", "0.05", "-j", "DROP")

    def be_fast(self):
        _run("tc", "-n", self.namespace, "qdisc", "delete", "dev", "eth0", "root")
        self.heal()

    def heal(self):
        self._filter("-F")

    def link_down(self):
        _run("ip", "-n", self.namespace, "link", "set", "eth0", "down")

    def link_up(self):
        _run("ip", "-n", self.namespace, "link", "set", "eth0", "up")

    def _filter(self, *arguments):
        _run(*self.command(["iptables", "--wait", *arguments]))


def enter(namespace):
    """Moves this thread, and what it starts from now on, into the network of a namespace."""
    descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _set_namespace(descriptor)
    finally:
        os.close(descriptor)


def _set_namespace(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise Failure(f"entering a network namespace: {os.strerror(ctypes.get_errno())}")


def _require_root():
    if os.geteuid() != 0:
        raise Failure("network namespaces need root: run it with sudo")


def _remove_leftovers():
    for name in re.findall(rf"^({_PREFIX}-\d+-\w+)", _run("ip", "netns", "list"), re.MULTILINE):
        if not os.path.exists(f"/proc/{name.split('-')[1]}"):
            _run("ip", "netns", "delete", name)


def _run(*command):
    ran = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if ran.returncode != 0:
        raise Failure(f"{' '.join(command)}: {ran.stdout.strip()}")
    return ran.stdout
