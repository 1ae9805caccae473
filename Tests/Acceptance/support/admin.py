"""A gateway's admin listener, as an operator's program uses it."""

import json
import urllib.error
import urllib.request

from .program import Failure


class Admin:
    def __init__(self, gateway):
        self._url = gateway.admin_url

    def nodes(self):
        return json.loads(self._ask("GET", "/nodes"))

    def names(self):
        return [node["name"] for node in self.nodes()["nodes"]]

    def node(self, name):
        return json.loads(self._ask("GET", f"/nodes/{name}"))

    def add(self, node, weight=1):
        body = {"address": f"{node.address}:{node.port}", "weight": weight}
        self._ask("PUT", f"/nodes/{node.name}", body)

    def weigh(self, name, weight):
        self._ask("PUT", f"/nodes/{name}", {"weight": weight})

    def drain(self, name):
        self._ask("POST", f"/nodes/{name}/drain")

    def remove(self, name):
        self._ask("DELETE", f"/nodes/{name}")

    def is_moving(self):
        """Keys are on the way to other nodes, or to one that came back empty."""
        pool = self.nodes()
        transfers = [pool["rebalance"]] + [node["restore"] for node in pool["nodes"]]
        return any(transfer and transfer["state"] != "done" for transfer in transfers)

    def _ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            raise Failure(f"{method} {path}: {error.code} {error.read().decode()}") from error
