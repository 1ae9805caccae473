"""What a client asks for in a run, as a list of requests that is sent from its beginning to its end, and again."""

import itertools
import random
from dataclasses import dataclass

# As YCSB has it: of 100,000 keys the most popular one gets one request in thirteen.
ZIPF_EXPONENT = 0.99
WRITES_IN_HUNDRED = 10
# Long enough that keys come in the frequency that they should.
ZIPF_REQUESTS = 200_000


class Work:
    """By default every answer is a success, and the run may go over the requests more than once."""
    # An answer that must not be a success: every single one is looked at for it.
    status = None
    keys_per_request = 1
    is_done_once = False

    def requests(self, dialect, data):
        raise NotImplementedError

    def least_bytes(self, data):
        """Of an answer, in the mean. A run whose answers were shorter is rejected."""
        return 0


class Gets(Work):
    def requests(self, dialect, data):
        keys = data.keys()
        return [dialect.get(keys[index]) for index in data.shuffled()]

    def least_bytes(self, data):
        return data.value_size


class HotGet(Gets):
    def requests(self, dialect, data):
        return super().requests(dialect, data)[:1]


class Misses(Work):
    status = 404

    def requests(self, dialect, data):
        keys = data.keys("absent")
        return [dialect.get(keys[index]) for index in data.shuffled()]


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
                else dialect.get(keys[index]) for index in drawn]

    def least_bytes(self, data):
        # Chance gives a few writes more or less than ten in a hundred.
        return data.value_size * (100 - 2 * WRITES_IN_HUNDRED) / 100


@dataclass(frozen=True)
class Batches(Work):
    keys_per_request: int

    def requests(self, dialect, data):
        keys = data.keys()
        groups = zip(*[iter(data.shuffled())] * self.keys_per_request)
        return [dialect.batch([keys[index] for index in group]) for group in groups]

    def least_bytes(self, data):
        return self.keys_per_request * data.value_size
