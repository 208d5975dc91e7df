"""Streams of any exchange that ccxt.pro knows: ``watch_*`` for what it can watch.

Candles come without a word on whether they are closed, and some exchanges' volumes
differ from those of REST: they only ring the bell, and REST is asked for the closed
ones. Numbers that ccxt made floats of are read by their shortest text, which is the
one that was sent.
"""

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from apps.markets.gateways.parsing import quotes
from apps.markets.gateways.sieve import Bad, Notes, moment, price, quantity
from apps.markets.gateways.streams import (
    BookUpdate,
    Channel,
    ChannelKind,
    Levels,
    Listener,
    News,
)
from apps.markets.gateways.types import Candle

logger = logging.getLogger(__name__)

DEPTH: Final = 50
_UNREADABLE: Final = "not the shape it should have"


class WatchedStream:
    """One task per channel, each of which ends with its connection."""

    def __init__(self, exchange: Any, listener: Listener) -> None:
        self._exchange, self._listener = exchange, listener
        self._tasks: dict[Channel, asyncio.Task[None]] = {}

    async def subscribe(self, channel: Channel) -> None:
        """ccxt does not tell a yes from silence: the first message is the yes."""
        await self.unsubscribe(channel)
        task = asyncio.create_task(self._watch(channel), name=channel.label)
        self._tasks[channel] = task

    async def unsubscribe(self, channel: Channel) -> None:
        if (task := self._tasks.pop(channel, None)) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def drop(self, channel: Channel, why: str) -> None:
        """ccxt does not tell which connection carries what: all of them go."""
        lost = tuple(self._tasks)
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        await self._hang_up()
        self._listener.lost(lost, why)

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _hang_up(self) -> None:
        clients, self._exchange.clients = self._exchange.clients or {}, {}
        closing = [client.close() for client in clients.values()]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _watch(self, channel: Channel) -> None:
        try:
            while True:
                raw = await self._next(channel)
                self._tell(channel, raw)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            why = "closed"  # ccxt cancels what waits on a connection that it closes
        except Exception as error:
            logger.warning(
                "stream.channel_lost",
                extra={"channel": channel.label, "error": type(error).__name__},
            )
            why = type(error).__name__
        if self._tasks.get(channel) is asyncio.current_task():
            del self._tasks[channel]
            self._listener.lost((channel,), why)

    async def _next(self, channel: Channel) -> Any:
        symbol = channel.symbol
        match channel.kind:
            case ChannelKind.TICKER:
                return await self._exchange.watch_ticker(symbol)
            case ChannelKind.TRADES:
                return await self._exchange.watch_trades(symbol)
            case ChannelKind.CANDLE:
                return await self._exchange.watch_ohlcv(symbol, channel.timeframe)
            case ChannelKind.BOOK:
                return await self._exchange.watch_order_book(symbol, DEPTH)

    def _tell(self, channel: Channel, raw: Any) -> None:
        try:
            found = _READERS[channel.kind](raw, channel)
        except Bad as bad:
            self._listener.refused(channel, bad.rule, bad.given)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
            self._listener.refused(channel, _UNREADABLE, repr(raw)[:100])
        else:
            for news, sent_ms in found:
                self._listener.told(channel, news, sent_ms)


Read = list[tuple[News, int | None]]


def _ticker(raw: Any, channel: Channel) -> Read:
    ticker = quotes.ticker(_exact({**raw, "symbol": channel.symbol}))
    return [(ticker, ticker.time_ms)]


def _trades(raw: Any, channel: Channel) -> Read:
    rows = [_exact({**row, "symbol": channel.symbol}) for row in raw]
    trades = quotes.public_trades(rows, Notes())
    return [(trades, trades[-1].time_ms)] if trades else []


def _candles(raw: Any, channel: Channel) -> Read:
    found: Read = []
    for row in _exact(list(raw)):
        opened, high, low, close = (price(value, "price") for value in row[1:5])
        volume = quantity(row[5], "volume")
        time_ms = moment(row[0], "time")
        candle = Candle(time_ms, opened, high, low, close, volume, None, False)
        found.append((candle, None))
    return found


def _book(raw: Any, channel: Channel) -> Read:
    update = BookUpdate(
        _levels(raw["bids"]),
        _levels(raw["asks"]),
        is_full=True,
        last=raw.get("nonce"),
        time_ms=raw.get("timestamp"),
    )
    return [(update, update.time_ms)]


def _levels(rows: Any) -> Levels:
    exact = [_exact(list(row[:2])) for row in rows[:DEPTH]]
    return tuple((price(row[0], "price"), quantity(row[1], "size")) for row in exact)


def _exact(value: Any) -> Any:
    """Floats by their shortest text; everything else as it is."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: _exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return value


_READERS: Final[dict[ChannelKind, Callable[[Any, Channel], Read]]] = {
    ChannelKind.TICKER: _ticker,
    ChannelKind.TRADES: _trades,
    ChannelKind.CANDLE: _candles,
    ChannelKind.BOOK: _book,
}
