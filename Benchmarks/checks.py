"""Whether a server stores and returns what it should: else its speed would mean nothing."""

import http.client


class WrongAnswer(Exception):
    pass


class Client:
    """Asks one server, one request after the other."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)

    def ask(self, request):
        self.connection.request(request.method, request.target, request.body, request.headers)
        response = self.connection.getresponse()
        return response, response.read()

    def require(self, request, status, is_right=lambda body: True):
        response, body = self.ask(request)
        if response.status != status or not is_right(body):
            raise WrongAnswer(f"{self.server.name}: {request.method} {request.target[:100]} answered "
                              f"{response.status} with {len(body)} bytes: {body[:100]!r}")

    def close(self):
        self.connection.close()


def answer_headers(server, data):
    """The header lines of a real answer to a GET, in their order."""
    client = Client(server)
    response, _ = client.ask(server.dialect.get(data.keys()[0]))
    client.close()
    return [f"{name}: {value}" for name, value in response.getheaders()]


def require_copies(server, data, replicas):
    """A PUT at the gateway says how many copies stand."""
    client = Client(server)
    response, body = client.ask(server.dialect.put(data.keys()[0], data.value(0)))
    client.close()
    standing = response.headers.get("Cache-Gateway-Replicas")
    if standing != f"{replicas}/{replicas}":
        raise WrongAnswer(f"{server.name}: PUT left {standing} copies, not {replicas}/{replicas}: {body[:200]!r}")


def require_stored(server, data):
    """A sample of the values must come back byte for byte."""
    client, keys = Client(server), data.keys()
    for index in data.sample():
        client.require(server.dialect.get(keys[index]), 200, lambda body: body == data.value(index))
    client.close()


def require_absent(server, keys):
    client = Client(server)
    for key in keys:
        client.require(server.dialect.get(key), 404)
    client.close()


def require_batch(server, data, size):
    client, indices = Client(server), data.shuffled()[:size]
    values = [data.value(index).decode() for index in indices]
    client.require(server.dialect.batch([data.keys()[index] for index in indices]), 200,
                   lambda body: server.dialect.batch_values(body) == values)
    client.close()
