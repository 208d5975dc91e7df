"""Volume weighed by what the price did with it.

Inputs are float64 of shape ``(n_bars,)``, oldest first; volume is in base units.
"""

from numpy.typing import ArrayLike

from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import column, whole_period


def obv(close: ArrayLike, volume: ArrayLike) -> Floats:
    """On-balance volume, in base units, from ``volume[0]`` at 0.

    An unchanged close adds nothing. Its level depends on the first bar, so compare
    changes only. Source: J. Granville, New Key to Stock Market Profits, 1963.
    """
    return column("OBV", close, volume)


def ad(high: ArrayLike, low: ArrayLike, close: ArrayLike, volume: ArrayLike) -> Floats:
    """Chaikin's accumulation and distribution line, in base units, from index 0.

    A bar without range adds nothing; its level depends on the first bar.
    """
    return column("AD", high, low, close, volume)


def mfi(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    volume: ArrayLike,
    period: int = 14,
) -> Floats:
    """Money flow index, 0 to 100, and 0 without movement. First value at ``period``.

    Source: G. Quong and A. Soudack, Volume-Weighted RSI: Money Flow, 1989.
    """
    length = whole_period(period, lowest=2)
    return column("MFI", high, low, close, volume, timeperiod=length)
