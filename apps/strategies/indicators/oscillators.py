"""Oscillators: how fast and how far a price has moved.

Inputs are float64 of shape ``(n_bars,)``, oldest first; results have the same shape
and begin with NaN up to the stated index. Periods are in bars; InvalidInput is raised
for one that is too short. On a window without any movement RSI, CCI, the stochastics
and Williams %R are 0: a dead market looks oversold.
"""

from typing import NamedTuple

from numpy.typing import ArrayLike

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _
from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import column, columns, whole_period


class Macd(NamedTuple):
    """The difference of two averages, its own average, and the gap between the two."""

    line: Floats
    signal: Floats
    histogram: Floats


class Stochastic(NamedTuple):
    """Place of the close in the recent range, 0 to 100, and its average."""

    k: Floats
    d: Floats


def rsi(values: ArrayLike, period: int = 14) -> Floats:
    """Relative strength index, 0 to 100, Wilder smoothing. First at ``period``.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems, 1978.
    """
    length = whole_period(period, lowest=2)
    return column("RSI", values, timeperiod=length)


def macd(values: ArrayLike, fast: int = 12, slow: int = 26, signal: int = 9) -> Macd:
    """Moving average convergence and divergence, in the unit of ``values``.

    Both averages are seeded so that they start together at ``slow - 1``; all three
    results start at ``slow + signal - 2``. Raises InvalidInput unless fast < slow.
    Source: G. Appel, The Moving Average Convergence-Divergence Trading Method, 1979.
    """
    periods = {
        "fastperiod": whole_period(fast, "fast", lowest=2),
        "slowperiod": whole_period(slow, "slow", lowest=2),
        "signalperiod": whole_period(signal, "signal"),
    }
    if fast >= slow:
        rule = _("fast %(fast)s is not below slow %(slow)s")
        raise InvalidInput(rule % {"fast": fast, "slow": slow}, field="fast")
    return Macd(*columns("MACD", values, **periods))


def stochastic(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    period: int = 14,
    smooth: int = 3,
    d: int = 3,
) -> Stochastic:
    """Slow stochastic: fast %K averaged over ``smooth`` bars, and again over ``d``.

    Both start at ``period + smooth + d - 3``.
    Source: G. Lane, Lane's Stochastics, 1984.
    """
    periods = {
        "fastk_period": whole_period(period),
        "slowk_period": whole_period(smooth, "smooth"),
        "slowd_period": whole_period(d, "d"),
    }
    return Stochastic(*columns("STOCH", high, low, close, **periods))


def stochastic_fast(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, d: int = 3
) -> Stochastic:
    """Fast stochastic: raw %K and its average over ``d`` bars.

    Both start at ``period + d - 2``. Source: as ``stochastic``.
    """
    periods = {
        "fastk_period": whole_period(period),
        "fastd_period": whole_period(d, "d"),
    }
    return Stochastic(*columns("STOCHF", high, low, close, **periods))


def stochastic_rsi(
    values: ArrayLike, period: int = 14, window: int = 14, d: int = 3
) -> Stochastic:
    """Fast stochastic of the RSI: ``window`` bars of an RSI over ``period`` bars.

    Both start at ``period + window + d - 2``.
    Source: T. Chande and S. Kroll, The New Technical Trader, 1994.
    """
    periods = {
        "timeperiod": whole_period(period, lowest=2),
        "fastk_period": whole_period(window, "window"),
        "fastd_period": whole_period(d, "d"),
    }
    return Stochastic(*columns("STOCHRSI", values, **periods))


def williams_r(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14
) -> Floats:
    """Williams %R, -100 (at the low) to 0 (at the high). First at ``period - 1``.

    Source: L. Williams, How I Made One Million Dollars, 1973.
    """
    length = whole_period(period, lowest=2)
    return column("WILLR", high, low, close, timeperiod=length)


def cci(high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 20) -> Floats:
    """Commodity channel index: distance of the typical price from its average.

    In units of 0.015 mean absolute deviations; first at ``period - 1``.
    Source: D. Lambert, Commodity Channel Index, 1980.
    """
    length = whole_period(period, lowest=2)
    return column("CCI", high, low, close, timeperiod=length)


def roc(values: ArrayLike, period: int = 10) -> Floats:
    """Rate of change over ``period`` bars, in percent. First value at ``period``."""
    return column("ROC", values, timeperiod=whole_period(period))


def momentum(values: ArrayLike, period: int = 10) -> Floats:
    """Change over ``period`` bars, in the unit of ``values``. First at ``period``."""
    return column("MOM", values, timeperiod=whole_period(period))
