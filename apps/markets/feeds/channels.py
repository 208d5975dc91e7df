"""One live channel of each kind: what is believed, shown and asked of it."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from apps.common.wording import gettext as _
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.feeds.books import BookBuilder
from apps.markets.feeds.candles import Ask, CandleBuilder, Outcome
from apps.markets.feeds.checks import CandleCheck, TickerCheck, TradeCheck
from apps.markets.gateways.errors import MalformedAnswer
from apps.markets.gateways.gateway import Gateway
from apps.markets.gateways.streams import (
    BookUpdate,
    Channel,
    ChannelKind,
    Levels,
)
from apps.markets.gateways.types import (
    Batch,
    Candle,
    Kind,
    OrderBook,
    PublicTrade,
    Ticker,
)

SHOWN_LEVELS: Final = 20
SHOWN_TRADES: Final = 50
POLLED_TRADES: Final = 100
POLLED_LEVELS: Final = 50
_NEWEST: Final = 3
_MOST_FAILURES: Final = 4


class Content(Protocol):
    """What differs between the kinds. ``now_ms`` is the exchange's time."""

    def told(self, news: Any, now_ms: int) -> str:
        """Take news of the stream in; the rule it broke, "" when it was taken."""

    async def poll(self, gateway: Gateway, now_ms: int) -> bool:
        """Ask REST; whether it shows what the stream has not told."""

    def lost(self) -> None:
        """Messages may have been missed."""

    def shown(self) -> dict[str, Any] | None:
        """The present state as a live topic's data; None: nothing is known."""


@dataclass(slots=True)
class TickerContent:
    symbol: str
    latest: Ticker | None = None
    _check: TickerCheck = field(default_factory=TickerCheck)

    def told(self, news: Ticker, now_ms: int) -> str:
        rule = self._check.rule_broken(news, now_ms)
        if not rule:
            self.latest = news
        return rule

    async def poll(self, gateway: Gateway, now_ms: int) -> bool:
        before, found = self.latest, await gateway.ticker(self.symbol)
        # The day's volumes shrink without a trade: only prices prove one.
        is_newer = before is not None and _touch(before) != _touch(found)
        if before is self.latest and not self._check.rule_broken(found, now_ms):
            self.latest = found
        return is_newer

    def lost(self) -> None:
        """The next ticker tells everything."""

    def shown(self) -> dict[str, Any] | None:
        ticker = self.latest
        if ticker is None:
            return None
        spread = ticker.ask - ticker.bid if ticker.ask and ticker.bid else None
        return {
            "last": ticker.last,
            "bid": ticker.bid,
            "ask": ticker.ask,
            "spread": spread,
            "high": ticker.high,
            "low": ticker.low,
            "change_pct": ticker.change_pct,
            "base_volume": ticker.base_volume,
            "quote_volume": ticker.quote_volume,
            "time_ms": ticker.time_ms,
        }


def _touch(ticker: Ticker) -> tuple[Any, ...]:
    return ticker.last, ticker.bid, ticker.ask


@dataclass(slots=True)
class TradesContent:
    symbol: str
    tape: deque[PublicTrade] = field(default_factory=lambda: deque(maxlen=SHOWN_TRADES))
    _check: TradeCheck = field(default_factory=TradeCheck)

    def told(self, news: tuple[PublicTrade, ...], now_ms: int) -> str:
        broken = ""
        for trade in news:
            rule = self._check.rule_broken(trade, now_ms)
            broken = broken or rule
            if not rule:
                self.tape.append(trade)
        return broken

    async def poll(self, gateway: Gateway, now_ms: int) -> bool:
        is_first = not self.tape
        found = await gateway.trades(self.symbol, limit=POLLED_TRADES)
        new = tuple(trade for trade in found if not self._check.knows(trade.id))
        if self.tape:
            # The exchange's own order within a moment is not ours to judge.
            last_ms = self.tape[-1].time_ms
            new = tuple(trade for trade in new if trade.time_ms >= last_ms)
        self.told(new, now_ms)
        return bool(new) and not is_first

    def lost(self) -> None:
        """The tape has a hole then; the next poll or trade goes on."""

    def shown(self) -> dict[str, Any] | None:
        if not self.tape:
            return None
        return {"trades": [_trade(trade) for trade in reversed(self.tape)]}


def _trade(trade: PublicTrade) -> dict[str, Any]:
    return {
        "id": trade.id,
        "time_ms": trade.time_ms,
        "side": trade.side,
        "price": trade.price,
        "quantity": trade.quantity,
    }


@dataclass(slots=True)
class CandleContent:
    """``outcomes`` are for whoever stores and announces; they are taken away there."""

    channel: Channel
    builder: CandleBuilder
    outcomes: list[Outcome] = field(default_factory=list)
    last_closed: Candle | None = None
    refused: Counter[str] = field(default_factory=Counter)  # rows of REST
    _check: CandleCheck = field(init=False)

    def __post_init__(self) -> None:
        self._check = CandleCheck(self.builder.step_ms)

    @classmethod
    def of(cls, channel: Channel, cursor_ms: int | None) -> "CandleContent":
        return cls(channel, CandleBuilder(timeframe_ms(channel.timeframe), cursor_ms))

    def told(self, news: Candle, now_ms: int) -> str:
        prices = (news.open, news.high, news.low, news.close)
        rule = self._check.rule_broken(news.time_ms, prices, news.volume, now_ms)
        if rule:
            return rule
        outcome = self.builder.told(news, now_ms)
        self._note(outcome)
        return outcome.rule

    async def poll(self, gateway: Gateway, now_ms: int) -> bool:
        before = self.builder.running
        await self.ask(gateway, self.builder.question(), now_ms)
        after = self.builder.running
        if before is None or after is None:
            return False
        return _state(before) != _state(after)

    async def ask(self, gateway: Gateway, ask: Ask, now_ms: int) -> None:
        """Raises GatewayError."""
        kind = Kind.PERPETUAL if ":" in self.channel.symbol else Kind.SPOT
        limit = gateway.history_limits(kind).per_call
        step_ms = self.builder.step_ms
        reach_ms = now_ms - now_ms % step_ms - (limit - 2) * step_ms
        if ask.since_ms is not None and ask.since_ms < reach_ms:
            # What is older is for a download of history, not for a feed.
            ask = Ask(reach_ms, ask.reason)
            self.builder.skip_to(reach_ms)
        page = await gateway.candles(
            self.channel.symbol,
            self.channel.timeframe,
            since_ms=ask.since_ms,
            limit=_NEWEST if ask.since_ms is None else None,
        )
        self._look_at(page)
        self._note(self.builder.answered(page.rows, ask, now_ms))

    def _look_at(self, page: Batch[Candle]) -> None:
        """Raises MalformedAnswer when the candle that is waited for may be among the
        refused rows: it is asked for again, but not for ever."""
        self.refused.update(dict(page.refusals.counts))
        cursor_ms = self.builder.cursor_ms
        is_there = any(row.time_ms == cursor_ms for row in page.rows)
        if page.refusals and not is_there and self.builder.failures < _MOST_FAILURES:
            message = _("The exchange sent candles that cannot be.")
            raise MalformedAnswer(message, field="candle")

    def lost(self) -> None:
        self.builder.disturbed()

    def shown(self) -> dict[str, Any] | None:
        running = self.builder.running
        if running is None:
            return None
        return {
            "candle": _candle(running),
            "closed": _candle(self.last_closed) if self.last_closed else None,
        }

    def _note(self, outcome: Outcome) -> None:
        if outcome.closed:
            self.last_closed = outcome.closed[-1]
        if outcome.closed or outcome.corrected:
            self.outcomes.append(outcome)


def _state(candle: Candle) -> tuple[Any, ...]:
    return candle.time_ms, candle.volume, candle.close


def _candle(candle: Candle) -> dict[str, Any]:
    return {
        "time_ms": candle.time_ms,
        "open": candle.open,
        "high": candle.high,
        "low": candle.low,
        "close": candle.close,
        "volume": candle.volume,
    }


@dataclass(slots=True)
class BookContent:
    symbol: str
    builder: BookBuilder = field(default_factory=BookBuilder)
    time_ms: int | None = None

    def told(self, news: BookUpdate, now_ms: int) -> str:
        self.time_ms = news.time_ms
        return self.builder.told(news)

    async def poll(self, gateway: Gateway, now_ms: int) -> bool:
        found = await gateway.order_book(self.symbol, depth=POLLED_LEVELS)
        builder = self.builder
        if builder.needs_snapshot:
            is_newer = True
        elif found.sequence is not None and builder.sequence is not None:
            is_newer = found.sequence > builder.sequence
        else:
            best = _pairs(found.bids[:1]), _pairs(found.asks[:1])
            is_newer = best != (builder.best_bids(1), builder.best_asks(1))
        if is_newer:
            self.told(_full(found), now_ms)
        return is_newer

    def lost(self) -> None:
        self.builder.forget()

    def shown(self) -> dict[str, Any] | None:
        if self.builder.needs_snapshot:
            return None
        return {
            "bids": self.builder.best_bids(SHOWN_LEVELS),
            "asks": self.builder.best_asks(SHOWN_LEVELS),
            "sequence": self.builder.sequence,
            "time_ms": self.time_ms,
        }


def _pairs(levels: Any) -> Levels:
    return tuple((level.price, level.quantity) for level in levels)


def _full(book: OrderBook) -> BookUpdate:
    bids, asks = _pairs(book.bids), _pairs(book.asks)
    return BookUpdate(bids, asks, True, last=book.sequence, time_ms=book.time_ms)


def content_of(channel: Channel, cursor_ms: int | None = None) -> Content:
    """``cursor_ms``: the open time of the next candle to close; see CandleBuilder."""
    match channel.kind:
        case ChannelKind.TICKER:
            return TickerContent(channel.symbol)
        case ChannelKind.TRADES:
            return TradesContent(channel.symbol)
        case ChannelKind.CANDLE:
            return CandleContent.of(channel, cursor_ms)
        case ChannelKind.BOOK:
            return BookContent(channel.symbol)
