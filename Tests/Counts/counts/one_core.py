"""Everything on one core, and in the same order each time.

A woken process of the batch class never interrupts the running one. So the client hands over a whole round of
requests before the gateway runs, the gateway takes all of them in one turn of its loop, and a node all of its
commands: batches are as large in every run, whatever else the machine does.
"""

import os

from support.places import Loopback


def keep_to_one_core():
    """For this process, and for all that it starts from now on."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


class Batch(Loopback):
    """Where the nodes run, and the gateway by way of the program that counts for it."""

    def __init__(self, by_way_of=lambda arguments: arguments):
        self._by_way_of = by_way_of

    def command(self, arguments):
        return ["chrt", "--batch", "0", *self._by_way_of(arguments)]
