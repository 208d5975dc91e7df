"""How much a price moves.

Inputs are float64 of shape ``(n_bars,)``, oldest first; results have the same shape
and begin with NaN up to the stated index. Periods are in bars; InvalidInput is raised
for one that is too short.
"""

from typing import NamedTuple

from numpy.typing import ArrayLike

from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import above_zero, column, columns, whole_period


class Bands(NamedTuple):
    """An average with a line above and one below."""

    upper: Floats
    middle: Floats
    lower: Floats


def stddev(values: ArrayLike, period: int = 20) -> Floats:
    """Population standard deviation, divided by ``period``. First at ``period - 1``."""
    length = whole_period(period, lowest=2)
    return column("STDDEV", values, timeperiod=length)


def bollinger(values: ArrayLike, period: int = 20, width: float = 2.0) -> Bands:
    """Simple average, ``width`` population standard deviations up and down.

    First value at ``period - 1``. Source: J. Bollinger, Bollinger on Bollinger Bands,
    2001.
    """
    length = whole_period(period, lowest=2)
    size = above_zero(width, "width")
    bands = columns("BBANDS", values, timeperiod=length, nbdevup=size, nbdevdn=size)
    return Bands(*bands)


def true_range(high: ArrayLike, low: ArrayLike, close: ArrayLike) -> Floats:
    """The bar's range, widened to the previous close; quote per base. First at 1.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems, 1978.
    """
    return column("TRANGE", high, low, close)


def atr(high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14) -> Floats:
    """Average true range, Wilder smoothing; quote per base.

    First value at ``period``, because the first true range needs a previous close.
    Source: as ``true_range``.
    """
    return column("ATR", high, low, close, timeperiod=whole_period(period))


def natr(high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14) -> Floats:
    """``atr`` in percent of the close. First value at ``period``."""
    return column("NATR", high, low, close, timeperiod=whole_period(period))
