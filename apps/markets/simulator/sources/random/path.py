"""The minutes of a random market, any day of them without the days before."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from apps.markets.candles.bars import Bars, Floats, Times
from apps.markets.candles.timeframes import MINUTE_MS
from apps.markets.simulator.sources.grid import as_floats
from apps.markets.simulator.sources.random.market import SyntheticMarket, generator
from apps.markets.simulator.sources.random.skeleton import (
    ORDINARY_SIGMA,
    Skeleton,
    on_tick,
)

DAY_MS: Final = 1440 * MINUTE_MS
# A minute prints its open, high, low and close: at least a lot for each.
LEAST_LOTS: Final = 4
_STREAM: Final = 1
_KEPT_DAYS: Final = 3


class Minutes(NamedTuple):
    """Ticks and lots, int64, one row a minute; each opens where the last closed."""

    open: Times
    high: Times
    low: Times
    close: Times
    lots: Times

    def between(self, start: int, stop: int) -> "Minutes":
        return Minutes(*(column[start:stop] for column in self))


class Path:
    """The background market of one instrument from ``origin_ms`` on, for ever."""

    def __init__(
        self, market: SyntheticMarket, *, seed: int, name: str = "", origin_ms: int
    ) -> None:
        self.market, self.seed, self.name = market, seed, name
        self.origin_ms = origin_ms
        self._skeleton = Skeleton(market, seed=seed, name=name, origin_ms=origin_ms)
        self.day = lru_cache(maxsize=_KEPT_DAYS)(self._day)

    def minutes(self, first: int, stop: int) -> Minutes:
        """Minutes ``first`` to ``stop``, counted from the origin."""
        days = range(first // 1440, (stop + 1439) // 1440)
        # A long reach back must not push the running day out of the cache.
        made = map(self.day if len(days) <= _KEPT_DAYS else self._day, days)
        whole = Minutes(*map(np.concatenate, zip(*made, strict=True)))
        return whole.between(first - days.start * 1440, stop - days.start * 1440)

    def bars(self, start_ms: int, end_ms: int) -> Bars:
        """1m bars that open within ``start_ms`` to ``end_ms``, the end not included."""
        first = max(-(-(start_ms - self.origin_ms) // MINUTE_MS), 0)
        stop = max(-(-(end_ms - self.origin_ms) // MINUTE_MS), first)
        if first == stop:
            return Bars.of([np.empty(0, np.int64), *([np.empty(0)] * 5)], "1m")
        grid = self.market.grid
        *prices, lots = self.minutes(first, stop)
        return Bars.of(
            [
                self.origin_ms + MINUTE_MS * np.arange(first, stop, dtype=np.int64),
                *(as_floats(price, grid.tick_size) for price in prices),
                as_floats(lots, grid.lot_size),
            ],
            "1m",
        )

    def _day(self, day: int) -> Minutes:
        bones = self._skeleton
        bones.reach(day)
        random = generator(self.seed, self.name, _STREAM, day)
        sigma = np.repeat(bones.sigma[day], 60)
        moves = _bridge(random, sigma, float(bones.body[day]))
        moves[bones.jump_minute[day]] += bones.jump[day]
        close = on_tick(bones.log_price[day] + np.cumsum(moves), self.market)
        # Rounding errors of the sum must not show at midnight.
        close[-1] = bones.ticks[day + 1]
        opened = np.concatenate([bones.ticks[day : day + 1], close[:-1]])
        high, low = _extremes(random, opened, close, sigma)
        lots = _lots(random, self.market, moves, sigma)
        return Minutes(opened, high, low, close, lots)


def minute_bars(
    market: SyntheticMarket, *, start_ms: int, days: int, seed: int
) -> Bars:
    """``days`` whole days of 1m bars without gaps, from ``start_ms`` on the minute.

    The market begins there, at its first price.
    """
    path = Path(market, seed=seed, origin_ms=start_ms)
    return path.bars(start_ms, start_ms + days * DAY_MS)


def _bridge(random: np.random.Generator, sigma: Floats, total: float) -> Floats:
    """Normal moves on condition that they add up to ``total``."""
    moves = sigma * random.standard_normal(len(sigma))
    variance = sigma * sigma
    bent: Floats = moves + (total - moves.sum()) * variance / variance.sum()
    return bent


def _extremes(
    random: np.random.Generator, opened: Times, close: Times, sigma: Floats
) -> tuple[Times, Times]:
    reach = random.exponential(0.45, (2, len(close))) * sigma
    top, bottom = np.maximum(opened, close), np.minimum(opened, close)
    high = np.rint(top * (1 + reach[0])).astype(np.int64)
    low = np.rint(bottom * (1 - reach[1])).astype(np.int64)
    return high, np.maximum(low, 1)


def _lots(
    random: np.random.Generator,
    market: SyntheticMarket,
    moves: Floats,
    sigma: Floats,
) -> Times:
    """Log-normal, larger when the price moves and when the hour is wild."""
    wild = sigma / (ORDINARY_SIGMA * market.volatility)
    drawn = np.exp(0.7 * random.standard_normal(len(moves)) - 0.25)
    volume = market.volume * (0.4 + np.abs(moves) / sigma) * wild * drawn
    lots: Times = np.ceil(volume / market.lot_size).astype(np.int64)
    return np.maximum(lots, LEAST_LOTS)
