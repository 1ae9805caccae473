"""The measurement: all servers up and loaded, then each case asked of its servers in turns."""

import sys

import data_set
import servers
from cases import CASES
from measure import Load, measure

# Of the data set and of the order in which wrk walks it.
SEED = 1
WARM_UP_SECONDS = 1


def measure_all(processes, build_directory, binary, options):
    """For each case the runs of each server, in the order of the rounds."""
    data = data_set.DataSet.make(options.keys, options.value_size, SEED)
    values_file = processes.directory / "values"
    values_file.write_bytes(data.pool)
    load = Load(options.connections, options.wrk_threads, data, values_file)
    floor_program = servers.build_floor(build_directory)
    pool = start_servers(processes, binary, floor_program, data)
    verify_stored(pool, data)
    results = {case: measure_case(processes, case, pool, load, options)
               for case in CASES if not options.case or case.name in options.case}
    verify_stored(pool, data)
    return results


def start_servers(processes, binary, floor_program, data):
    """All servers, loaded, by name."""
    nodes = [servers.start_memcached(processes, name) for name in servers.NODE_NAMES]
    gateway = servers.start_gateway(processes, binary, nodes)
    data_set.load(gateway, data, copies=servers.REPLICAS)

    # A node of its own: its keys are none of the gateway's business.
    nginx_node = servers.start_memcached(processes, "nginx")
    nginx = servers.start_nginx(processes, nginx_node, data.value_size)
    data_set.load(nginx, data)

    headers = data_set.answer_headers(gateway, data)
    floor = servers.start_floor(processes, floor_program, data.value_size, headers)
    return {server.name: server for server in (gateway, nginx, floor)}


def verify_stored(pool, data):
    for name in ("gateway", "nginx"):
        data_set.verify(pool[name], data)


def measure_case(processes, case, pool, load, options):
    """The servers take turns, A B C A B C: what changes on the machine meets all of them."""
    for name in case.servers:
        measure(processes, case, pool[name], load, WARM_UP_SECONDS)
    runs = {name: [] for name in case.servers}
    for round_number in range(1, options.rounds + 1):
        for name in case.servers:
            run = measure(processes, case, pool[name], load, options.seconds)
            runs[name].append(run)
            report_progress(case, name, round_number, run)
    return runs


def report_progress(case, name, round_number, run):
    print(f"{case.name} {round_number} {name}: {run.requests_per_second:,.0f} requests/s, "
          f"{run.cpu_microseconds_per_request:.1f} µs CPU", file=sys.stderr, flush=True)
