"""Curves cut down to what a screen can show, extremes kept."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from apps.markets.candles.bars import Bars, Floats

SPARK_POINTS = 60
CURVE_POINTS = 900
CANDLES = 1200


def sparkline(equity: Floats) -> list[float]:
    """At most ``SPARK_POINTS`` values, evenly spaced, the last included."""
    places = np.unique(np.linspace(0, len(equity) - 1, SPARK_POINTS).astype(np.int64))
    return [float(f"{value:.6g}") for value in equity[places]]


def kept_places(curve: Floats, points: int = CURVE_POINTS) -> NDArray[np.int64]:
    """Positions that keep the curve's shape: each bucket's lowest and highest."""
    size = len(curve)
    if size <= points:
        return np.arange(size)
    edges = np.linspace(0, size, points // 2 + 1).astype(np.int64)
    places = {0, size - 1}
    for start, stop in pairwise(edges):
        bucket = curve[start:stop]
        places.add(int(start + bucket.argmin()))
        places.add(int(start + bucket.argmax()))
    return np.array(sorted(places))


def drawdown(equity: Floats) -> Floats:
    """Fall from the running peak as a ratio, 0 to 1."""
    peak = np.maximum.accumulate(equity)
    return 1 - equity / peak


def grouped(bars: Bars, most: int = CANDLES) -> tuple[int, list[list[float]]]:
    """Candles as ``[ms, open, high, low, close, volume]``, at most ``most`` of them.

    Returns how many bars each one joins, and the candles.
    """
    step = max(1, -(-len(bars) // most))
    starts = np.arange(0, len(bars), step)
    if not len(starts):
        return step, []
    ends = np.append(starts[1:], len(bars)) - 1
    columns = (
        bars.time_ms[starts],
        bars.open[starts],
        np.maximum.reduceat(bars.high, starts),
        np.minimum.reduceat(bars.low, starts),
        bars.close[ends],
        np.add.reduceat(bars.volume, starts),
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return step, [list(row) for row in rows]
