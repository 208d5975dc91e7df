"""Made-up market data for tests of this room and of those above."""

from typing import Any

import numpy as np

from apps.markets import services
from apps.markets.candles import store
from apps.markets.candles.bars import Bars
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import Instrument, Series

JANUARY_2024_MS = 1_704_067_200_000


def make_bars(
    count: int = 100,
    *,
    start_ms: int = JANUARY_2024_MS,
    timeframe: str = "1h",
    seed: int = 1,
    missing: tuple[int, ...] = (),
) -> Bars:
    """Believable bars without gaps, but for the positions ``missing``."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, count)))
    opened = np.concatenate([[100.0], close[:-1]])
    reach = 1 + random.uniform(0, 0.01, (2, count))
    bars = Bars(
        start_ms + timeframe_ms(timeframe) * np.arange(count, dtype=np.int64),
        opened,
        np.maximum(opened, close) * reach[0],
        np.minimum(opened, close) / reach[1],
        close,
        random.uniform(0, 50, count),
        timeframe,
    )
    return bars.where(~np.isin(np.arange(count), missing))


def make_instrument(
    symbol: str = "BTC/USDT", *, exchange: str = "binance", **changes: Any
) -> Instrument:
    instrument = services.ensure_instrument(exchange, symbol)
    for name, value in changes.items():
        setattr(instrument, name, value)
    instrument.save()
    return instrument


def make_series(
    symbol: str = "BTC/USDT", *, exchange: str = "binance", timeframe: str = "1h"
) -> Series:
    return services.ensure_series(exchange, symbol, timeframe)


def make_stored(bars: Bars | None = None, **changes: Any) -> Series:
    """A series that holds ``bars``."""
    bars = make_bars() if bars is None else bars
    series = make_series(timeframe=bars.timeframe, **changes)
    store.write_bars(series, bars)
    return series
