"""Figures and checks, printed as they come; the checks decide."""


class Report:
    def __init__(self, title):
        self._failed = []
        print(f"== {title}")

    def figure(self, name, value):
        """A number worth knowing that does not decide."""
        print(f"   {name:<58} {value}")

    def check(self, promise, kept, found=""):
        """A promise, and whether it was kept; `found` is what was seen."""
        print(f"{'ok ' if kept else 'NOT'} {promise:<58} {found}".rstrip())
        if not kept:
            self._failed.append(promise)

    def zero(self, promise, count):
        """A promise that something never happens."""
        self.check(promise, count == 0, count)

    def passed(self):
        print("FAILED: " + "; ".join(self._failed) if self._failed else "passed")
        return not self._failed


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms"
