"""The command line."""

import argparse
import os
from pathlib import Path

from cases import CASES
from requirements import Missing

ROOT = Path(__file__).resolve().parent.parent
# memcached takes no item over 1 MiB by default, and the gateway's header needs room in it, too.
MOST_VALUE_BYTES = 1_000_000


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def value_size(text):
    value = positive(text)
    if value > MOST_VALUE_BYTES:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_VALUE_BYTES}")
    return value


def parse():
    parser = argparse.ArgumentParser(
        description="Measures the gateway side by side with the floor and with nginx.")
    parser.add_argument("--rounds", type=positive, help="turns per server and case (5; quick: 2)")
    parser.add_argument("--seconds", type=positive, help="length of a run (5; quick: 1)")
    parser.add_argument("--connections", type=positive, default=64, help="of wrk (64)")
    parser.add_argument("--wrk-threads", type=positive, default=1, help="(1)")
    parser.add_argument("--value-size", type=value_size, default=100, help="bytes (100)")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES],
                        help="only this one; repeatable (all)")
    parser.add_argument("--quick", action="store_true",
                        help="see that everything works; too short for figures")
    return with_defaults(parser.parse_args())


def with_defaults(options):
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seconds = options.seconds or (1 if options.quick else 5)
    options.keys = 1_000 if options.quick else 10_000
    return options


def gateway_binary():
    override = os.environ.get("CACHE_GATEWAY_BINARY")
    binary = Path(override).resolve() if override else ROOT / ".build" / "release" / "cache-gateway"
    if not os.access(binary, os.X_OK):
        raise Missing(f"no gateway at {binary}: build it with `swift build -c release`, "
                      "or set CACHE_GATEWAY_BINARY")
    return binary
