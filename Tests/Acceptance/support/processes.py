"""Starting a child that cannot outlive us, and stopping it by its process id."""

import ctypes
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl


def start(arguments, **options):
    return subprocess.Popen(arguments, preexec_fn=die_with_parent, **options)


def stop(process, seconds=5):
    """SIGTERM, and SIGKILL when that has not helped in time. Also ends a stopped (SIGSTOP) child."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def die_with_parent():
    """Called in a new child: a program that is itself killed with -9 leaves no children behind."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def end_with_parent():
    """The same for children that clear up when they are told to end. sudo takes it away."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
