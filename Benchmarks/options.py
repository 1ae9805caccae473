"""The command line."""

import argparse
import os
from pathlib import Path

from cases import CASES
from requirements import Missing

ROOT = Path(__file__).resolve().parent.parent
# What is measured beside the cases.
LATENCY, MEMORY, START, RESTORE = "latency", "memory", "start", "restore"
SECTIONS = (LATENCY, MEMORY, START, RESTORE)


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def seconds(text):
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def parse():
    parser = argparse.ArgumentParser(
        description="Measures the gateway side by side with its peers and with the floor.")
    names = [case.name for case in CASES] + list(SECTIONS)
    parser.add_argument("--rounds", type=positive, help="turns per server and case (5; quick: 1)")
    parser.add_argument("--seconds", type=seconds, help="length of a run (2; quick: 0.4)")
    parser.add_argument("--case", "--only", action="append", choices=names, metavar="NAME", dest="names",
                        help="only this one; repeatable (all): " + ", ".join(names))
    parser.add_argument("--pin", action="store_true",
                        help="the measured server alone on the first core, everything else on the others")
    parser.add_argument("--quick", action="store_true",
                        help="see that everything works; too short for figures")
    parser.add_argument("--publish", action="store_true",
                        help="also write docs/benchmarks.md and docs/benchmarks.svg")
    options = with_defaults(parser.parse_args())
    if options.pin and os.cpu_count() < 2:
        parser.error("--pin needs two cores")
    chosen_otherwise = [name for name in ("CACHE_GATEWAY_BINARY", "NGINX_REPLY_BUFFER") if name in os.environ]
    if options.publish and chosen_otherwise:
        parser.error(f"--publish is for what these sources say: {chosen_otherwise[0]} does not go with it")
    if options.publish and "MAKELEVEL" not in os.environ:
        parser.error("--publish is for `make bench`, which builds these sources first")
    if options.publish and (options.quick or set(options.names) != set(names)):
        parser.error("--publish is for whole runs: neither --quick nor --case goes with it")
    return options


def with_defaults(options):
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.seconds = options.seconds or (0.4 if options.quick else 2)
    options.keys = 2_000 if options.quick else 100_000
    options.names = options.names or [case.name for case in CASES] + list(SECTIONS)
    return options


def gateway_binary():
    override = os.environ.get("CACHE_GATEWAY_BINARY")
    binary = Path(override).resolve() if override else ROOT / ".build" / "release" / "cache-gateway"
    if not os.access(binary, os.X_OK):
        raise Missing(f"no gateway at {binary}: build it with `make build`, or set CACHE_GATEWAY_BINARY")
    return binary
