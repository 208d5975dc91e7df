"""What this room tells the rooms above it; written to the outbox with the change.

Delivered at least once, so a subscriber is safe to repeat. ``exchange`` is the code.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.common.events import Event


@dataclass(frozen=True, slots=True)
class ExchangeUnreachable(Event):
    """Calls to an exchange no longer succeed. ``state`` is an ``ExchangeState``."""

    exchange_id: int
    exchange: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExchangeRecovered(Event):
    """It answers again; ``state`` is what it was until now."""

    exchange_id: int
    exchange: str
    state: str


@dataclass(frozen=True, slots=True)
class ClockOff(Event):
    """Its clock and ours differ by more than is safe; theirs minus ours."""

    exchange_id: int
    exchange: str
    offset_ms: int


@dataclass(frozen=True, slots=True)
class InstrumentEvent(Event):
    """What all news of an instrument carry."""

    instrument_id: int
    exchange: str
    symbol: str


@dataclass(frozen=True, slots=True)
class InstrumentListed(InstrumentEvent):
    """New at the exchange, or listed again. Not told of a first synchronisation."""


@dataclass(frozen=True, slots=True)
class InstrumentChanged(InstrumentEvent):
    """Rules or names changed; ``fields`` joined by commas, details in its history.

    With ``symbol`` among the fields it was renamed, and ``symbol`` is the new one.
    """

    fields: str


@dataclass(frozen=True, slots=True)
class InstrumentHalted(InstrumentEvent):
    """Listed, and (some) orders are not taken now."""


@dataclass(frozen=True, slots=True)
class InstrumentResumed(InstrumentEvent):
    """Halted until now, traded again."""


@dataclass(frozen=True, slots=True)
class InstrumentDelisted(InstrumentEvent):
    """Gone from the exchange's list, or flagged there; its history stays."""


@dataclass(frozen=True)
class WatchListChanged(Event):
    """Members came or went; ``added`` and ``removed`` are ids, such as "12,15"."""

    list_id: int
    added: str = ""
    removed: str = ""

    @property
    def added_ids(self) -> tuple[int, ...]:
        return _ids(self.added)

    @property
    def removed_ids(self) -> tuple[int, ...]:
        return _ids(self.removed)


@dataclass(frozen=True, slots=True)
class CandleClosed(InstrumentEvent):
    """A candle is final and stored: told once per candle, oldest first.

    ``time_ms`` is its open time. ``is_late``: it closed longer ago than its own length,
    which is news of the past (a feed was away), and no moment to act upon.
    """

    timeframe: str
    time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class FeedStalled(InstrumentEvent):
    """A channel is silent while its market moves, and nothing that was tried helped.

    ``kind`` is a ``FeedKind``; ``timeframe`` is of candles only. ``since`` is its last
    message.
    """

    kind: str
    timeframe: str
    since: datetime


@dataclass(frozen=True, slots=True)
class FeedRecovered(InstrumentEvent):
    """It speaks again; ``since`` is what its FeedStalled said."""

    kind: str
    timeframe: str
    since: datetime


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)
