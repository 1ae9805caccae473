"""Values that describe themselves: `<key>|<counter>|<padding>|<crc-32>`. load.lua writes the same.

A reader can tell from the body alone whether it is whole, whose it is, and which write it came from.
"""

import zlib


def make(key, counter, length=None):
    # Lengths of 64 to 511 bytes, so that successive values of a key differ in length as well.
    padding = chr(ord("a") + counter % 26) * (64 + counter * 37 % 448 if length is None else length)
    text = f"{key}|{counter}|{padding}"
    return f"{text}|{zlib.crc32(text.encode()):08x}".encode()


def counter_in(body, key):
    """The counter of a whole value of this key; None for anything else."""
    text, _, checksum = body.rpartition(b"|")
    fields = text.split(b"|")
    if checksum != b"%08x" % zlib.crc32(text) or len(fields) != 3 or fields[0] != key.encode():
        return None
    return int(fields[1])
