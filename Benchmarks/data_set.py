"""The keys and values of a measurement, the same in every run."""

import base64
import random
from dataclasses import dataclass, field

# All values together: small enough to load in seconds and to stay in each node's memory.
MOST_TOTAL_BYTES = 128 << 20
# Fewer, and identical GETs would be under way at the same time, which the gateway answers from one walk.
LEAST_KEYS = 128
# Enough to notice a server that answers something else, few enough to cost nothing.
SAMPLE_SIZE = 100
# The generator gives less than 256 MiB at once.
_BLOCK = 64 << 20


@dataclass(frozen=True)
class DataSet:
    key_count: int
    value_size: int
    seed: int
    pool: bytes = field(repr=False)

    @classmethod
    def make(cls, key_count, value_size, seed):
        """Values are letters and digits without order, so that a batch holds them as they are, too."""
        count = min(key_count, max(LEAST_KEYS, MOST_TOTAL_BYTES // value_size))
        size = count * value_size
        pool = base64.b64encode(_random_bytes(random.Random(seed), size * 3 // 4 + 3))[:size]
        return cls(count, value_size, seed, pool)

    def keys(self, prefix="bench"):
        return [f"{prefix}-{index:06d}" for index in range(self.key_count)]

    def value(self, index):
        return self.pool[index * self.value_size:(index + 1) * self.value_size]

    def shuffled(self):
        """The numbers of the keys, in the order in which they are asked for."""
        order = list(range(self.key_count))
        random.Random(self.seed).shuffle(order)
        return order

    def sample(self):
        return random.Random(self.seed).sample(range(self.key_count), min(SAMPLE_SIZE, self.key_count))


def _random_bytes(generator, count):
    return b"".join(generator.randbytes(min(_BLOCK, count - start)) for start in range(0, count, _BLOCK))
