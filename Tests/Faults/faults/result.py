"""What a scenario came to: a row of the table, and whether its promises were kept."""

from support.report import milliseconds

COLUMNS = ["row", "scenario", "operations", "violations", "failed", "misses", "longest gap", "p99 before",
           "p99 during", "downs", "noticed after", "served after"]


class Result:
    def __init__(self, scenario, summary, failed_statuses, trial):
        self._scenario, self._summary = scenario, summary
        self._statuses = failed_statuses
        self._downs, self._is_stuck = trial.downs(), trial.is_stuck
        self._noticed, self._served = trial.noticed_seconds(), trial.served_seconds()

    def row(self):
        summary = self._summary
        return [self._scenario.row, self._scenario.name, str(summary["operations"]), self._violations(),
                self._failed(), str(summary["misses"]), _seconds(summary["longestGapMilliseconds"] / 1000),
                self._p99("before"), self._p99("fault"), str(self._downs), _seconds(self._noticed),
                "never" if self._is_stuck else _seconds(self._served)]

    def judge(self, report):
        name = self._scenario.name
        for violation, found in sorted(self._summary["violations"].items()):
            report.zero(f"{name}: {violation}", found["count"])
            for example in found["first"][:2]:
                for role, what in sorted(example.items(), key=lambda item: "contradicts" in item[0]):
                    report.figure(f"  {role}", what)
        if not self._summary["violations"]:
            report.zero(f"{name}: violations", 0)
        errors = sum(count for status, count in self._statuses.items() if status is not None)
        report.zero(f"{name}: answers that are errors", errors)
        if not self._scenario.gateway_fails:
            report.zero(f"{name}: requests without an answer", self._statuses[None])
        report.check(f"{name}: every gateway uses every node again", not self._is_stuck)
        report.figure(f"{name}", "; ".join(
            f"{column} {cell}" for column, cell in zip(COLUMNS[2:], self.row()[2:])))

    def _violations(self):
        found = self._summary["violations"]
        return ", ".join(f"{name} {found[name]['count']}" for name in sorted(found)) or "0"

    def _failed(self):
        """`12 (503: 10, none: 2)`"""
        by_status = ", ".join(f"{status or 'none'}: {count}" for status, count in self._statuses.most_common())
        return f"{self._summary['failed']} ({by_status})" if by_status else "0"

    def _p99(self, phase):
        found = [each["p99Milliseconds"] for each in self._summary["phases"] if each["name"] == phase]
        return milliseconds(found[0] / 1000) if found else "-"


def table(results):
    """As Markdown."""
    rows = [COLUMNS, ["---"] * len(COLUMNS)] + [result.row() for result in results]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def _seconds(seconds):
    if seconds is None:
        return "-"
    return milliseconds(seconds) if seconds < 1 else f"{seconds:.1f} s"
