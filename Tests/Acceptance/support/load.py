"""Steady load by wrk, with every answer checked by load.lua."""

import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile

from . import processes, values
from .client import Client
from .program import Failure

_SCRIPT = pathlib.Path(__file__).with_name("load.lua")


class KeySet:
    """Preloaded keys, and a file that says of each what a read may answer (see load.lua)."""

    def __init__(self, gateway, prefix, count):
        self._gateway = gateway
        self.prefix = prefix
        self.keys = [f"{prefix}/{number}" for number in range(count)]

    def __enter__(self):
        descriptor, self.state_file = tempfile.mkstemp(prefix="cache-gateway-load-")
        os.close(descriptor)
        self._preload()
        return self

    def __exit__(self, *_):
        os.unlink(self.state_file)

    def verify(self):
        """Reads every key once: how many answered with a right value, and the first that did not."""
        client, right, first_other = Client(self._gateway), 0, ""
        for key, floor, sent in self._state():
            answer = client.get(key)
            counter = values.counter_in(answer.body, key) if answer and answer.status == 200 else None
            if counter is not None and floor <= counter <= sent:
                right += 1
            else:
                first_other = first_other or f"{key}: {_seen(answer, counter)}, not {floor} to {sent}"
        client.close()
        return right, first_other

    def _preload(self):
        client = Client(self._gateway)
        for key in self.keys:
            answer = client.put(key, values.make(key, 1))
            if answer is None or answer.status != 204:
                raise Failure(f"preloading {key}: {_seen(answer, None)} instead of 204")
        client.close()
        with open(self.state_file, "w") as state:
            state.writelines(f"{key} 1 1\n" for key in self.keys)

    def _state(self):
        with open(self.state_file) as state:
            for line in state:
                key, floor, sent = line.split()
                yield key, int(floor), int(sent)


class Load:
    """One run of wrk, under way when the `with` block begins, which lasts until finish()."""

    def __init__(self, gateway, key_set, connections=64, put_share=0.2, think_ms=0, limit_seconds=60):
        self._command = [
            # One thread per connection: load.lua needs that.
            "wrk", "--threads", str(connections), "--connections", str(connections), "--latency",
            "--timeout", "5s", "--duration", f"{limit_seconds}s", "--script", str(_SCRIPT), gateway.url,
            "--", key_set.state_file, str(connections), str(put_share), str(think_ms)]
        self._process = None

    def __enter__(self):
        self._process = processes.start(self._command, text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._wait_until_running()
        return self

    def __exit__(self, *_):
        processes.stop(self._process)
        self._process.stdout.close()
        self._process.stderr.close()

    def finish(self):
        """Ends the run (wrk sums up on SIGINT) and returns its figures; durations are in seconds."""
        output, complaints = self._interrupt()
        for line in output.splitlines():
            if line.startswith("JSON "):
                return json.loads(line[5:])
        raise Failure(f"wrk ended without figures: {output[-500:]} {complaints[-500:]}")

    def _interrupt(self):
        # Repeated, because wrk misses a SIGINT that comes between two of its system calls.
        for _ in range(30):
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.communicate(timeout=1)
        raise Failure("wrk does not end on SIGINT")

    def _wait_until_running(self):
        readable, _, _ = select.select([self._process.stderr], [], [], 15)
        line = self._process.stderr.readline() if readable else ""
        if line != "running\n":
            processes.stop(self._process)
            raise Failure(f"wrk does not run: {line.strip()}")


def server_errors(figures):
    return sum(count for name, count in figures["statuses"].items() if name.split()[1] >= "500")


def unexpected(figures):
    """Answers other than a PUT's 204 and a GET's 200 or 404, 5xx aside."""
    return sum(count for name, count in figures["statuses"].items()
               if name not in ("PUT 204", "GET 200", "GET 404") and name.split()[1] < "500")


def _seen(answer, counter):
    if answer is None:
        return "no answer"
    return f"status {answer.status}, counter {counter}"
