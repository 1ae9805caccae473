"""Where a process runs: what is put before its command, and the address it listens at."""

from .ports import free_port


class Loopback:
    """This machine itself. Ports are free ones."""

    address = "127.0.0.1"
    gateway_ports = (0, 0)

    def command(self, arguments):
        return arguments

    def node_port(self):
        return free_port()


LOOPBACK = Loopback()
