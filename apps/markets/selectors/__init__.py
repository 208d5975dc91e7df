"""Questions about market data."""

from apps.markets.selectors.series import MonthCoverage, coverage, find_series
from apps.markets.selectors.watch_lists import (
    find_watch_list,
    instruments_of,
    watch_lists_of,
)

__all__ = [
    "MonthCoverage",
    "coverage",
    "find_series",
    "find_watch_list",
    "instruments_of",
    "watch_lists_of",
]
