"""A small HTTP client: one keep-alive connection, which is opened anew when it breaks."""

import http.client
import socket


class Client:
    def __init__(self, gateway, timeout_seconds=5):
        self._connection = http.client.HTTPConnection(gateway.host, gateway.port, timeout=timeout_seconds)

    def get(self, key):
        return self._ask("GET", key)

    def put(self, key, value, headers=None):
        return self._ask("PUT", key, value, headers)

    def delete(self, key):
        return self._ask("DELETE", key)

    def close(self):
        self._connection.close()

    def _ask(self, method, key, body=None, headers=None):
        """The answer, or None when the connection failed: the outcome is then unknown."""
        try:
            if self._connection.sock is None:
                self._connection.connect()
                self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection.request(method, f"/keys/{key}", body=body, headers=headers or {})
            response = self._connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return None


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def all_copies_stand(self):
        """Whether `Cache-Gateway-Replicas: 2/2` says that as many copies stand as were wanted."""
        standing, _, wanted = self.headers.get("Cache-Gateway-Replicas", "").partition("/")
        return standing == wanted != ""
