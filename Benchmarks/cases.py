"""What is measured: each case is asked of its servers in turns."""

from dataclasses import dataclass

ALL_KEYS = None


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    servers: tuple
    writes_in_ten: int = 0
    key_count: int | None = ALL_KEYS


CASES = (
    Case("get", "GET, hit", ("gateway", "floor", "nginx")),
    Case("hot", "GET of one hot key (identical GETs share a walk)", ("gateway",), key_count=1),
    Case("put", "PUT", ("gateway", "nginx"), writes_in_ten=10),
    Case("mixed", "90 % GET, 10 % PUT", ("gateway", "nginx"), writes_in_ten=1),
)
