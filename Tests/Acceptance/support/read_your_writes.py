"""Writes, deletes and reads its own keys, and knows exactly what every read may answer."""

import random
import uuid

from .client import Client


class ReadYourWrites:
    """After an acknowledged PUT, a GET answers that value (404 is counted as a miss, never another
    value); after an acknowledged DELETE it answers 404. An unacknowledged write leaves the key's
    content unknown until the next acknowledged one."""

    DELETED = None

    def __init__(self, gateway, keys=200, seed=1):
        self._client = Client(gateway)
        self._keys = [f"own/{seed}/{number}" for number in range(keys)]
        self._random = random.Random(seed)
        self._expected = {}
        self._written = set()
        self._fewer_copies = set()
        self._counts = dict.fromkeys(
            ["puts", "deletes", "gets", "stale", "resurrected", "wrong", "misses",
             "misses of a value with fewer copies", "5xx", "unanswered", "fewer copies"], 0)

    def step(self):
        """One write and its read-back, and a look at a key that was written some time ago."""
        key = self._random.choice(self._keys)
        self._delete(key) if self._random.random() < 0.25 else self._put(key)
        self._get(key)
        self._get(self._random.choice(self._keys))

    def result(self):
        """Reads every key once more, so that the last look is at everything; then the counts."""
        for key in self._keys:
            self._get(key)
        return self._counts

    def _put(self, key):
        value = f"{key} {uuid.UUID(int=self._random.getrandbits(128))}".encode()
        self._written.add(value)
        answer = self._client.put(key, value)
        if self._acknowledged(answer, key, "puts"):
            self._expected[key] = value
            self._note_copies(key, answer)

    def _delete(self, key):
        if self._acknowledged(self._client.delete(key), key, "deletes"):
            self._expected[key] = self.DELETED

    def _acknowledged(self, answer, key, kind):
        self._counts[kind] += 1
        self._expected.pop(key, None)
        if answer is not None and answer.status == 204:
            return True
        self._count_failure(answer)
        return False

    def _get(self, key):
        if key not in self._expected:
            return
        self._counts["gets"] += 1
        answer = self._client.get(key)
        if answer is not None and answer.status == 200:
            self._judge_value(key, answer.body)
        elif answer is not None and answer.status == 404:
            self._judge_miss(key)
        else:
            self._count_failure(answer)

    def _judge_value(self, key, body):
        expected = self._expected[key]
        if body == expected:
            return
        # A value names its key, so one that was written at all and names this key is an older one.
        if body not in self._written or not body.startswith(f"{key} ".encode()):
            self._counts["wrong"] += 1
        else:
            self._counts["resurrected" if expected is self.DELETED else "stale"] += 1

    def _judge_miss(self, key):
        if self._expected[key] is not self.DELETED:
            fewer = key in self._fewer_copies
            self._counts["misses of a value with fewer copies" if fewer else "misses"] += 1

    def _count_failure(self, answer):
        if answer is None:
            self._counts["unanswered"] += 1
        elif answer.status >= 500:
            self._counts["5xx"] += 1
        else:
            self._counts["wrong"] += 1

    def _note_copies(self, key, answer):
        self._fewer_copies.discard(key)
        if not answer.all_copies_stand:
            self._fewer_copies.add(key)
            self._counts["fewer copies"] += 1
