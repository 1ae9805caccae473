"""Three real nodes and the gateway in front of them."""

import contextlib

from .gateway import Gateway, binary
from .memcached import Memcached


@contextlib.contextmanager
def pool(options=()):
    """Yields (nodes, gateway): nodes a, b and c in this order."""
    binary()  # Fails at once when there is none.
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(Memcached(name)) for name in "abc"]
        yield nodes, stack.enter_context(Gateway(nodes, options=options))
