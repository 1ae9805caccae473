"""The parts of `Tests/Counts/run`; what it shares with the acceptance programs is their `support`."""
