"""A thin, typed door to TA-Lib, plus what it lacks. It knows no Django."""

from apps.strategies.indicators.averages import dema, ema, sma, tema, wma
from apps.strategies.indicators.crosses import crossed_above, crossed_below
from apps.strategies.indicators.extremes import donchian, highest, lowest, shift
from apps.strategies.indicators.oscillators import (
    cci,
    macd,
    momentum,
    roc,
    rsi,
    stochastic,
    stochastic_fast,
    stochastic_rsi,
    williams_r,
)
from apps.strategies.indicators.trend import (
    adx,
    linear_regression,
    minus_di,
    parabolic_sar,
    plus_di,
)
from apps.strategies.indicators.volatility import (
    atr,
    bollinger,
    natr,
    stddev,
    true_range,
)
from apps.strategies.indicators.volume import ad, mfi, obv

__all__ = [
    "ad",
    "adx",
    "atr",
    "bollinger",
    "cci",
    "crossed_above",
    "crossed_below",
    "dema",
    "donchian",
    "ema",
    "highest",
    "linear_regression",
    "lowest",
    "macd",
    "mfi",
    "minus_di",
    "momentum",
    "natr",
    "obv",
    "parabolic_sar",
    "plus_di",
    "roc",
    "rsi",
    "shift",
    "sma",
    "stddev",
    "stochastic",
    "stochastic_fast",
    "stochastic_rsi",
    "tema",
    "true_range",
    "williams_r",
    "wma",
]
