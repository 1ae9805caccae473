"""The processes of a measurement: each is stopped by its process id, whatever happens."""

import os
import re
import socket
import subprocess
import time

from requirements import command

# A server that starts on loopback takes milliseconds; ten seconds is a machine in trouble.
START_DEADLINE = 10.0
# The gateway finishes what is in flight when told to stop; after this long it is killed.
STOP_DEADLINE = 10.0
POLL_INTERVAL = 0.02
FIRST_CORE = "0"
OTHER_CORES = f"1-{os.cpu_count() - 1}"


class ProcessFailed(Exception):
    """A process ended, did not start serving, or cannot be measured; the message says so, with the end of its log where
    that explains it."""


class Process:
    """A started program whose output goes to a log file."""

    def __init__(self, name, arguments, directory, environment=None):
        self.name = name
        self.log = directory / f"{name}.log"
        with self.log.open("wb") as output:
            # A session of its own: Ctrl-C on the terminal reaches only the script, which stops
            # its processes in order.
            self.child = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=environment, start_new_session=True)

    @property
    def pid(self):
        return self.child.pid

    def failure(self, what):
        tail = self.log.read_text(errors="replace")[-2000:]
        return ProcessFailed(f"{self.name} {what}\n{tail}".rstrip())

    def require_running(self):
        status = self.child.poll()
        if status is not None:
            raise self.failure(f"ended with status {status}")

    def wait_until(self, ready, interval=POLL_INTERVAL):
        """Polls `ready` until it gives something other than None; that is the result."""
        deadline = time.monotonic() + START_DEADLINE
        while time.monotonic() < deadline:
            result = ready()
            if result is not None:
                return result
            self.require_running()
            time.sleep(interval)
        raise self.failure(f"does not serve after {START_DEADLINE:.0f} s")

    def wait_for_line(self, pattern, interval=POLL_INTERVAL):
        """The match of `pattern` in what the process printed."""
        return self.wait_until(lambda: re.search(pattern, self.log.read_text(errors="replace")), interval)

    def wait_for_port(self, port, interval=POLL_INTERVAL):
        self.wait_until(lambda: connects(port) or None, interval)

    def wait_for_end(self, deadline):
        """What the process printed, once it has ended well within `deadline` seconds."""
        try:
            status = self.child.wait(deadline)
        except subprocess.TimeoutExpired:
            raise self.failure(f"still runs after {deadline:.0f} s") from None
        if status != 0:
            raise self.failure(f"ended with status {status}")
        return self.log.read_text()

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Processes:
    """Every process started here is stopped at the end of the `with` block, last one first."""

    def __init__(self, directory, stop_signals, pins=False):
        """With `pins` the measured servers have the first core for themselves, and all else has the others."""
        self.directory = directory
        self.stop_signals = stop_signals
        self.pins = pins
        self.started = []

    def start_measured(self, name, arguments, environment=None):
        return self.start(name, arguments, environment, cores=FIRST_CORE)

    def start(self, name, arguments, environment=None, cores=OTHER_CORES):
        if self.pins:
            arguments = [command("taskset"), "--cpu-list", cores, *arguments]
        with self.stop_signals.held_back():
            process = Process(name, [str(a) for a in arguments], self.directory, environment)
            self.started.append(process)
        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.stop_signals.held_back():
            for process in reversed(self.started):
                process.stop()


def connects(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    """For servers that cannot take port 0 and say which one they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unprivileged_user():
    """Whom a server started by root should become; None when root is not what we are."""
    return "nobody" if os.geteuid() == 0 else None
