"""The random market of one instrument as a tape, with the book around each print."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np

from apps.markets.candles.bars import Times
from apps.markets.candles.timeframes import MINUTE_MS
from apps.markets.simulator.sources.candles.market import CandleMarket
from apps.markets.simulator.sources.candles.rows import Block, empty, fold, of_prints
from apps.markets.simulator.sources.history import block_of, whole_windows
from apps.markets.simulator.sources.random.market import SyntheticMarket, generator
from apps.markets.simulator.sources.random.path import Path
from apps.markets.simulator.sources.random.prints import hour_prints
from apps.markets.simulator.sources.tape import MANY, Levels, Print, Prints

_HOUR_MS: Final = 60 * MINUTE_MS
_CHUNK_HOURS: Final = 32 * 24
_KEPT_CHUNKS: Final = 40
_WEEK_MS: Final = 7 * 24 * _HOUR_MS
_STREAM: Final = 3

_SPREAD_RATIO: Final = 0.0001
_LEVELS: Final = 20
_ROWS: Final = 64
# What stands at a level, as a share of a minute's volume; it grows away from the mid.
_LEVEL_SHARE: Final = 0.2


class RandomTape:
    """``start_ms``: where the live run begins; everything before it is history.

    ``steps``: at most so many prints a minute, from 4 on, a divisor of 60,000.
    ``origin_ms``: when the instrument was listed, on the hour; the market is a
    function of it, of the seed, the instrument and the time, and of nothing else.
    """

    takes = True
    many = MANY
    fills_on_touch = True

    def __init__(
        self,
        instrument_id: str,
        market: SyntheticMarket,
        *,
        seed: int,
        start_ms: int,
        origin_ms: int,
        steps: int = 60,
    ) -> None:
        if steps < 4 or MINUTE_MS % steps:
            raise ValueError(f"{steps} steps a minute: from 4 on, a divisor of 60000")
        if origin_ms % _HOUR_MS or start_ms < origin_ms:
            raise ValueError("the origin is on the hour and not after the start")
        self.instrument_id, self.grid = instrument_id, market.grid
        self._market, self._steps = market, steps
        self._start_ms, self._origin_ms = start_ms, origin_ms
        self._path = Path(market, seed=seed, name=instrument_id, origin_ms=origin_ms)
        self._sizes = _sizes(market, seed, instrument_id)
        self._chunk = lru_cache(maxsize=_KEPT_CHUNKS)(self._hours_of_chunk)

    def blocks(self) -> Iterator[Prints]:
        """Hour by hour, without an end."""
        hour = (self._start_ms - self._origin_ms) // _HOUR_MS
        prints = self._hour(hour)
        first = int(np.searchsorted(prints.time_ms, self._start_ms))
        if first < len(prints.time_ms):
            yield prints.between(first, None)
        while True:
            hour += 1
            yield self._hour(hour)

    def opening(self) -> tuple[Levels, Levels]:
        """Around the last print before the start; at the origin around the first."""
        prints = self._hour((self._start_ms - self._origin_ms) // _HOUR_MS)
        place = max(int(np.searchsorted(prints.time_ms, self._start_ms)) - 1, 0)
        return self.levels(prints.at(place))

    def levels(self, at: Print) -> tuple[Levels, Levels]:
        """Twenty levels a side; the print takes from the best without emptying it."""
        spread = max(round(at.ticks * _SPREAD_RATIO), 1)
        bid = at.ticks - spread if at.is_buy else at.ticks
        gap = max(spread // 2, 1)
        sizes = self._sizes[at.time_ms // 1000 % _ROWS].tolist()
        bids = self._side(bid, -gap, sizes[0], 0 if at.is_buy else at.lots)
        asks = self._side(bid + spread, gap, sizes[1], at.lots if at.is_buy else 0)
        return bids, asks

    def history(self, step_ms: int, start_ms: int, end_ms: int) -> Block:
        """See ``candles.market.History``. Back to the origin, and no further."""
        start_ms, end_ms = whole_windows(
            step_ms, max(start_ms, self._origin_ms), end_ms
        )
        if start_ms >= end_ms:
            return empty()
        if step_ms < MINUTE_MS:
            return self._from_prints(step_ms, start_ms, end_ms)
        if step_ms < _HOUR_MS:
            return fold(self._minutes(start_ms, end_ms), step_ms)
        return self._from_hours(step_ms, start_ms, end_ms)

    def prime(self, market: CandleMarket) -> None:
        """Give the candles at hand what happened before the start."""
        week_ms = (self._start_ms // _WEEK_MS - 1) * _WEEK_MS
        begin_ms = max(week_ms, self._origin_ms)
        minute_ms = self._start_ms // MINUTE_MS * MINUTE_MS
        if begin_ms < minute_ms:
            market.prime(self.instrument_id, "1m", self._minutes(begin_ms, minute_ms))
        prints = self._hour((self._start_ms - self._origin_ms) // _HOUR_MS)
        since, until = np.searchsorted(prints.time_ms, [minute_ms, self._start_ms])
        seen = prints.between(int(since), int(until))
        market.add_prints(self.instrument_id, seen.time_ms, seen.ticks, seen.lots)

    def _hour(self, hour: int) -> Prints:
        return hour_prints(self._path, hour, self._steps)

    def _side(self, best: int, gap: int, sizes: list[int], first: int) -> Levels:
        price, quantity = self.grid.price, self.grid.quantity
        levels = [
            (price(best + place * gap), quantity(size + (0 if place else first)))
            for place, size in enumerate(sizes)
        ]
        return [level for level in levels if level[0] > 0]

    def _minutes(self, start_ms: int, end_ms: int) -> Block:
        """Both times are on the minute."""
        first = (start_ms - self._origin_ms) // MINUTE_MS
        stop = (end_ms - self._origin_ms) // MINUTE_MS
        *prices, lots = self._path.minutes(first, stop)
        time_ms = start_ms + MINUTE_MS * np.arange(stop - first, dtype=np.int64)
        return block_of(time_ms, tuple(prices), lots, self.grid)

    def _from_prints(self, step_ms: int, start_ms: int, end_ms: int) -> Block:
        first = (start_ms - self._origin_ms) // _HOUR_MS
        stop = -(-(end_ms - self._origin_ms) // _HOUR_MS)
        time_ms, ticks, lots, _is_buy = map(
            np.concatenate, zip(*map(self._hour, range(first, stop)), strict=True)
        )
        quote = self.grid.quotes(ticks, lots)
        block = fold(of_prints(time_ms, ticks, lots, quote), step_ms)
        inside = np.searchsorted(block[0], [start_ms, end_ms])
        return block[:, inside[0] : inside[1]]

    def _from_hours(self, step_ms: int, start_ms: int, end_ms: int) -> Block:
        first = (start_ms - self._origin_ms) // _HOUR_MS
        stop = (end_ms - self._origin_ms) // _HOUR_MS
        chunks = range(first // _CHUNK_HOURS, -(-stop // _CHUNK_HOURS))
        hours = np.concatenate([self._chunk(chunk) for chunk in chunks], axis=1)
        skipped = chunks.start * _CHUNK_HOURS
        return fold(hours[:, first - skipped : stop - skipped], step_ms)

    def _hours_of_chunk(self, chunk: int) -> Block:
        start_ms = self._origin_ms + chunk * _CHUNK_HOURS * _HOUR_MS
        minutes = self._minutes(start_ms, start_ms + _CHUNK_HOURS * _HOUR_MS)
        return fold(minutes, _HOUR_MS)


def _sizes(market: SyntheticMarket, seed: int, name: str) -> Times:
    """Lots that stand at each level: ``(rows, side, level)``, a row each second."""
    random = generator(seed, name, _STREAM, 0)
    drawn = random.exponential(1.0, (_ROWS, 2, _LEVELS)) + 0.2
    growth = 1 + np.arange(_LEVELS) / 4
    lots = market.volume / market.lot_size * _LEVEL_SHARE * drawn * growth
    return np.ceil(lots).astype(np.int64)
