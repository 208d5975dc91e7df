"""Is there a trend, which way, and where would it be broken.

Inputs are float64 of shape ``(n_bars,)``, oldest first; results have the same shape
and begin with NaN up to the stated index. Periods are in bars; InvalidInput is raised
for one that is too short.
"""

from numpy.typing import ArrayLike

from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import above_zero, column, whole_period


def adx(high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14) -> Floats:
    """Average directional index, 0 (no trend) to 100. First at ``2 period - 1``.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems, 1978.
    """
    length = whole_period(period, lowest=2)
    return column("ADX", high, low, close, timeperiod=length)


def plus_di(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14
) -> Floats:
    """Upward directional indicator, 0 to 100. First at ``period``."""
    length = whole_period(period)
    return column("PLUS_DI", high, low, close, timeperiod=length)


def minus_di(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14
) -> Floats:
    """Downward directional indicator, 0 to 100. First at ``period``."""
    length = whole_period(period)
    return column("MINUS_DI", high, low, close, timeperiod=length)


def linear_regression(values: ArrayLike, period: int = 14) -> Floats:
    """End of the least-squares line through the last ``period`` values.

    In the unit of ``values``; first value at ``period - 1``.
    """
    length = whole_period(period, lowest=2)
    return column("LINEARREG", values, timeperiod=length)


def parabolic_sar(
    high: ArrayLike, low: ArrayLike, acceleration: float = 0.02, maximum: float = 0.2
) -> Floats:
    """Parabolic stop and reverse, a price. First value at 1. Source: as ``adx``."""
    limits = {
        "acceleration": above_zero(acceleration, "acceleration"),
        "maximum": above_zero(maximum, "maximum"),
    }
    return column("SAR", high, low, **limits)
