"""What an exchange's stream tells, and the interface every stream has here.

A stream carries channels: one kind of news of one instrument. It subscribes, tells its
listener what comes, and says when a connection is gone; whether silence is a fault,
and what is done about it, is ``apps.markets.feeds``'s to decide.
"""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from apps.markets.gateways.types import Candle, PublicTrade, Ticker

Levels = tuple[tuple[Decimal, Decimal], ...]


class ChannelKind(StrEnum):
    """The first words of the live topics."""

    TICKER = "ticker"
    TRADES = "trades"
    CANDLE = "candle"
    BOOK = "book"


@dataclass(frozen=True, slots=True, order=True)
class Channel:
    """``timeframe`` is of a candle channel only.

    ``market_id`` is the exchange's own word for the instrument.
    """

    kind: ChannelKind
    symbol: str
    timeframe: str = ""
    market_id: str = ""

    @property
    def label(self) -> str:
        """``candle BTC/USDT 1m``"""
        return " ".join(filter(None, (self.kind, self.symbol, self.timeframe)))


@dataclass(frozen=True, slots=True)
class BookUpdate:
    """Levels of a book: all of it (``is_full``), or those that changed.

    ``first`` and ``last`` are the exchange's counter over the changes in here; None
    where it has none, and then every update is full. Quantity zero: the level is gone.
    """

    bids: Levels
    asks: Levels
    is_full: bool
    first: int | None = None
    last: int | None = None
    time_ms: int | None = None


# Trades come as a tuple, oldest first.
News = Ticker | Candle | BookUpdate | tuple[PublicTrade, ...]


class Listener(Protocol):
    """Who hears a stream. The methods are called on its loop and must not block."""

    def told(self, channel: Channel, news: News, sent_ms: int | None) -> None:
        """``sent_ms`` is when the exchange sent it, by its own clock."""

    def refused(self, channel: Channel | None, rule: str, given: object) -> None:
        """A message that cannot be what it says; None: not even for which channel."""

    def lost(self, channels: Collection[Channel], why: str) -> None:
        """Their connection is gone: they are no longer subscribed."""


class Stream(Protocol):
    """Channels of one venue. Not for threads."""

    async def subscribe(self, channel: Channel) -> None:
        """Returns when the exchange has said yes. Raises GatewayError.

        A channel that is subscribed already is asked for anew. A connection on which
        the exchange does not answer is given up by the stream itself.
        """

    async def unsubscribe(self, channel: Channel) -> None:
        """Hear no more of it; never raises."""

    async def drop(self, channel: Channel, why: str) -> None:
        """Close the connection that carries the channel: it cannot be trusted."""


class OpenStream(Protocol):
    """How a feed gets its stream."""

    def __call__(self, listener: Listener) -> AbstractAsyncContextManager[Stream]: ...
