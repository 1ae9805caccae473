"""What the acceptance programs have in common: real processes, clients that check, and a report."""
