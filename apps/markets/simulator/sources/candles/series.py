"""One instrument's candles of every interval, each made of the next shorter ones.

A print changes the shortest candle only. When that is over it goes into the next
longer one, and so on; the running candle of an interval is put together when asked.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from apps.markets.simulator.market_data import INTERVAL_MS
from apps.markets.simulator.sources.candles.ring import Ring
from apps.markets.simulator.sources.candles.rows import (
    CLOSE,
    TIME,
    Block,
    Row,
    fold,
    merge,
)

INTERVALS: Final = tuple(INTERVAL_MS)
# A week of minutes: what Gate.io gives of them; the ticker needs a day of it.
_CAPACITY: Final = {"1m": 10_080}
_USUAL_CAPACITY: Final = 1_000

Closed = tuple[int, Row]


class _Level:
    """The closed candles of one interval, and what is known of the running one."""

    def __init__(self, interval: str) -> None:
        self.step_ms = INTERVAL_MS[interval]
        self.ring = Ring(_CAPACITY.get(interval, _USUAL_CAPACITY))
        self.running: Row | None = None

    def take(self, row: Row) -> None:
        """Part of the running candle, closed one level below."""
        if self.running is None:
            self.running = [row[TIME] // self.step_ms * self.step_ms, *row[1:]]
        else:
            merge(self.running, row)

    def is_over(self, time_ms: int) -> bool:
        return self.running is not None and time_ms >= self.running[TIME] + self.step_ms


class Series:
    """All intervals of one instrument, in ticks, lots and quote units."""

    def __init__(self) -> None:
        self.levels = [_Level(interval) for interval in INTERVALS]
        self.last_ms = -1
        self.last_ticks = 0

    def add(self, time_ms: int, ticks: int, lots: int, quote: int) -> list[Closed]:
        """One print; which candles it closed, as (place of the interval, row).

        A print that comes late counts where the newest one is.
        """
        time_ms = max(time_ms, self.last_ms)
        self.last_ms, self.last_ticks = time_ms, ticks
        closed = self._close_until(time_ms)
        self.levels[0].take([time_ms, ticks, ticks, ticks, ticks, lots, quote])
        return closed

    def _close_until(self, time_ms: int) -> list[Closed]:
        closed: list[Closed] = []
        for place, level in enumerate(self.levels):
            if closed:
                level.take(closed[-1][1])
            if level.running is None:
                continue
            if not level.is_over(time_ms):
                break
            level.ring.add(level.running)
            closed.append((place, level.running))
            level.running = None
        return closed

    def extend(self, block: Block, *, place: int = 0) -> list[Block]:
        """Many prints or candles at once, later than all before, from ``place`` up.

        ``block`` fits the interval at ``place``. Returns what closed, per interval
        from there on.
        """
        last_ms = int(block[TIME, -1])
        self.last_ms = max(self.last_ms, last_ms)
        self.last_ticks = int(block[CLOSE, -1])
        closed, results = block, []
        for level in self.levels[place:]:
            closed = _folded(level, closed, last_ms)
            results.append(closed)
            if not closed.shape[1]:
                break
        return results

    def running(self, place: int) -> Row | None:
        """The candle that still changes, out of what all shorter intervals hold."""
        step_ms, whole = self.levels[place].step_ms, None
        for level in reversed(self.levels[: place + 1]):
            if level.running is None:
                continue
            if whole is None:
                row = level.running
                whole = [row[TIME] // step_ms * step_ms, *row[1:]]
            else:
                merge(whole, level.running)
        return whole

    def changed(self) -> Iterator[Closed]:
        """The running candle of every interval."""
        for place in range(len(self.levels)):
            row = self.running(place)
            if row is not None:
                yield place, row

    def within(self, place: int, start_ms: int, end_ms: int) -> Block:
        """Closed candles at hand that open within both times, the end not included."""
        return self.levels[place].ring.within(start_ms, end_ms)


def _folded(level: _Level, block: Block, last_ms: int) -> Block:
    """Put ``block`` into ``level``; what closed by ``last_ms``."""
    if level.running is not None:
        head = np.array(level.running, np.int64)[:, None]
        block = np.concatenate([head, block], axis=1)
    rows = fold(block, level.step_ms)
    level.running = rows[:, -1].tolist()
    if not level.is_over(last_ms):
        rows = rows[:, :-1]
    else:
        level.running = None
    level.ring.extend(rows)
    return rows
