"""Has what clients recorded checked by `check-history`."""

import json
import os
import pathlib
import subprocess

from support.gateway import binary
from support.program import Failure

_LIMIT_SECONDS = 120


def check(operations, copies, directory):
    """The summary (Tests/CheckHistory) of a history and a snapshot, which are left in `directory`."""
    history, snapshot = (_write(os.path.join(directory, name), lines) for name, lines in
                         [("history.jsonl", operations), ("snapshot.jsonl", copies)])
    ran = subprocess.run([checker(), history, "--snapshot", snapshot], text=True, timeout=_LIMIT_SECONDS,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if ran.returncode not in (0, 1):
        raise Failure(f"check-history: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


def _write(path, lines):
    with open(path, "w") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    return path


def checker():
    path = pathlib.Path(os.environ.get("CHECK_HISTORY_BINARY", pathlib.Path(binary()).with_name("check-history")))
    if not os.access(path, os.X_OK):
        raise Failure(f"no check-history at {path}: run `swift build -c release --product check-history`")
    return str(path)
