"""How each kind of server is asked for the same thing."""

import json
from dataclasses import dataclass

# Never a miss: longer than any measurement.
TTL_SECONDS = 86400


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    body: bytes | None = None
    content_type: str | None = None
    # Of its answer: what it must be, and the least bytes of the body.
    status: int = 200
    least_body: int = 0

    @property
    def headers(self):
        return {"Content-Type": self.content_type} if self.content_type else {}

    def encoded(self, closes):
        """As it goes over the connection, which with `closes` is used for it alone."""
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: 127.0.0.1"]
        if closes:
            lines.append("Connection: close")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (self.body or b"")


class REST:
    """The gateway's requests. nginx is configured to take the same, and the floor answers any GET."""
    PUT_STATUS = 204
    DELETE_STATUS = 204

    @staticmethod
    def get(key):
        return Request("GET", f"/keys/{key}")

    @classmethod
    def put(cls, key, value):
        return Request("PUT", f"/keys/{key}?ttl={TTL_SECONDS}", value, status=cls.PUT_STATUS)

    @classmethod
    def delete(cls, key):
        return Request("DELETE", f"/keys/{key}", status=cls.DELETE_STATUS)

    @staticmethod
    def batch(keys):
        operations = [{"op": "get", "key": key} for key in keys]
        return Request("POST", "/batch", json.dumps({"operations": operations}).encode(), "application/json")

    @staticmethod
    def batch_values(body):
        return [result.get("value") for result in json.loads(body)["results"]]


class Memc(REST):
    """nginx's memc module says what memcached did."""
    PUT_STATUS = 201
    DELETE_STATUS = 200


class Webdis:
    """Redis commands in the path. With `.txt` answers are bare values, which is less work than JSON."""

    @staticmethod
    def get(key):
        return Request("GET", f"/GET/{key}.txt")

    @staticmethod
    def put(key, value):
        return Request("PUT", f"/SETEX/{key}/{TTL_SECONDS}.txt", value)

    @staticmethod
    def delete(key):
        return Request("GET", f"/DEL/{key}.txt")

    @staticmethod
    def batch(keys):
        return Request("GET", "/MGET/" + "/".join(keys))

    @staticmethod
    def batch_values(body):
        return json.loads(body)["MGET"]
