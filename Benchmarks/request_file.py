"""The requests of a run in a file, which the generator reads."""


def write(path, requests, closes=False):
    """Before each request stands a line: its length in bytes, the status of its answer, the least bytes of that."""
    with path.open("wb") as file:
        for request in requests:
            encoded = request.encoded(closes)
            file.write(b"%d %d %d\n" % (len(encoded), request.status, request.least_body) + encoded)
    return path
