"""The requests of a run in a file, which wrk's script and the generator read."""


def write(path, requests, closes=False):
    """Before each request stands a line with its length in bytes."""
    with path.open("wb") as file:
        for request in requests:
            encoded = request.encoded(closes)
            file.write(b"%d\n" % len(encoded) + encoded)
    return path
