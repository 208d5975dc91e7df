"""Highest and lowest of the last bars, and values moved later in time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import as_row, column, whole_period


class Channel(NamedTuple):
    """The range of the bars before this one."""

    upper: Floats
    lower: Floats


def highest(values: ArrayLike, period: int) -> Floats:
    """Greatest of the last ``period`` values, the current included.

    First value at ``period - 1``. Raises InvalidInput when the period is below 2.
    """
    length = whole_period(period, lowest=2)
    return column("MAX", values, timeperiod=length)


def lowest(values: ArrayLike, period: int) -> Floats:
    """Least of the last ``period`` values; else as ``highest``."""
    length = whole_period(period, lowest=2)
    return column("MIN", values, timeperiod=length)


def donchian(high: ArrayLike, low: ArrayLike, period: int = 20) -> Channel:
    """Highest high and lowest low of the ``period`` bars *before* this one.

    The current bar is left out, or a close could never break its own channel. First
    value at ``period``. Source: R. Donchian's four-week rule, 1960.
    """
    return Channel(shift(highest(high, period)), shift(lowest(low, period)))


def shift(values: ArrayLike, bars: int = 1) -> Floats:
    """Each value ``bars`` bars later, NaN before; what was known ``bars`` bars ago.

    Raises InvalidInput for a negative number of bars: that would look ahead.
    """
    row = as_row(values)
    count = min(whole_period(bars, "bars", lowest=0), len(row))
    later = np.full(len(row), np.nan)
    later[count:] = row[: len(row) - count]
    return later
