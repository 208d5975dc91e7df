"""Candles and tickers of every instrument, as the protocol shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from apps.markets.candles.bars import Times
from apps.markets.simulator.core.events import Event, Traded
from apps.markets.simulator.market_data import (
    INTERVAL_MS,
    Candle,
    OnCandle,
    Ticker,
)
from apps.markets.simulator.sources.candles.rows import (
    CLOSE,
    HIGH,
    LOTS,
    LOW,
    OPEN,
    QUOTE,
    TIME,
    Block,
    of_prints,
)
from apps.markets.simulator.sources.candles.series import INTERVALS, Closed, Series
from apps.markets.simulator.sources.grid import Grid

# Closed candles that open within start..end (end not included) of an interval in ms.
History = Callable[[int, int, int], Block]

_PLACE: Final = {interval: place for place, interval in enumerate(INTERVALS)}
_MINUTE: Final = _PLACE["1m"]
_DAY_MS: Final = INTERVAL_MS["1d"]


@dataclass(slots=True)
class _Listed:
    """``history`` is asked for what came before the candles at hand."""

    grid: Grid
    history: History | None
    series: Series = field(default_factory=Series)

    def candle(self, row: Sequence[int], *, closed: bool) -> Candle:
        price, grid = self.grid.price, self.grid
        return Candle(
            int(row[TIME]),
            price(int(row[OPEN])),
            price(int(row[HIGH])),
            price(int(row[LOW])),
            price(int(row[CLOSE])),
            grid.quantity(int(row[LOTS])),
            grid.quote_volume(int(row[QUOTE])),
            closed,
        )


class CandleMarket:
    """``MarketData`` built from prints as they come, in memory that does not grow.

    Hand ``on_event`` to ``venue.subscribe``. Closed candles are told at once, the
    running ones when ``flush`` is called: once per step of time, not per print.
    """

    def __init__(self) -> None:
        self._listed: dict[str, _Listed] = {}
        self._callbacks: list[OnCandle] = []
        self._changed: dict[str, None] = {}

    # What a source tells

    def add_instrument(
        self, instrument: str, grid: Grid, history: History | None = None
    ) -> None:
        self._listed[instrument] = _Listed(grid, history)

    def on_event(self, event: Event) -> None:
        """Count a trade of the venue, a client's or the background's."""
        if not isinstance(event, Traded) or event.trade.instrument not in self._listed:
            return
        trade = event.trade
        listed = self._listed[trade.instrument]
        ticks, lots = listed.grid.ticks(trade.price), listed.grid.lots(trade.amount)
        self.add_print(trade.instrument, trade.time_ms, ticks, lots)

    def add_print(self, instrument: str, time_ms: int, ticks: int, lots: int) -> None:
        """One trade; no lots: a price that stood without a trade."""
        listed = self._listed[instrument]
        quote = listed.grid.quote(ticks, lots)
        closed = listed.series.add(time_ms, ticks, lots, quote)
        self._changed[instrument] = None
        if closed and self._callbacks:
            self._tell(instrument, listed, closed, is_closed=True)

    def add_prints(
        self, instrument: str, time_ms: Times, ticks: Times, lots: Times
    ) -> None:
        """Many trades at once, in order, later than all before."""
        if not len(time_ms):
            return
        listed = self._listed[instrument]
        quote = listed.grid.quotes(ticks, lots)
        results = listed.series.extend(of_prints(time_ms, ticks, lots, quote))
        self._changed[instrument] = None
        if self._callbacks:
            # Nobody can use each second of a market that runs so fast.
            for place, block in enumerate(results[_MINUTE:], start=_MINUTE):
                rows = [(place, row) for row in block.T.tolist()]
                self._tell(instrument, listed, rows, is_closed=True)

    def prime(self, instrument: str, interval: str, block: Block) -> None:
        """Candles from before the first print, so that the day's figures are there."""
        if block.shape[1]:
            self._listed[instrument].series.extend(block, place=_PLACE[interval])

    def flush(self) -> None:
        """Tell the running candles of whatever changed since the last time."""
        changed, self._changed = self._changed, {}
        if not self._callbacks:
            return
        for instrument in changed:
            listed = self._listed[instrument]
            rows = list(listed.series.changed())
            self._tell(instrument, listed, rows, is_closed=False)

    # What the protocol asks (MarketData)

    def candles(
        self, instrument: str, interval: str, start_ms: int, end_ms: int, limit: int
    ) -> Sequence[Candle]:
        """See ``MarketData``. A window without a trade has no candle."""
        listed = self._listed.get(instrument)
        if listed is None or limit < 1:
            return []
        place, step_ms = _PLACE[interval], INTERVAL_MS[interval]
        block = self._closed(listed, place, start_ms, end_ms + 1, limit)
        found = [listed.candle(row, closed=True) for row in block.T.tolist()]
        running = listed.series.running(place)
        if running is not None and start_ms <= running[TIME] <= end_ms:
            is_closed = listed.series.last_ms >= running[TIME] + step_ms
            found.append(listed.candle(running, closed=is_closed))
        return found[-limit:]

    def ticker(self, instrument: str) -> Ticker | None:
        """The last 24 hours, to the minute."""
        listed = self._listed.get(instrument)
        if listed is None or listed.series.last_ms < 0:
            return None
        series, grid = listed.series, listed.grid
        day = series.within(_MINUTE, series.last_ms - _DAY_MS + 1, series.last_ms + 1)
        running = series.running(_MINUTE)
        if running is not None:
            day = np.concatenate([day, np.array(running)[:, None]], axis=1)
        return Ticker(
            grid.price(series.last_ticks),
            grid.price(int(day[OPEN, 0])),
            grid.price(int(day[HIGH].max())),
            grid.price(int(day[LOW].min())),
            grid.quantity(int(day[LOTS].sum())),
            grid.quote_volume(int(day[QUOTE].sum())),
        )

    def on_candle(self, callback: OnCandle) -> None:
        self._callbacks.append(callback)

    def _closed(
        self, listed: _Listed, place: int, start_ms: int, end_ms: int, limit: int
    ) -> Block:
        level = listed.series.levels[place]
        kept = level.ring.within(start_ms, end_ms)[:, -limit:]
        first_ms = level.ring.first_ms
        if first_ms is None:
            running = listed.series.running(place)
            first_ms = running[TIME] if running else end_ms
        missing = limit - kept.shape[1]
        if listed.history is None or missing <= 0 or first_ms <= start_ms:
            return kept
        stop_ms = min(end_ms, first_ms)
        start_ms = max(start_ms, stop_ms - missing * level.step_ms)
        older = listed.history(level.step_ms, start_ms, stop_ms)
        return np.concatenate([older, kept], axis=1)

    def _tell(
        self, instrument: str, listed: _Listed, rows: list[Closed], *, is_closed: bool
    ) -> None:
        for place, row in rows:
            candle = listed.candle(row, closed=is_closed)
            for callback in self._callbacks:
                callback(instrument, INTERVALS[place], candle)
