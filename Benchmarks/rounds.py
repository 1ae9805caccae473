"""Figures of several rounds: their median and spread, and ratios within a round."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figures:
    """One for each round."""
    each: tuple

    @property
    def median(self):
        return median(self.each)

    @property
    def least(self):
        return min(self.each)

    @property
    def most(self):
        return max(self.each)

    def over(self, others):
        """The ratio of each round: what changes from round to round on the machine touches both figures of a pair."""
        return Figures(tuple(a / b for a, b in zip(self.each, others.each, strict=True)))


def throughput(runs):
    return Figures(tuple(run.keys_per_second for run in runs))


def cpu(runs):
    return Figures(tuple(run.cpu_microseconds_per_key for run in runs))
