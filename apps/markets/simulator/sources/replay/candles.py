"""Candles as a tape: each is played as a path of four points.

The open, at the candle's open time; then the low and the high of a candle that rises
or stays, the high and the low of one that falls, after a third and two thirds of it;
the close, a millisecond before its end. A quarter of the volume, in whole lots, is
traded at each of the first three, the rest at the close.

At each point the book has no spread and more depth than anybody needs. The next
candle's open stands in the book before its print tells that this one is closed: a
market order sent on the close meets that open exactly. A waiting limit order is filled
at its price when the path goes beyond it, as in a backtest; or, if so chosen, already
when the path touches it.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from apps.markets.candles.bars import Bars, Times
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.candles.rows import Block
from apps.markets.simulator.sources.grid import Grid, as_counts
from apps.markets.simulator.sources.history import BarsHistory
from apps.markets.simulator.sources.replay.book import flat_book
from apps.markets.simulator.sources.tape import MANY, Levels, Print, Prints

_BLOCK: Final = 1_440


class CandleTape:
    """Bars of one instrument; prices and volumes go to the nearest tick and lot."""

    takes = False
    many = MANY

    def __init__(
        self,
        instrument_id: str,
        bars: Bars,
        grid: Grid,
        *,
        fills_on_touch: bool = False,
    ) -> None:
        self.instrument_id, self.grid, self.bars = instrument_id, grid, bars
        self.fills_on_touch = fills_on_touch
        self._history = BarsHistory(bars, grid)

    def blocks(self) -> Iterator[Prints]:
        for start in range(0, len(self.bars), _BLOCK):
            yield four_points(self.bars.between(start, start + _BLOCK), self.grid)

    def history(self, step_ms: int, start_ms: int, end_ms: int) -> Block:
        return self._history(step_ms, start_ms, end_ms)

    def prime(self, market: CandleMarket) -> None:
        """Nothing happened before the first candle."""

    def opening(self) -> None:
        """No book stands before the first price: nobody may know it."""

    def levels(self, at: Print) -> tuple[Levels, Levels]:
        return flat_book(at, self.grid)


def four_points(bars: Bars, grid: Grid) -> Prints:
    """The path of each bar, four prints a bar."""
    opened, high, low, close = (
        as_counts(column, grid.tick_size)
        for column in (bars.open, bars.high, bars.low, bars.close)
    )
    rises = close >= opened
    second, third = np.where(rises, low, high), np.where(rises, high, low)
    ticks = np.stack([opened, second, third, close], axis=1)
    taker = np.stack([rises, ~rises, rises, rises], axis=1)
    return Prints(
        _times(bars).ravel(),
        ticks.ravel(),
        _quarters(as_counts(bars.volume, grid.lot_size)).ravel(),
        taker.ravel(),
    )


def _times(bars: Bars) -> Times:
    step_ms = timeframe_ms(bars.timeframe)
    offsets = np.array([0, step_ms // 3, step_ms * 2 // 3, step_ms - 1])
    times: Times = bars.time_ms[:, None] + offsets
    return times


def _quarters(lots: Times) -> Times:
    quarter = lots // 4
    return np.stack([quarter, quarter, quarter, lots - 3 * quarter], axis=1)
