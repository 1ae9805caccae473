"""The servers of a measurement, each started on loopback and ready when its function returns."""

import json
import os
import socket
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from dialects import Memc, REST, Webdis
from processes import free_port, unprivileged_user
from requirements import NGINX_MEMC_MODULE, command

HERE = Path(__file__).resolve().parent
# A cap, not an allocation: the data set with its overhead fits many times, so nothing is evicted.
MEMCACHED_MEGABYTES = 2048
# For a line of an answer, in seconds: far longer than a node takes that is not hung.
NODE_TIMEOUT = 15
# The longest value has 4 MiB, and needs room for its name.
MEMCACHED_ITEM_LIMIT = "8m"
# Commands of one connection at a time, as the deployment's README advises. To nginx, which has one request at a time on
# a connection, it makes no difference.
MEMCACHED_COMMANDS_AT_A_TIME = 1000
# A reply goes on in pieces as long as its buffer at most: nginx is fastest when a whole value fits. NGINX_REPLY_BUFFER
# gives it another size, to see that.
NGINX_LEAST_BUFFER = 16384
# Past this long after its start the gateway is as it is for good when all nodes are up. By default that takes ten
# minutes, in which it also looks at nodes past the first ones, because of what a gateway before it may have left.
FAILOVER_TTL_SECONDS = 1
# The marks of three empty nodes take a tenth of a second.
SETTLE_DEADLINE = 30
# libmicrohttpd writes these three itself.
HEADERS_OF_THE_LIBRARY = ("date", "content-length", "connection")


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: object
    dialect: type = REST
    admin_port: int | None = None


def start_memcached(processes, name, megabytes=MEMCACHED_MEGABYTES, port=None):
    port = port or free_port()
    # One thread: more than two gateway workers can ask for. The default of four would only add
    # context switches on the cores that the client and the measured server need.
    arguments = [command("memcached"), "-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1", "-m", megabytes,
                 "-I", MEMCACHED_ITEM_LIMIT, "-R", MEMCACHED_COMMANDS_AT_A_TIME]
    if unprivileged_user():
        arguments += ["-u", unprivileged_user()]
    process = processes.start(f"memcached-{name}", arguments)
    # Looked for often: the time of a restore begins when the node is there.
    process.wait_for_port(port, interval=0.001)
    return Server(name, port, process)


def lines_of(node, request):
    """The lines with which a memcached answers, until it closes the connection or nobody wants more."""
    try:
        with socket.create_connection(("127.0.0.1", node.port), timeout=NODE_TIMEOUT) as connection:
            connection.sendall(request + b"\r\n")
            yield from connection.makefile("rb")
    except OSError as failure:
        raise node.process.failure(f"does not answer {request.decode()}: {failure}") from failure


def item_count(node):
    """How many items a memcached holds, by its own word."""
    for line in lines_of(node, b"stats"):
        if line.startswith(b"STAT curr_items "):
            return int(line.split()[2])
    raise node.process.failure("does not tell how many items it holds")


def gateway_arguments(binary, nodes, replicas, workers=1):
    arguments = [binary, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                 "--workers", workers, "--replicas", replicas, "--log-level", "warning",
                 "--failover-ttl", f"{FAILOVER_TTL_SECONDS}s"]
    for node in nodes:
        arguments += ["--node", f"{node.name}=127.0.0.1:{node.port}"]
    return arguments


def start_gateway(processes, binary, nodes, replicas, workers=1, more=()):
    arguments = gateway_arguments(binary, nodes, replicas, workers) + list(more)
    process = processes.start_measured("gateway", arguments, gateway_environment(processes.directory))
    line = process.wait_for_line(r"listening on http://127\.0\.0\.1:(\d+) admin http://127\.0\.0\.1:(\d+)\n")
    return Server("gateway", int(line.group(1)), process, admin_port=int(line.group(2)))


def wait_until_settled(gateway):
    """Until the gateway is done with what it does at its start."""
    deadline = time.monotonic() + SETTLE_DEADLINE
    time.sleep(FAILOVER_TTL_SECONDS)
    while any(is_busy(node) for node in nodes_of(gateway)):
        if time.monotonic() > deadline:
            raise gateway.process.failure("still restores its nodes")
        time.sleep(0.1)


def is_busy(node):
    return node["state"] != "up" or (node["restore"] or {}).get("state") not in (None, "done")


def nodes_of(gateway):
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.admin_port}/nodes", timeout=10) as answer:
        return json.load(answer)["nodes"]


def gateway_environment(directory):
    """Nobody's own settings may change what is measured, nor may the run touch their state."""
    prefix = "CACHE_GATEWAY_"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefix)}
    return {**kept, prefix + "STATE_DIRECTORY": str(directory / "state")}


def filled_in(template, settings):
    text = (HERE / template).read_text()
    for name, value in settings.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def start_nginx(processes, node, value_size, workers=1):
    port, directory = free_port(), processes.directory
    user = unprivileged_user()
    configuration = directory / "nginx.conf"
    configuration.write_text(filled_in("nginx/memc.conf", {
        "user": f"user {user} nogroup;" if user else "",
        "module": NGINX_MEMC_MODULE,
        "directory": directory,
        "workers": workers,
        "port": port,
        "node_port": node.port,
        # A body that does not fit goes through a file.
        "body_buffer": max(NGINX_LEAST_BUFFER, value_size),
        "reply_buffer": os.environ.get("NGINX_REPLY_BUFFER") or max(NGINX_LEAST_BUFFER, value_size + 4096),
        # As the gateway's workers have it: a queue of connections for each.
        "reuseport": "reuseport" if workers > 1 else "",
    }))
    directory.chmod(0o755)  # nginx's worker is another user, and its temporary files are in here
    process = processes.start_measured(
        "nginx", [command("nginx"), "-e", "stderr", "-p", directory, "-c", configuration])
    process.wait_for_port(port)
    return Server("nginx", port, process, Memc)


def start_redis(processes):
    """Keeps everything in memory only, as memcached does."""
    port = free_port()
    process = processes.start("redis", [
        command("redis-server"), "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no",
        "--dir", processes.directory])
    process.wait_for_port(port)
    return Server("redis", port, process)


def start_webdis(processes, redis, workers=1):
    port = free_port()
    configuration = processes.directory / "webdis.json"
    configuration.write_text(filled_in(
        "webdis/webdis.json", {"port": port, "node_port": redis.port, "workers": workers}))
    process = processes.start_measured("webdis", [command("webdis"), configuration])
    process.wait_for_port(port)
    return Server("webdis", port, process, Webdis)


def start_haproxy(processes, floor, workers=1):
    port = free_port()
    configuration = processes.directory / "haproxy.cfg"
    configuration.write_text(filled_in(
        "haproxy/floor.cfg", {"port": port, "node_port": floor.port, "workers": workers}))
    process = processes.start_measured("haproxy", [command("haproxy"), "-db", "-f", configuration])
    process.wait_for_port(port)
    return Server("haproxy", port, process)


def start_floor(processes, program, body_size, gateway_headers, workers=1, is_measured=True):
    arguments = [program, "--body-size", body_size, "--threads", workers]
    for header in gateway_headers:
        if header.split(":")[0].lower() not in HEADERS_OF_THE_LIBRARY:
            arguments += ["--header", header]
    if is_measured:
        process = processes.start_measured("floor", arguments)
    else:
        process = processes.start("floor-behind", arguments)
    line = process.wait_for_line(r"listening on http://127\.0\.0\.1:(\d+)\n")
    return Server("floor", int(line.group(1)), process)
