"""Comparing bars bit for bit."""

import numpy as np

from apps.markets.candles.bars import Bars

NAMES = ("time_ms", "open", "high", "low", "close", "volume")


def same(one: Bars, other: Bars) -> bool:
    return one.timeframe == other.timeframe and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in NAMES
    )


def columns(bars: Bars) -> dict[str, np.ndarray]:
    return {
        "timestamp": bars.time_ms,
        **{name: getattr(bars, name).copy() for name in NAMES[1:]},
    }
