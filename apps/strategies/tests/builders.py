"""Bars for tests of strategies and indicators."""

from collections.abc import Sequence

import numpy as np

from apps.markets.candles.bars import Bars

HOUR_MS = 3_600_000


def make_bars(closes: Sequence[float]) -> Bars:
    """Hourly bars that open at the previous close, with a wick of 0.5 on both sides."""
    close = np.asarray(closes, dtype=np.float64)
    open_ = np.concatenate([close[:1], close[:-1]])
    return Bars(
        time_ms=np.arange(len(close), dtype=np.int64) * HOUR_MS,
        open=open_,
        high=np.maximum(open_, close) + 0.5,
        low=np.minimum(open_, close) - 0.5,
        close=close,
        volume=np.ones(len(close)),
        timeframe="1h",
    )


def wave_bars(count: int = 400) -> Bars:
    """A slow wave around 100, so that averages cross every few dozen bars."""
    return make_bars(100 + 10 * np.sin(np.arange(count) / 15))
