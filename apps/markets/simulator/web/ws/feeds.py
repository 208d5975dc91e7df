"""From what happens at the venue to what is pushed, and no sooner than it is durable.

The venue gives its events only when they are on disk; nothing here asks it for more
than its books.
"""

from collections.abc import Callable
from typing import Final

from apps.markets.simulator.core.events import (
    BalanceChanged,
    BookChanged,
    Event,
    OrderChanged,
    Traded,
    TriggerChanged,
)
from apps.markets.simulator.market_data import Candle
from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.ws.books import BookFeed
from apps.markets.simulator.web.ws.channels import ALL, pace_of, pair_of
from apps.markets.simulator.web.ws.hub import Hub
from apps.markets.simulator.web.ws.pace import Pace
from apps.markets.simulator.web.ws.session import Session, Topic

TICKER_S: Final = 1.0
CANDLE_S: Final = 2.0
BOOK_CHANNELS: Final = (
    "spot.book_ticker",
    "spot.order_book_update",
    "spot.order_book",
    "spot.obu",
)


class Feeds:
    """Listens to the venue and to the market, and tells the hub."""

    def __init__(self, exchange: Exchange, hub: Hub) -> None:
        self.exchange, self.hub = exchange, hub
        self.pace = Pace()
        self.books: dict[str, BookFeed] = {}
        self._candles: dict[Topic, Candle] = {}
        self._leave: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._leave = self.exchange.venue.subscribe(self.on_event)
        self.exchange.market.on_candle(self.on_candle)

    def stop(self) -> None:
        self._leave()
        self.pace.stop()
        for feed in self.books.values():
            feed.stop()
        self.books.clear()

    # Listeners come and go

    async def begin(self, session: Session, topic: Topic) -> None:
        """A session listens to a topic from now on."""
        self.hub.listen(session, topic)
        if topic[0] not in BOOK_CHANNELS:
            return
        pair = pair_of(topic)
        feed = self.books.get(pair)
        if feed is None:
            feed = self.books[pair] = BookFeed(self.exchange, self.hub, self.pace, pair)
        feed.add(topic, pace_of(topic))
        # What the first view shows may be a change of a moment ago.
        await self.exchange.venue.durable()
        if topic in feed.topics:
            feed.greet(session, topic)

    def ended(self, topics: set[Topic]) -> None:
        """Topics lost a listener: stop the feeds that nobody hears any more."""
        for topic in topics:
            if self.hub.is_heard(topic):
                continue
            self.pace.forget(topic)
            self._candles.pop(topic, None)
            pair = pair_of(topic) if topic[0] in BOOK_CHANNELS else ""
            feed = self.books.get(pair)
            if feed is not None and not feed.remove(topic):
                feed.stop()
                del self.books[pair]

    # News

    def on_event(self, event: Event) -> None:
        match event:
            case OrderChanged():
                self._order(event)
            case Traded():
                self._trade(event)
            case BalanceChanged():
                self._balance(event)
            case BookChanged():
                self._book(event)
            case TriggerChanged():
                self._trigger(event)

    def _uid(self, account_id: str) -> int:
        return self.exchange.venue.accounts[account_id].uid

    def _order(self, event: OrderChanged) -> None:
        order = event.order
        topics: list[Topic] = [
            ("spot.orders", order.account_id, order.instrument),
            ("spot.orders", order.account_id, ALL),
        ]
        if any(map(self.hub.is_heard, topics)):
            told = objects.pushed_order(order, event.what, self._uid(order.account_id))
            self.hub.publish(topics, [told], pair=order.instrument)

    def _trade(self, event: Traded) -> None:
        pair = event.trade.instrument
        topic: Topic = ("spot.trades", pair)
        if self.hub.is_heard(topic):
            self.hub.publish([topic], objects.pushed_trade(event.trade), pair=pair)
        self._touch_ticker(pair)
        for fill in event.fills:
            topics: list[Topic] = [
                ("spot.usertrades", fill.account_id, pair),
                ("spot.usertrades", fill.account_id, ALL),
            ]
            told = [objects.pushed_fill(fill, self._uid(fill.account_id))]
            self.hub.publish(topics, told, pair=pair)

    def _balance(self, event: BalanceChanged) -> None:
        topic: Topic = ("spot.balances", event.account_id)
        if not self.hub.is_heard(topic):
            return
        told = {
            "timestamp": str(event.time_ms // 1000),
            "timestamp_ms": str(event.time_ms),
            "user": str(self._uid(event.account_id)),
            "currency": event.currency,
            "change": objects.number(event.available_change + event.locked_change),
            "total": objects.number(event.available + event.locked),
            "available": objects.number(event.available),
            "freeze": objects.number(event.locked),
            "freeze_change": objects.number(event.locked_change),
            "change_type": event.change_type,
        }
        self.hub.publish([topic], [told])

    def _book(self, event: BookChanged) -> None:
        if feed := self.books.get(event.instrument):
            feed.changed(event)
        self._touch_ticker(event.instrument)

    def _trigger(self, event: TriggerChanged) -> None:
        trigger = event.trigger
        pair = trigger.request.put.instrument
        topics: list[Topic] = [
            ("spot.priceorders", trigger.account_id, pair),
            ("spot.priceorders", trigger.account_id, ALL),
        ]
        told = objects.pushed_trigger(trigger, self._uid(trigger.account_id))
        self.hub.publish(topics, [told], pair=pair)

    def _touch_ticker(self, pair: str) -> None:
        topic: Topic = ("spot.tickers", pair)
        if self.hub.is_heard(topic):
            self.pace.touch(topic, TICKER_S, lambda: self._push_ticker(topic))

    def _push_ticker(self, topic: Topic) -> None:
        pair, exchange = topic[1], self.exchange
        day, view = exchange.market.ticker(pair), exchange.venue.book(pair, 1)
        self.hub.publish([topic], objects.ticker(pair, day, view), pair=pair)

    # Candles

    def on_candle(self, pair: str, interval: str, candle: Candle) -> None:
        """A closed candle goes out at once; a running one now and then."""
        topic: Topic = ("spot.candlesticks", pair, interval)
        if not self.hub.is_heard(topic):
            return
        running = self._candles.get(topic)
        if running is not None and running.ts_ms != candle.ts_ms:
            self._push_candle(topic)
        self._candles[topic] = candle
        if candle.closed:
            self._push_candle(topic)
        else:
            self.pace.touch(topic, CANDLE_S, lambda: self._push_candle(topic))

    def _push_candle(self, topic: Topic) -> None:
        candle = self._candles.pop(topic, None)
        if candle is not None:
            told = objects.pushed_candle(topic[1], topic[2], candle)
            self.hub.publish([topic], told, pair=topic[1])
