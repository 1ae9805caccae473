"""What is measured: each case is asked of its contenders in turns.

There is one base point, and each factor is varied from there."""

from dataclasses import dataclass

from work import Batches, Deletes, Gets, HotGet, Misses, Puts, Work, ZipfMix


@dataclass(frozen=True)
class Conditions:
    """Of the servers: cases with the same ones share them."""
    replicas: int = 2
    workers: int = 1
    value_size: int = 100
    # So many times as many as usual.
    keys: int = 1


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    work: Work
    peers: tuple = ("nginx", "webdis")
    conditions: Conditions = Conditions()
    connections: int = 64
    keeps_alive: bool = True
    # The gateway removes replaced chunks ten seconds later, when nobody reads them any more.
    seconds_afterwards: float = 0
    # The gateway again, but with GETs of one key each.
    against_single_gets: bool = False


KIB = 1024
MIB = 1024 * KIB
SIZES = (("1k", "1 KiB", KIB), ("10k", "10 KiB", 10 * KIB), ("100k", "100 KiB", 100 * KIB), ("1m", "1 MiB", MIB),
         ("4m", "4 MiB, which the gateway stores in chunks", 4 * MIB))
WITH_FLOOR = ("nginx", "webdis", "floor")

GET, PUT = Gets(), Puts()
MANY_KEYS = Conditions(keys=10)
ONE_REPLICA, THREE_REPLICAS = Conditions(replicas=1), Conditions(replicas=3)
LARGE_ONE_REPLICA = Conditions(replicas=1, value_size=MIB)

CASES = (
    Case("get", "GET, hit", GET, peers=WITH_FLOOR + ("haproxy",)),
    Case("miss", "GET, miss", Misses()),
    Case("put", "PUT", PUT),
    Case("delete", "DELETE", Deletes()),
    Case("mixed", "90 % GET, 10 % PUT, Zipf", ZipfMix()),
    Case("hot", "GET of one key (identical GETs share a walk)", HotGet(), peers=()),
    Case("get-16-connections", "GET, 16 connections", GET, connections=16),
    Case("get-256-connections", "GET, 256 connections", GET, connections=256),
    Case("get-new-connections", "GET, a new connection each", GET, peers=WITH_FLOOR, keeps_alive=False),
    Case("batch-10", "batches of 10 GETs", Batches(10), peers=("webdis",), against_single_gets=True),
    Case("batch-100", "batches of 100 GETs", Batches(100), peers=("webdis",), against_single_gets=True),
    Case("get-many-keys", "GET, 1,000,000 keys", GET, conditions=MANY_KEYS),
    Case("put-many-keys", "PUT, 1,000,000 keys", PUT, conditions=MANY_KEYS),
    *(Case(f"get-{name}", f"GET, {title}", GET, conditions=Conditions(value_size=size))
      for name, title, size in SIZES),
    *(Case(f"put-{name}", f"PUT, {title}", PUT, conditions=Conditions(value_size=size),
           seconds_afterwards=12 if size > MIB else 0)
      for name, title, size in SIZES),
    Case("get-1-replica", "GET, 1 replica", GET, conditions=ONE_REPLICA),
    Case("put-1-replica", "PUT, 1 replica", PUT, conditions=ONE_REPLICA),
    Case("get-3-replicas", "GET, 3 replicas", GET, conditions=THREE_REPLICAS),
    Case("put-3-replicas", "PUT, 3 replicas", PUT, conditions=THREE_REPLICAS),
    Case("get-1m-1-replica", "GET, 1 MiB, 1 replica", GET, conditions=LARGE_ONE_REPLICA),
    Case("put-1m-1-replica", "PUT, 1 MiB, 1 replica", PUT, conditions=LARGE_ONE_REPLICA),
    Case("get-2-workers", "GET, 2 workers", GET, peers=WITH_FLOOR, conditions=Conditions(workers=2)),
    Case("put-2-workers", "PUT, 2 workers", PUT, conditions=Conditions(workers=2)),
)
