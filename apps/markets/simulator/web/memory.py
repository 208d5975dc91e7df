"""Market data out of a venue's own trades: small, exact, for tests."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from apps.markets.simulator.core.events import Event, Traded
from apps.markets.simulator.core.orders import PublicTrade
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.market_data import (
    INTERVAL_MS,
    Candle,
    OnCandle,
    Ticker,
)

_DAY_MS: Final = 86_400_000
_MONTH: Final = "30d"
# The days of 1970 begin on a Thursday, and so do Unix weeks.
INTERVALS: Final = (*INTERVAL_MS, _MONTH)


def open_of(interval: str, ts_ms: int) -> int:
    """The open time of the candle that a moment falls into."""
    if interval != _MONTH:
        step = INTERVAL_MS[interval]
        return ts_ms - ts_ms % step
    moment = datetime.fromtimestamp(ts_ms / 1000, UTC)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp()) * 1000


class MemoryMarket:
    """Candles and tickers of what was traded. Minutes without a trade give no row."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._candles: dict[tuple[str, str], dict[int, Candle]] = defaultdict(dict)
        self._callbacks: list[OnCandle] = []
        venue.subscribe(self._on_event)

    def candles(
        self, instrument: str, interval: str, start_ms: int, end_ms: int, limit: int
    ) -> Sequence[Candle]:
        kept = self._candles[instrument, interval]
        stamps = sorted(kept)
        first = bisect_left(stamps, start_ms)
        last = bisect_right(stamps, end_ms)
        now = open_of(interval, self._venue.clock.now_ms())
        return [
            replace(kept[stamp], closed=stamp < now)
            for stamp in stamps[first:last][-limit:]
        ]

    def ticker(self, instrument: str) -> Ticker | None:
        now = self._venue.clock.now_ms()
        rows = self.candles(instrument, "1m", now - _DAY_MS, now, 1441)
        last = self._venue.last_price(instrument)
        if last is None:
            return None
        if not rows:
            return Ticker(last, last, last, last, Decimal(0), Decimal(0))
        return Ticker(
            last,
            rows[0].open,
            max(row.high for row in rows),
            min(row.low for row in rows),
            sum((row.base_volume for row in rows), Decimal(0)),
            sum((row.quote_volume for row in rows), Decimal(0)),
        )

    def on_candle(self, callback: OnCandle) -> None:
        self._callbacks.append(callback)

    def put(self, instrument: str, interval: str, candle: Candle) -> None:
        """Set a candle by hand, as history that was before the first trade."""
        self._candles[instrument, interval][candle.ts_ms] = candle

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Traded):
            for interval in INTERVALS:
                self._add(event.trade, interval)

    def _add(self, trade: PublicTrade, interval: str) -> None:
        stamp = open_of(interval, trade.time_ms)
        kept = self._candles[trade.instrument, interval]
        candle = kept[stamp] = _with_trade(kept.get(stamp), trade, stamp)
        for callback in self._callbacks:
            callback(trade.instrument, interval, candle)


def _with_trade(candle: Candle | None, trade: PublicTrade, stamp: int) -> Candle:
    price, quote = trade.price, trade.price * trade.amount
    if candle is None:
        return Candle(stamp, price, price, price, price, trade.amount, quote, False)
    return replace(
        candle,
        high=max(candle.high, price),
        low=min(candle.low, price),
        close=price,
        base_volume=candle.base_volume + trade.amount,
        quote_volume=candle.quote_volume + quote,
    )
