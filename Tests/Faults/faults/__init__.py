"""The parts of `Tests/Faults/run`; what it shares with the acceptance programs is their `support`."""
