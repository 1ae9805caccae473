"""What /proc knows: which memcached processes belong to a gateway, and where they listen."""

import ipaddress
import os
import pathlib
import struct

_TCP_LISTEN = "0A"


class ProcessId:
    """A process id with its start time, so that a reused id is not taken for the same process."""

    def __init__(self, number):
        self.number = number
        self._started = _status(number)["started"]

    def __eq__(self, other):
        return (self.number, self._started) == (other.number, other._started)

    def __hash__(self):
        return hash((self.number, self._started))

    def __repr__(self):
        return str(self.number)

    def is_alive(self):
        """A zombie has ended: it holds no memory and no port, its parent just has not asked yet."""
        try:
            now = _status(self.number)
        except OSError:
            return False
        return now["started"] == self._started and now["state"] not in "ZX"


def memcached_of(gateway_pid, mark):
    """The living memcached processes that a gateway started, whichever way it did that: they descend
    from it, are in its session, or have `mark` (NAME=VALUE) in their environment."""
    found = set()
    for number in _process_numbers():
        try:
            if _status(number)["command"] == "memcached" and _belongs(number, gateway_pid, mark):
                found.add(ProcessId(number))
        except OSError:
            continue  # It ended while we looked.
    return {process for process in found if process.is_alive()}


def listening_addresses(process):
    """(TCP addresses it listens on, UDP addresses it is bound to)."""
    sockets = _socket_inodes(process.number)
    tcp = [address for name in ("tcp", "tcp6") for address, state, inode in _sockets(name)
           if inode in sockets and state == _TCP_LISTEN]
    udp = [address for name in ("udp", "udp6") for address, _, inode in _sockets(name) if inode in sockets]
    return tcp, udp


def _process_numbers():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _status(number):
    # The command is in parentheses and may contain any character; numbers follow the last one.
    text = pathlib.Path(f"/proc/{number}/stat").read_text()
    command, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return {"command": command, "state": fields[0], "parent": int(fields[1]), "session": int(fields[3]),
            "started": int(fields[19])}


def _belongs(number, gateway_pid, mark):
    return (_status(number)["session"] == gateway_pid or _descends(number, gateway_pid)
            or mark.encode() in _environment(number))


def _descends(number, ancestor):
    while number > 1:
        number = _status(number)["parent"]
        if number == ancestor:
            return True
    return False


def _environment(number):
    try:
        return pathlib.Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
    except PermissionError:
        return []  # Another user's process.


def _socket_inodes(number):
    inodes = set()
    for descriptor in os.scandir(f"/proc/{number}/fd"):
        try:
            target = os.readlink(descriptor.path)
        except FileNotFoundError:
            continue  # It was closed while we looked.
        if target.startswith("socket:["):
            inodes.add(target[len("socket:["):-1])
    return inodes


def _sockets(name):
    for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
        fields = line.split()
        yield _address(fields[1]), fields[3], fields[9]


def _address(text):
    """The kernel prints an address as 32-bit words in the machine's byte order."""
    words = text.partition(":")[0]
    packed = b"".join(struct.pack("=I", int(words[at:at + 8], 16)) for at in range(0, len(words), 8))
    address = ipaddress.ip_address(packed)
    return getattr(address, "ipv4_mapped", None) or address
