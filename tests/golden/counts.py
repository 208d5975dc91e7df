"""What the golden tests have reproduced, told at the end of the run.

A test says ``reproduced(record_property, "indicators", 39)``. The number travels as a
property of the test's report, so it also arrives when tests run on many processes. A
``conftest.py`` that every process loads imports the two hooks below.
"""

from collections import Counter
from collections.abc import Callable

import pytest

COUNTS: Counter[str] = Counter()
NOUNS = {"indicators": "columns", "backtests": "results"}
PREFIX = "golden "


def reproduced(record: Callable[[str, object], None], what: str, count: int) -> None:
    record(PREFIX + what, count)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        for name, value in report.user_properties:
            if name.startswith(PREFIX) and isinstance(value, int):
                COUNTS[name.removeprefix(PREFIX)] += value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, count in sorted(COUNTS.items()):
        words = [f"golden {what}: {count}", NOUNS.get(what, ""), "reproduced"]
        terminalreporter.write_line(" ".join(filter(None, words)))
