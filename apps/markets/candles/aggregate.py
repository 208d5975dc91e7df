"""Longer candles from shorter ones. Pure: no Django here."""

import numpy as np

from apps.markets.candles.bars import Bars
from apps.markets.candles.timeframes import timeframe_ms


def aggregate(bars: Bars, timeframe: str) -> Bars:
    """First open, highest high, lowest low, last close and summed volume per step.

    ``bars`` holds at least one. A step with any candle gets one, also when some of
    its parts are missing. Raises ValueError when ``timeframe`` is no multiple of
    the bars' own.
    """
    step = timeframe_ms(timeframe)
    if step % timeframe_ms(bars.timeframe):
        raise ValueError(f"{timeframe} is no multiple of {bars.timeframe}")
    opens_ms = bars.time_ms // step * step
    first = np.flatnonzero(np.diff(opens_ms, prepend=opens_ms[0] - 1))
    last = np.append(first[1:], len(bars)) - 1
    return Bars(
        opens_ms[first],
        bars.open[first],
        np.maximum.reduceat(bars.high, first),
        np.minimum.reduceat(bars.low, first),
        bars.close[last],
        np.add.reduceat(bars.volume, first),
        timeframe,
    )
