"""The servers of a measurement, each started on loopback and ready when its function returns."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import data_set
from processes import free_port, unprivileged_user
from requirements import NGINX_MEMC_MODULE, Missing, command

HERE = Path(__file__).resolve().parent
REPLICAS = 2
NODE_NAMES = ("a", "b", "c")
# A cap, not an allocation: the data set with its overhead fits many times, so nothing is evicted.
MEMCACHED_MEGABYTES = 1024
# libmicrohttpd writes these three itself.
HEADERS_OF_THE_LIBRARY = ("date", "content-length", "connection")


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: object


def start_memcached(processes, name):
    port = free_port()
    # One thread: far more than one gateway worker can ask for. The default of four would only add
    # context switches on the cores that wrk and the measured server need.
    arguments = [command("memcached"), "-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1",
                 "-m", MEMCACHED_MEGABYTES]
    if unprivileged_user():
        arguments += ["-u", unprivileged_user()]
    process = processes.start(f"memcached-{name}", arguments)
    process.wait_for_port(port)
    return Server(name, port, process)


def start_gateway(processes, binary, nodes):
    arguments = [binary, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                 "--workers", "1", "--replicas", REPLICAS, "--log-level", "warning"]
    for node in nodes:
        arguments += ["--node", f"{node.name}=127.0.0.1:{node.port}"]
    process = processes.start("gateway", arguments, gateway_environment(processes.directory))
    line = process.wait_for_line(r"listening on http://127\.0\.0\.1:(\d+)\b.*\n")
    return Server("gateway", int(line.group(1)), process)


def gateway_environment(directory):
    """Nobody's own settings may change what is measured, nor may the run touch their state."""
    prefix = "CACHE_GATEWAY_"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefix)}
    return {**kept, prefix + "STATE_DIRECTORY": str(directory / "state")}


def start_nginx(processes, node, value_size):
    port, directory = free_port(), processes.directory
    configuration = directory / "nginx.conf"
    configuration.write_text(nginx_configuration(directory, port, node.port, value_size))
    directory.chmod(0o755)  # nginx's worker is another user, and its temporary files are in here
    process = processes.start(
        "nginx", [command("nginx"), "-e", "stderr", "-p", directory, "-c", configuration])
    process.wait_for_port(port)
    return Server("nginx", port, process)


def nginx_configuration(directory, port, node_port, value_size):
    user = unprivileged_user()
    settings = {
        "user": f"user {user} nogroup;" if user else "",
        "module": NGINX_MEMC_MODULE,
        "directory": directory,
        "port": port,
        "node_port": node_port,
        "ttl": data_set.TTL_SECONDS,
        # A whole value with its headers: a body or a reply that does not fit goes through a file.
        "buffer": max(16384, value_size + 4096),
    }
    text = (HERE / "nginx" / "memc.conf").read_text()
    for name, value in settings.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def build_floor(build_directory):
    flags = subprocess.run([command("pkg-config"), "--cflags", "--libs", "libmicrohttpd"],
                           capture_output=True, text=True, check=True).stdout.split()
    program = build_directory / "floor"
    call = [command("gcc"), "-O2", "-Wall", "-Wextra", "-o", program, HERE / "floor" / "floor.c"]
    if subprocess.run([*call, *flags]).returncode != 0:
        raise Missing("the floor does not compile")
    return program


def start_floor(processes, program, body_size, gateway_headers):
    arguments = [program, "--body-size", body_size]
    for header in gateway_headers:
        if header.split(":")[0].lower() not in HEADERS_OF_THE_LIBRARY:
            arguments += ["--header", header]
    process = processes.start("floor", arguments)
    line = process.wait_for_line(r"listening on http://127\.0\.0\.1:(\d+)\n")
    return Server("floor", int(line.group(1)), process)
