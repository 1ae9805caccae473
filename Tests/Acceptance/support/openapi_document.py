"""openapi.yaml: whether it is valid, and whether an answer is as it says. Needs PyYAML and jsonschema."""

import json

import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

PROBLEM_JSON = "application/problem+json"
PROBLEM_URN = "urn:cache-gateway:problem:"
_READERS = {"application/json": json.loads, "application/yaml": yaml.safe_load}
_METHODS = {"get", "head", "put", "post", "delete", "options"}
_UNSUPPORTED_METHOD = {"/keys/{key}": "MethodNotAllowed", "/batch": "BatchMethodNotAllowed",
                       "/livez": "HealthMethodNotAllowed",
                       "/readyz": "HealthMethodNotAllowed", "/nodes": "HealthMethodNotAllowed",
                       "/nodes/{name}": "NodeMethodNotAllowed",
                       "/nodes/{name}/drain": "NodeActionNotAllowed",
                       "/nodes/{name}/restore": "NodeActionNotAllowed",
                       "/nodes/{name}/flush": "NodeActionNotAllowed", "/metrics": "HealthMethodNotAllowed",
                       "/openapi.yaml": "HealthMethodNotAllowed"}


class Document:
    def __init__(self, path):
        self._raw = yaml.safe_load(path.read_text(encoding="utf-8"))

    def mistakes(self):
        """What the OpenAPI specification does not allow."""
        found = OpenAPIV31SpecValidator(self._raw).iter_errors()
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found]

    def wrong_examples(self):
        """Examples that are not as their own schema says. Those for `*/*` have none to speak of."""
        return [f"{name}: {wrong}" for name, value, schema in _examples(self._resolve(self._raw))
                for wrong in _violations(value, schema)]

    def problem_types(self):
        """The last parts of the types."""
        types = self._raw["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
        return {one.removeprefix(PROBLEM_URN) for one in types}

    def answers(self):
        """Every documented (method, path, status)."""
        return {(method.upper(), path, int(status)) for path, item in self._raw["paths"].items()
                for method in _METHODS & item.keys() for status in item[method]["responses"]}

    def violations(self, method, path, answer):
        """What is not as documented about an answer to a request."""
        documented = self._documented(method, path, answer.status)
        if documented is None:
            return [f"status {answer.status} is not documented"]
        wrong = list(_wrong_headers(answer, documented.get("headers", {})))
        return wrong + list(_wrong_body(method, answer, documented.get("content")))

    def _documented(self, method, path, status):
        operation = self._raw["paths"][path].get(method.lower())
        if operation is None:
            response = self._raw["components"]["responses"][_UNSUPPORTED_METHOD[path]] if status == 405 else None
        else:
            response = operation["responses"].get(str(status))
        return self._resolve(response)

    def _resolve(self, node):
        """With every reference replaced by what it refers to; none refers to itself."""
        if isinstance(node, list):
            return [self._resolve(one) for one in node]
        if not isinstance(node, dict):
            return node
        rest = {name: self._resolve(one) for name, one in node.items() if name != "$ref"}
        if "$ref" not in node:
            return rest
        target = self._raw
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        target = self._resolve(target)
        return {"allOf": [target], **rest} if rest else target


def _examples(node, name=""):
    """Every example with its schema, anywhere below a node."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    if not isinstance(node, dict):
        return
    if "schema" in node:
        if "example" in node:
            yield f"{name} example", node["example"], node["schema"]
        for title, example in node.get("examples", {}).items():
            yield f"{name} example {title}", example["value"], node["schema"]
    for title, below in node.items():
        yield from _examples(below, f"{name}/{title}")


def _violations(value, schema):
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


def _wrong_headers(answer, documented):
    for name, header in documented.items():
        value = answer.headers.get(name)
        if value is None:
            if header.get("required"):
                yield f"there is no {name}"
        else:
            if header["schema"].get("type") == "integer" and value.isdecimal():
                value = int(value)
            yield from (f"{name}: {wrong}" for wrong in _violations(value, header["schema"]))


def _wrong_body(method, answer, content):
    if method == "HEAD" or content is None:
        # What libmicrohttpd refuses by itself has a body without a type.
        if answer.body and "Content-Type" in answer.headers:
            yield f"a body of {len(answer.body)} bytes is not documented"
        return
    kind = answer.headers.get("Content-Type", "none")
    documented = content.get(kind) or content.get("*/*")
    if documented is None:
        yield f"Content-Type {kind} is not documented"
    elif kind == PROBLEM_JSON:
        yield from _wrong_problem(json.loads(answer.body), documented)
    else:
        value = _READERS.get(kind, bytes.decode)(answer.body)
        yield from _violations(value, documented["schema"])


def _wrong_problem(problem, documented):
    wrong = _violations(problem, documented["schema"])
    yield from wrong
    if wrong:
        return
    example = documented["examples"].get(problem["type"].removeprefix(PROBLEM_URN))
    if example is None:
        yield f"there is no example for {problem['type']}"
    elif example["value"]["title"] != problem["title"]:
        yield f"the example's title is not {problem['title']!r}"
