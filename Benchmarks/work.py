"""What a client asks for in a run, as a list of requests that is sent from its beginning to its end, and again."""

import itertools
import random
from dataclasses import dataclass, replace

# As YCSB has it: of 100,000 keys the most popular one gets one request in thirteen.
ZIPF_EXPONENT = 0.99
WRITES_IN_HUNDRED = 10
# Long enough that keys come in the frequency that they should.
ZIPF_REQUESTS = 200_000


def hit(dialect, key, data):
    return replace(dialect.get(key), least_body=data.value_size)


class Work:
    keys_per_request = 1
    # Or over and over again.
    is_done_once = False

    def requests(self, dialect, data):
        """Each says how it must be answered."""
        raise NotImplementedError


class Gets(Work):
    def requests(self, dialect, data):
        keys = data.keys()
        return [hit(dialect, keys[index], data) for index in data.shuffled()]


class HotGet(Gets):
    def requests(self, dialect, data):
        return super().requests(dialect, data)[:1]


class Misses(Work):
    def requests(self, dialect, data):
        keys = data.keys("absent")
        return [replace(dialect.get(keys[index]), status=404) for index in data.shuffled()]


class Puts(Work):
    prefix = "bench"

    def requests(self, dialect, data):
        keys = data.keys(self.prefix)
        return [dialect.put(keys[index], data.value(index)) for index in data.shuffled()]


class Deletes(Work):
    """Each key is there before and is deleted once."""
    is_done_once = True
    prefix = "gone"

    def requests(self, dialect, data):
        keys = data.keys(self.prefix)
        return [dialect.delete(keys[index]) for index in data.shuffled()]


class DeletedBefore(Puts):
    """What a run of deletes needs."""
    prefix = Deletes.prefix


class ZipfMix(Work):
    """90 % GET and 10 % PUT of keys of which few are asked for often."""

    def requests(self, dialect, data):
        chance = random.Random(data.seed)
        keys, by_rank = data.keys(), data.shuffled()
        weights = itertools.accumulate(1 / rank ** ZIPF_EXPONENT for rank in range(1, data.key_count + 1))
        drawn = chance.choices(by_rank, cum_weights=list(weights), k=ZIPF_REQUESTS)
        return [dialect.put(keys[index], data.value(index)) if chance.random() * 100 < WRITES_IN_HUNDRED
                else hit(dialect, keys[index], data) for index in drawn]


@dataclass(frozen=True)
class Batches(Work):
    keys_per_request: int

    def requests(self, dialect, data):
        keys = data.keys()
        groups = zip(*[iter(data.shuffled())] * self.keys_per_request)
        return [replace(dialect.batch([keys[index] for index in group]),
                        least_body=self.keys_per_request * data.value_size) for group in groups]
