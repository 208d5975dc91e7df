"""A seeded random market: calm and wild regimes, clustered volatility, jumps, volume.

Pure: no Django, no clock. The same market, period and seed give the same bytes.
Nothing here pretends to be a real price; whoever stores it says so.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from apps.markets.candles.bars import Bars, Floats
from apps.markets.candles.timeframes import MINUTE_MS

HOUR: Final = 60
DAY: Final = 24 * HOUR

# Per regime: drift per year, volatility per year, days it lasts on average.
_REGIMES: Final = ((0.9, 0.45, 12.0), (0.1, 0.30, 18.0), (-0.7, 0.85, 8.0))
_MINUTES_PER_YEAR: Final = 365 * DAY
_JUMPS_PER_DAY: Final = 0.25
_JUMP_SIZE: Final = 0.012
# Hourly log volatility falls back by this share of its distance each hour.
_REVERSION: Final = 0.06
_VOLATILITY_OF_VOLATILITY: Final = 0.16


@dataclass(frozen=True, slots=True)
class SyntheticMarket:
    """``first_price`` in quote; ``tick_size`` in quote; ``volume`` base units a minute.

    ``volatility`` multiplies the regimes' own.
    """

    first_price: float
    tick_size: float
    lot_size: float
    volume: float
    volatility: float = 1.0


def minute_bars(
    market: SyntheticMarket, *, start_ms: int, days: int, seed: int
) -> Bars:
    """``days`` whole days of 1m bars without gaps, from ``start_ms`` on the minute."""
    random = np.random.Generator(np.random.PCG64(seed))
    count = days * DAY
    drift, sigma = _drift_and_sigma(random, days, market.volatility)
    moves = drift + sigma * random.standard_normal(count) + _jumps(random, count)
    path = market.first_price * np.exp(np.cumsum(moves) - moves[0])
    close = _on_step(path, market.tick_size)
    opened = np.concatenate([close[:1], close[:-1]])
    high, low = _extremes(random, opened, close, sigma, market.tick_size)
    return Bars(
        start_ms + MINUTE_MS * np.arange(count, dtype=np.int64),
        opened,
        high,
        low,
        close,
        _volume(random, market, moves, sigma),
        "1m",
    )


def _drift_and_sigma(
    random: np.random.Generator, days: int, volatility: float
) -> tuple[Floats, Floats]:
    """Per minute: the regime's drift, and its volatility times an hourly cluster."""
    regime = _regimes(random, days)
    table = np.array(_REGIMES)
    drift = np.repeat(table[regime, 0] / _MINUTES_PER_YEAR, DAY)
    yearly = np.repeat(table[regime, 1] * volatility, DAY)
    cluster = np.repeat(np.exp(_clusters(random, days * 24)), HOUR)
    sigma = yearly / np.sqrt(_MINUTES_PER_YEAR) * cluster * _time_of_day(days)
    # Half the variance: the mean of a log-normal price lies above its median.
    return drift - sigma * sigma / 2, sigma


def _regimes(random: np.random.Generator, days: int) -> np.ndarray:
    """The regime of each day: a Markov chain."""
    draws = random.random((days, 2))
    regime = np.empty(days, np.int64)
    current = 0
    for day in range(days):
        if draws[day, 0] < 1 / _REGIMES[current][2]:
            current = (current + 1 + int(draws[day, 1] * 2)) % len(_REGIMES)
        regime[day] = current
    return regime


def _clusters(random: np.random.Generator, hours: int) -> Floats:
    """Log volatility per hour around zero: quiet follows quiet, wild follows wild."""
    shocks = (_VOLATILITY_OF_VOLATILITY * random.standard_normal(hours)).tolist()
    level, levels = 0.0, []
    for shock in shocks:
        level = (1 - _REVERSION) * level + shock
        levels.append(level)
    return np.array(levels) - 0.1


def _time_of_day(days: int) -> Floats:
    """European afternoons are busier than Asian nights end; the mean is about one."""
    hour = np.arange(DAY) / HOUR
    return np.tile(1 + 0.25 * np.sin((hour - 9) / 24 * 2 * np.pi), days)


def _jumps(random: np.random.Generator, count: int) -> Floats:
    moves = np.zeros(count)
    places = np.flatnonzero(random.random(count) < _JUMPS_PER_DAY / DAY)
    moves[places] = _JUMP_SIZE * random.standard_normal(len(places))
    return moves


def _extremes(
    random: np.random.Generator,
    opened: Floats,
    close: Floats,
    sigma: Floats,
    tick_size: float,
) -> tuple[Floats, Floats]:
    reach = random.exponential(0.45, (2, len(close))) * sigma
    high = _on_step(np.maximum(opened, close) * (1 + reach[0]), tick_size)
    low = _on_step(np.minimum(opened, close) * (1 - reach[1]), tick_size)
    # Rounding to the tick must not pull an extreme inside the body.
    return np.maximum(high, np.maximum(opened, close)), np.minimum(
        low, np.minimum(opened, close)
    )


def _volume(
    random: np.random.Generator,
    market: SyntheticMarket,
    moves: Floats,
    sigma: Floats,
) -> Floats:
    """Log-normal, larger when the price moves and when the hour is wild."""
    busy = (0.4 + np.abs(moves) / sigma) * (sigma / sigma.mean())
    drawn = np.exp(0.7 * random.standard_normal(len(moves)) - 0.25)
    lots: Floats = np.ceil(market.volume * busy * drawn / market.lot_size)
    return lots / round(1 / market.lot_size)


def _on_step(prices: Floats, tick_size: float) -> Floats:
    """The nearest tick above zero, as the float nearest to its decimal."""
    per_unit = round(1 / tick_size)
    ticks: Floats = np.maximum(np.round(prices * per_unit), 1)
    return ticks / per_unit
