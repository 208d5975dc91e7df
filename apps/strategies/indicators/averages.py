"""Moving averages.

Each takes ``values`` (float64, shape ``(n_bars,)``, oldest first) and a ``period`` in
bars, returns the same shape and unit, and raises InvalidInput when the period is below
1. NaN comes first; where the first value stands is said as an index from 0.
"""

from numpy.typing import ArrayLike

from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import column, whole_period


def sma(values: ArrayLike, period: int) -> Floats:
    """Simple moving average. First value at ``period - 1``."""
    return column("SMA", values, timeperiod=whole_period(period))


def ema(values: ArrayLike, period: int) -> Floats:
    """Exponential moving average, ``k = 2 / (period + 1)``.

    Seeded with the simple average of the first ``period`` values, at ``period - 1``.
    """
    return column("EMA", values, timeperiod=whole_period(period))


def wma(values: ArrayLike, period: int) -> Floats:
    """Linearly weighted average, the newest weighs most. First at ``period - 1``."""
    return column("WMA", values, timeperiod=whole_period(period))


def dema(values: ArrayLike, period: int) -> Floats:
    """Double exponential average, ``2 ema - ema(ema)``. First at ``2 (period - 1)``.

    Source: P. Mulloy, Smoothing Data with Faster Moving Averages, 1994.
    """
    return column("DEMA", values, timeperiod=whole_period(period))


def tema(values: ArrayLike, period: int) -> Floats:
    """Triple exponential average. First value at ``3 (period - 1)``.

    ``3 ema - 3 ema(ema) + ema(ema(ema))``. Source: as ``dema``.
    """
    return column("TEMA", values, timeperiod=whole_period(period))
