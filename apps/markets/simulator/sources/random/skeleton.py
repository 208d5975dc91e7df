"""The bones of a random market: regimes, hourly volatility, the price at midnight.

Made in blocks of a year from the market's first day on, so that any later day is
reached without its minutes. The day's inside is drawn between two midnights.
"""

from typing import Final

import numpy as np

from apps.markets.candles.bars import Floats, Times
from apps.markets.simulator.sources.grid import as_counts
from apps.markets.simulator.sources.random.market import SyntheticMarket, generator

HOUR_MS: Final = 3_600_000
YEAR: Final = 365
_MINUTES: Final = YEAR * 1440
_STREAM: Final = 0

# Per regime: drift per year, volatility per year, days it lasts on average.
_REGIMES: Final = ((0.9, 0.45, 12.0), (0.1, 0.30, 18.0), (-0.7, 0.85, 8.0))
# The volatility an ordinary volume goes with, per minute.
ORDINARY_SIGMA: Final = 0.5 / np.sqrt(_MINUTES)
_JUMPS_PER_DAY: Final = 0.25
_JUMP_SIZE: Final = 0.012
# Hourly log volatility falls back by this share of its distance each hour.
_REVERSION: Final = 0.06
_VOLATILITY_OF_VOLATILITY: Final = 0.16
# Half of the way back to the first price in a year: no market runs off to nothing.
_PULL: Final = np.log(2) / YEAR


class Skeleton:
    """``sigma``: per minute, by hour. ``body``: the day's log return without its jump.

    Shapes: ``(n_days, 24)``; ``(n_days,)`` for ``body``, ``jump`` and
    ``jump_minute``; ``(n_days + 1,)`` for ``log_price`` and ``ticks``, at midnight.
    """

    def __init__(
        self, market: SyntheticMarket, *, seed: int, name: str, origin_ms: int
    ) -> None:
        self._market, self._seed, self._name = market, seed, name
        self._hour = origin_ms // HOUR_MS % 24
        self._regime, self._cluster = 0, 0.0
        self.sigma: Floats = np.empty((0, 24))
        self.body: Floats = np.empty(0)
        self.jump: Floats = np.empty(0)
        self.jump_minute: Times = np.empty(0, np.int64)
        self.log_price: Floats = np.log([market.first_price])
        self.ticks = self._on_tick(self.log_price)

    def reach(self, day: int) -> None:
        """Make the years up to and with ``day``, counted from the first."""
        while len(self.body) <= day:
            self._add_year(len(self.body) // YEAR)

    def _add_year(self, year: int) -> None:
        random = generator(self._seed, self._name, _STREAM, year)
        regime = self._regimes(random)
        table = np.array(_REGIMES)
        sigma = table[regime, 1:2] * self._market.volatility / np.sqrt(_MINUTES)
        sigma = sigma * np.exp(self._clusters(random)) * self._time_of_day()
        variance = 60 * (sigma * sigma).sum(axis=1)
        # Half the variance: the mean of a log-normal price lies above its median.
        body = table[regime, 0] / YEAR - variance / 2
        body += np.sqrt(variance) * random.standard_normal(YEAR)
        jumps = random.random(YEAR) < _JUMPS_PER_DAY
        jump = jumps * _JUMP_SIZE * random.standard_normal(YEAR)
        self._append(sigma, body, jump, random.integers(0, 1440, YEAR))

    def _append(self, sigma: Floats, body: Floats, jump: Floats, minute: Times) -> None:
        log_price = self._walk(body, jump)
        self.sigma = np.concatenate([self.sigma, sigma])
        self.body = np.concatenate([self.body, np.diff(log_price) - jump])
        self.jump = np.concatenate([self.jump, jump])
        self.jump_minute = np.concatenate([self.jump_minute, minute])
        self.log_price = np.concatenate([self.log_price, log_price[1:]])
        self.ticks = np.concatenate([self.ticks, self._on_tick(log_price[1:])])

    def _walk(self, body: Floats, jump: Floats) -> Floats:
        home = float(self.log_price[0])
        level = float(self.log_price[-1])
        levels = [level]
        for move in (body + jump).tolist():
            level += move - _PULL * (level - home)
            levels.append(level)
        return np.array(levels)

    def _regimes(self, random: np.random.Generator) -> Times:
        """The regime of each day: a Markov chain."""
        regimes = np.empty(YEAR, np.int64)
        for day, (leaves, where) in enumerate(random.random((YEAR, 2)).tolist()):
            if leaves < 1 / _REGIMES[self._regime][2]:
                self._regime = (self._regime + 1 + int(where * 2)) % len(_REGIMES)
            regimes[day] = self._regime
        return regimes

    def _clusters(self, random: np.random.Generator) -> Floats:
        """Log volatility by hour: quiet follows quiet, wild follows wild."""
        levels = []
        for shock in random.standard_normal(YEAR * 24).tolist():
            self._cluster += _VOLATILITY_OF_VOLATILITY * shock
            self._cluster -= _REVERSION * self._cluster
            levels.append(self._cluster)
        return np.array(levels).reshape(YEAR, 24) - 0.1

    def _time_of_day(self) -> Floats:
        """European afternoons are busier than Asian nights; the mean is one."""
        hour = (np.arange(24) + self._hour) % 24
        return 1 + 0.25 * np.sin((hour - 9) / 24 * 2 * np.pi)

    def _on_tick(self, log_price: Floats) -> Times:
        return on_tick(log_price, self._market)


def on_tick(log_price: Floats, market: SyntheticMarket) -> Times:
    """The nearest tick above zero."""
    return np.maximum(as_counts(np.exp(log_price), market.grid.tick_size), 1)
