"""Writes a whole run's results where the README shows them."""

import datetime
import sys

import plot
import results
from options import ROOT

DOCS = ROOT / "docs"
VERSIONS = ("gateway", "memcached", "nginx", "webdis", "redis", "haproxy", "libmicrohttpd", "kernel")


def preface(description):
    versions = ", ".join(f"{name} {description[name]}" for name in VERSIONS)
    arguments = f' ARGS="{" ".join(sys.argv[1:])}"'
    return ("# Benchmarks\n\nThe gateway side by side with its peers on one machine, in turns. "
            "[Benchmarks/README.md](../Benchmarks/README.md) says how it is measured and how to read it.\n\n"
            "![Throughput and CPU time per request](benchmarks.svg)\n\n"
            f"- {datetime.date.today().isoformat()}, `make bench{arguments}`\n"
            f"- {description['cores']} cores, {description['cpu']}; load before the run: "
            f"{description['load_before']:.1f}\n- {versions}\n\n## Cases\n\n")


def write(measured, options, description):
    (DOCS / "benchmarks.svg").write_text(plot.svg(measured))
    (DOCS / "benchmarks.md").write_text(preface(description) + results.page(measured, options, description))
