"""What the protocol asks of a market besides its book: candles and tickers.

A source of prices implements ``MarketData``; ``web.memory`` has a small one that is
built from a venue's own trades.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

# Gate.io's intervals. 7d are Unix weeks and begin on a Thursday; 30d is a month of
# the calendar, so it has no length here.
INTERVAL_MS = {
    "1s": 1_000,
    "10s": 10_000,
    "1m": 60_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "8h": 28_800_000,
    "1d": 86_400_000,
    "7d": 604_800_000,
}


@dataclass(frozen=True, slots=True)
class Candle:
    """One candle, stamped with its open time; volumes in base and in quote."""

    ts_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal
    quote_volume: Decimal
    closed: bool


@dataclass(frozen=True, slots=True)
class Ticker:
    """The last 24 hours of one instrument; ``open`` is the price 24 hours ago."""

    last: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    base_volume: Decimal
    quote_volume: Decimal


OnCandle = Callable[[str, str, Candle], None]


class MarketData(Protocol):
    """Read side of a source of prices. Instruments are named as Gate.io does."""

    def candles(
        self, instrument: str, interval: str, start_ms: int, end_ms: int, limit: int
    ) -> Sequence[Candle]:
        """Candles that open within start..end, both included, oldest first.

        Of more than ``limit`` the newest are given. The running candle is the last,
        with ``closed`` false.
        """

    def ticker(self, instrument: str) -> Ticker | None:
        """The last 24 hours; None before the first price."""

    def on_candle(self, callback: OnCandle) -> None:
        """Call ``callback(instrument, interval, candle)`` when a candle changes."""
