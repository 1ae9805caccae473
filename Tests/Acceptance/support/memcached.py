"""One real memcached node that can be killed, started again empty, stopped and continued."""

import itertools
import os
import signal
import socket
import subprocess
import time

from . import processes
from .places import LOOPBACK
from .program import Failure


class Memcached:
    def __init__(self, name, megabytes=256, evicts=True, place=LOOPBACK):
        self.name = name
        self.port = place.node_port()
        self._place = place
        self._megabytes = megabytes
        self._evicts = evicts
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        # Not SIGTERM: memcached takes a second over it, and there is nothing to save.
        self.kill()

    @property
    def address(self):
        return self._place.address

    def start(self):
        """Starts the node empty, and returns when it answers."""
        # As root memcached demands a user; staying root keeps it bound to our life, since Linux
        # forgets a parent-death signal when a process changes its user.
        user = ["-u", "root"] if os.geteuid() == 0 else []
        command = ["memcached", "-l", self.address, "-p", str(self.port), "-U", "0", "-t", "1",
                   "-m", str(self._megabytes), *([] if self._evicts else ["-M"]), *user]
        self._process = processes.start(self._place.command(command), stdin=subprocess.DEVNULL)
        self._wait_until_it_answers()

    def kill(self):
        """kill -9: all its data is gone, its port refuses connections."""
        self._process.kill()
        self._process.wait()

    def hang(self):
        """SIGSTOP: connections stay open and even new ones are accepted, but nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self):
        self._process.send_signal(signal.SIGCONT)

    def fill(self):
        """Leaves a node that does not evict no room for any value up to 1 KB."""
        with self.connect(timeout=10) as connection:
            lines = connection.makefile("rb")
            for size in range(0, 1024, 16):
                value = b"x" * size
                for start in itertools.count(step=100):
                    keys = range(start, start + 100)
                    connection.sendall(b"".join(b"ms %d/%d %d\r\n%s\r\n" % (size, key, size, value) for key in keys))
                    if [lines.readline() for _ in keys].count(b"HD\r\n") < len(keys):
                        break

    def flush(self):
        """The node forgets everything."""
        with self.connect(timeout=5) as connection:
            connection.sendall(b"flush_all\r\n")
            if connection.makefile("rb").readline() != b"OK\r\n":
                raise Failure(f"node {self.name} does not flush")

    def connect(self, timeout):
        return socket.create_connection((self.address, self.port), timeout=timeout)

    def items(self):
        return int(self._statistics()["curr_items"])

    def holds(self, keys):
        """Which of these keys it holds; each is its own name on the node."""
        held = set()
        with self.connect(timeout=10) as connection:
            lines = connection.makefile("rb")
            for start in range(0, len(keys), 500):
                batch = keys[start:start + 500]
                connection.sendall(b"".join(b"mg %s u\r\n" % key.encode() for key in batch))
                held.update(key for key in batch if lines.readline().startswith(b"HD"))
        return held

    def evictions(self):
        """Items that it forgot for lack of memory."""
        return int(self._statistics()["evictions"])

    def _statistics(self):
        with self.connect(timeout=2) as connection:
            connection.sendall(b"stats\r\n")
            lines = connection.makefile("rb")
            return dict(line.decode().split()[1:3] for line in iter(lines.readline, b"END\r\n"))

    def _wait_until_it_answers(self):
        for _ in range(500):
            if self._process.poll() is not None:
                raise Failure(f"memcached on port {self.port} ended with {self._process.returncode}")
            try:
                return self._statistics()
            except OSError:
                time.sleep(0.01)
        raise Failure(f"memcached on port {self.port} does not answer after 5 s")
