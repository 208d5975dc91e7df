"""Candles of the past out of minutes, for pages that reach further than memory."""

import numpy as np

from apps.markets.candles.bars import Bars, Times
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.simulator.sources.candles.rows import (
    Block,
    empty,
    fold,
)
from apps.markets.simulator.sources.grid import Grid, as_counts


def block_of(
    time_ms: Times, prices: tuple[Times, ...], lots: Times, grid: Grid
) -> Block:
    """Candles in ticks and lots; ``prices`` are open, high, low and close.

    Their volume in quote is taken at the mean of the four: it is known exactly only
    where each trade is.
    """
    opened, high, low, close = prices
    quote = grid.quotes(opened + high + low + close, lots) // 4
    return np.stack([time_ms, opened, high, low, close, lots, quote])


def block_of_bars(bars: Bars, grid: Grid) -> Block:
    """The nearest ticks and lots."""
    prices = tuple(
        as_counts(column, grid.tick_size)
        for column in (bars.open, bars.high, bars.low, bars.close)
    )
    lots = as_counts(bars.volume, grid.lot_size)
    return block_of(bars.time_ms, prices, lots, grid)


class BarsHistory:
    """History out of bars that are all at hand."""

    def __init__(self, bars: Bars, grid: Grid) -> None:
        self._bars, self._grid = bars, grid
        self._step_ms = timeframe_ms(bars.timeframe)

    def __call__(self, step_ms: int, start_ms: int, end_ms: int) -> Block:
        """See ``candles.market.History``; none shorter than the bars."""
        if step_ms % self._step_ms:
            return empty()
        start_ms, end_ms = whole_windows(step_ms, start_ms, end_ms)
        bars = self._bars.within(start_ms, end_ms)
        if not len(bars):
            return empty()
        return fold(block_of_bars(bars, self._grid), step_ms)


def whole_windows(step_ms: int, start_ms: int, end_ms: int) -> tuple[int, int]:
    """From the first window that opens in start..end to the end of the last one."""
    return -(-start_ms // step_ms) * step_ms, -(-end_ms // step_ms) * step_ms
