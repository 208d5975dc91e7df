"""Golden tests tell how much they have reproduced, also when run on many processes."""

from tests.golden.counts import (  # noqa: F401
    pytest_runtest_logreport,
    pytest_terminal_summary,
)
