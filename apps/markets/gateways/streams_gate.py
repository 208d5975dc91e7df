"""Gate.io's spot stream, read from the messages themselves.

ccxt.pro keeps the connection; its reading of the messages is left out, because it
takes a candle's quote volume for its volume, cannot tell a closed candle, does not
notice a lost book change, and turns numbers into floats. Source: the protocol
reference, part 4.
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import orjson

from apps.common.wording import gettext as _
from apps.common.wording import gettext_noop
from apps.markets.gateways.decoding import NotJson, decode
from apps.markets.gateways.errors import (
    GatewayError,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from apps.markets.gateways.sieve import (
    Bad,
    Notes,
    moment,
    number_or_none,
    price,
    price_or_none,
    quantity,
    quantity_or_none,
    shown,
    text,
)
from apps.markets.gateways.streams import (
    BookUpdate,
    Channel,
    ChannelKind,
    Levels,
    Listener,
    News,
)
from apps.markets.gateways.streams_line import Line
from apps.markets.gateways.types import Candle, PublicTrade, Ticker

DEPTH: Final = 50
ANSWER_S: Final = 2.0
# After so long without a sign of life one is asked for; then as long again.
SILENCE_S: Final = 3.0
_MALFORMED: Final = (
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
)
_UNREADABLE: Final = gettext_noop("not the shape it should have")


class GateStream:
    """Spot channels over one line."""

    def __init__(self, line: Line, listener: Listener) -> None:
        self._line, self._listener = line, listener
        line.on_text, line.on_gone = self._heard, self._gone
        self._channels: dict[tuple[str, str], Channel] = {}
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._ids = itertools.count(1)
        self._heard_at = 0.0
        self._pulse: asyncio.Task[None] | None = None

    # What we say

    async def subscribe(self, channel: Channel) -> None:
        """Raises GatewayError when the exchange says no, or nothing in time.

        After the latter the whole connection is given up, and told as lost.
        """
        key, payload = _address(channel)
        is_anew = key in self._channels
        self._channels[key] = channel
        await self._connected()
        # Again: whatever was known of an earlier connection was forgotten with it.
        self._channels[key] = channel
        if is_anew or channel.kind is ChannelKind.BOOK:
            # A second subscription to a book is refused while the first one stands,
            # and the first may have been carried out although its answer was lost.
            await self._asked("unsubscribe", key[0], payload)
        await self._asked("subscribe", key[0], payload)

    async def unsubscribe(self, channel: Channel) -> None:
        key, payload = _address(channel)
        if self._channels.pop(key, None) is None or not self._line.is_open:
            return
        try:
            await self._asked("unsubscribe", key[0], payload)
        except GatewayError:
            self._line.hang_up()

    async def drop(self, channel: Channel, why: str) -> None:
        self._line.hang_up()
        self._gone(why)

    async def close(self) -> None:
        self._channels.clear()
        self._end_pulse()
        await self._line.close()

    async def _connected(self) -> None:
        await self._line.open()
        if self._pulse is None or self._pulse.done():
            self._heard_at = self._now()
            self._pulse = asyncio.create_task(self._watch_pulse())

    async def _asked(self, event: str, channel: str, payload: list[str]) -> None:
        number, line = next(self._ids), self._line.number
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        request = {
            "time": int(time.time()),
            "id": number,
            "channel": channel,
            "event": event,
            "payload": payload,
        }
        try:
            await self._line.say(orjson.dumps(request).decode())
            async with asyncio.timeout(ANSWER_S):
                await answer
        except TimeoutError:
            message = _("gate did not answer %(call)s") % {"call": f"{event} {channel}"}
            if line == self._line.number:
                # Whoever does not answer carries nothing. Another may have hung up
                # already, and what stands by now is a new connection.
                self._line.hang_up()
                self._gone(message)
            raise OutcomeUnknown(message, exchange="gate", call=channel) from None
        finally:
            self._answers.pop(number, None)

    # What we hear

    def _heard(self, raw: str) -> None:
        self._heard_at = self._now()
        try:
            message = orjson.loads(raw)
            self._take(message)
        except _Floats:
            self._take_exactly(raw)
        except _MALFORMED:
            self._listener.refused(None, _UNREADABLE, shown(raw))

    def _take_exactly(self, raw: str) -> None:
        """Again, by a reader that makes no floats."""
        try:
            self._take(decode(raw, Notes()))
        except (*_MALFORMED, NotJson):
            self._listener.refused(None, _UNREADABLE, shown(raw))

    def _take(self, message: Any) -> None:
        event = message["event"]
        if event == "update":
            self._update(message)
        elif event in ("subscribe", "unsubscribe"):
            self._answer(message)
        elif event == "upgrade":
            # The server is about to go: leave before it does.
            self._line.hang_up()
            self._gone(_("the exchange asked to connect anew"))

    def _answer(self, message: Any) -> None:
        answer = self._answers.get(message.get("id"))
        if answer is None or answer.done():
            return
        error = message.get("error")
        if error and message["event"] == "subscribe":
            words = shown(str(error.get("message", "")))
            facts = {"call": message.get("channel"), "words": words}
            text_ = _("gate refused %(call)s: %(words)s") % facts
            label = str(error.get("code", ""))
            answer.set_exception(Refused(text_, label=label, exchange="gate"))
        else:
            answer.set_result(None)

    def _update(self, message: Any) -> None:
        name, result = message["channel"], message["result"]
        read = _READERS.get(name)
        if read is None:
            return
        found: Channel | None = None
        try:
            found = self._channels.get((name, _key_of(name, result)))
            if found is None:
                return  # it was unsubscribed a moment ago
            sent_ms = message.get("time_ms")
            self._listener.told(found, read(result, found, sent_ms), sent_ms)
        except Bad as bad:
            if isinstance(bad.given, float):
                raise _Floats from None
            self._listener.refused(found, bad.rule, bad.given)
        except _MALFORMED:
            self._listener.refused(found, _UNREADABLE, shown(repr(result)[:200]))

    # The line

    def _gone(self, why: str) -> None:
        self._end_pulse()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Unreachable(why, exchange="gate"))
        self._answers.clear()
        lost = tuple(self._channels.values())
        # What is asked for on a new connection was never subscribed there.
        self._channels.clear()
        if lost:
            self._listener.lost(lost, why)

    async def _watch_pulse(self) -> None:
        """An open socket proves nothing: a peer that answers does."""
        while self._line.is_open:
            await asyncio.sleep(SILENCE_S / 4)
            silent = self._now() - self._heard_at
            if silent >= 2 * SILENCE_S:
                self._line.hang_up()
                self._gone(_("the connection was silent"))
                return
            if silent >= SILENCE_S:
                ping = {"time": int(time.time()), "channel": "spot.ping"}
                try:
                    await self._line.say(orjson.dumps(ping).decode())
                except GatewayError:
                    return

    def _end_pulse(self) -> None:
        if self._pulse is not None and self._pulse is not asyncio.current_task():
            self._pulse.cancel()
        self._pulse = None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class _Floats(Exception):
    """A number came without quotes, and orjson made a float of it."""


def _address(channel: Channel) -> tuple[tuple[str, str], list[str]]:
    """The exchange's name for a channel with its key, and what is sent for it."""
    market = channel.market_id or channel.symbol.replace("/", "_")
    match channel.kind:
        case ChannelKind.TICKER:
            return ("spot.tickers", market), [market]
        case ChannelKind.TRADES:
            return ("spot.trades", market), [market]
        case ChannelKind.CANDLE:
            name = f"{channel.timeframe}_{market}"
            return ("spot.candlesticks", name), [channel.timeframe, market]
        case ChannelKind.BOOK:
            name = f"ob.{market}.{DEPTH}"
            return ("spot.obu", name), [name]


def _key_of(name: str, result: Any) -> str:
    key = result[_KEYS[name]]
    if type(key) is not str:
        raise TypeError(name)
    return key


def _ticker(row: Any, channel: Channel, sent_ms: Any) -> News:
    return Ticker(
        channel.symbol,
        price(row["last"], "last"),
        price_or_none(row.get("highest_bid"), "bid"),
        price_or_none(row.get("lowest_ask"), "ask"),
        price_or_none(row.get("high_24h"), "high"),
        price_or_none(row.get("low_24h"), "low"),
        None,
        number_or_none(row.get("change_percentage"), "change"),
        quantity_or_none(row.get("base_volume"), "base volume"),
        quantity_or_none(row.get("quote_volume"), "quote volume"),
        time_ms=moment(sent_ms, "time"),
    )


def _trade(row: Any, channel: Channel, sent_ms: Any) -> News:
    side = row.get("side")
    trade = PublicTrade(
        str(row["id"]),
        channel.symbol,
        moment(int(Decimal(str(row["create_time_ms"]))), "time"),
        side if side in ("buy", "sell") else None,
        price(row["price"], "price"),
        quantity(row["amount"], "amount"),
    )
    return (trade,)


def _candle(row: Any, channel: Channel, sent_ms: Any) -> News:
    """``v`` is the volume in quote, ``a`` in base, ``w`` whether it is closed."""
    is_closed = row.get("w", False)
    return Candle(
        moment(int(text(row["t"], "time")) * 1000, "time"),
        price(row["o"], "open"),
        price(row["h"], "high"),
        price(row["l"], "low"),
        price(row["c"], "close"),
        quantity(row["a"], "volume"),
        quantity_or_none(row.get("v"), "quote volume"),
        is_closed is True or is_closed == "true",
    )


def _book(row: Any, channel: Channel, sent_ms: Any) -> News:
    is_full = row.get("full") is True
    return BookUpdate(
        _levels(row.get("b", ()), "bid"),
        _levels(row.get("a", ()), "ask"),
        is_full,
        None if is_full else _counter(row["U"]),
        _counter(row["u"]),
        row.get("t"),
    )


def _counter(raw: Any) -> int:
    if type(raw) is not int or raw < 0:
        raise Bad("u", _UNREADABLE, raw)
    return raw


def _levels(rows: Any, name: str) -> Levels:
    return tuple([(price(row[0], name), quantity(row[1], name)) for row in rows])


_KEYS: Final = {
    "spot.tickers": "currency_pair",
    "spot.trades": "currency_pair",
    "spot.candlesticks": "n",
    "spot.obu": "s",
}
_READERS: Final[dict[str, Callable[[Any, Channel, Any], News]]] = {
    "spot.tickers": _ticker,
    "spot.trades": _trade,
    "spot.candlesticks": _candle,
    "spot.obu": _book,
}
